"""A LoRA adapter as llama.cpp loads it. Llama architecture only; others are refused by `supports`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge_engine.lora import Adapter


def supports(model_type: str) -> bool:
    """Whether the row order and the tensor names of this architecture are known here."""
    return model_type == "llama"


def permute(b: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """llama.cpp keeps the two halves of a rotary pair side by side: q and k rows move, and so do B's."""
    return b.reshape(heads, 2, b.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(b.shape)


def write(adapter: Adapter, config: Any, target: Path) -> None:
    """Writes `target` in f16. `config` is the base model's configuration."""
    import gguf

    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", adapter.alpha)
    for name, layer in adapter.layers.items():
        mapped = names.get_name(f"{name}.weight", try_suffixes=(".weight",))
        if mapped is None:
            raise KeyError(f"llama.cpp has no name for the tensor {name}")
        a = layer.a.detach().float().cpu().numpy()
        b = layer.b.detach().float().cpu().numpy()
        if name.endswith("q_proj"):
            b = permute(b, config.num_attention_heads)
        elif name.endswith("k_proj"):
            b = permute(b, config.num_key_value_heads)
        writer.add_tensor(f"{mapped}.lora_a", a.astype(np.float16))
        writer.add_tensor(f"{mapped}.lora_b", b.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
