"""Where a Forge server is and how to speak with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from .calls import Call

#: A stream that is silent for so long is dead: the server sends a comment every few seconds.
STREAM_SILENCE_S = 60.0


@dataclass(frozen=True)
class ClientSettings:
    """`timeout_s`: for connecting and for each silence within an answer. `verify`: false takes any certificate."""

    base_url: str
    api_key: str = field(repr=False)
    timeout_s: float = 30.0
    verify: bool = True

    @property
    def server(self) -> str:
        """The address without a slash at its end."""
        return self.base_url.rstrip("/")

    def headers(self) -> dict[str, str]:
        """Sent with every call."""
        return {"authorization": f"Bearer {self.api_key}", "user-agent": "airflow-provider-forge/0.1.0"}

    def stream_timeout(self) -> httpx.Timeout:
        """Connecting is as quick as ever; between events there is more patience."""
        return httpx.Timeout(self.timeout_s, read=STREAM_SILENCE_S)


def headers_of(call: Call[Any]) -> dict[str, str]:
    """The headers of one call."""
    headers = {} if call.idempotency_key is None else {"idempotency-key": call.idempotency_key}
    if call.content is not None:
        headers["content-type"] = "application/octet-stream"
    return headers
