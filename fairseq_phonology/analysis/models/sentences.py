"""What may be said of several models, in sentences: `attends to` from attention, `uses` from interventions alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ...text import P_PLACES, counted, decimal, percent
from ..interventions.kinds import KINDS, PAIRS, ROUTES, TOTALS
from ..interventions.routes import way
from ..statistics.splits import SPLITS
from .rows import ModelRow, Models, ModelTest

_ATTENTION = "Attention shows where heads look; whether the models depend on it, only interventions can show."
_HEADLINE = {  # route -> measures that tell it over models
    **{kind: (kind,) for kind in ROUTES},
    "either suffices": PAIRS,
    "jointly needed": (*ROUTES, *PAIRS),
    "indirect": TOTALS,
}


def sentence_of_responses(made: Models) -> str:
    """The verdict over models, of attention."""
    mass, tested = made.test("chosen head", "mass"), made.tested
    if mass is None:
        return f"Nothing is said of {made.process} over models: none of them has a test of its own."
    meets = sum(row.meets for row in tested)
    own = f"{meets} of {len(tested)} models {'has' if meets == 1 else 'have'} a head that meets the rule by itself"
    models = (
        f"ver {counted(len(tested), 'model')} the chosen head responds by {decimal(mass.mean)} of mass{interval(mass)}"
    )
    if made.warning:
        return f"O{models}; {own}. Nothing is claimed over models: they are too few."
    p = max(mass.p, made.test("chosen head", "logit").p)
    over = f"{models} (sign-flip over models, p = {decimal(p, P_PLACES)}); {own}"
    if mass.claim:
        return f"The models attend to the trigger of {made.process}: o{over}."
    return (
        f"The models are not shown to attend to the trigger of {made.process}: o{over}. What falls short: "
        f"{'; '.join(mass.unmet)}."
    )


def caveats_of_responses(made: Models) -> tuple[str, ...]:
    """How the head was chosen, and what the p over models does not say."""
    mass = made.test("chosen head", "mass")
    if mass is None:
        return ()
    parts = "the real words" if mass.by_words else "the stems with half of the suffixes"
    return (
        f"In each model the head is chosen by its response (log-odds) on half of {parts}, and measured on the other "
        f"half{'' if mass.by_words else ' of both'}: all ways round, {SPLITS} times, in mean.",
        _same_words(mass),
        *([] if any(row.use for row in made.rows) else [_ATTENTION]),
    )


def sentence_of_routes(made: Models) -> str:
    """The verdict over models, of interventions."""
    tested = made.tested
    if not tested:
        return f"Nothing is said of the use of the trigger of {made.process} over models: none has a test of its own."
    groups = Counter((row.strength, row.route, row.kinds) for row in tested).most_common()
    groups.sort(key=lambda group: group[0][0] != "uses")
    (strength, route, kinds), n = groups[0]
    if strength != "uses":
        start = f"None of {len(tested)} models is shown to use the trigger of {made.process} by a route"
    else:
        verb = "uses" if n == 1 else "use"
        start = f"{n} of {len(tested)} models {verb} the trigger of {made.process} {way(route, kinds)}"
        start += "".join(f", {times} {_said(*group)}" for group, times in groups[1:])
    if made.strength == "few":
        return f"{start}. Nothing is claimed over models: they are too few."
    if made.strength == "none":
        return f"{start}. Over {counted(len(tested), 'model')} no use of it is shown{_why(made, route)}."
    claimed = [test for test in made.tests if test.family == "routes" and test.claim]
    own = [test for test in claimed if strength == "uses" and test.name in _HEADLINE[route]]
    if own:
        return f"{start}: {_lost(made, own)}."
    # the route of most models is not what is claimed over them
    claimed = [test for test in claimed if test.name not in TOTALS] or claimed
    return f"The models use the trigger of {made.process}, {_ways_of(made, groups)}; {_lost(made, claimed)}."


def _ways_of(made: Models, groups: Sequence[tuple[tuple[str, str, tuple[str, ...]], int]]) -> str:
    """How many models use it by which route, where no one route is claimed over them."""
    using = sum(strength == "uses" for (strength, *_), _ in groups)
    if not using:
        return f"though none of {len(made.tested)} is shown to by itself"
    (first, n), *rest = groups
    start = "by different routes: " if using > 1 else ""
    return f"{start}{n} of {len(made.tested)} {_said(*first)}" + "".join(f", {m} {_said(*own)}" for own, m in rest)


def _lost(made: Models, claimed: Sequence[ModelTest]) -> str:
    """What is lost over models without each of them, and the largest p."""
    lost = [
        f"{KINDS[test.name].without}, {percent(test.mean)} %{interval(test, True)} of the minimal-pair effect is lost"
        for test in claimed
    ]
    p = decimal(max(test.p for test in claimed), P_PLACES)
    return f"over {counted(len(made.tested), 'model')}, {'; '.join(lost)} (sign-flip over models, p = {p})"


def caveats_of_routes(made: Models) -> tuple[str, ...]:
    """The chosen single heads, and what the p over models does not say."""
    if not made.tests:
        return ()
    heads = [test for test in made.tests if test.family == "heads" and np.isfinite(test.mean)]
    found = [
        f"Single heads, chosen in each model on one half of the words and measured on the other: the {test.name} takes "
        f"away {percent(test.mean)} %{interval(test, True)}"
        + ("." if test.claim else f", which is no claim ({'; '.join(test.unmet)}).")
        for test in heads
    ]
    return (*found, _same_words(made.tests[0]))


def interval(test: ModelTest, percents: bool = False) -> str:
    """Over models, as `` [.60, .82]``; empty under six models."""
    if np.isnan(test.low):
        return ""
    return f" [{', '.join(percent(end) if percents else decimal(end) for end in (test.low, test.high))}]"


def route_in_words(row: ModelRow) -> str:
    """What one model does with the trigger, in a few words."""
    return {
        "uses": f"uses it {way(row.route, row.kinds)}",
        "none": "by none of the routes",
        "same": "does not distinguish it from its replacement",
        "withheld": "no claim may be made",
    }.get(row.strength, "described only")


def _said(strength: str, route: str, kinds: tuple[str, ...]) -> str:
    if strength == "uses":
        return way(route, kinds)
    return "by none of the routes" if strength == "none" else "not distinguishing it from its replacement"


def _why(made: Models, route: str) -> str:
    """What the measure that comes nearest falls short of."""
    pair = made.tests[0]
    if not pair.claim:
        return f": of the {pair.name}, {'; '.join(pair.unmet)}"
    wanted = _HEADLINE.get(route) or ROUTES
    near = [test for test in made.tests if test.family == "routes" and test.name in wanted and np.isfinite(test.mean)]
    if not near:
        return ""
    best = max(near, key=lambda test: test.mean)
    return (
        f": {KINDS[best.name].without}, {percent(best.mean)} %{interval(best, True)} is lost; {'; '.join(best.unmet)}"
    )


def _same_words(test: ModelTest) -> str:
    units = "real words" if test.by_words else "stems and suffixes"
    words = test.additional["words"]
    known = f" (p = {decimal(words, P_PLACES)})" if np.isfinite(words) else ""
    return (
        f"The {units} are the same for all models. The p over models therefore says that other seeds would do the same "
        f"with these {units}; that other {units} would do, the tests of each model say, and the test of the "
        f"models' mean over {units}, which a claim needs besides{known}."
    )
