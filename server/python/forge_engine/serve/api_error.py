"""Refusals in OpenAI's error shape."""

from __future__ import annotations

import json
from typing import Any


class ApiError(Exception):
    """An answer `{error: {code, message, param, hint}}` with an HTTP status."""

    def __init__(self, status: int, code: str, message: str, param: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param, self.hint = status, code, message, param, hint

    def body(self) -> dict[str, Any]:
        """The JSON body. `type` is there because OpenAI's clients print it."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        error = {"code": self.code, "message": self.message, "type": kind, "param": self.param, "hint": self.hint}
        return {"error": error}


class ClientGone(Exception):
    """The client closed the connection: nobody reads the answer."""


def invalid(param: str | None, message: str) -> ApiError:
    """400 `invalid_request`: a value of the wrong kind or outside its range."""
    return ApiError(400, "invalid_request", message, param)


def unsupported(param: str, value: object, hint: str) -> ApiError:
    """400 `unsupported_parameter`: the field would change the output and this engine cannot honour it."""
    message = f"The Transformers serving engine does not support {param} (got {json.dumps(value)[:80]})."
    return ApiError(400, "unsupported_parameter", message, param, hint)
