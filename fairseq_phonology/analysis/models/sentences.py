"""Verdict and caveats over several models: `attends to` from attention, `uses` from interventions alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from ...text import counted, decimal, listed, p_text, percent, signed
from ..interventions.kinds import DIRECT, KINDS, ROUTES, TOGETHER
from ..interventions.verdict import way
from ..statistics.over_models import Mean
from .results import CHOSEN, ModelRow, Models, ModelTest, splits_of

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
    chosen, tested = made.test(CHOSEN), made.tested
    if chosen is None:
        return f"There is no result over models for {made.process}: none of the models could be tested."
    meets = sum(row.meets for row in tested)
    own = f"in {meets} of {len(tested)} models a head meets the criteria for a single model"
    models = (
        f"over {counted(len(tested), 'model')} the interaction (response) of the chosen head is "
        f"{signed(chosen.mean)} log-odds{interval(chosen, signed)}, {decimal(chosen.mass.mean)} of mass"
    )
    if made.warning:
        return f"{models[0].upper()}{models[1:]}; {own}. No claim is made over models: there are too few."
    tests = f"sign-flip over models, {p_text(chosen.p)}; mean of models, segments random, {p_text(chosen.segments)}"
    over = f"{models} ({tests}); {own}"
    if chosen.claim:
        return f"The models attend to the trigger of {made.process}: {over}."
    return (
        f"That the models attend to the trigger of {made.process} is not shown: {over}. Unmet criteria: "
        f"{'; '.join(chosen.unmet)}."
    )


def caveats_of_responses(made: Models) -> tuple[str, ...]:
    """How the head was chosen, and what the p over models does not cover."""
    chosen = made.test(CHOSEN)
    if chosen is None:
        return ()
    units = _units(chosen)
    return (
        f"In each model the head is chosen by its interaction (response) in log-odds on half of the segments of every "
        f"class, and measured on {units} with the other segments; values are means over {splits_of(made.rows)} splits, "
        "in each of which every part serves for both.",
        f"All models have the same {units}. The p over models is about other seeds with these {units}; what a segment "
        "does in all of them alike is the matter of the p of their mean, with segments random.",
        *([] if any(row.use for row in made.rows) else [_ATTENTION]),
    )


def _units(test: ModelTest) -> str:
    return "real words" if test.by_words else "stems and suffixes"


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
        return f"{start}: {_passes(made, own)}."
    # the route of most models is not what is claimed over them
    return f"The models use the trigger of {made.process}, {_ways_of(made, groups)}; {_passes(made, claimed)}."


def _ways_of(made: Models, groups: Sequence[tuple[tuple[str, str, tuple[str, ...]], int]]) -> str:
    """How many models use it by which route, where no one route is claimed over them."""
    using = sum(strength == "uses" for (strength, *_), _ in groups)
    if not using:
        return f"although none of the {len(made.tested)} is shown to when tested alone"
    (first, n), *rest = groups
    start = "by different routes: " if using > 1 else ""
    return f"{start}{n} of {len(made.tested)} {_own(*first)}" + "".join(f", {m} {_own(*own)}" for own, m in rest)


def _passes(made: Models, claimed: Sequence[ModelTest]) -> str:
    """What each of these interchanges takes away and gives back over models, and the largest p."""
    each = [f"{_both(test)} of the minimal-pair effect ({KINDS[test.name].short})" for test in claimed]
    p = p_text(max(test.p for test in claimed))
    return (
        f"over {counted(len(made.tested), 'model')}, interchange of the trigger's keys and values {'; '.join(each)}, "
        f"sign-flip over models, {p}"
    )


def _both(test: ModelTest) -> str:
    """``takes away 99 % [98, 100] and gives back 97 % [95, 99]``."""
    noising, denoising = (f"{percent(own.mean)} %{interval(own, percent)}" for own in test.directions.values())
    return f"takes away {noising} and gives back {denoising}"


def caveats_of_routes(made: Models) -> tuple[str, ...]:
    """The chosen single heads, and what the p over models does not cover."""
    if not made.tests:
        return ()
    heads = [test for test in made.tests if test.family == "heads" and np.isfinite(test.mean)]
    found = [
        f"Single heads, chosen in each model on half of the segments of target and trigger and measured on words with "
        f"the others: interchange in the {test.name} {_both(test)} of the minimal-pair effect"
        + ("." if test.claim else f"; no claim (unmet criteria: {'; '.join(test.unmet)}).")
        for test in heads
    ]
    if made.undivided:
        found.append(f"No single head is measured over models: {made.undivided}.")
    return (*found, _same_words(made.tests[0]))


def interval(test: ModelTest | Mean, write: Callable[[float], str]) -> str:
    """Over models, as `` [.60, .82]``; empty under six models."""
    return "" if np.isnan(test.low) else f" [{write(test.low)}, {write(test.high)}]"


def _own(strength: str, route: str, kinds: tuple[str, ...]) -> str:
    if strength == "uses":
        return way(route, kinds)
    return "by no route that is shown" if strength == "none" else "not shown to distinguish it from its replacement"


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
    return f": {KINDS[best.name].short} {_both(best)}; {'; '.join(best.unmet)}"


def _same_words(test: ModelTest) -> str:
    units = _units(test)
    return (
        f"All models have the same {units}. The p over models is about other seeds with these {units}; for other "
        f"{units}, a claim also needs the lower bound of the models' mean share with {units} random."
    )


_OTHERWISE = {  # strength -> of one model, of several
    "none": ("is not shown to use it by any route", "are not shown to use it by any route"),
    "same": tuple(f"{are} not shown to distinguish it from its replacement" for are in ("is", "are")),
}
_UNTESTED = ("was not tested for use", "were not tested for use")


def caveat_of_uses(made: Models, where: str = "") -> str:
    """How many of the models use the trigger by which route, and how many attend to it: a description.

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
        parts.append(f"{times} {_use(own, len(groups[own]) > 1, n > 0)}")
    folder = f" (results in {where})" if where else ""
    others = [row.name for row in known if not row.meets]
    of = f"{len(known) - len(others)} of these {len(known)}" + (f" (not in {listed(others)})" if others else "")
    return (
        f"Interventions on the same models, each tested alone: {'; '.join(parts)}. A head is shown to attend to the "
        f"trigger in {of}. This is a description; the test of use over models is made by fairseq-phonology "
        f"intervene{folder}."
    )


def _use(own: tuple, several: bool, named: bool) -> str:
    if own[0] == "uses":
        return f"{'use' if several else 'uses'} {'it' if named else 'the trigger'} {way(*own[1:])}"
    return _OTHERWISE.get(own[0], _UNTESTED)[several]
