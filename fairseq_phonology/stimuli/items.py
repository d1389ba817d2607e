"""One word of an experiment, and what its place in the design is called.

Made by `stimuli` or read by `stimulus_list`; read by `analysis`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LEAST_UNITS = 4  # of each class, stems and suffixes: with fewer no permutation test can reach .05 in every contrast
LEAST_WORDS = 5  # real words: 2^5 = 32 sign-flips are the fewest that can reach .05
CELLS = ("TR", "TN", "CR", "CN")  # segment in target position: T undergoes, C control; then: R triggers, N control


@dataclass(frozen=True)
class Item:
    """One word with the place of the segment that may change and of the one that may trigger the change.

    Attributes:
        id: its name, distinct in a list.
        ur: underlying segments; ``+`` where a morpheme edge is written.
        sr: surface segments that the grammar derives.
        target_class: ``T`` (undergoes the process) or ``C`` (control); empty for a filler.
        trigger_class: ``R`` (triggers it) or ``N`` (control); empty for a filler.
        target_index: position in ``ur``, from 0, edges counted; None for a filler, and where the process inserts.
        trigger_index: likewise; None for a filler.
        stem: what is crossed with the suffixes; for a real word's own 2 x 2 the word; empty in a plain list.
        suffix: empty for a real word's own 2 x 2, and in a plain list.
        fed_by: the earlier processes that made the site, as in `Site`.
        more: the user's further columns, by name.
        line: of the list it was read from; 0 if it was not.
    """

    id: str
    ur: tuple[str, ...]
    sr: tuple[str, ...]
    target_class: str = ""
    trigger_class: str = ""
    target_index: int | None = None
    trigger_index: int | None = None
    stem: str = ""
    suffix: str = ""
    fed_by: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict, hash=False)
    line: int = 0

    @property
    def cell(self) -> str:
        """One of `CELLS`; empty for a filler."""
        return self.target_class + self.trigger_class if self.target_class and self.trigger_class else ""

    @property
    def target(self) -> str:
        """The segment in target position; empty for a filler and an insertion."""
        return "" if self.target_index is None else self.ur[self.target_index]

    @property
    def trigger(self) -> str:
        """The segment in trigger position; empty for a filler."""
        return "" if self.trigger_index is None else self.ur[self.trigger_index]
