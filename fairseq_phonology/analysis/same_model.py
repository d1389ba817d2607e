"""What another verb has found about the same model: which of its results are whose, by the checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

from ..errors import InputError
from ..files import read_object
from . import pipeline_several as several

# where a summary.json of `analyze`, or of `intervene`, has the SHA-256 of its model
_OF = {"checkpoint_sha256": str | None}
_ABOUT = {"about": (_OF | {"manifest": (_OF, NoneType)}, NoneType)}


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
    if folder.name == "summary.json" and (folder.parent / "models.csv").is_file():
        folder = folder.parent  # over all models: the folder is meant
    if len(given) == 1 and (folder / "models.csv").is_file():
        found = [folder / name / "summary.json" for name in several.names_in(folder / "models.csv")]
    elif len(given) == len(models) == 1:
        return [_file(folder)]  # whoever reads it says whether it is of the model
    else:
        if len(given) != len(models):
            are = f"are {len(models)} models: one for each" if len(models) > 1 else "is one model: one"
            raise InputError(
                f"{option} names {len(given)}, and there {are} is needed, in any order, or the folder over all models"
            )
        found = [_file(Path(each)) for each in given]
    by_checkpoint = {checkpoint_of(read_object(path, "summary.json", _ABOUT)): path for path in found}
    for model, checkpoint in zip(models, checkpoints, strict=True):
        if not checkpoint or checkpoint not in by_checkpoint:
            about = f" (checkpoint {checkpoint[:12]})" if checkpoint else ""
            raise InputError(f"{option} {' '.join(given)} has nothing about this model{about}", model)
    return [by_checkpoint[checkpoint] for checkpoint in checkpoints]


def _file(path: Path) -> Path:
    return path / "summary.json" if path.is_dir() else path


def checkpoint_of_analysis(summary: dict[str, Any]) -> str | None:
    """The SHA-256 in a ``summary.json`` of `analyze`."""
    return ((summary.get("about") or {}).get("manifest") or {}).get("checkpoint_sha256")


def checkpoint_of_interventions(summary: dict[str, Any]) -> str | None:
    """The SHA-256 in a ``summary.json`` of `intervene`."""
    return (summary.get("about") or {}).get("checkpoint_sha256")
