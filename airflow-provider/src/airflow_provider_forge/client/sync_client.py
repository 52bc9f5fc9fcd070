"""The client that blocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TypeVar

import httpx

from .answers import no_answer, read_answer, retry_after_s
from .calls import Call, get_job
from .errors import ForgeError, ForgeTimeoutError
from .outcome import succeeded
from .results import Job
from .retry import RetryPolicy
from .settings import ClientSettings, headers_of
from .sse import EventReader, ServerSentEvent

T = TypeVar("T")


class ForgeClient:
    """Calls a Forge server. Use it as a context manager, or call `close`.

    `ForgeClient("http://127.0.0.1:8470", key)`. Errors: see `client/errors.py`.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_s: float = 30.0,
        verify: bool = True,
        retry: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.settings = ClientSettings(base_url, api_key, timeout_s, verify)
        self._retry = retry or RetryPolicy()
        self._http = httpx.Client(
            base_url=self.settings.server,
            headers=self.settings.headers(),
            timeout=timeout_s,
            verify=verify,
            transport=transport,
        )

    def send(self, call: Call[T]) -> T:
        """Makes a call of `client.calls`; what may succeed later is tried again, with pauses. Raises ForgeError."""
        tried = 0
        while True:
            tried += 1
            response: httpx.Response | None = None
            try:
                response = self._http.request(
                    call.method,
                    call.path,
                    params=call.params,
                    headers=headers_of(call),
                    **_payload(call),
                )
                return call.read(read_answer(response))
            except httpx.TransportError as cause:
                error: ForgeError = no_answer(self.settings.server, cause)
            except ForgeError as cause:
                error = cause
            pause = self._retry.pause_s(call, error, tried, retry_after_s(error, response))
            if pause is None:
                raise error
            time.sleep(pause)

    def stream(self, call: Call[None], *, last_event_id: str | None = None) -> Iterator[ServerSentEvent]:
        """The events of one connection; ends or raises ForgeError when it does. Resume with the last id seen."""
        headers = {} if last_event_id is None else {"last-event-id": last_event_id}
        timeout = self.settings.stream_timeout()
        try:
            with self._http.stream(
                call.method, call.path, params=call.params, headers=headers, timeout=timeout
            ) as response:
                if not response.is_success:
                    response.read()
                    read_answer(response)
                reader = EventReader()
                for line in response.iter_lines():
                    event = reader.feed(line)
                    if event is not None:
                        yield event
        except httpx.TransportError as cause:
            raise no_answer(self.settings.server, cause) from cause

    def wait(self, job_id: str, *, timeout_s: float | None = None, poll_interval_s: float = 2.0) -> Job:
        """Waits until a job has succeeded. Raises ForgeJobFailed, ForgeJobCancelled, ForgeTimeoutError."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            job = self.send(get_job(job_id))
            if job.ended:
                return succeeded(job)
            if deadline is not None and time.monotonic() + poll_interval_s > deadline:
                raise ForgeTimeoutError(f"Job {job_id} is still {job.status} after {timeout_s} s.")
            time.sleep(poll_interval_s)

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def __enter__(self) -> ForgeClient:
        """The client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes its connections."""
        self.close()


def _payload(call: Call[Any]) -> dict[str, Any]:
    if call.content is not None:
        return {"content": call.content()}
    return {} if call.body is None else {"json": call.body}
