"""Ingest, fine-tune, evaluate, deploy and generate as one job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowFailException

from ..assets.lineage import Lineage
from ..client import ForgeClient, calls
from ..client.results import Job
from .base import ForgeOperator
from .ingest import upload
from .recipe_file import to_recipe
from .task_key import TaskKey
from .values import read_mapping


class ForgeRecipeOperator(ForgeOperator):
    """Runs a recipe, the same file that `forge run` takes (docs/recipes.md).

    :param recipe: a mapping, or the name of a .yaml template file beside the DAG. Airflow renders it: put Jinja that is
        Forge's (`ingest.mapping`) between `{% raw %}` and `{% endraw %}`. Files that it names are not rendered.
    :param folder: where the files that it names are: a path or an address such as `s3://…`; None = beside the DAG
    :param folder_conn_id: Airflow's connection for `folder`

    XCom: name, steps (name to job id), and what the steps made: dataset_version_id, model_id, passed, deployment_id …
    """

    template_fields: Sequence[str] = ("recipe", "folder", "folder_conn_id", *ForgeOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "recipe": "yaml",
        **ForgeOperator.template_fields_renderers,
    }

    def __init__(
        self,
        *,
        recipe: Mapping[str, Any] | str,
        folder: str | None = None,
        folder_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.recipe = recipe
        self.folder = folder
        self.folder_conn_id = folder_conn_id

    def start(self, client: ForgeClient, key: TaskKey, options: Mapping[str, Any]) -> Job:
        """Sends its files, then starts it. Raises ForgeError, AirflowFailException for a file that is not there."""
        recipe = read_mapping("recipe", self.recipe)
        if recipe is None:
            raise AirflowFailException("recipe is empty.")
        folder = self.folder or self._dag_folder()

        def send(name: str) -> str:
            return upload(client, key, f"{folder.rstrip('/')}/{name}", self.folder_conn_id)

        body = to_recipe(recipe, folder, self.folder_conn_id, send)
        run = client.send(calls.apply_recipe(body, options=options, idempotency_key=key.idempotency_key))
        return client.send(calls.get_job(run.id))

    def result_of(self, client: ForgeClient, job: Job) -> dict[str, Any]:
        """What the steps made, gathered."""
        run = client.send(calls.get_recipe_run(job.id))
        made: dict[str, Any] = {}
        for step in run.steps:
            result = client.send(calls.get_job(str(step["job_id"]))).result or {}
            made.update({name: value for name, value in result.items() if name in _kept})
        return {"name": run.name, "steps": {step["name"]: step["job_id"] for step in run.steps}, **made}

    def model_of(self, result: Mapping[str, Any]) -> str | None:
        """The model that was made."""
        return result.get("model_id")

    def lineage_of(self, result: Mapping[str, Any]) -> Lineage:
        """To what its steps made."""
        kinds = {"dataset_version_id": "dataset_versions", "model_id": "models", "deployment_id": "deployments"}
        return Lineage(outputs=tuple(f"{kind}/{result[name]}" for name, kind in kinds.items() if name in result))

    def _dag_folder(self) -> str:
        return str(Path(self.dag.fileloc).parent)


_kept = frozenset(
    {"dataset_id", "dataset_version_id", "model_id", "evaluation_id", "passed", "deployment_id", "generation"}
)
