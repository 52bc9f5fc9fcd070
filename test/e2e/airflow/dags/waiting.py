"""DAGs of jobs that only wait: what is tested is the waiting."""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, AssetWatcher, task
from airflow.sdk.exceptions import AirflowException

from airflow_provider_forge.operators.job import ForgeJobOperator
from airflow_provider_forge.triggers.event import ForgeEventTrigger

START = datetime(2026, 1, 1)


class FailsOnce(ForgeJobOperator):
    """Its first try fails after its job has ended well."""

    def execute_complete(self, context: Any, event: Any) -> Any:
        """As its parent, but for the first try."""
        if context["ti"].try_number == 1:
            raise AirflowException("the first try fails")
        return super().execute_complete(context, event)


with DAG(
    "wait",
    schedule=None,
    start_date=START,
    render_template_as_native_obj=True,
    params={"seconds": 5, "orphan_after_seconds": 86_400},
):
    ForgeJobOperator(
        task_id="wait",
        kind="sleep",
        input={"seconds": "{{ params.seconds }}"},
        job_options={"orphan_after_seconds": "{{ params.orphan_after_seconds }}"},
        # what of Airflow itself fails on a busy machine; a job of its own it never makes
        retries=2,
        retry_delay=timedelta(seconds=1),
    )

with DAG("fails_once", schedule=None, start_date=START):
    FailsOnce(task_id="wait", kind="sleep", input={"seconds": 1}, retries=1, retry_delay=timedelta(seconds=1))

with DAG("bad_input", schedule=None, start_date=START):
    ForgeJobOperator(task_id="wait", kind="sleep", input={"seconds": -1}, retries=3)

with DAG("many", schedule=None, start_date=START, max_active_tasks=64):
    ForgeJobOperator.partial(task_id="wait", kind="sleep", retries=2, retry_delay=timedelta(seconds=1)).expand(
        input=[{"seconds": 1}] * 50
    )

with DAG(
    "watched",
    schedule=[
        Asset(
            "e2e-job-ended",
            watchers=[AssetWatcher(name="forge", trigger=ForgeEventTrigger(["job.succeeded"], {"kind": "ingest"}))],
        )
    ],
    start_date=START,
    catchup=False,
):

    @task
    def seen(triggering_asset_events: Any = None) -> str:
        """The id of the job whose end started this run."""
        events = next(iter(triggering_asset_events.values()))
        return str(events[-1].extra["payload"]["data"]["job_id"])

    seen()
