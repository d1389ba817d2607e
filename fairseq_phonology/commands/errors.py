"""``fairseq-phonology errors``: which words, segments and processes a model gets wrong."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..corpus.units import Units
from ..errors import InputError
from ..text import NONE, count, part_of, percent_of
from .wiring import options
from .wiring.terminal import aligned, say, say_written

if TYPE_CHECKING:
    from ..analysis.errors.measure import Errors, Group, Process
    from ..analysis.errors.summary import Summary

EXAMPLE = "fairseq-phonology errors generate.txt --words data/test.tsv --grammar grammar.toml --out errors"
_MOST_WORDS, _MOST_ROWS, _CONTEXTS = 20, 10, 3  # of the terminal; the tables have all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add(
        "outputs",
        nargs="+",
        metavar="OUTPUT",
        help="what a model said: the output of fairseq-generate (shards of one run joined by commas), a CSV of "
        "--save-predictions or of `checkpoints`, an attention dump, or a table with UR, SR and hypothesis; several are "
        "of several models of the same words",
    )
    add(
        "--words",
        metavar="TSV",
        help="the list that prepare wrote (DIR/test.tsv), for ids, columns and SRs; with variants.tsv beside it a word "
        "is right if it is any of its variants",
    )
    add(
        "--train",
        metavar="TSV",
        help="the training words that prepare wrote (DIR/train.tsv), or the folder of the dictionaries: errors by what "
        "a word has that training had not",
    )
    add("--grammar", metavar="FILE", help="grammar file (TOML): accuracy per process")
    options.add_include(parser)
    add("--partial", action="store_true", help="take an output that lacks words, as of a run that was broken off")
    add("--hypothesis-column", default="", metavar="COLUMN", help="column of the hypotheses: its name, or its number")
    options.add_units(parser)
    add("--out", metavar="DIR", help="new folder for tables and figures (default: none is made)")
    add("--overwrite", action="store_true", help="replace a DIR that errors made earlier")


def run(args: argparse.Namespace) -> None:
    """Read, compare, write, and say what is wrong; nothing is left half-written."""
    from ..analysis.errors.summary import summarize
    from ..analysis.pipeline.errors import FILES, find_errors

    if args.include and not args.grammar:
        raise InputError("found --with; allowed only with --grammar FILE, whose process it switches on")
    ur = options.units_or(args.ur_units, args)
    found = find_errors(
        args.outputs,
        args.out,
        words=args.words,
        training=args.train,
        grammar=args.grammar,
        include=args.include,
        units=Units(ur, args.sr_units or ur, keep_edges=True, **options.list_options(args)),
        hypothesis_column=args.hypothesis_column,
        partial=args.partial,
        overwrite=args.overwrite,
        say=say,
    )
    say(*said(found, summarize(found)))
    if args.out:
        say_written(args.out, [file for file in FILES if (Path(args.out) / file[0]).exists()])


def said(found: Errors, summary: Summary) -> Iterator[str]:
    """What the terminal shows: processes, confusions, groups, wrong words, and in the end exact match."""
    if found.accuracy is not None:
        yield from _process_lines(found)
    if found.confusions[0]:
        yield from _confusion_lines(found)
    yield from _group_lines("length of the UR", found, [found.lengths(n) for n in range(len(found.names))])
    if found.training is not None:
        yield from _group_lines("what training had of them", found, [found.unseen(n) for n in range(len(found.names))])
    yield from _word_lines(found)
    yield from _exact_lines(found, summary)


def _exact_lines(found: Errors, summary: Summary) -> Iterator[str]:
    from ..analysis.errors.summary import of_training_words

    rows = [["model", "exact match", "95 % interval", "right", "PER"]]
    trained = of_training_words(summary.models)
    for one in summary.models:
        interval = f"[{one.low:.2f}, {one.high:.2f}]"
        rows.append([one.model, f"{one.exact_match:.2f} %", interval, f"{one.right:,}", f"{one.per:.2f}"])
    if len(rows) > 2:
        mean = summary.mean
        yield from ("", *aligned(rows))
        yield ""
        yield (
            f"exact match on {count(summary.words)}: {mean.exact_match:.2f} % in the mean over {mean.models} models "
            f"(standard deviation {mean.deviation:.2f}, from {mean.lowest:.2f} to {mean.highest:.2f})"
        )
        yield from [trained] * bool(trained)
        return
    (one,) = summary.models
    interval = f"{one.right:,} of {one.words:,}; 95 % interval {one.low:.2f} to {one.high:.2f}"
    yield ""
    yield f"exact match on {count(summary.words)}: {one.exact_match:.2f} % ({interval}); PER {one.per:.2f}"
    yield from [trained] * bool(trained)
    if (varied := found.most_frequent_variant(0)) is not None:
        yield f"of the right words with variants, the most frequent one: {part_of(*varied)}"


def _process_lines(found: Errors) -> Iterator[str]:
    every = [found.processes(n) for n in range(len(found.names))]
    several = "" if len(every) == 1 else f", sums over {len(every)} models"
    asked = [some for some in zip(*every, strict=True) if any(one.due or one.not_due for one in some)]
    plain, rated = ([some for some in asked if some[0].variable is variable] for variable in (False, True))
    yield ""
    yield f"by process ({Path(found.grammar).name}{several}):"
    rows = [["process", "applied where due", "failed where due", "applied where not due"]]
    yield from aligned([*rows, *(_process_row(some) for some in plain)] if plain else [])
    if rated:
        rows = [["process with a rate", "applied where due", "in training", "rate of the grammar"]]
        yield from aligned([*rows, *map(_rated_row, rated)])


def _process_row(some: Sequence[Process]) -> list[str]:
    names = (("applied", "due"), ("failed", "due"), ("overapplied", "not_due"))
    return [some[0].process, *(part_of(*(sum(getattr(one, name) for one in some) for name in pair)) for pair in names)]


def _rated_row(some: Sequence[Process]) -> list[str]:
    one = some[0]
    name = f"{one.process} in {one.stratum}" if one.stratum else one.process
    trained = NONE if one.trained_due is None else part_of(one.trained, one.trained_due)
    rate = NONE if one.rate_of_grammar is None else percent_of(one.rate_of_grammar, 1, 1)
    return [name, part_of(sum(own.applied for own in some), sum(own.due for own in some)), trained, rate]


def _confusion_lines(found: Errors) -> Iterator[str]:
    from ..analysis.errors.confusions import NOTHING

    pairs, contexts = found.confusions
    yield ""
    yield f"segments, most frequent first ({count(sum(one.n for one in pairs), 'edit')}):"
    rows = [["gold", "", "said", "times", "of", "between"]]
    for one in pairs[:_MOST_ROWS]:
        own = [each for each in contexts if (each.gold, each.produced) == (one.gold, one.produced)]
        places = [f"{each.left}_{each.right} {each.n:,}" for each in own[:_CONTEXTS]]
        places += ["..."] * (len(own) > _CONTEXTS)
        gold, said = (found.nothing if segment == NOTHING else segment for segment in (one.gold, one.produced))
        rows.append([gold, "->", said, f"{one.n:,}", f"{one.of:,}", ", ".join(places)])
    yield from aligned(rows, left=(0, 1, 2, 5))
    if len(pairs) > _MOST_ROWS:
        yield f"  ... {len(pairs) - _MOST_ROWS:,} more"


def _group_lines(what: str, found: Errors, models: Sequence[Sequence[Group]]) -> Iterator[str]:
    several = "" if len(models) == 1 else f", sums over {len(models)} models"
    yield ""
    yield f"words right by {what}{several}:"
    for groups in zip(*models, strict=True):
        right, words = (sum(getattr(one, name) for one in groups) for name in ("right", "words"))
        yield f"  {groups[0].name:<18} {part_of(right, words)}"


def _word_lines(found: Errors) -> Iterator[str]:
    from ..analysis.errors.words import wrong_word

    wrong = [(model, n) for model in range(len(found.names)) for n in found.wrong(model)]
    several = f" in {len(found.names)} models" if len(found.names) > 1 else ""
    yield ""
    yield f"errors ({len(wrong):,}{several}):"
    by_word: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for model, n in wrong:
        by_word.setdefault((n, found.hypotheses[model][n]), []).append(model)
    for (n, hypothesis), models in sorted(by_word.items(), key=lambda one: -len(one[1]))[:_MOST_WORDS]:
        word = found.words[n]
        times = f"  {len(models)} of {count(len(found.names), 'model')}" if several else ""
        forms = map(" ".join, (word.ur, hypothesis, found.references[models[0]][n]))
        yield f"  {wrong_word(word.id, *forms, word.columns)}{times}{_processes(found.processes_of(models[0], n))}"
    if len(by_word) > _MOST_WORDS:
        yield f"  ... {len(by_word) - _MOST_WORDS:,} more (errors.csv in the folder of --out has all)"


def _processes(of_word: dict[str, list[str]]) -> str:
    """What is due in a word, what of it failed, and what applied where it is not due."""
    due = [f"{name} (failed)" if name in of_word["failed"] else name for name in of_word["due"]]
    said = [f"due: {', '.join(due)}"] * bool(due)
    said += [f"applied where not due: {', '.join(of_word['overapplied'])}"] * bool(of_word["overapplied"])
    return "".join(f"  {one}" for one in said)
