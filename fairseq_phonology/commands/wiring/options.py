"""Options that several verbs have, and the dataclasses that they make."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...corpus.pairs import Units
from ...errors import InputError
from ...phonology.transcription import UNITS

if TYPE_CHECKING:
    from ...analysis.contrasts.analyze import Options
    from ...analysis.interventions.run import Running


def at_least(args: argparse.Namespace, **least: int) -> None:
    """Check whole numbers; None is not checked.

    Raises:
        InputError: one that is too small, with its option.
    """
    for name, smallest in least.items():
        value = getattr(args, name)
        if value is not None and value < smallest:
            raise InputError(f"--{name.replace('_', '-')} is {value}; allowed: {smallest} or more")


def add_include(parser: argparse.ArgumentParser) -> None:
    """``--with``."""
    text = "apply this optional process, too; may be repeated"
    parser.add_argument("--with", dest="include", action="append", default=[], metavar="NAME", help=text)


def add_units(parser: argparse.ArgumentParser) -> None:
    """``--ur-units`` and ``--sr-units`` of a list of stimuli."""
    add = parser.add_argument
    add("--ur-units", choices=UNITS, default="space", help="how the URs of that list are written (default: space)")
    add("--sr-units", choices=UNITS, help="how its SRs are written (default: as --ur-units)")


def add_question(parser: argparse.ArgumentParser, stimuli: str, required: bool = True) -> None:
    """What is asked: grammar, process, words and how they are written.

    Args:
        stimuli: help of ``--stimuli``.
        required: are there no results without it?
    """
    add = parser.add_argument
    add("--grammar", required=True, metavar="FILE", help="grammar file (TOML); it derives the gold SRs")
    add("--process", required=True, metavar="NAME", help="the process that is studied")
    add("--stimuli", required=required, metavar="TSV", help=stimuli)
    add_units(parser)
    add_include(parser)


def question(args: argparse.Namespace) -> dict[str, Any]:
    """What `add_question` asked for, as the arguments of `analyze`, `intervene` and `dynamics`."""
    units = Units(args.ur_units, args.sr_units or args.ur_units, keep_edges=True)
    return {"grammar": args.grammar, "process": args.process, "stimuli": args.stimuli, "units": units}


def add_tests(parser: argparse.ArgumentParser) -> None:
    """``--seed``."""
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the resampling (default: 1)")


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
    add("--batch-size", type=int, default=1024, metavar="N", help="words x interventions in a batch (default: 1024)")
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
