"""Training on from a finished model or from one of its checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Engine


def first_loss(events: list[dict[str, Any]]) -> float:
    return float(next(event["metrics"]["loss"] for event in events if event["type"] == "progress"))


def test_training_begins_where_the_other_model_stopped(engine: Engine, job: dict[str, Any], tmp_path: Path) -> None:
    first = engine.run("fine_tune", **{**job, "checkpoint_interval_seconds": 1e-6})
    fresh, end = first_loss(first), first[-1]["result"]["train_loss"]
    checkpoint = Path(next(event["path"] for event in reversed(first) if event["type"] == "checkpoint"))
    assert (checkpoint / "adapter.gguf").is_file(), "a checkpoint is served as the finished model is"

    for number, start in enumerate((Path(job["output_dir"]), checkpoint)):
        again = {"output_dir": str(tmp_path / f"next-{number}"), "checkpoint_dir": str(tmp_path / f"points-{number}")}
        settings = {**job["hyperparameters"], "lora_rank": 4}
        events = engine.run(
            "fine_tune", **{**job, **again, "hyperparameters": settings, "initial_adapter_dir": str(start)}
        )
        assert events[-1]["type"] == "done", events[-1]
        assert first_loss(events) < end < fresh
        logged = [event["message"] for event in events if event["type"] == "log"]
        assert logged == ["Training on: lora_rank is 16 and lora_alpha 32, as in that model."]


def test_an_adapter_that_is_not_there_is_told(engine: Engine, job: dict[str, Any], tmp_path: Path) -> None:
    failed = engine.run("fine_tune", **{**job, "initial_adapter_dir": str(tmp_path / "none")})[-1]
    assert failed["type"] == "failed"
    assert failed["code"] == "model_not_loadable"


@pytest.mark.parametrize("ranks", [2])
def test_a_paused_run_that_trains_on_resumes_bitwise(
    engine: Engine, job: dict[str, Any], tmp_path: Path, ranks: int
) -> None:
    engine.run("fine_tune", **job)
    again = {
        **job,
        "ranks": ranks,
        "output_dir": str(tmp_path / "next"),
        "checkpoint_dir": str(tmp_path / "points"),
        "initial_adapter_dir": job["output_dir"],
        "hyperparameters": {"max_length": 512, "epochs": 15, "batch_size": 4},
    }
    straight = engine.run("fine_tune", **again)[-1]["result"]
    engine.send(type="run", op="fine_tune", params=again)
    engine.until("progress")
    engine.send(type="pause")
    paused = engine.until("paused", "done", "failed")[-1]
    assert paused["type"] == "paused"
    resumed = engine.run("fine_tune", **{**again, "resume_from": paused["path"]})[-1]["result"]
    assert resumed["train_loss"] == straight["train_loss"]
