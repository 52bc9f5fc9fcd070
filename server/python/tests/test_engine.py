"""What a worker may rely on, spoken over the engine's real pipes."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import Engine, chat, make_base, make_tokenizer, some_rows, wait_until, write_rows
from safetensors.torch import load_file, save_file

LONG = {"max_length": 512, "epochs": 100, "batch_size": 2}


def losses(events: list[dict[str, Any]]) -> list[float]:
    return [event["metrics"]["loss"] for event in events if event["type"] == "progress"]


def test_a_run_reports_every_step_and_leaves_its_artifacts(engine: Engine, job: dict[str, Any], tmp_path: Path) -> None:
    validation = write_rows(tmp_path / "validation.jsonl", some_rows(5, seed=1))
    events = engine.run("fine_tune", **{**job, "validation_path": validation, "ranks": 2})

    started, done = events[0], events[-1]
    assert started["type"] == "started" and started["total_steps"] == 6
    assert started["device"].endswith(" x2")
    result = done["result"]
    assert result["steps"] == 6 and result["rows"] == {"used": 24, "truncated": 0, "dropped": 0}
    assert losses(events)[-1] < losses(events)[0]
    names = [artifact["name"] for artifact in result["artifacts"]]
    assert names == ["adapter.gguf", "adapter_config.json", "adapter_model.safetensors", "step_metrics.csv"]
    assert sorted(path.name for path in Path(job["output_dir"]).iterdir()) == names
    with (Path(job["output_dir"]) / "step_metrics.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [float(line["train_loss"]) for line in table] == losses(events)
    assert int(table[-1]["tokens"]) == result["trained_tokens"]
    assert float(table[-1]["validation_loss"]) == result["validation_loss"]

    measured = engine.run(
        "loss",
        base_model_dir=job["base_model_dir"],
        adapter_dir=job["output_dir"],
        data_path=validation,
        max_length=512,
    )[-1]["result"]
    assert measured["loss"] == pytest.approx(result["validation_loss"], rel=1e-5)
    assert measured["rows"] == 5 and len(measured["row_losses"]) == 5


def test_two_ranks_learn_what_one_rank_learns(engine: Engine, job: dict[str, Any]) -> None:
    one = losses(engine.run("fine_tune", **job))
    two = losses(engine.run("fine_tune", **{**job, "ranks": 2}))
    assert two == pytest.approx(one, rel=1e-3)


def test_half_micro_batches_give_the_same_losses(engine: Engine, job: dict[str, Any]) -> None:
    whole = losses(engine.run("fine_tune", **job))
    split = losses(engine.run("fine_tune", **{**job, "micro_batch_divisor": 8}))
    assert split == pytest.approx(whole, rel=1e-3)


def test_a_paused_run_goes_on_bitwise_where_it_stopped(engine: Engine, job: dict[str, Any], tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "validation.jsonl", some_rows(3, seed=2))
    # patience beyond the run's length: early stopping must keep its best adapter across the pause, too
    settings = {"max_length": 512, "epochs": 15, "batch_size": 4, "early_stopping_patience": 1000}
    job = {**job, "ranks": 2, "validation_path": rows, "hyperparameters": settings}
    straight = engine.run("fine_tune", **job)

    engine.send(type="run", op="fine_tune", params=job)
    before = engine.until("progress")
    engine.send(type="pause")
    before += engine.until("paused", "done", "failed")
    paused = before[-1]
    assert paused["type"] == "paused" and Path(paused["path"]).name == f"step-{paused['step']}"
    assert 0 < paused["step"] < 90
    after = engine.run("fine_tune", **{**job, "resume_from": paused["path"]})

    assert losses(before) + losses(after) == losses(straight)
    same = ("steps", "trained_tokens", "train_loss", "validation_loss")
    assert {key: after[-1]["result"][key] for key in same} == {key: straight[-1]["result"][key] for key in same}


def test_checkpoints_come_by_the_clock_and_litter_goes(engine: Engine, job: dict[str, Any]) -> None:
    litter = Path(job["checkpoint_dir"]) / ".tmp-step-9-x"
    litter.mkdir(parents=True)
    events = engine.run("fine_tune", **{**job, "checkpoint_interval_seconds": 1e-6})
    written = [event for event in events if event["type"] == "checkpoint"]
    assert [event["step"] for event in written] == [1, 2, 3, 4, 5]  # the last step ends the run instead
    assert sorted(path.name for path in Path(job["checkpoint_dir"]).iterdir()) == ["step-3", "step-4", "step-5"]
    newest = Path(written[-1]["path"])
    manifest = json.loads((newest / "manifest.json").read_text())
    assert manifest["step"] == 5
    assert manifest["metrics"] == written[-1]["metrics"]
    assert set(manifest["files"]) == {path.name for path in newest.iterdir()} - {"manifest.json"}
    for name, told in manifest["files"].items():
        content = (newest / name).read_bytes()
        assert told == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    other = {**job, "resume_from": written[-1]["path"], "train_path": job["train_path"], "hyperparameters": LONG}
    assert engine.run("fine_tune", **other)[-1]["code"] == "invalid_data"


def test_early_stopping_publishes_the_best_adapter(engine: Engine, job: dict[str, Any], tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "validation.jsonl", [chat("a", "zqxj" * 9)])
    settings = {**LONG, "learning_rate": 0.05, "early_stopping_patience": 2}
    events = engine.run("fine_tune", **{**job, "validation_path": rows, "hyperparameters": settings})
    result = events[-1]["result"]
    assert result["steps"] < 1200
    seen = [e["metrics"]["validation_loss"] for e in events if "validation_loss" in e.get("metrics", {})]
    assert result["validation_loss"] == min(seen) < seen[-1]


def test_cancel_ends_the_run_and_its_processes(engine: Engine, job: dict[str, Any]) -> None:
    engine.send(type="run", op="fine_tune", params={**job, "ranks": 2, "hyperparameters": LONG})
    engine.until("progress")
    engine.send(type="cancel")
    assert engine.until("failed")[-1]["code"] == "cancelled"
    assert wait_until(lambda: not run_processes(engine))


def run_processes(engine: Engine) -> list[psutil.Process]:
    """Leader and ranks, in the order they were started: grandchildren, the fork server stands between."""
    parent = psutil.Process(engine.process.pid)
    servers = parent.children()
    found = [child for child in parent.children(recursive=True) if child not in servers]
    return sorted((p for p in found if p.status() != psutil.STATUS_ZOMBIE), key=lambda p: (p.create_time(), p.pid))


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_process_fails_the_run_and_the_engine_goes_on(
    engine: Engine, job: dict[str, Any], victim: int
) -> None:
    engine.send(type="run", op="fine_tune", params={**job, "ranks": 2, "hyperparameters": LONG})
    engine.until("progress")
    run_processes(engine)[victim].kill()
    failed = engine.until("failed", "done")[-1]
    assert failed["code"] == "killed"
    assert "-9" in failed["message"]
    assert wait_until(lambda: not run_processes(engine))
    assert engine.run("chrf", pairs=[{"hypothesis": "a", "reference": "a"}])[-1]["type"] == "done"


def test_nobody_outlives_the_engine(job: dict[str, Any]) -> None:
    engine = Engine()
    engine.until("ready")
    engine.send(type="run", op="fine_tune", params={**job, "ranks": 2, "hyperparameters": LONG})
    engine.until("progress")
    family = psutil.Process(engine.process.pid).children(recursive=True)
    assert len(family) >= 3
    os.kill(engine.process.pid, signal.SIGKILL)
    engine.process.wait()
    assert wait_until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family))


def test_it_exits_when_stdin_closes_and_on_shutdown() -> None:
    engine = Engine()
    ready = engine.next()
    assert ready == {"type": "ready", "engine": "forge-train", "pid": engine.process.pid, "protocol": 1}
    assert engine.close() == 0
    engine = Engine()
    engine.until("ready")
    engine.send(type="shutdown")
    assert engine.process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    ("rows", "code", "says"),
    [
        ([chat("a", "b")], "too_few_rows", "1 usable rows"),
        ([chat("a", "b"), {"messages": []}], "invalid_data", "Row 2: no messages"),
        ([chat("a", "b"), chat("a", "b" * 600)], "row_too_long", "Row 2 has"),
    ],
)
def test_bad_rows_are_named(
    engine: Engine, job: dict[str, Any], tmp_path: Path, rows: list[dict[str, Any]], code: str, says: str
) -> None:
    path = write_rows(tmp_path / "bad.jsonl", rows)
    failed = engine.run("fine_tune", **{**job, "train_path": path, "on_too_long": "fail", "ranks": 2})[-1]
    assert (failed["type"], failed["code"]) == ("failed", code)
    assert says in failed["message"]


def test_a_loss_that_is_not_a_number_fails(engine: Engine, job: dict[str, Any], tmp_path: Path) -> None:
    broken = make_base(tmp_path / "broken")
    weights = load_file(broken / "model.safetensors")
    weights["model.norm.weight"] *= float("inf")
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    failed = engine.run("fine_tune", **{**job, "base_model_dir": str(broken), "ranks": 2})[-1]
    assert failed["code"] == "loss_not_finite"


def test_bases_it_cannot_use_are_refused(engine: Engine, job: dict[str, Any], tmp_path: Path, base: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=1, n_head=2, vocab_size=264)).save_pretrained(tmp_path / "gpt2")
    make_tokenizer().save_pretrained(tmp_path / "gpt2")
    assert engine.run("fine_tune", **{**job, "base_model_dir": str(tmp_path / "gpt2")})[-1]["code"] == (
        "unsupported_architecture"
    )
    (tmp_path / "empty").mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (tmp_path / "empty" / name).write_bytes((base / name).read_bytes())
    failed = engine.run("fine_tune", **{**job, "base_model_dir": str(tmp_path / "empty")})[-1]
    assert failed["code"] == "model_not_loadable" and "no .safetensors files" in failed["message"]


def test_other_architectures_train_but_have_no_gguf(engine: Engine, job: dict[str, Any], tmp_path: Path) -> None:
    from transformers import Gemma2Config, Gemma2ForCausalLM

    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "head_dim": 8, "vocab_size": 264}
    Gemma2ForCausalLM(Gemma2Config(**sizes, num_attention_heads=4, num_key_value_heads=2)).save_pretrained(
        tmp_path / "gemma"
    )
    make_tokenizer().save_pretrained(tmp_path / "gemma")
    events = engine.run("fine_tune", **{**job, "base_model_dir": str(tmp_path / "gemma")})
    assert any(event["type"] == "log" and "gemma2" in event["message"] for event in events)
    assert "adapter.gguf" not in {artifact["name"] for artifact in events[-1]["result"]["artifacts"]}


def test_chrf_is_sacrebleus(engine: Engine) -> None:
    pairs = [{"hypothesis": "der Schal", "reference": "der Schal"}, {"hypothesis": "grün", "reference": "blau"}]
    result = engine.run("chrf", pairs=pairs)[-1]["result"]
    assert result["sentences"][0] == 100.0 and result["sentences"][1] < 10
    assert 0 < result["corpus"] < 100


def test_a_wrong_command_is_answered_and_does_no_harm(engine: Engine, job: dict[str, Any]) -> None:
    failed = engine.run("fine_tune", **{**job, "hyperparameters": {"epochs": 0}})[-1]
    assert failed["code"] == "engine_internal_error" and "params.hyperparameters.epochs is 0" in failed["message"]
    engine.send(type="pause")
    assert engine.next()["type"] == "log"


def test_the_real_model_learns(engine: Engine, job: dict[str, Any], tmp_path: Path) -> None:
    model = Path(__file__).parents[3] / ".models" / "smollm2-135m-instruct"
    if not (model / "model.safetensors").is_file():
        pytest.skip("run python -m forge_engine.prepare_base first")
    rows = write_rows(tmp_path / "real.jsonl", [chat(f"Say hello {n}.", f"Ahoy, sailor {n}!") for n in range(4)])
    settings = {"batch_size": 4, "max_steps": 3, "epochs": 3, "learning_rate": 2e-3}
    changes = {"base_model_dir": str(model), "train_path": rows, "hyperparameters": settings, "ranks": None}
    events = engine.run("fine_tune", **{**job, **changes})
    assert events[-1]["type"] == "done", json.dumps(events[-1])
    assert losses(events)[-1] < 0.8 * losses(events)[0]
