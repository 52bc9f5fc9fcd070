"""`python -m forge_engine serve`: one base from safetensors and LoRA adapters beside it, on a port of 127.0.0.1.

Commands come as JSON lines on stdin, events leave on stdout (`servingCommand`, `servingEvent` in
server/engines/protocol.ts): the same as those of server/engines/llama. It ends when stdin closes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from forge_engine.lifeline import die_with_starter
from forge_engine.pipes import take_pipes
from forge_engine.protocol import Event, line, log

if TYPE_CHECKING:
    from forge_engine.serve.host import Host


class Engine:
    """Carries out one command after the other, so that an adapter may be added right behind `load`."""

    def __init__(self, events: BinaryIO) -> None:
        self._events, self._writing = events, threading.Lock()
        self._host: Host | None = None

    def emit(self, event: Event) -> None:
        """Writes one line; the worker reads it at once."""
        with self._writing:
            self._events.write(line(event))
            self._events.flush()

    def loop(self, commands: BinaryIO) -> None:
        """Returns when `shutdown` came or stdin closed."""
        for text in commands:
            try:
                command = json.loads(text)
                kind = command["type"]
            except (ValueError, TypeError, KeyError) as error:
                self.emit(log("warning", f"A line on stdin is no command: {error!r}"))
                continue
            if kind == "shutdown":
                return
            if kind == "remove_adapter":
                # it waits for running answers and must not hold up what follows
                threading.Thread(target=self._carry_out, args=(command,), daemon=True).start()
            else:
                self._carry_out(command)

    def _carry_out(self, command: dict[str, Any]) -> None:
        try:
            match command["type"]:
                case "load":
                    self._load(command)
                case "add_adapter":
                    self._loaded().add_adapter(command["name"], Path(command["path"]))
                    self.emit({"type": "adapter_added", "name": command["name"]})
                case "remove_adapter":
                    self._loaded().remove_adapter(command["name"])
                    self.emit({"type": "adapter_removed", "name": command["name"]})
                case other:
                    self.emit(log("warning", f"Unknown command {other!r}"))
        except Exception as error:
            traceback.print_exception(error, file=sys.stderr)
            code = getattr(error, "code", "engine_internal_error")
            self.emit({"type": "failed", "code": code, "message": str(error), "name": command.get("name")})

    def _load(self, command: dict[str, Any]) -> None:
        if self._host is not None:
            raise RuntimeError("A base model is loaded; start another engine for another one.")
        # before torch is imported: its thread pool has the size that it starts with
        os.environ["OMP_NUM_THREADS"] = str(command["threads"])
        import torch

        from forge_engine.serve.host import Host
        from forge_engine.serve.http import start_http

        torch.set_num_threads(command["threads"])
        host = Host(Path(command["model_path"]), command["base"], command["context_tokens"], command["sequences"])
        port = start_http(host, command["token"])
        self._host = host
        self.emit({"type": "loaded", "port": port, "context_tokens": host.context_tokens})

    def _loaded(self) -> Host:
        if self._host is None:
            raise RuntimeError("No base model is loaded yet; send `load` first.")
        return self._host


def serve() -> int:
    """Runs the engine on this process's stdin and stdout."""
    die_with_starter()
    commands, events = take_pipes()
    engine = Engine(events)
    engine.emit({"type": "ready", "engine": "transformers", "pid": os.getpid(), "protocol": 1})
    engine.loop(commands)
    sys.stderr.flush()
    # requests may still be computing; nobody waits for them
    os._exit(0)
