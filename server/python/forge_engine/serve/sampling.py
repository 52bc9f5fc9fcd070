"""The next token from the model's logits, by the request's own settings and its own random numbers."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sampling:
    """`temperature` 0 takes the likeliest token; `top_k` 0, `top_p` 1 and `min_p` 0 leave all tokens in."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None


class Sampler:
    """One request's choices. With a seed they depend on nothing else: not on other requests, not on the order."""

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self.generator = torch.Generator()
        self.generator.manual_seed(secrets.randbits(32) if sampling.seed is None else sampling.seed)

    def choose(self, logits: Tensor) -> int:
        """The id of the next token; `logits` is [vocabulary], fp32, on the CPU."""
        if self.sampling.temperature == 0:
            return int(logits.argmax())
        weights = self._narrowed(logits / self.sampling.temperature).softmax(-1)
        return int(torch.multinomial(weights, 1, generator=self.generator))

    def _narrowed(self, logits: Tensor) -> Tensor:
        """Logits of the tokens that stay in the draw, minus infinity elsewhere; in the order of Transformers."""
        settings = self.sampling
        if 0 < settings.top_k < logits.numel():
            logits = logits.masked_fill(logits < logits.topk(settings.top_k).values[-1], -math.inf)
        if settings.top_p < 1:
            values, order = logits.sort(descending=True)
            shares = values.softmax(-1)
            # the first one always stays: nothing comes before it
            beyond = shares.cumsum(-1) - shares >= settings.top_p
            logits = logits.index_fill(0, order[beyond], -math.inf)
        if settings.min_p > 0:
            shares = logits.softmax(-1)
            logits = logits.masked_fill(shares < settings.min_p * shares.max(), -math.inf)
        return logits
