"""Chat rows from JSONL to tokens, with a mark on the tokens that are trained: what the assistant says.

Which tokens those are is found by rendering the conversation up to each assistant message with the tokenizer's own
chat template, so it holds for every template whose rendering of a message does not depend on later messages.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from forge_engine.errors import EngineError

OnTooLong = Literal["truncate", "drop", "fail"]


@dataclass(frozen=True)
class Row:
    """`labelled[i]` says that token i is to be learned; the first token never is, nothing predicts it."""

    index: int
    tokens: NDArray[np.int64]
    labelled: NDArray[np.bool_]

    @property
    def label_count(self) -> int:
        """Tokens that count towards the loss."""
        return int(self.labelled.sum())


@dataclass(frozen=True)
class RowSet:
    """The usable rows of a file and what became of the rest."""

    rows: list[Row]
    truncated: int
    dropped: int

    @property
    def fingerprint(self) -> str:
        """Changes with any token or label: a checkpoint may only go on with the rows it was made from."""
        digest = hashlib.sha256()
        for row in self.rows:
            digest.update(row.tokens.tobytes())
            digest.update(row.labelled.tobytes())
        return digest.hexdigest()


def _messages(text: str, line: int) -> list[dict[str, Any]]:
    """The messages of one line, checked."""

    def wrong(what: str) -> EngineError:
        return EngineError(
            "invalid_data", f'Row {line}: {what}. Expected {{"messages": [{{"role": "...", "content": "..."}}, ...]}}.'
        )

    try:
        row = json.loads(text)
    except ValueError as error:
        raise wrong(f"not JSON ({error})") from error
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(messages, list) or not messages:
        raise wrong("no messages")
    for position, message in enumerate(messages, 1):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise wrong(f"message {position} has no role")
        if not isinstance(message.get("content"), str):
            raise wrong(f"the content of message {position} is not text")
        if message.get("weight", 1) not in (0, 1):
            raise wrong(f"message {position} has weight {message['weight']!r}; it may be 0 or 1")
    if not any(message["role"] == "assistant" for message in messages):
        raise wrong("no assistant message to learn from")
    return messages


def _render(tokenizer: Any, messages: list[dict[str, Any]], line: int) -> tuple[str, list[tuple[int, int]]]:
    """The conversation as text, and the [start, end) characters of each assistant message that has weight."""
    plain = [{key: value for key, value in message.items() if key != "weight"} for message in messages]

    def template(count: int, *, prompt: bool = False) -> str:
        rendered: str = tokenizer.apply_chat_template(plain[:count], tokenize=False, add_generation_prompt=prompt)
        return rendered

    try:
        text = template(len(plain))
        spans = []
        for position, message in enumerate(messages):
            if message["role"] != "assistant" or message.get("weight", 1) == 0:
                continue
            before = template(position, prompt=True) if position else ""
            upto = template(position + 1)
            if not (text.startswith(upto) and upto.startswith(before)):
                raise ValueError(f"the chat template renders message {position + 1} differently in its context")
            spans.append((len(before), len(upto.rstrip())))  # a line break after the end mark teaches nothing
    except Exception as error:  # templates raise jinja errors, or whatever their author liked
        raise EngineError(
            "invalid_data", f"Row {line}: the base model's chat template refuses it: {error}. Change the row's roles."
        ) from error
    return text, spans


def read_rows(
    path: Path, tokenizer: Any, max_length: int, on_too_long: OnTooLong, keep: Literal["start", "end"] = "start"
) -> RowSet:
    """Reads and tokenizes a JSONL file of chat rows.

    A row over `max_length` tokens is cut (`keep` says which part stays), dropped, or fails with row_too_long. A row
    that has no token left to learn counts as dropped. Raises invalid_data naming the row, counted from 1.
    """
    rows: list[Row] = []
    truncated = dropped = index = 0
    with path.open(encoding="utf-8") as file:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            rendered, spans = _render(tokenizer, _messages(text, line), line)
            encoded = tokenizer(rendered, add_special_tokens=False, return_offsets_mapping=True)
            tokens = np.asarray(encoded["input_ids"], dtype=np.int64)
            starts = np.asarray([start for start, _ in encoded["offset_mapping"]], dtype=np.int64)
            labelled = np.zeros(len(tokens), dtype=np.bool_)
            for start, end in spans:
                labelled |= (starts >= start) & (starts < end)
            cut = len(tokens) > max_length
            if cut and on_too_long == "fail":
                raise EngineError(
                    "row_too_long",
                    f"Row {line} has {len(tokens)} tokens; max_length is {max_length}. "
                    "Raise max_length, shorten the row, or choose on_too_long truncate or drop.",
                )
            part = slice(None, max_length) if keep == "start" else slice(-max_length, None)
            tokens, labelled = tokens[part], labelled[part].copy()
            labelled[:1] = False
            if (cut and on_too_long == "drop") or not labelled.any():
                dropped += 1
            else:
                truncated += cut
                rows.append(Row(index, tokens, labelled))
            index += 1
    return RowSet(rows, truncated, dropped)
