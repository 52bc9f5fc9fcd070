"""All weights of a model, trained as they are.

Like an adapter's, the fp32 masters are views into one flat tensor, and so are their gradients: one all-reduce, one
optimizer update and one copy move all of them. A weight that two layers share counts once.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch

WEIGHTS = "model.safetensors"
#: What a folder of a model has beside its weights: settings, tokenizer and template.
_SETTINGS = ("*.json", "*.jinja", "*.txt", "*.model")


class FullWeights:
    """The weights of `model`, which must be fp32. `flat` and `gradient` hold them in module order."""

    def __init__(self, model: Any) -> None:
        model.requires_grad_(True)
        parameters = list(model.parameters())
        self.flat = torch.cat([parameter.detach().reshape(-1) for parameter in parameters])
        self.gradient = torch.zeros_like(self.flat)
        start = 0
        for parameter in parameters:
            end = start + parameter.numel()
            parameter.data = self.flat[start:end].view_as(parameter)
            # autograd adds in place to a gradient that exists, so everything gathers in the flat tensor
            parameter.grad = self.gradient[start:end].view_as(parameter)
            start = end


def save(model: Any, base: Path, folder: Path, dtype: torch.dtype) -> None:
    """Writes a folder that loads like `base`: the model's weights in `dtype`, the base's settings and tokenizer."""
    # by parameter, not by state: a head that is tied to the embeddings is one weight
    values = {name: value.detach().to(dtype) for name, value in model.named_parameters()}
    shared = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    values |= {name: value for name, value in model.state_dict().items() if name not in shared}
    # one file, whatever its size: an artifact is known by its name
    model.save_pretrained(folder, state_dict=values, max_shard_size="1000GB")
    for pattern in _SETTINGS:
        for file in base.glob(pattern):
            if not file.name.endswith(".index.json") and file.name not in ("manifest.json", "state.json"):
                shutil.copyfile(file, folder / file.name)
    config = json.loads((base / "config.json").read_text())
    config.pop("torch_dtype", None)  # what older versions of Transformers call it
    config["dtype"] = str(dtype).removeprefix("torch.")
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def stored_dtype(base: Path) -> torch.dtype:
    """The type of a base's weights on disk, which its descendants get, too; fp32 where it tells none."""
    config = json.loads((base / "config.json").read_text())
    found = getattr(torch, str(config.get("dtype", config.get("torch_dtype"))).removeprefix("torch."), None)
    return found if isinstance(found, torch.dtype) else torch.float32
