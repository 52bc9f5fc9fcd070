"""One meter per host: a file lock that the operating system frees when its holder ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO


def take_lock(path: Path) -> BinaryIO | None:
    """Takes the lock and writes this process's id beside it; None when somebody else holds it.

    Keep the returned file open for as long as the lock is wanted. Raises OSError when the path cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+b")
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        file.close()
        return None
    # A file of its own: Windows lets nobody read a locked byte.
    _holder_path(path).write_text(str(os.getpid()), encoding="ascii")
    return file


def holder(path: Path) -> int | None:
    """The process id that last took the lock, for the message; None when it was not written (yet)."""
    try:
        text = _holder_path(path).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    return int(text) if text.isdigit() else None


def _holder_path(path: Path) -> Path:
    return path.with_name(path.name + ".pid")
