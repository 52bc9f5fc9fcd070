"""The wire of `server/engines/protocol.ts`: what a `run` may ask, read strictly, and where events go.

Unknown keys are ignored, absent ones take the protocol's defaults, a wrong value is named with its path.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal

Event = dict[str, Any]


def number(
    default: Any = dataclasses.MISSING, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf
) -> Any:
    """A dataclass field for a number: greater than `above`, from `least` to `most`."""
    return field(default=default, metadata={"above": above, "least": least, "most": most})


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """How to train. Meaning and defaults are those of protocol.ts."""

    epochs: float = number(1.0, above=0, most=100)
    learning_rate: float = number(1e-3, above=0, most=0.1)
    batch_size: int = number(8, above=0, most=1024)
    lora_rank: int = number(16, above=0, most=512)
    lora_alpha: float = number(32.0, above=0, most=4096)
    max_length: int = number(1024, least=16, most=131_072)
    warmup_ratio: float = number(0.05, least=0, most=1)
    weight_decay: float = number(0.0, least=0, most=1)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    max_steps: int | None = number(None, above=0)
    early_stopping_patience: int | None = number(None, above=0)
    seed: int = number(42, least=0, most=2**31 - 1)


@dataclass(frozen=True, kw_only=True)
class FineTuneParams:
    """One fine-tuning run."""

    base_model_dir: str
    train_path: str
    validation_path: str | None
    output_dir: str
    checkpoint_dir: str
    resume_from: str | None
    hyperparameters: Hyperparameters
    on_too_long: Literal["truncate", "drop", "fail"] = "truncate"
    micro_batch_divisor: int = number(1, above=0)
    checkpoint_interval_seconds: float = number(60.0, above=0)
    ranks: int | None = number(None, above=0)
    initial_adapter_dir: str | None = None
    method: Literal["lora", "full"] = "lora"


@dataclass(frozen=True, kw_only=True)
class LossParams:
    """Mean loss on completion tokens, for the base or the base plus an adapter."""

    base_model_dir: str
    adapter_dir: str | None
    data_path: str
    max_length: int = number(above=0)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A text to judge and the text it should be."""

    hypothesis: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class ChrfParams:
    """Pairs to compare by chrF; at least one."""

    pairs: list[Pair]


Params = FineTuneParams | LossParams | ChrfParams
operations: dict[str, type[Params]] = {"fine_tune": FineTuneParams, "loss": LossParams, "chrf": ChrfParams}


def read_params(op: str, raw: object) -> Params:
    """Reads the `params` of a `run`. Raises ValueError naming the path and what was expected there."""
    if op not in operations:
        raise ValueError(f"op is {op!r}; this engine knows {', '.join(operations)}")
    params: Params = _read(operations[op], raw, "params", {})
    if isinstance(params, ChrfParams) and not params.pairs:
        raise ValueError("params.pairs is empty; at least one pair is needed")
    return params


def _read(expected: Any, value: Any, path: str, limits: typing.Mapping[str, float]) -> Any:
    """`value` as the annotated type `expected`; dataclasses recurse."""
    origin, arguments = typing.get_origin(expected), typing.get_args(expected)
    if origin is types.UnionType:
        if value is None:
            return None
        (expected,) = [argument for argument in arguments if argument is not type(None)]
        return _read(expected, value, path, limits)
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"{path} is {value!r}; expected one of {', '.join(arguments)}")
        return value
    if origin is list:
        if not isinstance(value, list):
            raise ValueError(f"{path} is {value!r}; expected a list")
        return [_read(arguments[0], item, f"{path}[{index}]", {}) for index, item in enumerate(value)]
    if dataclasses.is_dataclass(expected):
        return _read_object(typing.cast(type[Any], expected), value, path)
    if expected is float and type(value) is int:
        value = float(value)
    if expected is int and type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not expected:  # not isinstance: True is an int
        raise ValueError(f"{path} is {value!r}; expected {expected.__name__}")
    if limits and not (value > limits["above"] and limits["least"] <= value <= limits["most"]):
        raise ValueError(f"{path} is {value!r}; expected > {limits['above']}, {limits['least']} to {limits['most']}")
    return value


def _read_object(shape: type[Any], value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{path} is {value!r}; expected an object")
    hints = typing.get_type_hints(shape)
    read: dict[str, Any] = {}
    for item in dataclasses.fields(shape):
        if item.name in value:
            read[item.name] = _read(hints[item.name], value[item.name], f"{path}.{item.name}", item.metadata)
        elif item.default is dataclasses.MISSING:
            raise ValueError(f"{path}.{item.name} is missing")
    return shape(**read)


def line(event: Event) -> bytes:
    """An event as it goes over the wire. NaN and infinity are not JSON and raise ValueError."""
    return json.dumps(event, allow_nan=False, ensure_ascii=False).encode() + b"\n"


def failed(code: str, message: str) -> Event:
    """The event that ends a run badly."""
    return {"type": "failed", "code": code, "message": message}


def log(level: Literal["info", "warning", "error"], message: str) -> Event:
    """Something worth a line in the job's log."""
    return {"type": "log", "level": level, "message": message}
