"""The parent process: reads commands, forwards events, starts and ends the leader of each run.

It never computes and does not even import torch: a fork server does the imports once, and every run is a fork of it,
so that the second run starts within a fraction of a second. Computing before a fork would deadlock OpenMP in the child.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import queue
import sys
import threading
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, BinaryIO

from forge_engine.errors import death
from forge_engine.leader import lead
from forge_engine.lifeline import die_with_starter
from forge_engine.pipes import take_pipes
from forge_engine.protocol import Event, Params, failed, line, log, read_params

PRELOAD = ["forge_engine.preload"]
_FINAL = ("done", "paused", "failed")


class Run:
    """One `run` command and its leader process. What happens to it arrives in `inbox`, marked with the run."""

    def __init__(self, op: str, params: Params, inbox: queue.SimpleQueue[Any]) -> None:
        context = multiprocessing.get_context("forkserver")
        self.pipe, theirs = context.Pipe()
        self.leader: ForkServerProcess = context.Process(target=lead, args=(op, params, theirs), name="leader")
        self.leader.start()
        theirs.close()
        self.ended = False
        threading.Thread(target=self._listen, args=(inbox, self.pipe), daemon=True).start()

    def _listen(self, inbox: queue.SimpleQueue[Any], pipe: Connection[Any, Any]) -> None:
        try:
            while True:
                inbox.put((self, pipe.recv()))
        except (EOFError, ConnectionResetError):
            inbox.put((self, None))

    def kill(self) -> None:
        """Ends the leader; its ranks notice and end too."""
        self.leader.kill()
        self.leader.join()


class Supervisor:
    """The loop of the parent process."""

    def __init__(self, events: BinaryIO) -> None:
        self.events = events
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.run: Run | None = None

    def emit(self, event: Event) -> None:
        """Writes one line; the worker reads it at once."""
        self.events.write(line(event))
        self.events.flush()

    def loop(self, commands: BinaryIO) -> None:
        """Returns when `shutdown` came or stdin closed."""
        threading.Thread(target=self._read, args=(commands,), name="stdin", daemon=True).start()
        while True:
            source, message = self.inbox.get()
            if source is None:
                if message is None or message.get("type") == "shutdown":
                    break
                self._command(message)
            elif self.run is not None and source is self.run:
                self._event(self.run, message)
        if self.run is not None:
            self.run.kill()

    def _read(self, commands: BinaryIO) -> None:
        for text in commands:
            try:
                command = json.loads(text)
                if not isinstance(command, dict):
                    raise ValueError("not an object")
            except ValueError as error:
                command = {"type": f"unreadable ({error})"}
            self.inbox.put((None, command))
        self.inbox.put((None, None))

    def _command(self, command: dict[str, Any]) -> None:
        kind = command.get("type")
        if kind == "run" and self.run is None:
            try:
                self.run = Run(
                    str(command.get("op")), read_params(str(command.get("op")), command.get("params")), self.inbox
                )
            except ValueError as error:
                self.emit(failed("engine_internal_error", f"The run command is wrong: {error}."))
        elif kind == "cancel" and self.run is not None:
            self.run.kill()
            self.run = None
            self.emit(failed("cancelled", "The run was cancelled."))
        elif kind == "pause" and self.run is not None:
            with contextlib.suppress(BrokenPipeError):  # just ended: that news is already in the inbox
                self.run.pipe.send("pause")
        else:
            state = "while a run is in progress" if self.run else "without a run"
            self.emit(log("error", f"Ignored the command {kind!r} {state}."))

    def _event(self, run: Run, event: Event | None) -> None:
        if event is None:  # the pipe closed before a final event
            run.leader.join()
            self.run = None
            found = death("The training process", run.leader.exitcode)
            self.emit(failed(found.code, found.message))
            return
        if event["type"] in _FINAL:
            run.leader.join()  # its memory is free before the worker hears of the end
            self.run = None
        self.emit(event)


def serve() -> int:
    """Runs the engine on this process's stdin and stdout. Returns the exit code."""
    die_with_starter()
    commands, events = take_pipes()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    from multiprocessing import forkserver

    forkserver.ensure_running()
    supervisor = Supervisor(events)
    supervisor.emit({"type": "ready", "engine": "forge-train", "pid": os.getpid(), "protocol": 1})
    supervisor.loop(commands)
    sys.stderr.flush()
    # the stdin thread may still sit in a read, which would hold up an ordinary exit
    os._exit(0)
