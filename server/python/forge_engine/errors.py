"""The failures the engine tells apart, by the codes of the wire protocol."""

from __future__ import annotations

import errno
import signal

CODES = frozenset(
    {
        "cancelled",
        "invalid_data",
        "row_too_long",
        "too_few_rows",
        "loss_not_finite",
        "out_of_memory",
        "model_not_loadable",
        "unsupported_architecture",
        "disk_full",
        "killed",
        "engine_internal_error",
    }
)


class EngineError(Exception):
    """A failure with a code of the protocol and a message that names the wrong value and the remedy."""

    def __init__(self, code: str, message: str) -> None:
        assert code in CODES, code
        super().__init__(message)
        self.code = code
        self.message = message


def classify(error: BaseException) -> EngineError:
    """The protocol's name for any exception that ended a run."""
    if isinstance(error, EngineError):
        return error
    text = f"{type(error).__name__}: {error}"
    # torch's CPU allocator raises a plain RuntimeError
    if isinstance(error, MemoryError) or "OutOfMemoryError" in text or "can't allocate memory" in text:
        return EngineError(
            "out_of_memory", f"Memory ran out ({text}). Use smaller micro-batches or a lower max_length."
        )
    # safetensors reports a full disk as text only
    if (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)) or "os error 28" in text:
        return EngineError("disk_full", f"The disk is full ({text}). Free space, then run the job again.")
    return EngineError("engine_internal_error", text)


def death(process: str, exit_code: int | None) -> EngineError:
    """Why a process ended without a word. Whether a SIGKILL meant that memory ran out is for the worker to find."""
    code = "killed" if exit_code == -signal.SIGKILL else "engine_internal_error"
    return EngineError(code, f"{process} died (exit code {exit_code}).")
