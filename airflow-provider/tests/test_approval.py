"""A person's answer in Airflow becomes a decision at Forge: with a table of answers for Forge, without a database."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from typing import Any

import httpx
import pytest
import respx
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    TaskDeferred,
)
from airflow.providers.standard.operators import hitl
from airflow.sdk import DAG, Param
from conftest import TASK_ASKED, make_error, make_job

from airflow_provider_forge.operators import approval
from airflow_provider_forge.operators.approval import ForgeApprovalOperator
from airflow_provider_forge.operators.deploy import ForgeDeployOperator

METADATA = {
    "airflow_dag_id": "shop",
    "airflow_run_id": "manual__2026-01-01",
    "airflow_task_id": "deploy",
    "airflow_map_index": "-1",
}
ORIGIN = {"system": "airflow", "url": "http://airflow.example:8080/dags/shop/runs/manual__2026-01-01/tasks/deploy"}


@pytest.fixture
def forge() -> Any:
    with respx.mock(base_url="http://forge.example:8470", assert_all_called=False) as mock:
        yield mock


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Airflow was told to ask."""
    monkeypatch.setattr(approval, "LOOK_S", 0.0)
    seen: dict[str, Any] = {}
    monkeypatch.setattr(hitl, "upsert_hitl_detail", lambda **given: seen.update(given))
    return seen


def make_approval(status: str = "pending", **fields: Any) -> dict[str, Any]:
    return {
        "id": "appr_1",
        "status": status,
        "job_id": "job_1",
        "deployment": "writer",
        "model": "model_1",
        "evaluation_id": "eval_1",
        "forced": False,
        "expires_at": "2026-01-08T00:00:00.000Z",
        "decided_at": None,
        "decided_by": None,
        "reason": None,
        **fields,
    }


def deploying(forge: Any, status: str, **fields: Any) -> None:
    """The run's deploy task has a job, which is in this state."""
    given = {"kind": "deploy", "metadata": METADATA, "origin": ORIGIN, **fields}
    job = make_job(status, status_reason="appr_1" if status == "awaiting_approval" else None, **given)
    other = make_job("awaiting_approval", id="job_2", metadata=METADATA, origin={**ORIGIN, "url": "http://other/"})
    forge.get("/v1/jobs").respond(json={"data": [other, job], "has_more": False})
    forge.get("/v1/jobs/job_1").respond(json=job)
    forge.get("/v1/approvals/appr_1").respond(json=make_approval())
    checks = [{"metric": "loss", "rule": "improve_by 0.1", "value": 1.9, "baseline": 2.5, "passed": True}]
    gate = {"passed": True, "checks": checks}
    result = {"gate": gate, "model": {"all": {"loss": 1.9}}, "baseline": {"all": {"loss": 2.5}}}
    forge.get("/v1/evaluations/eval_1").respond(json={"id": "eval_1", "model": "model_1", "result": result})


def approving(**options: Any) -> ForgeApprovalOperator:
    return ForgeApprovalOperator(task_id="approve", deploy_task_id="deploy", **options)


def answer(option: str, reason: str = "", user: str | None = "ann") -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": {"reason": reason} if reason else {},
        "responded_at": datetime(2026, 1, 1, tzinfo=timezone.utc),
        "responded_by_user": None if user is None else {"id": "1", "name": user},
        "timedout": user is None,
    }


def test_it_asks_about_what_waits_with_its_figures(forge: Any, context: Any, asked: Any) -> None:
    deploying(forge, "awaiting_approval")
    context["task_instance"] = context["ti"]
    with pytest.raises(TASK_ASKED):
        approving(body="Read some texts.").execute(context)
    assert asked["subject"] == "Deploy model_1 as writer?"
    assert asked["options"] == ["Approve", "Reject"]
    assert list(asked["params"]) == ["reason"]
    body = asked["body"]
    assert body.startswith("Read some texts.\n\nModel `model_1`")
    for part in ("| loss | 1.9 | 2.5 |", "- loss: improve_by 0.1 passed", "http://forge.example:8470/jobs/job_1"):
        assert part in body
    context["ti"].xcom_push.assert_called_with(key="forge_approval", value="appr_1")


def test_a_model_without_evaluation_and_a_forced_one_are_named_as_such(forge: Any, context: Any, asked: Any) -> None:
    deploying(forge, "awaiting_approval")
    forge.get("/v1/approvals/appr_1").respond(json=make_approval(evaluation_id=None, forced=True))
    context["task_instance"] = context["ti"]
    with pytest.raises(TASK_ASKED):
        approving().execute(context)
    assert "It was not evaluated." in asked["body"]
    assert "Its gate failed" in asked["body"]


def test_a_job_that_does_not_ask_yet_is_waited_for_in_the_triggerer(forge: Any, context: Any, asked: Any) -> None:
    deploying(forge, "queued")
    with pytest.raises(TaskDeferred) as caught:
        approving().execute(context)
    given = caught.value.trigger.serialize()[1]
    assert (given["job_id"], given["until_approval"], given["cancel_on_kill"]) == ("job_1", True, False)
    assert caught.value.method_name == "ask"
    deploying(forge, "awaiting_approval")
    context["task_instance"] = context["ti"]
    with pytest.raises(TASK_ASKED):
        approving().ask(context, {"job_id": "job_1", "outcome": "awaiting_approval", "detail": None})
    with pytest.raises(AirflowException, match="Forge is gone"):
        approving().ask(context, {"job_id": "job_1", "outcome": "error", "detail": "Forge is gone"})


def test_a_job_that_ends_without_asking_leaves_nothing_to_decide(forge: Any, context: Any, asked: Any) -> None:
    deploying(forge, "failed")
    with pytest.raises(AirflowSkipException, match="job_1 is failed"):
        approving().execute(context)
    assert asked == {}


def test_a_deploy_task_that_has_not_begun_may_be_waited_for_by_a_retry(forge: Any, context: Any, asked: Any) -> None:
    forge.get("/v1/jobs").respond(json={"data": [], "has_more": False})
    with pytest.raises(AirflowException, match="no job at Forge yet") as caught:
        approving().execute(context)
    assert not isinstance(caught.value, AirflowFailException)


@pytest.mark.parametrize(
    ("option", "user", "verb", "reason"),
    [
        ("Approve", "ann", "approve", "ann in Airflow: Reads well."),
        ("Reject", "ann", "reject", "ann in Airflow: Reads well."),
        ("Reject", None, "reject", "Airflow, since nobody answered in time: Reads well."),
    ],
)
def test_the_answer_is_handed_over_with_who_gave_it(
    forge: Any, context: Any, option: str, user: str | None, verb: str, reason: str
) -> None:
    context["ti"].xcom_pull.return_value = "appr_1"
    decided = forge.post(f"/v1/approvals/appr_1/{verb}").respond(json=make_approval("approved"))
    result = approving().execute_complete(context, answer(option, "Reads well.", user))
    assert result["chosen_options"] == [option]
    sent = decided.calls[0].request
    assert json.loads(sent.content) == {"reason": reason}
    assert sent.headers["idempotency-key"].startswith("airflow-appr_1-")


def test_the_same_decision_made_at_forge_is_fine_and_another_one_fails_for_good(forge: Any, context: Any) -> None:
    context["ti"].xcom_pull.return_value = "appr_1"
    for verb in ("approve", "reject"):
        forge.post(f"/v1/approvals/appr_1/{verb}").respond(409, json=make_error("approval_decided", "bob approved it"))
    forge.get("/v1/approvals/appr_1").respond(json=make_approval("approved"))
    approving().execute_complete(context, answer("Approve"))
    with pytest.raises(AirflowFailException, match="bob approved it"):
        approving().execute_complete(context, answer("Reject"))


def test_a_forge_that_is_away_is_waited_for_with_the_answer(
    forge: Any, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    context["ti"].xcom_pull.return_value = "appr_1"
    pauses: list[float] = []
    monkeypatch.setattr(approval.time, "sleep", pauses.append)
    # a round of the client's own five tries, and then some
    away = [httpx.ConnectError("refused")] * 7
    there = httpx.Response(200, json=make_approval("approved"))
    forge.post("/v1/approvals/appr_1/approve").mock(side_effect=[*away, there])
    approving().execute_complete(context, answer("Approve"))
    assert pauses.count(10.0) == 1


def test_no_answer_in_time_is_handed_to_airflow_alone(forge: Any, context: Any) -> None:
    with pytest.raises(hitl.HITLTimeoutError):
        approving().execute_complete(context, {"error": "late", "error_type": "timeout"})
    assert not forge.calls


def test_the_form_has_the_fields_of_the_task_and_not_those_of_the_dag() -> None:
    with DAG("shop", params={"model": Param("m", type="string")}):
        operator = approving(params={"ticket": Param("", type="string")})
    # Airflow 3.1 does not know where a param comes from, and shows all
    of_the_dag = ["model"] if version("apache-airflow-core").startswith("3.1.") else []
    assert sorted(operator.serialized_params) == [*of_the_dag, "reason", "ticket"]


def test_deploy_says_that_it_wants_an_approval_and_gives_airflow_the_first_word_on_its_end(
    forge: Any, context: Any
) -> None:
    started = forge.post("/v1/jobs").respond(201, json=make_job(kind="deploy"))
    forge.put(url__regex=r".*/v1/followers/.*").respond(
        json={"id": "f", "jobs": 1, "unknown_job_ids": [], "lease_seconds": 3600}
    )

    def sent(**options: Any) -> Any:
        context["task_state_store"].clear()
        with pytest.raises(TaskDeferred):
            ForgeDeployOperator(task_id="d", deployment_name="shop", model="m", **options).execute(context)
        return json.loads(started.calls.last.request.content)["input"]

    assert "require_approval" not in sent()
    given = sent(require_approval=True, approval_timeout=timedelta(hours=1))
    assert (given["require_approval"], given["approval_timeout_seconds"]) == (True, 3660)
    assert "approval_timeout_seconds" not in sent(require_approval=True)
