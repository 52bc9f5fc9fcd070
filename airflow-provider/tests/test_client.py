from __future__ import annotations

import httpx
import pytest
from conftest import make_error, make_job

from airflow_provider_forge.client import (
    ForgeAuthenticationError,
    ForgeClient,
    ForgeConnectionError,
    ForgeJobFailed,
    ForgeProtocolError,
    ForgeRequestError,
    ForgeTimeoutError,
    RetryPolicy,
    calls,
)

quick = RetryPolicy(attempts=3, first_pause_s=0.0)


def client_of(*answers: httpx.Response | Exception) -> tuple[ForgeClient, list[httpx.Request]]:
    """A client whose server gives these answers one after the other, and what it was asked."""
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return ForgeClient("http://forge.example/", "key", retry=quick, transport=httpx.MockTransport(answer)), asked


def refused(status: int, code: str, *, retryable: bool) -> httpx.Response:
    return httpx.Response(status, json=make_error(code), headers={"x-should-retry": str(retryable).lower()})


def test_what_the_catalogue_calls_retryable_is_tried_again() -> None:
    forge, asked = client_of(
        refused(503, "engine_unavailable", retryable=True),
        refused(409, "request_in_progress", retryable=True),
        httpx.Response(200, json=make_job()),
    )
    assert forge.send(calls.get_job("job_1")).status == "queued"
    assert len(asked) == 3


def test_what_it_calls_final_is_not() -> None:
    forge, asked = client_of(refused(504, "timed_out", retryable=False))
    with pytest.raises(Exception, match="timed_out"):
        forge.send(calls.get_job("job_1"))
    assert len(asked) == 1


def test_tries_end() -> None:
    forge, asked = client_of(*[refused(503, "no_replica", retryable=True)] * 3)
    with pytest.raises(Exception, match="no_replica"):
        forge.send(calls.get_job("job_1"))
    assert len(asked) == 3


def test_a_lost_answer_is_asked_for_again_only_where_that_makes_no_second_job() -> None:
    forge, asked = client_of(httpx.ReadTimeout("late"), httpx.Response(201, json=make_job()))
    forge.send(calls.start_job("sleep", {"seconds": 1}, idempotency_key="k"))
    assert [request.headers["idempotency-key"] for request in asked] == ["k", "k"]

    forge, asked = client_of(httpx.ReadTimeout("late"))
    with pytest.raises(ForgeConnectionError, match="does not answer: late"):
        forge.send(calls.start_job("sleep", {"seconds": 1}))
    assert len(asked) == 1


def test_errors_carry_code_message_and_hint_and_fit_their_status() -> None:
    forge, _ = client_of(refused(401, "not_authenticated", retryable=False))
    with pytest.raises(ForgeAuthenticationError, match=r"not_authenticated: No\. Do it\."):
        forge.send(calls.list_jobs())
    forge, _ = client_of(refused(422, "dataset_too_small", retryable=False))
    with pytest.raises(ForgeRequestError) as caught:
        forge.send(calls.list_jobs())
    assert (caught.value.code, caught.value.request_id) == ("dataset_too_small", "req_1")


def test_another_program_at_the_address_is_said_so() -> None:
    forge, _ = client_of(httpx.Response(200, text="<html>hello</html>"))
    with pytest.raises(ForgeProtocolError, match="not from Forge"):
        forge.send(calls.list_jobs())


def test_a_file_is_opened_anew_for_each_try() -> None:
    opened = 0

    def content() -> list[bytes]:
        nonlocal opened
        opened += 1
        return [b"a", b"b"]

    file = {"id": "file_1", "filename": "rows.jsonl", "bytes": 2, "sha256": "0" * 64}
    forge, asked = client_of(refused(503, "no_replica", retryable=True), httpx.Response(200, json=file))
    assert forge.send(calls.upload_file("rows.jsonl", content)).id == "file_1"
    assert opened == 2
    assert [request.content for request in asked] == [b"ab", b"ab"]


def test_a_wait_ends_with_the_job_or_with_its_patience() -> None:
    forge, _ = client_of(httpx.Response(200, json=make_job("running")), httpx.Response(200, json=make_job("succeeded")))
    assert forge.wait("job_1", poll_interval_s=0).result == {"slept_seconds": 1}

    error = {"code": "out_of_memory", "message": "Too big.", "hint": "Make it smaller.", "retryable": True}
    forge, _ = client_of(httpx.Response(200, json=make_job("failed", error=error)))
    with pytest.raises(ForgeJobFailed, match=r"out_of_memory: Too big\. Make it smaller\.") as caught:
        forge.wait("job_1")
    assert caught.value.retryable

    forge, _ = client_of(httpx.Response(200, json=make_job("running")))
    with pytest.raises(ForgeTimeoutError, match="still running"):
        forge.wait("job_1", timeout_s=0, poll_interval_s=1)


def test_a_stream_is_resumed_from_the_last_event_and_comments_are_skipped() -> None:
    body = (
        'retry: 1000\n\n: waiting\n\nid: 7\nevent: job.ended\ndata: {"job_id": "job_1",\ndata: "status": "failed"}\n\n'
    )
    forge, asked = client_of(httpx.Response(200, text=body))
    events = list(forge.stream(calls.stream_follower("f"), last_event_id="6"))
    assert [(event.id, event.event, event.data["status"]) for event in events] == [("7", "job.ended", "failed")]
    assert asked[0].headers["last-event-id"] == "6"
