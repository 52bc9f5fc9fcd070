"""The client, the triggers and the life of a task against a real Forge; the steps: test_real_steps.py."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, TaskDeferred
from real_forge import fired, key, sleep

from airflow_provider_forge.client import AsyncForgeClient, ClientSettings, ForgeClient, ForgeConflictError, calls
from airflow_provider_forge.client.errors import ForgeAuthenticationError, ForgeJobCancelled
from airflow_provider_forge.hooks.forge import ForgeHook
from airflow_provider_forge.operators.ingest import ForgeIngestOperator
from airflow_provider_forge.operators.job import ForgeJobOperator
from airflow_provider_forge.triggers.event import ForgeEventTrigger
from airflow_provider_forge.triggers.job import ForgeJobTrigger


def test_ten_lines_are_enough_for_the_client(forge: ForgeClient) -> None:
    job = sleep(forge, 0.1)
    assert forge.wait(job.id, timeout_s=60, poll_interval_s=0.2).result == {"slept_seconds": 0.1}
    events = forge.send(calls.list_job_events(job.id)).data
    assert [event.name for event in events][-1] == "job.succeeded"
    with pytest.raises(ForgeConflictError, match="illegal_move"):
        forge.send(calls.cancel_job(job.id))


def test_a_cancelled_job_is_an_error_for_who_waits(forge: ForgeClient) -> None:
    job = sleep(forge, 600)
    forge.send(calls.cancel_job(job.id))
    with pytest.raises(ForgeJobCancelled):
        forge.wait(job.id)


def test_the_connection_test_tells_a_wrong_key(connected: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ForgeHook().test_connection() == (True, f"Forge answers at {server} and accepts the key.")
    wrong = {"conn_type": "forge", "host": server, "password": "wrong"}
    monkeypatch.setenv("AIRFLOW_CONN_FORGE_DEFAULT", json.dumps(wrong))
    works, message = ForgeHook().test_connection()
    assert not works
    assert "not_authenticated" in message
    with ForgeClient(server, "wrong") as client, pytest.raises(ForgeAuthenticationError):
        client.send(calls.list_jobs())


async def test_a_trigger_fires_when_its_job_ends(connected: str, forge: ForgeClient) -> None:
    jobs = [sleep(forge, 0.2) for _ in range(5)]
    triggers = [ForgeJobTrigger(job.id, "forge_default", minimum_s=0) for job in jobs]
    events = await asyncio.wait_for(asyncio.gather(*(fired(one) for one in triggers)), 60)
    assert [event["outcome"] for event in events] == ["ended"] * 5
    # also for a job that had ended before
    assert (await asyncio.wait_for(fired(triggers[0]), 60))["outcome"] == "ended"


async def test_a_trigger_knows_its_deadline_and_an_unknown_job(connected: str, forge: ForgeClient) -> None:
    job = sleep(forge, 600)
    soon = ForgeJobTrigger(job.id, "forge_default", deadline=time.time() + 1, minimum_s=0)
    assert (await asyncio.wait_for(fired(soon), 60))["outcome"] == "timeout"
    unknown = ForgeJobTrigger("job_none", "forge_default", minimum_s=0)
    assert (await asyncio.wait_for(fired(unknown), 60))["outcome"] == "unknown"
    await ForgeJobTrigger(job.id, "forge_default").on_kill()
    assert forge.send(calls.get_job(job.id)).status == "cancelled"
    # a second kill finds it cancelled, which is what it wanted
    await ForgeJobTrigger(job.id, "forge_default").on_kill()


async def test_a_trigger_that_is_redistributed_leaves_its_job_running(connected: str, forge: ForgeClient) -> None:
    job = sleep(forge, 600)
    waiting = asyncio.create_task(fired(ForgeJobTrigger(job.id, "forge_default")))
    await asyncio.sleep(1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not forge.send(calls.get_job(job.id)).ended
    again = asyncio.create_task(fired(ForgeJobTrigger(job.id, "forge_default", minimum_s=0)))
    await asyncio.sleep(0.5)
    forge.send(calls.cancel_job(job.id))
    assert (await asyncio.wait_for(again, 60))["outcome"] == "ended"


def test_triggers_serialize_all_that_they_are_made_of() -> None:
    trigger = ForgeJobTrigger("job_1", "other", deadline=1.5, approval_timeout_s=2, cancel_on_kill=False, minimum_s=3)
    path, given = trigger.serialize()
    assert path == "airflow_provider_forge.triggers.job.ForgeJobTrigger"
    assert ForgeJobTrigger(**given).serialize() == (path, given)
    event_path, event_given = ForgeEventTrigger(["model.created"], {"name": "x"}, "other").serialize()
    assert ForgeEventTrigger(**event_given).serialize() == (event_path, event_given)


async def test_events_fire_from_the_kept_cursor_on(connected: str, forge: ForgeClient, server: str) -> None:
    first = forge.wait(sleep(forge, 0).id, timeout_s=60, poll_interval_s=0.2)
    trigger = ForgeEventTrigger(["job.succeeded"], {"kind": "sleep"})
    store = AsyncStore()
    trigger.asset_state_store = store
    async with AsyncForgeClient(ClientSettings(server, key)):
        events = trigger.run()
        coming = asyncio.ensure_future(anext(events))
        await asyncio.wait_for(store.changed.wait(), 60)
        second = sleep(forge, 0)
        event = await asyncio.wait_for(coming, 60)
        assert event.payload["data"]["job_id"] == second.id != first.id
        await events.aclose()
    # the triggerer is away; what happens meanwhile is not missed
    third = forge.wait(sleep(forge, 0).id, timeout_s=60, poll_interval_s=0.2)
    again = ForgeEventTrigger(["job.succeeded"], {"kind": "sleep"})
    again.asset_state_store = store
    seen: list[str] = []
    events = again.run()
    while third.id not in seen:
        seen.append((await asyncio.wait_for(anext(events), 60)).payload["data"]["job_id"])
    await events.aclose()
    # handed over and not yet remembered: it may come twice
    assert [id for id in seen if id != second.id] == [third.id]


class AsyncStore(dict[str, Any]):
    """An asset's state as Airflow 3.3.2 gives it to triggers."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = asyncio.Event()

    async def aget(self, name: str, default: Any) -> Any:
        return self.get(name, default)

    async def aset(self, name: str, value: Any) -> None:
        self[name] = value
        self.changed.set()


def test_one_job_per_task_and_generation(connected: str, forge: ForgeClient, task: dict[str, Any]) -> None:
    def execute() -> str:
        task["task_state_store"].clear()
        operator = ForgeJobOperator(task_id="work", kind="sleep", input={"seconds": 600}, retries=1)
        with pytest.raises(TaskDeferred) as caught:
            operator.execute(task)
        return str(caught.value.trigger.serialize()[1]["job_id"])

    first = execute()
    task["ti"].try_number = 2
    assert execute() == first
    # a job that ended badly is replaced
    forge.send(calls.cancel_job(first))
    second = execute()
    assert second != first
    # a clear
    task["ti"].max_tries = 3
    third = execute()
    assert third not in (first, second)
    found = forge.send(calls.list_jobs(metadata=f"airflow_run_id={task['ti'].run_id}")).data
    assert {job.id for job in found} == {first, second, third}
    for job_id in (second, third):
        forge.send(calls.cancel_job(job_id))


def test_ingest_makes_a_dataset_of_rows_and_of_a_streamed_file(
    connected: str, task: dict[str, Any], tmp_path: Path
) -> None:
    rows = [{"prompt": f"Say {word}.", "completion": word} for word in ("one", "two", "three")]
    by_rows = ForgeIngestOperator(
        task_id="a", dataset_name="by-rows", rows=rows, deferrable=False, poll_interval_s=0.2
    ).execute(task)
    assert (by_rows["rows"], by_rows["version"]) == (3, 1)
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    task["ti"].task_id = "b"
    task["task_state_store"].clear()
    by_file = ForgeIngestOperator(
        task_id="b", dataset_name="by-file", path=f"file://{path}", deferrable=False, poll_interval_s=0.2
    ).execute(task)
    assert by_file["rows"] == 3


def test_a_bad_input_says_which_value(connected: str, task: dict[str, Any]) -> None:
    with pytest.raises(AirflowFailException, match="seconds") as caught:
        ForgeJobOperator(task_id="work", kind="sleep", input={"seconds": -1}).execute(task)
    assert "invalid_request" in str(caught.value)
    assert "What to do" in str(caught.value)
