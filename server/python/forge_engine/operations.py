"""What every rank of a run does, by the kind of its params."""

from __future__ import annotations

from forge_engine.evaluate import mean_loss
from forge_engine.protocol import Event, FineTuneParams, LossParams
from forge_engine.sft import fine_tune
from forge_engine.world import World


def run_rank(world: World, params: FineTuneParams | LossParams, store: str) -> Event:
    """Runs one rank to its end. Returns the final event, which only the leader sends."""
    world.join(store)
    event = fine_tune(world, params) if isinstance(params, FineTuneParams) else mean_loss(world, params)
    world.part()
    return event
