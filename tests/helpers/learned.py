"""A tiny model that has learned lists of words by heart, by the real fairseq-train in this process; seconds."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from fairseq_phonology.stimuli.items import Item, write_stimuli
from tests.helpers import toy
from tests.helpers.asked import run


def learned(root: Path, lists: Sequence[Sequence[Item]], symbols: Iterable[str], updates: int = 70) -> Path:
    """Train on the words of all lists until they are known.

    Args:
        root: an empty folder.
        lists: of stimuli; number n becomes ``stimuli<n>.tsv`` and the subset ``test<n>`` (``test`` the first).
        symbols: of the dictionaries, also those that stand in no word.
        updates: as many, each on all words.

    Returns:
        The checkpoint; ``root / "data" / "bin"`` is its data.
    """
    words = [f"{' '.join(item.ur)}\t{' '.join(item.sr)}" for items in lists for item in items]
    words += [f"{symbol} {symbol}\t{symbol} {symbol}" for symbol in symbols]
    (root / "words.tsv").write_text("\n".join(["ur\tsr", *words, ""]), encoding="utf-8")
    for number, items in enumerate(lists):
        write_stimuli(root / f"stimuli{number}.tsv", items)
    tests = [word for number in range(len(lists)) for word in ("--test", root / f"stimuli{number}.tsv")]
    run("prepare", "--train", root / "words.tsv", "--valid", root / "words.tsv", *tests, "--dest", root / "data")
    limits = ["--batch-size", len(words), "--disable-validation", "--no-epoch-checkpoints", "--save-interval", updates]
    learning = ["--lr", 0.015, "--label-smoothing", 0]
    _main_of("train", toy.train_arguments(root / "data" / "bin", root / "run", *limits, *learning, epochs=updates))
    return root / "run" / "checkpoint_last.pt"


def attention_of(checkpoint: Path, data: Path, number: int, folder: Path) -> str:
    """Save the attention of greedy generation over list ``number``; returns how many words are right, as it is said."""
    words = [data, "--task", "phonology", *toy.QUIET, "--path", checkpoint, "--beam", 1, "--scoring", "exact_match"]
    words += ["--gen-subset", f"test{number or ''}", "--save-attention", folder]
    words += ["--attention-kinds", "cross,encoder,decoder"]
    return _main_of("generate", words).splitlines()[-1]


def _main_of(name: str, words: Iterable[object]) -> str:
    """What ``fairseq-train`` or ``fairseq-generate`` prints, run in this process."""
    from fairseq import options
    from fairseq.dataclass.utils import convert_namespace_to_omegaconf
    from fairseq_cli import generate, train

    parser = options.get_training_parser() if name == "train" else options.get_generation_parser()
    with contextlib.redirect_stdout(io.StringIO()) as said:
        args = options.parse_args_and_arch(parser, [str(word) for word in words])
        train.main(convert_namespace_to_omegaconf(args)) if name == "train" else generate.main(args)
    return said.getvalue()
