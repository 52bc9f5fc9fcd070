"""Server-sent events: lines in, events out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .errors import ForgeProtocolError


@dataclass(frozen=True)
class ServerSentEvent:
    """One event. `id` is None where it cannot be resumed from; `data` is its JSON."""

    id: str | None
    event: str
    data: Any


@dataclass
class EventReader:
    """Collects the lines of a stream; comments are skipped, as keep-alives are."""

    _id: str | None = None
    _event: str = "message"
    _data: list[str] = field(default_factory=list)

    def feed(self, line: str) -> ServerSentEvent | None:
        """Takes a line without its end; gives the event that it completes. Raises ForgeProtocolError on broken JSON."""
        if line == "":
            return self._complete()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            self._id = value
        elif name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        return None

    def _complete(self) -> ServerSentEvent | None:
        data, event, id = self._data, self._event, self._id
        self._data, self._event, self._id = [], "message", None
        if not data:
            return None
        try:
            return ServerSentEvent(id, event, json.loads("\n".join(data)))
        except json.JSONDecodeError as cause:
            raise ForgeProtocolError(f"The stream sent an event that is no JSON: {data[0][:200]!r}.") from cause
