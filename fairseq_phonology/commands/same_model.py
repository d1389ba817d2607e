"""What another verb has found about the same model: which of its results are whose, by the checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..phonology.errors import InputError
from . import several


def sha256(checkpoint: str | Path) -> str:
    """Of a file; empty for what is no file: who loads it says so."""
    if not Path(checkpoint).is_file():
        return ""
    with open(checkpoint, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def results_of(
    option: str,
    given: Sequence[str] | None,
    models: Sequence[str],
    checkpoints: Sequence[str | None],
    checkpoint_of: Callable[[dict[str, Any]], str | None],
) -> list[Path | None]:
    """Of each model the ``summary.json`` that another verb wrote about it; None where the option was not used.

    Args:
        option: its name.
        given: of the results. For several models the folder that the verb made of them, or one result for each, in any
            order; for one model its own, or the folder of several. A result is named by its ``summary.json`` or its
            folder.
        models: paths by which the user named the models.
        checkpoints: SHA-256 of each; None or empty where nobody knows.
        checkpoint_of: where a summary has that of its model.

    Raises:
        InputError: not as many results as models; a file that cannot be read; a model without a result of its own.
    """
    if given is None:
        return [None] * len(models)
    folder = Path(given[0])
    if len(given) == 1 and (folder / "models.csv").is_file():
        found = [folder / name / "summary.json" for name in several.names_in(folder / "models.csv")]
    elif len(given) == len(models) == 1:
        return [_file(folder)]  # whoever reads it says whether it is of the model
    else:
        several.one_for_each(option, given, models)
        found = [_file(Path(each)) for each in given]
    by_checkpoint = {checkpoint_of(_read(path)): path for path in found}
    for model, checkpoint in zip(models, checkpoints, strict=True):
        if not checkpoint or checkpoint not in by_checkpoint:
            about = f" (checkpoint {checkpoint[:12]})" if checkpoint else ""
            raise InputError(f"{option} {' '.join(given)} has nothing about this model{about}", model)
    return [by_checkpoint[checkpoint] for checkpoint in checkpoints]


def _file(path: Path) -> Path:
    return path / "summary.json" if path.is_dir() else path


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None
    except ValueError as error:
        raise InputError(f"is no JSON: {error}", path) from None
    if not isinstance(found, dict):
        raise InputError("is no summary.json", path)
    return found


def checkpoint_of_analysis(summary: dict[str, Any]) -> str | None:
    """The SHA-256 in a ``summary.json`` of `analyze`."""
    return ((summary.get("about") or {}).get("manifest") or {}).get("checkpoint_sha256")


def checkpoint_of_interventions(summary: dict[str, Any]) -> str | None:
    """The SHA-256 in a ``summary.json`` of `intervene`."""
    return (summary.get("about") or {}).get("checkpoint_sha256")
