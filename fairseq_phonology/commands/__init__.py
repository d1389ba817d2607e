"""``fairseq-phonology <verb>``: one short module a verb, wiring only.

A verb's module offers ``EXAMPLE`` (one real command line), ``add_arguments(parser)`` and ``run(args)``.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..errors import InputError
from .wiring.given import check_given, drop_output, in_utf8_mode, ready_streams
from .wiring.numbers import Parser
from .wiring.terminal import RED, paint, say, say_what_follows, workflow

# verb -> one line of help; the module of the same name is imported only when the verb is used
VERBS = {
    "prepare": "check, segment, split and binarize pairs of underlying and surface forms",
    "nonce": "make nonce words from a grammar, with their surface forms",
    "grammar": "show what a grammar says: segments with features, what each rule changes, derivations, warnings",
    "stimuli": "make the words of an experiment: crossed nonce or own stems and suffixes, or real words with "
    "their own 2 x 2",
    "curves": "draw loss (in bits, as fairseq logs it) and exact match of a run, from its save-dir or any fairseq log",
    "heatmap": "draw the attention of a dump for single words",
    "checkpoints": "score every checkpoint of a folder by exact match; loss in bits a segment",
    "errors": "show what a model gets wrong: words, segments, processes, lengths, from the output of fairseq-generate, "
    "predictions, a dump or a table",
    "analyze": "test whether a model attends to the trigger of a process: tables, figures, report",
    "intervene": "test whether a model uses the trigger of a process: interchange with minimal pairs, and knock-outs",
    "dynamics": "follow a run over its checkpoints: exact match, attention to the trigger, use of the trigger",
    "untrained": "make a checkpoint with fresh weights, the baseline of an analysis",
    "score": "give candidates their probabilities in one model or several: shares, ranks, surprisal",
    "compare": "set what models say of candidates beside what people did: correlations, baselines, report",
    "study": "run everything that a study file asks for, on this machine or on a cluster, and go on where it stopped",
    "power": "simulate how many stems and suffixes, or real words, an effect needs",
    "user-dir": "print the folder of the package, for --user-dir of fairseq's commands",
}

# libraries that only some verbs need, and the extra that brings them
_EXTRA = {"torch": "train", "fairseq": "train", "sacrebleu": "train", "snakemake": "study"}


def main(argv: list[str] | None = None) -> int:
    """Run one verb.

    Returns:
        the exit status: 0; 1 where a step of a study failed; 2 for input that cannot be used; 130 and 143 where it was
        stopped.
    """
    ready_streams()
    if argv is None:
        in_utf8_mode()
    argv = sys.argv[1:] if argv is None else argv
    verb = argv[0] if argv and argv[0] in VERBS else ""
    try:
        try:
            return _run(argv)
        finally:
            sys.stdout.flush()
    except InputError as error:
        return _refuse(verb, str(error))
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        needs = (
            f"{verb} needs {error.name}, which is not installed: run make setup, or pip install "
            f"'fairseq_phonology[{_EXTRA[error.name]}]' (see the README)"
        )
        return _refuse(verb, needs)
    except MemoryError:
        return _refuse(verb, "the memory of this machine, or what is left of it, is too small for what was given")
    except OSError as error:
        drop_output(error)
        if isinstance(error, BrokenPipeError):  # `fairseq-phonology ... | head`: the reader has seen enough
            return 0
        where = "cannot read or write" if error.filename is None else error.filename
        return _refuse(verb, f"{where}: {error.strerror or error}")
    except _Terminated:
        say(f"fairseq-phonology {verb}: terminated", to=sys.stderr)
        return 128 + signal.SIGTERM
    except KeyboardInterrupt:
        say(f"fairseq-phonology {verb}: interrupted", to=sys.stderr)
        return 130


def _run(argv: list[str]) -> int:
    """Read the command line, and run the verb."""
    wanted = argv[:1]
    if not wanted:
        say(*workflow(VERBS))
        return 0
    if not wanted[0].startswith("-") and wanted[0] not in VERBS:
        raise InputError(f"no verb is called {wanted[0]!r}; {_meant(wanted[0])}known: {', '.join(VERBS)}")
    parser = _parser(wanted)
    argv, passed_on = _parted(argv) if wanted == ["study"] else (argv, [])
    args = parser.parse_args(argv)
    args.passed_on = passed_on
    if args.verb is None:
        parser.print_help()
        return 0
    with _terminated_like_interrupted():
        check_given(args)
        status = args.run(args)
    say_what_follows(args.verb, args)
    return status or 0


def _parted(argv: list[str]) -> tuple[list[str], list[str]]:
    """What stands before ``--``, and what stands behind it."""
    end = argv.index("--") if "--" in argv else len(argv)
    return argv[:end], argv[end + 1 :]


def _parser(wanted: list[str]) -> argparse.ArgumentParser:
    """All verbs; only the wanted one's module is imported, and only its options are known."""
    from .. import __version__

    parser = Parser(
        prog="fairseq-phonology",
        description="Companion commands of the fairseq plugin fairseq_phonology.",
        epilog="`fairseq-phonology VERB --help` shows a verb's options and one real example.",
    )
    parser.add_argument("--version", action="version", version=f"fairseq-phonology {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    for verb, summary in VERBS.items():
        module = importlib.import_module(f".{verb.replace('-', '_')}", __name__) if wanted == [verb] else None
        sub = verbs.add_parser(
            verb,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example:\n  {module.EXAMPLE}" if module else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if module:
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
    return parser


class _Terminated(KeyboardInterrupt):
    """SIGTERM, as a cluster sends it when the time is up: what Ctrl-C is, so that no half-made folder stays."""


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """While the block runs, SIGTERM ends it by an exception; a handler of the caller's own stays in place."""
    main_thread = threading.current_thread() is threading.main_thread()
    if not main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    own = os.getpid()

    def stop(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would interrupt the clean-up
        if os.getpid() != own:  # a forked worker has nothing to clean up
            os._exit(128 + signal.SIGTERM)
        raise _Terminated

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _refuse(verb: str, why: str) -> int:
    with suppress(OSError):  # nobody is there to be told
        say(f"{f'fairseq-phonology {verb}'.strip()}: {paint('error:', RED, sys.stderr)} {why}", to=sys.stderr)
    return 2


def _meant(wrong: str) -> str:
    close = difflib.get_close_matches(wrong, VERBS, n=1)
    return f"did you mean {close[0]}? " if close else ""
