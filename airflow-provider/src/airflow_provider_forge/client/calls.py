"""Every call that this client can make, once, for both clients: `client.send(get_job(id))`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from .results import (
    Approval,
    Evaluation,
    Event,
    File,
    FollowerLease,
    Generation,
    Job,
    JobEvent,
    Json,
    LogLine,
    Page,
    RecipeRun,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call. `content` opens the bytes to send anew for each try."""

    method: str
    path: str
    read: Callable[[Any], T]
    body: Json | None = None
    params: Mapping[str, str] | None = None
    content: Callable[[], Iterable[bytes]] | None = None
    idempotency_key: str | None = None

    @property
    def repeatable(self) -> bool:
        """Whether a second try does no harm where the answer to the first was lost."""
        return self.method != "POST" or self.idempotency_key is not None or self.path.endswith("/cancel")


def _ignore(_data: Any) -> None:
    return None


def _lines(data: Json) -> list[LogLine]:
    return [LogLine.read(line) for line in data["lines"]]


def _at(template: str, value: str) -> str:
    return template.format(quote(value, safe=""))


def start_job(kind: str, input: Json, *, options: Json | None = None, idempotency_key: str | None = None) -> Call[Job]:
    """Start a job. `options`: priority, timeout_s, metadata …, as `job` of `POST /v1/jobs`."""
    body = {"kind": kind, "input": input, "job": options or {}}
    return Call("POST", "/v1/jobs", Job.read, body=body, idempotency_key=idempotency_key)


def get_job(job_id: str) -> Call[Job]:
    """One job. Raises ForgeNotFoundError."""
    return Call("GET", _at("/v1/jobs/{}", job_id), Job.read)


def list_jobs(*, limit: int = 20, **filters: str) -> Call[Page[Job]]:
    """Jobs, newest first. `filters`: status, kind, parent_id, metadata (`name=value`), after."""
    return Call("GET", "/v1/jobs", Page.reader(Job.read), params={"limit": str(limit), **filters})


def cancel_job(job_id: str) -> Call[Job]:
    """Cancel a job. Raises ForgeConflictError (`illegal_move`) when it has ended."""
    return Call("POST", _at("/v1/jobs/{}/cancel", job_id), Job.read)


def list_job_events(job_id: str, *, after: str | None = None, limit: int = 100) -> Call[Page[JobEvent]]:
    """What happened to a job, oldest first; `after` is the id of the last one seen."""
    params = {"limit": str(limit)} if after is None else {"limit": str(limit), "after": after}
    return Call("GET", _at("/v1/jobs/{}/event_list", job_id), Page.reader(JobEvent.read), params=params)


def get_job_logs(job_id: str) -> Call[list[LogLine]]:
    """The last lines (2,000 at most) that the engines of a job wrote."""
    return Call("GET", _at("/v1/jobs/{}/logs", job_id), _lines)


def upload_file(
    filename: str,
    content: Callable[[], Iterable[bytes]],
    *,
    purpose: str = "dataset",
    idempotency_key: str | None = None,
) -> Call[File]:
    """Upload a file as a stream. `content` opens it; it is called again for another try."""
    params = {"purpose": purpose, "filename": filename}
    return Call("PUT", "/v1/files/content", File.read, params=params, content=content, idempotency_key=idempotency_key)


def apply_recipe(recipe: Json, *, options: Json | None = None, idempotency_key: str | None = None) -> Call[RecipeRun]:
    """Run a recipe: ingest, fine-tune, evaluate, deploy and generate as one unit."""
    body = {"recipe": recipe, "job": options or {}}
    return Call("POST", "/v1/recipes", RecipeRun.read, body=body, idempotency_key=idempotency_key)


def get_recipe_run(run_id: str) -> Call[RecipeRun]:
    """One recipe run with the states of its steps."""
    return Call("GET", _at("/v1/recipes/{}", run_id), RecipeRun.read)


def get_evaluation(evaluation_id: str) -> Call[Evaluation]:
    """One evaluation with its verdict."""
    return Call("GET", _at("/v1/evaluations/{}", evaluation_id), Evaluation.read)


def get_approval(approval_id: str) -> Call[Approval]:
    """One approval, open or decided. Raises ForgeNotFoundError."""
    return Call("GET", _at("/v1/approvals/{}", approval_id), Approval.read)


def list_approvals(*, limit: int = 20, **filters: str) -> Call[Page[Approval]]:
    """Approvals, newest first. `filters`: status, job_id, after."""
    return Call("GET", "/v1/approvals", Page.reader(Approval.read), params={"limit": str(limit), **filters})


def approve(approval_id: str, *, reason: str | None = None, idempotency_key: str | None = None) -> Call[Approval]:
    """Let a deployment go on; needs the scope `approve`. Raises ForgeConflictError (`approval_decided`)."""
    path = _at("/v1/approvals/{}/approve", approval_id)
    return Call("POST", path, Approval.read, body={"reason": reason}, idempotency_key=idempotency_key)


def reject(approval_id: str, reason: str, *, idempotency_key: str | None = None) -> Call[Approval]:
    """Cancel a deployment; needs the scope `approve`. Raises ForgeConflictError (`approval_decided`)."""
    path = _at("/v1/approvals/{}/reject", approval_id)
    return Call("POST", path, Approval.read, body={"reason": reason}, idempotency_key=idempotency_key)


def get_generation(job_id: str) -> Call[Generation]:
    """The texts of a generate job."""
    return Call("GET", _at("/v1/generations/{}", job_id), Generation.read)


def list_events(*, types: Iterable[str] = (), limit: int = 20) -> Call[Page[Event]]:
    """Events of the catalogue, newest first."""
    return Call("GET", "/v1/events", Page.reader(Event.read), params={"limit": str(limit), **_types(types)})


def put_follower(follower_id: str, job_ids: Iterable[str], *, lease_seconds: int = 60) -> Call[FollowerLease]:
    """Follow these jobs and only these; renews the lease."""
    body = {"job_ids": sorted(job_ids), "lease_seconds": lease_seconds}
    return Call("PUT", _at("/v1/followers/{}", follower_id), FollowerLease.read, body=body)


def delete_follower(follower_id: str) -> Call[None]:
    """Follow no more; the jobs do not count as abandoned."""
    return Call("DELETE", _at("/v1/followers/{}", follower_id), _ignore)


def stream_follower(follower_id: str) -> Call[None]:
    """The stream of a follower, for `client.stream`."""
    return Call("GET", _at("/v1/followers/{}/events", follower_id), _ignore)


def stream_events(*, types: Iterable[str] = ()) -> Call[None]:
    """Events of the catalogue as they happen, for `client.stream`."""
    return Call("GET", "/v1/events/stream", _ignore, params=_types(types))


def _types(types: Iterable[str]) -> dict[str, str]:
    joined = ",".join(types)
    return {"types": joined} if joined else {}
