"""What all operators share: one job per task and generation, and the wait for it.

Covers: starting or finding the job, deferring, the deadline, cancelling, what the log and XCom get.
Does not cover: what a job is asked to do; each operator's own module says that.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, Asset, BaseOperator

from ..assets.lineage import Lineage, operator_lineage
from ..client import ForgeClient, ForgeConflictError, ForgeError, ForgeNotFoundError, calls
from ..client.outcome import succeeded
from ..client.results import Job
from ..exceptions import airflow_errors
from ..hooks.forge import ForgeConnection, ForgeHook
from ..links.forge import ForgeJobLink, ForgeModelLink
from ..triggers.job import ForgeJobTrigger
from .job_log import print_job
from .task_key import TaskKey, remember_job, remembered_job, task_key, task_url
from .values import is_location

if TYPE_CHECKING:
    import jinja2
    from airflow.sdk import Context

#: So long a job counts as followed before the first triggerer has it.
BRIDGE_LEASE_S = 120


class ForgeOperator(BaseOperator):
    """Starts a job and waits for it.

    :param forge_conn_id: connection of type `forge`
    :param job_options: priority, run_at, timeout_s, max_attempts, concurrency_key, metadata, resources,
        orphan_after_seconds …, as `job` of `POST /v1/jobs`
    :param deferrable: wait in the triggerer. The default is True, unlike Airflow's own `operators.default_deferrable`:
        a job may take hours, and a worker slot held for it serves nobody. False waits in the worker, with the same
        deadline and the same `on_kill`.
    :param timeout: seconds or timedelta from the start of each try until the job is cancelled and the task fails;
        None = as long as it takes. The deadline is the earlier of this and `execution_timeout`.
    :param poll_interval_s: how often a worker that waits looks
    """

    template_fields: Sequence[str] = ("forge_conn_id", "job_options")
    template_ext: Sequence[str] = (".json", ".yaml", ".jsonl")
    template_fields_renderers: ClassVar[dict[str, str]] = {"job_options": "json"}
    operator_extra_links = (ForgeJobLink(), ForgeModelLink())
    ui_color = "#f3e3d3"

    def __init__(
        self,
        *,
        forge_conn_id: str = ForgeHook.default_conn_name,
        job_options: Mapping[str, Any] | None = None,
        deferrable: bool = True,
        timeout: timedelta | float | None = None,
        poll_interval_s: float = 10.0,
        asset: Asset | None = None,
        **kwargs: Any,
    ) -> None:
        # a mapped task is made anew on the worker: Airflow knows only the outlets that the DAG file shows
        mapped = getattr(self, "_BaseOperator__from_mapped", False)
        # not in the signature: what is there with a default, Airflow gives to a mapped task as if it were given
        outlets = kwargs.pop("outlets", None) or []
        given = list(outlets) if isinstance(outlets, (list, tuple)) else [outlets]
        # each value under its own key too: `ingest.output["dataset_version_id"]`
        kwargs.setdefault("multiple_outputs", True)
        super().__init__(outlets=given if asset is None or mapped else [*given, asset], **kwargs)
        self.forge_conn_id = forge_conn_id
        self.job_options = dict(job_options or {})
        self.deferrable = deferrable
        self.timeout = timeout
        self.poll_interval_s = poll_interval_s
        self._job_id: str | None = None
        self._lineage: Lineage | None = None

    # what an operator says of itself

    def start(self, client: ForgeClient, key: TaskKey, options: Mapping[str, Any]) -> Job:
        """Makes the job, or finds the one that an earlier try made under the same key. Raises ForgeError."""
        raise NotImplementedError

    def result_of(self, client: ForgeClient, job: Job) -> dict[str, Any]:
        """What XCom gets beside the job's id: small, for 1,000 mapped tasks it is read 1,000 times."""
        return dict(job.result or {})

    def model_of(self, result: Mapping[str, Any]) -> str | None:
        """The model that the second link leads to; known before the end where it is an input."""
        return None

    def lineage_of(self, result: Mapping[str, Any]) -> Lineage:
        """What was read and what was made."""
        return Lineage()

    def approval_timeout_s(self) -> float | None:
        """How long the job may await an approval."""
        return None

    # the life of a task

    def execute(self, context: Context) -> Any:
        """Starts or finds the job, then waits for it."""
        begun = time.time()
        connection = ForgeHook(self.forge_conn_id).get_settings()
        key = task_key(context, self.retries or 0, connection.namespace)
        with ForgeHook(self.forge_conn_id).get_conn() as client:
            with airflow_errors():
                job = self._find_or_start(client, context, key)
            self._job_id = job.id
            self._push_links(context, connection, job.id, self.model_of({}))
            if job.ended:
                return self._finish(context, client, connection, job)
            deadline = self._deadline(begun)
            if self.deferrable:
                self._bridge_to_triggerer(client, key, job)
                self.defer(
                    trigger=ForgeJobTrigger(job.id, self.forge_conn_id, deadline, self.approval_timeout_s()),
                    method_name="execute_complete",
                )
            return self._finish(context, client, connection, self._wait(client, connection, job, deadline))

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:
        """Goes on when the trigger has fired."""
        connection = ForgeHook(self.forge_conn_id).get_settings()
        self._job_id = str(event["job_id"])
        outcome = event["outcome"]
        if outcome == "error":
            raise AirflowException(str(event["detail"]))
        if outcome == "unknown":
            raise AirflowFailException(f"Forge has no job {self._job_id} in this project any more.")
        with ForgeHook(self.forge_conn_id).get_conn() as client:
            if outcome == "ended":
                with airflow_errors(connection.job_url(self._job_id)):
                    job = client.send(calls.get_job(self._job_id))
            else:
                job = self._give_up(client, connection, self._job_id, str(outcome))
            return self._finish(context, client, connection, job)

    def on_kill(self) -> None:
        """Cancels the job: the task was ended while a worker ran it."""
        if self._job_id is None:
            return
        self.log.info("Cancelling Forge job %s.", self._job_id)
        with ForgeHook(self.forge_conn_id).get_conn() as client:
            _cancel(client, self._job_id)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Dataset → model → deployment, for the OpenLineage provider."""
        return None if self._lineage is None else operator_lineage(self._lineage)

    def _find_or_start(self, client: ForgeClient, context: Context, key: TaskKey) -> Job:
        known = remembered_job(context, key)
        if known is not None:
            job = _get_if_there(client, known)
            if job is not None and job.status not in ("failed", "cancelled"):
                self.log.info("Going on with Forge job %s, which an earlier try started: %s.", job.id, job.status)
                return job
        job = self.start(client, key, self._options(key))
        remember_job(context, key, job.id)
        self.log.info("Forge job %s (%s) is %s.", job.id, job.kind, job.status)
        return job

    def _bridge_to_triggerer(self, client: ForgeClient, key: TaskKey, job: Job) -> None:
        """Follows the job until a triggerer does: should none ever, Forge gives it up as any other that was left."""
        follower = f"{key.idempotency_key}-start"
        try:
            client.send(calls.put_follower(follower, [job.id], lease_seconds=BRIDGE_LEASE_S))
        except ForgeError as error:
            self.log.warning("Forge job %s is not followed until a triggerer takes it: %s", job.id, error)

    def _options(self, key: TaskKey) -> dict[str, Any]:
        options = {"on_existing": "replace_failed", **self.job_options}
        options["metadata"] = {**key.metadata, **self.job_options.get("metadata", {})}
        options["origin"] = {"system": "airflow", "url": task_url(key)}
        return options

    def _deadline(self, begun: float) -> float | None:
        """Unix time; None = never."""
        limits = [
            limit.total_seconds() if isinstance(limit, timedelta) else float(limit)
            for limit in (self.timeout, self.execution_timeout)
            if limit is not None
        ]
        return begun + min(limits) if limits else None

    def _wait(self, client: ForgeClient, connection: ForgeConnection, job: Job, deadline: float | None) -> Job:
        """The same wait on the worker; a server that is away is waited for, up to the deadline or a day."""
        away_since: float | None = None
        awaiting_since: float | None = None
        approval_limit = self.approval_timeout_s()
        while not job.ended:
            now = time.time()
            awaiting_since = (awaiting_since or now) if job.status == "awaiting_approval" else None
            if deadline is not None and now >= deadline:
                return self._give_up(client, connection, job.id, "timeout")
            if approval_limit is not None and awaiting_since is not None and now - awaiting_since >= approval_limit:
                return self._give_up(client, connection, job.id, "approval_timeout")
            time.sleep(self.poll_interval_s if deadline is None else min(self.poll_interval_s, deadline - now))
            try:
                job = client.send(calls.get_job(job.id))
                away_since = None
            except ForgeError as error:
                away_since = away_since or now
                if not error.retryable or now - away_since > 86_400:
                    with airflow_errors(connection.job_url(job.id)):
                        raise
                self.log.warning("%s Waiting for it.", error)
            if job.progress:
                self.log.info("Forge job %s is %s: %s", job.id, job.status, job.progress)
        return job

    def _give_up(self, client: ForgeClient, connection: ForgeConnection, job_id: str, outcome: str) -> Job:
        """Cancels a job whose time is over. Gives it back if it ended well meanwhile, else raises."""
        with airflow_errors(connection.job_url(job_id)):
            job = _cancel(client, job_id)
        if job.status == "succeeded":
            return job
        print_job(self.log, client, job)
        if outcome == "approval_timeout":
            raise AirflowFailException(
                f"Nobody approved Forge job {job_id} within {self.approval_timeout_s():.0f} s; it was cancelled.\n"
                f"Job: {connection.job_url(job_id)}"
            )
        raise AirflowException(
            f"Forge job {job_id} did not end before the deadline of the task and was cancelled.\n"
            f"What to do: raise `timeout` or `execution_timeout`.\nJob: {connection.job_url(job_id)}"
        )

    def _finish(self, context: Context, client: ForgeClient, connection: ForgeConnection, job: Job) -> Any:
        url = connection.job_url(job.id)
        print_job(self.log, client, job)
        with airflow_errors(url):
            result = self.result_of(client, succeeded(job))
        model = self.model_of(result)
        self._push_links(context, connection, job.id, model)
        lineage = self.lineage_of(result)
        self._lineage = lineage.at(connection.client.server)
        usage = {"energy_joules": job.usage.energy_joules, "cost": job.usage.cost, "currency": job.usage.currency}
        returned = {"job_id": job.id, "job_url": url, **result, "usage": usage}
        for asset in self.outlets:
            if isinstance(asset, Asset) and asset.uri.startswith("forge://"):
                context["outlet_events"][asset].extra = {
                    name: value for name, value in returned.items() if isinstance(value, (str, int, float, bool))
                }
        return returned

    def _push_links(self, context: Context, connection: ForgeConnection, job_id: str, model: str | None) -> None:
        ti = context["ti"]
        ti.xcom_push(key=ForgeJobLink().xcom_key, value=connection.job_url(job_id))
        if model:
            ti.xcom_push(key=ForgeModelLink().xcom_key, value=connection.model_url(model))

    # addresses end like template files (`s3://…/rows.jsonl`), but are none

    def resolve_template_files(self) -> None:
        """Reads template files, as Airflow does, but takes no address for one."""
        addresses = {name: value for name in self.template_fields if is_location(value := getattr(self, name, None))}
        for name in addresses:
            setattr(self, name, None)
        super().resolve_template_files()
        for name, value in addresses.items():
            setattr(self, name, value)

    def render_template(
        self,
        content: Any,
        context: Context,
        jinja_env: jinja2.Environment | None = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """Renders as Airflow does, but takes no address for the name of a template file."""
        if is_location(content) and content.endswith(tuple(self.template_ext)):
            stem, dot, ending = content.rpartition(".")
            return f"{super().render_template(stem, context, jinja_env, seen_oids)}{dot}{ending}"
        return super().render_template(content, context, jinja_env, seen_oids)


def _get_if_there(client: ForgeClient, job_id: str) -> Job | None:
    try:
        return client.send(calls.get_job(job_id))
    except ForgeNotFoundError:
        return None


def _cancel(client: ForgeClient, job_id: str) -> Job:
    """Cancels a job; one that has ended is given back as it is."""
    try:
        return client.send(calls.cancel_job(job_id))
    except ForgeConflictError as error:
        if error.code != "illegal_move":
            raise
        return client.send(calls.get_job(job_id))
