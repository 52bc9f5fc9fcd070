"""One run of TRL's SFTTrainer for bench_train.py: reads a `fine_tune` of the engine's protocol, trains it with TRL.

Everything is at TRL's defaults but for what must be equal: rows and their order, base, first adapter, batch size,
learning rate and schedule, and fp32 where bf16 is slow. Leaves the adapter in the output folder and prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from forge_engine import peft_format
from forge_engine.base_model import load_model, load_tokenizer
from forge_engine.batches import Plan
from forge_engine.lora import wrap
from forge_engine.placement import choose
from forge_engine.protocol import FineTuneParams, read_params
from forge_engine.rows import read_rows
from peft import PeftModel
from transformers import AutoModelForCausalLM, TrainerCallback
from trl import SFTConfig, SFTTrainer


class Clock(TrainerCallback):
    """Wall and CPU time from the first step to the end of the last."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Starts."""
        self.wall, self.cpu = -time.perf_counter(), -time.process_time()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        """Stops."""
        self.wall += time.perf_counter()
        self.cpu += time.process_time()


def rows_in_order(params: FineTuneParams, tokenizer: Any) -> list[dict[str, Any]]:
    """The rows of all steps in the engine's order, as prompt and completion."""
    lines = [line for line in Path(params.train_path).read_text(encoding="utf-8").splitlines() if line.strip()]
    found = read_rows(Path(params.train_path), tokenizer, params.hyperparameters.max_length, params.on_too_long)
    plan = Plan(found.rows, params.hyperparameters)
    order = [row.index for step in range(plan.total_steps) for row in plan.batch(step)]
    messages = [json.loads(lines[index])["messages"] for index in order]
    return [{"prompt": talk[:-1], "completion": talk[-1:]} for talk in messages]


def first_adapter(base: Path, params: FineTuneParams) -> Path:
    """The adapter that the engine starts from, as a folder that PEFT reads."""
    settings = params.hyperparameters
    folder = Path(params.output_dir) / "first"
    folder.mkdir(parents=True, exist_ok=True)
    model = load_model(base, torch.float32, torch.device("cpu"))
    peft_format.save(wrap(model, settings.lora_rank, settings.lora_alpha, settings.seed), folder, base.name)
    return folder


def main() -> None:
    """Trains and prints what it took."""
    params = read_params("fine_tune", json.load(sys.stdin))
    assert isinstance(params, FineTuneParams)
    settings = params.hyperparameters
    base = Path(params.base_model_dir)
    threads = torch.get_num_threads()
    placement = choose(1, 1)  # measures the number type with one thread, as the engine does
    torch.set_num_threads(threads)
    tokenizer = load_tokenizer(base)
    model = AutoModelForCausalLM.from_pretrained(str(base), dtype=torch.float32)
    clock = Clock()
    trainer = SFTTrainer(
        model=PeftModel.from_pretrained(model, str(first_adapter(base, params)), is_trainable=True),
        processing_class=tokenizer,
        train_dataset=Dataset.from_list(rows_in_order(params, tokenizer)),
        callbacks=[clock],
        args=SFTConfig(
            output_dir=params.output_dir,
            max_steps=settings.max_steps,
            per_device_train_batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
            lr_scheduler_type=settings.schedule,
            max_length=settings.max_length,
            bf16=placement.dtype == "bfloat16",
            train_sampling_strategy="sequential",
            gradient_checkpointing=sys.argv[1] == "on",
            logging_steps=1,
            save_strategy="no",
            disable_tqdm=True,
        ),
    )
    trainer.train()
    trainer.model.save_pretrained(params.output_dir)
    measured = {
        "device": f"{placement.kind}/{placement.dtype}, {threads} threads",
        "tokens": sum(len(row["input_ids"]) for row in trainer.train_dataset),
        "losses": [entry["loss"] for entry in trainer.state.log_history if "loss" in entry],
        "wall_seconds": clock.wall,
        "cpu_seconds": clock.cpu,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
