"""Messages to token ids, as training does it: rendered by the model's template, then special tokens recognised."""

from __future__ import annotations

from jinja2 import TemplateError

from forge_engine.serve.api_error import ApiError, invalid
from forge_engine.serve.host import Host
from forge_engine.serve.messages import Message


def prompt_tokens(host: Host, messages: list[Message], add_generation_prompt: bool = True) -> list[int]:
    """Raises ApiError when the model's template refuses the messages."""
    try:
        text: str = host.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=add_generation_prompt
        )
    except (TemplateError, ValueError, TypeError) as error:
        raise invalid("messages", f"The model's chat template refuses these messages: {error}") from error
    return text_tokens(host, text)


def text_tokens(host: Host, text: str) -> list[int]:
    """Special tokens are recognised, none is added."""
    return [int(token) for token in host.tokenizer(text, add_special_tokens=False)["input_ids"]]


def room_for(host: Host, prompt: list[int]) -> int:
    """Tokens that may follow the prompt. Raises `context_length_exceeded` when none may."""
    if len(prompt) < host.context_tokens:
        return host.context_tokens - len(prompt)
    raise ApiError(
        400,
        "context_length_exceeded",
        f"The prompt has {len(prompt)} tokens; the context holds {host.context_tokens}, the answer included.",
        "messages",
        "Shorten the messages, or choose a base with a longer context.",
    )
