"""What `analyze` does with the folders that it is given: those of one model, or of several."""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..attention.dump.manifest import read_manifest
from ..attention.dump.reader import AttentionDump
from ..errors import InputError
from ..phonology.grammar import Grammar
from ..stimuli.items import Item
from . import pipeline_several as several
from .beside import causal_in, learned_in
from .contrasts.study import Study
from .provenance import facts_of, facts_of_models
from .same_model import checkpoint_of_interventions, results_of

if TYPE_CHECKING:
    from .contrasts.analyze import Options
    from .dynamics.reading import Learned
    from .interventions.effects import Causal
    from .models.results import Use


class Folders(NamedTuple):
    """Of one model: the folder of each option; None where there is none."""

    dump: str
    baseline: str | None
    forced: str | None
    interventions: str | None
    dynamics: str | None

    @property
    def dumps(self) -> tuple[str | None, ...]:
        """Those that hold attention."""
        return self[:3]


class Asked(NamedTuple):
    """What is the same for every model."""

    args: argparse.Namespace
    grammar: Grammar
    items: list[Item] | None
    options: Options


def folders_of(args: argparse.Namespace) -> list[Folders]:
    """The folders of each model, those of `intervene` found by its checkpoint.

    Raises:
        InputError: an option that has not one for each; interventions on another model.
    """
    names = ("baseline", "forced", "dynamics")
    *dumps, runs = (several.one_for_each(f"--{name}", getattr(args, name), args.dump) for name in names)
    asked = args.interventions is not None
    checkpoints = [read_manifest(Path(path)).get("checkpoint_sha256") if asked else None for path in args.dump]
    found = results_of("--interventions", args.interventions, args.dump, checkpoints, checkpoint_of_interventions)
    folders = [path and str(path.parent if path.name == "summary.json" else path) for path in found]
    return [Folders(*paths) for paths in zip(args.dump, *dumps, folders, runs, strict=True)]


def analyze_one(
    asked: Asked, paths: Folders, out: AbstractContextManager[Path], model: str = "", one_of: int | None = None
) -> tuple[Study, Causal | None]:
    """The study of one model, and what interventions on it found; its files are in the folder that ``out`` opens.

    Args:
        asked, paths: what of which model.
        out: opens the folder.
        model: its name, where there are several.
        one_of: how many they are.

    Raises:
        InputError: dumps that cannot be used, or do not belong together; a folder that cannot be written.
    """
    from .contrasts.analyze import analyze
    from .contrasts.tables import summary
    from .interventions.routes import with_attention
    from .report import explorer_data

    args = asked.args
    with _said_of(paths.dump, "cannot be read"), ExitStack() as stack:
        dump, *others = (stack.enter_context(_open(path)) if path else None for path in paths.dumps)
        causal = causal_in(paths.interventions, args.process, dump.manifest)  # before the work
        dynamics = learned_in(paths.dynamics, args.process, dump.manifest)
        try:
            study = analyze(dump, asked.grammar, args.process, asked.items, *others, asked.options)
        except InputError as error:  # what says nothing of where is about the design
            message = f"model {model}: {error.message}" if model and not error.path else error.message
            raise InputError(message, error.path or args.stimuli, error.line) from None
        study.facts = facts_of(args, asked.grammar, dump, study, *paths.dumps[1:])
        if causal is not None:
            causal = with_attention(causal, summary(study))
        beside = {"interventions": paths.interventions, "dynamics": paths.dynamics}
        study.facts |= {name: Path(os.path.abspath(path)).name for name, path in beside.items() if path}
        study.facts |= {"one_of": one_of} if one_of else {}
        explorer = explorer_data(dump, study.events)
    with several.opened(out, args.out) as folder, several.writing(args.out):
        _write(study, explorer, folder, causal, dynamics)
    return study, causal


def analyze_all(asked: Asked, models: list[Folders], out: AbstractContextManager[Path], notes: list[str]) -> None:
    """Every model as if it were the only one, in a folder of its name, and all of them together.

    Raises:
        InputError: as `analyze_one`, wherever possible before the first of them is analyzed.
    """
    from .models.attention import compare_attention, use_of

    _check(models, asked.items, asked.args.process)
    for note in notes:
        print(note)
    studies: dict[str, Study] = {}
    uses: dict[str, Use] = {}
    with several.opened(out, asked.args.out) as folder:
        for name, paths in several.each(models):
            study, causal = analyze_one(asked, paths, several.folder_of(folder, name), name, len(models))
            print(f"  {study.verdict.sentence}")
            if causal is not None:
                print(f"  {causal.verdict.sentence}")
                uses[name] = use_of(causal)
            studies[name] = several.compared(study)
        over_all = compare_attention(studies, asked.options.seed, uses, _where(asked.args.interventions))
        over_all.facts |= facts_of_models(asked.args, asked.grammar)
        with several.writing(asked.args.out):
            several.write_over_all(over_all, folder)
    several.say_over_all(over_all, asked.args.out)


def _where(interventions: list[str] | None) -> str:
    """The folder that has the test over models; empty where each model was given its own."""
    return Path(os.path.abspath(interventions[0])).name if interventions and len(interventions) == 1 else ""


def _check(models: list[Folders], items: list[Item] | None, process: str) -> None:
    """What can be known of several models' dumps before the first of them is analyzed."""
    from .contrasts.analyze import check_dumps

    checkpoints = []
    for paths in models:
        with ExitStack() as stack:
            dumps = [stack.enter_context(_open(path)) if path else None for path in paths.dumps]
            checkpoints.append(dumps[0].manifest.get("checkpoint_sha256"))
            check_dumps(dumps[0], items, *dumps[1:])
            causal_in(paths.interventions, process, dumps[0].manifest)
            learned_in(paths.dynamics, process, dumps[0].manifest)
    several.check_different([path for path, *_ in models], checkpoints)


def _open(path: str) -> AttentionDump:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an incomplete dump is refused by name in a moment
        return AttentionDump(path)


@contextmanager
def _said_of(path: str, what: str) -> Iterator[None]:
    """What the system refuses, in one line.

    Raises:
        InputError: that it did; of the file that the error names, else of ``path``.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{what}: {error.strerror or error}", error.filename or path) from error


def _write(
    study: Study, explorer: dict[str, Any] | None, folder: Path, causal: Causal | None, dynamics: Learned | None
) -> None:
    from .contrasts.tables import write_heads, write_summary
    from .events.tables import write_events, write_regions, write_window, write_words
    from .figures import looks_of, save_causal_figures, save_figures
    from .figures.registered import save_registered_figures
    from .report import write_report

    write_events(study.events, folder / "events.csv.gz")
    write_words(study.events, folder / "words.csv")
    write_regions(study.events, folder / "regions.csv")
    write_window(study.events, folder / "window.csv")
    write_heads(study.families, folder / "heads.csv")
    figures = save_figures(study, folder / "figures")
    if causal is not None:
        figures |= save_causal_figures(causal, folder / "figures", looks_of(study))
    own, captions = save_registered_figures(study, folder / "figures")
    write_summary(study, folder / "summary.json", causal)
    write_report(study, folder / "report.html", {**figures, **own}, explorer, causal, dynamics, captions)
