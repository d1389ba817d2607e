"""Verdict and caveats over several models: `attends to` from attention, `uses` from interventions alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ...text import P_PLACES, counted, decimal, listed, percent
from ..interventions.kinds import DIRECT, KINDS, ROUTES, TOGETHER
from ..interventions.verdict import way
from ..statistics.splits import SPLITS
from .results import ModelRow, Models, ModelTest

_ATTENTION = (
    "Attention shows where the models attend; whether their output depends on it is a question for interventions."
)
_HEADLINE = {  # route -> measures that tell it over models
    **{kind: (kind,) for kind in ROUTES},
    "either suffices": TOGETHER,
    "jointly needed": DIRECT,
    "indirect": (),
    "undecided": DIRECT,
}


def sentence_of_responses(made: Models) -> str:
    """The verdict over models, of attention."""
    mass, tested = made.test("chosen head", "mass"), made.tested
    if mass is None:
        return f"There is no result over models for {made.process}: none of the models could be tested."
    meets = sum(row.meets for row in tested)
    own = f"in {meets} of {len(tested)} models a head meets the criteria for a single model"
    models = (
        f"over {counted(len(tested), 'model')} the interaction (response) of the chosen head is {decimal(mass.mean)} "
        f"of mass{interval(mass)}"
    )
    if made.warning:
        return f"{models[0].upper()}{models[1:]}; {own}. No claim is made over models: there are too few."
    p = max(mass.p, made.test("chosen head", "log_odds").p)
    over = f"{models} (sign-flip over models, p = {decimal(p, P_PLACES)}); {own}"
    if mass.claim:
        return f"The models attend to the trigger of {made.process}: {over}."
    return (
        f"The models are not shown to attend to the trigger of {made.process}: {over}. Unmet criteria: "
        f"{'; '.join(mass.unmet)}."
    )


def caveats_of_responses(made: Models) -> tuple[str, ...]:
    """How the head was chosen, and what the p over models does not cover."""
    mass = made.test("chosen head", "mass")
    if mass is None:
        return ()
    parts = "the real words" if mass.by_words else "the stems with half of the suffixes"
    return (
        f"In each model the head is chosen by its interaction (response) in log-odds on half of {parts} and measured "
        f"on the other half{'' if mass.by_words else ' of both'}; values are means over {SPLITS} random splits, in "
        "each of which every part serves for both.",
        _same_words(mass),
        *([] if any(row.use for row in made.rows) else [_ATTENTION]),
    )


def sentence_of_routes(made: Models) -> str:
    """The verdict over models, of interventions."""
    tested = made.tested
    if not tested:
        return f"There is no result over models on the trigger of {made.process}: none of the models could be tested."
    groups = Counter((row.strength, row.route, row.kinds) for row in tested).most_common()
    groups.sort(key=lambda group: group[0][0] != "uses")
    (strength, route, kinds), n = groups[0]
    if strength != "uses":
        start = f"None of {len(tested)} models is shown to use the trigger of {made.process} by any route"
    else:
        verb = "uses" if n == 1 else "use"
        start = f"{n} of {len(tested)} models {verb} the trigger of {made.process} {way(route, kinds)}"
        start += "".join(f", {times} {_own(*group)}" for group, times in groups[1:])
    if made.strength == "few":
        return f"{start}. No claim is made over models: there are too few."
    if made.strength == "none":
        return f"{start}. Over {counted(len(tested), 'model')} its use is not shown{_why(made, route)}."
    claimed = [test for test in made.tests if test.family == "routes" and test.claim]
    own = [test for test in claimed if strength == "uses" and test.name in _HEADLINE[route]]
    if own:
        return f"{start}: {_lost(made, own)}."
    # the route of most models is not what is claimed over them
    return f"The models use the trigger of {made.process}, {_ways_of(made, groups)}; {_lost(made, claimed)}."


def _ways_of(made: Models, groups: Sequence[tuple[tuple[str, str, tuple[str, ...]], int]]) -> str:
    """How many models use it by which route, where no one route is claimed over them."""
    using = sum(strength == "uses" for (strength, *_), _ in groups)
    if not using:
        return f"although none of the {len(made.tested)} is shown to when tested alone"
    (first, n), *rest = groups
    start = "by different routes: " if using > 1 else ""
    return f"{start}{n} of {len(made.tested)} {_own(*first)}" + "".join(f", {m} {_own(*own)}" for own, m in rest)


def _lost(made: Models, claimed: Sequence[ModelTest]) -> str:
    """What each of these interchanges takes away and gives back over models, at the least, and the largest p."""
    lost = [
        f"{percent(test.mean)} %{interval(test, True)} of the minimal-pair effect ({KINDS[test.name].short})"
        for test in claimed
    ]
    p = decimal(max(test.p for test in claimed), P_PLACES)
    what = "interchange takes away and gives back no less than"
    return f"over {counted(len(made.tested), 'model')}, {what} {', '.join(lost)} (sign-flip over models, p = {p})"


def caveats_of_routes(made: Models) -> tuple[str, ...]:
    """The chosen single heads, and what the p over models does not cover."""
    if not made.tests:
        return ()
    heads = [test for test in made.tests if test.family == "heads" and np.isfinite(test.mean)]
    found = [
        f"Single heads, chosen in each model on one half of the words and measured on the other: interchange in the "
        f"{test.name} takes away and gives back no less than {percent(test.mean)} %{interval(test, True)} of the "
        "minimal-pair effect" + ("." if test.claim else f"; no claim ({'; '.join(test.unmet)}).")
        for test in heads
    ]
    return (*found, _same_words(made.tests[0]))


def interval(test: ModelTest, percents: bool = False) -> str:
    """Over models, as `` [.60, .82]``; empty under six models."""
    if np.isnan(test.low):
        return ""
    return f" [{', '.join(percent(end) if percents else decimal(end) for end in (test.low, test.high))}]"


def _own(strength: str, route: str, kinds: tuple[str, ...]) -> str:
    if strength == "uses":
        return way(route, kinds)
    return "by none of the routes" if strength == "none" else "not distinguishing it from its replacement"


def _why(made: Models, route: str) -> str:
    """The criteria that the measure with the largest share does not meet."""
    pair = made.tests[0]
    if not pair.claim:
        return f": of the {pair.name}, {'; '.join(pair.unmet)}"
    wanted = _HEADLINE.get(route) or ROUTES
    near = [test for test in made.tests if test.family == "routes" and test.name in wanted and np.isfinite(test.mean)]
    if not near:
        return ""
    best = max(near, key=lambda test: test.mean)
    return f": {KINDS[best.name].short}, {percent(best.mean)} %{interval(best, True)}; {'; '.join(best.unmet)}"


def _same_words(test: ModelTest) -> str:
    units = "real words" if test.by_words else "stems and suffixes"
    words = test.additional["words"]
    known = f" (p = {decimal(words, P_PLACES)})" if np.isfinite(words) else ""
    return (
        f"All models have the same {units}. The p over models therefore generalizes to other seeds with these {units}; "
        f"generalization to other {units} rests on the tests of each model, and on the test of the mean over models "
        f"with {units} random, which a claim also requires{known}."
    )


_OTHERWISE = {  # strength -> of one model, of several
    "none": ("is not shown to use it by any route", "are not shown to use it by any route"),
    "same": ("does not distinguish it from its replacement", "do not distinguish it from its replacement"),
}
_UNTESTED = ("was not tested for use", "were not tested for use")


def caveat_of_uses(made: Models, where: str = "") -> str:
    """How many of the models use the trigger by which route, and how many of these attend to it: a description.

    Args:
        made: of attention, with the results of interventions in its rows.
        where: the name of the folder with the test over models.
    """
    known = [row for row in made.rows if row.use is not None]
    if not known:
        return ""
    groups: dict[tuple, list[ModelRow]] = {}
    for row in known:
        own = (row.use.strength, row.use.route, row.use.kinds) if row.use.strength == "uses" else (row.use.strength,)
        groups.setdefault(own, []).append(row)
    order = sorted(groups, key=lambda own: (own[0] != "uses", -len(groups[own])))
    parts = []
    for n, own in enumerate(order):
        times = f"{len(groups[own])} of {len(known)}" if not n else str(len(groups[own]))
        parts.append(f"{times} {_use(own, len(groups[own]) > 1, n > 0)}{_attending(groups[own])}")
    folder = f" (results in {where})" if where else ""
    return (
        f"Interventions on the same models, each tested alone: {'; '.join(parts)}. This is a description; the test of "
        f"use over models is made by fairseq-phonology intervene{folder}."
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
