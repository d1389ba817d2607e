"""One word on its way through the ordered processes of a grammar."""

from __future__ import annotations

import math
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
class Way:
    """One outcome of the decisions of the variable processes that a word meets: several may lead to the same SR.

    Attributes:
        probability: over all ways of a word they sum to 1.
        processes: those that changed something, obligatory ones among them, in order.
        met: the variable processes that were met, in order.
    """

    probability: float
    processes: tuple[str, ...]
    met: tuple[str, ...]

    @property
    def applied(self) -> tuple[str, ...]:
        """The variable processes that were met and applied."""
        return tuple(name for name in self.met if name in self.processes)


@dataclass(frozen=True)
class Variant:
    """One of the SRs of a UR in a grammar with variable processes.

    Attributes:
        derivation: the most probable way to this SR; of equally probable ones that on which more processes applied.
        ways: all ways to it, the most probable first.
    """

    derivation: Derivation
    ways: tuple[Way, ...]

    @property
    def sr(self) -> tuple[str, ...]:
        """The SR."""
        return self.derivation.surface

    @property
    def probability(self) -> float:
        """Of this SR; over the variants of a word they sum to 1."""
        return math.fsum(way.probability for way in self.ways)

    @property
    def applied(self) -> tuple[str, ...]:
        """The variable processes that were met and applied in ``derivation``; on other ways others may have
        (`share`)."""
        return self.ways[0].applied

    def share(self, process: str) -> float:
        """The probability that a variable process was met and applied, given this SR: 0 to 1.

        Exactly 1 where it applied on all ways; less where the SR is reached without it, too, as where a later process
        undoes what it did.
        """
        on = [way.probability for way in self.ways if process in way.applied]
        return 1.0 if len(on) == len(self.ways) else math.fsum(on) / self.probability
