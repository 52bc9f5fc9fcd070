"""What a run trains, an adapter or all weights, and how each goes to disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from forge_engine import adapter_gguf, full_weights, model_gguf, peft_format
from forge_engine.full_weights import FullWeights
from forge_engine.lora import Adapter

Trained = Adapter | FullWeights


def save_exactly(trained: Trained, model: Any, base: Path, folder: Path) -> None:
    """What a checkpoint holds of the weights: all of them, in fp32, so that a run goes on bitwise."""
    if isinstance(trained, FullWeights):
        full_weights.save(model, base, folder, torch.float32)
    else:
        _save_adapter(trained, model, base, folder)


def save_finished(trained: Trained, model: Any, base: Path, folder: Path) -> None:
    """What the finished model is: with a GGUF where `has_gguf`."""
    if isinstance(trained, FullWeights):
        full_weights.save(model, base, folder, full_weights.stored_dtype(base))
        source = model_gguf.frame(base, model.config.model_type)
        if source is not None:
            model_gguf.write(model, source, folder / "model.gguf")
    else:
        _save_adapter(trained, model, base, folder)


def has_gguf(trained: Trained, model: Any, base: Path) -> bool:
    """Whether the finished model will have one; without it the slow Transformers engine serves it."""
    kind = model.config.model_type
    if isinstance(trained, FullWeights):
        return model_gguf.frame(base, kind) is not None
    return adapter_gguf.supports(kind)


def _save_adapter(adapter: Adapter, model: Any, base: Path, folder: Path) -> None:
    peft_format.save(adapter, folder, base.name)
    if adapter_gguf.supports(model.config.model_type):
        adapter_gguf.write(adapter, model.config, folder / "adapter.gguf")
