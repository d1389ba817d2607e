"""``fairseq-phonology study``: everything that a study file asks for, by Snakemake."""

from __future__ import annotations

import argparse
import difflib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .wiring.numbers import Number
from .wiring.terminal import quoted, say, say_next, say_written

if TYPE_CHECKING:
    from ..workflow.study import Study

EXAMPLE = """fairseq-phonology study user_dir_examples/korean_nasalization/study.toml --dest demo

options of Snakemake stand behind --, as in -- --executor slurm, --profile, --report, --rulegraph, --unlock"""
_NEEDED = ("snakemake", "torch", "fairseq")
_OURS = {  # options of Snakemake that a study sets itself
    "--snakefile": "the workflow is that of fairseq_phonology",
    "-s": "the workflow is that of fairseq_phonology",
    "--directory": "--dest names the folder of the study",
    "-d": "--dest names the folder of the study",
    "--config": "the study file says what is done",
    "-C": "the study file says what is done",
    "--until": "--until stands before the --",
    "-U": "--until stands before the --",
    "--drop-metadata": "by Snakemake's records a study knows what is finished",
    "--persistence-backend": "a study reads Snakemake's records, which are files",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("study", nargs="?", metavar="STUDY", help="study file (TOML)")
    add("--dest", metavar="DIR", help="folder of the study (default: beside the file, named like it without .toml)")
    add(
        "--jobs",
        type=Number(1, 10_000),
        metavar="N",
        help="steps at a time (default: as a profile of Snakemake says, else as many as there are cores; on a cluster "
        "100)",
    )
    add("--dry-run", action="store_true", help="only list what would run, and why")
    add("--until", metavar="STEP", help="stop after this step, such as train; an unknown one lists those there are")
    add("--new", metavar="FOLDER", help="write a study file with comments, and a small grammar, into a new folder")


def run(args: argparse.Namespace) -> int | None:
    """Run the study; returns the exit status."""
    if args.new:
        return _new(args)
    if args.study is None:
        raise InputError(
            "found no study file; type fairseq-phonology study STUDY.toml, or study --new FOLDER, which writes one"
        )
    if os.name == "nt":
        raise InputError("studies run on Linux, on macOS, and on Windows in WSL: their commands are for bash")
    for name in _NEEDED:
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(name=name)
    _check_engine(args.passed_on)
    from ..workflow.engine.run import Running, run_study
    from ..workflow.study import read_study
    from ..workflow.trainer import check_study

    study = read_study(Path(args.study), Path(args.dest) if args.dest else None)
    _check_until(args.until, study)
    check_study(study, say, remember=not args.dry_run)
    again = ["fairseq-phonology", "study", args.study, *(["--dest", args.dest] if args.dest else [])]
    return run_study(study, Running(args.jobs, args.dry_run, args.until, tuple(args.passed_on), quoted(*again)))


def _new(args: argparse.Namespace) -> None:
    if args.study or args.passed_on:
        raise InputError("--new FOLDER writes a study file, and takes none and no options of Snakemake")
    from ..workflow.template import FILES, new_study

    path = new_study(args.new)
    say_written(args.new, FILES)
    say_next(quoted("fairseq-phonology", "study", path))


def _check_engine(words: Sequence[str]) -> None:
    """What would break a study is refused; Snakemake takes the beginning of an option for the whole, and -sFILE."""
    for word in words:
        name = word.partition("=")[0] if word.startswith("--") else word[:2]
        for ours, why in _OURS.items():
            if name == ours or (len(name) > 4 and name.startswith("--") and ours.startswith(name)):
                raise InputError(f"{word} cannot be passed on to Snakemake: {why}")


def _check_until(step: str | None, study: Study) -> None:
    from ..workflow.steps import jobs

    steps = list(dict.fromkeys(job.rule for job in jobs(study))) if step else []
    if step and step not in steps:
        close = difflib.get_close_matches(step, steps, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise InputError(f"no step of this study is called {step!r}; {meant}steps: {', '.join(steps)}")
