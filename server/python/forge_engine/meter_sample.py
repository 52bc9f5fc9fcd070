"""One interval's rows as the `sample` event of `server/engines/meter-protocol.ts`.

Joules are written with six decimals, so that sums rounded to a microjoule equal the counter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .meter_split import GpuReading, Owner, Reading, Row, split_cpu, split_gpu, worst


def build_sample(
    *,
    sequence: int,
    interval_seconds: float,
    started_at: str,
    ended_at: str,
    cpu: Reading,
    gpus: Sequence[GpuReading],
    group_seconds: Mapping[str, float],
    host_seconds: float,
) -> dict[str, Any]:
    """The event for one interval: meters, one entry per watched group, and "other" for whatever is not watched."""
    rows = split_cpu(cpu, group_seconds, host_seconds)
    for gpu in gpus:
        rows.extend(split_gpu(gpu))
    other_seconds = max(0.0, host_seconds - sum(group_seconds.values()))
    return {
        "type": "sample",
        "sequence": sequence,
        "interval_seconds": round(interval_seconds, 6),
        "started_at": started_at,
        "ended_at": ended_at,
        "meters": [_meter(reading) for reading in [cpu, *(gpu.reading for gpu in gpus)]],
        "groups": [
            {"group": key, **_usage(rows, key, seconds, interval_seconds)} for key, seconds in group_seconds.items()
        ],
        "other": _usage(rows, None, other_seconds, interval_seconds),
    }


def _meter(reading: Reading) -> dict[str, Any]:
    return {
        "meter": reading.meter,
        "method": reading.method,
        "joules": _joules(reading.microjoules),
        "idle_joules": _joules(reading.idle_microjoules),
        "covers": reading.covers,
        "error_percent": reading.error_percent,
    }


def _usage(rows: Sequence[Row], owner: Owner, cpu_seconds: float, interval_seconds: float) -> dict[str, Any]:
    own = [row for row in rows if row.owner == owner]
    gpu_rows = [row for row in own if row.meter != "cpu"]
    return {
        "cpu_seconds": round(cpu_seconds, 6),
        "gpu_seconds": round(sum(row.share for row in gpu_rows) * interval_seconds, 6),
        "cpu_joules": _joules(sum(row.microjoules for row in own if row.meter == "cpu")),
        "gpu_joules": _joules(sum(row.microjoules for row in gpu_rows)),
        "method": worst(row.method for row in own),
        "rows": [
            {
                "meter": row.meter,
                "joules": _joules(row.microjoules),
                "method": row.method,
                "gpu_seconds": round(row.share * interval_seconds, 6),
            }
            for row in own
        ],
    }


def _joules(microjoules: int) -> float:
    return round(microjoules / 1_000_000, 6)
