"""A base model small enough to train in milliseconds, and an engine to talk to over its real pipes."""

from __future__ import annotations

import json
import os
import queue
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.update(HF_HUB_OFFLINE="1", OMP_WAIT_POLICY="PASSIVE", TOKENIZERS_PARALLELISM="false")

TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
WORDS = "blue scarf wool warm soft shawl hand made autumn green winter light gift cotton silk".split()


def make_tokenizer() -> Any:
    """One token per byte, plus the marks of ChatML."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    specials = ["<|im_start|>", "<|im_end|>"]
    backend = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(specials + alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(specials)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<|im_end|>", pad_token="<|im_end|>")
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def make_base(folder: Path, **changes: Any) -> Path:
    """A random two-layer Llama in `folder`."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "vocab_size": 264}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 2048}
    LlamaForCausalLM(LlamaConfig(**{**sizes, **heads, **changes})).save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder


def chat(question: str, answer: str, **extra: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer, **extra}]}


def write_rows(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def some_rows(count: int, seed: int = 0) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    return [
        chat(" ".join(dice.choices(WORDS, k=dice.randint(1, 6))), " ".join(dice.choices(WORDS, k=dice.randint(2, 9))))
        for _ in range(count)
    ]


class Engine:
    """`python -m forge_engine`, spoken to as the worker does."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "forge_engine", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
        )
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put(None)

    def send(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def next(self) -> dict[str, Any]:
        event = self.events.get(timeout=180)
        assert event is not None, "the engine closed its stdout"
        return event

    def until(self, *types: str) -> list[dict[str, Any]]:
        seen = [self.next()]
        while seen[-1]["type"] not in types:
            seen.append(self.next())
        return seen

    def run(self, op: str, **params: Any) -> list[dict[str, Any]]:
        self.send(type="run", op=op, params=params)
        return self.until("done", "failed", "paused")

    def close(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One engine for most tests: that it survives each of them is part of what is tested."""
    started = Engine()
    assert started.next()["type"] == "ready"
    yield started
    assert started.close() == 0


@pytest.fixture
def job(base: Path, tmp_path: Path) -> dict[str, Any]:
    """Parameters of a small fine-tuning run; tests change what they are about."""
    return {
        "base_model_dir": str(base),
        "train_path": write_rows(tmp_path / "train.jsonl", some_rows(24)),
        "validation_path": None,
        "output_dir": str(tmp_path / "output"),
        "checkpoint_dir": str(tmp_path / "checkpoints"),
        "resume_from": None,
        "hyperparameters": {"max_length": 512, "learning_rate": 0.01, "epochs": 2},
        "ranks": 1,
    }


def wait_until(what: Any, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return False
