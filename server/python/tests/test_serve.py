"""The Transformers serving engine over its real pipes and port, held against PEFT."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import TEMPLATE, Engine, make_tokenizer, wait_until
from transformers import AutoModelForCausalLM, GPTNeoXConfig, GPTNeoXForCausalLM

TOKEN = "a-token"
MESSAGES = [{"role": "user", "content": "w5 w9 w200"}]


def word_tokenizer() -> Any:
    """One token per word, so that a text tells exactly which tokens were chosen."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    specials = ["<|im_start|>", "<|im_end|>", "<unknown>"]
    words = [*specials, *(f"w{number}" for number in range(3, 264))]
    backend = Tokenizer(models.WordLevel({word: id for id, word in enumerate(words)}, unk_token="<unknown>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.add_special_tokens(specials[:2])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<|im_end|>", pad_token="<|im_end|>")
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def make_neox(folder: Path) -> Path:
    """A random two-layer GPT-NeoX: an architecture that is not on the list of the CPU engine."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = GPTNeoXConfig(**sizes, vocab_size=264, max_position_embeddings=512, eos_token_id=1, bos_token_id=1)
    model = GPTNeoXForCausalLM(config)
    # a base's own defaults must not reach requests that did not ask for them
    model.generation_config.update(do_sample=True, temperature=0.3, repetition_penalty=1.7)
    model.save_pretrained(folder)
    word_tokenizer().save_pretrained(folder)
    return folder


def make_adapter(base: Path, folder: Path, seed: int) -> Path:
    """A PEFT LoRA over all linear layers that changes the answer a lot."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    targets = ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"]
    config = LoraConfig(r=4, lora_alpha=8, target_modules=targets, task_type="CAUSAL_LM")
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.2)
    model.save_pretrained(folder)
    return folder


class Client:
    """One caller of the engine's port."""

    def __init__(self, port: int, token: str = TOKEN) -> None:
        self.port, self.token = port, token

    def open(self, path: str, body: dict[str, Any] | None) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"authorization": f"Bearer {self.token}"}
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), headers)
        return connection

    def call(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        connection = self.open(path, body)
        reply = connection.getresponse()
        answer = json.loads(reply.read())
        connection.close()
        return reply.status, answer

    def chat(self, **body: Any) -> Any:
        asked = {"model": "base", "messages": MESSAGES, "temperature": 0, "max_tokens": 24, **body}
        status, answer = self.call("/v1/chat/completions", asked)
        assert status == 200, answer
        return answer

    def text(self, **body: Any) -> str:
        return str(self.chat(**body)["choices"][0]["message"]["content"])

    def refusal(self, **body: Any) -> tuple[int, str, str | None]:
        status, answer = self.call("/v1/chat/completions", {"model": "base", "messages": MESSAGES, **body})
        return status, answer["error"]["code"], answer["error"]["param"]

    def scores(self, model: str, prompt: list[int], continuation: list[int]) -> list[float]:
        status, answer = self.call("/v1/logprobs", {"model": model, "prompt": prompt, "continuation": continuation})
        assert status == 200, answer
        return list(answer["logprobs"])

    def stream(self, **body: Any) -> list[Any]:
        asked = {"model": "base", "messages": MESSAGES, "temperature": 0, "max_tokens": 24, "stream": True, **body}
        connection = self.open("/v1/chat/completions", asked)
        reply = connection.getresponse()
        assert reply.getheader("content-type") == "text/event-stream; charset=utf-8"
        events = [event.removeprefix("data: ") for event in reply.read().decode().split("\n\n") if event]
        connection.close()
        assert events.pop() == "[DONE]"
        return [json.loads(event) for event in events]


@pytest.fixture(scope="module")
def neox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_neox(tmp_path_factory.mktemp("neox"))


@pytest.fixture(scope="module")
def adapters(neox: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: make_adapter(neox, tmp_path_factory.mktemp(name), seed) for seed, name in enumerate(("one", "two"))}


@pytest.fixture(scope="module")
def server(neox: Path, adapters: dict[str, Path]) -> Iterator[Engine]:
    engine = Engine("serve")
    assert engine.next() == {"type": "ready", "engine": "transformers", "pid": engine.process.pid, "protocol": 1}
    load = {"model_path": str(neox), "base": "base", "context_tokens": 4096, "sequences": 2, "threads": 1}
    engine.send(type="load", token=TOKEN, **load)
    for name, path in adapters.items():
        engine.send(type="add_adapter", name=name, path=str(path))
    yield engine
    assert engine.close() == 0


@pytest.fixture(scope="module")
def client(server: Engine) -> Client:
    loaded = server.until("loaded", "failed")[-1]
    assert loaded["type"] == "loaded", loaded
    assert loaded["context_tokens"] == 512, "no more than the base was trained with"
    assert [server.next()["type"] for _ in range(2)] == ["adapter_added"] * 2
    return Client(loaded["port"])


def reference(base: Path, adapter: Path | None, prompt: list[int], continuation: list[int]) -> list[float]:
    from peft import PeftModel

    model = AutoModelForCausalLM.from_pretrained(base)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter))
    with torch.inference_mode():
        logits = model(torch.tensor([prompt + continuation[:-1]])).logits[0, len(prompt) - 1 :]
    return list(logits.log_softmax(-1).gather(1, torch.tensor(continuation)[:, None])[:, 0].tolist())


def test_base_and_adapters_score_as_peft_does_also_at_once_on_the_same_prompt(
    client: Client, neox: Path, adapters: dict[str, Path]
) -> None:
    _, prompt = client.call("/tokenize", {"messages": MESSAGES})
    tokens: list[int] = prompt["tokens"]
    assert tokens == word_tokenizer().apply_chat_template(MESSAGES, add_generation_prompt=True)["input_ids"]
    continuation = [int(token) for token in torch.randint(2, 258, (200,), generator=torch.Generator().manual_seed(1))]
    wanted = {name: reference(neox, path, tokens, continuation) for name, path in {"base": None, **adapters}.items()}

    names = ["base", "one", "two"] * 4
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda name: client.scores(name, tokens, continuation), names))

    for name, scores in zip(names, told, strict=True):
        assert scores == pytest.approx(wanted[name], abs=1e-4), name
    assert all(abs(a - b) > 1e-2 for a, b in zip(wanted["base"][:5], wanted["one"][:5], strict=True))


def test_long_generations_at_once_have_the_log_probabilities_of_their_own_adapter(
    client: Client, neox: Path, adapters: dict[str, Path]
) -> None:
    tokens = client.call("/tokenize", {"messages": MESSAGES})[1]["tokens"]

    def ask(name: str) -> Any:
        return client.chat(model=name, max_tokens=120, logprobs=True, temperature=1, seed=5)["choices"][0]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, ["base", "one", "two"] * 2))

    vocabulary = word_tokenizer().get_vocab()
    for name, answer in zip(["base", "one", "two"] * 2, answers, strict=True):
        entries = answer["logprobs"]["content"]
        words = [entry["token"] for entry in entries]
        assert answer["message"]["content"].split() == [word for word in words if not word.startswith("<|")]
        said = [vocabulary[word] for word in words]
        scores = reference(neox, {"base": None, **adapters}[name], tokens, said)
        assert [entry["logprob"] for entry in entries] == pytest.approx(scores, abs=1e-3), name
    assert sum(len(answer["logprobs"]["content"]) for answer in answers) > 200
    assert answers[:3] == answers[3:]
    assert len({json.dumps(answer) for answer in answers[:3]}) == 3


def test_a_stream_says_what_the_whole_answer_says_and_counts_the_same(client: Client) -> None:
    whole = client.chat(model="one", logprobs=True, top_logprobs=3)
    events = client.stream(model="one", logprobs=True, top_logprobs=3, stream_options={"include_usage": True})

    assert events.pop()["usage"] == whole["usage"]
    assert all(event["usage"] is None for event in events)
    choices = [event["choices"][0] for event in events]
    assert (
        "".join(choice["delta"].get("content", "") for choice in choices) == whole["choices"][0]["message"]["content"]
    )
    assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == ["length"]
    logprobs = [entry for choice in choices for entry in (choice["logprobs"] or {"content": []})["content"]]
    assert logprobs == whole["choices"][0]["logprobs"]["content"]
    assert len(logprobs) == whole["usage"]["completion_tokens"] == 24
    assert all(len(entry["top_logprobs"]) == 3 for entry in logprobs)
    assert all(entry["logprob"] == entry["top_logprobs"][0]["logprob"] for entry in logprobs), "temperature 0"


def test_a_seed_gives_the_same_text_whatever_else_is_answered(client: Client) -> None:
    alone = client.text(temperature=1, seed=7, top_p=0.9, top_k=50, min_p=0.01)
    with ThreadPoolExecutor(4) as pool:
        others = [pool.submit(client.text, temperature=1, model=name) for name in ("base", "one", "two")]
        assert client.text(temperature=1, seed=7, top_p=0.9, top_k=50, min_p=0.01) == alone
        assert all(other.result() != alone for other in others)
    assert client.text(temperature=1, seed=8) != alone


def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(client: Client) -> None:
    text = client.text()
    stop = text[9:14]
    answer = client.chat(stop=[stop])["choices"][0]
    assert answer["message"]["content"] == text[: text.index(stop)]
    assert answer["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}}, "response_format"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"n": 2}, "n"),
        ({"frequency_penalty": 0.5}, "frequency_penalty"),
        ({"stream_options": {"other": True}}, "stream_options.other"),
        ({"something_new": 1}, "something_new"),
    ],
)
def test_what_would_change_the_answer_and_is_not_supported_is_refused(
    client: Client, body: dict[str, Any], refused: str
) -> None:
    assert client.refusal(**body) == (400, "unsupported_parameter", refused)


def test_wrong_values_are_named(client: Client) -> None:
    assert client.refusal(temperature=3) == (400, "invalid_request", "temperature")
    assert client.refusal(max_tokens=0) == (400, "invalid_request", "max_tokens")
    assert client.refusal(messages=[{"role": "robot", "content": "x"}]) == (400, "invalid_request", "messages[0].role")
    assert client.refusal(model="other") == (404, "model_not_found", "model")
    assert client.refusal(messages=[{"role": "user", "content": "w7 " * 600}])[1] == "context_length_exceeded"
    assert Client(client.port, "wrong").call("/health")[0] == 401
    assert client.chat(n=1, tools=[], response_format={"type": "text"}, user="me", presence_penalty=0)


def test_an_adapter_comes_and_goes_while_others_answer(
    client: Client, server: Engine, neox: Path, adapters: dict[str, Path], tmp_path: Path
) -> None:
    before = client.text()
    server.send(type="add_adapter", name="three", path=str(make_adapter(neox, tmp_path / "three", 3)))
    assert server.next() == {"type": "adapter_added", "name": "three"}
    said = client.text(model="three")
    assert said not in (before, client.text(model="one"))

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(client.text, model="three", max_tokens=300)
        assert wait_until(lambda: client.call("/metrics-json")[1]["models"]["three"]["running"] == 1)
        server.send(type="remove_adapter", name="three")
        short = {"model": "three", "messages": MESSAGES, "max_tokens": 1}
        assert wait_until(lambda: client.call("/v1/chat/completions", short)[0] == 404)
        assert running.result().startswith(said), "running answers end undisturbed"
    assert server.next() == {"type": "adapter_removed", "name": "three"}
    assert client.text() == before

    server.send(type="remove_adapter", name="three")
    assert server.next()["code"] == "adapter_unknown"
    server.send(type="add_adapter", name="one", path=str(adapters["one"]))
    assert server.next()["code"] == "adapter_exists"
    (tmp_path / "broken").mkdir()
    server.send(type="add_adapter", name="broken", path=str(tmp_path / "broken"))
    failed = server.next()
    assert (failed["code"], failed["name"]) == ("adapter_not_loadable", "broken")


def test_a_client_that_goes_away_gives_its_place_to_the_next(client: Client) -> None:
    endless = {"model": "two", "messages": MESSAGES, "temperature": 0, "max_tokens": 480, "stream": True}
    first = [client.open("/v1/chat/completions", endless) for _ in range(2)]
    for connection in first:
        connection.getresponse().read(1)
    waiting = client.open("/v1/chat/completions", {**endless, "stream": False})
    assert wait_until(lambda: client.call("/metrics-json")[1]["models"]["two"]["waiting"] == 1)
    waiting.close()
    assert wait_until(lambda: client.call("/metrics-json")[1]["models"]["two"]["waiting"] == 0)
    for connection in first:
        connection.close()
    assert wait_until(lambda: client.call("/metrics-json")[1]["running"] == 0)


def test_a_character_of_several_tokens_is_told_whole() -> None:
    from forge_engine.serve.text_stream import TextStream

    tokenizer = make_tokenizer()
    stream = TextStream(lambda tokens: str(tokenizer.decode(tokens, skip_special_tokens=True)), ["\u65e5x"])
    pieces = [stream.push(token) for token in tokenizer("a\u00e9\u65e5\u672c")["input_ids"]]
    assert pieces == ["a", "", "\u00e9", "", "", "", "", "", "\u65e5\u672c"]
    pieces = [stream.push(token) for token in tokenizer("b\u65e5x")["input_ids"]]
    assert "".join(pieces) + stream.end() == "b" and stream.stopped


def test_a_bounded_number_of_requests_waits() -> None:
    from forge_engine.serve.api_error import ApiError, ClientGone
    from forge_engine.serve.turns import Places

    places, hold, gone = Places(1, 1), threading.Event(), threading.Event()

    def ask() -> str:
        try:
            with places.place(gone.is_set):
                hold.wait(20)
                return "answered"
        except ClientGone:
            return "gone"
        except ApiError as error:
            return error.code

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(ask)
        assert wait_until(lambda: places.running == 1)
        second = pool.submit(ask)
        assert wait_until(lambda: places.waiting == 1)
        assert ask() == "queue_full"
        gone.set()
        assert second.result() == "gone"
        hold.set()
        assert first.result() == "answered"
    places.drained()


def test_a_base_that_cannot_be_read_is_told_and_shutdown_ends_the_engine(tmp_path: Path) -> None:
    engine = Engine("serve")
    engine.next()
    engine.send(type="add_adapter", name="early", path=str(tmp_path))
    assert engine.next()["type"] == "failed"
    load = {"model_path": str(tmp_path), "base": "base", "context_tokens": 64, "sequences": 1, "threads": 1}
    engine.send(type="load", token=TOKEN, **load)
    failed = engine.until("failed")[-1]
    assert (failed["code"], failed["name"]) == ("model_not_loadable", None)
    engine.send(type="shutdown")
    assert engine.process.wait(timeout=30) == 0
