"""Waits for many jobs over one stream.

The set of jobs is sent with `PUT /v1/followers/{id}` when it changes, once for a burst of changes; what happens to them
comes over one stream, which also renews the follower's lease. A server that restarts is waited for. Who stops waiting
before the end of a job (`Subscription.close`) leaves it to lapse: the follower goes on under a new id without that job,
so Forge gives the job up if no one else follows it within its `orphan_after_seconds`.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import suppress
from typing import NoReturn

from .async_client import AsyncForgeClient
from .calls import delete_follower, put_follower, stream_follower
from .errors import ForgeConnectionError, ForgeError, ForgeNotFoundError
from .job_updates import JobEnded, JobUnknown, JobUpdate, read_update


class Subscription:
    """One waiter's view of one job. Close it."""

    def __init__(self, follower: Follower, job_id: str) -> None:
        self.job_id = job_id
        self._follower = follower
        self._updates: asyncio.Queue[JobUpdate | ForgeError] = asyncio.Queue()
        self._over = False

    def _put(self, update: JobUpdate | ForgeError) -> None:
        self._updates.put_nowait(update)

    async def next(self, timeout_s: float | None = None) -> JobUpdate | None:
        """The next update; None when none came in time. Raises ForgeError when the follower cannot go on."""
        try:
            update = await asyncio.wait_for(self._updates.get(), timeout_s)
        except asyncio.TimeoutError:
            return None
        self._over = not isinstance(update, ForgeError) and isinstance(update, JobEnded | JobUnknown)
        if isinstance(update, ForgeError):
            raise update
        return update

    def close(self) -> None:
        """Stops listening. Before the end of the job this leaves the job without this follower."""
        self._follower._leave(self, over=self._over)


class Follower:
    """Follows jobs for all waiters of one process and one event loop. It closes its client when the last has left."""

    def __init__(
        self,
        client: AsyncForgeClient,
        *,
        lease_seconds: int = 60,
        settle_s: float = 0.2,
        longest_pause_s: float = 30.0,
        unreachable_after_s: float = 86_400.0,
    ) -> None:
        """`unreachable_after_s`: so long a server may be away before its waiters are told."""
        self._client = client
        self._lease_seconds = lease_seconds
        self._settle_s = settle_s
        self._longest_pause_s = longest_pause_s
        self._unreachable_after_s = unreachable_after_s
        self._waiters: dict[str, list[Subscription]] = {}
        self._changed = asyncio.Event()
        self._id = _new_id()
        self._left_behind = False
        self._told: set[str] = set()
        self._tell_again = False
        self._last_event_id: str | None = None
        self._away_since: float | None = None
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """False once the last waiter has left: make another follower then."""
        return not self._stopped

    def subscribe(self, job_id: str) -> Subscription:
        """Begins to listen to a job. Must be called in the follower's event loop, while it runs."""
        subscription = Subscription(self, job_id)
        self._waiters.setdefault(job_id, []).append(subscription)
        # one follower is told an end once
        self._tell_again = self._tell_again or job_id in self._told
        self._changed.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"forge-{self._id}")
        return subscription

    def _leave(self, subscription: Subscription, *, over: bool) -> None:
        others = self._waiters.get(subscription.job_id, [])
        if subscription in others:
            others.remove(subscription)
        if not others:
            self._waiters.pop(subscription.job_id, None)
            self._left_behind = self._left_behind or not over
        self._changed.set()

    async def _run(self) -> None:
        listener: asyncio.Task[None] | None = None
        try:
            while True:
                await self._changed.wait()
                # a burst of changes, as at the start of a triggerer, makes one call
                await asyncio.sleep(self._settle_s)
                self._changed.clear()
                if self._left_behind or self._tell_again or not self._waiters:
                    await _cancel(listener)
                    listener = None
                    if not self._left_behind:
                        with suppress(ForgeNotFoundError, ForgeConnectionError):
                            await self._client.send(delete_follower(self._id))
                    self._id, self._last_event_id = _new_id(), None
                    self._left_behind, self._tell_again, self._told = False, False, set()
                    if not self._waiters:
                        return
                await self._register()
                if listener is None or listener.done():
                    listener = asyncio.create_task(self._listen())
        except ForgeError as error:
            self._tell_all(error)
        finally:
            # at once, before anything is awaited: who comes now needs another follower
            self._stopped = True
            await _cancel(listener)
            await self._client.aclose()

    async def _register(self) -> None:
        """Names the jobs to the server, however long that takes. Raises ForgeError when it cannot help to go on."""
        failures = 0
        while True:
            try:
                lease = await self._client.send(
                    put_follower(self._id, self._waiters, lease_seconds=self._lease_seconds)
                )
            except ForgeError as error:
                failures += 1
                await self._pause(error, failures)
                continue
            self._away_since = None
            # those that it names no more are told again when it names them again
            self._told.intersection_update(self._waiters)
            for job_id in lease.unknown_job_ids:
                self._tell(JobUnknown(job_id))
            return

    async def _listen(self) -> None:
        try:
            await self._hear()
        except ForgeError as error:
            self._tell_all(error)

    async def _hear(self) -> NoReturn:
        """Passes on what the stream says, over as many connections as it takes. Raises ForgeError."""
        failures = 0
        while True:
            connected = time.monotonic()
            error: ForgeError = ForgeConnectionError(
                f"Forge at {self._client.settings.server} ended the stream of {self._id}."
            )
            try:
                async for event in self._client.stream(stream_follower(self._id), last_event_id=self._last_event_id):
                    failures, self._away_since = 0, None
                    self._last_event_id = event.id or self._last_event_id
                    update = read_update(event)
                    if update is not None:
                        self._tell(update)
            except ForgeNotFoundError:
                # the lease lapsed while the server or this process was away
                self._last_event_id = None
                await self._register()
            except ForgeError as cause:
                error = cause
            failures = 1 if time.monotonic() - connected > self._longest_pause_s else failures + 1
            await self._pause(error, failures)

    async def _pause(self, error: ForgeError, failures: int) -> None:
        if not error.retryable:
            raise error
        now = time.monotonic()
        self._away_since = self._away_since or now
        if now - self._away_since > self._unreachable_after_s:
            raise error
        await asyncio.sleep(min(0.5 * 2 ** min(failures - 1, 10), self._longest_pause_s))

    def _tell(self, update: JobUpdate) -> None:
        if isinstance(update, JobEnded):
            self._told.add(update.job_id)
        for subscription in self._waiters.get(update.job_id, []):
            subscription._put(update)

    def _tell_all(self, error: ForgeError) -> None:
        for subscription in [one for waiters in self._waiters.values() for one in waiters]:
            subscription._put(error)


def _new_id() -> str:
    return f"airflow-{uuid.uuid4()}"


async def _cancel(task: asyncio.Task[None] | None) -> None:
    if task is None:
        return
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
