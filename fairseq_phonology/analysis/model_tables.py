"""``models.csv`` and ``summary.json`` of several models, for programs."""

from __future__ import annotations

from pathlib import Path

from .model_rows import Models


def write_models(models: Models, path: Path) -> None:
    """``models.csv``: one row a model."""
    raise NotImplementedError


def write_models_summary(models: Models, path: Path) -> None:
    """``summary.json`` over all models, UTF-8, keys in a fixed order."""
    raise NotImplementedError
