"""Several models in one command: what each is called, that they are several, and the folder that holds them all."""

from __future__ import annotations

import csv
import os
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from .contrasts.study import Study
    from .models.attention import Models

FILES = (
    ("report.html", "all models on one page, with links to the reports of each"),
    ("summary.json", "the verdict over models, and the tests it rests on"),
    ("models.csv", "every model: one row"),
    ("figures/", "all models in one picture, PNG and SVG"),
)
_OURS = "|".join(re.escape(name.rstrip("/")) for name, _ in FILES)


def names_of(paths: Sequence[str | Path]) -> list[str]:
    """What to call models that lie at these paths: the shortest of their parts that tell them apart.

    ``seeds/3/attention`` and ``seeds/4/attention`` are ``3`` and ``4``. Where one part of the paths does not tell all
    apart, several are joined by hyphens. The names can be those of folders, on any system, and are all different.
    """
    taken: set[str] = set()
    names = []
    for name in _parts_that_tell([Path(os.path.abspath(path)).parts for path in paths]):
        name = f"model-{name}" if re.fullmatch(_OURS, name, re.IGNORECASE) else name
        own, number = name, 1
        while own.casefold() in taken:
            number += 1
            own = f"{name}-{number}"
        taken.add(own.casefold())
        names.append(own)
    return names


def _parts_that_tell(paths: list[tuple[str, ...]]) -> list[str]:
    start = _alike(paths)
    rests = [path[start:] if all(len(path) > start for path in paths) else path[start - 1 :] for path in paths]
    end = _alike([rest[::-1] for rest in rests])
    middles = [rest[: len(rest) - end] for rest in rests]
    parts = [[_safe(part) for part in each] for each in (middles if all(middles) else rests)]
    columns = len(parts[0]) if len({len(each) for each in parts}) == 1 else 0
    for size in range(1, columns):
        found = [["-".join(each[n] for n in some) for each in parts] for some in combinations(range(columns), size)]
        found = [names for names in found if len({name.casefold() for name in names}) == len(names)]
        if found:
            return min(found, key=lambda names: len("".join(names)))
    return ["-".join(each) for each in parts]


def _alike(paths: Sequence[Sequence[str]]) -> int:
    """How many parts all of them begin with."""
    return next((n for n, parts in enumerate(zip(*paths, strict=False)) if len(set(parts)) > 1), min(map(len, paths)))


def _safe(part: str) -> str:
    """A part of a path that any file system takes: letters, digits, ``_``, ``.`` and ``-``; no checkpoint's ending."""
    text = unicodedata.normalize("NFC", part.removesuffix(".pt"))
    return re.sub(r"[^\w.-]+", "_", text).strip(".") or "model"


def one_for_each(option: str, given: Sequence[str] | None, models: Sequence[str]) -> list[str | None]:
    """What an option gives each model; None where it was not used.

    Raises:
        InputError: not as many as there are models.
    """
    if given is None:
        return [None] * len(models)
    if len(given) != len(models):
        are = "is one model" if len(models) == 1 else f"are {len(models)} models"
        raise InputError(f"{option} names {len(given)}, and there {are}: one for each is needed, in the same order")
    return list(given)


def check_different(paths: Sequence[str], checkpoints: Sequence[str | None]) -> None:
    """Is each of them another model?

    Args:
        paths: of dumps or checkpoints.
        checkpoints: their SHA-256; None or empty where nobody knows.

    Raises:
        InputError: one is there twice.
    """
    places: dict[str, str] = {}
    models: dict[str, str] = {}
    for path, checkpoint in zip(paths, checkpoints, strict=True):
        if os.path.realpath(path) in places:
            raise InputError("was given twice; a model counts once", path)
        if checkpoint and checkpoint in models:
            raise InputError(
                f"is of the same model as {models[checkpoint]} (checkpoint {checkpoint[:12]}); a model counts once",
                path,
            )
        places[os.path.realpath(path)] = path
        if checkpoint:
            models[checkpoint] = path


def ours(out: str | Path, files: re.Pattern) -> re.Pattern:
    """The names in ``out`` that a verb has made: its files, those over several models, and the models' folders.

    Args:
        out: the folder; it need not be there.
        files: the names of what the verb makes for one model.
    """
    out = Path(out)
    models = [re.escape(name) for name in names_in(out / "models.csv") if _is_of_model(out / name, files)]
    return re.compile("|".join([files.pattern, _OURS, *models]))


def names_in(table: Path) -> list[str]:
    """The models of an earlier ``models.csv``; none where there is none."""
    try:
        with table.open(encoding="utf-8", newline="") as file:
            return [row["model"] for row in csv.DictReader(file) if row.get("model")]
    except (OSError, ValueError):
        return []


def _is_of_model(path: Path, files: re.Pattern) -> bool:
    return path.is_dir() and all(files.fullmatch(each.name) for each in path.iterdir())


def each(models: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, tuple]]:
    """Name and paths of one model after the other, with a line that says how far one is.

    Args:
        models: of each its paths, the first of which it is named by.
    """
    for number, (name, paths) in enumerate(zip(names_of([first for first, *_ in models]), models, strict=True), 1):
        print(f"model {number} of {len(models)}: {name}", flush=True)
        yield name, paths


@contextmanager
def opened(out: AbstractContextManager[Path], named: str) -> Iterator[Path]:
    """The folder that ``out`` opens.

    Args:
        out: opens it, and puts it in its place.
        named: what the user called it.

    Raises:
        InputError: it cannot be made, or not be put in its place; of errors in between nothing is said.
    """
    with writing(named):
        folder = out.__enter__()
    try:
        yield folder
    except BaseException:
        out.__exit__(*sys.exc_info())
        raise
    with writing(named):
        out.__exit__(None, None, None)


@contextmanager
def writing(named: str) -> Iterator[None]:
    """What the system refuses while a folder is written, as `InputError` about that folder."""
    try:
        yield
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", named) from None


@contextmanager
def folder_of(folder: Path, model: str) -> Iterator[Path]:
    """The folder of one model, in the one of all."""
    (folder / model).mkdir()
    yield folder / model


def compared(study: Study) -> Study:
    """The study without what a comparison of models does not look at, which is most of its size."""
    nothing = np.empty(0, np.float32)
    unused = ("raw_mass", "eos_mass", "log_ratio", "entropy", "window")
    views = [
        replace(view, regions={}, elsewhere=None, **dict.fromkeys(unused, nothing))
        for view in study.events.views
        if view.query == "decision"
    ]
    return replace(study, events=replace(study.events, views=views), baseline=None, sensitivity=None)


def write_over_all(models: Models, folder: Path) -> None:
    """Table, summary, figures and report over all models, beside the folders of each."""
    from .figures.models import save_models_figures
    from .models.tables import write_models, write_models_summary
    from .report.models import write_models_report

    write_models(models, folder / "models.csv")
    write_models_summary(models, folder / "summary.json")
    links = {name: f"{quote(name)}/report.html" for name in models.names if (folder / name / "report.html").is_file()}
    write_models_report(models, folder / "report.html", save_models_figures(models, folder / "figures"), links)


def say_over_all(models: Models, out: str) -> None:
    """The verdict over all models, and what was written."""
    print(f"\n{models.sentence}")
    for caveat in (*([models.warning] if models.warning else []), *models.caveats):
        print(caveat)
    print(f"\nwritten: {out}")
    for name, what in (*FILES, (f"{models.names[0]}/ ...", "each model: all that one model alone gets")):
        print(f"  {name:<22}{what}")
