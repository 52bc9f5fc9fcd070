"""No process of the engine outlives the one that started it, however that one died."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1


def die_with_starter() -> None:
    """Linux: the kernel kills this process when the one that forked it ends. Elsewhere nothing happens."""
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def die_with_parent() -> None:
    """For a multiprocessing child: ends it when its logical parent ends.

    A fork server stands between the two, so the kernel's signal alone would not come; the pipe to the parent does.
    """
    die_with_starter()
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
