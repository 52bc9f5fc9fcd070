"""What Forge answers, typed. Unknown fields are ignored, so that a newer server does not break an older client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Json = Mapping[str, Any]
T = TypeVar("T")

TERMINAL_STATUSES = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True)
class JobError:
    """Why a job failed. `retryable`: a new job with the same input may succeed."""

    code: str
    message: str
    hint: str
    retryable: bool

    @classmethod
    def read(cls, data: Json) -> JobError:
        """From the JSON of the API."""
        return cls(str(data["code"]), str(data["message"]), str(data.get("hint", "")), bool(data["retryable"]))


@dataclass(frozen=True)
class Progress:
    """How far a job is. `total` and `eta_seconds` are None while unknown."""

    step: int
    total: int | None
    unit: str
    eta_seconds: float | None

    @classmethod
    def read(cls, data: Json) -> Progress:
        """From the JSON of the API."""
        return cls(int(data["step"]), data.get("total"), str(data["unit"]), data.get("eta_seconds"))

    def __str__(self) -> str:
        """As people read it: `120 of 400 steps, about 95 s left`."""
        done = f"{self.step} {self.unit}" if self.total is None else f"{self.step} of {self.total} {self.unit}"
        return done if self.eta_seconds is None else f"{done}, about {self.eta_seconds:.0f} s left"


@dataclass(frozen=True)
class Usage:
    """What a job used. `method`: measured, modelled, apportioned or estimated; None while nothing was metered."""

    energy_joules: float
    method: str | None
    cost: float
    currency: str
    co2e_grams: float
    tokens: int | None

    @classmethod
    def read(cls, data: Json) -> Usage:
        """From the JSON of the API."""
        return cls(
            float(data["energy_joules"]),
            data.get("method"),
            float(data["cost"]),
            str(data["currency"]),
            float(data["co2e_grams"]),
            data.get("tokens"),
        )


@dataclass(frozen=True)
class Job:
    """A job of any kind. `result` depends on the kind; `raw` is the whole answer."""

    id: str
    kind: str
    status: str
    status_reason: str | None
    progress: Progress | None
    result: Json | None
    error: JobError | None
    usage: Usage
    metadata: Mapping[str, str]
    input: Json
    created_at: str
    ended_at: str | None
    raw: Json

    @property
    def ended(self) -> bool:
        """Whether it has reached a state that it never leaves."""
        return self.status in TERMINAL_STATUSES

    @classmethod
    def read(cls, data: Json) -> Job:
        """From the JSON of the API."""
        return cls(
            id=str(data["id"]),
            kind=str(data["kind"]),
            status=str(data["status"]),
            status_reason=data.get("status_reason"),
            progress=None if data.get("progress") is None else Progress.read(data["progress"]),
            result=data.get("result"),
            error=None if data.get("error") is None else JobError.read(data["error"]),
            usage=Usage.read(data["usage"]),
            metadata=data.get("metadata", {}),
            input=data.get("input", {}),
            created_at=str(data["created_at"]),
            ended_at=data.get("ended_at"),
            raw=data,
        )


@dataclass(frozen=True)
class JobEvent:
    """Something that happened to one job; `seq` counts from 1 without gaps."""

    id: str
    seq: int
    name: str
    data: Json
    created_at: str

    @classmethod
    def read(cls, data: Json) -> JobEvent:
        """From the JSON of the API."""
        return cls(str(data["id"]), int(data["seq"]), str(data["name"]), data["data"], str(data["created_at"]))


@dataclass(frozen=True)
class LogLine:
    """A line that an engine wrote."""

    attempt: int
    at: str
    line: str

    @classmethod
    def read(cls, data: Json) -> LogLine:
        """From the JSON of the API."""
        return cls(int(data["attempt"]), str(data["at"]), str(data["line"]))


@dataclass(frozen=True)
class File:
    """An uploaded file."""

    id: str
    filename: str
    bytes: int
    sha256: str

    @classmethod
    def read(cls, data: Json) -> File:
        """From the JSON of the API."""
        return cls(str(data["id"]), str(data["filename"]), int(data["bytes"]), str(data["sha256"]))


@dataclass(frozen=True)
class Evaluation:
    """A verdict on a model. `scores` and `baseline_scores`: metric to value over all items."""

    id: str
    model: str
    passed: bool
    scores: Mapping[str, float]
    baseline_scores: Mapping[str, float] | None
    checks: list[Json]

    @classmethod
    def read(cls, data: Json) -> Evaluation:
        """From the JSON of the API."""
        result = data["result"]
        baseline = result.get("baseline")
        return cls(
            str(data["id"]),
            str(data["model"]),
            bool(result["gate"]["passed"]),
            result["model"]["all"],
            None if baseline is None else baseline["all"],
            list(result["gate"]["checks"]),
        )


@dataclass(frozen=True)
class Approval:
    """Whether a model may go into service. `status`: pending, approved, rejected, expired or cancelled."""

    id: str
    status: str
    job_id: str
    deployment: str
    model: str
    evaluation_id: str | None
    forced: bool
    expires_at: str
    decided_at: str | None
    decided_by: str | None
    reason: str | None

    @classmethod
    def read(cls, data: Json) -> Approval:
        """From the JSON of the API; `decided_by` is the name of the key."""
        return cls(
            id=str(data["id"]),
            status=str(data["status"]),
            job_id=str(data["job_id"]),
            deployment=str(data["deployment"]),
            model=str(data["model"]),
            evaluation_id=data.get("evaluation_id"),
            forced=bool(data["forced"]),
            expires_at=str(data["expires_at"]),
            decided_at=data.get("decided_at"),
            decided_by=None if data.get("decided_by") is None else str(data["decided_by"]["name"]),
            reason=data.get("reason"),
        )


@dataclass(frozen=True)
class Generation:
    """The texts of a generate job in the order of its items; `rows` is None until it has ended."""

    id: str
    status: str
    items: int | None
    failed_items: int | None
    rows: list[Json] | None

    @classmethod
    def read(cls, data: Json) -> Generation:
        """From the JSON of the API."""
        return cls(str(data["id"]), str(data["status"]), data.get("items"), data.get("failed_items"), data.get("rows"))


@dataclass(frozen=True)
class RecipeRun:
    """A recipe run; its id is that of its job. `steps`: name, job_id, kind, status of each."""

    id: str
    name: str
    status: str
    steps: list[Json]

    @classmethod
    def read(cls, data: Json) -> RecipeRun:
        """From the JSON of the API."""
        return cls(str(data["id"]), str(data["name"]), str(data["status"]), list(data["steps"]))


@dataclass(frozen=True)
class Event:
    """An event of the catalogue (docs/events.md)."""

    id: str
    type: str
    created_at: str
    data: Json

    @classmethod
    def read(cls, data: Json) -> Event:
        """From the JSON of the API."""
        return cls(str(data["id"]), str(data["type"]), str(data["created_at"]), data["data"])


@dataclass(frozen=True)
class FollowerLease:
    """What a follower was promised. `unknown_job_ids` are no jobs of this project."""

    id: str
    jobs: int
    unknown_job_ids: list[str]
    lease_seconds: int

    @classmethod
    def read(cls, data: Json) -> FollowerLease:
        """From the JSON of the API."""
        return cls(str(data["id"]), int(data["jobs"]), list(data["unknown_job_ids"]), int(data["lease_seconds"]))


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of a list, newest first; pass the last id as `after` for the next one."""

    data: list[T]
    has_more: bool

    @classmethod
    def reader(cls, read: Callable[[Json], T]) -> Callable[[Json], Page[T]]:
        """What reads a page of items that `read` reads."""
        return lambda data: cls([read(item) for item in data["data"]], bool(data["has_more"]))
