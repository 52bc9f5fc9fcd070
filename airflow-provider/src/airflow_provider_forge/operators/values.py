"""Reads what a DAG gives: values as they are, or text of a template file (.json, .yaml, .jsonl)."""

from __future__ import annotations

import json
from typing import Any, TypeGuard

import yaml
from airflow.providers.common.compat.sdk import AirflowFailException


def is_location(value: Any) -> TypeGuard[str]:
    """Whether a text is an address or an absolute path, not the name of a template file."""
    return isinstance(value, str) and "\n" not in value and ("://" in value or value.startswith("/"))


def read_mapping(name: str, value: Any) -> dict[str, Any] | None:
    """A mapping, given as one or as JSON or YAML. Raises AirflowFailException naming the argument."""
    if isinstance(value, str):
        try:
            value = yaml.safe_load(value)
        except yaml.YAMLError as cause:
            raise AirflowFailException(f"{name} is neither JSON nor YAML: {cause}") from cause
    if value is None or isinstance(value, dict):
        return value
    raise AirflowFailException(f"{name} must be a mapping (got {type(value).__name__}).")


def read_rows(name: str, value: Any) -> list[dict[str, Any]]:
    """Rows, given as a list or as JSON or JSON lines. Raises AirflowFailException naming the argument and line."""
    if isinstance(value, str):
        value = _parse(name, value)
    rows = list(value) if isinstance(value, (list, tuple)) else None
    if not rows:
        raise AirflowFailException(f"{name} must be a list with at least one row (got {_shown(value)}).")
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise AirflowFailException(f"{name}[{index}] must be a mapping (got {_shown(row)}).")
    return rows


def _parse(name: str, text: str) -> Any:
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except json.JSONDecodeError as cause:
            raise AirflowFailException(f"{name} is no JSON: {cause}") from cause
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError as cause:
                raise AirflowFailException(f"{name} line {number} is no JSON: {cause}") from cause
    return rows


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {str(value)[:80]!r}"
