"""The folder that a verb makes: of one model, or of several, each in a folder of its name beside what is of all."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ...errors import InputError
from ...files import check_free, new_folder, read_csv

if TYPE_CHECKING:
    from ..models.results import Models
    from .question import Say

FILES = (  # over several models
    ("report.html", "all models on one page, with links to the reports of each"),
    ("summary.json", "the verdict over models, and the tests it rests on"),
    ("models.csv", "every model: one row"),
    ("figures/", "all models in one picture, PNG and SVG"),
)


def output(
    out: str | Path | None, overwrite: bool, verb: str, files: Iterable[tuple[str, str]]
) -> AbstractContextManager[Path | None]:
    """Opens the folder that a verb makes, which is put in its place at the end; gives None where none is wanted.

    Args:
        out: the folder; None: nothing is written.
        overwrite: replace one that the verb made earlier.
        verb: its name.
        files: what it makes for one model: name, description.

    Raises:
        InputError: at once, before any work: the folder may not be made.
    """
    if out is None:
        return nullcontext()
    made = ours(out, _names(files))
    check_free(Path(out).absolute(), overwrite, verb, made, "--out")
    return new_folder(out, overwrite, verb, made, "--out")


def _names(files: Iterable[tuple[str, str]]) -> re.Pattern:
    return re.compile("|".join(re.escape(name.rstrip("/")) for name, _ in files))


_OURS = _names(FILES)


def names_of(paths: Sequence[str | Path]) -> list[str]:
    """What to call models that lie at these paths: the shortest of their parts that tell them apart.

    ``seeds/3/attention`` and ``seeds/4/attention`` are ``3`` and ``4``. Where one part of the paths does not tell all
    apart, several are joined by hyphens. The names can be those of folders, on any system, and are all different.
    """
    taken: set[str] = set()
    names = []
    for name in _parts_that_tell([Path(os.path.abspath(path)).parts for path in paths]):
        name = f"model-{name}" if _OURS.fullmatch(name.lower()) else name
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


def files_of(checkpoint: str | Path) -> list[str]:
    """The files of an ensemble; or the one file."""
    text = str(checkpoint)
    return [text] if Path(text).is_file() else [part for part in text.split(os.pathsep) if part]


def model_names(checkpoints: Sequence[str | Path]) -> list[str]:
    """What the models are called: the stem of the file, or what tells several apart; ``1+2`` is an ensemble."""
    parts = [files_of(one) for one in checkpoints]
    names = files_named(dict.fromkeys(part for each in parts for part in each))
    return ["+".join(names[part] for part in each) for each in parts]


def files_named(files: Iterable[str]) -> dict[str, str]:
    """File -> what tells it from the others."""
    files = list(files)
    return dict(zip(files, names_of(files) if len(files) > 1 else [Path(file).stem for file in files], strict=True))


def _safe(part: str) -> str:
    """A part of a path that any file system takes: letters, digits, ``_``, ``.`` and ``-``; no checkpoint's ending."""
    text = unicodedata.normalize("NFC", part.removesuffix(".pt"))
    return re.sub(r"[^\w.-]+", "_", text).strip(".") or "model"


def ours(out: str | Path, files: re.Pattern) -> re.Pattern:
    """The names in ``out`` that a verb has made: its files, those over several models, and the models' folders.

    Args:
        out: the folder; it need not be there.
        files: the names of what the verb makes for one model.
    """
    out = Path(out)
    models = [re.escape(name) for name in names_in(out / "models.csv") if _is_of_model(out / name, files)]
    return re.compile("|".join([files.pattern, _OURS.pattern, *models]))


def names_in(table: Path) -> list[str]:
    """The models of an earlier ``models.csv``; none where there is none."""
    try:
        (_, header), *rows = read_csv(table)
        return [name for _, cells in rows if (name := dict(zip(header, cells, strict=False)).get("model"))]
    except (OSError, ValueError):
        return []


def _is_of_model(path: Path, files: re.Pattern) -> bool:
    return path.is_dir() and all(files.fullmatch(each.name) for each in path.iterdir())


@contextmanager
def named_for(path: str | Path, what: str) -> Iterator[None]:
    """What the system refuses while the block runs, as `InputError` about the path: ``cannot be written``."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{what}: {error.strerror or error}", error.filename or path) from error


def each_model(folder: Path | None, paths: Sequence[str | Path], say: Say | None) -> Iterator[tuple[str, Path | None]]:
    """Name and new folder of one model after the other; ``say`` receives how far one is.

    Args:
        folder: of all models; None: nothing is written.
        paths: that the models are named by.
    """
    for number, name in enumerate(names_of(paths), 1):
        if say:
            say(f"model {number} of {len(paths)}: {name}")
        if folder is not None:
            (folder / name).mkdir()
        yield name, folder and folder / name


def write_over_all(models: Models, folder: Path) -> None:
    """Table, summary, figures and report over all models, beside the folders of each."""
    from ..figures import save_figures
    from ..models.tables import write_models, write_models_summary
    from ..report.models import write_models_report

    with named_for(folder, "cannot be written"):
        write_models(models, folder / "models.csv")
        write_models_summary(models, folder / "summary.json")
        links = {name: f"{quote(name)}/report.html" for name in models.names}
        links = {name: link for name, link in links.items() if (folder / name / "report.html").is_file()}
        write_models_report(models, folder / "report.html", save_figures("models", folder / "figures", models), links)
