"""The commands that a verb proposes next, with options that fit the data and a line that explains their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...corpus.pairs import Word
from ...text import count
from ...training.dictionaries import Dictionaries
from ...training.lengths import TrainingLength, training_length
from ...training.recipe import CHOOSING, RECIPE, arguments, data_options, length_options
from .terminal import quoted, say, say_next, user_dir

_GENERATE_LONGEST = 200  # --max-len-b of fairseq-generate


def say_after_prepare(
    dest: Path,
    splits: Mapping[str, Sequence[Word]],
    test_list: str | None = None,
    dictionaries: Dictionaries | None = None,
    copies: int = 1,
) -> None:
    """Print the commands that come after `prepare`, and how their numbers came about.

    Args:
        dest: the folder that it made.
        splits: the words in it.
        test_list: the list that the test words were read from.
        dictionaries: those of a trained model, if they were given.
        copies: training pairs of each UR.
    """
    languages = dictionaries.options if dictionaries else []
    common = quoted(dest / "bin", "--user-dir", user_dir(), "--task", "phonology", *languages)
    if "train" not in splits:
        say_next(*_generation(common, dest, splits, test_list))
        return
    length = training_length(map(_size, splits["train"]), _longest(splits), copies)
    say(_explained(length))
    say_next(_training(common, splits, length), "fairseq-phonology curves checkpoints")


def generation(
    checkpoint: str | Path,
    dictionaries: Dictionaries,
    data: str | Path,
    subset: str,
    user_dir_of_run: str | None = None,
    task: str = "phonology",
    cpu: bool = False,
    more: Sequence[object] = (),
) -> str:
    """``fairseq-generate`` for a checkpoint and data that are there.

    Args:
        checkpoint: the file.
        dictionaries: of the data, for the names of its languages.
        data: folder with the binarized data.
        subset: to generate if there is no ``test``.
        user_dir_of_run: of the run's own task; None for ours.
        task: its name.
        cpu: is it to run on the CPU, as the verb did?
        more: further options.
    """
    wanted = "test" if dictionaries.has("test") else subset
    words = [data, "--user-dir", user_dir_of_run or user_dir(), "--task", task, *dictionaries.options]
    words += ["--path", checkpoint, "--gen-subset", wanted, *(["--cpu"] if cpu else []), *more]
    return quoted("fairseq-generate", *words)


def _generation(
    common: str, dest: Path, splits: Mapping[str, Sequence[Word]], test_list: str | None
) -> tuple[str, ...]:
    longest = _longest(splits)
    longer = f" --max-len-b {longest}" if longest > _GENERATE_LONGEST else ""
    subset, words = next(iter(splits.items()))
    scored = " --scoring exact_match" if words[0].sr else ""
    generate = f"fairseq-generate {common} --path CHECKPOINT --gen-subset {subset} --beam 5{scored}{longer}"
    if "target_class" not in words[0].more:
        return (generate,)
    # a list of stimuli is made for its attention
    name = dest.name.removesuffix("-data")
    dump, stimuli = dest.with_name(f"{name}-attention"), test_list
    question = ["--grammar", "GRAMMAR", "--process", "NAME", "--stimuli", stimuli]
    analyze = quoted("fairseq-phonology", "analyze", dump, *question, "--out", dest.with_name(f"{name}-analysis"))
    return f"{generate} {quoted('--save-attention', dump)}", analyze


def _training(common: str, splits: Mapping[str, Sequence[Word]], length: TrainingLength) -> str:
    of_data = data_options([split for split in splits if split.startswith("valid")], _longest(splits))
    options = {"arch": RECIPE["arch"], **of_data, **RECIPE, **length_options(length), **CHOOSING}
    return f"fairseq-train {common} {quoted(*arguments(options))} --save-dir checkpoints"


def _explained(length: TrainingLength) -> str:
    return (
        f"training length: {count(length.words)} ({length.symbols:,} symbols, EOS included) in batches of up to "
        f"{length.batch:,} symbols {_are(length.per_epoch, 'update')} an epoch; {count(length.epochs, 'epoch')} "
        f"{_are(length.updates, 'update')} (the examples, of 3,000 to 12,000 words, have 1,400 to 1,800). Where more "
        "is needed, raise --max-epoch and --total-num-update alike"
    )


def _are(n: int, what: str) -> str:
    return f"{'is' if n == 1 else 'are'} {count(n, what)}"


def _size(word: Word) -> int:
    return max(len(word.ur), len(word.sr or ())) + 1


def _longest(splits: Mapping[str, Sequence[Word]]) -> int:
    return max(_size(word) for words in splits.values() for word in words)
