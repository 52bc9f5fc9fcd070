"""Waits for a job that something else started."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    BaseSensorOperator,
    PokeReturnValue,
)

from ..client import calls
from ..client.outcome import succeeded
from ..client.results import Job
from ..exceptions import airflow_errors
from ..hooks.forge import ForgeHook
from ..links.forge import ForgeJobLink
from ..operators.job_log import print_job
from ..triggers.job import ForgeJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context


class ForgeJobSensor(BaseSensorOperator):
    """Waits until a job has succeeded. The job is not its own: neither its timeout nor a kill cancels it.

    :param job_id: the job, e.g. `start.output["job_id"]`
    :param forge_conn_id: connection of type `forge`
    :param deferrable: wait in the triggerer (default), or poke from a worker

    XCom: job_id, and the job's result.
    """

    template_fields: Sequence[str] = ("job_id", "forge_conn_id")
    operator_extra_links = (ForgeJobLink(),)
    ui_color = "#f3e3d3"

    def __init__(
        self,
        *,
        job_id: str,
        forge_conn_id: str = ForgeHook.default_conn_name,
        deferrable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.forge_conn_id = forge_conn_id
        self.deferrable = deferrable

    def execute(self, context: Context) -> Any:
        """Looks once, then waits."""
        begun = time.time()
        hook = ForgeHook(self.forge_conn_id)
        url = hook.get_settings().job_url(self.job_id)
        context["ti"].xcom_push(key=ForgeJobLink().xcom_key, value=url)
        if not self.deferrable:
            return super().execute(context)
        with hook.get_conn() as client, airflow_errors(url):
            job = client.send(calls.get_job(self.job_id))
        if job.ended:
            return self._result(job)
        # a sensor's timeout is its deadline; execution_timeout is not enforced while a task is deferred
        limits = [float(self.timeout)]
        if self.execution_timeout is not None:
            limits.append(self.execution_timeout.total_seconds())
        self.defer(
            trigger=ForgeJobTrigger(self.job_id, self.forge_conn_id, begun + min(limits), cancel_on_kill=False),
            method_name="execute_complete",
        )

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:
        """Goes on when the trigger has fired."""
        outcome = event["outcome"]
        if outcome == "ended":
            hook = ForgeHook(self.forge_conn_id)
            url = hook.get_settings().job_url(self.job_id)
            with hook.get_conn() as client, airflow_errors(url):
                return self._result(client.send(calls.get_job(self.job_id)))
        if outcome == "timeout":
            raise AirflowException(f"Forge job {self.job_id} did not end within the sensor's timeout. It goes on.")
        if outcome == "unknown":
            raise AirflowFailException(f"Forge has no job {self.job_id} in this project.")
        raise AirflowException(str(event["detail"]))

    def poke(self, context: Context) -> PokeReturnValue:
        """Whether the job has ended; raises where it ended badly."""
        hook = ForgeHook(self.forge_conn_id)
        with hook.get_conn() as client, airflow_errors(hook.get_settings().job_url(self.job_id)):
            job = client.send(calls.get_job(self.job_id))
        return PokeReturnValue(job.ended, self._result(job) if job.ended else None)

    def _result(self, job: Job) -> dict[str, Any]:
        hook = ForgeHook(self.forge_conn_id)
        with hook.get_conn() as client:
            print_job(self.log, client, job)
        with airflow_errors(hook.get_settings().job_url(job.id)):
            return {"job_id": job.id, **(succeeded(job).result or {})}
