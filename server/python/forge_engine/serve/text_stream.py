"""Tokens in, text out."""

from __future__ import annotations

from collections.abc import Callable

# tokens may end one character and begin the next; a longer run is really broken text
_MAX_HELD_TOKENS = 16


class TextStream:
    """A piece leaves only when its last character is complete and it cannot be the start of a stop string.

    The stop string itself is never part of the text. `stopped` is true once one was met: nothing follows.
    """

    def __init__(self, decode: Callable[[list[int]], str], stops: list[str]) -> None:
        self._decode, self._stops = decode, stops
        self._context: list[int] = []  # tokens told already: some tokenizers join by what came before
        self._pending: list[int] = []
        self._held = ""
        self.stopped = False

    def push(self, token: int) -> str:
        """The text that became certain with this token, possibly empty."""
        self._pending.append(token)
        text = self._new_text()
        if text == "" or (text.endswith("\ufffd") and len(self._pending) < _MAX_HELD_TOKENS):
            return ""
        return self._emit(text)

    def end(self) -> str:
        """What is left at the end of the generation."""
        if self.stopped:
            return ""
        last = self._emit(self._new_text())
        return last if self.stopped else last + self._held

    def _new_text(self) -> str:
        return self._decode(self._context + self._pending)[len(self._decode(self._context)) :]

    def _emit(self, text: str) -> str:
        self._context = (self._context + self._pending)[-8:]
        self._pending = []
        whole = self._held + text
        found = [index for stop in self._stops if (index := whole.find(stop)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return whole[: min(found)]
        certain = len(whole) - self._stop_prefix_at_end(whole)
        self._held = whole[certain:]
        return whole[:certain]

    def _stop_prefix_at_end(self, text: str) -> int:
        lengths = (
            length
            for stop in self._stops
            for length in range(1, min(len(stop) - 1, len(text)) + 1)
            if text.endswith(stop[:length])
        )
        return max(lengths, default=0)
