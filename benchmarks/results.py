"""The text of RESULTS.md: tables, and its sections, of which each can be made anew. Nothing is measured here."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

Row = tuple[str, str, str]  # what, measured, target

HEAD = """# Measured

Each section says of which day and machine it is. Ratios are within one run; seconds mean little elsewhere.
`make bench` makes all of it anew, `make bench SECTIONS=step_three,peers` some sections; `benchmarks/README.md` says
what each measures and how long it takes.
"""


def table(rows: Iterable[Row]) -> list[str]:
    """Rows as a table in Markdown."""
    return ["| What | Measured | Target |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]


def sections_of(text: str) -> dict[str, str]:
    """The sections of a RESULTS.md in their order: what a heading says before its parenthesis -> the whole section."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    return {part.splitlines()[0][3:].split(" (")[0].split(":")[0]: part.rstrip() + "\n" for part in parts}


def with_sections(text: str, made: Mapping[str, str], order: Sequence[str]) -> str:
    """A RESULTS.md in which some sections are new, and all others are as they were.

    Args:
        text: what it was.
        made: name of a section, as of `sections_of` -> its text.
        order: of the names; others come last.
    """
    found = {**sections_of(text), **made}
    names = sorted(found, key=lambda name: order.index(name) if name in order else len(order))
    return "\n".join([HEAD, *(found[name].rstrip() + "\n" for name in names)])


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The k of values ~ size ** k, by least squares of the logarithms; nan of fewer than two sizes.

    Args:
        sizes: positive.
        values: of each size; what is not positive is left out.
    """
    pairs = [(math.log(size), math.log(value)) for size, value in zip(sizes, values, strict=True) if value > 0]
    if len(pairs) < 2:
        return math.nan
    x, y = (sum(some) / len(pairs) for some in zip(*pairs, strict=True))
    return sum((a - x) * (b - y) for a, b in pairs) / sum((a - x) ** 2 for a, _ in pairs)
