"""Several models as lines of a picture: what stands in each, before it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...text import decimal, p_text
from ..criteria import ALPHA, LEAST_MASS
from ..interventions.kinds import KINDS
from ..models.results import ModelRow, Models, ModelTest


@dataclass(frozen=True)
class Point:
    """One model in one lane: its value, with the interval over words; whether the model meets the rule by itself."""

    value: float
    low: float
    high: float
    meets: bool
    tested: bool = True


@dataclass(frozen=True)
class Lane:
    """One line of the picture.

    Attributes:
        name: at the left.
        note: at the right.
        points: of one model, or of all.
        mean, low, high: over models, with 95 % interval; NaN where the lane is of one model.
        claim: is it claimed over models?
        elsewhere: mean over models of the control; NaN if there is none.
    """

    name: str
    note: str
    points: tuple[Point, ...] = ()
    mean: float = np.nan
    low: float = np.nan
    high: float = np.nan
    claim: bool = False
    elsewhere: float = np.nan


def lanes_of_heads(models: Models) -> list[Lane]:
    """One a model, and the mean."""
    lanes = []
    for row in models.rows:
        held = row.response
        if held is None:
            lanes.append(Lane(row.name, "no test"))
            continue
        own = Point(held.estimate["mass"], held.low["mass"], held.high["mass"], row.meets, row.tested)
        share = held.chosen[held.head]
        lanes.append(Lane(row.name, held.head + (f" ({100 * share:.0f} %)" if share < 0.995 else ""), (own,)))
    mass, logit = models.test("chosen head", "mass"), models.test("chosen head", "logit")
    if mass is not None:
        note = "too few to test" if models.warning else _decided(mass, logit)
        lanes.append(Lane("mean", note, (), mass.mean, mass.low, mass.high, mass.claim))
    return lanes


def _decided(mass: ModelTest, logit: ModelTest) -> str:
    """The p over models; where nothing is claimed, what decided that: the largest of all, and what it is of."""
    own = {"mass": mass.p, "log-odds": logit.p}
    if mass.claim:
        return p_text(max(own.values()))
    ps = {**own, **mass.additional}
    missing = [name for name, p in ps.items() if np.isnan(p)]
    if missing:
        return f"not tested ({missing[0]})"
    name = max(ps, key=ps.__getitem__)
    return f"{p_text(ps[name])} ({name})" if not ps[name] < ALPHA else f"under {decimal(LEAST_MASS)}"


def lanes_of_routes(models: Models) -> list[Lane]:
    """One a route that some model has, and one for the single head of each kind of attention."""
    tested = models.tested
    measures = [m for m in KINDS if any(m in row.routes for row in models.rows)]
    lanes = [_route(measure, models.test(measure, "share"), models.rows, tested) for measure in measures]
    for kind in dict.fromkeys(kind for row in tested for kind in row.heads):
        test = models.test(f"head of {kind}", "share")
        points = tuple(
            Point(held.estimate["share"], held.low["share"], held.high["share"], row.uses_head(kind))
            for row, held in ((row, row.heads[kind]) for row in tested if kind in row.heads)
        )
        lanes.append(Lane(f"single head, {kind}", _times(points), points, *_mean(test)))
    return lanes


def _route(measure: str, test: ModelTest | None, rows: Sequence[ModelRow], tested: Sequence[ModelRow]) -> Lane:
    points = tuple(
        Point(each.share, each.low, each.high, each.uses and row.meets, row.tested)
        for row, each in ((row, row.routes[measure]) for row in rows if measure in row.routes)
    )
    elsewhere = [row.routes[measure].controls["others"] for row in tested if measure in row.routes]
    pair = [row.pair for row in tested if measure in row.routes]
    there = np.mean(elsewhere) / np.mean(pair) if elsewhere and np.isfinite(_mean(test)[0]) else np.nan
    return Lane(KINDS[measure].short, _times(points), points, *_mean(test), float(there))


def _mean(test: ModelTest | None) -> tuple[float, float, float, bool]:
    return (np.nan, np.nan, np.nan, False) if test is None else (test.mean, test.low, test.high, test.claim)


def _times(points: Sequence[Point]) -> str:
    own = [point for point in points if point.tested]
    return f"{sum(point.meets for point in own)} of {len(own)}"
