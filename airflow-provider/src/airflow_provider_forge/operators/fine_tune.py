"""A model from a base model and a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..assets.forge import is_plain, model_asset
from ..assets.lineage import Lineage
from ..client import ForgeClient, calls
from ..client.results import Job
from ..hooks.forge import ForgeHook
from .base import ForgeOperator
from .task_key import TaskKey
from .values import read_mapping


class ForgeFineTuneOperator(ForgeOperator):
    """Tunes a model on a dataset.

    :param dataset: id or name (its newest version), or the id of a version: `ingest.output["dataset_version_id"]`
    :param base_model: a preset, `folder:<name>`, a Hugging Face id; or a tuned model or checkpoint to go on from
    :param suffix: becomes part of the model's name
    :param hyperparameters: epochs, learning_rate, batch_size, lora_rank, max_length …; what is left out Forge chooses
    :param on_too_long: truncate, drop or fail, for rows longer than max_length
    :param hub_connection: Forge connection for a base model behind a login

    XCom: model_id, name, trained_tokens, metrics.
    """

    template_fields: Sequence[str] = (
        "dataset",
        "base_model",
        "suffix",
        "hyperparameters",
        "hub_connection",
        *ForgeOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "hyperparameters": "json",
        **ForgeOperator.template_fields_renderers,
    }

    def __init__(
        self,
        *,
        dataset: str,
        base_model: str = "smollm2-135m-instruct",
        suffix: str | None = None,
        hyperparameters: Mapping[str, Any] | str | None = None,
        on_too_long: str = "truncate",
        checkpoint_interval_seconds: float = 60,
        hub_connection: str | None = None,
        forge_conn_id: str = ForgeHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        asset = model_asset(str(suffix), forge_conn_id) if is_plain(suffix, forge_conn_id) else None
        super().__init__(forge_conn_id=forge_conn_id, asset=asset, **kwargs)
        self.dataset = dataset
        self.base_model = base_model
        self.suffix = suffix
        self.hyperparameters = hyperparameters
        self.on_too_long = on_too_long
        self.checkpoint_interval_seconds = checkpoint_interval_seconds
        self.hub_connection = hub_connection

    def start(self, client: ForgeClient, key: TaskKey, options: Mapping[str, Any]) -> Job:
        """Makes the job. Raises ForgeError."""
        input = {
            "base_model": self.base_model,
            "data": {"type": "dataset", "dataset_version_id": self.dataset},
            "suffix": self.suffix,
            "hyperparameters": read_mapping("hyperparameters", self.hyperparameters) or {},
            "on_too_long": self.on_too_long,
            "checkpoint_interval_seconds": self.checkpoint_interval_seconds,
        }
        if self.hub_connection is not None:
            input["hub_connection"] = self.hub_connection
        return client.send(calls.start_job("fine-tune", input, options=options, idempotency_key=key.idempotency_key))

    def model_of(self, result: Mapping[str, Any]) -> str | None:
        """The model that was made."""
        return result.get("model_id")

    def lineage_of(self, result: Mapping[str, Any]) -> Lineage:
        """From the dataset and the base to the model."""
        return Lineage(
            inputs=(f"dataset_versions/{self.dataset}", f"models/{self.base_model}"),
            outputs=(f"models/{result['model_id']}",),
        )
