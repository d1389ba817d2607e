"""Which models there are, and what was given beside each: other dumps, and what other verbs found of the same model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ...errors import InputError
from ...files import read_json, sha256_of
from ...text import count
from ..provenance import Coverage, Provenance
from .folders import names_in

if TYPE_CHECKING:
    from ..dynamics.tables import RunSummary
    from ..interventions.effects import Causal

T = TypeVar("T")


class About(msgspec.Struct):
    """``summary.json`` of `analyze` or `intervene`, as far as it says which model it is of."""

    about: Provenance = Provenance()


def listed(given: T | Sequence[T] | None) -> list[T] | None:
    """What may be given once or several times, as a list."""
    return None if given is None else list(given) if isinstance(given, list | tuple) else [given]


def one_for_each(option: str, given: T | Sequence[T] | None, models: int) -> list[T | None]:
    """What an option gives each model; None where it was not used.

    Raises:
        InputError: not as many as there are models.
    """
    each = listed(given)
    if each is None:
        return [None] * models
    if len(each) != models:
        raise InputError(
            f"{option}: found {len(each)} for {count(models, 'model')}; allowed: one for each, in the same order"
        )
    return each


def check_different(paths: Sequence[str | Path], checkpoints: Sequence[str | None]) -> None:
    """Is each of them another model?

    Args:
        paths: of dumps or checkpoints.
        checkpoints: their SHA-256; None or empty where it is not known.

    Raises:
        InputError: two are the same.
    """
    places: dict[str, str | Path] = {}
    models: dict[str, str | Path] = {}
    for path, checkpoint in zip(paths, checkpoints, strict=True):
        if os.path.realpath(path) in places:
            raise InputError("was given twice; allowed: each model once", path)
        if checkpoint and checkpoint in models:
            raise InputError(
                f"is of the same model as {models[checkpoint]} (checkpoint {checkpoint[:12]}); "
                "allowed: each model once",
                path,
            )
        places[os.path.realpath(path)] = path
        if checkpoint:
            models[checkpoint] = path


def sha256(checkpoint: str | Path) -> str:
    """Of a file; empty for what is no file, which whoever loads it refuses."""
    return sha256_of(checkpoint) if Path(checkpoint).is_file() else ""


def results_of(
    option: str,
    given: str | Path | Sequence[str | Path] | None,
    models: Sequence[str | Path],
    checkpoints: Sequence[str | None],
) -> list[Path | None]:
    """Of each model the ``summary.json`` that another verb wrote about it; None where the option was not used.

    Args:
        option: its name.
        given: of the results. For several models the folder that the verb made of them, or one result for each, in any
            order; for one model its own, or the folder of several. A result is named by its ``summary.json`` or its
            folder.
        models: paths by which the user named the models.
        checkpoints: SHA-256 of each; None or empty where it is not known.

    Raises:
        InputError: not as many results as models; a file that cannot be read; a model without a result of its own.
    """
    results = listed(given)
    if results is None:
        return [None] * len(models)
    folder = Path(results[0])
    if folder.name == "summary.json" and (folder.parent / "models.csv").is_file():
        folder = folder.parent  # over all models: the folder is meant
    if len(results) == 1 and (folder / "models.csv").is_file():
        found = [folder / name / "summary.json" for name in names_in(folder / "models.csv")]
    elif len(results) == len(models) == 1:
        return [_file(folder)]  # whoever reads it says whether it is of the model
    elif len(results) != len(models):
        raise InputError(
            f"{option}: found {len(results)} for {count(len(models), 'model')}; allowed: one for each, in any order, "
            "or the folder over all models"
        )
    else:
        found = [_file(Path(each)) for each in results]
    by_checkpoint = {read_json(path, About, "summary.json").about.model: path for path in found}
    for model, checkpoint in zip(models, checkpoints, strict=True):
        if not checkpoint or checkpoint not in by_checkpoint:
            about = f" (checkpoint {checkpoint[:12]})" if checkpoint else ", whose checkpoint is not known"
            raise InputError(f"{option} {' '.join(map(str, results))} has no result for this model{about}", model)
    return [by_checkpoint[checkpoint] for checkpoint in checkpoints]


def _file(path: Path) -> Path:
    return path / "summary.json" if path.is_dir() else path


def causal_in(
    folder: str | Path | None, process: str, manifest: Mapping[str, Any], words: Coverage | None = None
) -> Causal | None:
    """What is in a folder of `intervene`; None where none is given.

    Args:
        folder: which.
        process: that `analyze` asks about.
        manifest: of its dump.
        words: what of the process its words are about; None: not known.

    Raises:
        InputError: it is no such folder, of another process or part of it, or of another checkpoint than the dump.
    """
    if folder is None:
        return None
    from ..interventions.tables import read_causal

    found = read_causal(folder)
    _check_process(found.process, process, folder)
    check_part(found.provenance, words, folder)
    own, dumped = found.provenance.checkpoint_sha256, manifest.get("checkpoint_sha256")
    if own and dumped and own != dumped:
        raise InputError(f"is of another model than the dump (checkpoint {own[:12]}, the dump's {dumped[:12]})", folder)
    return found


def dynamics_in(
    folder: str | Path | None, process: str, manifest: Mapping[str, Any], words: Coverage | None = None
) -> RunSummary | None:
    """What is in a folder of `dynamics`; None where none is given. Arguments as `causal_in`.

    Raises:
        InputError: it is no such folder, of another process, or of a run that the dump's checkpoint is not from, as
            far as the folder says which checkpoints were followed.
    """
    if folder is None:
        return None
    from ..dynamics.tables import read_dynamics

    found = read_dynamics(folder)
    _check_process(found.process, process, folder)
    check_part(found.provenance, words, folder)
    followed, dumped = found.provenance.checkpoint_sha256, manifest.get("checkpoint_sha256")
    if followed and dumped and dumped not in followed.values():
        there, left_out = found.provenance.checkpoints_there, "of another run"
        if there and there > len(followed):
            left_out = f"of another run, or left out by --every or --at-most ({len(followed)} of {there} were followed)"
        raise InputError(f"the dump's checkpoint {dumped[:12]} is not among those followed: {left_out}", folder)
    return found


def check_part(found: Provenance, words: Coverage | None, place: str | Path) -> None:
    """Is a result about the part of the process that the words are about, as far as both are known?

    Raises:
        InputError: it is about another one.
    """
    own = found.grammar.coverage
    if words is not None and own.number and words.number and own.part != words.part:
        raise InputError(
            f"is about {own.named} of the process ({own.part}), the words about {words.named} ({words.part}); allowed: "
            "results of one part together",
            place,
        )


def _check_process(found: str, asked: str, folder: str | Path) -> None:
    if found != asked:
        raise InputError(f"is about {found!r}, not {asked!r}", folder)
