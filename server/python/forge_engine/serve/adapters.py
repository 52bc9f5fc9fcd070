"""LoRA adapters beside one unchanged base: whose they are is a matter of the request, never of the model.

A hook on each linear layer adds the adapter of the request that computes. The weights of the base are only read, and
a request without an adapter takes exactly the path of a model without hooks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from forge_engine.errors import EngineError
from forge_engine.lora import linear_projections
from forge_engine.peft_format import read


@dataclass(frozen=True)
class LowRank:
    """An adapter's share of one layer, in the base's type: scale · (x Aᵀ) Bᵀ."""

    a: Tensor
    b: Tensor
    scale: float


Layers = Mapping[str, LowRank]
_current: ContextVar[Layers | None] = ContextVar("adapter", default=None)


def install_hooks(model: Any) -> None:
    """Lets requests bring adapters. An architecture without linear layers is served without any."""
    try:
        layers = linear_projections(model)
    except EngineError:
        return
    for name, module in layers.items():
        module.register_forward_hook(_hook(name))


def _hook(name: str) -> Any:
    def add(_: nn.Module, arguments: tuple[Tensor, ...], out: Tensor) -> Tensor | None:
        layers = _current.get()
        low = None if layers is None else layers.get(name)
        if low is None:
            return None  # the layer's own output stays
        return out + (arguments[0] @ low.a.T @ low.b.T) * low.scale

    return add


@contextmanager
def using(layers: Layers | None) -> Iterator[None]:
    """What this thread computes meanwhile goes through the adapter; None = through the base alone."""
    token = _current.set(layers)
    try:
        yield
    finally:
        _current.reset(token)


def read_layers(model: Any, folder: Path) -> Layers:
    """An adapter in PEFT's format. Raises EngineError when it is no plain LoRA or not of this base."""
    saved = read(model, folder)
    layers: dict[str, LowRank] = {}
    for name, linear in saved.targets.items():
        try:
            a, b = saved.pair(name)
        except KeyError as error:
            raise EngineError("model_not_loadable", f"The adapter does not fit this base: no {error}") from error
        if a.shape[1] != linear.in_features or b.shape != (linear.out_features, a.shape[0]):
            raise EngineError(
                "model_not_loadable",
                f"The adapter does not fit this base: {name} is {tuple(b.shape)} x {tuple(a.shape)}, the layer "
                f"{linear.out_features} x {linear.in_features}. Use the base the adapter was trained on.",
            )
        weight = linear.weight
        layers[name] = LowRank(a.to(weight), b.to(weight), saved.alpha / saved.ranks[name])
    return layers
