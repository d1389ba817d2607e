"""Options that several verbs have, and the dataclasses that they make."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from ...corpus.columns import Columns
from ...corpus.lexicon import Lexicon
from ...corpus.signs import signs_to_strip
from ...corpus.tables import SEPARATORS
from ...corpus.units import Units
from ...errors import InputError
from ...phonology.grammar import STRATUM, Grammar
from ...phonology.phonotactics.ngrams import ORDER
from ...phonology.transcription import UNITS
from ...text import decimal
from .numbers import BATCH, NGRAM, SEED

if TYPE_CHECKING:
    from ...analysis.contrasts.analyze import Options
    from ...analysis.interventions.run import Running


NO_STRATA = "the grammar has no [strata], or only optional processes depend on them (--with NAME)"
UNITS_DEFAULT = "(default: space; with --profile, profile)"


def add_include(parser: argparse.ArgumentParser) -> None:
    """``--with``."""
    text = "apply this optional process, too; may be repeated"
    parser.add_argument("--with", dest="include", action="append", default=[], metavar="NAME", help=text)


def add_tag(parser: argparse.ArgumentParser) -> None:
    """``--tag stratum``."""
    text = "write the stratum of each word as a symbol at the end of its UR, such as <sino>, which the model then sees"
    parser.add_argument("--tag", choices=[STRATUM], help=text)


def check_tag(args: argparse.Namespace, grammar: Grammar | None) -> None:
    """A tag asks for strata."""
    if args.tag and not (grammar and grammar.strata):
        raise InputError(f"found --tag stratum, and {NO_STRATA}", args.grammar)


def add_list_options(parser: argparse.ArgumentParser) -> None:
    """How a word list is read, besides its units: columns, header, separator, signs that are left out."""
    add = parser.add_argument
    what = {"ur": "underlying form", "sr": "surface form", "id": "names of the words"}
    for name, kind in what.items():
        add(f"--{name}-column", metavar="COLUMN", help=f"column of the {kind}: its name, or its number from 1")
    add(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="the first line is a header, or is a word (default: as its cells look; refused if that is unclear)",
    )
    add("--separator", choices=SEPARATORS, help="what separates the columns (default: as the lines look)")
    add(
        "--strip",
        metavar="SIGNS",
        help='leave these signs out of the words, as in --strip "ˈ ˌ . / [ ]"; U+200B for one that is not seen',
    )
    add(
        "--normalize-ipa",
        action="store_true",
        help="mend look-alikes of IPA (g : ɂ ʦ), and leave out characters that are not seen; in spellings only these",
    )
    add("--phrases", action="store_true", help="read the blanks between the words of a phrase as #")
    add_profile(parser)


def add_profile(parser: argparse.ArgumentParser) -> None:
    """``--profile`` and its column."""
    add = parser.add_argument
    add("--profile", metavar="FILE", help="an orthography profile (tabs, a column Grapheme), for the units `profile`")
    add(
        "--profile-column",
        metavar="COLUMN",
        help="column of the profile with what a grapheme becomes, such as IPA (default: it stays)",
    )


def add_tag_columns(parser: argparse.ArgumentParser) -> None:
    """``--tag-columns`` and ``--whole-tags``."""
    add = parser.add_argument
    add(
        "--tag-columns",
        metavar="COLUMN[,COLUMN]",
        help="put the values of these columns behind the URs, as symbols such as <PST>; V;PST is two",
    )
    add("--whole-tags", action="store_true", help="keep a value such as V;PST whole, as one symbol")


def tag_columns(args: argparse.Namespace) -> dict[str, Any]:
    """What `add_tag_columns` asked for, as arguments of `Columns`."""
    named = map(str.strip, (args.tag_columns or "").split(","))
    return {"tags": tuple(filter(None, named)), "whole_tags": args.whole_tags}


def add_phonotactics(parser: argparse.ArgumentParser, form: str = "UR") -> None:
    """``--phonotactics``, ``--phonotactics-units`` and ``--ngram``; ``form``: UR or SR, whose n-grams these are."""
    add = parser.add_argument
    add(
        "--phonotactics",
        metavar="LIST",
        help=f"add a column `phonotactics`: the log-probability of each {form} by the n-grams of the {form}s of this "
        "word list (as for prepare, or its train.tsv)",
    )
    add("--phonotactics-units", choices=UNITS, help=f"how the {form}s of that list are written {UNITS_DEFAULT}")
    add_ngram(parser)


def add_ngram(parser: argparse.ArgumentParser) -> None:
    """``--ngram``."""
    text = f"order of the n-grams: {ORDER} looks at {ORDER - 1} segments before (default: {ORDER})"
    parser.add_argument("--ngram", type=NGRAM, metavar="N", help=text)


def check_phonotactics(args: argparse.Namespace) -> None:
    """Refuse the other options of `add_phonotactics` without its list."""
    for option in ("ngram", "phonotactics_units"):
        if getattr(args, option) is not None and not args.phonotactics:
            raise InputError(f"found --{option.replace('_', '-')}; allowed only with --phonotactics LIST")


def phonotactics(
    args: argparse.Namespace, known: Collection[str], whose: str, notes: list[str]
) -> Callable[[Sequence[str]], str] | None:
    """The column that `add_phonotactics` asked for, as a function of a UR; None where it did not.

    Args:
        args: the options.
        known: the segments that the words may have.
        whose: these are, in messages.
        notes: receives a sentence for each assumption about the list.

    Raises:
        InputError: an option of it without a list; as `Lexicon.read`.
    """
    check_phonotactics(args)
    if not args.phonotactics:
        return None
    units = Units(units_or(args.phonotactics_units, args), keep_edges=True, **list_options(args))
    lexicon = Lexicon.read(args.phonotactics, units, known, whose, "--phonotactics-units", notes)
    ngrams = lexicon.ngrams(args.ngram or ORDER)
    return lambda ur: decimal(ngrams.log_prob(ur), 4)


def units_or(given: str | None, args: argparse.Namespace, usual: str = "space") -> str:
    """The units that were given; else those of the profile, if there is one; else the usual ones."""
    return given or ("profile" if args.profile else usual)


def list_options(args: argparse.Namespace) -> dict[str, Any]:
    """What `add_list_options` asked for, as arguments of `Units`."""
    columns = Columns(
        ur=args.ur_column or "",
        sr=args.sr_column or "",
        id=args.id_column or "",
        header=args.header,
        separator=args.separator,
    )
    return {
        "strip": signs_to_strip(args.strip or ""),
        "normalize_ipa": args.normalize_ipa,
        "phrases": args.phrases,
        "profile": args.profile or "",
        "profile_column": args.profile_column or "",
        "columns": columns,
    }


def list_words(args: argparse.Namespace) -> list[str]:
    """The words of a command line that ask for the same."""
    names = ("ur_column", "sr_column", "id_column", "separator", "strip", "profile", "profile_column")
    words = [w for n in names if getattr(args, n) for w in (f"--{n.replace('_', '-')}", getattr(args, n))]
    words += [] if args.header is None else ["--header" if args.header else "--no-header"]
    return words + [f"--{n.replace('_', '-')}" for n in ("normalize_ipa", "phrases") if getattr(args, n)]


def add_units(parser: argparse.ArgumentParser) -> None:
    """``--ur-units`` and ``--sr-units`` of a list of stimuli, and how else it is read."""
    add = parser.add_argument
    add("--ur-units", choices=UNITS, help=f"how the URs of that list are written {UNITS_DEFAULT}")
    add("--sr-units", choices=UNITS, help="how its SRs are written (default: as --ur-units)")
    add_list_options(parser)


def add_question(
    parser: argparse.ArgumentParser, stimuli: str, required: bool = True, process_required: bool = True
) -> None:
    """What is asked: grammar, process, words and how they are written.

    Args:
        stimuli: help of ``--stimuli``.
        required: are there no results without it?
        process_required: are there no results without a grammar and a process?
    """
    add = parser.add_argument
    add("--grammar", required=process_required, metavar="FILE", help="grammar file (TOML); it derives the gold SRs")
    add("--process", required=process_required, metavar="NAME", help="the process that is studied")
    add("--stimuli", required=required, metavar="TSV", help=stimuli)
    add_units(parser)
    add_include(parser)


def question(args: argparse.Namespace) -> dict[str, Any]:
    """What `add_question` asked for, as the arguments of `analyze`, `intervene` and `dynamics`."""
    ur = units_or(args.ur_units, args)
    units = Units(ur, args.sr_units or ur, keep_edges=True, **list_options(args))
    return {"grammar": args.grammar, "process": args.process, "stimuli": args.stimuli, "units": units}


def add_tests(parser: argparse.ArgumentParser) -> None:
    """``--seed``."""
    parser.add_argument("--seed", type=SEED, default=1, metavar="S", help="seed of the resampling (default: 1)")


def tests(args: argparse.Namespace) -> Options:
    """What `add_tests` asked for."""
    from ...analysis.contrasts.analyze import options_of

    return options_of(args.seed, args.include)


def add_user_dir(parser: argparse.ArgumentParser) -> None:
    """``--user-dir`` of a run."""
    parser.add_argument("--user-dir", metavar="DIR", help="folder of the run's own task or architecture, if it has one")


def add_cpu(parser: argparse.ArgumentParser) -> None:
    """``--cpu``."""
    parser.add_argument("--cpu", action="store_true", help="compute on the CPU even if there is a GPU")


def add_running(parser: argparse.ArgumentParser, data: str) -> None:
    """How checkpoints are run.

    Args:
        data: help of ``--data``.
    """
    add = parser.add_argument
    add("--data", metavar="BIN", help=data)
    add("--batch-size", type=BATCH, default=1024, metavar="N", help="words x interventions in a batch (default: 1024)")
    add_user_dir(parser)
    add_cpu(parser)


def running(args: argparse.Namespace) -> Running:
    """What `add_running` asked for."""
    from ...analysis.interventions.run import Running

    return Running(args.data, args.batch_size, args.cpu, args.user_dir)


def add_out(parser: argparse.ArgumentParser, verb: str, what: Sequence[str]) -> None:
    """``--out`` and ``--overwrite`` of a verb that makes a folder of these things."""
    parser.add_argument("--out", required=True, metavar="DIR", help=f"new folder for {', '.join(what)}")
    parser.add_argument("--overwrite", action="store_true", help=f"replace a DIR that {verb} made earlier")
