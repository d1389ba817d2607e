"""Which words a design may use: outside TR nothing touches target ... trigger, in TR only the process studied does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..phonology.grammar import Derivation, Grammar, Step
from ..text import listed, percent_of
from .conditions import applies_at


@dataclass(frozen=True)
class Touch:
    """What one process does to one segment. ``position`` counts in the UR; None for an insertion."""

    process: str
    position: int | None
    segment: str
    outcome: str

    def __str__(self) -> str:
        if self.position is None:
            return f"{self.process} inserts [{self.outcome}]"
        if not self.outcome:
            return f"{self.process} deletes /{self.segment}/"
        return f"{self.process} changes /{self.segment}/ to [{self.outcome}]"


def touches(derivation: Derivation, low: int, high: int) -> tuple[Touch, ...]:
    """All that happens from one UR position to another, both included: changes, deletions and insertions, in order.

    -1 stands for the beginning of the word, the length of the UR for its end.
    """
    found = []
    for step in derivation.steps:
        found += [
            Touch(step.process, site.target, site.segment, site.outcome)
            for site in step.sites
            if not site.vacuous and site.target is not None and low <= site.target <= high
        ]
        found += [Touch(step.process, None, "", segment) for segment in _inserted(step, low, high, len(derivation.ur))]
    return tuple(found)


def interference(
    grammar: Grammar,
    process: str,
    ur: Sequence[str],
    target: int,
    trigger: int,
    cell: str,
    include: Collection[str] = (),
    feeding: Sequence[Touch] = (),
) -> str | None:
    """Why a word cannot be in a cell of a design for one process; None if it can.

    Args:
        grammar: what derives it.
        process: the one studied.
        ur: underlying segments.
        target: position of the target in ``ur``, edges counted.
        trigger: likewise; the length of ``ur`` for the end of the word.
        cell: ``TR``, ``TN``, ``CR`` or ``CN``.
        include: optional processes that apply.
        feeding: what earlier processes have to do to the target, and may (`feeding_of` a real word): the /s/ of 거짓말
            /kʌt͡ɕismal/ becomes [t] before it nasalizes.

    Returns:
        For example ``tensification changes /t/ to [t͈]``.
    """
    derivation = grammar.derive(ur, include)
    found = touches(derivation, *sorted((target, trigger)))
    if cell == "TR":
        if not any(applies_at(site, derivation, target, trigger) for site in derivation.changes(process)):
            return f"{process} does not apply {where(ur, target, trigger)}"
        found = tuple(touch for touch in found if touch.process != process)
    other = [touch for touch in found if touch not in feeding]
    if other:
        return str(other[0])
    missing = [touch for touch in feeding if touch not in found]
    return f"{missing[0].process} does not change /{ur[target]}/, but does in the word itself" if missing else None


def variable_too(grammar: Grammar, process: str, ur: Sequence[str], include: Collection[str] = ()) -> str | None:
    """That a word meets another variable process than the one studied, and has no one gold SR, or no one SR with the
    process blocked; None where it does not."""
    if all(one.name == process or not one.variable for one in grammar.processes):
        return None
    met = (*grammar.derive(ur, include).met, *grammar.derive(ur, include, [process]).met)
    other = next((name for name in met if name != process), None)
    return other and f"the variable process {other} is met"


def gold_of_variable(grammar: Grammar, process: str) -> str:
    """What is gold for a variable process, in a sentence; empty for an obligatory one."""
    if not (one := grammar.process(process)).variable:
        return ""
    strata = [grammar.stratum] if grammar.stratum or not grammar.strata else list(grammar.strata)
    rates = listed(f"{percent_of(one.rate_in(name), 1)}{f' in {name}' if name else ''}" for name in strata)
    return f"{process} is variable (rate {rates}): the gold SRs have it applied"


def where(ur: Sequence[str], target: int, trigger: int) -> str:
    """A place in words: ``to /k/ beside /m/``."""
    near = "at the end of the word" if trigger == len(ur) else f"beside /{ur[trigger]}/"
    return f"to /{ur[target]}/ {near}"


def feeding_of(derivation: Derivation, process: str, target: int) -> tuple[Touch, ...]:
    """What other processes do to the target before the one studied is met there."""
    found: list[Touch] = []
    for touch in touches(derivation, target, target):
        if touch.process == process:
            return tuple(found)
        found.append(touch)
    return ()


def _inserted(step: Step, low: int, high: int, end: int) -> list[str]:
    """Segments that a turn inserted between two UR positions."""
    after = step.after
    found = []
    for at, origin in enumerate(after.origins):
        if origin is not None or after.changed_by[at] != step.process:
            continue
        before = [-1, *(o for o in after.origins[:at] if o is not None)]
        behind = [*(o for o in after.origins[at:] if o is not None), end]
        if low <= before[-1] and behind[0] <= high:
            found.append(after.segments[at])
    return found
