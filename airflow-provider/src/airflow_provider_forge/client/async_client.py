"""The client for asyncio: the same calls, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import Any, TypeVar

import httpx

from .answers import no_answer, read_answer, retry_after_s
from .calls import Call
from .errors import ForgeError
from .retry import RetryPolicy
from .settings import ClientSettings, headers_of
from .sse import EventReader, ServerSentEvent

T = TypeVar("T")


class AsyncForgeClient:
    """Calls a Forge server from an event loop. Use it as an async context manager, or await `aclose`."""

    def __init__(
        self,
        settings: ClientSettings,
        *,
        retry: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self._retry = retry or RetryPolicy()
        self._http = httpx.AsyncClient(
            base_url=settings.server,
            headers=settings.headers(),
            timeout=settings.timeout_s,
            verify=settings.verify,
            transport=transport,
        )

    async def send(self, call: Call[T]) -> T:
        """Makes a call of `client.calls`; what may succeed later is tried again, with pauses. Raises ForgeError."""
        tried = 0
        while True:
            tried += 1
            response: httpx.Response | None = None
            try:
                response = await self._http.request(
                    call.method, call.path, params=call.params, headers=headers_of(call), **_payload(call)
                )
                return call.read(read_answer(response))
            except httpx.TransportError as cause:
                error: ForgeError = no_answer(self.settings.server, cause)
            except ForgeError as cause:
                error = cause
            pause = self._retry.pause_s(call, error, tried, retry_after_s(error, response))
            if pause is None:
                raise error
            await asyncio.sleep(pause)

    async def stream(self, call: Call[None], *, last_event_id: str | None = None) -> AsyncIterator[ServerSentEvent]:
        """The events of one connection; ends or raises ForgeError when it does. Resume with the last id seen."""
        headers = {} if last_event_id is None else {"last-event-id": last_event_id}
        timeout = self.settings.stream_timeout()
        try:
            async with self._http.stream(
                call.method, call.path, params=call.params, headers=headers, timeout=timeout
            ) as response:
                if not response.is_success:
                    await response.aread()
                    read_answer(response)
                reader = EventReader()
                async for line in response.aiter_lines():
                    event = reader.feed(line)
                    if event is not None:
                        yield event
        except httpx.TransportError as cause:
            raise no_answer(self.settings.server, cause) from cause

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncForgeClient:
        """The client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes its connections."""
        await self.aclose()


def _payload(call: Call[Any]) -> dict[str, Any]:
    if call.content is not None:
        return {"content": _in_thread(call.content())}
    return {} if call.body is None else {"json": call.body}


async def _in_thread(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    # reading a file blocks: not on the event loop
    iterator = iter(chunks)
    while (chunk := await asyncio.to_thread(next, iterator, None)) is not None:
        yield chunk
