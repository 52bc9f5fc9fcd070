"""Reads an HTTP answer: its JSON, or the error that it is."""

from __future__ import annotations

import json
from typing import Any

import httpx

from .errors import ForgeAPIError, ForgeConnectionError, ForgeProtocolError, api_error

_gateway_statuses = frozenset({502, 503, 504})


def read_answer(response: httpx.Response) -> Any:
    """The JSON of an answer. Raises ForgeAPIError where Forge refused, ForgeProtocolError where it is not Forge."""
    data = _json(response)
    if response.is_success and data is not None:
        return data
    error = data.get("error") if isinstance(data, dict) else None
    if isinstance(error, dict) and "code" in error:
        # the server states what its error catalogue says of the code
        retryable = response.headers.get("x-should-retry") == "true"
        raise api_error(response.status_code, error, retryable=retryable)
    if response.status_code in _gateway_statuses:
        raise api_error(
            response.status_code,
            {"code": "gateway_error", "message": f"A proxy answered {response.status_code} in place of Forge."},
            retryable=True,
        )
    raise ForgeProtocolError(
        f"{response.request.url.copy_with(query=None)} answered {response.status_code} with something that is not "
        "from Forge. Check the server URL."
    )


def retry_after_s(error: Exception, response: httpx.Response | None) -> float | None:
    """Seconds that the server asks to wait before another try, if it does."""
    if response is None or not isinstance(error, ForgeAPIError):
        return None
    given = response.headers.get("retry-after", "")
    return float(given) if given.isdigit() else None


def no_answer(server: str, cause: httpx.TransportError) -> ForgeConnectionError:
    """The error for an answer that did not come."""
    error = ForgeConnectionError(f"Forge at {server} does not answer: {cause or type(cause).__name__}.")
    error.__cause__ = cause
    return error


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
