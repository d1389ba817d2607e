"""Where target and trigger of a process stand in a word."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..errors import InputError
from ..phonology.grammar import Derivation, Grammar
from ..phonology.process import Site
from ..phonology.transcription import EDGE, WORD_EDGE
from .classes import Classes
from .conditions import place_of, segments_of

Place = tuple[int | None, int]  # of target and trigger in a UR, edges counted; its length: the end of the word


class NoPlaceError(InputError):
    """A word without a place where a process could be tested."""


def find_place(
    grammar: Grammar, process: str, ur: Sequence[str], classes: Classes, include: Collection[str] = ()
) -> Place:
    """Where in a UR the target (T or C) and the trigger (R or N) stand.

    That is the process's own site where there is one; else the one place where a segment of the target classes has one
    of the trigger classes beside it (long-distance: the nearest, with only admitted segments between). Of several such
    places, one alone that a morpheme edge divides is meant.

    Returns:
        Positions in ``ur``, edges counted; its length where the end of the word is trigger or control. The target is
        None for an insertion whose rule names no segment on the other side of the gap.

    Raises:
        NoPlaceError: for a word with none.
        InputError: for a word with several such places.
    """
    derivation = grammar.derive(ur, include)
    sites = derivation.changes(process)
    of_part = [site for site in sites if is_of(site, derivation, classes)]
    places = (site_place(site, derivation, classes) for site in of_part or sites)
    found: list[Place] = list(dict.fromkeys(place for place in places if place))
    what = "site"
    if not found:
        what, unseen = "place", {EDGE, *grammar.inventory.transparent}
        found = [(at, near) for at in range(len(ur)) if (near := _beside(ur, at, classes, unseen)) is not None]
        # where nothing applies, a target beside a trigger is neither
        found = [(a, b) for a, b in found if (ur[a] not in classes.target or _at(ur, b) not in classes.trigger)]
        divided = [(a, b) for a, b in found if EDGE in ur[min(a, b) : max(a, b)]]
        if len(divided) == 1:
            found = divided
    if len(found) == 1:
        return found[0]
    word = "/" + " ".join(ur) + "/"
    if not found:
        raise NoPlaceError(
            f"{word} has no place for {process}: no target ({' '.join(classes.target + classes.control_target)}) "
            f"with a trigger ({' '.join(classes.trigger + classes.control_trigger)}) on its {classes.side}"
        )
    places = ", ".join(f"{'∅' if a is None else ur[a]} at {b if a is None else a}" for a, b in found)
    raise InputError(
        f"{word} has {len(found)} {what}s for {process} ({places}, counted from 0); "
        "give target_index and trigger_index to say which is meant"
    )


def site_place(site: Site, derivation: Derivation, classes: Classes) -> Place | None:
    """Where a site's target and trigger stand; None where one of them is no underlying segment, and no edge either."""
    if classes.inserts and classes.target and site.segment == "":
        return place_of(site, derivation, classes.geometry)
    trigger = site.trigger_in(derivation.ur)
    return None if trigger is None or (site.target is None and site.segment) else (site.target, trigger)


def is_of(site: Site, derivation: Derivation, classes: Classes) -> bool:
    """Is a site one of a part of a process? What counts is what stands there at the process's turn."""
    if not classes.target:  # an insertion that names the trigger alone
        return classes.inserts and site.segment == "" and site.trigger_segment in classes.trigger
    segments = segments_of(site, derivation, classes.geometry)
    return segments is not None and segments[0] in classes.target and segments[1] in classes.trigger


def _at(ur: Sequence[str], position: int) -> str:
    return WORD_EDGE if position == len(ur) else ur[position]


def _beside(ur: Sequence[str], at: int, classes: Classes, unseen: Collection[str]) -> int | None:
    """The position of the trigger-class segment that belongs to a segment of the target classes."""
    if not classes.target_class(ur[at]):
        return None
    step = 1 if classes.regressive else -1
    near = at + step
    while 0 <= near < len(ur):
        if ur[near] not in unseen:
            if classes.trigger_class(ur[near]):
                return near
            if classes.between is None or ur[near] not in classes.between:
                return None
        near += step
    return len(ur) if near == len(ur) and classes.trigger_class(WORD_EDGE) else None
