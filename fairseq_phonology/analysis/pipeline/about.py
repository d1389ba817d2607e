"""The provenance of each kind of result, and what of the words is in no test."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...attention.dump.reader import AttentionDump
from ...phonology.grammar import Grammar
from ...stimuli.items import Item
from ...text import count
from ...training.checkpoints.saved import SavedCheckpoint
from ..contrasts.analyze import Options
from ..contrasts.study import Study
from ..design.coverage import coverage_of
from ..events.collect import is_forced
from ..interventions.run import Question
from ..provenance import Coverage, OfGrammar, Provenance
from .beside import sha256

_OF_MANIFEST = ("checkpoint_sha256", "model", "subset", "beam", "kinds", "words_written", "library_versions")
_LIBRARIES = ("scipy", "matplotlib", "panphon")  # of the analysis; those of the model are in the manifest


def of_attention(
    question: Question, options: Options, dump: AttentionDump, study: Study, **names: str | int | None
) -> Provenance:
    """Of `analyze`, for one model; ``names`` are further fields: of the other dumps and of folders."""
    manifest = {key: dump.manifest.get(key) for key in _OF_MANIFEST if key in dump.manifest}
    libraries = manifest.get("library_versions") or {}
    return Provenance(
        "attention",
        **_asked(question, options, items=study.events.items),
        manifest=manifest | {"settings": {"score_reference": is_forced(dump)}},
        dump=Path(os.path.abspath(dump.paths[0])).name,
        exact_match=study.events.exact_match(),
        exclusions=tuple(_exclusions(study)),
        versions=package() | libraries | _libraries(),
        **names,
    )


def of_models(made: Provenance, question: Question, options: Options, **further: Any) -> Provenance:
    """Of several models what is the same for all; ``further`` are options of one verb."""
    return replace(made, **_asked(question, options, **further), versions=package() | _libraries())


def of_interventions(
    question: Question,
    options: Options,
    controls: str,
    checkpoint: str | Path,
    sha: str,
    attention: Path | None,
    one_of: int | None,
) -> Provenance:
    """Of `intervene`, for one model."""
    return Provenance(
        "interventions",
        **_asked(question, options, controls=controls),
        checkpoint=Path(checkpoint).name,
        checkpoint_sha256=sha,
        attention=name_of(attention),
        one_of=one_of,
        versions=package(),
    )


def of_run(
    made: Provenance,
    question: Question,
    save_dir: Path,
    states: Sequence[SavedCheckpoint],
    followed: Sequence[SavedCheckpoint],
    subset: str,
    options: dict[str, Any],
) -> Provenance:
    """Of `dynamics`.

    Args:
        states, followed: all checkpoints of the run, and those that were followed.
    """
    return replace(
        made,
        grammar=_grammar(question),
        items=name_of(question.stimuli),
        run=save_dir.resolve().name,
        checkpoints_there=len(states),
        checkpoints_followed=len(followed),
        checkpoint_sha256={state.name: sha256(state.path) for state in followed},
        subset=subset,
        options=options,
        versions=package(),
    )


def _asked(question: Question, options: Options, items: Sequence[Item] | None = None, **further: Any) -> dict[str, Any]:
    """``items``: of the events, where there is no list of words; else those of the list."""
    tests = {"seed": options.seed, "with": list(options.include)}
    grammar = _grammar(question, items)
    return {"grammar": grammar, "items": name_of(question.stimuli), "options": tests | further}


def _grammar(question: Question, items: Sequence[Item] | None = None) -> OfGrammar:
    own = question.coverage
    if own is None and items is not None:
        own = coverage_of(question.grammar, question.process, items, question.include)
    return replace(grammar_of(question.grammar, question.process, question.grammar_file), coverage=own or Coverage())


def grammar_of(grammar: Grammar, process: str, path: Path | None) -> OfGrammar:
    """A grammar, the file that it is from, and one of its processes."""
    found = grammar.process(process)
    rules = tuple(rule.text for rule in found.rules)
    return OfGrammar(name_of(path) or "", grammar.citation, found.citation, rules)


def name_of(path: str | Path | None) -> str | None:
    """Of a file or a folder; None where there is none."""
    return None if path is None else Path(path).name


def package() -> dict[str, str]:
    """The version of this package."""
    from ... import __version__

    return {"fairseq_phonology": __version__}


def _libraries() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _LIBRARIES}


def _exclusions(study: Study) -> list[str]:
    """What of the dump and of the list is in no cell, in sentences."""
    sentences = []
    if study.events.left_out:
        listed = any(event.item.line for event in study.events.events)
        one = study.events.left_out == 1
        why = "not in the list, or without such a place" if listed else "not analyzed: the process does not apply"
        sentences.append(f"{count(study.events.left_out)} of the dump {'is' if one else 'are'} {why}.")
    if study.events.fillers:
        are = "is a filler" if study.events.fillers == 1 else "are fillers"
        sentences.append(f"{count(study.events.fillers)} of the list {are}: not in any cell.")
    if study.exclusions is not None and study.exclusions.suffixes_excluded:
        names = ", ".join(study.exclusions.suffixes_excluded)
        sentences.append(f"Excluded, as the model failed in over half of their words: suffixes {names}.")
    sentences += _apart(study)
    ambiguous = sum(event.ambiguous for event in study.events.events)
    if ambiguous:
        sentences.append(
            f"In {count(ambiguous)} the model's SR corresponds to the gold one in several ways equally well; "
            "column ambiguous of words.csv marks them."
        )
    return sentences


def _apart(study: Study) -> list[str]:
    """What of the design is not tested, or has a test of its own."""
    from ...stimuli.items import LEAST_WORDS
    from ..contrasts.kinds import DERIVED
    from ..design.crossing import derived_words

    sentences, fed = [], derived_words(study.events.items)
    if fed and study.exclusions is not None:  # a plain list has no tests to be left out of
        feeding = ", ".join(dict.fromkeys(name for names in fed.values() for name in names))
        whose = f"{count(len(fed))} with a site that another process creates ({feeding})"
        own = next((family for family in study.families if family.contrast == DERIVED), None)
        if own is not None:
            lost = f", without {count(len(fed) - own.n_stems)} with errors" if own.n_stems < len(fed) else ""
            sentences.append(f"{whose}: a test of their own{lost}.")
        elif len(fed) < LEAST_WORDS:
            sentences.append(f"{whose}: not tested; a test of their own needs {LEAST_WORDS}.")
        else:
            sentences.append(f"{whose}: not tested; errors left fewer than {LEAST_WORDS}.")
    bare = sum(not event.item.stem for event in study.events.events) if study.design is not None else 0
    if bare:
        sentences.append(f"{count(bare)} of the list {'has' if bare == 1 else 'have'} no stem: not tested.")
    tested = {(head.kind, head.query) for family in study.families for head in family.heads}
    for view in study.events.views if study.design is not None and tested else ():
        if (view.kind, view.query) not in tested:
            sentences.append(
                f"Not tested: {view.kind}-attention of the {view.query} query; in some words of the design "
                "there is no such query, or nothing to attend to."
            )
    return sentences
