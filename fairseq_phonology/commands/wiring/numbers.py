"""Numbers among the options of a verb: each has bounds, and what lies outside is said before anything is read."""

from __future__ import annotations

import argparse
import math
import re
import sys
from dataclasses import dataclass
from typing import IO, NoReturn

from ...errors import InputError
from ...text import cut, read_number


@dataclass(frozen=True)
class Number:
    """The ``type`` of a numeric option.

    Attributes:
        least: the smallest that is allowed.
        most: the largest that is allowed, where more would fill the memory, never end or mean nothing.
        whole: only whole numbers are allowed.
    """

    least: float
    most: float
    whole: bool = True

    def __call__(self, text: str) -> float:
        try:
            value = read_number(text, int if self.whole else float)
        except ValueError:
            value = math.nan
        if not self.least <= value <= self.most:
            found = repr(cut(text)) if math.isnan(value) else text
            raise argparse.ArgumentTypeError(f"is {found}; allowed: {self._allowed(value)}")
        return value

    def _allowed(self, value: float) -> str:
        """What is allowed in place of a value."""
        if not self.whole:
            return f"a number, {self.least:g} to {self.most:g}"
        if math.isnan(value):
            return f"a whole number, {self.least:,} to {self.most:,}"
        return f"{self.least} or more" if value < self.least else f"up to {self.most:,}"


SEED = Number(0, 2**32 - 1)
BATCH = Number(1, 1_000_000)
WORDS = Number(1, 10_000_000)
NGRAM = Number(1, 100)
BEAM = Number(1, 1_000)
SYLLABLES = 100  # of a word


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong, as all else says it."""

    def error(self, message: str) -> NoReturn:
        """Raises: InputError, always."""
        number = re.fullmatch(r"argument (?:-\w, ?|-\w/)?(--[\w-]+)(?:/\S+)?: (is .*; allowed: .*)", message, re.DOTALL)
        raise InputError(f"{number[1]} {number[2]}" if number else message)

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:
        """Print a help; argparse itself says nothing where the disk is full."""
        (file or sys.stderr).write(message)


def low_and_high(text: str, option: str, most: int) -> tuple[int, int]:
    """Bounds such as ``1-4``, or one number for both.

    Raises:
        InputError: it is neither, the first is larger, or the second larger than ``most``.
    """
    match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", text, re.ASCII)
    ends = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not ends[0] <= ends[1] <= most:
        raise InputError(f"{option} is {cut(text)!r}; allowed: LOW-HIGH, as in 1-4, up to {most}")
    return ends
