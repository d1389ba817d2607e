"""What each process asks of a word: where it is due, and where it would apply outside its environment."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .decision import END, Decision, decisions
from .grammar import Derivation, Grammar
from .matching import compiled
from .process import Process


@dataclass(frozen=True)
class Chance:
    """A place where a process is not due, and what would stand there if it applied.

    Attributes:
        step: surface segments from 0.
        segment: what would stand there.
        gap: it would by an insertion before this step, or by the deletion of the segment of this step.
    """

    step: int
    segment: str
    gap: bool = False


@dataclass(frozen=True)
class Expectation:
    """What one process asks of one word.

    Attributes:
        process: its name.
        due: the places at which it is due; `gold` stands there if the process applied, `blocked` if it did not.
        not_due: the places at which it would apply outside its environment.
    """

    process: str
    due: tuple[Decision, ...]
    not_due: tuple[Chance, ...]


def expectations(
    grammar: Grammar,
    derivation: Derivation,
    include: Sequence[str] = (),
    blocked: Collection[str] = (),
    only: Collection[str] | None = None,
) -> list[Expectation]:
    """What the processes of a grammar ask of one word.

    A feature change is due at each of its sites, and decided at the step that emits the target; a deletion or insertion
    is due once in a word, and decided at the first step at which the SR and the SR derived with the process blocked
    differ. A site that makes no difference in the SR says nothing.

    A process is *not due* at the segments (of its turn, and still there in the SR) that it would change elsewhere. An
    outcome that stood there earlier in the derivation, in the UR above all, says nothing: it is what is left where
    another process failed, and counts as that.

    Args:
        grammar: the grammar.
        derivation: of the SR.
        include: optional processes that apply.
        blocked: the variable processes that did not apply in this SR: they are due where they would have applied.
        only: names of the processes that are asked about; None: all.
    """
    found, earlier = [], _earlier(derivation)
    for process in grammar.processes:
        if (process.optional and process.name not in include) or (only is not None and process.name not in only):
            continue
        others = [name for name in blocked if name != process.name]
        derive = functools.partial(grammar.derive, derivation.ur, include, stratum=derivation.stratum)
        due: tuple[Decision, ...] = ()
        if process.name in blocked:
            due = decisions(process.name, derive(others), derivation, in_blocked=True)
        elif process.name in derivation.processes:
            due = decisions(process.name, derivation, derive([*others, process.name]))
        not_due = tuple(c for c in _chances(process, grammar, derivation) if c.segment not in earlier[c.step])
        if process.name in blocked and due:
            steps = {place.step for place in due}
            not_due = () if any(place.gap for place in due) else tuple(one for one in not_due if one.step not in steps)
        if due or not_due:
            found.append(Expectation(process.name, due, not_due))
    return found


def _chances(process: Process, grammar: Grammar, derivation: Derivation) -> tuple[Chance, ...]:
    surface = (*derivation.surface, END)
    # a surface segment that neither this process nor a later one made is the one that it saw and left alone
    earlier = {p.name for p in itertools.takewhile(lambda p: p is not process, grammar.processes)}
    chances = []
    for step, segment in enumerate(derivation.surface):
        if derivation.final.changed_by[step] not in (None, *earlier):
            continue
        for rule in process.rules:
            run = compiled(rule, grammar.inventory, process.trigger)
            if run.inserts:
                chances += [Chance(step, outcome, True) for outcome in sorted(run.possible_outcomes(""))]
                continue
            outcomes = run.possible_outcomes(segment)
            if run.order:  # what changes places with it comes first, as a change, or as an insertion before it
                outcomes &= set(surface[step + run.order[0] : step + run.order[0] + 1])
                chances += [Chance(step, outcome, True) for outcome in sorted(outcomes)]
            # a deletion shows as the next segment, one step early
            chances += sorted((Chance(step, o or surface[step + 1], not o) for o in outcomes), key=lambda c: c.segment)
    return tuple(dict.fromkeys(chances))


def _earlier(derivation: Derivation) -> list[set[str]]:
    """For each surface segment what comes next after those before it, in the UR and at every turn, the SR among them.

    Beside what became the segment itself, what was deleted before it, what it changed places with, and, of one that was
    inserted, what stands behind it.
    """
    stood: dict[int | None, set[str]] = {}
    for form in (*(step.before for step in derivation.steps), derivation.final):
        for origin, segment in zip(form.origins, form.segments, strict=True):
            stood.setdefault(origin, set()).add(segment)
    deleted = {origin for origin, _ in derivation.final.deleted}
    found = []
    for step, segment in enumerate(derivation.surface):
        before = {origin for origin in derivation.origins[:step] if origin is not None}
        here = next((origin for origin in derivation.origins[step:] if origin is not None), None)
        places = [
            origin
            for origin in stood.keys() - before - {None}
            if (here is None or origin <= here) and (origin not in deleted or origin > max(before, default=-1))
        ]
        found.append({segment}.union({END} if here is None else (), *(stood[origin] for origin in places)))
    return found
