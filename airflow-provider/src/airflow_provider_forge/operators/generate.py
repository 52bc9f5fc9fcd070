"""Many texts in one job."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowFailException, ObjectStoragePath

from ..assets.lineage import Lineage
from ..client import ForgeClient, calls
from ..client.results import Job, Json
from .base import ForgeOperator
from .task_key import TaskKey
from .values import read_mapping, read_rows

if TYPE_CHECKING:
    from airflow.sdk import Context

#: Rows larger than this (as JSON) belong into a file, not into Airflow's database.
XCOM_LIMIT_BYTES = 48 * 1024


class ForgeGenerateOperator(ForgeOperator):
    """Writes a text for each row. Give exactly one of `prompts`, `rows` with `template`, `items`, `source`.

    For shards, map it: `ForgeGenerateOperator.partial(…).expand(rows=shards.output)`.

    :param model: a deployment, a model or a base model
    :param prompts: one user message each
    :param rows: columns for `template`, also as a .json or .jsonl template file
    :param template: Jinja over the columns of a row; it is Forge's template and not rendered by Airflow
    :param system: system message for `prompts` and `rows`
    :param items: messages and metadata, as the API takes them
    :param source: any other source of the API, e.g. `products`
    :param output_path: where the rows are written as JSON lines: `s3://…`, `file:///…`, with Airflow's connection
        `output_conn_id`. Without it they are returned, up to 48 kB.

    XCom: items, failed_items, and `rows` (index, text, metadata, error) or `path`.
    """

    template_fields: Sequence[str] = (
        "model",
        "prompts",
        "rows",
        "items",
        "source",
        "output_path",
        "output_conn_id",
        *ForgeOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "prompts": "json",
        "rows": "json",
        "items": "json",
        "source": "json",
        **ForgeOperator.template_fields_renderers,
    }

    def __init__(
        self,
        *,
        model: str,
        prompts: Sequence[str] | None = None,
        rows: Sequence[Mapping[str, Any]] | str | None = None,
        template: str | None = None,
        system: str | None = None,
        items: Sequence[Mapping[str, Any]] | str | None = None,
        source: Mapping[str, Any] | None = None,
        max_tokens: int = 64,
        temperature: float = 0,
        response_format: Mapping[str, Any] | str | None = None,
        output_path: str | None = None,
        output_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.prompts = prompts
        self.rows = rows
        self.template = template
        self.system = system
        self.items = items
        self.source = source
        self.max_tokens = max_tokens
        self.temperature = temperature
        self.response_format = response_format
        self.output_path = output_path
        self.output_conn_id = output_conn_id

    def execute(self, context: Context) -> Any:
        """Starts or finds the job, then waits for it. Raises AirflowFailException unless one source is given."""
        given = [name for name in ("prompts", "rows", "items", "source") if getattr(self, name) is not None]
        if len(given) != 1:
            raise AirflowFailException(
                f"Give exactly one of prompts, rows, items, source (got {', '.join(given) or 'none'})."
            )
        if self.rows is not None and not self.template:
            raise AirflowFailException("rows need a template, e.g. template='Write a text about {{ title }}.'")
        return super().execute(context)

    def start(self, client: ForgeClient, key: TaskKey, options: Mapping[str, Any]) -> Job:
        """Makes the job. Raises ForgeError."""
        input = {
            "model": self.model,
            "source": self._source(),
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "response_format": read_mapping("response_format", self.response_format),
        }
        return client.send(calls.start_job("generate", input, options=options, idempotency_key=key.idempotency_key))

    def result_of(self, client: ForgeClient, job: Job) -> dict[str, Any]:
        """The rows, or where they are. Raises AirflowFailException where they are too large for XCom."""
        generation = client.send(calls.get_generation(job.id))
        rows = generation.rows or []
        result: dict[str, Any] = {"items": generation.items, "failed_items": generation.failed_items}
        if self.output_path is not None:
            _write(ObjectStoragePath(self.output_path, conn_id=self.output_conn_id), rows)
            return {**result, "path": self.output_path}
        small = [{name: row.get(name) for name in ("index", "text", "metadata", "error")} for row in rows]
        size = len(json.dumps(small, ensure_ascii=False).encode())
        if size > XCOM_LIMIT_BYTES:
            raise AirflowFailException(
                f"The {len(rows)} rows of Forge job {job.id} take {size} bytes; XCom gets {XCOM_LIMIT_BYTES} at most.\n"
                "What to do: set output_path; the texts are kept at Forge and fetched by GET /v1/generations/"
                f"{job.id}."
            )
        return {**result, "rows": small}

    def model_of(self, result: Mapping[str, Any]) -> str | None:
        """The model that writes."""
        return self.model

    def lineage_of(self, result: Mapping[str, Any]) -> Lineage:
        """From the model or deployment to the file, if there is one."""
        path = result.get("path")
        return Lineage(inputs=(f"models/{self.model}",), outputs=() if path is None else (str(path),))

    def _source(self) -> Mapping[str, Any]:
        if self.prompts is not None:
            return {"type": "items", "items": [{"messages": self._messages(prompt)} for prompt in self.prompts]}
        if self.rows is not None:
            rows = read_rows("rows", self.rows)
            return {"type": "rows", "template": self.template, "system": self.system, "rows": rows}
        if self.items is not None:
            return {"type": "items", "items": read_rows("items", self.items)}
        return dict(self.source or {})

    def _messages(self, prompt: str) -> list[dict[str, str]]:
        system = [] if self.system is None else [{"role": "system", "content": self.system}]
        return [*system, {"role": "user", "content": prompt}]


def _write(path: Any, rows: Sequence[Json]) -> None:
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for row in rows:
            file.write(f"{json.dumps(row, ensure_ascii=False)}\n".encode())
