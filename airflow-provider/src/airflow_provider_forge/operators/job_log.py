"""What a task's log shows of its job: how it ended, and the last lines of its engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..client import ForgeClient, ForgeError, calls
from ..client.results import Job

#: Engine lines in the task log; all of them are at Forge.
LINES = 20


def print_job(log: Any, client: ForgeClient, job: Job) -> None:
    """Writes them. A log that cannot be fetched is said so, and changes nothing about the task."""
    # it has ended: what was left to do then is no news
    progress = f" at {replace(job.progress, eta_seconds=None)}" if job.progress else ""
    log.info("Forge job %s (%s) %s%s.", job.id, job.kind, job.status, progress)
    try:
        lines = client.send(calls.get_job_logs(job.id))
    except ForgeError as error:
        log.warning("The engine's log could not be fetched: %s", error)
        return
    for line in lines[-LINES:]:
        log.info("engine (attempt %s) | %s", line.attempt, line.line)
