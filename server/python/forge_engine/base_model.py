"""The base model: a stock Transformers model from a local folder of safetensors, and its loss on packed rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from forge_engine.batches import Packed
from forge_engine.errors import EngineError

ATTENTION = "forge_packed"
# Plain causal attention in every layer and nothing else that mixes tokens: rows laid end to end cannot meet.
# Any other architecture runs its own attention, one row at a time.
_PACKABLE = frozenset({"llama", "mistral", "qwen2", "qwen3", "smollm3", "granite", "olmo2", "phi3"})


def packable(config: Any) -> bool:
    """Whether rows of this architecture may be laid end to end."""
    layers = set(getattr(config, "layer_types", None) or ["full_attention"])
    return (
        config.model_type in _PACKABLE and layers == {"full_attention"} and not getattr(config, "sliding_window", None)
    )


def _packed_attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """Causal attention within each span; `query` is [1, heads, T, width], the answer [1, T, heads, width]."""
    rows = [
        functional.scaled_dot_product_attention(
            query[:, :, start:end],
            key[:, :, start:end],
            value[:, :, start:end],
            dropout_p=options.get("dropout", 0.0),
            is_causal=True,
            scale=options.get("scaling"),
            enable_gqa=True,
        ).transpose(1, 2)
        for start, end in options["spans"]
    ]
    return torch.cat(rows, dim=1), None


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a base. Raises model_not_loadable when it cannot render chats or tell where tokens come from."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except Exception as error:  # Transformers raises many kinds for a folder it cannot read
        raise EngineError("model_not_loadable", f"The tokenizer in {folder.name} cannot be loaded: {error}") from error
    if not tokenizer.chat_template or not tokenizer.is_fast:
        lack = "is not a fast tokenizer (tokenizer.json)" if tokenizer.chat_template else "has no chat template"
        raise EngineError("model_not_loadable", f"The tokenizer in {folder.name} {lack}. Use an instruct model.")
    return tokenizer


def load_model(folder: Path, dtype: torch.dtype, device: torch.device, *, packed: bool = True) -> Any:
    """The model of a base, frozen nowhere yet. Only safetensors are read and no code of the folder is run.

    `packed` false: with the attention that generating text needs, which keeps keys and values.
    """
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register(ATTENTION, _packed_attention)
    if not any(folder.glob("*.safetensors")):
        raise EngineError(
            "model_not_loadable",
            f"The base model folder {folder.name} has no .safetensors files. "
            "Convert a GGUF with python -m forge_engine.prepare_base, or download the safetensors of the model.",
        )
    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(str(folder), **options)
        model = AutoModelForCausalLM.from_pretrained(
            str(folder),
            config=config,
            dtype=dtype,
            use_safetensors=True,
            attn_implementation=ATTENTION if packed and packable(config) else None,
            **options,
        )
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # Transformers raises many kinds for a folder it cannot read
        raise EngineError("model_not_loadable", f"The base model in {folder.name} cannot be loaded: {error}") from error
    return model.to(device)


def token_losses(model: Any, packed: Packed) -> Tensor:
    """Cross entropy of every labelled token, in order, in fp32. Logits are made only where there is a label."""
    spans = {"spans": packed.spans} if packable(model.config) else {}
    logits = model(
        input_ids=packed.input_ids,
        position_ids=packed.position_ids,
        use_cache=False,
        logits_to_keep=packed.label_positions,
        **spans,
    ).logits
    return functional.cross_entropy(logits[0].float(), packed.targets, reduction="none")
