"""Rows, batches, schedule, files: the parts that need no model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import chat, make_tokenizer, some_rows, write_rows

from forge_engine.batches import Plan, deal, micro_batches
from forge_engine.errors import EngineError, classify
from forge_engine.files import sweep, whole_folder
from forge_engine.protocol import FineTuneParams, Hyperparameters, read_params
from forge_engine.rows import read_rows
from forge_engine.schedule import learning_rate

TOKENIZER = make_tokenizer()


def read(tmp_path: Path, rows: list[dict[str, Any]], max_length: int = 512, **options: Any) -> Any:
    path = Path(write_rows(tmp_path / "rows.jsonl", rows))
    return read_rows(path, TOKENIZER, max_length, options.pop("on_too_long", "truncate"), **options)


def learned(row: Any) -> str:
    text: str = TOKENIZER.decode(row.tokens[row.labelled])
    return text


def test_only_what_the_assistant_says_is_learned_with_its_end_mark(tmp_path: Path) -> None:
    talk = (
        chat("Hi", "Grüße 🧣")["messages"] + chat("More", "no", weight=0)["messages"] + chat("And", "yes")["messages"]
    )
    (row,) = read(tmp_path, [{"messages": talk, "metadata": {"a": 1}}]).rows
    assert learned(row) == "Grüße 🧣<|im_end|>yes<|im_end|>"
    whole = TOKENIZER.apply_chat_template(talk, tokenize=True)["input_ids"]
    assert row.tokens.tolist() == whole


def test_long_rows_are_cut_dropped_or_fail(tmp_path: Path) -> None:
    rows = [chat("a", "b"), chat("a", "b" * 90), chat("a" * 90, "b")]
    cut = read(tmp_path, rows, 64)
    assert (len(cut.rows), cut.truncated, cut.dropped) == (2, 1, 1)  # the last has nothing left to learn
    assert len(cut.rows[1].tokens) == 64
    dropped = read(tmp_path, rows, 64, on_too_long="drop")
    assert (len(dropped.rows), dropped.truncated, dropped.dropped) == (1, 0, 2)
    with pytest.raises(EngineError, match="Row 2 has 1"):
        read(tmp_path, rows, 64, on_too_long="fail")
    judged = read(tmp_path, rows, 64, keep="end")
    assert [learned(row)[-11:] for row in judged.rows] == ["b<|im_end|>"] * 3


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"messages": [{"role": "user", "content": "a"}]}, "no assistant message"),
        ({"messages": [{"role": "assistant", "content": ["x"]}]}, "content of message 1 is not text"),
        ({"messages": [{"content": "x"}]}, "message 1 has no role"),
        ({"messages": [{"role": "assistant", "content": "x", "weight": 2}]}, "weight 2"),
        ({"text": "x"}, "no messages"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: dict[str, Any], says: str) -> None:
    with pytest.raises(EngineError, match=f"Row 2: .*{says}"):
        read(tmp_path, [chat("a", "b"), row])


def test_every_epoch_has_every_row_once_in_an_order_of_its_own(tmp_path: Path) -> None:
    plan = Plan(read(tmp_path, some_rows(21)).rows, Hyperparameters(epochs=2.5, batch_size=8))
    assert (plan.steps_per_epoch, plan.total_steps) == (3, 8)
    epochs = [[row.index for step in range(e * 3, e * 3 + 3) for row in plan.batch(step)] for e in range(2)]
    assert all(sorted(epoch) == list(range(21)) for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert [row.index for row in plan.batch(0)] == epochs[0][:8]  # going back gives the same again


def test_ranks_share_a_batch_evenly_and_micro_batches_keep_the_budget(tmp_path: Path) -> None:
    rows = read(tmp_path, some_rows(16)).rows
    shares = [deal(rows, rank, 3) for rank in range(3)]
    assert sorted(row.index for share in shares for row in share) == list(range(16))
    sizes = [sum(len(row.tokens) for row in share) for share in shares]
    assert max(sizes) < 1.5 * min(sizes)
    packs = list(micro_batches(shares[0], 200, torch.device("cpu")))
    assert all(pack.input_ids.shape[1] <= 200 or len(pack.rows) == 1 for pack in packs)
    assert [row.index for pack in packs for row in pack.rows] == [row.index for row in shares[0]]


def test_the_rate_warms_up_and_falls() -> None:
    settings = Hyperparameters(learning_rate=0.1, warmup_ratio=0.1)
    rates = [learning_rate(step, 20, settings) for step in range(20)]
    assert rates[:3] == pytest.approx([0.05, 0.1, 0.1])
    assert rates[2:] == sorted(rates[2:], reverse=True) and rates[-1] < 0.002


def test_params_are_read_with_the_protocols_defaults() -> None:
    raw: dict[str, Any] = dict.fromkeys(["base_model_dir", "train_path", "output_dir", "checkpoint_dir"], "x")
    raw |= {"validation_path": None, "resume_from": None, "hyperparameters": {"lora_alpha": 8}, "later": 1}
    params = read_params("fine_tune", raw)
    assert isinstance(params, FineTuneParams)
    assert params.hyperparameters == Hyperparameters(lora_alpha=8.0) and params.ranks is None
    with pytest.raises(ValueError, match=r"params\.on_too_long is 'cry'"):
        read_params("fine_tune", {**raw, "on_too_long": "cry"})
    with pytest.raises(ValueError, match=r"params\.train_path is missing"):
        read_params("fine_tune", {key: value for key, value in raw.items() if key != "train_path"})


def test_a_folder_is_whole_or_absent(tmp_path: Path) -> None:
    target = tmp_path / "step-1"
    for text in ("one", "two"):
        with whole_folder(target) as folder:
            (folder / "file").write_text(text)
    assert (target / "file").read_text() == "two"
    with pytest.raises(RuntimeError), whole_folder(target) as folder:
        (folder / "file").write_text("three")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["step-1"]
    assert (target / "file").read_text() == "two"
    (tmp_path / ".tmp-x").mkdir()
    sweep(tmp_path)
    assert not (tmp_path / ".tmp-x").exists()


def test_memory_and_disk_are_told_apart() -> None:
    alloc = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
    assert classify(alloc).code == "out_of_memory"
    assert classify(torch.OutOfMemoryError("CUDA out of memory")).code == "out_of_memory"
    assert classify(OSError(28, "No space left on device")).code == "disk_full"
    assert classify(KeyError("x")).code == "engine_internal_error"
