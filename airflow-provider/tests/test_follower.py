from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx

from airflow_provider_forge.client import AsyncForgeClient, ClientSettings, Follower, RetryPolicy
from airflow_provider_forge.client.job_updates import JobEnded, JobProgress, JobUnknown


class FakeServer:
    """The followers' side of a server: what was put, and streams that the test writes to."""

    def __init__(self) -> None:
        self.puts: list[tuple[str, list[str]]] = []
        self.deleted: list[str] = []
        self.opened: list[tuple[str, str | None]] = []
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()
        self.changed = asyncio.Event()
        self.unknown: list[str] = []
        self.refuse: list[httpx.Response] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        follower = request.url.path.split("/")[3]
        self.changed.set()
        if self.refuse:
            return self.refuse.pop(0)
        if request.method == "PUT":
            jobs = json.loads(request.content)["job_ids"]
            self.puts.append((follower, jobs))
            body = {"id": follower, "jobs": len(jobs), "unknown_job_ids": self.unknown, "lease_seconds": 60}
            return httpx.Response(200, json=body)
        if request.method == "DELETE":
            self.deleted.append(follower)
            return httpx.Response(200, json={"id": follower, "deleted": True})
        self.opened.append((follower, request.headers.get("last-event-id")))
        return httpx.Response(200, content=self._stream())

    async def _stream(self) -> AsyncIterator[bytes]:
        while (line := await self.lines.get()) is not None:
            yield line.encode()

    def end(self, job_id: str) -> None:
        self.lines.put_nowait(
            f'id: 1:{job_id}\nevent: job.ended\ndata: {{"job_id": "{job_id}", "status": "failed"}}\n\n'
        )

    async def until(self, what: str) -> None:
        """Waits until a list of this server has something."""
        while not getattr(self, what):
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 10)

    def follower(self) -> Follower:
        client = AsyncForgeClient(
            ClientSettings("http://forge.example", "key"),
            retry=RetryPolicy(attempts=1),
            transport=httpx.MockTransport(self),
        )
        return Follower(client, settle_s=0.01, longest_pause_s=0.01)


async def test_fifty_jobs_are_followed_with_one_call_and_one_stream() -> None:
    server = FakeServer()
    follower = server.follower()
    waiting = [follower.subscribe(f"job_{number}") for number in range(50)]
    await server.until("opened")
    for one in waiting:
        server.end(one.job_id)
    updates = [await one.next(10) for one in waiting]
    assert all(isinstance(update, JobEnded) for update in updates)
    assert len(server.opened) == 1
    assert [len(jobs) for _, jobs in server.puts] == [50]
    for one in waiting:
        one.close()
    await server.until("deleted")


async def test_progress_reaches_the_waiter_of_its_job_only() -> None:
    server = FakeServer()
    follower = server.follower()
    first, second = follower.subscribe("job_1"), follower.subscribe("job_2")
    data = {"job_id": "job_1", "status": "running", "status_reason": None, "progress": None}
    server.lines.put_nowait(f"event: job.progress\ndata: {json.dumps(data)}\n\n")
    assert await first.next(10) == JobProgress("job_1", "running", None, None)
    assert await second.next(0.01) is None
    server.end("job_2")
    assert isinstance(await second.next(10), JobEnded)
    first.close()
    second.close()


async def test_a_stream_that_breaks_is_resumed_where_it_was() -> None:
    server = FakeServer()
    follower = server.follower()
    first, second = follower.subscribe("job_1"), follower.subscribe("job_2")
    server.end("job_1")
    await first.next(10)
    server.opened.clear()
    server.lines.put_nowait(None)
    await server.until("opened")
    assert server.opened[0][1] == "1:job_1"
    server.end("job_2")
    assert isinstance(await second.next(10), JobEnded)


async def test_a_lease_that_lapsed_is_taken_anew() -> None:
    server = FakeServer()
    follower = server.follower()
    one = follower.subscribe("job_1")
    await server.until("opened")
    server.puts.clear()
    error = {"code": "follower_not_found", "message": "Gone.", "hint": "Name them again."}
    server.refuse.append(httpx.Response(404, json={"error": error}, headers={"x-should-retry": "false"}))
    server.lines.put_nowait(None)
    await server.until("puts")
    server.end("job_1")
    assert isinstance(await one.next(10), JobEnded)


async def test_a_job_that_is_left_before_its_end_is_left_to_lapse() -> None:
    server = FakeServer()
    follower = server.follower()
    left, stays = follower.subscribe("job_1"), follower.subscribe("job_2")
    await server.until("opened")
    server.puts.clear()
    left.close()
    await server.until("puts")
    # under a new id: the old one still names the job, and lapses with it
    assert server.puts[0][1] == ["job_2"]
    assert server.puts[0][0] != server.opened[0][0]
    assert server.deleted == []
    server.end("job_2")
    assert isinstance(await stays.next(10), JobEnded)


async def test_who_comes_after_the_end_was_told_is_told_it_too() -> None:
    server = FakeServer()
    follower = server.follower()
    first, other = follower.subscribe("job_1"), follower.subscribe("job_2")
    server.end("job_1")
    await first.next(10)
    server.opened.clear()
    first.close()
    # before the server knows that the first has left
    late = follower.subscribe("job_1")
    await server.until("opened")
    # a server tells an end to each follower once: only a new one hears it
    assert server.puts[-1][0] == server.opened[0][0] != server.puts[0][0]
    assert server.puts[-1][1] == ["job_1", "job_2"]
    assert server.deleted == [server.puts[0][0]]
    server.end("job_1")
    assert isinstance(await late.next(10), JobEnded)
    server.end("job_2")
    assert isinstance(await other.next(10), JobEnded)


async def test_when_all_are_left_the_follower_lapses_and_another_is_needed() -> None:
    server = FakeServer()
    follower = server.follower()
    left = follower.subscribe("job_1")
    await server.until("opened")
    left.close()
    assert follower._task is not None
    await asyncio.wait_for(follower._task, 10)
    assert not follower.running
    assert server.deleted == []


async def test_an_unknown_job_is_told_at_once() -> None:
    server = FakeServer()
    server.unknown = ["job_x"]
    one = server.follower().subscribe("job_x")
    assert await one.next(10) == JobUnknown("job_x")
    one.close()
