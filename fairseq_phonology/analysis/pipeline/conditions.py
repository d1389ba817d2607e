"""`analyze` with a condition: from a dump, or scores, and a list with a column of levels, to a folder with a report."""

from __future__ import annotations

import importlib.metadata
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...attention.dump.reader import AttentionDump
from ...corpus.units import Units
from ...errors import InputError
from ...phonology.grammar import Grammar, knowing_words
from ...text import count, listed
from ..contrasts.analyze import Options
from ..contrasts.conditions import ConditionStudy, compare_levels
from ..contrasts.level_tables import write_condition_tables
from ..contrasts.level_verdict import with_sentences
from ..contrasts.levels import contrasts_of
from ..design.conditions import RESPONSES, Conditions, ListedWord, check_repeats, conditions_of, read_conditions
from ..events.collect import is_forced
from ..events.measured import SCALE, Measured, attention_of, exact_match_of
from ..events.outcome import Outcomes
from ..people.scores import Scores
from ..provenance import OfGrammar, Provenance
from .folders import named_for, names_of, output
from .question import Say

CONDITION_FILES = (
    ("report.html", "everything on one page, to open in a browser"),
    ("summary.json", "the verdict, claims and largest differences of every contrast"),
    ("contrasts.csv", "every contrast for every head or model"),
    ("levels.csv", "the mean of every level, with its interval"),
    ("conditions.csv", "every item in every level, for R"),
    ("words.csv", "every word: item, level, the model's SR, why it is left out if it is"),
    ("figures/", "the report's figures, PNG and SVG"),
)
_MANIFEST = ("checkpoint_sha256", "model", "subset", "beam", "kinds", "words_written", "library_versions")


def analyze_conditions(
    dumps: Sequence[str | Path | AttentionDump],
    conditions: Conditions,
    stimuli: str | Path | None = None,
    out: str | Path | None = None,
    *,
    scores: str | Path | Scores | None = None,
    grammar: str | Path | Grammar | None = None,
    process: str = "",
    options: Options | None = None,
    units: Units | None = None,
    overwrite: bool = False,
    say: Say | None = None,
) -> ConditionStudy:
    """Does a response differ between the levels of a condition?

    Args:
        dumps: of one model over the words; for exact match also of several, each of another model.
        conditions: the column, its levels, the contrasts, and what is measured.
        stimuli: the list; with scores it may be left out where they have its columns.
        out: new folder, see `CONDITION_FILES`; None: nothing is written.
        scores: folder of `score` in place of a dump: log-odds of a candidate.
        grammar, process: for the decision step of a process, and for syllables; need not be given.
        options: seed, and optional processes that apply.
        units: how the list is written.
        overwrite: replace a folder that `analyze` made earlier.
        say: receives a line for each assumption.

    Returns:
        What was found, with its sentences.

    Raises:
        InputError: a list, a column, a level, a contrast or a position that cannot be used; words that the dump or the
            scores lack.
    """
    options, notes = options or Options(), []
    asked = _complete(conditions, dumps, scores)
    folder = output(out, overwrite, "analyze", CONDITION_FILES)
    outcomes = _outcomes(grammar, process, options)
    read = scores if scores is None or isinstance(scores, Scores) else Scores.read(scores)
    path = Path(stimuli) if stimuli is not None else Path(scores) if isinstance(scores, str | Path) else Path("scores")
    if stimuli is not None:
        words, levels = read_conditions(stimuli, asked, units, notes)
    elif read is None:
        raise InputError("--condition needs the list that has the column: give it as --stimuli")
    else:
        words, levels = conditions_of(_words_of(read, asked, path), asked, path, notes, scored=True)
    check_repeats(words, asked, path, _candidates(read))
    if outcomes is not None:
        outcomes.grammar = knowing_words(outcomes.grammar.asking(outcomes.include), words, path, notes)
    contrasts = contrasts_of(asked.contrasts, levels)
    if not asked.contrasts:
        notes.append(f"contrasts (--contrast): {', '.join(each.name for each in contrasts)}")
    for note in notes if say else ():
        say(note)
    with ExitStack() as stack:
        opened = [each if isinstance(each, AttentionDump) else stack.enter_context(_opened(each)) for each in dumps]
        measured = _measured(opened, read, words, asked, outcomes, path)
        manifests = [dump.manifest for dump in opened]
    study = compare_levels(words, levels, asked, contrasts, measured, options.seed, path)
    study.process = process
    study.provenance = _provenance(study, options, path, manifests, grammar, outcomes)
    with_sentences(study)
    with folder as place:
        if place is not None:
            _write(study, place)
    return study


def _complete(asked: Conditions, dumps: Sequence[object], scores: object) -> Conditions:
    """What is asked, with its response; what does not go together is refused."""
    response = asked.response or ("log-odds" if scores is not None else "attention")
    if response not in RESPONSES:
        raise InputError(f"--response is {response!r}; allowed: {listed(RESPONSES, 'or')}")
    if scores is not None and dumps:
        raise InputError("found a DUMP and --scores; allowed: one of them")
    if scores is None and not dumps:
        raise InputError("no attention dump was given; allowed: a DUMP, or --scores DIR")
    if (scores is not None) != (response == "log-odds"):
        needs = "--scores, a folder of score" if response == "log-odds" else "a DUMP"
        raise InputError(f"--response {response} needs {needs}")
    given = {"--look-at": asked.look_at, "--query": asked.query, "--kind": asked.kind.replace("cross", "")}
    foreign = next((name for name, value in given.items() if value), None)
    if response != "attention" and foreign:
        raise InputError(f"{foreign} is of attention; --response is {response}")
    if response != "log-odds" and asked.candidate:
        raise InputError(f"--candidate is of --scores; --response is {response}")
    if response == "attention" and len(dumps) > 1:
        raise InputError(
            f"{len(dumps)} dumps: heads have no identity across models, so that a contrast over models has no head to "
            "be about; give one model at a time, or --response exact-match, or --scores of all models"
        )
    return replace(asked, response=response)


def _outcomes(grammar: str | Path | Grammar | None, process: str, options: Options) -> Outcomes | None:
    if grammar is None and not process:
        return None
    if grammar is None or not process:
        raise InputError("--grammar and --process belong together; with --condition both may be left out")
    return Outcomes(grammar if isinstance(grammar, Grammar) else Grammar.load(grammar), process, options.include)


def _measured(
    dumps: list[AttentionDump],
    scores: Scores | None,
    words: list[ListedWord],
    asked: Conditions,
    outcomes: Outcomes | None,
    path: Path,
) -> Measured:
    if scores is not None:
        return log_odds_of(scores, words, asked.candidate, path)
    if asked.response == "attention":
        return attention_of(dumps[0], words, asked, outcomes, path)
    for dump in dumps:
        if is_forced(dump):
            raise InputError(
                "was made under forced decoding, so that every word is right: no exact match", dump.paths[0]
            )
    return exact_match_of(dict(zip(names_of([dump.paths[0] for dump in dumps]), dumps, strict=True)), words)


def log_odds_of(scores: Scores, words: Sequence[ListedWord], candidate: str, path: Path) -> Measured:
    """Log-odds of a candidate against the item's other candidates of the list or the grammar, of each model.

    Raises:
        InputError: a word without scores, without such a candidate, or without another one.
    """
    variants = list(dict.fromkeys(one.variant for one in scores.candidates if one.variant))
    if candidate not in variants:
        found = f"found {listed(map(repr, variants))}" if variants else "the scores have no variants"
        given = f"is {candidate!r}" if candidate else "is missing"
        raise InputError(f"--candidate {given}; allowed: a variant of the candidates; {found}")
    values = np.empty((len(words), len(scores.models)))
    is_own = np.array([one.variant == candidate for one in scores.candidates])
    for n, word in enumerate(words):
        numbers, line = scores.alternatives.get(word.id), word.line or None
        if numbers is None:
            raise InputError(f"{word.id!r} is not among the items of the scores", path, line)
        seen = scores.candidates[scores.items[word.id][0]].ur
        if word.ur != seen:
            both = " and ".join(
                f"/{' '.join(ur)}/ {where}" for ur, where in ((word.ur, "here"), (seen, "in the scores"))
            )
            raise InputError(f"{word.id!r} is {both}: are these the scores of this list?", path, line)
        own = is_own[numbers]
        if own.all() or not own.any():
            lacks = "other candidate" if own.any() else f"candidate {candidate!r}"
            raise InputError(f"{word.id!r} has no {lacks}; log-odds need both", path, line)
        log_prob = scores.log_prob[:, numbers]
        values[n] = np.logaddexp.reduce(log_prob[:, own], 1) - np.logaddexp.reduce(log_prob[:, ~own], 1)
    return Measured(scores.models, {SCALE: values}, np.ones(len(words), bool), ("",) * len(words))


def _words_of(scores: Scores, asked: Conditions, path: Path) -> list[ListedWord]:
    """The items of scores with their columns, which must not differ between an item's candidates."""
    words = []
    for item, numbers in scores.items.items():
        rows = [scores.candidates[n] for n in numbers]
        for name in filter(None, (asked.column, asked.item)):
            if len({row.columns.get(name, "") for row in rows}) > 1:
                raise InputError(f"{name} differs between the candidates of {item!r}; allowed: one value", path)
        words.append(ListedWord(item, rows[0].ur, None, "", "", dict(rows[0].columns)))
    return words


def _candidates(scores: Scores | None) -> dict[str, object]:
    """Item -> its candidates, whose probabilities are compared; empty where it is something else."""
    items = {item: [scores.candidates[n] for n in numbers] for item, numbers in scores.items.items()} if scores else {}
    return {item: frozenset((one.sr, one.variant) for one in own) for item, own in items.items()}


def _opened(path: str | Path) -> AttentionDump:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an incomplete dump is refused by name in a moment
        return AttentionDump(path)


def _provenance(
    study: ConditionStudy,
    options: Options,
    path: Path,
    manifests: list[dict],
    grammar: str | Path | Grammar | None,
    outcomes: Outcomes | None,
) -> Provenance:
    from ... import __version__

    given = {name: getattr(study.asked, name) for name in ("item", "look_at", "query", "kind", "candidate")}
    given = {name.replace("_", "-"): value for name, value in given.items() if value not in ("", "cross")}
    manifest = {key: manifests[0][key] for key in _MANIFEST if key in manifests[0]} if len(manifests) == 1 else {}
    of = OfGrammar()
    if outcomes is not None:
        process = outcomes.grammar.process(outcomes.process)
        name = "" if isinstance(grammar, Grammar) else Path(grammar).name
        of = OfGrammar(name, outcomes.grammar.citation, process.citation, tuple(rule.text for rule in process.rules))
    versions = {"fairseq_phonology": __version__} | (manifest.get("library_versions") or {})
    versions |= {name: importlib.metadata.version(name) for name in ("scipy", "matplotlib")}
    left = study.measured.left_out
    return Provenance(
        "conditions",
        grammar=of,
        manifest=manifest,
        items=path.name,
        exclusions=(f"{count(left)} of the dump {'is' if left == 1 else 'are'} not compared.",) if left > 0 else (),
        options={"seed": options.seed, "with": list(options.include)} | given,
        versions=versions,
    )


def _write(study: ConditionStudy, folder: Path) -> None:
    from ..figures import save_figures
    from ..report.conditions import write_conditions_report

    with named_for(folder, "cannot be written"):
        write_condition_tables(study, folder)
        figures = save_figures("conditions", folder / "figures", study)
        write_conditions_report(study, folder / "report.html", figures)
