"""Approvals, gates, recipes and the sensor against a real Forge."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, AirflowSkipException
from airflow.providers.standard.operators import hitl
from conftest import TASK_ASKED
from real_forge import deferred, fired, now, sleep

from airflow_provider_forge.client import ForgeClient, ForgeConflictError, calls
from airflow_provider_forge.operators.approval import ForgeApprovalOperator
from airflow_provider_forge.operators.deploy import ForgeDeployOperator
from airflow_provider_forge.operators.evaluate import ForgeEvaluateOperator
from airflow_provider_forge.operators.recipe import ForgeRecipeOperator
from airflow_provider_forge.sensors.job import ForgeJobSensor
from airflow_provider_forge.triggers.job import ForgeJobTrigger


def deploying(**options: Any) -> ForgeDeployOperator:
    name = f"writer-{uuid.uuid4().hex[:8]}"
    # nothing of the model is read before somebody has approved it
    return ForgeDeployOperator(
        task_id="deploy", deployment_name=name, model="folder:none", require_approval=True, **options
    )


def asked(context: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[ForgeApprovalOperator, dict[str, Any]]:
    """The task beside the one that deploys, up to its question; the second value is what it asks."""
    question: dict[str, Any] = {}
    monkeypatch.setattr(hitl, "upsert_hitl_detail", lambda **given: question.update(given))
    operator = ForgeApprovalOperator(task_id="approve", deploy_task_id="deploy")
    ti = MagicMock(dag_id="shop", run_id=context["ti"].run_id, task_id="approve", map_index=-1, max_tries=0)
    with pytest.raises(TASK_ASKED):
        operator.execute({**context, "ti": ti, "task_instance": ti})
    ti.xcom_pull.return_value = ti.xcom_push.call_args.kwargs["value"]
    question["context"] = {**context, "ti": ti}
    return operator, question


def answer(option: str, reason: str) -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": {"reason": reason},
        "responded_at": datetime.now(timezone.utc),
        "responded_by_user": {"id": "ann", "name": "ann"},
    }


async def test_a_rejection_in_airflow_fails_the_deploy_task_for_good_with_the_reason(
    connected: str, forge: ForgeClient, task: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    task["ti"].task_id = "deploy"
    operator = deploying()
    trigger = deferred(operator, task)
    waiting = ForgeJobTrigger(trigger.job_id, "forge_default", minimum_s=0, until_approval=True)
    assert (await asyncio.wait_for(fired(waiting), 60))["outcome"] == "awaiting_approval"
    approval, question = await asyncio.to_thread(asked, task, monkeypatch)
    assert question["subject"] == f"Deploy folder:none as {operator.deployment_name}?"
    end = asyncio.create_task(fired(trigger))
    approval.execute_complete(question["context"], answer("Reject", "Too few texts in French."))
    event = await asyncio.wait_for(end, 60)
    assert event["outcome"] == "ended"
    with pytest.raises(AirflowFailException, match="approval_rejected") as caught:
        operator.execute_complete(task, event)
    assert "ann in Airflow: Too few texts in French." in str(caught.value)
    # the same answer again is the same answer, another one comes too late
    approval.execute_complete(question["context"], answer("Reject", "Too few texts in French."))
    with pytest.raises(AirflowFailException, match="approval_decided"):
        approval.execute_complete(question["context"], answer("Approve", "After all."))


def test_an_approval_in_airflow_lets_the_deployment_go_on(
    connected: str, forge: ForgeClient, task: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    task["ti"].task_id = "deploy"
    job_id = deferred(deploying(), task).job_id
    approval, question = asked(task, monkeypatch)
    approval.execute_complete(question["context"], answer("Approve", "Reads well."))
    decided = forge.send(calls.list_approvals(job_id=job_id)).data
    assert [(one.status, one.reason) for one in decided] == [("approved", "ann in Airflow: Reads well.")]
    assert forge.send(calls.get_job(job_id)).status != "awaiting_approval"
    # there is no such model: what comes next is not of interest here
    with suppress(ForgeConflictError):
        forge.send(calls.cancel_job(job_id))


async def test_nobody_approving_in_time_cancels_the_job_and_fails_the_task_for_good(
    connected: str, forge: ForgeClient, task: dict[str, Any]
) -> None:
    task["ti"].task_id = "deploy"
    operator = deploying(approval_timeout=1)
    event = await asyncio.wait_for(fired(deferred(operator, task)), 60)
    assert event["outcome"] == "approval_timeout"
    with pytest.raises(AirflowFailException, match="Nobody approved"):
        operator.execute_complete(task, event)
    assert forge.send(calls.get_job(event["job_id"])).status == "cancelled"
    [approval] = forge.send(calls.list_approvals(job_id=event["job_id"])).data
    assert approval.status == "cancelled"


async def test_a_sensor_waits_for_a_job_of_someone_else_and_leaves_it_running(
    connected: str, forge: ForgeClient, task: dict[str, Any]
) -> None:
    job = sleep(forge, 2)
    sensor = ForgeJobSensor(task_id="sensor", job_id=job.id)
    event = await asyncio.wait_for(fired(deferred(sensor, task)), 60)
    assert sensor.execute_complete(task, event) == {"job_id": job.id, "slept_seconds": 2}
    assert sensor.execute(task)["slept_seconds"] == 2

    long = sleep(forge, 600)
    impatient = ForgeJobSensor(task_id="sensor", job_id=long.id, timeout=1)
    trigger = deferred(impatient, task)
    event = await asyncio.wait_for(fired(trigger), 60)
    with pytest.raises(AirflowException, match="It goes on"):
        impatient.execute_complete(task, event)
    await trigger.on_kill()
    assert not forge.send(calls.get_job(long.id)).ended
    forge.send(calls.cancel_job(long.id))
    poking = ForgeJobSensor(task_id="sensor", job_id=long.id, deferrable=False)
    with pytest.raises(AirflowFailException, match="was cancelled"):
        poking.poke(task)


def test_a_recipe_runs_as_one_job_and_a_gate_that_fails_fails_or_skips_the_task(
    connected: str, forge: ForgeClient, task: dict[str, Any], tiny: str, tmp_path: Path
) -> None:
    rows = [{"prompt": f"Say {number}.", "completion": f"It is {number}."} for number in range(12)]
    (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    recipe = {
        "name": "provider-recipe",
        "ingest": {"source": "rows.jsonl", "validation_split": 0.25},
        "fine_tune": {"base_model": tiny, "hyperparameters": {"max_steps": 2, "batch_size": 4, "lora_rank": 4}},
    }
    made = now(ForgeRecipeOperator, task_id="recipe", recipe=recipe, folder=str(tmp_path)).execute(task)
    assert sorted(made["steps"]) == ["fine-tune", "ingest"]
    assert made["model_id"].startswith("model_")
    assert forge.send(calls.get_job(made["job_id"])).kind == "recipe"

    def judge(action: Any) -> Any:
        gate = {"loss": {"max": 0.001}}
        given = {"model": made["model_id"], "dataset": made["dataset_version_id"], "baseline": None}
        task["ti"].task_id = "judge"
        options = {**given, "metrics": ["loss"], "gate": gate, "on_gate_failure": action}
        return now(ForgeEvaluateOperator, task_id="judge", **options).execute(task)

    with pytest.raises(AirflowFailException, match=r"did not pass its gate:\nloss .* failed"):
        judge("fail")
    # the verdict stands: the same task goes on with the job that has ended well
    with pytest.raises(AirflowSkipException, match="did not pass its gate"):
        judge("skip")
    found = forge.send(calls.list_jobs(kind="evaluate", metadata=f"airflow_run_id={task['ti'].run_id}")).data
    assert [job.status for job in found] == ["succeeded"]
    # what failed its gate is not put before a person
    task["ti"].task_id = "deploy"
    options = {"deployment_name": "refused", "model": made["model_id"], "require_approval": True}
    with pytest.raises(AirflowFailException, match="gate_failed"):
        now(ForgeDeployOperator, task_id="deploy", **options).execute(task)
