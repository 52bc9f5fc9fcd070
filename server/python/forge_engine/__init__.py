"""Forge's training engine: one JSON object per line in, one per line out."""

__version__ = "0.1.0"
