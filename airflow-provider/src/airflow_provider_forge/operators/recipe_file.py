"""A recipe as people write it, turned into what `POST /v1/recipes` takes: paths become contents and file ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, ObjectStoragePath

from .values import read_mapping

# keys of the file that the API has elsewhere
_not_options = frozenset({"source", "prompt", "system", "columns", "fact_columns"})


def to_recipe(
    recipe: Mapping[str, Any], folder: str, conn_id: str | None, send: Callable[[str], str]
) -> dict[str, Any]:
    """The body; a recipe that names `file_ids` is one already. `send` uploads a file and gives its id."""
    ingest = recipe.get("ingest")
    if not isinstance(ingest, dict):
        raise AirflowFailException("recipe.ingest is missing; docs/recipes.md shows a recipe.")
    if "file_ids" in ingest:
        return dict(recipe)

    def text(name: Any) -> str | None:
        if name is None:
            return None
        path = ObjectStoragePath(f"{folder.rstrip('/')}/{name}", conn_id=conn_id)
        if not path.exists():
            raise AirflowFailException(f"The recipe names {name}, which is not in {folder}.")
        return str(path.read_text())

    source = ingest.get("source")
    sources = [source] if isinstance(source, str) else list(source or [])
    if not sources:
        raise AirflowFailException("recipe.ingest.source is missing: name the file with the data.")
    texts = {name: ingest[name] for name in ("columns", "fact_columns") if name in ingest}
    prompt = text(ingest.get("prompt"))
    if prompt is not None:
        texts["prompt_template"] = prompt
    system = text(ingest.get("system"))
    if system is not None:
        texts["system_template"] = system
    options = {name: value for name, value in ingest.items() if name not in _not_options}
    body: dict[str, Any] = {
        "name": recipe.get("name"),
        "ingest": {
            "file_ids": [send(name) for name in sources],
            # the file's default differs from the API's
            "options": {"validation_split": 0.1, **options, "product_texts": texts},
        },
        "fine_tune": recipe.get("fine_tune", {}),
    }
    evaluate = recipe.get("evaluate")
    if isinstance(evaluate, dict):
        rules = read_mapping("recipe.evaluate.rules", text(evaluate.get("rules")))
        body["evaluate"] = {**evaluate, "rules": rules}
    if recipe.get("deploy") is not None:
        body["deploy"] = recipe["deploy"]
    generate = recipe.get("generate")
    if isinstance(generate, dict):
        body["generate"] = _generate(generate, ingest, text(generate.get("prompt")) or prompt, send)
    return body


def _generate(
    generate: Mapping[str, Any], ingest: Mapping[str, Any], prompt: str | None, send: Callable[[str], str]
) -> dict[str, Any]:
    if prompt is None:
        raise AirflowFailException("recipe.generate needs a prompt: set generate.prompt or ingest.prompt.")
    kept = {name: value for name, value in generate.items() if name not in ("source", "prompt")}
    return {
        "format": ingest.get("format", "auto"),
        "fact_columns": ingest.get("fact_columns", {}),
        **kept,
        "file_id": send(str(generate.get("source"))),
        "prompt_template": prompt,
    }
