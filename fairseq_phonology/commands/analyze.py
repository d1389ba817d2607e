"""``fairseq-phonology analyze``: from an attention dump to tables, figures, a verdict and a report."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..analysis.collect import is_forced
from ..analysis.study import Study
from ..attention.dump import AttentionDump
from ..attention.manifest import count_words
from ..folders import check_free, new_folder
from ..phonology.corpus import Units
from ..phonology.errors import InputError
from ..phonology.grammar import Grammar
from ..phonology.transcription import UNITS
from ..registry import load_user_dir

EXAMPLE = (
    "fairseq-phonology analyze attention --grammar user_dir_examples/korean_nasalization/korean.toml "
    "--process obstruent-nasalization --stimuli stimuli.tsv --out analysis"
)
FILES = (
    ("report.html", "everything on one page, to open in a browser"),
    ("summary.json", "the verdict, and the claims and the largest head of every family"),
    ("heads.csv", "every contrast for every head"),
    ("words.csv", "every word: what the model made of it"),
    ("regions.csv", "where else the heads look: word edges, neighbors, syllables"),
    ("window.csv", "where the heads look, position by position around the target"),
    ("events.csv.gz", "every word x head, for R"),
    ("figures/", "the report's figures, PNG and SVG"),
)
_OURS = re.compile("|".join(re.escape(name.rstrip("/")) for name, _ in FILES))
_OF_MANIFEST = ("checkpoint_sha256", "model", "subset", "beam", "kinds", "words_written", "library_versions")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("dump", metavar="DUMP", help="folder that fairseq-generate --save-attention wrote")
    parser.add_argument("--grammar", required=True, metavar="FILE", help="grammar file (TOML)")
    parser.add_argument("--process", required=True, metavar="NAME", help="the process that is asked about")
    parser.add_argument(
        "--stimuli",
        metavar="TSV",
        help="the words and their design, from `stimuli` or your own: id, ur, then any columns; those called stem, "
        "suffix, target_class, trigger_class, target_index and trigger_index have a meaning, all travel into the "
        "tables (default: every word of the dump that undergoes the process; a description, no test of the process)",
    )
    parser.add_argument(
        "--ur-units", choices=UNITS, default="space", help="how the URs of that list are written (default: space)"
    )
    parser.add_argument("--sr-units", choices=UNITS, help="how its SRs are written (default: as --ur-units)")
    parser.add_argument(
        "--baseline",
        metavar="DUMP",
        help="the same words through fresh weights (`untrained`), written with --score-reference",
    )
    parser.add_argument(
        "--forced",
        metavar="DUMP",
        help="the same words through the same model with --score-reference: the tests over all stems, errors included",
    )
    parser.add_argument(
        "--with", dest="include", action="append", default=[], metavar="NAME", help="an optional process that applies"
    )
    parser.add_argument(
        "--permutations", type=int, default=9999, metavar="B", help="relabelings of each test (default: 9999)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of relabelings and resampling (default: 1)")
    parser.add_argument(
        "--user-dir", metavar="DIR", help="a module of your own that adds figures (fairseq_phonology.register_figure)"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="new folder for tables, figures and report")
    parser.add_argument("--overwrite", action="store_true", help="replace a DIR that analyze made earlier")


def run(args: argparse.Namespace) -> None:
    """Read, test, draw, write; nothing is left half-written."""
    from ..analysis.analyze import analyze, options_of

    options = options_of(args.permutations, args.seed, args.include)
    if args.user_dir:
        load_user_dir(args.user_dir)
    check_free(Path(args.out).absolute(), args.overwrite, "analyze", _OURS, "--out")  # before minutes of work
    grammar = Grammar.load(args.grammar)
    for name in (args.process, *args.include):
        grammar.process(name)
    notes: list[str] = []
    items = _items(args, grammar, notes)
    with ExitStack() as stack:
        dump, *others = (
            stack.enter_context(_open(path)) if path else None for path in (args.dump, args.baseline, args.forced)
        )
        try:
            study = analyze(dump, grammar, args.process, items, *others, options)
        except InputError as error:  # what says nothing of where is about the design
            raise InputError(error.message, error.path or args.stimuli, error.line) from None
        study.facts = _facts(args, grammar, dump, study)
        try:
            with new_folder(args.out, args.overwrite, "analyze", _OURS, "--out") as folder:
                _write(study, dump, folder)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror or error}", args.out) from None
    for note in notes:
        print(note)
    _say(study, args.out)


def _open(path: str) -> AttentionDump:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an incomplete dump is refused by name in a moment
        return AttentionDump(path)


def _items(args: argparse.Namespace, grammar: Grammar, notes: list[str]):
    if args.stimuli is None:
        return None
    from ..phonology.stimulus_list import read_stimuli

    units = Units(args.ur_units, args.sr_units or args.ur_units, keep_edges=True)
    return read_stimuli(args.stimuli, grammar, args.process, units, args.include, notes)


def _write(study: Study, dump: AttentionDump, folder: Path) -> None:
    from ..analysis.event_table import write_events, write_regions, write_window, write_words
    from ..analysis.figures import save_figures
    from ..analysis.registered_figures import save_registered_figures
    from ..analysis.report import explorer_data, write_report
    from ..analysis.summary import write_heads, write_summary

    write_events(study.events, folder / "events.csv.gz")
    write_words(study.events, folder / "words.csv")
    write_regions(study.events, folder / "regions.csv")
    write_window(study.events, folder / "window.csv")
    write_heads(study.families, folder / "heads.csv")
    figures = save_figures(study, folder / "figures")
    own, captions = save_registered_figures(study, folder / "figures")
    write_summary(study, folder / "summary.json")
    write_report(study, folder / "report.html", {**figures, **own}, explorer_data(dump, study.events), captions)


def _facts(args: argparse.Namespace, grammar: Grammar, dump: AttentionDump, study: Study) -> dict[str, Any]:
    """What the report and ``summary.json`` say about where all this comes from."""
    process = grammar.process(args.process)
    words = {event.item.id: event.surface == event.reference for event in study.events.events}
    manifest = {key: dump.manifest.get(key) for key in _OF_MANIFEST if key in dump.manifest}
    manifest["settings"] = {"score_reference": is_forced(dump)}
    return {
        "grammar": {
            "path": Path(args.grammar).name,
            "citation": grammar.citation,
            "process_citation": process.citation,
            "rules": [rule.text for rule in process.rules],
        },
        "manifest": manifest,
        **{
            name: Path(os.path.abspath(path)).name if path else None
            for name, path in (("dump", args.dump), ("baseline", args.baseline), ("forced", args.forced))
        },
        "items": Path(args.stimuli).name if args.stimuli else None,
        "exact_match": [sum(words.values()), len(words)],
        "exclusions": _exclusions(study),
        "options": {"permutations": args.permutations, "seed": args.seed, "with": list(args.include)},
        "versions": {"fairseq_phonology": _version(), **(manifest.get("library_versions") or {}), **_versions()},
    }


def _exclusions(study: Study) -> list[str]:
    """What of the dump and of the list is in no cell, in sentences."""
    sentences = []
    if study.events.left_out:
        listed = any(event.item.line for event in study.events.events)
        why = "left aside: the process does not apply in them"
        why = "are not in the list, or have no such place" if listed else why
        sentences.append(f"{count_words(study.events.left_out)} of the dump {why}.")
    if study.events.fillers:
        are = "is a filler" if study.events.fillers == 1 else "are fillers"
        sentences.append(f"{count_words(study.events.fillers)} of the list {are}: not in any cell.")
    if study.losses is not None and study.losses.suffixes_left:
        names = ", ".join(study.losses.suffixes_left)
        sentences.append(f"Left out because the model failed over half of their words: suffixes {names}.")
    sentences += _apart(study)
    ambiguous = sum(event.ambiguous for event in study.events.events)
    if ambiguous:
        sentences.append(
            f"In {count_words(ambiguous)} the model's SR corresponds to the gold one in several ways equally well; "
            "column ambiguous of words.csv marks them."
        )
    return sentences


def _apart(study: Study) -> list[str]:
    """What of the design is in no test, or in one of its own."""
    from ..analysis.analyze import DERIVED
    from ..analysis.complete import derived_words
    from ..phonology.items import LEAST_WORDS

    sentences, fed = [], derived_words(study.events)
    if fed and study.losses is not None:  # a plain list has no tests to be left out of
        makers = ", ".join(dict.fromkeys(name for names in fed.values() for name in names))
        whose = f"{count_words(len(fed))} whose site another process makes ({makers})"
        own = next((family for family in study.families if family.contrast == DERIVED), None)
        if own is not None:
            lost = (
                f", without {count_words(len(fed) - own.n_stems)} that the model failed"
                if own.n_stems < len(fed)
                else ""
            )
            sentences.append(f"{whose}: tested apart{lost}.")
        elif len(fed) < LEAST_WORDS:
            sentences.append(f"{whose}: in no test; it takes {LEAST_WORDS} to test them apart.")
        else:
            sentences.append(f"{whose}: in no test; errors left fewer than {LEAST_WORDS}.")
    bare = sum(not event.item.stem for event in study.events.events) if study.design is not None else 0
    if bare:
        sentences.append(f"{count_words(bare)} of the list {'has' if bare == 1 else 'have'} no stem: in no test.")
    tested = {(head.kind, head.row) for family in study.families for head in family.heads}
    for view in study.events.views if study.design is not None and tested else ():
        if (view.kind, view.row) not in tested:
            sentences.append(
                f"Not tested: {view.kind}-attention in the {view.row} row, because some words of the design have no "
                "such row, or had nothing to read there."
            )
    return sentences


def _say(study: Study, out: str) -> None:
    if study.losses is not None:
        for cell, (all, kept) in study.losses.cells.items():
            print(f"{cell}  {kept:>6,} of {all:>6,} events with the gold segment at the decision step")
        for unit, (lost, of) in study.losses.stems_lost.items():
            if lost:
                units, whose = ("real words", "their 2 x 2") if unit == "word" else (f"stems of class {unit}", "theirs")
                print(f"left out: {lost:,} of {of:,} {units} (a word of {whose} was wrong at the decision step)")
    print(f"\n{study.verdict.sentence}")
    for caveat in study.verdict.caveats:
        print(caveat)
    print(f"\nwritten: {out}")
    for name, what in FILES:
        print(f"  {name:<16}{what}")


def _version() -> str:
    from .. import __version__

    return __version__


def _versions() -> dict[str, str]:
    """Libraries of the analysis; those of the model are in the manifest."""
    return {name: importlib.metadata.version(name) for name in ("scipy", "matplotlib", "panphon")}
