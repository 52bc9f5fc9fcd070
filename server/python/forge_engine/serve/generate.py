"""One answer, piece by piece.

Transformers' own `generate` drives the model, so every architecture keeps the cache it needs. The choice of a token is
ours: each request has its own random numbers, and the probabilities told are the model's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from forge_engine.serve.adapters import using
from forge_engine.serve.api_error import ClientGone
from forge_engine.serve.chat_request import Plan
from forge_engine.serve.host import Host, Served
from forge_engine.serve.prompt import room_for
from forge_engine.serve.sampling import Sampler
from forge_engine.serve.text_stream import TextStream

# OpenAI's number for "practically impossible"; JSON has no minus infinity
_IMPOSSIBLE = -9999.0


@dataclass
class Piece:
    """Text that became certain, and the log probabilities (nats) of the tokens since the piece before."""

    text: str
    logprobs: list[dict[str, Any]]


@dataclass
class Ending:
    """`tokens` counts all generated ones, without the end-of-text token."""

    tokens: int
    reason: str


@dataclass
class _Answer:
    """The state of one generation: what `generate` of Transformers calls back after each token."""

    host: Host
    served: Served
    plan: Plan
    limit: int
    on_piece: Callable[[Piece], None]
    is_gone: Callable[[], bool]
    tokens: int = 0
    reason: str = "stop"
    logprobs: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sampler = Sampler(self.plan.sampling)
        self.text = TextStream(self._decode, self.plan.stops)

    def _decode(self, tokens: list[int]) -> str:
        text: str = self.host.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def choose(self, _: Tensor, scores: Tensor) -> Tensor:
        """Scores that leave exactly the chosen token."""
        logits = scores[0].float().cpu()
        token = self.sampler.choose(logits)
        if self.plan.logprobs and token not in self.host.ends:
            self.logprobs.append(self._describe(logits, token))
        return torch.full_like(scores, -math.inf).index_fill_(1, torch.tensor([token], device=scores.device), 0.0)

    def stop(self, tokens: Tensor, _: Any, **__: Any) -> Tensor:
        """Takes the newest token in, and tells whether it was the last."""
        over = self._take(int(tokens[0, -1]))
        return torch.full((tokens.shape[0],), over, device=tokens.device)

    def _take(self, token: int) -> bool:
        if self.is_gone():
            raise ClientGone
        if token in self.host.ends:
            return True
        self.tokens += 1
        self.served.generated_tokens += 1
        piece = self.text.push(token)
        over = self.text.stopped or self.tokens >= self.limit
        if over and not self.text.stopped:
            self.reason = "length"
        if piece or over:
            self._tell(piece)
        return over

    def _tell(self, text: str) -> None:
        told, self.logprobs = self.logprobs, []
        self.on_piece(Piece(text, told))

    def end(self) -> Ending:
        """Text that was held back may turn out to hold a stop string only when its last character is complete."""
        self._tell(self.text.end())
        return Ending(self.tokens, "stop" if self.text.stopped else self.reason)

    def _describe(self, logits: Tensor, token: int) -> dict[str, Any]:
        shares = logits.log_softmax(-1)
        top = shares.topk(self.plan.top_logprobs) if self.plan.top_logprobs else None
        alternatives = [] if top is None else zip(top.values.tolist(), top.indices.tolist(), strict=True)
        return {
            **self._entry(token, float(shares[token])),
            "top_logprobs": [self._entry(other, share) for share, other in alternatives],
        }

    def _entry(self, token: int, logprob: float) -> dict[str, Any]:
        text: str = self.host.tokenizer.decode([token], clean_up_tokenization_spaces=False)
        # part of a character has no text of its own
        spelled = None if "\ufffd" in text else list(text.encode())
        return {"token": text, "logprob": logprob if logprob > -math.inf else _IMPOSSIBLE, "bytes": spelled}


def generate(
    host: Host,
    served: Served,
    prompt: list[int],
    plan: Plan,
    on_piece: Callable[[Piece], None],
    is_gone: Callable[[], bool],
) -> Ending:
    """Generates until the model, a stop text, the limit or the context ends it. Raises ClientGone within one token."""
    from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

    room = room_for(host, prompt)
    limit = room if plan.max_tokens is None else min(plan.max_tokens, room)
    with served.places.place(is_gone), using(served.layers), torch.inference_mode():
        answer = _Answer(host, served, plan, limit, on_piece, is_gone)
        served.prompt_tokens += len(prompt)
        ids = torch.tensor([prompt], device=host.model.device)
        host.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            generation_config=GenerationConfig(max_new_tokens=limit, do_sample=False),
            logits_processor=LogitsProcessorList([answer.choose]),
            stopping_criteria=StoppingCriteriaList([answer.stop]),
        )
        return answer.end()


def score(
    host: Host, served: Served, prompt: list[int], continuation: list[int], is_gone: Callable[[], bool]
) -> tuple[list[float], list[int]]:
    """Log probabilities (nats) of a given continuation, and the likeliest token at each place. For tests."""
    room_for(host, prompt + continuation)
    with served.places.place(is_gone), using(served.layers), torch.inference_mode():
        ids = torch.tensor([prompt + continuation[:-1]], device=host.model.device)
        logits = host.model(input_ids=ids, use_cache=False).logits[0, len(prompt) - 1 :].float()
        served.prompt_tokens += ids.shape[1]
        shares = logits.log_softmax(-1)
        wanted = torch.tensor(continuation, device=shares.device)[:, None]
        return shares.gather(1, wanted)[:, 0].tolist(), logits.argmax(-1).tolist()
