"""What a report and ``summary.json`` say about where a result comes from, and what of the words is in no test."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...attention.dump.reader import AttentionDump
from ...text import count
from ...training.saved import SavedCheckpoint
from ..contrasts.analyze import Options
from ..contrasts.study import Study
from ..events.collect import is_forced
from ..interventions.run import Question
from .beside import sha256

if TYPE_CHECKING:
    from .interventions import _Model

_OF_MANIFEST = ("checkpoint_sha256", "model", "subset", "beam", "kinds", "words_written", "library_versions")
_LIBRARIES = ("scipy", "matplotlib", "panphon")  # of the analysis; those of the model are in the manifest


def facts_of(
    question: Question,
    options: Options,
    dump: AttentionDump,
    study: Study,
    baseline: Path | None = None,
    forced: Path | None = None,
) -> dict[str, Any]:
    """Of `analyze`, for one model: grammar, dumps, manifest, options, exclusions and versions.

    Args:
        baseline, forced: its other two dumps.
    """
    words = {event.item.id: event.surface == event.reference for event in study.events.events}
    manifest = {key: dump.manifest.get(key) for key in _OF_MANIFEST if key in dump.manifest}
    manifest["settings"] = {"score_reference": is_forced(dump)}
    return {
        "grammar": _of_grammar(question),
        "manifest": manifest,
        **{
            what: Path(os.path.abspath(path)).name if path else None
            for what, path in (("dump", dump.paths[0]), ("baseline", baseline), ("forced", forced))
        },
        "items": _name(question.stimuli),
        "exact_match": [sum(words.values()), len(words)],
        "exclusions": _exclusions(study),
        "options": _options(options),
        "versions": {"fairseq_phonology": _version(), **(manifest.get("library_versions") or {}), **_versions()},
    }


def facts_of_models(question: Question, options: Options) -> dict[str, Any]:
    """Of `analyze`, for several models: what is the same for all."""
    return {
        "grammar": _of_grammar(question),
        "items": _name(question.stimuli),
        "options": _options(options),
        "versions": {"fairseq_phonology": _version(), **_versions()},
    }


def facts_of_interventions(
    question: Question, options: Options, controls: str, model: _Model | None = None
) -> dict[str, Any]:
    """Of `intervene`, for one model; without it, for several what is the same for all."""
    own = {} if model is None else {"checkpoint": Path(model.checkpoint).name, "checkpoint_sha256": model.sha256}
    attention = {} if model is None else {"attention": _name(model.attention)}
    return {
        **own,
        "grammar": _name(question.grammar_file),
        "items": _name(question.stimuli),
        **attention,
        "options": _options(options) | {"controls": controls},
        "versions": {"fairseq_phonology": _version()},
    }


def facts_of_run(
    question: Question,
    save_dir: Path,
    states: Sequence[SavedCheckpoint],
    followed: Sequence[SavedCheckpoint],
    subset: str,
    options: dict[str, Any],
) -> dict[str, Any]:
    """Of `dynamics`.

    Args:
        states, followed: all checkpoints of the run, and those that were followed.
    """
    return {
        "run": save_dir.resolve().name,
        "checkpoints_there": len(states),
        "checkpoints_followed": len(followed),
        "checkpoint_sha256": {state.name: sha256(state.path) for state in followed},
        "subset": subset,
        "grammar": _name(question.grammar_file),
        "items": _name(question.stimuli),
        "options": options,
        "versions": {"fairseq_phonology": _version()},
    }


def _of_grammar(question: Question) -> dict[str, Any]:
    process = question.grammar.process(question.process)
    return {
        "path": _name(question.grammar_file) or "",
        "citation": question.grammar.citation,
        "process_citation": process.citation,
        "rules": [rule.text for rule in process.rules],
    }


def _name(path: Path | None) -> str | None:
    return None if path is None else path.name


def _options(options: Options) -> dict[str, Any]:
    return {"permutations": options.permutations, "seed": options.seed, "with": list(options.include)}


def _version() -> str:
    from ... import __version__

    return __version__


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _LIBRARIES}


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
    from ...stimuli.items import LEAST_WORDS
    from ..contrasts.table import DERIVED
    from ..design.crossing import derived_words

    sentences, fed = [], derived_words(study.events.items)
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
