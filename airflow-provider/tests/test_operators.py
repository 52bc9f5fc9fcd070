from __future__ import annotations

import json
from datetime import timedelta
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
from airflow.sdk import DAG
from conftest import make_error, make_job

from airflow_provider_forge.operators.deploy import ForgeDeployOperator
from airflow_provider_forge.operators.evaluate import ForgeEvaluateOperator
from airflow_provider_forge.operators.fine_tune import ForgeFineTuneOperator
from airflow_provider_forge.operators.generate import XCOM_LIMIT_BYTES, ForgeGenerateOperator
from airflow_provider_forge.operators.ingest import ForgeIngestOperator
from airflow_provider_forge.operators.job import ForgeJobOperator
from airflow_provider_forge.sensors.job import ForgeJobSensor


@pytest.fixture
def forge() -> Any:
    with respx.mock(base_url="http://forge.example:8470", assert_all_called=False) as mock:
        mock.get("/v1/jobs/job_1/logs").respond(
            json={"job_id": "job_1", "lines": [{"attempt": 1, "at": "", "line": "step 3 of 3"}]}
        )
        lease = {"id": "f", "jobs": 1, "unknown_job_ids": [], "lease_seconds": 3600}
        mock.put(url__regex=r".*/v1/followers/.*").respond(json=lease)
        yield mock


def sleeping(**options: Any) -> ForgeJobOperator:
    return ForgeJobOperator(task_id="work", kind="sleep", input={"seconds": 1}, retries=1, **options)


def deferred(operator: Any, context: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        operator.execute(context)
    return caught.value


def test_it_starts_one_job_defers_and_returns_what_the_job_made(forge: Any, context: Any) -> None:
    started = forge.post("/v1/jobs").respond(201, json=make_job())
    operator = sleeping()
    trigger = deferred(operator, context).trigger
    assert trigger.serialize()[1]["job_id"] == "job_1"
    sent = started.calls[0].request
    body = json.loads(sent.content)
    assert (body["kind"], body["input"]) == ("sleep", {"seconds": 1})
    assert body["job"]["on_existing"] == "replace_failed"
    assert body["job"]["metadata"]["airflow_task_id"] == "work"
    assert body["job"]["origin"] == {
        "system": "airflow",
        "url": "http://airflow.example:8080/dags/shop/runs/manual__2026-01-01/tasks/work",
    }
    context["ti"].xcom_push.assert_called_with(key="forge_job_link", value="http://forge.example:8470/jobs/job_1")

    forge.get("/v1/jobs/job_1").respond(json=make_job("succeeded"))
    result = operator.execute_complete(context, {"job_id": "job_1", "outcome": "ended", "detail": None})
    assert result["job_id"] == "job_1"
    assert result["slept_seconds"] == 1
    assert result["usage"] == {"energy_joules": 1.5, "cost": 0.01, "currency": "EUR"}


def key_of(forge: Any, context: Any, retries: int = 1) -> str:
    started = forge.post("/v1/jobs").respond(201, json=make_job())
    context["task_state_store"].clear()
    operator = ForgeJobOperator(task_id="work", kind="sleep", input={"seconds": 1}, retries=retries)
    deferred(operator, context)
    return str(started.calls.last.request.headers["idempotency-key"])


def test_a_retry_keeps_the_key_and_a_clear_changes_it(forge: Any, context: Any) -> None:
    first = key_of(forge, context)
    context["ti"].try_number = 2
    assert key_of(forge, context) == first
    # Airflow raises max_tries by the retries of the task when it is cleared
    context["ti"].max_tries = 3
    assert key_of(forge, context) != first
    context["ti"].max_tries = 1
    context["ti"].map_index = 4
    assert key_of(forge, context) != first


def test_a_retry_goes_on_with_the_job_that_the_task_state_knows(forge: Any, context: Any) -> None:
    started = forge.post("/v1/jobs").respond(201, json=make_job())
    deferred(sleeping(), context)
    forge.get("/v1/jobs/job_1").respond(json=make_job("running"))
    deferred(sleeping(), context)
    assert started.call_count == 1
    # a job that ended badly is replaced: the server knows the key
    forge.get("/v1/jobs/job_1").respond(json=make_job("failed"))
    deferred(sleeping(), context)
    assert started.call_count == 2
    # another generation's job is not ours
    context["ti"].max_tries = 2
    deferred(sleeping(), context)
    assert started.call_count == 3


def test_a_failed_job_says_why_and_is_retried_only_where_that_can_help(forge: Any, context: Any) -> None:
    def fail(retryable: bool) -> None:
        error = {"code": "out_of_memory", "message": "Too big.", "hint": "Lower batch_size.", "retryable": retryable}
        forge.get("/v1/jobs/job_1").respond(json=make_job("failed", error=error))
        sleeping().execute_complete(context, {"job_id": "job_1", "outcome": "ended", "detail": None})

    with pytest.raises(AirflowException) as caught:
        fail(True)
    assert not isinstance(caught.value, AirflowFailException)
    for part in ("out_of_memory", "Too big.", "Lower batch_size.", "http://forge.example:8470/jobs/job_1"):
        assert part in str(caught.value)
    with pytest.raises(AirflowFailException):
        fail(False)


def test_a_refused_call_fails_without_retry(forge: Any, context: Any) -> None:
    forge.post("/v1/jobs").respond(400, json=make_error("invalid_request", "input.seconds: must be >= 0 (got -1)"))
    with pytest.raises(AirflowFailException, match=r"input\.seconds"):
        sleeping().execute(context)


def test_the_deadline_is_the_earlier_of_timeout_and_execution_timeout(forge: Any, context: Any) -> None:
    forge.post("/v1/jobs").respond(201, json=make_job())

    def limit(**options: Any) -> float | None:
        before = context["task_state_store"].clear()
        assert before is None
        deadline = deferred(sleeping(**options), context).trigger.serialize()[1]["deadline"]
        return deadline if deadline is None else round(deadline - __import__("time").time(), -1)

    assert limit() is None
    assert limit(timeout=100, execution_timeout=timedelta(seconds=300)) == 100
    assert limit(timeout=timedelta(seconds=500), execution_timeout=timedelta(seconds=300)) == 300


def test_a_job_past_its_deadline_is_cancelled_and_the_task_may_be_retried(forge: Any, context: Any) -> None:
    cancelled = forge.post("/v1/jobs/job_1/cancel").respond(json=make_job("cancelled"))
    with pytest.raises(AirflowException, match="deadline") as caught:
        sleeping().execute_complete(context, {"job_id": "job_1", "outcome": "timeout", "detail": None})
    assert cancelled.called
    assert not isinstance(caught.value, AirflowFailException)


def test_a_job_that_ended_well_just_before_its_deadline_counts(forge: Any, context: Any) -> None:
    forge.post("/v1/jobs/job_1/cancel").respond(409, json=make_error("illegal_move"))
    forge.get("/v1/jobs/job_1").respond(json=make_job("succeeded"))
    event = {"job_id": "job_1", "outcome": "timeout", "detail": None}
    assert sleeping().execute_complete(context, event)["slept_seconds"] == 1


def test_nobody_approving_ends_the_task_for_good(forge: Any, context: Any) -> None:
    forge.post("/v1/jobs/job_1/cancel").respond(json=make_job("cancelled"))
    deploy = ForgeDeployOperator(task_id="d", deployment_name="shop", model="model_1", approval_timeout=60)
    with pytest.raises(AirflowFailException, match="Nobody approved"):
        deploy.execute_complete(context, {"job_id": "job_1", "outcome": "approval_timeout", "detail": None})


def test_a_rejected_approval_fails_without_retry_and_shows_the_reason(forge: Any, context: Any) -> None:
    forge.get("/v1/jobs/job_1").respond(json=make_job("cancelled", status_reason="approval_rejected"))
    deploy = ForgeDeployOperator(task_id="d", deployment_name="shop", model="model_1")
    with pytest.raises(AirflowFailException, match="approval_rejected"):
        deploy.execute_complete(context, {"job_id": "job_1", "outcome": "ended", "detail": None})


def test_without_deferral_the_worker_waits_with_the_same_deadline(forge: Any, context: Any) -> None:
    forge.post("/v1/jobs").respond(201, json=make_job())
    forge.get("/v1/jobs/job_1").mock(
        side_effect=[
            httpx.Response(200, json=make_job("running")),
            httpx.Response(200, json=make_job("succeeded")),
        ]
    )
    assert sleeping(deferrable=False, poll_interval_s=0).execute(context)["slept_seconds"] == 1
    context["task_state_store"].clear()
    cancelled = forge.post("/v1/jobs/job_1/cancel").respond(json=make_job("cancelled"))
    with pytest.raises(AirflowException, match="deadline"):
        sleeping(deferrable=False, poll_interval_s=0, timeout=0).execute(context)
    assert cancelled.called


def test_a_kill_on_the_worker_cancels_the_job(forge: Any, context: Any) -> None:
    forge.post("/v1/jobs").respond(201, json=make_job())
    cancelled = forge.post("/v1/jobs/job_1/cancel").respond(json=make_job("cancelled"))
    operator = sleeping()
    deferred(operator, context)
    operator.on_kill()
    assert cancelled.called


@pytest.mark.parametrize(("action", "kind"), [("fail", AirflowFailException), ("skip", AirflowSkipException)])
def test_a_failed_gate_fails_or_skips(forge: Any, context: Any, action: Any, kind: type[Exception]) -> None:
    checks = [{"metric": "loss", "rule": "improve_by 0.1", "value": 2.4, "baseline": 2.5, "passed": False}]
    side = {"model": "model_1", "all": {"loss": 2.4}}
    result = {"gate": {"passed": False, "checks": checks}, "model": side, "baseline": None}
    forge.get("/v1/evaluations/eval_1").respond(json={"id": "eval_1", "model": "model_1", "result": result})
    ended = make_job("succeeded", kind="evaluate", result={"evaluation_id": "eval_1", "passed": False})
    forge.get("/v1/jobs/job_1").respond(json=ended)
    operator = ForgeEvaluateOperator(task_id="e", model="model_1", dataset="dsv_1", on_gate_failure=action)
    with pytest.raises(kind, match=r"loss 2.4, baseline 2.5: improve_by 0.1 failed"):
        operator.execute_complete(context, {"job_id": "job_1", "outcome": "ended", "detail": None})


def test_ingest_streams_a_file_that_airflow_can_read(forge: Any, context: Any, tmp_path: Any) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"prompt": "a", "completion": "b"}\n')
    file = {"id": "file_1", "filename": "rows.jsonl", "bytes": 35, "sha256": "0" * 64}
    upload = forge.put("/v1/files/content").respond(json=file)
    started = forge.post("/v1/jobs").respond(201, json=make_job(kind="ingest"))
    deferred(ForgeIngestOperator(task_id="i", dataset_name="texts", path=f"file://{path}"), context)
    assert upload.calls[0].request.url.params["filename"] == "rows.jsonl"
    assert json.loads(started.calls[0].request.content)["input"]["source"] == {"type": "files", "file_ids": ["file_1"]}


def test_ingest_wants_one_source(context: Any) -> None:
    with pytest.raises(AirflowFailException, match="got rows, url"):
        ForgeIngestOperator(task_id="i", dataset_name="t", rows=[{}], url="http://x").execute(context)


def test_an_asset_is_emitted_with_what_was_made(forge: Any, context: Any) -> None:
    made = {"dataset_id": "ds_1", "dataset_version_id": "dsv_1", "version": 2, "rows": 3, "validation_rows": 0}
    forge.get("/v1/jobs/job_1").respond(json=make_job("succeeded", kind="ingest", result=made))
    operator = ForgeIngestOperator(task_id="i", dataset_name="texts", rows=[{}])
    assert [asset.uri for asset in operator.outlets] == ["forge://forge_default/datasets/texts"]
    operator.execute_complete(context, {"job_id": "job_1", "outcome": "ended", "detail": None})
    assert context["outlet_events"][operator.outlets[0]].extra["dataset_version_id"] == "dsv_1"
    # a name that is known only when the task runs is no asset that a DAG could be scheduled on
    assert ForgeIngestOperator(task_id="j", dataset_name="{{ ds }}", rows=[{}]).outlets == []


def test_lineage_leads_from_the_dataset_to_the_model(forge: Any, context: Any) -> None:
    made = {"model_id": "model_1", "name": "x", "trained_tokens": 9, "metrics": {}}
    forge.get("/v1/jobs/job_1").respond(json=make_job("succeeded", kind="fine-tune", result=made))
    operator = ForgeFineTuneOperator(task_id="f", dataset="dsv_1", suffix="writer")
    assert operator.get_openlineage_facets_on_complete(None) is None
    operator.execute_complete(context, {"job_id": "job_1", "outcome": "ended", "detail": None})
    context["ti"].xcom_push.assert_called_with(key="forge_model_link", value="http://forge.example:8470/models/model_1")
    lineage = operator.get_openlineage_facets_on_complete(None)
    assert [one.name for one in lineage.inputs] == ["dataset_versions/dsv_1", "models/smollm2-135m-instruct"]
    assert [(one.namespace, one.name) for one in lineage.outputs] == [("forge://forge.example:8470", "models/model_1")]


def generation(forge: Any, text: str) -> None:
    row = {"index": 0, "metadata": {}, "text": text, "compare_text": None, "usage": None, "error": None}
    answer = {"id": "job_1", "status": "succeeded", "items": 1, "failed_items": 0, "rows": [row]}
    forge.get("/v1/generations/job_1").respond(json=answer)
    forge.get("/v1/jobs/job_1").respond(json=make_job("succeeded", kind="generate", result={"items": 1}))


def test_generated_rows_are_returned_or_written_and_large_ones_only_written(
    forge: Any, context: Any, tmp_path: Any
) -> None:
    event = {"job_id": "job_1", "outcome": "ended", "detail": None}
    generation(forge, "A scarf.")
    returned = ForgeGenerateOperator(task_id="g", model="m", prompts=["a"]).execute_complete(context, event)
    assert returned["rows"] == [{"index": 0, "text": "A scarf.", "metadata": {}, "error": None}]

    generation(forge, "x" * XCOM_LIMIT_BYTES)
    with pytest.raises(AirflowFailException, match="set output_path"):
        ForgeGenerateOperator(task_id="g", model="m", prompts=["a"]).execute_complete(context, event)
    path = tmp_path / "new" / "texts.jsonl"
    operator = ForgeGenerateOperator(task_id="g", model="m", prompts=["a"], output_path=f"file://{path}")
    assert operator.execute_complete(context, event)["path"] == f"file://{path}"
    assert json.loads(path.read_text())["index"] == 0


def test_template_files_are_read_and_addresses_are_not_taken_for_them(tmp_path: Any) -> None:
    (tmp_path / "rows.jsonl").write_text('{"title": "{{ ds }}"}\n')
    with DAG("shop", template_searchpath=str(tmp_path)):
        operator = ForgeIngestOperator(task_id="i", dataset_name="t", rows="rows.jsonl")
        other = ForgeIngestOperator(task_id="j", dataset_name="t", path="s3://shop/{{ ds }}/rows.jsonl")
    for one in (operator, other):
        one.resolve_template_files()
        one.render_template_fields({"ds": "2026-01-01"})
    assert operator.rows == '{"title": "2026-01-01"}'
    assert other.path == "s3://shop/2026-01-01/rows.jsonl"


def test_a_sensor_waits_for_a_job_that_is_not_its_own(forge: Any, context: Any) -> None:
    forge.get("/v1/jobs/job_1").respond(json=make_job("running"))
    trigger = deferred(ForgeJobSensor(task_id="s", job_id="job_1", timeout=60), context).trigger
    assert trigger.serialize()[1]["cancel_on_kill"] is False
    forge.get("/v1/jobs/job_1").respond(json=make_job("succeeded"))
    sensor = ForgeJobSensor(task_id="s", job_id="job_1")
    assert sensor.execute_complete(context, {"job_id": "job_1", "outcome": "ended"})["slept_seconds"] == 1
    assert ForgeJobSensor(task_id="s", job_id="job_1", deferrable=False).poke(context).is_done


def test_a_mapped_operator_has_the_outlets_that_its_dag_file_shows() -> None:
    with DAG("shop"):
        mapped = ForgeIngestOperator.partial(task_id="i", dataset_name="texts").expand(rows=[[{"a": 1}]])
    assert mapped.outlets == []
    assert mapped.unmap({"rows": [{"a": 1}]}).outlets == []
