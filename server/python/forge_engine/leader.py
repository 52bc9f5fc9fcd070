"""The first process of a run: rank 0. It starts the other ranks, speaks for all, and notices when one dies.

Imports torch only inside functions: the supervisor imports this module to name its entry.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import tempfile
import threading
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from forge_engine.errors import EngineError, classify, death
from forge_engine.lifeline import die_with_parent
from forge_engine.protocol import ChrfParams, Event, FineTuneParams, LossParams, Params, failed

if TYPE_CHECKING:
    from forge_engine.placement import Placement

Pipe: TypeAlias = "Connection[Any, Any]"
# how long the leader, seeing a connection break, waits for the reason from the rank that broke it
_REASON_SECONDS = 5.0


class Reporter:
    """The leader's end of the pipe to the supervisor. After a final event nothing more is sent."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe, self._lock, self._over, self._pause = pipe, threading.Lock(), False, False

    def send(self, event: Event) -> None:
        """Sends one event; safe from any thread."""
        with self._lock:
            if not self._over:
                self._pipe.send(event)
            self._over = self._over or event["type"] in ("done", "paused", "failed")

    def pause_requested(self) -> bool:
        """Whether the supervisor asked for a pause, now or earlier."""
        while self._pipe.poll():
            self._pipe.recv()  # `pause` is all it ever says
            self._pause = True
        return self._pause


def lead(op: str, params: Params, pipe: Pipe) -> None:
    """Entry of the leader process: runs the operation and sends exactly one final event."""
    die_with_parent()
    reporter = Reporter(pipe)
    try:
        reporter.send(_run(params, reporter))
    except BaseException as error:  # whatever it was, the worker must hear of it
        traceback.print_exc()
        found = classify(error)
        if found.code == "engine_internal_error":
            # a broken connection is only the symptom; `_watch` knows the cause and ends this process
            for thread in threading.enumerate():
                if thread.name == "watch":
                    thread.join(_REASON_SECONDS)
        reporter.send(failed(found.code, found.message))
        os._exit(1)  # other ranks may hold this one in a collective; they end with it


def _run(params: Params, reporter: Reporter) -> Event:
    if isinstance(params, ChrfParams):
        from forge_engine.chrf import chrf

        reporter.send({"type": "started", "total_steps": None, "device": "cpu"})
        return {"type": "done", "result": chrf(params)}

    from forge_engine.operations import run_rank
    from forge_engine.world import World

    placement = _placement(params)
    with _followers(params, placement, reporter) as store:
        world = World(0, placement, reporter.send, reporter.pause_requested)
        return run_rank(world, params, store)


def _placement(params: FineTuneParams | LossParams) -> Placement:
    from forge_engine.checkpoints import read_state
    from forge_engine.placement import choose

    if isinstance(params, LossParams):
        return choose(None, most_ranks=8)
    if params.resume_from is None:
        return choose(params.ranks, most_ranks=params.hyperparameters.batch_size)
    # the same type and, unless told otherwise, as many ranks as before: then the losses go on bitwise
    state = read_state(params.resume_from)
    return choose(params.ranks or state.ranks, params.hyperparameters.batch_size, state.dtype)


def _share_fork_server() -> None:
    """Lets this process fork from the server it was forked from.

    CPython's `ensure_running` promises that in its docstring, yet starts a second server in a child (3.11 to 3.13),
    which would import torch again for every run. The inherited address and alive pipe are all that is needed.
    """
    from multiprocessing import forkserver, resource_tracker

    server = forkserver._forkserver
    if getattr(server, "_forkserver_address", None) and getattr(server, "_forkserver_alive_fd", None) is not None:
        setattr(server, "ensure_running", resource_tracker.ensure_running)  # noqa: B010 - mypy forbids the plain form


@contextlib.contextmanager
def _followers(params: FineTuneParams | LossParams, placement: Placement, reporter: Reporter) -> Iterator[str]:
    """Starts the ranks after the first and yields the file where all meet."""
    folder = tempfile.mkdtemp(prefix="forge-ranks-")
    store = f"{folder}/store"
    _share_fork_server()
    context = multiprocessing.get_context("forkserver")
    processes: dict[ForkServerProcess, Pipe] = {}
    try:
        for rank in range(1, placement.ranks):
            reason, theirs = context.Pipe(duplex=False)
            process = context.Process(target=follow, args=(rank, placement, params, store, theirs), name=f"rank {rank}")
            process.start()
            theirs.close()
            processes[process] = reason
        with watched(processes, reporter):
            yield store
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def watched(processes: dict[ForkServerProcess, Pipe], reporter: Reporter) -> Iterator[None]:
    """Ends the run when a rank ends badly; leaves, when the body ended well, once all ranks have.

    Only the watching thread may join a rank: CPython reads a fork server child's exit code from a pipe that gives it
    once, and a second reader is told 255, as if a rank that ended well had crashed.
    """
    watch = threading.Thread(target=_watch, args=(processes, reporter), name="watch", daemon=True)
    watch.start()
    yield
    watch.join()


def _watch(processes: dict[ForkServerProcess, Pipe], reporter: Reporter) -> None:
    """Waits for every rank; ends this process when one ends badly."""
    running = {process.sentinel: process for process in processes}
    while running:
        for sentinel in wait(list(running)):
            process = running.pop(cast(int, sentinel))
            process.join()
            if process.exitcode == 0:
                continue
            reason = processes[process]
            with contextlib.suppress(EOFError):
                if reason.poll():
                    code, message = reason.recv()
                    reporter.send(failed(code, message))
            found = death(f"The process of {process.name}", process.exitcode)
            reporter.send(failed(found.code, found.message))
            os._exit(1)


def follow(rank: int, placement: Placement, params: FineTuneParams | LossParams, store: str, reason: Pipe) -> None:
    """Entry of every rank but the first."""
    die_with_parent()
    from forge_engine.operations import run_rank
    from forge_engine.world import World

    try:
        run_rank(World(rank, placement), params, store)
    except BaseException as error:  # the leader passes it on
        traceback.print_exc()
        found: EngineError = classify(error)
        if not (found.code == "engine_internal_error" and "onnection" in found.message):
            reason.send((found.code, found.message))
        os._exit(1)
