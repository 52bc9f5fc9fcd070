"""When a call is tried again, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from .calls import Call
from .errors import ForgeAPIError, ForgeConnectionError, ForgeError


@dataclass(frozen=True)
class RetryPolicy:
    """Tries in all, and the pauses between them: doubling from `first_pause_s`, half of it by chance."""

    attempts: int = 5
    first_pause_s: float = 0.5
    longest_pause_s: float = 20.0

    def pause_s(self, call: Call[Any], error: ForgeError, tried: int, retry_after_s: float | None) -> float | None:
        """Seconds until the next try; None: do not try again. `tried`: tries so far."""
        if tried >= self.attempts or not self._may_repeat(call, error):
            return None
        if retry_after_s is not None:
            return min(retry_after_s, self.longest_pause_s)
        pause = min(self.first_pause_s * 2.0 ** (tried - 1), self.longest_pause_s)
        # spread, so that many clients of one restarted server do not come back together
        return pause * (0.5 + random.random() / 2)

    @staticmethod
    def _may_repeat(call: Call[Any], error: ForgeError) -> bool:
        if isinstance(error, ForgeAPIError):
            # an answer: the server did nothing that a repeat could do twice
            return error.retryable
        return isinstance(error, ForgeConnectionError) and call.repeatable
