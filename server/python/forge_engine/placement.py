"""Where a run computes: device, number type, ranks and threads."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Placement:
    """The same on every rank. `dtype` is torch's name of the compute type."""

    kind: str
    dtype: str
    ranks: int
    threads: int

    @property
    def label(self) -> str:
        """As the protocol writes it, e.g. `cpu/bfloat16 x2`."""
        return f"{self.kind}/{self.dtype} x{self.ranks}"

    @property
    def token_budget(self) -> int:
        """Tokens of one micro-batch. More would not make the matrix products faster, only larger."""
        return 16_384 if self.kind == "cuda" else 1024


def cores() -> int:
    """CPU cores this process may use: its affinity, less a container's quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = Path("/sys/fs/cgroup/cpu.max")
    if quota.is_file():
        limit, period = quota.read_text().split()
        if limit != "max":
            count = min(count, math.ceil(int(limit) / int(period)))
    return max(1, count)


def fast_bfloat16(device: torch.device) -> bool:
    """Whether bf16 multiplies clearly faster than fp32 here: measured, because flags also promise emulated bf16."""

    def seconds(dtype: torch.dtype) -> float:
        left, right = torch.ones(512, 512, dtype=dtype, device=device), torch.ones(512, 512, dtype=dtype, device=device)
        best = math.inf
        for _ in range(4):  # the first one warms up
            start = time.perf_counter()
            (left @ right)[0, 0].item()
            best = min(best, time.perf_counter() - start)
        return best

    return seconds(torch.float32) > 1.5 * seconds(torch.bfloat16)


def choose(wanted_ranks: int | None, most_ranks: int, dtype: str | None = None) -> Placement:
    """One rank per GPU, or per core with one thread each; never more than `most_ranks`, where rows run out.

    `dtype` is given when a checkpoint demands the type it was computed in.
    """
    torch.set_num_threads(1)
    kind = "cuda" if torch.cuda.is_available() else "cpu"
    units = torch.cuda.device_count() if kind == "cuda" else cores()
    ranks = max(1, min(wanted_ranks or units, most_ranks))
    if kind == "cuda":
        ranks = min(ranks, units)
    if dtype is None:
        dtype = "bfloat16" if fast_bfloat16(torch.device(kind)) else "float32"
    return Placement(kind, dtype, ranks, threads=max(1, cores() // ranks))
