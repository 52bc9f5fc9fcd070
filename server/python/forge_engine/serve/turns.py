"""Who computes, and who may begin."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from forge_engine.serve.api_error import ApiError, ClientGone

_LOOK_SECONDS = 0.25


class Turns:
    """A lock handed on in the order of asking: requests compute one token each in turn, and none is overtaken."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        """Waits for this thread's turn."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()

    def __exit__(self, *_: object) -> None:
        """Hands the turn to the one that has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class Places:
    """The places of one served model: `size` requests run, up to `most_waiting` more wait, first come, first served."""

    def __init__(self, size: int, most_waiting: int) -> None:
        self._free, self._most_waiting = size, most_waiting
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self.running = 0

    @property
    def waiting(self) -> int:
        """Requests that have no place yet."""
        return len(self._queue)

    @contextmanager
    def place(self, is_gone: Callable[[], bool]) -> Iterator[None]:
        """Waits for a place. Raises ClientGone when the client left meanwhile, 503 `queue_full` when too many wait."""
        ticket = object()
        with self._changed:
            if self._free == 0 and len(self._queue) >= self._most_waiting:
                raise ApiError(
                    503,
                    "queue_full",
                    f"{len(self._queue)} requests wait for this model already.",
                    hint="Send fewer requests at once; this engine is slow.",
                )
            self._queue.append(ticket)
            try:
                while self._free == 0 or self._queue[0] is not ticket:
                    if is_gone():
                        raise ClientGone
                    self._changed.wait(_LOOK_SECONDS)
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()
            self._free -= 1
            self.running += 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self.running -= 1
                self._changed.notify_all()

    def drained(self) -> None:
        """Returns when no request runs or waits."""
        with self._changed:
            self._changed.wait_for(lambda: self.running == 0 and not self._queue)
