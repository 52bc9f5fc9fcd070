"""Chat messages: plain texts of known roles."""

from __future__ import annotations

import json
from typing import Any

from forge_engine.serve.api_error import invalid, unsupported

Message = dict[str, str]
_TOOLS = "Choose a base model that the CPU engine serves: it calls tools."


def read_messages(value: Any) -> list[Message]:
    """Messages with text contents. Raises ApiError for images, tools and unknown roles."""
    if not isinstance(value, list) or not value:
        raise invalid("messages", "messages must be a list with at least one message.")
    return [_read_message(message, f"messages[{index}]") for index, message in enumerate(value)]


def _read_message(message: Any, at: str) -> Message:
    if not isinstance(message, dict):
        raise invalid(at, f"{at} must be an object with role and content.")
    role = message.get("role")
    if message.get("tool_calls") or role == "tool":
        raise unsupported(f"{at}.role", role, _TOOLS)
    if role == "developer":  # OpenAI's newer name of the system role; templates know only the older one
        role = "system"
    if role not in ("system", "user", "assistant"):
        raise invalid(f"{at}.role", f"{at}.role is {json.dumps(role)}; use system, user or assistant.")
    return {"role": role, "content": _read_content(message.get("content"), f"{at}.content")}


def _read_content(content: Any, at: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise invalid(at, f"{at} must be a text or a list of text parts.")
    texts = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind != "text":
            raise unsupported(f"{at}.type", kind, "This model reads text only.")
        if not isinstance(part.get("text"), str):
            raise invalid(f"{at}.text", f"{at}.text must be a text.")
        texts.append(part["text"])
    return "\n".join(texts)
