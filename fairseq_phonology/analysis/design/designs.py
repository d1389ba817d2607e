"""The design that the tests need: every stem with every suffix, or every real word's own 2 x 2, no event missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...stimuli.items import CELLS

SIDES = (("T", "C"), ("R", "N"))  # classes in target position, in trigger position


@dataclass(frozen=True)
class Grid:
    """A complete crossed design. Rows carry the target, columns the trigger.

    In a regressive process the stems carry the target; in a progressive one the suffixes do.

    Attributes:
        rows, columns: names of the units.
        undergoes: of each row, whether its segment is of class T (else C).  # -> rows, bool
        triggers: of each column, whether its segment is of class R (else N).  # -> columns, bool
        row_segments, column_segments: the segment of each unit.
        index: number of the event of each combination.  # -> rows x columns, int
        row_unit: ``stems`` or ``suffixes``: what the rows are; the columns are the other.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    undergoes: np.ndarray
    triggers: np.ndarray
    row_segments: tuple[str, ...]
    column_segments: tuple[str, ...]
    index: np.ndarray
    row_unit: str = "stems"

    @property
    def column_unit(self) -> str:
        """What the columns are: ``suffixes`` or ``stems``."""
        return "suffixes" if self.row_unit == "stems" else "stems"


@dataclass(frozen=True)
class Quads:
    """Real words, each with its own 2 x 2.

    Attributes:
        words: their names.
        row_segments, column_segments: target and trigger segment of each real word.
        index: number of the event of each word's TR, TN, CR, CN.  # -> words x 4, int
    """

    words: tuple[str, ...]
    row_segments: tuple[str, ...]
    column_segments: tuple[str, ...]
    index: np.ndarray


@dataclass(frozen=True)
class Exclusions:
    """What the errors of the model cost the design.

    Attributes:
        cells: of each cell, how many events there are, and how many count.
        suffixes_excluded: the suffixes that left first, more than half of whose events failed.
        stems_excluded: number of stems (real words) that left because an event failed, by class (``T``, ``C``; in a
            progressive process ``R``, ``N``; for real words all under ``word``), with the number there were.
        reasons_withheld: why no claim may be made; empty if claims may be made.
    """

    cells: dict[str, tuple[int, int]]
    suffixes_excluded: tuple[str, ...]
    stems_excluded: dict[str, tuple[int, int]]
    reasons_withheld: tuple[str, ...]

    @property
    def unit(self) -> str:
        """What leaves whole: ``stems`` or ``real words``."""
        return "real words" if "word" in self.stems_excluded else "stems"

    def failed_by_class(self) -> list[dict[str, float]]:
        """Shares of failed events of T and of C, and of R and of N."""
        found = []
        for side, letters in enumerate(SIDES):
            events = {
                letter: [sum(self.cells[cell][n] for cell in CELLS if cell[side] == letter) for n in (0, 1)]
                for letter in letters
            }
            found.append({letter: 1 - kept / of for letter, (of, kept) in events.items()})
        return found
