"""A job of any kind, as `POST /v1/jobs` takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..client import ForgeClient, calls
from ..client.results import Job
from .base import ForgeOperator
from .task_key import TaskKey
from .values import read_mapping


class ForgeJobOperator(ForgeOperator):
    """Starts a job of a kind that has no operator of its own, or with an input of one's own.

    :param kind: ingest, fine-tune, evaluate, deploy, generate, sleep
    :param input: as the API takes it
    """

    template_fields: Sequence[str] = ("kind", "input", *ForgeOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "input": "json",
        **ForgeOperator.template_fields_renderers,
    }

    def __init__(self, *, kind: str, input: Mapping[str, Any] | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.input = input

    def start(self, client: ForgeClient, key: TaskKey, options: Mapping[str, Any]) -> Job:
        """Makes the job. Raises ForgeError."""
        input = read_mapping("input", self.input) or {}
        return client.send(calls.start_job(self.kind, input, options=options, idempotency_key=key.idempotency_key))
