"""Who used the CPUs: process times by process group, and the busy time of the whole host.

Linux reads `/proc` itself (one small file per process); elsewhere psutil answers. On Windows, which has no process
groups, a group is the tree below its process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from .meter_split import ProcessTimes


class Processes(Protocol):
    """Where process times come from. The tests bring their own."""

    def all(self) -> Mapping[int, ProcessTimes]:
        """Every process that can be seen, by pid."""

    def host_busy_seconds(self) -> float:
        """Seconds that all CPUs together were busy since boot."""


class ProcFs:
    """Linux's `/proc`. `root` exists for tests."""

    def __init__(self, root: Path = Path("/proc")) -> None:
        self._root = root
        self._tick = float(os.sysconf("SC_CLK_TCK"))

    def all(self) -> Mapping[int, ProcessTimes]:
        """See `Processes.all`. A process that ends while it is read is left out."""
        found: dict[int, ProcessTimes] = {}
        for folder in self._root.iterdir():
            if not folder.name.isdigit():
                continue
            try:
                text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            found[int(folder.name)] = self._parse(int(folder.name), text)
        return found

    def host_busy_seconds(self) -> float:
        """See `Processes.host_busy_seconds`: user, nice, system, irq and softirq; not idle, iowait or stolen time."""
        fields = (self._root / "stat").read_text(encoding="utf-8").split("\n", 1)[0].split()
        user, nice, system, irq, softirq = (int(fields[i]) for i in (1, 2, 3, 6, 7))
        return (user + nice + system + irq + softirq) / self._tick

    def _parse(self, pid: int, text: str) -> ProcessTimes:
        # The command may hold spaces and brackets: everything after the last bracket is safe to split.
        fields = text.rpartition(")")[2].split()
        user, system, children_user, children_system = (int(field) for field in fields[11:15])
        return ProcessTimes(
            pid=pid,
            parent=int(fields[1]),
            group=int(fields[2]),
            started=float(fields[19]),
            own=(user + system) / self._tick,
            children=(children_user + children_system) / self._tick,
        )


class PsutilProcesses:
    """macOS and Windows, through psutil."""

    def __init__(self) -> None:
        # Here and not above: Linux does not need it, and its import costs a tenth of a second.
        import psutil  # type: ignore[import-untyped, unused-ignore]

        self._psutil = psutil

    def all(self) -> Mapping[int, ProcessTimes]:
        """See `Processes.all`."""
        found: dict[int, ProcessTimes] = {}
        for process in self._psutil.process_iter(["pid", "ppid", "create_time", "cpu_times"]):
            times, pid = process.info["cpu_times"], process.info["pid"]
            if times is None:  # not ours to look at
                continue
            found[pid] = ProcessTimes(
                pid=pid,
                parent=process.info["ppid"] or 0,
                group=_process_group(pid),
                started=process.info["create_time"] or 0.0,
                own=times.user + times.system,
                children=getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0),
            )
        return found

    def host_busy_seconds(self) -> float:
        """See `Processes.host_busy_seconds`."""
        times = self._psutil.cpu_times()
        return float(times.user + times.system + getattr(times, "nice", 0.0))


def open_processes() -> Processes:
    """The reader for this operating system."""
    return ProcFs() if sys.platform.startswith("linux") else PsutilProcesses()


def members(processes: Mapping[int, ProcessTimes], group: int) -> dict[int, ProcessTimes]:
    """The processes of one group, by pid."""
    if sys.platform != "win32":
        return {pid: process for pid, process in processes.items() if process.group == group}
    tree = {group}
    grown = True
    while grown:
        below = {pid for pid, process in processes.items() if process.parent in tree and pid not in tree}
        tree |= below
        grown = bool(below)
    return {pid: processes[pid] for pid in tree if pid in processes}


def _process_group(pid: int) -> int:
    if sys.platform == "win32":
        return pid
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, PermissionError):
        return 0
