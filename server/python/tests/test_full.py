"""Training all weights of a model: that it learns, goes on bitwise, and can be loaded by everyone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import Engine, make_base, some_rows, write_rows
from safetensors.torch import load_file

from forge_engine import base_model, full_weights, model_gguf

ARTIFACTS = [
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "step_metrics.csv",
    "tokenizer.json",
    "tokenizer_config.json",
]


def losses(events: list[dict[str, Any]]) -> list[float]:
    return [event["metrics"]["loss"] for event in events if event["type"] == "progress"]


@pytest.fixture
def full(job: dict[str, Any]) -> dict[str, Any]:
    return {**job, "method": "full", "hyperparameters": {"max_length": 512, "learning_rate": 1e-3, "epochs": 2}}


def test_a_model_is_trained_whole_and_loads_like_its_base(engine: Engine, full: dict[str, Any], tmp_path: Path) -> None:
    validation = write_rows(tmp_path / "validation.jsonl", some_rows(5, seed=1))
    events = engine.run("fine_tune", **{**full, "validation_path": validation, "ranks": 2})
    assert losses(events)[-1] < losses(events)[0]
    result = events[-1]["result"]
    assert set(ARTIFACTS) <= {artifact["name"] for artifact in result["artifacts"]}
    trained, before = (load_file(Path(full[where]) / "model.safetensors") for where in ("output_dir", "base_model_dir"))
    assert trained.keys() == before.keys()
    assert all(not torch.equal(trained[name], before[name]) for name in before)
    measured = engine.run(
        "loss", base_model_dir=full["output_dir"], adapter_dir=None, data_path=validation, max_length=512
    )[-1]["result"]
    assert measured["loss"] == pytest.approx(result["validation_loss"], rel=1e-4)


def test_a_paused_run_goes_on_bitwise_and_two_checkpoints_are_kept(engine: Engine, full: dict[str, Any]) -> None:
    full["hyperparameters"]["epochs"] = 30
    straight = engine.run("fine_tune", **full)
    engine.send(type="run", op="fine_tune", params={**full, "checkpoint_interval_seconds": 1e-6})
    before = engine.until("progress")
    while sum(event["type"] == "checkpoint" for event in before) < 3:
        before += engine.until("checkpoint")
    engine.send(type="pause")
    before += engine.until("paused", "done", "failed")
    assert before[-1]["type"] == "paused"
    assert len(list(Path(full["checkpoint_dir"]).iterdir())) == 2
    after = engine.run("fine_tune", **{**full, "resume_from": before[-1]["path"]})
    assert losses(before) + losses(after) == losses(straight)


def test_a_checkpoint_is_a_model_that_can_be_judged(engine: Engine, full: dict[str, Any], tmp_path: Path) -> None:
    engine.run("fine_tune", **{**full, "checkpoint_interval_seconds": 1e-6})
    data = write_rows(tmp_path / "held-out.jsonl", some_rows(3, seed=2))
    newest = max(Path(full["checkpoint_dir"]).iterdir(), key=lambda path: int(path.name.removeprefix("step-")))
    measured = engine.run("loss", base_model_dir=str(newest), adapter_dir=None, data_path=data, max_length=512)
    assert measured[-1]["type"] == "done"


def test_a_head_that_is_tied_stays_one_weight(tmp_path: Path) -> None:
    base = make_base(tmp_path / "tied", tie_word_embeddings=True)
    model = base_model.load_model(base, torch.float32, torch.device("cpu"))
    weights = full_weights.FullWeights(model)
    weights.flat.add_(1.0)
    assert torch.equal(model.get_output_embeddings().weight, model.get_input_embeddings().weight)
    (tmp_path / "out").mkdir()
    full_weights.save(model, base, tmp_path / "out", torch.bfloat16)
    assert "lm_head.weight" not in load_file(tmp_path / "out" / "model.safetensors")
    again = base_model.load_model(tmp_path / "out", torch.float32, torch.device("cpu"))
    assert torch.allclose(again.get_output_embeddings().weight, model.get_output_embeddings().weight, atol=0.02)


def test_the_gguf_has_the_bases_settings_and_the_new_weights(base: Path, tmp_path: Path) -> None:
    import gguf

    source = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(source, "llama")
    writer.add_context_length(2048)
    writer.add_token_list(["<|im_start|>", "<|im_end|>", "a"])
    writer.add_tensor("rope_freqs.weight", np.ones(4, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model = base_model.load_model(base, torch.float32, torch.device("cpu"))
    model_gguf.write(model, source, tmp_path / "new.gguf")
    reader = gguf.GGUFReader(tmp_path / "new.gguf")
    assert reader.fields["llama.context_length"].contents() == 2048
    assert reader.fields["tokenizer.ggml.tokens"].contents() == ["<|im_start|>", "<|im_end|>", "a"]
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    assert len(tensors) == len(list(model.named_parameters())) + 1
    query = model.model.layers[0].self_attn.q_proj.weight.detach().numpy()
    heads, half = model.config.num_attention_heads, query.shape[0] // model.config.num_attention_heads // 2
    # row 1 of a head in llama.cpp is the first of its second half: pairs lie side by side
    assert np.allclose(tensors["blk.0.attn_q.weight"].data[1], query[half], atol=1e-3)
    assert heads == 4 and tensors["rope_freqs.weight"].data.tolist() == [1, 1, 1, 1]
    assert model_gguf.frame(tmp_path, "llama") == source and model_gguf.frame(base, "llama") is None
