"""Adapters on disk as PEFT reads and writes them: adapter_config.json and adapter_model.safetensors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from forge_engine.errors import EngineError
from forge_engine.lora import Adapter, linear_projections

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
_PREFIX = "base_model.model."
# settings of a PEFT adapter that change its maths in a way LoraLinear does not know
_UNKNOWN = ("use_dora", "use_rslora", "modules_to_save", "rank_pattern", "alpha_pattern", "layer_replication", "bias")


def tensors(adapter: Adapter) -> dict[str, Tensor]:
    """The adapter's fp32 tensors under PEFT's names."""
    named: dict[str, Tensor] = {}
    for name, layer in adapter.layers.items():
        named[f"{_PREFIX}{name}.lora_A.weight"] = layer.a.detach().cpu().contiguous()
        named[f"{_PREFIX}{name}.lora_B.weight"] = layer.b.detach().cpu().contiguous()
    return named


def config(adapter: Adapter, base_name: str) -> dict[str, Any]:
    """What PEFT needs to rebuild the adapter. `base_name` is for people; nothing is loaded from it."""
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_name,
        "r": next(iter(adapter.layers.values())).a.shape[0],
        "lora_alpha": adapter.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({name.rpartition(".")[2] for name in adapter.layers}),
        "fan_in_fan_out": False,
        "inference_mode": True,
        "use_dora": False,
        "use_rslora": False,
    }


def save(adapter: Adapter, folder: Path, base_name: str) -> None:
    """Writes both files to an existing folder."""
    save_file(tensors(adapter), folder / WEIGHTS, metadata={"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(config(adapter, base_name), indent=2) + "\n")


def load_values(adapter: Adapter, weights: Path) -> None:
    """Puts saved values into an adapter of the same shape."""
    saved = load_file(weights)
    with torch.no_grad():
        for name, layer in adapter.layers.items():
            layer.a.copy_(saved[f"{_PREFIX}{name}.lora_A.weight"])
            layer.b.copy_(saved[f"{_PREFIX}{name}.lora_B.weight"])


@dataclass(frozen=True)
class SavedAdapter:
    """An adapter as it was read: `values` under PEFT's names, `ranks` and `targets` by the name of the layer."""

    values: dict[str, Tensor]
    ranks: dict[str, int]
    targets: dict[str, nn.Linear]
    alpha: float

    def pair(self, name: str) -> tuple[Tensor, Tensor]:
        """A and B of a layer. Raises KeyError when one is not there."""
        return self.values[f"{_PREFIX}{name}.lora_A.weight"], self.values[f"{_PREFIX}{name}.lora_B.weight"]


def read(model: Any, folder: Path) -> SavedAdapter:
    """Reads an adapter, ours or PEFT's, for this model. Raises model_not_loadable or unsupported_architecture."""
    try:
        settings = json.loads((folder / CONFIG).read_text())
        saved = load_file(folder / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise EngineError("model_not_loadable", f"The adapter in {folder.name} cannot be read: {error}") from error
    used = [key for key in _UNKNOWN if settings.get(key) not in (None, False, {}, [], "none")]
    if settings.get("peft_type") != "LORA" or used:
        raise EngineError(
            "unsupported_architecture",
            f"The adapter is {settings.get('peft_type')} with {', '.join(used) or 'no options'}; only plain LoRA is "
            "known. Merge it into its base and use that model instead.",
        )
    ranks = {
        key.removeprefix(_PREFIX).removesuffix(".lora_A.weight"): tensor.shape[0]
        for key, tensor in saved.items()
        if key.endswith(".lora_A.weight")
    }
    linear = linear_projections(model)
    strangers = [name for name in ranks if name not in linear]
    if strangers or not ranks:
        raise EngineError(
            "model_not_loadable",
            f"The adapter changes {strangers[:3] or 'nothing'}, which this base does not have. "
            "Use the base the adapter was trained on.",
        )
    return SavedAdapter(saved, ranks, {name: linear[name] for name in ranks}, float(settings["lora_alpha"]))


def attach(model: Any, folder: Path) -> Adapter:
    """Puts a saved adapter, ours or PEFT's, over a model. Raises what `read` raises."""
    saved = read(model, folder)
    model.requires_grad_(False)
    adapter = Adapter(model, saved.targets, saved.ranks, saved.alpha)
    try:
        load_values(adapter, folder / WEIGHTS)
    except (KeyError, RuntimeError) as error:
        raise EngineError("model_not_loadable", f"The adapter does not fit this base: {error}") from error
    return adapter
