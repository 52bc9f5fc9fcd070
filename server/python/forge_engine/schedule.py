"""Learning rate by step."""

from __future__ import annotations

import math

from forge_engine.protocol import Hyperparameters


def learning_rate(step: int, total_steps: int, settings: Hyperparameters) -> float:
    """The rate of a step counted from 0: a linear warm-up to the peak, then the schedule down to zero."""
    warmup = math.ceil(settings.warmup_ratio * total_steps)
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    done = (step - warmup) / max(1, total_steps - warmup)
    shape = {"constant": 1.0, "linear": 1.0 - done, "cosine": 0.5 * (1.0 + math.cos(math.pi * done))}
    return settings.learning_rate * shape[settings.schedule]
