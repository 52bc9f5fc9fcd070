"""What the end of a job means to who waited for it."""

from __future__ import annotations

from .errors import ForgeJobCancelled, ForgeJobFailed
from .results import Job


def succeeded(job: Job) -> Job:
    """The job, if it succeeded. Raises ForgeJobFailed or ForgeJobCancelled with what there is to say."""
    if job.status == "failed":
        error = job.error
        said = f"{error.code}: {error.message} {error.hint}".rstrip() if error else "no error was recorded"
        raise ForgeJobFailed(job, f"Job {job.id} ({job.kind}) failed. {said}")
    if job.status == "cancelled":
        reason = job.error.message if job.error else job.status_reason
        raise ForgeJobCancelled(job, f"Job {job.id} ({job.kind}) was cancelled{f': {reason}' if reason else '.'}")
    return job
