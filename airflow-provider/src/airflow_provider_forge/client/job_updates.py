"""What a follower hears of a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .results import Progress
from .sse import ServerSentEvent


@dataclass(frozen=True)
class JobProgress:
    """A job is on its way."""

    job_id: str
    status: str
    status_reason: str | None
    progress: Progress | None


@dataclass(frozen=True)
class JobEnded:
    """A job has ended; its result is fetched with `get_job`."""

    job_id: str
    status: str


@dataclass(frozen=True)
class JobUnknown:
    """The project has no such job."""

    job_id: str


JobUpdate = JobProgress | JobEnded | JobUnknown


def read_update(event: ServerSentEvent) -> JobUpdate | None:
    """The update that an event carries; None for events that a newer server may send."""
    data: Any = event.data
    if event.event == "job.ended":
        return JobEnded(str(data["job_id"]), str(data["status"]))
    if event.event == "job.progress":
        progress = None if data.get("progress") is None else Progress.read(data["progress"])
        return JobProgress(str(data["job_id"]), str(data["status"]), data.get("status_reason"), progress)
    return None
