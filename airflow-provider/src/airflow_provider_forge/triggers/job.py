"""Waits for one job on behalf of a deferred task.

Covers: the end of the job, the task's deadline, the limit for an approval, cancelling when a user ends the task.
Does not cover: results and errors of the job; the operator fetches them when it resumes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal

from airflow.triggers.base import BaseTrigger, TriggerEvent

from ..client import AsyncForgeClient, ClientSettings, ForgeError, calls
from ..client.follower import Subscription
from ..client.job_updates import JobEnded, JobProgress, JobUnknown, JobUpdate
from ..exceptions import explain
from ..hooks.forge import ForgeHook
from .followers import shared_follower

Outcome = Literal["ended", "awaiting_approval", "timeout", "approval_timeout", "unknown"]

#: Below, Airflow 3.3 may resume a task that it has not yet marked as deferred (apache/airflow#67287).
MINIMUM_DEFERRAL_S = 5.0
#: A job that the stream has said nothing about is looked at after this, the first time and later.
_look_first_s = 60.0
_look_again_s = 900.0
_log_every_s = 30.0


class ForgeJobTrigger(BaseTrigger):
    """Fires `{"job_id", "outcome", "detail"}` once.

    :param job_id: the job to wait for
    :param forge_conn_id: connection of type `forge`
    :param deadline: Unix time at which `timeout` fires; None = never
    :param approval_timeout_s: how long the job may await an approval before `approval_timeout` fires; None = as long
        as the deadline allows
    :param cancel_on_kill: cancel the job when a user marks the task, clears it or ends its run
    :param minimum_s: the least time between the start of the trigger and its event
    :param until_approval: also fire `awaiting_approval`, once the job waits for a person
    """

    def __init__(
        self,
        job_id: str,
        forge_conn_id: str,
        deadline: float | None = None,
        approval_timeout_s: float | None = None,
        cancel_on_kill: bool = True,
        minimum_s: float = MINIMUM_DEFERRAL_S,
        until_approval: bool = False,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        self.job_id = job_id
        self.forge_conn_id = forge_conn_id
        self.deadline = deadline
        self.approval_timeout_s = approval_timeout_s
        self.cancel_on_kill = cancel_on_kill
        self.minimum_s = minimum_s
        self.until_approval = until_approval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """All that another triggerer needs to go on; no secret is among it."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "job_id": self.job_id,
                "forge_conn_id": self.forge_conn_id,
                "deadline": self.deadline,
                "approval_timeout_s": self.approval_timeout_s,
                "cancel_on_kill": self.cancel_on_kill,
                "minimum_s": self.minimum_s,
                "until_approval": self.until_approval,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Waits, and fires once."""
        begun = time.monotonic()
        outcome: Outcome | Literal["error"]
        try:
            outcome, detail = await self._wait(), None
        except ForgeError as error:
            outcome, detail = "error", explain(error)
        await asyncio.sleep(max(0.0, self.minimum_s - (time.monotonic() - begun)))
        yield TriggerEvent({"job_id": self.job_id, "outcome": outcome, "detail": detail})

    async def on_kill(self) -> None:
        """Cancels the job: a user ended the deferred task. Raises ForgeError, which Airflow logs."""
        if not self.cancel_on_kill:
            return
        self.log.info("The task was ended by a user: cancelling Forge job %s.", self.job_id)
        await ForgeHook(self.forge_conn_id).cancel_job_in_loop(self.job_id)

    async def _wait(self) -> Outcome:
        settings = (await ForgeHook(self.forge_conn_id).aget_settings()).client
        subscription = shared_follower(settings).subscribe(self.job_id)
        try:
            return await self._follow(subscription, settings)
        finally:
            subscription.close()

    async def _follow(self, subscription: Subscription, settings: ClientSettings) -> Outcome:
        awaiting_until: float | None = None
        look_after = _look_first_s
        log = ProgressLog(self)
        while True:
            limits = [limit for limit in (self.deadline, awaiting_until) if limit is not None]
            left = [limit - time.time() for limit in limits]
            if left and min(left) <= 0:
                return "timeout" if self.deadline is not None and self.deadline <= time.time() else "approval_timeout"
            update = await subscription.next(min([*left, look_after]))
            if update is None and (not left or min(left) > look_after):
                update = await self._look(settings)
            if isinstance(update, JobEnded):
                return "ended"
            if isinstance(update, JobUnknown):
                return "unknown"
            if isinstance(update, JobProgress):
                look_after = _look_again_s
                log.add(update)
                if self.until_approval and update.status == "awaiting_approval":
                    return "awaiting_approval"
                awaiting_until = await self._approval_limit(settings, update, awaiting_until)

    async def _look(self, settings: ClientSettings) -> JobUpdate | None:
        """The job as it is now; None while the server is away, which the follower waits out."""
        try:
            async with AsyncForgeClient(settings) as client:
                job = await client.send(calls.get_job(self.job_id))
        except ForgeError as error:
            if error.retryable:
                return None
            raise
        if job.ended:
            return JobEnded(job.id, job.status)
        return JobProgress(job.id, job.status, job.status_reason, job.progress)

    async def _approval_limit(self, settings: ClientSettings, update: JobProgress, known: float | None) -> float | None:
        if self.approval_timeout_s is None or update.status != "awaiting_approval":
            return None
        if known is not None:
            return known
        # since when, by the job's own events: a triggerer that took over must not begin to count anew
        async with AsyncForgeClient(settings) as client:
            page = await client.send(calls.list_job_events(self.job_id, limit=100))
        begun = [event.created_at for event in page.data if event.name == "job.awaiting_approval"]
        since = datetime.fromisoformat(begun[-1].replace("Z", "+00:00")).timestamp() if begun else time.time()
        return since + self.approval_timeout_s


class ProgressLog:
    """Writes what a job is at into the task's log: each state at once, progress now and then."""

    def __init__(self, trigger: ForgeJobTrigger) -> None:
        self._log = trigger.log
        self._state: tuple[str, str | None] | None = None
        self._logged = 0.0

    def add(self, update: JobProgress) -> None:
        """Logs an update if it is news."""
        state = (update.status, update.status_reason)
        now = time.monotonic()
        if state == self._state and now - self._logged < _log_every_s:
            return
        reason = f" ({update.status_reason})" if update.status_reason else ""
        progress = f": {update.progress}" if update.progress else ""
        self._log.info("Forge job %s is %s%s%s", update.job_id, update.status, reason, progress)
        self._state, self._logged = state, now
