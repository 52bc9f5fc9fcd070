"""Supervised fine-tuning of a causal language model: an adapter (LoRA), or all of its weights.

Covers: one process per rank, rows packed without padding, loss on assistant tokens only, exact resume, early stopping.
Does not cover: preference training, vision.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from forge_engine import checkpoints, peft_format
from forge_engine.artifacts import write_artifacts
from forge_engine.base_model import load_model, load_tokenizer, packable, token_losses
from forge_engine.batches import Plan, deal, micro_batches
from forge_engine.checkpoints import State, StepMetrics
from forge_engine.errors import EngineError
from forge_engine.evaluate import summed_losses
from forge_engine.files import sweep
from forge_engine.full_weights import FullWeights
from forge_engine.lora import Adapter, wrap
from forge_engine.protocol import Event, FineTuneParams, log
from forge_engine.rows import Row, RowSet, read_rows
from forge_engine.schedule import learning_rate
from forge_engine.trained import Trained, has_gguf, save_exactly, save_finished
from forge_engine.world import World

GRADIENT_NORM = 1.0  # longer gradients are shortened to this, as Transformers' Trainer does
_NOTHING, _CHECKPOINT, _PAUSE = 0, 1, 2


def fine_tune(world: World, params: FineTuneParams) -> Event:
    """Trains and returns the final event: `done` with the result, or `paused`."""
    return _Training(world, params).run()


class _Training:
    """One rank of one run."""

    def __init__(self, world: World, params: FineTuneParams) -> None:
        self.world, self.params, self.settings = world, params, params.hyperparameters
        self.base = Path(params.base_model_dir)
        tokenizer = load_tokenizer(self.base)
        self.data = _enough(read_rows(Path(params.train_path), tokenizer, self.settings.max_length, params.on_too_long))
        self.validation: list[Row] = []
        if params.validation_path is not None:
            found = read_rows(Path(params.validation_path), tokenizer, self.settings.max_length, params.on_too_long)
            self.validation = found.rows
        self.plan = Plan(self.data.rows, self.settings)
        self.model: Any = self._load()
        self.token_budget = world.placement.token_budget // params.micro_batch_divisor
        if not packable(self.model.config):
            self.token_budget = 0
        self.trained: Trained = FullWeights(self.model) if params.method == "full" else self._first_adapter()
        self.optimizer = torch.optim.AdamW(
            [torch.nn.Parameter(self.trained.flat)], weight_decay=self.settings.weight_decay
        )
        # one tensor for one all-reduce a step: the gradient, the loss, and what the leader wants done next
        self.shared = torch.zeros(self.trained.gradient.numel() + 2, device=world.device)
        self.best: Tensor | None = None
        self.state = self._begin()

    def _load(self) -> Any:
        """The base to put an adapter on; or in fp32 the weights to train, those of the checkpoint if there is one."""
        if self.params.method == "lora":
            return load_model(self.base, self.world.dtype, self.world.device)
        return load_model(Path(self.params.resume_from or self.base), torch.float32, self.world.device)

    def _computing(self) -> Any:
        """Masters in fp32 are computed with in the type that is fast here; an adapter's base has it already."""
        mixed = self.params.method == "full" and self.world.dtype != torch.float32
        return torch.autocast(self.world.device.type, self.world.dtype, enabled=mixed)

    def _first_adapter(self) -> Adapter:
        """A fresh one, or that of the model to train on from, which keeps its rank and alpha."""
        settings, start = self.settings, self.params.initial_adapter_dir
        if start is None:
            return wrap(self.model, settings.lora_rank, settings.lora_alpha, settings.seed)
        adapter = peft_format.attach(self.model, Path(start))
        rank = next(iter(adapter.layers.values())).a.shape[0]
        if (rank, adapter.alpha) != (settings.lora_rank, settings.lora_alpha):
            self.world.report(
                log("warning", f"Training on: lora_rank is {rank} and lora_alpha {adapter.alpha:g}, as in that model.")
            )
        return adapter

    def _begin(self) -> State:
        """A new state, or the one of the checkpoint. Raises invalid_data when that belongs to another run."""
        told = f"{json.dumps(asdict(self.settings))} {self.data.fingerprint}".encode()
        if self.params.method == "full":
            told += b"full"
        if self.params.initial_adapter_dir is not None:
            told += (Path(self.params.initial_adapter_dir) / peft_format.WEIGHTS).read_bytes()
        identity = hashlib.sha256(told + (self.base / "config.json").read_bytes()).hexdigest()
        placement = self.world.placement
        state = State(identity, self.settings.seed, placement.ranks, placement.dtype)
        if self.world.leads:
            for folder in (Path(self.params.checkpoint_dir), Path(self.params.output_dir)):
                folder.mkdir(parents=True, exist_ok=True)
                sweep(folder)
        if self.params.resume_from is None:
            return state
        resumed = checkpoints.read_state(self.params.resume_from)
        if resumed.identity != identity:
            raise EngineError(
                "invalid_data",
                f"The checkpoint {Path(self.params.resume_from).name} was made with other rows or hyperparameters. "
                "Start the job anew.",
            )
        folder = Path(self.params.resume_from)
        if isinstance(self.trained, Adapter):
            peft_format.load_values(self.trained, folder / peft_format.WEIGHTS)
        best = checkpoints.restore(folder, self.optimizer)
        self.best = None if best is None else best.to(self.world.device)
        resumed.ranks, resumed.dtype = placement.ranks, placement.dtype
        return resumed

    def run(self) -> Event:
        """The loop. A step is counted once its update is done; evaluation and checkpoint belong to it."""
        state, plan, world = self.state, self.plan, self.world
        world.report({"type": "started", "total_steps": plan.total_steps, "device": world.placement.label})
        self._report_losses_of_rows()
        last_checkpoint = time.monotonic()
        while state.step < plan.total_steps and not self._stop_early():
            started = time.monotonic()
            batch = plan.batch(state.step)
            wish = _NOTHING
            if world.pause_requested():
                wish = _PAUSE
            elif world.leads and started - last_checkpoint >= self.params.checkpoint_interval_seconds:
                wish = _CHECKPOINT
            rate = learning_rate(state.step, plan.total_steps, self.settings)
            loss, wish = self._step(batch, rate, wish)

            state.step += 1
            tokens = sum(len(row.tokens) for row in batch)
            state.trained_tokens += tokens
            seconds = time.monotonic() - started
            state.seconds += seconds
            validation_loss = self._evaluate() if self._evaluation_due() else None
            state.history.append(StepMetrics(state.step, loss, validation_loss, rate, state.trained_tokens))
            self._report_step(tokens / seconds)
            if wish != _NOTHING and state.step < plan.total_steps:
                path = self._checkpoint()
                last_checkpoint = time.monotonic()
                if wish == _PAUSE:
                    return {"type": "paused", "step": state.step, "path": str(path)}
                world.report({"type": "checkpoint", "step": state.step, "path": str(path), "metrics": {"loss": loss}})
        return self._finish()

    def _step(self, batch: list[Row], rate: float, wish: int) -> tuple[float, int]:
        """One optimizer step. Returns the mean loss of the whole batch and the leader's wish."""
        world = self.world
        # randomness (dropout in a base that has it) is a function of seed, step and rank: resuming repeats it
        torch.manual_seed((self.settings.seed * 1_000_003 + self.state.step) * 1009 + world.rank)
        label_count = sum(row.label_count for row in batch)  # of all ranks, so that every token weighs the same
        self.model.train()
        self.trained.gradient.zero_()
        loss_sum = 0.0
        for packed in micro_batches(deal(batch, world.rank, world.placement.ranks), self.token_budget, world.device):
            with self._computing():
                loss = token_losses(self.model, packed).sum() / label_count
            loss.backward()  # type: ignore[no-untyped-call]
            loss_sum += loss.item()

        gradient = self.shared[:-2]
        gradient.copy_(self.trained.gradient)
        self.shared[-2], self.shared[-1] = loss_sum, wish
        world.add_up(self.shared)
        total_loss, wish = self.shared[-2].item(), int(self.shared[-1].item())
        norm = torch.linalg.vector_norm(gradient).item()
        if not math.isfinite(total_loss + norm):
            raise EngineError(
                "loss_not_finite",
                f"Step {self.state.step + 1} has loss {total_loss} and gradient norm {norm} at learning rate {rate:g}. "
                "Use a lower learning_rate.",
            )
        (parameter,) = self.optimizer.param_groups[0]["params"]
        parameter.grad = gradient.mul_(min(1.0, GRADIENT_NORM / (norm + 1e-6)))
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        return total_loss, wish

    def _evaluation_due(self) -> bool:
        """At the end of every epoch and of the run; with early stopping four times an epoch."""
        if not self.validation:
            return False
        parts = 1 if self.settings.early_stopping_patience is None else 4
        every = max(1, self.plan.steps_per_epoch // parts)
        return self.state.step % every == 0 or self.state.step == self.plan.total_steps

    def _evaluate(self) -> float:
        with self._computing():
            sums = summed_losses(self.world, self.model, self.validation, self.token_budget)
        loss = sums.sum().item() / sum(row.label_count for row in self.validation)
        if not math.isfinite(loss):
            raise EngineError("loss_not_finite", f"The validation loss after step {self.state.step} is {loss}.")
        state = self.state
        if state.best_validation_loss is None or loss < state.best_validation_loss:
            state.best_validation_loss, state.evaluations_without_better = loss, 0
            if self.settings.early_stopping_patience is not None:
                self.best = self.trained.flat.clone()
        else:
            state.evaluations_without_better += 1
        return loss

    def _stop_early(self) -> bool:
        patience = self.settings.early_stopping_patience
        return patience is not None and self.state.evaluations_without_better >= patience

    def _checkpoint(self) -> Path:
        parent = Path(self.params.checkpoint_dir)
        keep = 2 if self.params.method == "full" else 3  # of a whole model each is three times its size
        if self.world.leads:
            save = partial(save_exactly, self.trained, self.model, self.base)
            return checkpoints.write(parent, self.state, save, self.optimizer, self.best, keep)
        return parent

    def _report_losses_of_rows(self) -> None:
        if self.data.truncated or self.data.dropped:
            counts = f"{self.data.truncated} rows truncated, {self.data.dropped} dropped"
            self.world.report(log("warning", f"{counts} (max_length {self.settings.max_length} tokens)."))

    def _report_step(self, tokens_per_second: float) -> None:
        line, state = self.state.history[-1], self.state
        metrics = {
            "loss": line.train_loss,
            "learning_rate": line.learning_rate,
            "tokens_per_second": tokens_per_second,
            "tokens": line.tokens,
        }
        if line.validation_loss is not None:
            metrics["validation_loss"] = line.validation_loss
        left = (self.plan.total_steps - state.step) * state.seconds / state.step
        progress = {"step": state.step, "total": self.plan.total_steps, "unit": "steps", "eta_seconds": left}
        self.world.report({"type": "progress", **progress, "metrics": metrics})

    def _finish(self) -> Event:
        """Publishes the weights; with early stopping those of the best evaluation."""
        state = self.state
        evaluations = [line.validation_loss for line in state.history if line.validation_loss is not None]
        validation_loss = evaluations[-1] if evaluations else None
        if self.best is not None:
            self.trained.flat.copy_(self.best)
            validation_loss = state.best_validation_loss
        written: list[dict[str, str]] = []
        if self.world.leads:
            output = Path(self.params.output_dir)
            written = write_artifacts(
                output, partial(save_finished, self.trained, self.model, self.base), state.history
            )
            if not has_gguf(self.trained, self.model, self.base):
                kind = self.model.config.model_type
                self.world.report(log("warning", f"No GGUF for {kind}: the slow Transformers engine serves it."))
        result = {
            "steps": state.step,
            "trained_tokens": state.trained_tokens,
            "train_loss": sum(line.train_loss for line in state.history) / len(state.history),
            "validation_loss": validation_loss,
            "rows": {"used": len(self.data.rows), "truncated": self.data.truncated, "dropped": self.data.dropped},
            "tokens_per_second": state.trained_tokens / state.seconds,
            "device": self.world.placement.label,
            "artifacts": written,
        }
        return {"type": "done", "result": result}


def _enough(data: RowSet) -> RowSet:
    if len(data.rows) < 2:
        raise EngineError(
            "too_few_rows",
            f"{len(data.rows)} usable rows ({data.dropped} dropped); fine-tuning needs at least 2. "
            "Add rows or raise max_length.",
        )
    return data
