"""POST /v1/chat/completions, as one JSON answer or as server-sent events."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from forge_engine.serve.chat_request import Plan, read_chat_request
from forge_engine.serve.generate import Ending, Piece, generate
from forge_engine.serve.host import Host
from forge_engine.serve.prompt import prompt_tokens


class Connection(Protocol):
    """What an answer needs of the client's connection."""

    def is_gone(self) -> bool:
        """Whether the client closed it."""
        ...

    def begin_stream(self) -> None:
        """Sends the headers of an answer whose length is not known."""
        ...

    def send(self, data: bytes) -> None:
        """Sends a part of that answer. Raises ClientGone."""
        ...

    def end_stream(self) -> None:
        """Ends that answer."""
        ...


def chat_completions(host: Host, body: Any, connection: Connection) -> dict[str, Any] | None:
    """The whole answer, or None when it was streamed. Raises ApiError and ClientGone."""
    plan = read_chat_request(body)
    served = host.get(plan.model)
    prompt = prompt_tokens(host, plan.messages)
    head = {"id": f"chatcmpl-{uuid.uuid4()}", "created": int(time.time()), "model": plan.model}

    def run(on_piece: Callable[[Piece], None]) -> Ending:
        return generate(host, served, prompt, plan, on_piece, connection.is_gone)

    if plan.stream:
        _stream(head, plan, len(prompt), run, connection)
        return None
    return _whole(head, plan, len(prompt), run)


def _whole(
    head: dict[str, Any], plan: Plan, prompt: int, run: Callable[[Callable[[Piece], None]], Ending]
) -> dict[str, Any]:
    pieces: list[Piece] = []
    ending = run(pieces.append)
    logprobs = [entry for piece in pieces for entry in piece.logprobs]
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "".join(piece.text for piece in pieces), "refusal": None},
        "finish_reason": ending.reason,
        "logprobs": {"content": logprobs} if plan.logprobs else None,
    }
    return {**head, "object": "chat.completion", "choices": [choice], "usage": _usage(prompt, ending.tokens)}


def _stream(
    head: dict[str, Any],
    plan: Plan,
    prompt: int,
    run: Callable[[Callable[[Piece], None]], Ending],
    connection: Connection,
) -> None:
    begun = False

    def event(choices: list[dict[str, Any]], **rest: Any) -> None:
        chunk = {**head, "object": "chat.completion.chunk", "choices": choices, **rest}
        connection.send(b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n")

    def delta(content: dict[str, Any], reason: str | None, logprobs: list[dict[str, Any]]) -> None:
        told = {"content": logprobs} if logprobs else None
        # with include_usage every chunk has the field, null until the last one
        rest = {"usage": None} if plan.include_usage else {}
        event([{"index": 0, "delta": content, "finish_reason": reason, "logprobs": told}], **rest)

    def on_piece(piece: Piece) -> None:
        nonlocal begun
        if not begun:  # headers leave with the first token: until then the gateway may try another replica
            begun = True
            connection.begin_stream()
            delta({"role": "assistant", "content": ""}, None, [])
        if piece.text or piece.logprobs:
            delta({"content": piece.text}, None, piece.logprobs)

    ending = run(on_piece)
    delta({}, ending.reason, [])
    if plan.include_usage:
        event([], usage=_usage(prompt, ending.tokens))
    connection.send(b"data: [DONE]\n\n")
    connection.end_stream()


def _usage(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
