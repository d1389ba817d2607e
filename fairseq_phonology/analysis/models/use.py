"""What interventions found in each of several models, beside what their attention shows: attends x route."""

from __future__ import annotations

from collections.abc import Sequence

from ...text import listed
from ..interventions.effects import Causal
from ..interventions.routes import carriers, way
from .rows import ModelRow, Models, Use

_OTHERWISE = {  # strength -> of one model, of several
    "none": ("is not shown to use it by a route", "are not shown to use it by a route"),
    "same": ("does not distinguish it from its replacement", "do not distinguish it from its replacement"),
}
_UNTESTED = ("has no test of its use", "have no test of its use")


def use_of(causal: Causal) -> Use:
    """The verdict, and of the route the knock-out that costs most of those that show it."""
    verdict = causal.verdict
    if verdict.strength != "uses":
        return Use(verdict.strength, verdict.route, verdict.kinds)
    shares = {measure: float(causal.routes.share[causal.routes.number(measure)]) for measure in carriers(causal.routes)}
    measure = max(shares, key=shares.__getitem__)
    return Use(verdict.strength, verdict.route, verdict.kinds, measure, shares[measure])


def caveat_of_uses(made: Models, where: str = "") -> str:
    """How many of the models use the trigger by which route, and how many of these attend to it; described, no test.

    Args:
        made: of attention, with what is known of the use in its rows.
        where: the name of the folder that has the test over models.
    """
    known = [row for row in made.rows if row.use is not None]
    if not known:
        return ""
    groups: dict[tuple, list[ModelRow]] = {}
    for row in known:
        own = (row.use.strength, row.use.route, row.use.kinds) if row.use.strength == "uses" else (row.use.strength,)
        groups.setdefault(own, []).append(row)
    order = sorted(groups, key=lambda own: (own[0] != "uses", -len(groups[own])))
    said = []
    for n, own in enumerate(order):
        times = f"{len(groups[own])} of {len(known)}" if not n else str(len(groups[own]))
        said.append(f"{times} {_use(own, len(groups[own]) > 1, n > 0)}{_attending(groups[own])}")
    folder = f", in {where}" if where else ""
    return (
        f"By interventions on the same models, each by itself, {'; '.join(said)}. This describes them; the test of use "
        f"over models is that of fairseq-phonology intervene{folder}."
    )


def _use(own: tuple, several: bool, named: bool) -> str:
    if own[0] == "uses":
        return f"{'use' if several else 'uses'} {'it' if named else 'the trigger'} {way(*own[1:])}"
    return _OTHERWISE.get(own[0], _UNTESTED)[several]


def _attending(rows: Sequence[ModelRow]) -> str:
    attend = sum(row.meets for row in rows)
    if attend == len(rows):
        return f", and {'attend' if attend > 1 else 'attends'} to it"
    others = listed([row.name for row in rows if not row.meets])
    if not attend:
        return f", and {'none of these is' if len(rows) > 1 else 'is not'} shown to attend to it"
    return f", of which {attend} {'attend' if attend > 1 else 'attends'} to it (not shown: {others})"
