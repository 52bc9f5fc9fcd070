"""The base in memory, and one served model for it and for each adapter."""

from __future__ import annotations

import functools
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from forge_engine.base_model import load_model, load_tokenizer
from forge_engine.errors import EngineError, classify
from forge_engine.placement import fast_bfloat16
from forge_engine.serve.adapters import Layers, install_hooks, read_layers
from forge_engine.serve.api_error import ApiError
from forge_engine.serve.turns import Places, Turns

_MOST_WAITING = 64


class HostError(Exception):
    """A control command that could not be carried out; `code` goes into the `failed` event."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class Served:
    """The base, or the base with one adapter."""

    name: str
    layers: Layers | None
    places: Places
    created: int = field(default_factory=lambda: int(time.time()))
    prompt_tokens: int = 0
    generated_tokens: int = 0


class Host:
    """Loads a base once; adapters come and go while requests run."""

    def __init__(self, folder: Path, base: str, context_tokens: int, sequences: int) -> None:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            self.tokenizer = load_tokenizer(folder)
            self.model = load_model(folder, _type_for(folder, device), device, packed=False)
        except Exception as error:
            found = classify(error)
            raise HostError(found.code, found.message) from error
        self.model.requires_grad_(False)
        self.model.eval()
        install_hooks(self.model)
        self.ends = _end_tokens(self.model, self.tokenizer)
        self._forget_defaults()
        self._take_turns()
        trained = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        self.context_tokens = min(context_tokens, trained or context_tokens)
        self.vocabulary = int(self.model.get_input_embeddings().num_embeddings)
        self.base, self._sequences = base, sequences
        self._guard = threading.Lock()
        self._served = {base: self._new(base, None)}

    def _new(self, name: str, layers: Layers | None) -> Served:
        return Served(name, layers, Places(self._sequences, _MOST_WAITING))

    def _forget_defaults(self) -> None:
        """A base's own sampling defaults would slip into requests that did not ask for them."""
        from transformers import GenerationConfig

        first, *_ = self.ends or [0]
        self.model.generation_config = GenerationConfig(eos_token_id=self.ends or None, pad_token_id=first)

    def _take_turns(self) -> None:
        """Requests compute one token each in turn: two at once would fight for the same cores."""
        turns, forward = Turns(), self.model.forward

        @functools.wraps(forward)
        def in_turn(*arguments: Any, **named: Any) -> Any:
            with turns:
                return forward(*arguments, **named)

        self.model.forward = in_turn

    def get(self, name: object) -> Served:
        """The base or adapter of that name. Raises 404 `model_not_found`."""
        with self._guard:
            served = self._served.get(name) if isinstance(name, str) else None
            names = ", ".join(self._served)
        if served is not None:
            return served
        raise ApiError(404, "model_not_found", f"No model named {name!r} is served here.", "model", f"Served: {names}.")

    def all(self) -> list[Served]:
        """All served models, base first."""
        with self._guard:
            return list(self._served.values())

    def add_adapter(self, name: str, folder: Path) -> None:
        """Raises HostError `adapter_exists`, `adapter_not_loadable` or `out_of_memory`."""
        with self._guard:
            if name in self._served:
                raise HostError("adapter_exists", f"A model named {name} is served already; remove it first.")
        try:
            layers = read_layers(self.model, folder)
        except EngineError as error:
            raise HostError("adapter_not_loadable", error.message) from error
        except Exception as error:
            found = classify(error)
            raise HostError(found.code, found.message) from error
        with self._guard:
            self._served[name] = self._new(name, layers)

    def remove_adapter(self, name: str) -> None:
        """New requests are refused at once; returns when running ones have ended. Raises `adapter_unknown`."""
        with self._guard:
            served = None if name == self.base else self._served.pop(name, None)
        if served is None:
            raise HostError("adapter_unknown", f"No adapter named {name} is served; it may be removed already.")
        served.places.drained()


def _type_for(folder: Path, device: torch.device) -> torch.dtype:
    """The type of the weights, unless that is a half that this machine multiplies slowly."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    if config.dtype in (torch.float16, torch.bfloat16) and (device.type == "cuda" or fast_bfloat16(device)):
        return torch.bfloat16
    return torch.float32


def _end_tokens(model: Any, tokenizer: Any) -> list[int]:
    """What ends an answer: what the model's own settings say, and the tokenizer's end of text."""
    told = getattr(model.generation_config, "eos_token_id", None)
    ends = told if isinstance(told, list) else [told]
    return sorted({int(end) for end in [*ends, tokenizer.eos_token_id] if end is not None})
