"""Conditions of a comparison: the same process and words, each model once, enough models for a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import InputError
from ...phonology.transcription import drop_edges
from ...text import P_PLACES, counted, decimal, in_words, listed
from ..criteria import ALPHA
from ..design.designs import Design
from ..events.events import Event
from ..provenance import Provenance
from ..statistics.over_models import FEWEST
from .results import ModelRow


def check_comparable(of: Mapping[str, tuple[str, str, Provenance]], events: Mapping[str, Sequence[Event]]) -> None:
    """Models are compared over the same process of the same grammar, and over the same words.

    Args:
        of: name of the model -> process, language, provenance.
        events: name of the model -> events, of those that have a design.

    Raises:
        InputError: they are not the same, or there is one model.
    """
    if len(of) < 2:
        raise InputError(f"{counted(len(of), 'model')} given; a comparison needs two or more")
    first = next(iter(of))
    for name, (process, language, provenance) in of.items():
        for what, own, other in (
            ("about the process", process, of[first][0]),
            ("of the language", language, of[first][1]),
            ("about the rules", *(_rules(each) for each in (provenance, of[first][2]))),
            ("with the optional processes", *(_included(each) for each in (provenance, of[first][2]))),
        ):
            if own != other and None not in (own, other):
                raise InputError(f"model {name!r} is {what} {own!r}, model {first!r} {what} {other!r}: not comparable")
    words = {name: _words(each) for name, each in events.items()}
    first = next(iter(words), "")
    for name, each in words.items():
        if each != words[first]:
            raise InputError(
                f"model {name!r} has {len(each):,} words in cells, model {first!r} {len(words[first]):,}, and "
                f"{len(each & words[first]):,} are the same: models are compared over the same words"
            )


def check_designs(designs: Mapping[str, Design]) -> None:
    """A crossed design is not compared with real words.

    Raises:
        InputError: some models have one, some the other.
    """
    kinds: dict[str, list[str]] = {}
    for name, design in designs.items():
        kinds.setdefault(design.name, []).append(name)
    if len(kinds) > 1:
        which = ", ".join(f"{listed(names)} over {kind}" for kind, names in sorted(kinds.items()))
        raise InputError(f"{which}: not comparable")


def common_words(names: Sequence[tuple[Sequence[str], ...]]) -> list[tuple[np.ndarray, ...]]:
    """Of each model the numbers of the units that errors left in all of them, in one order.

    Args:
        names: of each model, the names of rows and columns, or of real words.
    """
    sides = []
    for own in zip(*names, strict=True):
        places = [{name: n for n, name in enumerate(each)} for each in own]
        kept = [name for name in own[0] if all(name in each for each in places)]
        sides.append([np.array([each[name] for name in kept], int) for each in places])
    return list(zip(*sides, strict=True))


def duplicates(rows: Sequence[ModelRow]) -> tuple[str, ...]:
    """A caveat for each model that is given more than once: the same file, or the same numbers to the last digit."""
    found = []
    for what, key in (
        ("are the same checkpoint", lambda row: row.checkpoint),
        ("have the same results to the last digit", _numbers),
    ):
        names: dict[Any, list[str]] = {}
        for row in rows:
            if key(row):
                names.setdefault(key(row), []).append(row.name)
        found += [
            f"{listed(same)} {what}. Each model may be given only once: means and tests over models are not valid."
            for same in names.values()
            if len(same) > 1 and not any(sentence.startswith(listed(same)) for sentence in found)
        ]
    return tuple(found)


def _numbers(row: ModelRow) -> tuple[float, ...]:
    """Results that two different models do not share by chance; empty where there are few."""
    if row.response is not None:
        return (*row.response.estimate.values(), *(value for each in row.layers.values() for value in each.values()))
    return tuple(route.effect for route in row.routes.values()) if row.tested else ()


def left_out(rows: Sequence[ModelRow]) -> tuple[str, ...]:
    """A caveat for the models that are excluded from the tests over models, one for each reason."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if not row.tested:
            names.setdefault(row.reason_withheld, []).append(row.name)
    return tuple(
        f"{listed(own)} {'are' if own[1:] else 'is'} excluded from the tests over models: {reason}"
        for reason, own in names.items()
    )


def warning_of(tested: int) -> str:
    """That there are too few models for a test; empty from six on."""
    if tested >= FEWEST:
        return ""
    if not tested:
        return "None of the models could be tested, so no claim is made over models."
    least = decimal(2 / 2**tested, P_PLACES)
    known = f"; with {in_words(tested)}, the smallest possible p is {least}" if tested > 1 else ""
    return (
        f"{counted(tested, 'model').capitalize()} could be tested, so no claim is made over models: a two-sided "
        f"sign-flip test needs at least {in_words(FEWEST)} models to reach p < {decimal(ALPHA)}{known}."
    )


def _words(events: Iterable[Event]) -> set[tuple]:
    """Words of the design, whatever the models see of morpheme edges."""
    items = (event.item for event in events)
    return {(drop_edges(item.ur), item.stem, item.suffix, item.cell) for item in items if item.cell and item.stem}


def _rules(provenance: Provenance) -> list[str] | None:
    return list(provenance.grammar.rules) or None


def _included(provenance: Provenance) -> list[str] | None:
    return sorted(provenance.options["with"]) if "with" in provenance.options else None
