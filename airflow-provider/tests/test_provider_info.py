from __future__ import annotations

import importlib
import json
from pathlib import Path

import airflow
import jsonschema

from airflow_provider_forge import __version__
from airflow_provider_forge.get_provider_info import get_provider_info
from airflow_provider_forge.hooks.forge import ForgeHook
from airflow_provider_forge.plugin import ForgePlugin

schemas = Path(airflow.__path__[0])


def test_the_metadata_fits_the_schema_that_airflow_checks() -> None:
    jsonschema.validate(get_provider_info(), json.loads((schemas / "provider_info.schema.json").read_text()))


def test_the_connection_form_fits_the_schema_of_providers() -> None:
    schema = json.loads((schemas / "provider.yaml.schema.json").read_text())
    types = {**schema["properties"]["connection-types"], "definitions": schema.get("definitions", {})}
    jsonschema.validate(get_provider_info()["connection-types"], types)


def test_every_name_in_it_is_there() -> None:
    info = get_provider_info()
    for part in ("hooks", "operators", "sensors", "triggers"):
        for entry in info[part]:
            for module in entry["python-modules"]:
                importlib.import_module(module)
    for path in [*info["extra-links"], info["connection-types"][0]["hook-class-name"]]:
        module, _, name = path.rpartition(".")
        getattr(importlib.import_module(module), name)
    assert ForgeHook.get_ui_field_behaviour()["relabeling"] == {"host": "Server URL", "password": "API key"}
    assert [link.name for link in ForgePlugin.operator_extra_links] == ["Forge job", "Forge model"]


def test_versions_agree() -> None:
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    assert f'version = "{__version__}"' in text
    assert get_provider_info()["versions"] == [__version__]
