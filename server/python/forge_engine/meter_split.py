"""The meter's arithmetic: counters to intervals, intervals to rows. Pure: no files, no clock, no devices.

Energy is split in whole microjoules, so that the rows of an interval sum to its counter exactly:
`counter = idle + every watched group + other`, per meter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Method = Literal["measured", "configured", "modelled", "apportioned"]
#: Who a row belongs to: a watched group's key, or None for everything that is not watched ("other").
Owner = str | None

_WORSE: dict[Method, int] = {"measured": 0, "configured": 1, "modelled": 2, "apportioned": 3}


@dataclass(frozen=True)
class ProcessTimes:
    """CPU seconds of one process: its own, and those of children that it has waited for."""

    pid: int
    parent: int
    group: int
    started: float
    own: float
    children: float


@dataclass(frozen=True)
class Reading:
    """One meter over one interval. `idle_microjoules` is at most `microjoules`."""

    meter: str
    method: Method
    microjoules: int
    idle_microjoules: int
    covers: str
    error_percent: float


@dataclass(frozen=True)
class GpuReading:
    """A GPU's interval. `busy` names every owner with a process on it; None: its busy time is not told by NVML.

    `listed` is False where the owners come from what groups were given and not from NVML's process list.
    """

    reading: Reading
    busy: Mapping[Owner, float | None] = field(default_factory=dict)
    listed: bool = True


@dataclass(frozen=True)
class Row:
    """What one owner used on one meter. `share` is the part of the meter's time that the owner held it (0 to 1)."""

    meter: str
    owner: Owner
    microjoules: int
    method: Method
    share: float = 0.0


def wrapped_delta(before: int, after: int, counter_range: int) -> int:
    """How far a counter moved that starts again at 0 after `counter_range`. One wrap is assumed, not several."""
    return after - before if after >= before else after - before + counter_range


def worst(methods: Iterable[Method]) -> Method:
    """The least certain of some methods; `measured` when there are none."""
    return max(methods, key=_WORSE.__getitem__, default="measured")


def apportion(total: int, weights: Mapping[Owner, float]) -> dict[Owner, int]:
    """Splits a whole number by weights; the parts sum to `total` exactly. Equal parts when every weight is 0.

    Raises ValueError for a negative weight, or for a total with nobody to take it.
    """
    if any(weight < 0 for weight in weights.values()):
        raise ValueError(f"weights must not be negative, got {dict(weights)}")
    if not weights:
        if total:
            raise ValueError(f"{total} microjoules and nobody to give them to: name at least one owner")
        return {}
    scale = sum(weights.values())
    shares = {owner: weight / scale if scale > 0 else 1 / len(weights) for owner, weight in weights.items()}
    parts = {owner: int(total * share) for owner, share in shares.items()}
    # Rounding leaves a few microjoules over (or, with float error, takes a few too many): the largest share has room.
    parts[max(shares, key=shares.__getitem__)] += total - sum(parts.values())
    return parts


def group_cpu_seconds(before: Mapping[int, ProcessTimes], after: Mapping[int, ProcessTimes]) -> float:
    """CPU seconds that one process group used between two looks at its members (by pid).

    A child that ended and was waited for shows up in its parent's `children` with its whole life; the part of it that
    an earlier interval already counted is taken off, so that short-lived children count once and long-lived ones too.
    """
    counted_before: dict[int, float] = defaultdict(float)
    for process in before.values():
        if not _same(process, after.get(process.pid)):
            counted_before[process.parent] += process.own + process.children
    seconds = 0.0
    for process in after.values():
        earlier = before.get(process.pid)
        if not _same(process, earlier):
            earlier = None
        own, children = (earlier.own, earlier.children) if earlier else (0.0, 0.0)
        seconds += max(0.0, process.own - own)
        seconds += max(0.0, process.children - children - counted_before[process.pid])
    return seconds


def split_cpu(reading: Reading, group_seconds: Mapping[str, float], host_seconds: float) -> list[Row]:
    """Gives the joules above idle to process groups by CPU seconds; what nobody watches goes to "other".

    `host_seconds` is the busy time of all CPUs. The kernel's two clocks round apart: groups may sum to slightly more,
    then "other" gets nothing.
    """
    above_idle = reading.microjoules - reading.idle_microjoules
    weights: dict[Owner, float] = dict(group_seconds.items())
    weights[None] = max(0.0, host_seconds - sum(group_seconds.values()))
    if sum(weights.values()) == 0:
        weights = {None: 1.0}
    parts = apportion(above_idle, weights)
    return [Row(reading.meter, owner, parts.get(owner, 0), reading.method) for owner in [*group_seconds, None]]


def split_gpu(gpu: GpuReading) -> list[Row]:
    """A GPU of one owner gives it everything; a shared one is split by busy time, or equally where that is not told.

    Idle joules are only those of a GPU that nobody uses: whoever holds a GPU pays for its idling too.
    """
    reading = gpu.reading
    taken = reading.microjoules - reading.idle_microjoules
    if not gpu.busy:
        return [Row(reading.meter, None, taken, reading.method)]
    told = [busy for busy in gpu.busy.values() if busy is not None]
    by_busy_time = len(told) == len(gpu.busy) and sum(told) > 0
    weights = {owner: busy if by_busy_time and busy is not None else 1.0 for owner, busy in gpu.busy.items()}
    certain = gpu.listed and (by_busy_time or len(gpu.busy) == 1)
    method: Method = reading.method if certain else "apportioned"
    parts = apportion(taken, weights)
    scale = sum(weights.values())
    return [Row(reading.meter, owner, part, method, weights[owner] / scale) for owner, part in parts.items()]


def _same(process: ProcessTimes, other: ProcessTimes | None) -> bool:
    """Whether a pid still is the process it was (pids are reused)."""
    return other is not None and other.started == process.started
