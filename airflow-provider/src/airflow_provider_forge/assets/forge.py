"""Forge's things as Airflow assets: schedule a DAG on them, or name them as outlets.

Ingest, Fine-Tune and Deploy emit theirs by themselves where the name stands in the DAG file (no template, not mapped).
"""

from __future__ import annotations

import re
from typing import Any

from airflow.providers.common.compat.sdk import Asset

_default_conn_id = "forge_default"


def dataset_asset(name: str, forge_conn_id: str = _default_conn_id) -> Asset:
    """A dataset; an event for each new version. Extra: dataset_version_id, version, rows …"""
    return _asset("datasets", name, forge_conn_id)


def model_asset(suffix: str, forge_conn_id: str = _default_conn_id) -> Asset:
    """The models of a suffix; an event for each new one. Extra: model_id, name …"""
    return _asset("models", suffix, forge_conn_id)


def deployment_asset(name: str, forge_conn_id: str = _default_conn_id) -> Asset:
    """A deployment; an event for each generation that serves. Extra: deployment_id, generation …"""
    return _asset("deployments", name, forge_conn_id)


def is_plain(*names: Any) -> bool:
    """Whether names stand in the DAG file as they are: no template, no value of another task."""
    return all(isinstance(name, str) and re.fullmatch(r"[\w.:-]+", name) is not None for name in names)


def _asset(kind: str, name: str, forge_conn_id: str) -> Asset:
    uri = f"forge://{forge_conn_id}/{kind}/{name}"
    return Asset(name=uri, uri=uri, group="forge")
