"""Which rows a step trains, which of them a rank takes, and how they reach the model without padding."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from forge_engine.protocol import Hyperparameters
from forge_engine.rows import Row


class Plan:
    """The order of the rows over all epochs: a function of the seed and the step, so that resuming needs no state."""

    def __init__(self, rows: list[Row], settings: Hyperparameters) -> None:
        self.rows, self.settings = rows, settings
        self.steps_per_epoch = math.ceil(len(rows) / settings.batch_size)
        steps = math.ceil(settings.epochs * self.steps_per_epoch)
        self.total_steps = steps if settings.max_steps is None else min(steps, settings.max_steps)
        self._epoch, self._order = -1, np.arange(0)

    def batch(self, step: int) -> list[Row]:
        """The rows of a step counted from 0. An epoch's last batch may be smaller."""
        epoch, position = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = (
                epoch,
                np.random.default_rng((self.settings.seed, epoch)).permutation(len(self.rows)),
            )
        start = position * self.settings.batch_size
        return [self.rows[index] for index in self._order[start : start + self.settings.batch_size]]


def deal(rows: list[Row], rank: int, ranks: int) -> list[Row]:
    """The rows of one rank: sorted by length, longest first, dealt in a snake (0 1 1 0 ...) so that work is even."""
    ordered = sorted(rows, key=lambda row: len(row.tokens), reverse=True)
    turns = [*range(ranks), *reversed(range(ranks))]
    return [row for position, row in enumerate(ordered) if turns[position % len(turns)] == rank]


@dataclass(frozen=True)
class Packed:
    """Rows laid end to end as one sequence of T tokens; positions start anew with every row.

    `label_positions` are the places whose next token is to be learned, `targets` those next tokens.
    """

    rows: list[Row]
    input_ids: Tensor  # [1, T]
    position_ids: Tensor  # [1, T]
    spans: list[tuple[int, int]]  # [start, end) of each row
    label_positions: Tensor
    targets: Tensor


def pack(rows: list[Row], device: torch.device) -> Packed:
    """Lays rows end to end."""
    ends = np.cumsum([len(row.tokens) for row in rows]).tolist()
    tokens = np.concatenate([row.tokens for row in rows])
    labelled = np.concatenate([row.labelled for row in rows])  # never true at a row's start, so no label crosses rows
    targets = np.flatnonzero(labelled)
    return Packed(
        rows=rows,
        input_ids=torch.from_numpy(tokens).unsqueeze(0).to(device),
        position_ids=torch.from_numpy(np.concatenate([np.arange(len(row.tokens)) for row in rows]))
        .unsqueeze(0)
        .to(device),
        spans=list(zip([0, *ends[:-1]], ends, strict=True)),
        label_positions=torch.from_numpy(targets - 1).to(device),
        targets=torch.from_numpy(tokens[targets]).to(device),
    )


def micro_batches(rows: list[Row], token_budget: int, device: torch.device) -> Iterator[Packed]:
    """Packs rows, in order, up to `token_budget` tokens at a time; a longer row goes alone, budget 0 means all do."""
    waiting: list[Row] = []
    size = 0
    for row in rows:
        if waiting and size + len(row.tokens) > token_budget:
            yield pack(waiting, device)
            waiting, size = [], 0
        waiting.append(row)
        size += len(row.tokens)
    if waiting:
        yield pack(waiting, device)
