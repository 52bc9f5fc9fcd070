"""How the leader waits for the other ranks."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing import forkserver

import pytest

from forge_engine.leader import Reporter, watched


def test_a_rank_that_ends_well_has_its_exit_code_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    context = multiprocessing.get_context("forkserver")
    reads: list[int] = []
    read_signed = forkserver.read_signed  # type: ignore[attr-defined]

    def slowly(descriptor: int) -> int:
        reads.append(descriptor)
        time.sleep(0.1)  # long enough for a second reader to be on its way
        return int(read_signed(descriptor))

    mine, _theirs = context.Pipe()
    reason, _ = context.Pipe(duplex=False)
    rank = context.Process(target=time.sleep, args=(0.2,), name="rank 1")
    rank.start()
    monkeypatch.setattr(forkserver, "read_signed", slowly)
    with watched({rank: reason}, Reporter(mine)):
        pass

    assert rank.exitcode == 0
    assert len(reads) == 1
