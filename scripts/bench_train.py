"""Forge's training engine against TRL's SFTTrainer, in turns; started by bench-train.mjs.

Both sides train the same rows in the same steps from the same first adapter, with a constant learning rate. Times start
when the first step does: neither imports nor loading count. The held-out loss of every result comes from the engine's
`loss` operation, so that "faster" can be read at equal loss. Prints one JSON object; what it does goes to stderr.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from forge_engine.meter_cpu_classes import cpu_class, physical_cores

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / ".models" / "smollm2-135m-instruct"
Train = Callable[[Path], dict[str, Any]]
BATCH_SIZE, MAX_LENGTH, LEARNING_RATE = 8, 256, 1e-3


class Engine:
    """`python -m forge_engine`, spoken to as the worker does."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "forge_engine"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.until("ready")

    def run(self, op: str, params: dict[str, Any]) -> None:
        """Sends a run; its events are read with `until`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"type": "run", "op": op, "params": params}).encode() + b"\n")
        self.process.stdin.flush()

    def until(self, *types: str) -> dict[str, Any]:
        """The next event of one of these types. Raises RuntimeError when the run failed or the engine ended."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event: dict[str, Any] = json.loads(line)
            if event["type"] in types:
                return event
            if event["type"] == "failed":
                raise RuntimeError(f"{event['code']}: {event['message']}")
        raise RuntimeError(f"the engine ended before a {' or '.join(types)} event")

    def cpu_seconds(self) -> float:
        """CPU time of the engine and all its processes that live now."""
        family = psutil.Process(self.process.pid)
        times = [process.cpu_times() for process in [family, *family.children(recursive=True)]]
        used: float = sum(one.user + one.system for one in times)
        return used

    def close(self) -> None:
        """Ends it, by the end of its stdin."""
        self.process.communicate()


@dataclass(frozen=True)
class Bench:
    """What every run shares."""

    folder: Path
    steps: int
    held_out_rows: int
    activation_checkpointing: bool

    def params(self, output: Path, ranks: int) -> dict[str, Any]:
        """A `fine_tune` of the protocol; TRL's side reads the same."""
        return {
            "base_model_dir": str(BASE),
            "train_path": str(self.folder / "rows" / "train.jsonl"),
            "validation_path": None,
            "output_dir": str(output),
            "checkpoint_dir": str(output / "checkpoints"),
            "checkpoint_interval_seconds": 1e9,
            "resume_from": None,
            "ranks": ranks,
            "hyperparameters": {
                "batch_size": BATCH_SIZE,
                "max_length": MAX_LENGTH,
                "learning_rate": LEARNING_RATE,
                "schedule": "constant",
                "warmup_ratio": 0.0,
                "max_steps": self.steps,
            },
        }

    def forge(self, engine: Engine, ranks: int, output: Path) -> dict[str, Any]:
        """Trains with the engine."""
        engine.run("fine_tune", self.params(output, ranks))
        device = engine.until("started")["device"]
        started, used = time.perf_counter(), engine.cpu_seconds()
        losses: list[float] = []
        tokens = 0
        while len(losses) < self.steps:
            metrics = engine.until("progress")["metrics"]
            losses.append(metrics["loss"])
            tokens = metrics["tokens"]
        measured = {"wall_seconds": time.perf_counter() - started, "cpu_seconds": engine.cpu_seconds() - used}
        engine.until("done")
        return {"side": "forge", "ranks": ranks, "device": device, "tokens": tokens, "losses": losses, **measured}

    def trl(self, output: Path) -> dict[str, Any]:
        """Trains with TRL, in a process of its own."""
        checkpointing = "on" if self.activation_checkpointing else "off"
        command = [sys.executable, str(ROOT / "scripts" / "bench_train_trl.py"), checkpointing]
        # the same waiting as in the engine: spinning threads would be counted against TRL
        env = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
        params = json.dumps(self.params(output, 1))
        done = subprocess.run(command, input=params, stdout=subprocess.PIPE, text=True, check=True, env=env)
        measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return {"side": "trl", **measured}

    def held_out_loss(self, engine: Engine, adapter: Path | None) -> float:
        """Mean loss per completion token of the base, or of the base with an adapter."""
        data = self.folder / "rows" / "held-out.jsonl"
        lines = (self.folder / "rows" / "validation.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        data.write_text("".join(lines[: self.held_out_rows]), encoding="utf-8")
        adapter_dir = None if adapter is None else str(adapter)
        told = {"base_model_dir": str(BASE), "adapter_dir": adapter_dir, "data_path": str(data)}
        engine.run("loss", {**told, "max_length": MAX_LENGTH})
        loss: float = engine.until("done")["result"]["loss"]
        return loss


def with_rates(run: dict[str, Any], busy_watts: float) -> dict[str, Any]:
    """Adds what follows from a run's tokens and seconds. Joules: the meter's CPU model, above idle."""
    return {
        **{key: round(value, 1) if key.endswith("_seconds") else value for key, value in run.items()},
        "tokens_per_second": round(run["tokens"] / run["wall_seconds"], 1),
        "tokens_per_cpu_second": round(run["tokens"] / run["cpu_seconds"], 1),
        "joules_per_1000_tokens_modelled": round(1000 * busy_watts * run["cpu_seconds"] / run["tokens"], 1),
    }


def ratios(pairs: list[tuple[dict[str, Any], dict[str, Any]]], ranks: int) -> dict[str, float]:
    """Forge over TRL, the median over the pairs with that many ranks."""
    chosen = [pair for pair in pairs if pair[0]["ranks"] == ranks]
    keys = ("tokens_per_second", "tokens_per_cpu_second")
    return {key: round(statistics.median(forge[key] / trl[key] for forge, trl in chosen), 2) for key in keys}


def main() -> None:
    """Runs all pairs and prints the result."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, required=True, help="holds rows/; adapters are written here")
    arguments.add_argument("--steps", type=int, default=4, help="optimizer steps of each run")
    arguments.add_argument("--rounds", type=int, default=1, help="how often all pairs are run")
    arguments.add_argument("--held-out-rows", type=int, default=24)
    arguments.add_argument("--activation-checkpointing", action=argparse.BooleanOptionalAction, default=True)
    chosen = arguments.parse_args()
    bench = Bench(chosen.folder, chosen.steps, chosen.held_out_rows, chosen.activation_checkpointing)
    cpuinfo_path = Path("/proc/cpuinfo")
    cpuinfo = cpuinfo_path.read_text(encoding="utf-8") if cpuinfo_path.exists() else ""
    kind = cpu_class(cpuinfo)
    load_before = os.getloadavg()[0]

    engine = Engine()
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for _ in range(chosen.rounds):
        for ranks in sorted({1, os.cpu_count() or 1}):
            sides: dict[str, Train] = {"forge": partial(bench.forge, engine, ranks), "trl": bench.trl}
            pair = []
            for side, train in sides.items():
                output = chosen.folder / "adapters" / f"{len(pairs)}-{side}"
                run = with_rates(train(output), kind.busy_watts_per_core)
                pair.append({**run, "held_out_loss": round(bench.held_out_loss(engine, output), 4)})
                print(json.dumps(pair[-1]), file=sys.stderr, flush=True)
            pairs.append((pair[0], pair[1]))
    result = {
        "conditions": {
            "cpu": kind.name,
            "cores": physical_cores(cpuinfo),
            "load_average": [round(load_before, 1), round(os.getloadavg()[0], 1)],
            "steps": chosen.steps,
            "batch_size": BATCH_SIZE,
            "max_length": MAX_LENGTH,
            "learning_rate": LEARNING_RATE,
            "trl_activation_checkpointing": chosen.activation_checkpointing,
            "versions": {name: importlib.metadata.version(name) for name in ("torch", "transformers", "trl", "peft")},
        },
        "held_out_loss_of_base": round(bench.held_out_loss(engine, None), 4),
        "runs": [run for pair in pairs for run in pair],
        "forge_over_trl": {f"ranks_{ranks}": ratios(pairs, ranks) for ranks in sorted({1, os.cpu_count() or 1})},
    }
    engine.close()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
