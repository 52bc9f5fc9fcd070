"""Our LoRA layer is PEFT's in maths and on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import make_tokenizer, some_rows, write_rows
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

from forge_engine import adapter_gguf, base_model, lora, peft_format
from forge_engine.batches import pack
from forge_engine.errors import EngineError
from forge_engine.rows import read_rows

CPU = torch.device("cpu")


@pytest.fixture
def ours(base: Path) -> tuple[Any, lora.Adapter]:
    model = base_model.load_model(base, torch.float32, CPU)
    adapter = lora.wrap(model, rank=4, alpha=8, seed=1)
    with torch.no_grad():  # B starts at zero, which would hide most mistakes
        adapter.flat.add_(torch.randn(adapter.flat.shape, generator=torch.Generator().manual_seed(2)) * 0.1)
    return model, adapter


def stock(base: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager")


def test_forward_and_gradients_equal_peft(base: Path, ours: tuple[Any, lora.Adapter], tmp_path: Path) -> None:
    model, adapter = ours
    rows = read_rows(Path(write_rows(tmp_path / "r.jsonl", some_rows(3))), make_tokenizer(), 512, "fail").rows
    packed = pack(rows, CPU)
    losses = base_model.token_losses(model, packed)
    losses.sum().backward()

    peft_format.save(adapter, tmp_path, "base")
    theirs = PeftModel.from_pretrained(stock(base), tmp_path, is_trainable=True)
    expected = []
    for row in rows:  # one at a time, unpacked: rows laid end to end must not see each other
        ids = torch.from_numpy(row.tokens).unsqueeze(0)
        logits = theirs(input_ids=ids).logits[0, :-1]
        wanted = torch.from_numpy(row.labelled[1:])
        expected.append(torch.nn.functional.cross_entropy(logits[wanted], ids[0, 1:][wanted], reduction="none"))
    torch.cat(expected).sum().backward()

    torch.testing.assert_close(losses, torch.cat(expected), rtol=1e-4, atol=1e-5)
    gradients = {name: p.grad for name, p in theirs.named_parameters() if p.requires_grad}
    for name, layer in adapter.layers.items():
        for part, value in (("A", layer.a), ("B", layer.b)):
            torch.testing.assert_close(
                value.grad, gradients[f"base_model.model.{name}.lora_{part}.default.weight"], rtol=1e-3, atol=1e-4
            )
    assert adapter.gradient.count_nonzero() > 0.9 * adapter.gradient.numel()


def test_an_adapter_of_peft_attaches(base: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    settings = LoraConfig(r=3, lora_alpha=5, target_modules=["q_proj", "down_proj"], init_lora_weights=False)
    theirs = get_peft_model(stock(base), settings)
    theirs.save_pretrained(tmp_path)
    model = base_model.load_model(base, torch.float32, CPU)
    adapter = peft_format.attach(model, tmp_path)
    assert len(adapter.layers) == 4
    ids = torch.arange(2, 30).unsqueeze(0)
    options = {"spans": [(0, 28)]}
    torch.testing.assert_close(
        model(input_ids=ids, **options).logits, theirs(input_ids=ids).logits, rtol=1e-4, atol=1e-5
    )


def test_a_peft_adapter_of_another_kind_is_refused(base: Path, tmp_path: Path) -> None:
    get_peft_model(stock(base), LoraConfig(use_dora=True, target_modules=["q_proj"])).save_pretrained(tmp_path)
    with pytest.raises(EngineError, match="use_dora") as refused:
        peft_format.attach(base_model.load_model(base, torch.float32, CPU), tmp_path)
    assert refused.value.code == "unsupported_architecture"


def test_a_fresh_adapter_changes_nothing_and_bfloat16_is_close(base: Path) -> None:
    ids = torch.arange(2, 30).unsqueeze(0)
    plain = stock(base)(input_ids=ids).logits
    model = base_model.load_model(base, torch.float32, CPU)
    lora.wrap(model, rank=4, alpha=8, seed=1)
    torch.testing.assert_close(model(input_ids=ids, spans=[(0, 28)]).logits, plain, rtol=1e-4, atol=1e-5)
    half = base_model.load_model(base, torch.bfloat16, CPU)
    adapter = lora.wrap(half, rank=4, alpha=8, seed=1)
    logits = half(input_ids=ids, spans=[(0, 28)]).logits
    torch.testing.assert_close(logits.float(), plain, rtol=0.05, atol=0.05)
    logits.float().sum().backward()
    assert adapter.gradient.dtype == torch.float32 and adapter.gradient.count_nonzero() > 0


def test_the_gguf_holds_every_tensor_in_llama_cpps_order(
    base: Path, ours: tuple[Any, lora.Adapter], tmp_path: Path
) -> None:
    import gguf

    model, adapter = ours
    adapter_gguf.write(adapter, model.config, tmp_path / "adapter.gguf")
    reader = gguf.GGUFReader(tmp_path / "adapter.gguf")
    assert reader.get_field("general.type").contents() == "adapter"
    assert reader.get_field("adapter.lora.alpha").contents() == 8
    saved = {tensor.name: torch.from_numpy(tensor.data.copy()).float() for tensor in reader.tensors}
    assert len(saved) == 2 * len(adapter.layers)
    q = adapter.layers["model.layers.0.self_attn.q_proj"]
    rows = [0, 4, 1, 5, 2, 6, 3, 7]  # a head's two rotary halves, interleaved
    permuted = q.b.detach().view(4, 8, 4)[:, rows].reshape(32, 4)
    torch.testing.assert_close(saved["blk.0.attn_q.weight.lora_b"], permuted, rtol=1e-3, atol=1e-3)
    down = adapter.layers["model.layers.1.mlp.down_proj"]
    torch.testing.assert_close(saved["blk.1.ffn_down.weight.lora_a"], down.a.detach(), rtol=1e-3, atol=1e-3)
