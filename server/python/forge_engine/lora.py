"""Low-rank adapters over the linear layers of an unchanged Transformers model.

The adapter's fp32 master weights are views into one flat tensor, and so are their gradients: one all-reduce, one
optimizer update and one copy move the whole adapter. Computing happens in the base's type (bf16 where that is fast).
Initial values, scaling and names are PEFT's. Does not cover: dropout, DoRA, rsLoRA, embeddings, convolutions.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forge_engine.errors import EngineError


class _LoraFunction(torch.autograd.Function):
    """y = x Wᵀ + b + scale · (x Aᵀ) Bᵀ with a frozen W: keeps only x and x Aᵀ, and never makes a gradient for W."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, a: Tensor, b: Tensor, scale: float) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        low_a, low_b = a.to(x.dtype), b.to(x.dtype)
        inner = rows @ low_a.T
        out = functional.linear(rows, weight, bias).addmm_(inner, low_b.T, alpha=scale)
        ctx.save_for_backward(rows, inner, weight, low_a, low_b)
        ctx.scale, ctx.shape = scale, x.shape
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, None, None, Tensor, Tensor, None]:
        rows, inner, weight, low_a, low_b = ctx.saved_tensors
        out = gradients[0].reshape(-1, gradients[0].shape[-1])
        inner_gradient = (out @ low_b) * ctx.scale
        a = (inner_gradient.T @ rows).float()
        b = (out.T @ inner).float() * ctx.scale
        x = None
        if ctx.needs_input_grad[0]:
            x = (out @ weight).addmm_(inner_gradient, low_a).view(ctx.shape)
        return x, None, None, a, b, None


class LoraLinear(nn.Module):
    """A frozen linear layer plus its adapter. `a` is [rank, inputs], `b` is [outputs, rank], both fp32."""

    def __init__(self, base: nn.Linear, a: nn.Parameter, b: nn.Parameter, scale: float) -> None:
        super().__init__()
        self.base, self.a, self.b, self.scale = base, a, b, scale

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output in the type of `x`."""
        out: Tensor = _LoraFunction.apply(x, self.base.weight, self.base.bias, self.a, self.b, self.scale)  # type: ignore[no-untyped-call]
        return out


class Adapter:
    """All adapters of a model. `flat` and `gradient` are the fp32 masters and their gradients, in module order."""

    def __init__(self, model: nn.Module, targets: dict[str, nn.Linear], ranks: dict[str, int], alpha: float) -> None:
        sizes = {name: ranks[name] * (layer.in_features + layer.out_features) for name, layer in targets.items()}
        device = next(model.parameters()).device
        self.flat = torch.zeros(sum(sizes.values()), dtype=torch.float32, device=device)
        self.gradient = torch.zeros_like(self.flat)
        self.layers: dict[str, LoraLinear] = {}
        self.alpha = alpha
        start = 0
        for name, layer in targets.items():
            rank = ranks[name]
            a = self._view(start, rank, layer.in_features)
            b = self._view(start + a.numel(), layer.out_features, rank)
            start += sizes[name]
            self.layers[name] = LoraLinear(layer, a, b, alpha / rank)
            owner, _, attribute = name.rpartition(".")
            setattr(model.get_submodule(owner), attribute, self.layers[name])

    def _view(self, start: int, rows: int, columns: int) -> nn.Parameter:
        end = start + rows * columns
        parameter = nn.Parameter(self.flat[start:end].view(rows, columns))
        # autograd adds in place to a gradient that exists, so everything gathers in the flat tensor
        parameter.grad = self.gradient[start:end].view(rows, columns)
        return parameter

    def initialise(self, seed: int) -> None:
        """PEFT's start: A uniform by Kaiming, B zero, so that step 0 is the base model. The same on every rank."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for layer in self.layers.values():
                values = torch.empty(layer.a.shape)
                nn.init.kaiming_uniform_(values, a=math.sqrt(5), generator=generator)
                layer.a.copy_(values)
                layer.b.zero_()


def linear_projections(model: Any) -> dict[str, nn.Linear]:
    """Every linear layer but the output head. Raises unsupported_architecture when there is none."""
    head = model.get_output_embeddings()
    found = {
        name: module for name, module in model.named_modules() if isinstance(module, nn.Linear) and module is not head
    }
    if not found:
        raise EngineError(
            "unsupported_architecture",
            f"The architecture {model.config.model_type!r} has no torch.nn.Linear layers to adapt. "
            "Choose a base of the Llama, Qwen or Mistral kind.",
        )
    return found


def wrap(model: Any, rank: int, alpha: float, seed: int) -> Adapter:
    """Freezes the model and puts a fresh adapter over all its linear projections."""
    model.requires_grad_(False)
    targets = linear_projections(model)
    adapter = Adapter(model, targets, dict.fromkeys(targets, rank), alpha)
    adapter.initialise(seed)
    return adapter
