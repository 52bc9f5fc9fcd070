"""The engine's pipes to the worker: commands in, events out, and nobody else may touch either."""

from __future__ import annotations

import os
from typing import BinaryIO


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Commands and events, taken away from stdin and stdout.

    Only events may reach the real stdout, and no child may hold the real stdin: prints of libraries go to stderr.
    """
    events = os.fdopen(os.dup(1), "wb")
    commands = os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return commands, events
