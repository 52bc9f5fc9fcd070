"""An OpenAI chat request, read strictly: what would change the answer and is not supported is refused."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from forge_engine.serve.api_error import invalid, unsupported
from forge_engine.serve.messages import Message, read_messages
from forge_engine.serve.sampling import Sampling

# fields that never change the output: accepted and ignored
_WITHOUT_EFFECT = frozenset(
    {
        "user",
        "metadata",
        "store",
        "service_tier",
        "safety_identifier",
        "prompt_cache_key",
        "parallel_tool_calls",
    }
)
# fields accepted only with the value that changes nothing; clients send these by default
_NEUTRAL: dict[str, Callable[[Any], bool]] = {
    "n": lambda value: value == 1 and value is not True,
    "presence_penalty": lambda value: value == 0,
    "frequency_penalty": lambda value: value == 0,
    "logit_bias": lambda value: value == {},
    "tools": lambda value: value == [],
    "functions": lambda value: value == [],
    "tool_choice": lambda value: value in ("none", "auto"),
    "modalities": lambda value: value == ["text"],
    "response_format": lambda value: value == {"type": "text"},
}
_HINTS = {
    "n": "Send n requests.",
    "tools": "Choose a base model that the CPU engine serves: it calls tools.",
    "response_format": "Choose a base that the CPU engine serves, or ask for the form in words and check the answer.",
    "frequency_penalty": "Leave it out or send 0.",
    "presence_penalty": "Leave it out or send 0.",
}


@dataclass(frozen=True)
class Plan:
    """What is asked for. `max_tokens` None: up to the context's end."""

    model: str
    messages: list[Message]
    sampling: Sampling
    max_tokens: int | None
    stops: list[str]
    stream: bool
    include_usage: bool
    logprobs: bool
    top_logprobs: int


def read_chat_request(body: Any) -> Plan:
    """Defaults: temperature 1, top_p 1, everything up to the context's end. Raises ApiError naming the field."""
    if not isinstance(body, dict):
        raise invalid(None, "The body must be a JSON object.")
    read: dict[str, Any] = {}
    for field, value in body.items():
        if value is None or field in _WITHOUT_EFFECT:
            continue
        if field in _READERS:
            read[field] = _READERS[field](value)
        elif field not in _NEUTRAL or not _NEUTRAL[field](value):
            raise unsupported(field, value, _HINTS.get(field, "Leave the field out."))
    for field in ("model", "messages"):
        if field not in read:
            raise invalid(field, f"{field} is missing.")
    if read.get("top_logprobs", 0) > 0 and not read.get("logprobs"):
        raise invalid("top_logprobs", "top_logprobs needs logprobs: true.")
    return Plan(
        model=read["model"],
        messages=read["messages"],
        sampling=Sampling(
            temperature=read.get("temperature", 1.0),
            top_p=read.get("top_p", 1.0),
            top_k=read.get("top_k", 0),
            min_p=read.get("min_p", 0.0),
            seed=read.get("seed"),
        ),
        max_tokens=read.get("max_completion_tokens", read.get("max_tokens")),
        stops=read.get("stop", []),
        stream=read.get("stream", False),
        include_usage=read.get("stream_options", {}).get("include_usage") is True,
        logprobs=read.get("logprobs", False),
        top_logprobs=read.get("top_logprobs", 0),
    )


def _text(field: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if isinstance(value, str):
            return value
        raise invalid(field, f"{field} must be a text, not {json.dumps(value)[:80]}.")

    return read


def _boolean(field: str) -> Callable[[Any], bool]:
    def read(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise invalid(field, f"{field} must be true or false, not {json.dumps(value)[:80]}.")

    return read


def _number(field: str, least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if type(value) in (int, float) and least <= value <= most:
            return float(value)
        raise invalid(field, f"{field} is {json.dumps(value)[:80]}; it must be a number from {least} to {most}.")

    return read


def _integer(field: str, least: int, most: float) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is int and least <= value <= most:
            return value
        raise invalid(field, f"{field} is {json.dumps(value)[:80]}; it must be a whole number from {least} to {most}.")

    return read


def _stops(value: Any) -> list[str]:
    stops = value if isinstance(value, list) else [value]
    if len(stops) > 16:
        raise invalid("stop", f"stop has {len(stops)} texts; at most 16 are allowed.")
    for stop in stops:
        if _text("stop")(stop) == "":
            raise invalid("stop", "stop must not be an empty text.")
    return stops


def _stream_options(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid("stream_options", "stream_options must be an object.")
    for key in value:
        if key not in ("include_usage", "include_obfuscation"):
            raise unsupported(f"stream_options.{key}", value[key], "Leave it out.")
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "model": _text("model"),
    "messages": read_messages,
    "max_tokens": _integer("max_tokens", 1, math.inf),
    "max_completion_tokens": _integer("max_completion_tokens", 1, math.inf),
    "temperature": _number("temperature", 0, 2),
    "top_p": _number("top_p", sys.float_info.min, 1),
    "top_k": _integer("top_k", 0, math.inf),
    "min_p": _number("min_p", 0, 1),
    "seed": _integer("seed", 0, 2**32 - 1),
    "stop": _stops,
    "stream": _boolean("stream"),
    "stream_options": _stream_options,
    "logprobs": _boolean("logprobs"),
    "top_logprobs": _integer("top_logprobs", 0, 20),
}
