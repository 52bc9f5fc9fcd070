"""How Forge's errors look to Airflow: what a retry cannot help fails the task for good, the rest may be retried.

The errors themselves are the client's, see `client/errors.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from .client.errors import ForgeAPIError, ForgeError, ForgeJobError


def explain(error: ForgeError, url: str | None = None) -> str:
    """What a person needs: code, message, hint and where to look, a line each."""
    lines = [str(error)]
    if isinstance(error, ForgeJobError) and error.job.error:
        failure = error.job.error
        lines = [
            f"Forge job {error.job.id} ({error.job.kind}) failed with {failure.code}: {failure.message}",
            f"What to do: {failure.hint}",
        ]
    elif isinstance(error, ForgeAPIError):
        lines = [f"Forge refused the call with {error.code}: {error.message}", f"What to do: {error.hint}"]
        if error.request_id:
            lines.append(f"Request: {error.request_id}")
    return "\n".join([*lines, *([f"Job: {url}"] if url else [])])


@contextmanager
def airflow_errors(url: str | None = None) -> Iterator[None]:
    """Turns ForgeError into AirflowFailException (no retry can help) or AirflowException (one may)."""
    try:
        yield
    except ForgeError as error:
        kind = AirflowException if error.retryable else AirflowFailException
        raise kind(explain(error, url)) from error
