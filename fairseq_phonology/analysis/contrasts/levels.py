"""Contrasts between the levels of a condition, as one writes them: ``a - c``, ``a + c - 2 b``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...errors import InputError
from ...text import listed

_SIGN = re.compile(r"\s*([-+−–])\s*")
_NUMBER = re.compile(r"(\d+/\d+|\d*\.?\d+)\s*[*·×]?\s*")


@dataclass(frozen=True)
class LevelContrast:
    """A weighted sum over levels; the weights sum to 0.

    Attributes:
        name: as it was written.
        levels: of the condition.
        weights: of each level.
    """

    name: str
    levels: tuple[str, ...]
    weights: tuple[float, ...]
    target: None = None
    trigger: None = None

    @property
    def printed(self) -> str:
        """The name with a typographic minus."""
        return re.sub(r"(^|\s)[-–](?=\s)", r"\1−", self.name)

    @property
    def cells(self) -> np.ndarray:
        """Weights of the levels."""
        return np.array(self.weights)

    @property
    def size(self) -> float:
        """By what an estimate is divided to be the difference of two means: half the sum of the weights' sizes."""
        return float(np.abs(self.weights).sum() / 2)

    def is_multiple_of(self, other: LevelContrast) -> bool:
        """Do both ask the same, whatever their sign and size?"""
        mine, theirs = self.cells / self.size, other.cells / other.size
        return bool(np.allclose(mine, theirs) or np.allclose(mine, -theirs))

    @property
    def compared(self) -> tuple[int, ...]:
        """Numbers of the levels that have a weight."""
        return tuple(n for n, weight in enumerate(self.weights) if weight)

    @property
    def named(self) -> list[str]:
        """The levels that have a weight."""
        return [self.levels[n] for n in self.compared]

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two levels of a simple difference, the one that is taken off last; None of another contrast."""
        if sorted(filter(None, self.weights)) != [-1, 1]:
            return None
        return self.levels[self.weights.index(1)], self.levels[self.weights.index(-1)]


def contrasts_of(written: Sequence[str], levels: Sequence[str]) -> tuple[LevelContrast, ...]:
    """Contrasts; where none is written, each level against each later one.

    Raises:
        InputError: one that cannot be read, does not sum to 0, has no weight, or is there twice.
    """
    levels = tuple(levels)
    if not written:
        pairs = itertools.combinations(range(len(levels)), 2)
        weights = ((first, [float(n == first) - float(n == other) for n in range(len(levels))], other)
                   for first, other in pairs)  # fmt: skip
        return tuple(LevelContrast(f"{levels[a]} - {levels[b]}", levels, tuple(own)) for a, own, b in weights)
    found: list[LevelContrast] = []
    for text in written:
        made = LevelContrast(" ".join(text.split()), levels, _weights(text, levels))
        same = next((each for each in found if made.is_multiple_of(each)), None)
        if same is not None:
            raise InputError(f"--contrast {text!r} is {same.name!r} times a number: tests are two-sided; give it once")
        found.append(made)
    return tuple(found)


def _weights(text: str, levels: tuple[str, ...]) -> tuple[float, ...]:
    terms = _terms(text, 0, sorted(levels, key=len, reverse=True), True)
    if terms is None:
        raise InputError(
            f"--contrast {text!r} cannot be read; allowed: the levels {listed(map(repr, levels))} with + and - between "
            f"them and a number before one, as in {' + '.join(levels[:-1])} - {_times(len(levels) - 1)}{levels[-1]}"
        )
    sums = {level: sum((weight for name, weight in terms if name == level), Fraction(0)) for level in levels}
    total = sum(sums.values())
    if total:
        raise InputError(f"--contrast {text!r}: the weights sum to {float(total):g}; allowed: weights that sum to 0")
    if not any(sums.values()):
        raise InputError(f"--contrast {text!r}: every weight is 0, so that nothing is compared")
    return tuple(float(sums[level]) for level in levels)


def _times(n: int) -> str:
    return "" if n == 1 else f"{n} "


def _terms(text: str, at: int, levels: Sequence[str], first: bool) -> list[tuple[str, Fraction]] | None:
    """Level and weight of each term from a place on; None where it cannot be read. Levels may be numbers, too."""
    if not text[at:].strip():
        return None if first else []
    sign = _SIGN.match(text, at)
    if sign is None and not first:
        return None
    begin = at + len(text[at:]) - len(text[at:].lstrip()) if sign is None else sign.end()
    factor = Fraction(-1 if sign is not None and sign[1] != "+" else 1)
    number = _NUMBER.match(text, begin)
    starts = [(begin, Fraction(1))]
    if number is not None and not number[1].endswith("/0"):
        starts.append((number.end(), Fraction(number[1])))
    for start, times in starts:
        for level in levels:
            if not text.startswith(level, start):
                continue
            rest = _terms(text, start + len(level), levels, False)
            if rest is not None:
                return [(level, factor * times), *rest]
    return None
