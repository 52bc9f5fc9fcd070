"""Asks a person in Airflow whether a model may go into service, and gives Forge the answer.

Covers: finding what waits, showing it with its figures, handing over the decision.
Does not cover: the question itself; form, users, time limit and notifications are Airflow's human in the loop.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowSkipException
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict

from ..client import ForgeClient, ForgeConflictError, ForgeError, calls
from ..client.results import Approval, Evaluation, Job
from ..exceptions import airflow_errors
from ..hooks.forge import ForgeHook
from ..links.forge import ForgeJobLink
from ..triggers.job import ForgeJobTrigger
from .task_key import TaskKey, task_key, task_url

if TYPE_CHECKING:
    from airflow.sdk import Context

#: A worker looks this long for a job that is about to wait; after that the triggerer does.
LOOK_S = 30.0
#: A worker tries this long to hand over a decision while Forge is away.
HAND_OVER_S = 3600.0
_pause_s = 2.0
_away_pause_s = 10.0
_reason_characters = 1000
_xcom_key = "forge_approval"


class ForgeApprovalOperator(ApprovalOperator):
    """Airflow's `ApprovalOperator` for a deployment of Forge: whoever answers in Airflow decides at Forge.

    Put it beside a `ForgeDeployOperator` with `require_approval=True`, not after it. It waits until that task's job
    asks, shows what waits and how it was judged, and gives Forge the answer with the name of who answered. *Approve*:
    the deployment goes on. *Reject*: it is cancelled, its task fails without retry and shows the reason, and what
    hangs on this task is skipped. A job that ends without asking leaves this task skipped.

    :param deploy_task_id: the task of the same run that deploys
    :param forge_conn_id: connection of type `forge`; its key has the scopes read, write (to follow the job), approve
    :param subject: headline; None = which model as which deployment
    :param body: Markdown above the figures
    :param params: more fields of the form; it has `reason`, which Forge is told

    `response_timeout`, `defaults`, `assigned_users`, `notifiers`: as `ApprovalOperator` has them. XCom: as it returns.
    """

    template_fields: Sequence[str] = ("deploy_task_id", "forge_conn_id", *ApprovalOperator.template_fields)
    operator_extra_links = (ForgeJobLink(),)
    ui_color = "#f3e3d3"

    def __init__(
        self,
        *,
        deploy_task_id: str,
        forge_conn_id: str = ForgeHook.default_conn_name,
        subject: str | None = None,
        body: str | None = None,
        params: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        fields = ParamsDict({"reason": Param("", type="string", description="Forge shows it with the decision")})
        # Airflow puts the DAG's params in here too, and takes them out of the form by their source
        fields.update(params or {})
        super().__init__(subject=subject or "", body=body, params=fields, **kwargs)
        self.deploy_task_id = deploy_task_id
        self.forge_conn_id = forge_conn_id

    def execute(self, context: Context) -> Any:
        """Waits until the job of the deploying task asks, then asks."""
        hook = ForgeHook(self.forge_conn_id)
        connection = hook.get_settings()
        key = replace(task_key(context, 0, connection.namespace), task_id=self.deploy_task_id)
        with hook.get_conn() as client, airflow_errors():
            job = _look(client, key)
        if job is None:
            raise AirflowException(f"Task {self.deploy_task_id} of this run has started no job at Forge yet.")
        context["ti"].xcom_push(key=ForgeJobLink().xcom_key, value=connection.job_url(job.id))
        if job.ended or job.status == "awaiting_approval":
            return self._ask(context, job.id)
        self.defer(
            trigger=ForgeJobTrigger(job.id, self.forge_conn_id, cancel_on_kill=False, until_approval=True),
            method_name="ask",
        )

    def ask(self, context: Context, event: Mapping[str, Any]) -> Any:
        """Asks, once the trigger has seen the job ask or end."""
        if event["outcome"] == "error":
            raise AirflowException(str(event["detail"]))
        return self._ask(context, str(event["job_id"]))

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Hands the answer over; an answer that did not come in time is Airflow's to handle."""
        if "error" not in event:
            ti = context["ti"]
            approval = ti.xcom_pull(key=_xcom_key, task_ids=ti.task_id, map_indexes=ti.map_index)
            self._hand_over(str(approval), event["chosen_options"] == [self.APPROVE], _reason(event))
        return super().execute_complete(context, event)

    def _ask(self, context: Context, job_id: str) -> Any:
        hook = ForgeHook(self.forge_conn_id)
        connection = hook.get_settings()
        with hook.get_conn() as client, airflow_errors(connection.job_url(job_id)):
            job = client.send(calls.get_job(job_id))
            # while a job awaits a person, this is what it asked
            if job.status != "awaiting_approval" or job.status_reason is None:
                raise AirflowSkipException(f"Forge job {job_id} is {job.status} and awaits no approval.")
            approval = client.send(calls.get_approval(job.status_reason))
            known = approval.evaluation_id
            evaluation = None if known is None else client.send(calls.get_evaluation(known))
        # the answer belongs to what was shown, whatever the deploying task does meanwhile
        context["ti"].xcom_push(key=_xcom_key, value=approval.id)
        self.subject = self.subject or f"Deploy {approval.model} as {approval.deployment}?"
        facts = describe(approval, evaluation, connection.job_url(job_id))
        self.body = f"{self.body}\n\n{facts}" if self.body else facts
        return super().execute(context)

    def _hand_over(self, approval_id: str, approved: bool, reason: str) -> None:
        verdict = "approved" if approved else "rejected"
        # two answers to one question are two calls, the same answer again is one
        key = f"airflow-{approval_id}-{verdict}"
        call = (
            calls.approve(approval_id, reason=reason, idempotency_key=key)
            if approved
            else calls.reject(approval_id, reason, idempotency_key=key)
        )
        end = time.monotonic() + HAND_OVER_S
        with ForgeHook(self.forge_conn_id).get_conn() as client, airflow_errors():
            while True:
                try:
                    client.send(call)
                    break
                except ForgeConflictError as error:
                    _accept_same(client, approval_id, verdict, error)
                    break
                except ForgeError as error:
                    if not error.retryable or time.monotonic() > end:
                        raise
                    self.log.warning("%s Trying again.", error)
                time.sleep(_away_pause_s)
        self.log.info("Approval %s at Forge: %s. %s", approval_id, verdict, reason)


def _look(client: ForgeClient, key: TaskKey) -> Job | None:
    """The newest job of a task. Comes back early when it asks: one that has ended may be about to be replaced."""
    end = time.monotonic() + LOOK_S
    while True:
        page = client.send(calls.list_jobs(limit=100, metadata=f"airflow_run_id={key.metadata['airflow_run_id']}"))
        job = next((one for one in page.data if _is_of(one, key)), None)
        if (job and job.status == "awaiting_approval") or time.monotonic() > end:
            return job
        time.sleep(_pause_s)


def _is_of(job: Job, key: TaskKey) -> bool:
    # another Airflow may have a run of the same name: its address differs
    origin = (job.raw.get("origin") or {}).get("url")
    return key.metadata.items() <= job.metadata.items() and origin == task_url(key)


def _accept_same(client: ForgeClient, approval_id: str, verdict: str, error: ForgeConflictError) -> None:
    """Somebody was quicker, at Forge itself: fine if the decision is the same."""
    if error.code != "approval_decided" or client.send(calls.get_approval(approval_id)).status != verdict:
        raise error


def _reason(event: Mapping[str, Any]) -> str:
    """Who answered, and what they wrote. Without an answer in time it is Airflow's default."""
    user = event.get("responded_by_user") or {}
    said = str((event.get("params_input") or {}).get("reason") or "").strip()
    who = f"{user['name']} in Airflow" if user.get("name") else "Airflow, since nobody answered in time"
    return (f"{who}: {said}" if said else who)[:_reason_characters]


def describe(approval: Approval, evaluation: Evaluation | None, url: str) -> str:
    """What waits, as Markdown: the model, its figures beside the baseline, and the gate."""
    lines = [
        f"Model `{approval.model}` is to serve as `{approval.deployment}`. Forge waits until {approval.expires_at}.",
        f"[Job {approval.job_id}]({url})",
    ]
    if approval.forced:
        lines.append("**Its gate failed; the task says to deploy all the same.**")
    if evaluation is None:
        lines.append("It was not evaluated.")
        return "\n\n".join(lines)
    baseline = evaluation.baseline_scores or {}
    rows = [f"| {name} | {value} | {baseline.get(name, '')} |" for name, value in evaluation.scores.items()]
    lines.append("\n".join(["| Metric | Model | Baseline |", "|---|---|---|", *rows]))
    checks = [
        f"- {check['metric']}: {check['rule']} {'passed' if check['passed'] else 'failed'}"
        for check in evaluation.checks
    ]
    if checks:
        lines.append("\n".join(["Gate:", *checks]))
    return "\n\n".join(lines)
