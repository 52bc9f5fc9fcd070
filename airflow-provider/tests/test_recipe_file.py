from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_forge.operators.recipe_file import to_recipe

folder = Path(__file__).resolve().parents[2] / "examples" / "ecommerce-content"
recipe = yaml.safe_load((folder / "recipe.yaml").read_text())


def test_the_example_becomes_what_the_api_takes() -> None:
    sent: list[str] = []

    def send(name: str) -> str:
        sent.append(name)
        return f"file_{len(sent)}"

    body = to_recipe(recipe, str(folder), None, send)
    assert sent == ["catalogue.csv", "new-products.csv"]
    assert body["ingest"]["file_ids"] == ["file_1"]
    options = body["ingest"]["options"]
    assert options["format"] == "shopify-products"
    assert options["product_texts"]["prompt_template"] == (folder / "templates" / "product.md").read_text()
    assert len(options["product_texts"]["columns"]) == 9
    assert {"source", "prompt", "columns"}.isdisjoint(options)
    assert body["evaluate"]["rules"] == yaml.safe_load((folder / "brand-rules.yaml").read_text())
    assert body["generate"]["file_id"] == "file_2"
    assert body["generate"]["format"] == "shopify-products"
    assert body["generate"]["prompt_template"] == options["product_texts"]["prompt_template"]


def test_a_recipe_of_the_api_is_taken_as_it_is() -> None:
    given = {"name": "x", "ingest": {"file_ids": ["file_1"], "options": {}}, "fine_tune": {}}
    assert to_recipe(given, "/none", None, lambda name: name) == given


def test_a_file_that_is_missing_is_named() -> None:
    given = {"name": "x", "ingest": {"source": "a.csv", "prompt": "none.md"}}
    with pytest.raises(AirflowFailException, match=r"none\.md"):
        to_recipe(given, str(folder), None, lambda name: name)
