"""Data into a dataset, or into a new version of one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowFailException, ObjectStoragePath

from ..assets.forge import dataset_asset, is_plain
from ..assets.lineage import Lineage
from ..client import ForgeClient, calls
from ..client.results import Job
from ..hooks.forge import ForgeHook
from .base import ForgeOperator
from .task_key import TaskKey
from .values import read_mapping, read_rows

if TYPE_CHECKING:
    from airflow.sdk import Context

_chunk_bytes = 1024 * 1024


class ForgeIngestOperator(ForgeOperator):
    """Makes a dataset, or a new version of it. Give exactly one of `rows`, `path`, `url`, `source`.

    :param dataset_name: a name that exists gets a new version
    :param rows: some rows (10,000 at most), also as a .json or .jsonl template file; more belong into a file
    :param path: a file that the worker streams to Forge: `s3://…`, `gs://…`, `file:///…`, with Airflow's connection
    :param path_conn_id: the Airflow connection for `path`
    :param url: an address that Forge fetches; `connection`: the Forge connection for it
    :param source: any other source of the API: `s3`, `sql`, `dataset`, `files`
    :param format: auto, shopify-products, woocommerce-products, openai-chat, prompt-completion, mapping
    :param options: validation_split, max_rows, deduplicate, redact_personal_data …
    :param mapping: Jinja over columns for `format='mapping'`; it is Forge's template and not rendered by Airflow
    :param product_texts: columns and prompt of product exports; not rendered by Airflow either

    XCom: dataset_id, dataset_version_id, version, rows, validation_rows.
    """

    template_fields: Sequence[str] = (
        "dataset_name",
        "rows",
        "path",
        "path_conn_id",
        "url",
        "connection",
        "source",
        "options",
        *ForgeOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "rows": "json",
        "source": "json",
        "options": "json",
        **ForgeOperator.template_fields_renderers,
    }

    def __init__(
        self,
        *,
        dataset_name: str,
        rows: Sequence[Mapping[str, Any]] | str | None = None,
        path: str | None = None,
        path_conn_id: str | None = None,
        url: str | None = None,
        connection: str | None = None,
        source: Mapping[str, Any] | None = None,
        format: str = "auto",
        options: Mapping[str, Any] | str | None = None,
        mapping: Mapping[str, str] | None = None,
        product_texts: Mapping[str, Any] | None = None,
        forge_conn_id: str = ForgeHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        asset = dataset_asset(dataset_name, forge_conn_id) if is_plain(dataset_name, forge_conn_id) else None
        super().__init__(forge_conn_id=forge_conn_id, asset=asset, **kwargs)
        self.dataset_name = dataset_name
        self.rows = rows
        self.path = path
        self.path_conn_id = path_conn_id
        self.url = url
        self.connection = connection
        self.source = source
        self.format = format
        self.options = options
        self.mapping = mapping
        self.product_texts = product_texts

    def execute(self, context: Context) -> Any:
        """Starts or finds the job, then waits for it. Raises AirflowFailException unless one source is given."""
        given = [name for name in ("rows", "path", "url", "source") if getattr(self, name) is not None]
        if len(given) != 1:
            raise AirflowFailException(
                f"Give exactly one of rows, path, url, source (got {', '.join(given) or 'none'})."
            )
        return super().execute(context)

    def start(self, client: ForgeClient, key: TaskKey, options: Mapping[str, Any]) -> Job:
        """Sends a file first, if it is one. Raises ForgeError."""
        ingest: dict[str, Any] = {"format": self.format, **(read_mapping("options", self.options) or {})}
        if self.mapping is not None:
            ingest["mapping"] = dict(self.mapping)
        if self.product_texts is not None:
            ingest["product_texts"] = dict(self.product_texts)
        input = {"name": self.dataset_name, "source": self._source(client, key), "options": ingest}
        return client.send(calls.start_job("ingest", input, options=options, idempotency_key=key.idempotency_key))

    def lineage_of(self, result: Mapping[str, Any]) -> Lineage:
        """To the version that was made."""
        return Lineage(outputs=(f"dataset_versions/{result['dataset_version_id']}",))

    def _source(self, client: ForgeClient, key: TaskKey) -> Mapping[str, Any]:
        if self.rows is not None:
            return {"type": "rows", "rows": read_rows("rows", self.rows)}
        if self.url is not None:
            return {"type": "url", "url": self.url, "connection": self.connection}
        if self.path is not None:
            return {"type": "files", "file_ids": [upload(client, key, self.path, self.path_conn_id)]}
        return dict(self.source or {})


def upload(client: ForgeClient, key: TaskKey, path: str, conn_id: str | None) -> str:
    """Streams a file to Forge and gives its id; the same bytes for the same task give the same file for a day."""
    storage = ObjectStoragePath(path, conn_id=conn_id)
    if not storage.exists():
        raise AirflowFailException(f"There is no file {path} (Airflow connection: {conn_id or 'none'}).")
    call = calls.upload_file(
        storage.name,
        _reader(storage),
        idempotency_key=f"{key.idempotency_key}-{hashlib.sha256(path.encode()).hexdigest()[:16]}",
    )
    return client.send(call).id


def _reader(storage: Any) -> Callable[[], Iterator[bytes]]:
    def chunks() -> Iterator[bytes]:
        with storage.open("rb") as file:
            while chunk := file.read(_chunk_bytes):
                yield chunk

    return chunks
