"""DAGs that Forge starts: plain Airflow, without Forge's provider."""

import time
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import DAG, Asset, Param, task

START = datetime(2026, 1, 1)

with DAG(
    "bridged",
    schedule=None,
    start_date=START,
    params={
        "rows": Param(3, type="integer", minimum=1, description="how many"),
        "mode": Param("fast", enum=["fast", "exact"]),
        "fail": Param(False, type="boolean"),
    },
):

    @task
    def load(params: dict[str, Any]) -> int:
        """The number of rows."""
        return int(params["rows"])

    @task
    def fit(rows: int, params: dict[str, Any]) -> dict[str, Any]:
        """What a training would give."""
        if params["fail"]:
            raise ValueError("as asked")
        return {"rows": rows, "mode": params["mode"]}

    fit(load())

with DAG("slow", schedule=None, start_date=START, params={"seconds": 300}):

    @task
    def wait(params: dict[str, Any]) -> str:
        """Waits until it is ended."""
        time.sleep(float(params["seconds"]))
        return "waited"

    wait()

with DAG("paused", schedule=None, start_date=START, is_paused_upon_creation=True):

    @task
    def nothing() -> None:
        """Never runs."""

    nothing()

with DAG("on_forge_event", schedule=[Asset("forge-events", uri="forge://events")], start_date=START):

    @task
    def read(triggering_asset_events: Any = None) -> list[dict[str, Any]]:
        """The Forge events that started the run."""
        return [event.extra["forge_event"] for events in triggering_asset_events.values() for event in events]

    read()

with DAG(
    "waits_deferred",
    schedule=None,
    start_date=START,
    # a task that is to start while Airflow's API server is away fails, and is tried again by Airflow
    default_args={"retries": 5, "retry_delay": timedelta(seconds=5)},
):

    @task
    def after() -> str:
        """What comes behind the wait."""
        return "went on"

    # from the start of the run; no worker is held meanwhile
    TimeDeltaSensor(task_id="wait", delta=timedelta(seconds=150), deferrable=True) >> after()
