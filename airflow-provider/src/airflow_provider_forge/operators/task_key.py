"""What makes two attempts the same work: the key under which a task finds its job again.

A retry keeps the key, a clear changes it. The number of the try is left out, so that a retry reattaches to the job that
runs; `generation` counts clears, since Airflow raises `max_tries` by the retries of the task at each. Who changes
`retries` while a run is under way shifts the generation, and a retry then starts a new job.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from airflow.providers.common.compat.sdk import conf

_store_key = "forge_job"


@dataclass(frozen=True)
class TaskKey:
    """A task instance and generation in one Airflow."""

    namespace: str
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    generation: int

    @property
    def idempotency_key(self) -> str:
        """Sent with the call that makes the job."""
        parts = [self.namespace, self.dag_id, self.run_id, self.task_id, self.map_index, self.generation]
        return f"airflow-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"

    @property
    def metadata(self) -> dict[str, str]:
        """What the job carries, so that people find it by its task."""
        return {
            "airflow_dag_id": self.dag_id[:512],
            "airflow_run_id": self.run_id[:512],
            "airflow_task_id": self.task_id[:512],
            "airflow_map_index": str(self.map_index),
        }


def airflow_url() -> str | None:
    """This Airflow's base URL, if its configuration states one."""
    url = conf.get("api", "base_url", fallback=None)
    return str(url).rstrip("/") if url and "://" in str(url) else None


def task_key(context: Any, retries: int, namespace: str | None) -> TaskKey:
    """The key of the task instance that runs. `namespace`: None = this Airflow's base URL."""
    ti = context["ti"]
    return TaskKey(
        namespace=namespace or airflow_url() or "airflow",
        dag_id=ti.dag_id,
        run_id=ti.run_id,
        task_id=ti.task_id,
        map_index=ti.map_index if ti.map_index is not None else -1,
        generation=max(0, (ti.max_tries or 0) - retries),
    )


def task_url(key: TaskKey) -> str | None:
    """The page of the task, the same for every try; None where the base URL is not known."""
    base = airflow_url()
    if base is None:
        return None
    path = f"{base}/dags/{quote(key.dag_id)}/runs/{quote(key.run_id, safe='')}/tasks/{quote(key.task_id)}"
    return path if key.map_index < 0 else f"{path}/mapped/{key.map_index}"


def remember_job(context: Any, key: TaskKey, job_id: str) -> None:
    """Keeps the job in the task's state (Airflow 3.3), with the key it belongs to."""
    store = context.get("task_state_store")
    if store is not None:
        store.set(_store_key, {"job_id": job_id, "key": key.idempotency_key})


def remembered_job(context: Any, key: TaskKey) -> str | None:
    """The job of an earlier try of this generation; None also where this Airflow keeps no task state."""
    store = context.get("task_state_store")
    known = None if store is None else store.get(_store_key)
    # Airflow does not empty the state at a clear: another generation's job is not ours
    if not isinstance(known, dict) or known.get("key") != key.idempotency_key:
        return None
    return str(known["job_id"])
