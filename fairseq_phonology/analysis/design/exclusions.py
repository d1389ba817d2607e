"""What the errors of the model, and words in which nothing can be compared, exclude from a design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...stimuli.items import CELLS

SIDES = (("T", "C"), ("R", "N"))  # classes in target position, in trigger position
_NAMED = 5  # words that are named of a list


@dataclass(frozen=True)
class Exclusions:
    """What the errors of the model exclude from the design.

    Attributes:
        cells: of each cell, how many events there are, and how many are included.
        suffixes_excluded: the suffixes that left first, more than half of whose events failed.
        stems_excluded: number of stems (real words) that left because an event failed, by class (``T``, ``C``; in a
            progressive process ``R``, ``N``; for real words all under ``word``), with the number there were.
        reasons_withheld: why no claim may be made; empty if claims may be made.
        alone: ids of words that have no segment but target and trigger, so that nothing can be compared in them.
    """

    cells: dict[str, tuple[int, int]]
    suffixes_excluded: tuple[str, ...]
    stems_excluded: dict[str, tuple[int, int]]
    reasons_withheld: tuple[str, ...]
    alone: tuple[str, ...] = ()

    kind: ClassVar[str] = "class"  # what cells differ in

    @property
    def whole(self) -> str:
        """What leaves whole: ``stems`` or ``real words``."""
        return "real words" if "word" in self.stems_excluded else "stems"

    def lines(self) -> list[str]:
        """What a terminal shows of it: events of each cell, then the units that are excluded."""
        lines = [
            f"{cell}  {included:>6,} of {events:>6,} events with the gold segment at the decision step"
            for cell, (events, included) in self.cells.items()
        ]
        where = "" if self.whole == "stems" else " in their 2 x 2"
        for letter, (lost, of) in self.stems_excluded.items():
            what = f"stems of class {letter}" if self.whole == "stems" else self.whole
            why = f"which have a word{where} that is wrong at the decision step"
            lines += [f"excluded: {lost:,} of {of:,} {what}, {why}"] if lost else []
        if self.alone:
            named = ", ".join(self.alone[:_NAMED]) + (" ..." if len(self.alone) > _NAMED else "")
            lines.append(f"among these: {len(self.alone):,} with no segment but target and trigger ({named})")
        return lines

    def failed_by_class(self) -> list[dict[str, float]]:
        """Shares of failed events of T and of C, and of R and of N."""

        def failed(side: int, letter: str) -> float:
            cells = [self.cells[cell] for cell in CELLS if cell[side] == letter]
            return 1 - sum(kept for _, kept in cells) / sum(of for of, _ in cells)

        return [{letter: failed(side, letter) for letter in letters} for side, letters in enumerate(SIDES)]
