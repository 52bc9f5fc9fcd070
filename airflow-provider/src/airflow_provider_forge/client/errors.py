"""What can go wrong between a caller and Forge.

ForgeError
├── ForgeConnectionError      nobody answered, or the answer broke off
├── ForgeProtocolError        something answered that is not Forge
├── ForgeAPIError             Forge refused: code, message, hint as in docs/errors.md
│   ├── ForgeAuthenticationError  401, 403: the key is missing, wrong, or lacks a scope
│   ├── ForgeNotFoundError        404
│   ├── ForgeConflictError        409
│   ├── ForgeRequestError         any other 4xx: the call must be changed
│   └── ForgeServerError          429 and 5xx
├── ForgeJobError             a job ended, and not well
│   ├── ForgeJobFailed
│   └── ForgeJobCancelled
└── ForgeTimeoutError         the caller's patience ended, the job has not
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .results import Job


class ForgeError(Exception):
    """The root of all errors of this client. `retryable`: the same call may succeed later without a change."""

    retryable: bool = False


class ForgeConnectionError(ForgeError):
    """Nobody answered at the address, or the connection broke."""

    retryable = True


class ForgeProtocolError(ForgeError):
    """The answer is not Forge's: another program has the address, or a proxy stands between."""


class ForgeAPIError(ForgeError):
    """Forge refused a call. The fields are those of the error catalogue."""

    def __init__(self, status: int, error: Mapping[str, Any], *, retryable: bool) -> None:
        self.status = status
        self.code = str(error.get("code", "unknown"))
        self.message = str(error.get("message", ""))
        self.hint = str(error.get("hint", ""))
        self.param = error.get("param")
        self.request_id = error.get("request_id")
        self.retryable = retryable
        super().__init__(f"{self.code}: {self.message} {self.hint}".rstrip())


class ForgeAuthenticationError(ForgeAPIError):
    """The key is missing, wrong, or lacks a scope."""


class ForgeNotFoundError(ForgeAPIError):
    """There is no such thing in this project."""


class ForgeConflictError(ForgeAPIError):
    """The state of things does not allow it, or an idempotency key was used for another call."""


class ForgeRequestError(ForgeAPIError):
    """The call must be changed before it can succeed."""


class ForgeServerError(ForgeAPIError):
    """Too many requests, or something failed on Forge's side."""


class ForgeJobError(ForgeError):
    """A job ended, and not well. `job` is how it ended."""

    def __init__(self, job: Job, message: str) -> None:
        self.job = job
        self.retryable = job.error.retryable if job.error else False
        super().__init__(message)


class ForgeJobFailed(ForgeJobError):
    """The job failed; its error is in the message."""


class ForgeJobCancelled(ForgeJobError):
    """Somebody or some rule cancelled the job; the reason is in the message."""


class ForgeTimeoutError(ForgeError):
    """A wait took longer than its caller allowed. The job goes on."""

    retryable = True


def api_error(status: int, error: Mapping[str, Any], *, retryable: bool) -> ForgeAPIError:
    """The error class that fits a status."""
    kinds: dict[int, type[ForgeAPIError]] = {
        401: ForgeAuthenticationError,
        403: ForgeAuthenticationError,
        404: ForgeNotFoundError,
        409: ForgeConflictError,
        429: ForgeServerError,
    }
    kind = kinds.get(status, ForgeServerError if status >= 500 else ForgeRequestError)
    return kind(status, error, retryable=retryable)
