"""One rank's view of its run: where it computes and how it adds up with the others."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor
from torch._C._distributed_c10d import FileStore

from forge_engine.placement import Placement
from forge_engine.protocol import Event


@dataclass(frozen=True)
class World:
    """Rank 0 leads: only its `report` reaches the worker, only its `pause_requested` can be true."""

    rank: int
    placement: Placement
    report: Callable[[Event], None] = lambda event: None
    pause_requested: Callable[[], bool] = lambda: False

    @property
    def leads(self) -> bool:
        """Whether this rank writes files and reports."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """This rank's device."""
        return torch.device("cuda", self.rank) if self.placement.kind == "cuda" else torch.device("cpu")

    @property
    def dtype(self) -> torch.dtype:
        """The compute type."""
        dtype: torch.dtype = getattr(torch, self.placement.dtype)
        return dtype

    def join(self, store: str) -> None:
        """Sets threads and device and meets the other ranks at the file `store`."""
        torch.set_num_threads(self.placement.threads)
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        if self.placement.ranks == 1:
            return
        # all ranks are on this machine: their traffic has no business on the network
        os.environ["GLOO_SOCKET_IFNAME"] = "lo0" if sys.platform == "darwin" else "lo"
        dist.init_process_group(
            "nccl" if self.device.type == "cuda" else "gloo",
            store=FileStore(store, self.placement.ranks),
            rank=self.rank,
            world_size=self.placement.ranks,
            timeout=timedelta(hours=1),  # a rank that dies is noticed by the leader, not by this
        )

    def add_up(self, tensor: Tensor) -> None:
        """Replaces `tensor` by its sum over all ranks, bitwise the same on each."""
        if self.placement.ranks > 1:
            dist.all_reduce(tensor)

    def part(self) -> None:
        """Ends the group, so that the connections close in order."""
        if self.placement.ranks > 1:
            dist.barrier()
            dist.destroy_process_group()
