"""The commands that a verb proposes next, with options that fit the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...corpus.pairs import Word
from .terminal import quoted, user_dir

_FAIRSEQ_LONGEST = 1024  # positions of its models, end mark included, unless told otherwise
_GENERATE_LONGEST = 200  # --max-len-b of fairseq-generate


def after_prepare(dest: Path, splits: Mapping[str, Sequence[Word]], test_list: str | None) -> list[str]:
    """The commands that come after `prepare`.

    Args:
        dest: the folder that it made.
        splits: the words in it.
        test_list: the list that the test words were read from.
    """
    common = quoted(dest / "bin", "--user-dir", user_dir(), "--task", "phonology")
    words = [word for some in splits.values() for word in some]
    longest = max(max(len(word.ur), len(word.sr or ())) for word in words) + 1
    if "train" not in splits:
        longer = f" --max-len-b {longest}" if longest > _GENERATE_LONGEST else ""
        subset, words = next(iter(splits.items()))
        scored = " --scoring exact_match" if words[0].sr else ""
        generate = f"fairseq-generate {common} --path CHECKPOINT --gen-subset {subset} --beam 5{scored}{longer}"
        if "target_class" not in words[0].more:
            return [generate]
        # a list of stimuli is made for its attention
        name = dest.name.removesuffix("-data")
        dump, stimuli = dest.with_name(f"{name}-attention"), test_list
        question = ["--grammar", "GRAMMAR", "--process", "NAME", "--stimuli", stimuli]
        analyze = quoted("fairseq-phonology", "analyze", dump, *question, "--out", dest.with_name(f"{name}-analysis"))
        return [f"{generate} {quoted('--save-attention', dump)}", analyze]
    valid = ",".join(split for split in splits if split.startswith("valid"))
    options = [
        *("--arch transformer_phonology_small", f"--valid-subset {valid}" if "," in valid else ""),
        *("--criterion label_smoothed_cross_entropy --label-smoothing 0.1", "--dropout 0.2"),
        *("--optimizer adam --adam-betas '(0.9, 0.98)' --clip-norm 1.0", "--lr 0.001 --lr-scheduler inverse_sqrt"),
        *("--warmup-updates 400", _amounts(splits["train"], longest)),
        *("--best-checkpoint-metric exact_match --maximize-best-checkpoint-metric", "--no-epoch-checkpoints"),
    ]
    if longest > _FAIRSEQ_LONGEST:
        options.append(f"--max-source-positions {longest} --max-target-positions {longest}")
    train = f"fairseq-train {common} {' '.join(filter(None, options))} --save-dir checkpoints"
    return [train, "fairseq-phonology curves checkpoints"]


def _amounts(train: Sequence[Word], longest: int) -> str:
    """Size and number of batches: some 40 updates an epoch and 6,000 in all, however many words there are."""
    segments = sum(max(len(word.ur), len(word.sr or ())) + 1 for word in train)
    batch = max(longest, 256, min(4096, segments // 40))
    epochs = max(40, min(400, 6000 * batch // segments))
    return f"--max-tokens {batch} --max-epoch {epochs}"
