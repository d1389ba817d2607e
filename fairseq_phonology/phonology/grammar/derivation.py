"""One word on its way through the ordered processes of a grammar."""

from __future__ import annotations

from dataclasses import dataclass

from ..form import Form
from ..process import Site


@dataclass(frozen=True)
class Step:
    """One process's turn in a derivation at which its structural description is met (``sites``)."""

    process: str
    before: Form
    after: Form
    sites: tuple[Site, ...]


@dataclass(frozen=True)
class Derivation:
    """A UR on its way to the SR.

    Attributes:
        ur: as it was given, with the symbol of its stratum where it had one.
        steps: the turns of the processes that were met, in order.
        final: the form after the last turn.
        stratum: the lexical class of the word; empty in a grammar without.
        met: the variable processes that would change the form at their turn, those that are blocked too, in order.
    """

    ur: tuple[str, ...]
    steps: tuple[Step, ...]
    final: Form
    stratum: str = ""
    met: tuple[str, ...] = ()

    @property
    def surface(self) -> tuple[str, ...]:
        """The SR, without morpheme edges."""
        return self.final.segments

    @property
    def origins(self) -> tuple[int | None, ...]:
        """For each surface segment its position in the UR; None if inserted."""
        return self.final.origins

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes that changed something, in the order of their first turn."""
        return tuple(dict.fromkeys(s.process for s in self.steps if s.before != s.after))

    def sites(self, process: str) -> tuple[Site, ...]:
        """The sites of one process."""
        return tuple(site for step in self.steps if step.process == process for site in step.sites)

    def changes(self, process: str) -> tuple[Site, ...]:
        """The sites of one process at which it changes something."""
        return tuple(site for site in self.sites(process) if not site.vacuous)

    def __str__(self) -> str:
        lines = [("", "/" + " ".join(self.ur) + "/")]
        lines += [(s.process, " ".join(s.after.segments)) for s in self.steps if s.before != s.after]
        lines.append(("", "[" + " ".join(self.surface) + "]"))
        width = max(len(name) for name, _ in lines)
        return "\n".join(f"{name:<{width}}  {form}".rstrip() for name, form in lines)


@dataclass(frozen=True)
class Variant:
    """One of the SRs of a UR in a grammar with variable processes.

    Attributes:
        probability: of this SR; over the variants of a word they sum to 1.
        applied: the variable processes that were met and applied. Of several ways to the same SR the most probable one
            is named, of equally probable ones that with more processes applied.
        derivation: that way.
    """

    probability: float
    applied: tuple[str, ...]
    derivation: Derivation

    @property
    def sr(self) -> tuple[str, ...]:
        """The SR."""
        return self.derivation.surface
