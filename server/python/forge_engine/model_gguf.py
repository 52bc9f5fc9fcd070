"""All weights of a tuned model as llama.cpp loads them, in the frame of the GGUF that its base came with.

Settings and tokenizer are copied from the base's file, which llama.cpp is known to read; the weights are new, in f16.
Llama architecture only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from forge_engine.adapter_gguf import permute, supports


def frame(base: Path, model_type: str) -> Path | None:
    """The GGUF of a base; None where there is none, or the architecture is not known here."""
    files = sorted(base.glob("*.gguf"), key=lambda file: (file.name != "model.gguf", file.name))
    return files[0] if files and supports(model_type) else None


def write(model: Any, source: Path, target: Path) -> None:
    """Writes `target`. Raises KeyError for a weight that llama.cpp has no name for."""
    import gguf

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, "llama")
    for name, known in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue  # the writer's own
        kind, inner = known.types[0], known.types[-1] if len(known.types) > 1 else None
        writer.add_key_value(name, known.contents(), kind, sub_type=inner)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)

    config = model.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    written = set()
    for name, parameter in model.named_parameters():
        mapped = names.get_name(name, try_suffixes=(".weight",))
        if mapped is None:
            raise KeyError(f"llama.cpp has no name for the tensor {name}")
        values = parameter.detach().float().cpu().numpy()
        if name.endswith("q_proj.weight"):
            values = permute(values, config.num_attention_heads)
        elif name.endswith("k_proj.weight"):
            values = permute(values, config.num_key_value_heads)
        # vectors are norms: small, and llama.cpp reads them in fp32
        writer.add_tensor(mapped, values.astype(np.float16) if values.ndim > 1 else values)
        written.add(mapped)
    for tensor in reader.tensors:
        # what is no weight of the model, as the frequencies of its rotary embedding; a head that is tied is left out
        if tensor.name not in written and tensor.name != "output.weight":
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
