"""Forge in Apache Airflow, and Forge's Python client (`airflow_provider_forge.client`, which needs no Airflow)."""

__version__ = "0.1.0"
