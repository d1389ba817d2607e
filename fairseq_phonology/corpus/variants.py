"""Several SRs of one UR: how often each occurs, the training pairs made of them, and the table beside the data."""

from __future__ import annotations

import itertools
import math
import os
import random
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from rapidfuzz.distance import Levenshtein
from tqdm import tqdm

from ..errors import InputError
from ..files import read_csv, sha256_of, write_tsv
from ..text import read_number
from .pairs import Word

REPEAT, DRAW = "repeat", "draw"  # how training pairs are made
FILE_NAME = "variants.tsv"
PAIRS = {REPEAT: 10, DRAW: 1}  # training pairs of a UR, unless told otherwise: at most, and exactly
MOST_FREQUENT = "most_frequent_variant"  # metric: of the right words that have variants, those that are it, in %
_COLUMNS = ("ur", "sr", "weight", "share", "pairs")
_EXACT = 5e-4  # rounding error of a share that is none: weights are often written with three decimals
_MOST = 100  # pairs of a UR up to which an exact proportion is looked for
Form = tuple[str, ...]
T = TypeVar("T", bound=Sequence)


@dataclass(frozen=True)
class Variant:
    """One SR of a UR that has several.

    Attributes:
        sr: its segments.
        weight: the sum over the lines that have it.
        share: of the weight of its UR; above 0.
        pairs: training pairs made of it.
    """

    sr: Form
    weight: float
    share: float
    pairs: int = 0


Variants = Mapping[Form, tuple[Variant, ...]]  # UR -> its SRs, most frequent first, of equals the first in the list


@dataclass(frozen=True)
class Weighed:
    """Lists whose lines are weighed.

    Attributes:
        how: `REPEAT` or `DRAW`.
        splits: the words to write: training pairs; of the others one word a UR, or the lines as they are.
        variants: of all lists together; only URs with several SRs.
        pairs: training pairs of each UR; 0 without training words.
        error: the largest difference between the share of an SR and its share of the pairs of its UR.
        exact: the fewest pairs a UR that leave less than .0005 of it; None above 100.
        urs: number of different URs.
        joined: does each UR have one word, outside of training?
    """

    how: str
    splits: dict[str, list[Word]]
    variants: Variants
    pairs: int
    error: float
    exact: int | None
    urs: int
    joined: bool

    def without(self, kept: Container[Form], splits: dict[str, list[Word]]) -> Weighed:
        """The same where the training words are those of some URs alone: no pairs are made of the others."""
        variants = {
            ur: some if ur in kept else tuple(replace(one, pairs=0) for one in some)
            for ur, some in self.variants.items()
        }
        return replace(self, splits=splits, variants=variants)


def weigh(
    splits: Mapping[str, Sequence[Word]], how: str, pairs: int | None, seed: int, joined: bool, column: str
) -> Weighed:
    """Take several SRs of one UR as its variants.

    Every UR gets as many training pairs as any other, so that the weights compare its SRs and nothing else. Repeated,
    the pairs of a UR are apportioned to its SRs by the largest remainders, and their number is the one up to ``pairs``
    that leaves the smallest error, of equals the smallest. Drawn, each pair of a UR is drawn by the weights.

    Args:
        splits: name of the split -> its lines.
        how: `REPEAT` or `DRAW`.
        pairs: training pairs of a UR; None for `PAIRS`.
        seed: of the draws.
        joined: were the splits cut out of one list? Then each UR of the others is one word, its most frequent SR. Lists
            that were given as splits stay as they are.
        column: that the weights are from, for messages.

    Raises:
        InputError: an SR of weight 0 beside others of its UR.
    """
    every = _by_ur((word for words in splits.values() for word in words), column)
    made = {}
    most, error, exact = 0, 0.0, None
    for split, words in splits.items():
        if split == "train":
            by_ur = _by_ur(words, column)
            shares = {ur: _shares(found) for ur, found in by_ur.items()}
            kinds = set(map(tuple, shares.values()))
            exact = next((n for n in range(1, _MOST + 1) if _is_exact(kinds, n)), None)
            most = pairs or PAIRS[how]
            if how == REPEAT:
                most = min(range(1, most + 1), key=lambda n: max(_EXACT, _error(kinds, n)))
                numbers = {ur: apportioned(some, most) for ur, some in shares.items()}
                error = _error(kinds, most)
            else:
                rng = random.Random(seed)
                numbers = {ur: _drawn(some, most, rng) for ur, some in shares.items()}
            taken = {word.id for word in words}
            made[split] = [
                replace(word, id=_copy_id(word.id, copy, taken))
                for ur, found in tqdm(by_ur.items(), desc="training pairs", delay=2, disable=None, leave=False)
                for word, number in zip(found, numbers[ur], strict=True)
                for copy in range(number)
            ]
        elif joined:
            made[split] = [found[0] for found in _by_ur(words, column).values()]
        else:
            made[split] = list(words)
    trained_on = Counter((word.ur, word.sr) for word in made.get("train", ()))
    variants = {
        ur: tuple(
            Variant(word.sr, word.weight, share, trained_on[ur, word.sr])
            for word, share in zip(found, _shares(found), strict=True)
        )
        for ur, found in every.items()
        if len(found) > 1
    }
    return Weighed(how, made, variants, most, error, exact, len(every), joined)


def check_groups(words: Iterable[Word], column: str) -> None:
    """Refuse variants of one UR that a split by another column would take apart.

    Raises:
        InputError: a UR with several SRs in several groups.
    """
    found: dict[Form, dict[tuple[Form | None, str], Word]] = {}
    for word in words:
        same = found.setdefault(word.ur, {})
        same.setdefault((word.sr, word.group), word)
        other = next((one for one in same.values() if one.group != word.group), None)
        if other and len({sr for sr, _ in same}) > 1:
            raise InputError(
                f"{' '.join(word.ur)} has variants in {column} {word.group} and {other.group} (line {other.line}), "
                "which --split-by may put into different parts; allowed with --weight: one value for all SRs of a UR",
                word.path,
                word.line,
            )


def entropy(shares: Iterable[float]) -> float:
    """In bits."""
    return -sum(share * math.log2(share) for share in shares)


def apportioned(shares: Sequence[float], number: int) -> list[int]:
    """Whole numbers in proportion, by the largest remainders; of equal remainders the first goes first."""
    exact = [round(number * share, 9) for share in shares]
    counts = [math.floor(one) for one in exact]
    order = sorted(range(len(shares)), key=lambda n: counts[n] - exact[n])
    for n in order[: number - sum(counts)]:
        counts[n] += 1
    return counts


def nearest(hypothesis: Sequence, variants: Iterable[T]) -> T:
    """The variant that a hypothesis is fewest edits from (itself, if it is one); of equals the first, which is the most
    frequent."""
    return min(variants, key=lambda one: Levenshtein.distance(one, hypothesis))


def _copy_id(name: str, copy: int, taken: set[str]) -> str:
    """Of the copies of a word, the first keeps its id; further ones are ``id~2``, ..., without the ids of others."""
    if not name or not copy:
        return name
    made = next(one for n in itertools.count(copy + 1) if (one := f"{name}~{n}") not in taken)
    taken.add(made)
    return made


def _by_ur(words: Iterable[Word], column: str) -> dict[Form, list[Word]]:
    """One word for each UR and SR, most frequent first, with the sum of the weights of its lines."""
    found: dict[Form, dict[Form, Word]] = {}
    for word in words:
        if word.sr is not None:
            weight = 1.0 if word.weight is None else word.weight
            same = found.setdefault(word.ur, {})
            if first := same.get(word.sr):
                weight += first.weight
                more = {column: f"{weight:.10g}"} if column in first.more else {}
                word = replace(first, more={**first.more, **more})
            same[word.sr] = replace(word, weight=weight)
    for ur, same in found.items():
        never = next((word for word in same.values() if not word.weight), None)
        if never and len(same) > 1:
            raise InputError(
                f"{column} is 0 for {' '.join(ur)} -> {' '.join(never.sr)}, which has other SRs, too: a variant of "
                "weight 0 never occurs; allowed for --weight among several SRs: a number above 0; leave the line out",
                never.path,
                never.line,
            )
    return {ur: sorted(same.values(), key=lambda word: -word.weight) for ur, same in found.items()}


def _shares(words: Sequence[Word]) -> list[float]:
    if len(words) == 1:
        return [1.0]
    whole = math.fsum(word.weight for word in words)
    return [word.weight / whole for word in words]


def _error(shares: Iterable[Sequence[float]], number: int) -> float:
    """The largest difference between a share and its share of so many pairs."""
    return max(
        (
            abs(count / number - share)
            for some in shares
            if len(some) > 1
            for count, share in zip(apportioned(some, number), some, strict=True)
        ),
        default=0.0,
    )


def _is_exact(shares: Iterable[Sequence[float]], number: int) -> bool:
    return all(abs(number * share - round(number * share)) < number * _EXACT for some in shares for share in some)


def _drawn(shares: Sequence[float], number: int, rng: random.Random) -> list[int]:
    if len(shares) == 1:
        return [number]
    drawn = Counter(rng.choices(range(len(shares)), shares, k=number))
    return [drawn[n] for n in range(len(shares))]


# ---- the table beside the data


def table_beside(folder: Path) -> Path:
    """Where the table of a folder of binarized data is, if there is one."""
    return Path(os.path.abspath(folder)).parent / FILE_NAME


def write_variants(path: Path, variants: Variants) -> str:
    """Write `FILE_NAME`; returns its SHA-256."""
    rows = (
        (" ".join(ur), " ".join(one.sr), f"{one.weight:.10g}", f"{one.share:.10g}", str(one.pairs))
        for ur, some in variants.items()
        for one in some
    )
    write_tsv(path, [_COLUMNS, *rows])
    return sha256_of(path)


def read_variants(path: str | Path) -> dict[Form, tuple[Variant, ...]]:
    """What `write_variants` wrote, or another program: ``pairs`` may be missing.

    Raises:
        InputError: no such table; or a row that does not fit, with its line.
    """
    found: dict[Form, list[Variant]] = {}
    try:
        lines = read_csv(path, tabs=True, errors="strict")
        _, header = next(lines, (1, []))
        if missing := [name for name in _COLUMNS[:-1] if name not in header]:
            raise InputError(f"no column {missing[0]!r}; expected {', '.join(_COLUMNS)}", path, 1)
        for line, cells in lines:
            row = dict(zip(header, cells, strict=False))
            ur, sr = (tuple(row.get(form, "").split()) for form in ("ur", "sr"))
            if len(cells) != len(header) or not ur or not sr:
                raise InputError(f"expected {len(header)} cells, and a UR and an SR among them", path, line)
            try:
                weight, share = read_number(row["weight"]), read_number(row["share"])
                pairs = read_number(row.get("pairs") or "0", int)
            except ValueError:
                weight = share = pairs = math.nan
            if not (weight > 0 and 0 < share <= 1 and pairs >= 0):
                raise InputError(
                    "expected weight above 0, share between 0 and 1, pairs 0 or more; found "
                    + ", ".join(f"{name} {row.get(name, '')!r}" for name in _COLUMNS[2:]),
                    path,
                    line,
                )
            same = found.setdefault(ur, [])
            if any(one.sr == sr for one in same):
                raise InputError(f"{' '.join(ur)} -> {' '.join(sr)} stands here twice", path, line)
            same.append(Variant(sr, weight, share, pairs))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path) from None
    for ur, same in found.items():
        whole = sum(one.share for one in same)
        if abs(whole - 1) > 1e-6:
            raise InputError(f"the shares of {' '.join(ur)} sum to {whole:.6g}, not to 1", path)
    return {ur: tuple(sorted(same, key=lambda one: -one.share)) for ur, same in found.items()}
