"""Loss on completion tokens without training: for validation during a run, and as an operation of its own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from forge_engine import peft_format
from forge_engine.base_model import load_model, load_tokenizer, packable, token_losses
from forge_engine.batches import deal, micro_batches
from forge_engine.errors import EngineError
from forge_engine.protocol import Event, LossParams
from forge_engine.rows import Row, read_rows
from forge_engine.world import World

# rows between two progress reports, over all ranks
_ROWS_PER_ROUND = 64


def summed_losses(world: World, model: Any, rows: list[Row], token_budget: int) -> Tensor:
    """The loss of each row of `rows`, summed over its labelled tokens; the same on every rank."""
    place = {row.index: position for position, row in enumerate(rows)}
    sums = torch.zeros(len(rows), dtype=torch.float64, device=world.device)
    model.eval()
    with torch.no_grad():
        for packed in micro_batches(deal(rows, world.rank, world.placement.ranks), token_budget, world.device):
            losses = torch.split(token_losses(model, packed), [row.label_count for row in packed.rows])
            for row, loss in zip(packed.rows, losses, strict=True):
                sums[place[row.index]] = loss.double().sum()
    world.add_up(sums)
    return sums


def mean_loss(world: World, params: LossParams) -> Event:
    """The `loss` operation. A row over max_length loses its beginning, because its end is what is judged."""
    folder = Path(params.base_model_dir)
    found = read_rows(Path(params.data_path), load_tokenizer(folder), params.max_length, "truncate", keep="end")
    rows = found.rows
    if found.dropped or not rows:
        raise EngineError(
            "invalid_data",
            f"{found.dropped} of {len(rows) + found.dropped} rows have no assistant text within the last "
            f"{params.max_length} tokens. Raise max_length or remove these rows.",
        )
    model = load_model(folder, world.dtype, world.device)
    if params.adapter_dir is not None:
        peft_format.attach(model, Path(params.adapter_dir))
    world.report({"type": "started", "total_steps": None, "device": world.placement.label})

    budget = world.placement.token_budget if packable(model.config) else 0
    sums: list[float] = []
    tokens = 0
    for start in range(0, len(rows), _ROWS_PER_ROUND):
        part = rows[start : start + _ROWS_PER_ROUND]
        sums += summed_losses(world, model, part, budget).tolist()
        tokens += sum(row.label_count for row in part)
        loss = sum(sums) / tokens
        if not math.isfinite(loss):
            raise EngineError("loss_not_finite", f"The loss of rows {start + 1} to {len(sums)} is {loss}.")
        progress = {
            "step": len(sums),
            "total": len(rows),
            "unit": "rows",
            "eta_seconds": None,
            "metrics": {"loss": loss},
        }
        world.report({"type": "progress", **progress})
    result = {
        "loss": loss,
        "perplexity": math.exp(min(loss, 700.0)),  # beyond that a float overflows
        "tokens": tokens,
        "rows": len(rows),
        "row_losses": [total / row.label_count for total, row in zip(sums, rows, strict=True)],
    }
    return {"type": "done", "result": result}
