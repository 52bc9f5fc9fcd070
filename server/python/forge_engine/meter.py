"""The host's energy meter: `python -m forge_engine.meter --lock <file>`.

Commands come as JSON lines on stdin, events go as JSON lines to stdout; `server/engines/meter-protocol.ts` defines
both. Every second, and at each `watch` and `unwatch`, the interval since the last sample is read and split.

Covers: the loop, the commands, the one-meter-per-host lock. Does not cover: the arithmetic (meter_split.py), the
counters (meter_sources.py), the processes (meter_processes.py).
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .meter_lock import holder, take_lock
from .meter_processes import Processes, members, open_processes
from .meter_sample import build_sample
from .meter_sources import CpuSource, GpuSource, open_cpu, open_gpus
from .meter_split import Owner, ProcessTimes, group_cpu_seconds

Emit = Callable[[dict[str, Any]], None]
PR_SET_PDEATHSIG = 1
#: 2026-01-01T00:00:00Z in Unix seconds.
SEQUENCE_EPOCH = 1_767_225_600


@dataclass
class Watched:
    """A watched group: its process group, the GPUs it was given, and its members when last looked at."""

    pgid: int
    gpus: tuple[int, ...]
    last: Mapping[int, ProcessTimes]


class Meter:
    """Samples since the last sample. Clocks and readers are arguments, so that tests need no hardware."""

    def __init__(
        self,
        cpu: CpuSource,
        gpus: GpuSource,
        processes: Processes,
        emit: Emit,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._cpu, self._gpus, self._processes, self._emit = cpu, gpus, processes, emit
        self._monotonic, self._wall = monotonic, wall
        self._watched: dict[str, Watched] = {}
        self._sequence = 0
        self._last_monotonic, self._last_wall = monotonic(), wall()
        self._last_busy = processes.host_busy_seconds()

    def handle(self, line: str) -> None:
        """Obeys one command line. An unusable one is reported as a `log` event and changes nothing."""
        try:
            command = json.loads(line)
            kind, group = command["type"], command["group"]
            if not isinstance(group, str) or not group:
                raise ValueError(f"group must be a non-empty string, got {group!r}")
            if kind == "watch":
                self._watch(group, int(command["pgid"]), tuple(int(gpu) for gpu in command.get("gpus", [])))
            elif kind == "unwatch":
                self._unwatch(group)
            else:
                raise ValueError(f"type must be 'watch' or 'unwatch', got {kind!r}")
        except (ValueError, KeyError, TypeError) as error:
            self._emit(log("warning", f"command ignored: {error!r} in {line.strip()[:200]!r}"))

    def sample(self) -> None:
        """Reads every counter, emits the interval since the last sample."""
        now, wall, busy = self._monotonic(), self._wall(), self._processes.host_busy_seconds()
        interval = now - self._last_monotonic
        host_seconds = max(0.0, busy - self._last_busy)
        processes = self._processes.all()
        owner_of: dict[int, Owner] = dict.fromkeys(processes)
        seconds: dict[str, float] = {}
        for key, watched in self._watched.items():
            current = members(processes, watched.pgid)
            seconds[key] = group_cpu_seconds(watched.last, current)
            watched.last = current
            owner_of.update(dict.fromkeys(current, key))
        self._sequence = next_sequence(self._sequence, wall)
        granted = {key: watched.gpus for key, watched in self._watched.items()}
        self._emit(
            build_sample(
                sequence=self._sequence,
                interval_seconds=interval,
                started_at=iso(self._last_wall),
                ended_at=iso(wall),
                cpu=self._cpu.read(interval, max(host_seconds, sum(seconds.values()))),
                gpus=self._gpus.read(interval, owner_of, granted),
                group_seconds=seconds,
                host_seconds=host_seconds,
            )
        )
        self._last_monotonic, self._last_wall, self._last_busy = now, wall, busy

    def _watch(self, group: str, pgid: int, gpus: tuple[int, ...]) -> None:
        if pgid <= 1:
            raise ValueError(f"pgid must be above 1, got {pgid}")
        self.sample()  # what was used before belongs to others
        self._watched[group] = Watched(pgid, gpus, members(self._processes.all(), pgid))

    def _unwatch(self, group: str) -> None:
        if group not in self._watched:
            raise ValueError(f"group {group!r} is not watched")
        self.sample()  # its last part of a second
        del self._watched[group]


def run(meter: Meter, lines: queue.Queue[str | None], interval_seconds: float) -> None:
    """Samples every interval and obeys commands between; returns when stdin has closed (None arrives)."""
    due = time.monotonic() + interval_seconds
    while True:
        try:
            line = lines.get(timeout=max(0.0, due - time.monotonic()))
        except queue.Empty:
            meter.sample()
            # After a pause of the host the missed ticks are one long interval, not a burst of short ones.
            due = max(due + interval_seconds, time.monotonic() + interval_seconds / 2)
            continue
        if line is None:
            return
        if line.strip():
            meter.handle(line)


def next_sequence(last: int, wall: float) -> int:
    """The next sample's number: half-seconds since 2026, or one more than the last when samples come faster.

    Rows are kept under (attempt, meter, sequence): a restarted meter must not use a number again, and following the
    clock it does not. It fits 32 bits until 2060.
    """
    return max(last + 1, int((wall - SEQUENCE_EPOCH) * 2))


def log(level: str, message: str) -> dict[str, Any]:
    """A `log` event."""
    return {"type": "log", "level": level, "message": message}


def iso(seconds: float) -> str:
    """Unix seconds as UTC, in milliseconds, as JavaScript writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def die_with_parent() -> None:
    """Linux: the kernel ends this process when its parent ends. Elsewhere the closing stdin does."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def print_event(event: dict[str, Any]) -> None:
    """One JSON line on stdout, at once."""
    sys.stdout.write(json.dumps(event, allow_nan=False) + "\n")
    sys.stdout.flush()


def read_lines(lines: queue.Queue[str | None]) -> None:
    """Stdin's lines into the queue, then None. In a thread, so that sampling never waits for a command."""
    for line in sys.stdin:
        lines.put(line)
    lines.put(None)


def main() -> int:
    """Runs until stdin closes. Exit status 0 also when refused because another meter of this host holds the lock."""
    parser = argparse.ArgumentParser(prog="python -m forge_engine.meter", description="Forge's energy meter of a host")
    parser.add_argument("--lock", type=Path, required=True, help="file that only one meter of the host may hold")
    parser.add_argument("--interval-seconds", type=float, default=1.0, help="time between samples (default 1)")
    parser.add_argument("--watts-per-core", type=float, help="for the CPU model, in place of its table's figure")
    options = parser.parse_args()
    if options.interval_seconds <= 0:
        parser.error(f"--interval-seconds must be above 0, got {options.interval_seconds}")
    die_with_parent()
    lock = take_lock(options.lock)
    if lock is None:
        message = f"another meter of this host holds {options.lock}; its worker reports this host's energy"
        print_event({"type": "refused", "holder_pid": holder(options.lock), "message": message})
        return 0
    cpu, cpu_note = open_cpu(options.watts_per_core)
    gpus, gpu_note = open_gpus()
    print_event({"type": "ready", "protocol": 1, "pid": os.getpid()})
    for note in (cpu_note, gpu_note):
        print_event(log("info", note))
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=read_lines, args=(lines,), daemon=True).start()
    try:
        run(Meter(cpu, gpus, open_processes(), print_event), lines, options.interval_seconds)
    except BrokenPipeError:
        # Nobody reads any more. Python would fail again while flushing stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
