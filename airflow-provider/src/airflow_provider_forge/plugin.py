"""Registered by the entry point `airflow.plugins`, so that the web server knows the links."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from .links.forge import ForgeJobLink, ForgeModelLink


class ForgePlugin(AirflowPlugin):
    """Adds the links to jobs and models."""

    name = "forge"
    operator_extra_links = [ForgeJobLink(), ForgeModelLink()]  # noqa: RUF012 - Airflow declares it so
