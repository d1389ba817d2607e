"""Decision steps: where in an SR it is decided whether a process applied.

Accuracy per process and the events of an analysis ask here, so that both mean the same step.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from .grammar import Derivation, Grammar
from .matching import compiled
from .process import Site

END = "</s>"  # the symbol that ends a word, in predictions


@dataclass(frozen=True)
class Decision:
    """The first step at which the gold SR and the SR derived with the process blocked differ.

    For a feature change it is the step that emits the target; for a deletion the first segment that is another because
    of it; for an insertion the step after the gap opens, at which the inserted segment is emitted or not. In a control,
    where nothing is to happen, it is the step of the segment in target position, for an insertion that of the segment
    after the gap.

    Attributes:
        step: surface segments from 0; the length of the SR is the step that ends the word.
        gold: what stands there in the gold SR; `END` at its end.
        blocked: what stands there if the process is blocked and all else goes on as it does; in a control the gold one.
        gap: something is inserted or deleted here, so that in another SR the step is the one after the segment before.
    """

    step: int
    gold: str
    blocked: str
    gap: bool = field(default=False, compare=False)


def decision_of(
    grammar: Grammar,
    ur: Sequence[str],
    process: str,
    target: int | None = None,
    include: Collection[str] = (),
    stratum: str = "",
) -> Decision | None:
    """The step at which one process is decided at one place of a word, site or control.

    Args:
        grammar: what derives the gold SR.
        ur: underlying segments; ``+`` may stand among them.
        process: its name.
        target: position in ``ur`` of the segment that may change, edges counted, of an insertion of the one on the
            other side of the gap than the trigger; None: the word's first site.
        include: optional processes that apply.
        stratum: of the word, as for `Grammar.derive`.

    Returns:
        None where no step decides it: the site makes no difference in the SR; a control whose target is not in the SR;
        a word without site, where no target is given.

    Raises:
        InputError: for segments and processes that the grammar does not have.
    """
    derivation = grammar.derive(ur, include, stratum=stratum)
    side = None if target is None else _gap_side(grammar, process)
    if target is not None and side:
        return _of_gap(grammar, derivation, process, target, side, include)
    sites = [s for s in derivation.changes(process) if target in (None, s.target)]
    if not sites and target is None:
        return None
    if not sites:
        step = _steps(derivation).get(target)
        return None if step is None else Decision(step, derivation.surface[step], derivation.surface[step])
    blocked = grammar.derive(ur, include, [process], derivation.stratum)
    if target is None:
        found = decisions(process, derivation, blocked)
        return found[0] if found else None
    if any(s.segment and s.outcome for s in sites) and (one := _at_target(target, derivation, blocked)):
        return one
    return _from_gap(target, derivation, blocked)


def beside_gap(site: Site, derivation: Derivation, target: int, side: str) -> bool:
    """Does an insertion stand beside this segment of the UR, on this side of it (``left``, ``right``)?"""
    form = next(step.before for step in derivation.steps if site in step.sites)
    near = site.position - 1 if side == "right" else site.position
    return not site.segment and 0 <= near < len(form.segments) and form.origins[near] == target


def _gap_side(grammar: Grammar, process: str) -> str:
    """On which side of its target a process inserts; empty for one that does other things as well, or has no target."""
    one = grammar.process(process)
    conditions = [c for rule in one.rules for c in compiled(rule, grammar.inventory, one.trigger).conditions()]
    sides = {c.side if c.inserts and c.target else "" for c in conditions}
    return sides.pop() if len(sides) == 1 else ""


def _of_gap(
    grammar: Grammar, derivation: Derivation, process: str, target: int, side: str, include: Collection[str]
) -> Decision | None:
    """Of an insertion beside a segment."""
    behind = target + (side == "right")
    if any(beside_gap(site, derivation, target, side) for site in derivation.changes(process)):
        blocked = grammar.derive(derivation.ur, include, [process], derivation.stratum)
        return _from_gap(behind, derivation, blocked)
    step = _steps(derivation).get(target)
    if step is None:
        return None
    step += side == "right"
    gold = (*derivation.surface, END)[step]
    return Decision(step, gold, gold, gap=True)


def decisions(
    process: str, derivation: Derivation, blocked: Derivation, in_blocked: bool = False
) -> tuple[Decision, ...]:
    """All decisions of one process in one word: of a feature change one at each site, of anything else the first.

    Args:
        process: its name.
        derivation: of the gold SR.
        blocked: the same UR derived without the process.
        in_blocked: number the steps as in the SR without the process, where that is the one that is decoded.

    Returns:
        In the order of the UR; empty where the two SRs are the same.
    """
    targets = {s.target for s in derivation.changes(process) if s.segment and s.outcome}
    places = sorted(target for target in targets if target is not None)
    found = [_at_target(target, derivation, blocked, in_blocked) for target in places]
    if changed := tuple(one for one in found if one):
        return changed
    first = _first_difference(derivation, blocked, 0, 0)
    return (first,) if first else ()


def outcomes_of(grammar: Grammar, process: str, segment: str) -> frozenset[str]:
    """What a process would make of a segment if its environment were met; "" stands for a deletion.

    Empty for a segment that it never changes.
    """
    one = grammar.process(process)
    found = (compiled(rule, grammar.inventory, one.trigger).possible_outcomes(segment) for rule in one.rules)
    return frozenset().union(*found) - {segment}


def _steps(derivation: Derivation) -> dict[int, int]:
    return {origin: step for step, origin in enumerate(derivation.origins) if origin is not None}


def _at_target(target: int, derivation: Derivation, blocked: Derivation, in_blocked: bool = False) -> Decision | None:
    step, other = _steps(derivation).get(target), _steps(blocked).get(target)
    if step is None or other is None or derivation.surface[step] == blocked.surface[other]:
        return None
    return Decision(other if in_blocked else step, derivation.surface[step], blocked.surface[other])


def _from_gap(target: int, derivation: Derivation, blocked: Derivation) -> Decision | None:
    """From the place of a target that is gone, so that an earlier site does not answer for it."""
    starts = [
        max((step + 1 for origin, step in _steps(one).items() if origin < target), default=0)
        for one in (derivation, blocked)
    ]
    return _first_difference(derivation, blocked, *starts)


def _first_difference(derivation: Derivation, blocked: Derivation, step: int, other: int) -> Decision | None:
    surface, without = (*derivation.surface, END), (*blocked.surface, END)
    for n, (gold, alternative) in enumerate(zip(surface[step:], without[other:], strict=False), step):
        if gold != alternative:
            return Decision(n, gold, alternative, gap=True)
    return None
