"""Airflow without a database, and a Forge that is a table of answers. The real server: real_forge.py."""

from __future__ import annotations

import atexit
import os
import tempfile
from typing import Any
from unittest.mock import MagicMock

import pytest

# before anything of Airflow is imported
home = tempfile.TemporaryDirectory(prefix="forge-provider-")
atexit.register(home.cleanup)
os.environ["AIRFLOW_HOME"] = home.name
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__API__BASE_URL"] = "http://airflow.example:8080"
os.environ["AIRFLOW_CONN_FORGE_DEFAULT"] = (
    '{"conn_type": "forge", "host": "http://forge.example:8470", "password": "key-0123456789"}'
)

from airflow.providers.common.compat.sdk import TaskDeferred  # noqa: E402
from airflow.sdk import exceptions as sdk_exceptions  # noqa: E402

pytest_plugins = ["real_forge"]

#: How a task leaves its worker to await an answer: a state of its own in Airflow 3.3, a deferral before.
TASK_ASKED: type[BaseException] = getattr(sdk_exceptions, "TaskAwaitingInput", TaskDeferred)


class Store(dict[str, Any]):
    """The task's state of Airflow 3.3."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


@pytest.fixture
def context() -> dict[str, Any]:
    """What a task gets of Airflow: the first try of a task that may be retried once."""
    ti = MagicMock(dag_id="shop", run_id="manual__2026-01-01", task_id="work", map_index=-1, max_tries=1, try_number=1)
    return {"ti": ti, "task_state_store": Store(), "outlet_events": OutletEvents()}


class OutletEvents:
    """Gives an event for each asset, found by its address as Airflow does it: in 3.1 an asset has no hash."""

    def __init__(self) -> None:
        self._events: dict[str, Any] = {}

    def __getitem__(self, asset: Any) -> Any:
        return self._events.setdefault(asset.uri, MagicMock(extra={}))


@pytest.fixture
def job() -> Any:
    """Makes the JSON of a job."""
    return make_job


def make_job(status: str = "queued", **fields: Any) -> dict[str, Any]:
    """A job as the API shows it."""
    usage = {"energy_joules": 1.5, "method": "modelled", "cost": 0.01, "currency": "EUR", "co2e_grams": 0.2}
    return {
        "id": "job_1",
        "kind": "sleep",
        "status": status,
        "status_reason": None,
        "progress": None,
        "result": {"slept_seconds": 1} if status == "succeeded" else None,
        "error": None,
        "usage": usage,
        "metadata": {},
        "input": {},
        "created_at": "2026-01-01T00:00:00.000Z",
        "ended_at": None,
        **fields,
    }


def make_error(code: str, message: str = "No.", hint: str = "Do it.") -> dict[str, Any]:
    """The body of a refusal."""
    return {"error": {"code": code, "message": message, "hint": hint, "param": None, "request_id": "req_1"}}
