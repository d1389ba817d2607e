"""What a report and ``summary.json`` say about where an analysis comes from, and what of the words is in no test."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
from pathlib import Path
from typing import Any

from ..attention.dump.reader import AttentionDump
from ..phonology.grammar import Grammar
from ..text import count
from .contrasts.study import Study
from .events.collect import is_forced

_OF_MANIFEST = ("checkpoint_sha256", "model", "subset", "beam", "kinds", "words_written", "library_versions")


def facts_of(
    args: argparse.Namespace,
    grammar: Grammar,
    dump: AttentionDump,
    study: Study,
    baseline: str | None = None,
    forced: str | None = None,
) -> dict[str, Any]:
    """Grammar, dumps, manifest, options, exclusions and versions: ``facts`` of one model's study.

    Args:
        args: of `analyze`.
        grammar, dump, study: of the model.
        baseline, forced: its other two dumps.
    """
    words = {event.item.id: event.surface == event.reference for event in study.events.events}
    manifest = {key: dump.manifest.get(key) for key in _OF_MANIFEST if key in dump.manifest}
    manifest["settings"] = {"score_reference": is_forced(dump)}
    return {
        "grammar": _of_grammar(args, grammar),
        "manifest": manifest,
        **{
            name: Path(os.path.abspath(path)).name if path else None
            for name, path in (("dump", dump.paths[0]), ("baseline", baseline), ("forced", forced))
        },
        "items": _items(args),
        "exact_match": [sum(words.values()), len(words)],
        "exclusions": _exclusions(study),
        "options": _options(args),
        "versions": {"fairseq_phonology": _version(), **(manifest.get("library_versions") or {}), **_versions()},
    }


def facts_of_models(args: argparse.Namespace, grammar: Grammar) -> dict[str, Any]:
    """What is the same for several models: ``facts`` of their comparison."""
    return {
        "grammar": _of_grammar(args, grammar),
        "items": _items(args),
        "options": _options(args),
        "versions": {"fairseq_phonology": _version(), **_versions()},
    }


def _of_grammar(args: argparse.Namespace, grammar: Grammar) -> dict[str, Any]:
    process = grammar.process(args.process)
    return {
        "path": Path(args.grammar).name,
        "citation": grammar.citation,
        "process_citation": process.citation,
        "rules": [rule.text for rule in process.rules],
    }


def _items(args: argparse.Namespace) -> str | None:
    return Path(args.stimuli).name if args.stimuli else None


def _options(args: argparse.Namespace) -> dict[str, Any]:
    return {"permutations": args.permutations, "seed": args.seed, "with": list(args.include)}


def _exclusions(study: Study) -> list[str]:
    """What of the dump and of the list is in no cell, in sentences."""
    sentences = []
    if study.events.left_out:
        listed = any(event.item.line for event in study.events.events)
        why = "left aside: the process does not apply in them"
        why = "are not in the list, or have no such place" if listed else why
        sentences.append(f"{count(study.events.left_out)} of the dump {why}.")
    if study.events.fillers:
        are = "is a filler" if study.events.fillers == 1 else "are fillers"
        sentences.append(f"{count(study.events.fillers)} of the list {are}: not in any cell.")
    if study.exclusions is not None and study.exclusions.suffixes_excluded:
        names = ", ".join(study.exclusions.suffixes_excluded)
        sentences.append(f"Left out because the model failed over half of their words: suffixes {names}.")
    sentences += _apart(study)
    ambiguous = sum(event.ambiguous for event in study.events.events)
    if ambiguous:
        sentences.append(
            f"In {count(ambiguous)} the model's SR corresponds to the gold one in several ways equally well; "
            "column ambiguous of words.csv marks them."
        )
    return sentences


def _apart(study: Study) -> list[str]:
    """What of the design is in no test, or in one of its own."""
    from ..stimuli.items import LEAST_WORDS
    from .contrasts.table import DERIVED
    from .design.exclusions import derived_words

    sentences, fed = [], derived_words(study.events)
    if fed and study.exclusions is not None:  # a plain list has no tests to be left out of
        makers = ", ".join(dict.fromkeys(name for names in fed.values() for name in names))
        whose = f"{count(len(fed))} whose site another process makes ({makers})"
        own = next((family for family in study.families if family.contrast == DERIVED), None)
        if own is not None:
            lost = f", without {count(len(fed) - own.n_stems)} that the model failed" if own.n_stems < len(fed) else ""
            sentences.append(f"{whose}: tested apart{lost}.")
        elif len(fed) < LEAST_WORDS:
            sentences.append(f"{whose}: in no test; it takes {LEAST_WORDS} to test them apart.")
        else:
            sentences.append(f"{whose}: in no test; errors left fewer than {LEAST_WORDS}.")
    bare = sum(not event.item.stem for event in study.events.events) if study.design is not None else 0
    if bare:
        sentences.append(f"{count(bare)} of the list {'has' if bare == 1 else 'have'} no stem: in no test.")
    tested = {(head.kind, head.query) for family in study.families for head in family.heads}
    for view in study.events.views if study.design is not None and tested else ():
        if (view.kind, view.query) not in tested:
            sentences.append(
                f"Not tested: {view.kind}-attention in the {view.query} row, because some words of the design have no "
                "such row, or had nothing to read there."
            )
    return sentences


def _version() -> str:
    from .. import __version__

    return __version__


def _versions() -> dict[str, str]:
    """Libraries of the analysis; those of the model are in the manifest."""
    return {name: importlib.metadata.version(name) for name in ("scipy", "matplotlib", "panphon")}
