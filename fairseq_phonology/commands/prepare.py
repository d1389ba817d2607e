"""``fairseq-phonology prepare``: word lists in, a folder out that fairseq-train takes as it is."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..corpus.columns import EQUAL
from ..corpus.findings import left_out, report, segments_of
from ..corpus.fit import check_blanks, check_spaced, check_units, untagged_line
from ..corpus.headings import HEADER_RULE
from ..corpus.pairs import Word, read_words
from ..corpus.splits import drawn, name_words, split_by_ratio
from ..corpus.units import Units
from ..corpus.variants import DRAW, PAIRS, REPEAT, Weighed, check_groups, weigh
from ..errors import InputError
from ..phonology.grammar import STRATUM
from ..phonology.transcription import UNITS
from ..stimuli.items import COLUMNS
from ..text import listed, percent_of, read_number
from ..training.binarize import (
    SPLIT,
    binarize,
    new_data_folder,
    read_trained_on,
    read_units,
    recorded_variants,
    write_splits,
)
from ..training.dictionaries import Dictionaries, find_dictionaries
from .wiring.numbers import SEED, WORDS, Number
from .wiring.options import (
    UNITS_DEFAULT,
    add_list_options,
    add_tag_columns,
    list_options,
    tag_columns,
    units_or,
)
from .wiring.proposals import say_after_prepare
from .wiring.terminal import say

EXAMPLE = (
    "fairseq-phonology prepare pairs.tsv --split .8,.1,.1 --seed 1 --ur-units hangul-ur --sr-units ipa --dest data"
)
_OURS = (  # columns that this package's verbs write and read
    *(*COLUMNS[3:], "fed_by", "processes", "ur_text", "sr_text", STRATUM, "item", "probability"),
)
_UNWEIGHED = (
    "the model was trained with variants, and each of these words is compared with its own SR alone (--weight COLUMN, "
    "or --weight equal: several SRs of a UR are variants)"
)
_ROUNDED = 0.01 + 1e-9  # by how much shares such as .33,.33,.33 sum to another number than 1
_LIST = "a table (tabs, CSV, a CMUdict), or two parallel files UR,SR"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add(
        "pairs", nargs="?", metavar="PAIRS", help=f"{_LIST}, to be split or, with --dictionaries, tested; {HEADER_RULE}"
    )
    add(
        "--split",
        metavar="R,R[,R]",
        help="shares of train, valid and test, as in .8,.1,.1: their sum is 1; or whole numbers in proportion, as in "
        "8,1,1",
    )
    add("--seed", type=SEED, default=1, help="of the split, of --train-size and of --variants draw (default: 1)")
    add(
        "--split-by",
        metavar="COLUMN",
        help="all words with one value of this column into the same part, as lemmas (default: all words of one UR)",
    )
    add(
        "--repeats",
        type=Number(1, 1_000),
        metavar="N",
        help="N splits, with this seed and the next ones: DIR/split-1, ...",
    )
    add("--train", metavar="LIST", help=f"training words: {_LIST}")
    add(
        "--valid",
        metavar="LIST",
        action="append",
        default=[],
        help="validation words, a list as for --train; may be repeated",
    )
    add(
        "--test",
        metavar="LIST",
        action="append",
        default=[],
        help="test words, a list as for --train that need not have SRs; may be repeated (test, test1, ...); its "
        "words stay in their order, and repeated words stay",
    )
    add(
        "--train-size",
        type=WORDS,
        metavar="N",
        help="only N of the training words, or with --weight N of their URs, drawn with --seed; larger draws hold the "
        "smaller ones. The dictionaries stay those of all training words, and the other lists whole",
    )
    for form in ("ur", "sr"):
        add(f"--{form}-units", choices=UNITS, help=f"how the {form.upper()}s are written {UNITS_DEFAULT}")
    add("--keep-edges", action="store_true", help="keep + (a morpheme edge) as a segment of its own")
    add_list_options(parser)
    add_tag_columns(parser)
    add(
        "--weight",
        metavar="COLUMN",
        help="several SRs of a UR are variants, each of them right, and this column says how often each occurs (counts "
        f"or probabilities, relative within a UR); {EQUAL}: every line once",
    )
    add(
        "--variants",
        choices=(REPEAT, DRAW),
        help="training pairs of a UR: its SRs repeated in proportion to their weights, or drawn by them with --seed "
        f"(default: {REPEAT})",
    )
    add(
        "--pairs-per-ur",
        type=Number(1, 10_000),
        metavar="N",
        help=f"training pairs of each UR: {REPEAT}, the number up to N that rounds the weights least (default: "
        f"{PAIRS[REPEAT]}); {DRAW}, N (default: {PAIRS[DRAW]})",
    )
    add(
        "--dictionaries",
        metavar="BIN",
        help="use the dictionaries and units of this data folder, that of a trained model",
    )
    add("--source-lang", metavar="NAME", help="which of these dictionaries, dict.NAME.txt, is that of the URs")
    add("--target-lang", metavar="NAME", help="which is that of the SRs (default for both: what the files there tell)")
    add("--dest", metavar="DIR", required=True, help="new folder for the checked text and DIR/bin")
    add("--overwrite", action="store_true", help="replace a DIR that prepare made earlier")


def run(args: argparse.Namespace) -> None:
    """Read, check, report, write and binarize; nothing is left half-written."""
    check(args)
    ratios = _check_choice(args)
    dictionaries = _dictionaries(args)
    units = _units(args, dictionaries)
    notes = [f"dictionaries: {dictionaries.described}"] if dictionaries and dictionaries.options else []
    if args.profile and (forms := [form for form in ("ur", "sr") if not getattr(args, f"{form}_units")]):
        named = " and ".join(f"--{form}-units" for form in forms)
        notes.append(f"{named}: profile, since there is one (--profile) and no other was given")
    if ratios and (rescaled := _rescaled(args.split, ratios)):
        notes.append(rescaled)
    with new_data_folder(args.dest, args.overwrite) as folder:
        lines: list[str] = []
        for n, (name, splits) in enumerate(_read(args, ratios, units, notes)):
            known = trained_on = None
            if dictionaries:
                if not args.weight and recorded_variants(dictionaries.folder):
                    notes.append(_UNWEIGHED)
                known = dictionaries.segments()
                _check_units(splits, known, units)
                line = untagged_line((word.ur for words in splits.values() for word in words), known[0])
                notes += [line] * bool(line)
                trained_on = None if "train" in splits else read_trained_on(dictionaries.folder)
            weighed = _weighed(args, splits, args.seed + n)
            made = weighed.splits if weighed else splits
            for split, words in made.items():
                name_words(words, split)
            whole = made.get("train", []) if args.train_size else []
            if whole:
                made = made | {"train": drawn(whole, args.train_size, args.seed + n, by_ur=bool(weighed))}
                kept = {word.ur for word in made["train"]}
                splits |= {"train": [word for word in splits["train"] if word.ur in kept] if weighed else made["train"]}
                weighed = weighed and weighed.without(kept, made)
                known = known or segments_of(whole)
            lines += [*(["", f"{name}:"] if name else []), *report(splits, known, trained_on, units, weighed)]
            lines += left_out(whole, made["train"]) if whole else []
            splits = made
            (folder / name).mkdir(exist_ok=True)
            write_splits(folder / name, splits, units)
            binarize(folder / name, splits, units, dictionaries, weighed and weighed.variants, whole)
    # only now: `prepare ... | head` closes the pipe, and that must cost no folder
    for line in (*notes, *lines):
        say(line)
    say("", f"written: {args.dest}")
    first = Path(args.dest, f"{SPLIT}1") if args.repeats else Path(args.dest)
    test_list = args.pairs or next(iter(args.test), None)
    say_after_prepare(first, splits, test_list, dictionaries, weighed.pairs if weighed else 1)


def check(args: argparse.Namespace) -> None:
    """What the options alone tell: numbers, and which of them go together."""
    _check_choice(args)


def _check_choice(args: argparse.Namespace) -> list[float] | None:
    """The ratios of --split, if that is how the lists are given."""
    given = args.train or args.valid or args.test
    if args.pairs and given:
        raise InputError("found PAIRS and --train, --valid or --test; allowed: PAIRS, or the lists already split")
    if not args.pairs and not given:
        raise InputError("no word list; give PAIRS with --split, or --train, --valid and --test")
    if args.split and not args.pairs:
        raise InputError("found --split without PAIRS; --train, --valid and --test are already split")
    if (args.pairs_per_ur or args.variants) and not args.weight:
        option = "--pairs-per-ur" if args.pairs_per_ur else "--variants"
        raise InputError(f"found {option} without --weight; it says what is made of the SRs of a UR that are weighed")
    if args.train_size and not (args.split or args.train):
        raise InputError("found --train-size without training words (--split, or --train)")
    if (args.split_by or args.repeats) and not args.split:
        option = "--split-by" if args.split_by else "--repeats"
        raise InputError(f"found {option} without --split; it says how PAIRS are split")
    if not args.dictionaries:
        if args.pairs and not args.split:
            raise InputError(
                "PAIRS needs --split (as in --split .8,.1,.1) or, as a test list for a trained model, --dictionaries"
            )
        if given and not args.train:
            raise InputError("no --train; give it, or --dictionaries to make a test list for a trained model")
    if args.train and not args.valid:
        raise InputError("no --valid; give it, for the best model is chosen on it")
    return _ratios(args.split) if args.split else None


def _ratios(text: str) -> list[float]:
    """The sizes of the parts: shares, percentages, or whole numbers in the proportion of the parts."""
    try:
        ratios = [read_number(part) for part in text.split(",")]
    except ValueError:
        ratios = []
    if len(ratios) not in (2, 3) or not all(0 < ratio < math.inf for ratio in ratios):
        raise InputError(f"--split is {text!r}; allowed: two or three positive numbers, as in .8,.1,.1")
    whole = sum(ratios)
    if min(abs(whole - 1), abs(whole / 100 - 1)) > _ROUNDED and not all(ratio.is_integer() for ratio in ratios):
        raise InputError(
            f"--split is {text!r}, and the sum is {whole:g}; allowed: shares that sum to 1, or whole numbers in the "
            "proportion of the parts, as in 8,1,1"
        )
    return ratios


def _rescaled(text: str, ratios: list[float]) -> str:
    """What ratios that are neither shares nor percentages as they stand were taken for; empty where they are."""
    whole = sum(ratios)
    if any(math.isclose(whole, one, rel_tol=1e-6) for one in (1, 100)):
        return ""
    return f"--split {text}: the sum is {whole:g}; taken as {listed(percent_of(ratio, whole) for ratio in ratios)}"


def _dictionaries(args: argparse.Namespace) -> Dictionaries | None:
    if args.dictionaries:
        return find_dictionaries(args.dictionaries, args.source_lang, args.target_lang)
    if args.source_lang or args.target_lang:
        raise InputError("found --source-lang or --target-lang without --dictionaries, whose languages they name")
    return None


def _units(args: argparse.Namespace, dictionaries: Dictionaries | None) -> Units:
    trained = (read_units(dictionaries.folder) if dictionaries else None) or Units()
    read = list_options(args)
    return Units(
        units_or(args.ur_units, args, trained.ur),
        units_or(args.sr_units, args, trained.sr),
        args.keep_edges or trained.keep_edges,
        strip=read["strip"] or trained.strip,
        normalize_ipa=read["normalize_ipa"] or trained.normalize_ipa,
        phrases=read["phrases"] or trained.phrases,
        profile=read["profile"] or trained.profile,
        profile_column=read["profile_column"] or trained.profile_column,
        columns=dataclasses.replace(read["columns"], **_columns(args)),
    )


def _columns(args: argparse.Namespace) -> dict[str, Any]:
    return {
        **tag_columns(args),
        "weight": args.weight or "",
        "group": args.split_by or "",
    }


def _weighed(args: argparse.Namespace, splits: dict[str, list[Word]], seed: int) -> Weighed | None:
    if not args.weight:
        return None
    column = "the number of lines" if args.weight == EQUAL else args.weight
    return weigh(splits, args.variants or REPEAT, args.pairs_per_ur, seed, bool(args.split), column)


def _check_units(splits: dict[str, list[Word]], known: tuple[set[str], set[str]], units: Units) -> None:
    for words in splits.values():
        check_units(words, known[0], "the model's", "--ur-units", units.ur)
        check_units(words, known[1], "the model's", "--sr-units", units.sr, surface=True)


def _read(
    args: argparse.Namespace, ratios: list[float] | None, units: Units, notes: list[str]
) -> Iterator[tuple[str, dict[str, list[Word]]]]:
    """The folder, and the splits that belong there: one set, unless several were asked for."""

    def read(source: str) -> list[Word]:
        if args.dictionaries:  # their segments tell
            return read_words(source, units, notes, used=_OURS)
        words = read_words(source, units, notes, used=_OURS, check=functools.partial(check_spaced, units=units))
        check_blanks(words, units)
        return words

    if ratios:
        words = read(args.pairs)
        _check_paired(words, "train")  # or a list that is no table would have too few words
        if args.weight and args.split_by:
            check_groups(words, args.split_by)
        for n in range(args.repeats or 1):
            copies = [dataclasses.replace(word) for word in words]
            parts = split_by_ratio(copies, ratios, args.seed + n, args.split_by or "")
            splits = dict(zip(("train", "valid", "test"), parts, strict=False))
            yield f"{SPLIT}{n + 1}" if args.repeats else "", _paired(splits)
        return
    splits = {"train": read(args.train)} if args.train else {}
    splits |= {f"valid{n or ''}": read(source) for n, source in enumerate(args.valid)}
    tests = [args.pairs] if args.pairs else args.test
    splits |= {f"test{n or ''}": read(source) for n, source in enumerate(tests)}
    yield "", _paired(splits)


def _paired(splits: dict[str, list[Word]]) -> dict[str, list[Word]]:
    for split, words in splits.items():
        if not split.startswith("test"):
            _check_paired(words, split)
    return splits


def _check_paired(words: list[Word], split: str) -> None:
    if words[0].sr is not None:
        return
    one_column = not words[0].id and not words[0].more
    hint = " (one column was found; --separator)" if one_column else " (--sr-column)"
    raise InputError(f"has no SRs, and {split} needs them; only test words may be without{hint}", words[0].path)
