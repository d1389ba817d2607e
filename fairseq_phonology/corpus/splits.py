"""Words divided into training, validation and test words, and named."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Sequence

from ..errors import InputError
from .pairs import Word


def name_words(words: Iterable[Word], split: str, first: int = 0) -> None:
    """Give each word that has no id the name of its split and its number there; from 0, as fairseq counts."""
    for n, word in enumerate(words, first):
        word.id = word.id or f"{split}-{n}"


def split_by_ratio(words: Sequence[Word], ratios: Sequence[float], seed: int, by: str = "") -> list[list[Word]]:
    """Divide words at random, all words of one UR into the same part; or all of one group.

    Args:
        words: the whole list.
        ratios: the size of each part, in any unit.
        seed: the same seed divides the same list the same way, on any machine.
        by: the column that the words' groups are from; empty: each UR is a group.

    Returns:
        One list a ratio, each in the order of the whole.

    Raises:
        InputError: a part would be empty.
    """
    groups: dict[Hashable, list[int]] = {}
    for n, word in enumerate(words):
        groups.setdefault(word.group if by else word.ur, []).append(n)
    shuffled = list(groups.values())
    random.Random(seed).shuffle(shuffled)
    missing = [len(words) * ratio / sum(ratios) for ratio in ratios]
    parts: list[list[int]] = [[] for _ in ratios]
    for group in shuffled:
        part = max(range(len(parts)), key=missing.__getitem__)
        parts[part] += group
        missing[part] -= len(group)
    if not all(parts):
        what = f"values of column {by}" if by else "URs"
        raise InputError(
            f"{len(groups)} different {what} are too few to split {','.join(f'{ratio:g}' for ratio in ratios)}: "
            "every part needs one"
        )
    return [[words[n] for n in sorted(part)] for part in parts]


def drawn(words: Sequence[Word], number: int, seed: int, by_ur: bool = False) -> list[Word]:
    """Some of the training words, in the order of the whole; a larger number holds the words of a smaller one.

    Args:
        words: the whole list.
        number: how many of them.
        seed: the same seed draws the same words, on any machine.
        by_ur: draw so many URs, each with all of its words.

    Raises:
        InputError: there are not so many.
    """
    keys = [word.ur if by_ur else n for n, word in enumerate(words)]
    order = list(dict.fromkeys(keys))
    if number > len(order):
        what = "URs of the training words" if by_ur else "training words"
        raise InputError(f"--train-size is {number}; there are {len(order)} {what}")
    random.Random(seed).shuffle(order)
    taken = set(order[:number])
    return [word for key, word in zip(keys, words, strict=True) if key in taken]
