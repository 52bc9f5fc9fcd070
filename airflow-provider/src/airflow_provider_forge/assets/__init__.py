"""Datasets, models and deployments as assets and as lineage."""
