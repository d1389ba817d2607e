"""What a study found, in the terminal: exact match with the errors, every verdict, where all of it lies."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...analysis.errors.summary import of_training_words
from ...analysis.errors.words import wrong_word
from ...analysis.statistics.over_models import FEWEST
from ...text import counted, in_words, percent_of, size
from .. import layout
from .found import Question, Results, Tested
from .verdicts import ASKED, ATTENDS, SCORES, STIMULI, USES, kind_of

_MOST = 25  # errors that are listed
ONE_MODEL = (
    "This is one model. Whether others do the same, more seeds show; a test over models needs "
    f"{in_words(FEWEST)} (seeds = {FEWEST})."
)
_EXCHANGED = ", with keys and values of the trigger exchanged"


def say_results(results: Results) -> list[str]:
    """What a study found so far, in lines for the terminal. What is not finished is said as such."""
    found = [*_words(results), *_verdicts(results), "", *_places(results)]
    return found if found[0] else found[1:]


def _words(results: Results) -> Iterator[str]:
    study = results.study
    for model in () if results.lists else study.models:
        values, of = results.validated(model), f", {model}" if len(study.models) > 1 else ""
        words = f"{results.validated_words} words of validation".lstrip()
        yield f"exact match on {words}{of}: {_over(values, len(study.seeds))}"
    for name in study.lists:
        if name not in results.lists:
            yield f"{name} has no SRs to compare with; what the models say: lists/{name}/MODEL/SEED/generate.txt"
            continue
        for model in study.models:
            tested, of = results.of(name, model), f", {model}" if len(study.models) > 1 else ""
            if not tested:
                yield f"exact match on {name}{of}: not finished"
            elif len(study.seeds) == 1:
                yield from _one(tested[0], of)
            else:
                yield _several(tested, of, len(study.seeds))
                yield from _trained(tested)


def _one(tested: Tested, of: str) -> Iterator[str]:
    """One model: exact match, and every error, if they are few."""
    errors = tested.errors
    words, wrong = f"{errors.words:,} words of {tested.list}{of}", errors.words - errors.right
    yield f"exact match on {words}: {percent_of(errors.right, errors.words)}"
    yield from _trained([tested])
    if wrong > _MOST:
        yield f"errors ({wrong:,}): {tested.folder}/errors.csv"
    elif wrong:
        yield f"errors ({wrong}):"
        for row in tested.wrong:
            yield f"  {wrong_word(row['id'], row['ur'], row['hypothesis'], row['reference'], row)}"


def _trained(tested: Sequence[Tested]) -> list[str]:
    """That some of the words are no new ones for the models."""
    said = of_training_words([each.errors for each in tested])
    return [f"  {said}"] * bool(said)


def _several(tested: list[Tested], of: str, seeds: int) -> str:
    words = f"{tested[0].errors.words:,} words of {tested[0].list}{of}"
    return f"exact match on {words}: {_over([each.errors.exact_match for each in tested], seeds)}"


def _over(values: Sequence[float], seeds: int) -> str:
    """The one value, or mean and range of those that are there."""
    if not values or seeds == 1:
        return percent_of(values[0], 100) if values else "not finished"
    mean, low, high = (percent_of(value, 100) for value in (sum(values) / len(values), min(values), max(values)))
    lacking = seeds - len(values)
    rest = f" ({counted(lacking, 'seed')} not finished)" if lacking else ""
    return f"mean {mean}, {low.removesuffix(' %')} to {high} over {counted(len(values), 'seed')}{rest}"


def _verdicts(results: Results) -> Iterator[str]:
    study = results.study
    for question in results.questions:
        for asked, finding in question.findings.items():
            of = f", {question.model}" if len(study.models) > 1 else ""
            said = "not finished" if finding is None else f"{finding.sentence} {finding.warning}".rstrip()
            yield ""
            yield f"{_subject(question, asked)}{of}: {said}"
    if len(study.seeds) == 1 and results.questions:
        yield ""
        yield ONE_MODEL


def _subject(question: Question, asked: str) -> str:
    """``designed stimuli``; ``designed stimuli, with keys and values of the trigger exchanged``."""
    if question.kind == STIMULI:
        rest = {ATTENDS: "", USES: _EXCHANGED}.get(asked, f", {asked}")
        return f"{question.name} stimuli{rest}"
    seed = asked.removeprefix(kind_of(asked))  # of attention to conditions each seed has its own
    return ASKED[kind_of(asked)] + ("" if question.kind == SCORES else f", {question.name}") + seed


def _places(results: Results) -> Iterator[str]:
    """The folder, and what of it to look at first."""
    dest = Path(results.study.dest)
    yield f"Everything lies in {_shown(dest)}/:"
    page, table, archive = layout.INDEX
    found = [(page, "every report, exact match, curves, errors, what was run; open it in a browser")]
    found += [(table, "one row per model"), (archive, "page, reports, tables and figures, to hand on")]
    found += [(page, _subject(each, next(iter(each.findings)))) for each in results.questions for page in _first(each)]
    found += [(f"{tested.folder}/errors.csv", f"every wrong word of {tested.list}") for tested in results.tested[:1]]
    found += [(path, f"heat map of {word}") for each in results.tested[:1] for word, path in each.heatmaps.items()]
    found += [(run.stamp.checkpoint, "the model" if len(results.runs) == 1 else "the first of the models")
              for run in results.runs[:1] if run.stamp]  # fmt: skip
    found += [(layout.LOGS, "every command and what it printed")]
    for name, what in found:
        if (path := dest / name).exists() and name not in results.stale:
            yield f"  {name}{'/' * path.is_dir()}  {what}" + (
                f" ({size(path.stat().st_size)})" if name == archive else ""
            )


def _first(question: Question) -> list[str]:
    return list(question.pages.values())[:1]


def _shown(folder: Path) -> str:
    """From the working directory, if that is shorter."""
    near = os.path.relpath(folder)
    return near if len(near) < len(str(folder)) else str(folder)
