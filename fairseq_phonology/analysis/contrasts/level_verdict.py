"""What may be said of the levels of a condition, in sentences: what was measured, in which level it is larger."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...text import count, decimal, listed, p_text, percent, plural, signed_plain
from ..criteria import LEAST_CLAIMED
from ..design.conditions import Conditions
from ..design.parts import too_few
from ..events.events import head_names
from ..events.measured import REGIONS
from .conditions import ConditionStudy, LevelTest, OverModels
from .verdict import CAVEAT

NO_CAUSE = (
    "Items are random, the levels are those of the list: this speaks of other items in these levels, not of other "
    "levels, and does not say why they differ."
)
SHARED = (
    "Items are random, the levels and {parts} are those of the list: this speaks of other items with these {parts} in "
    "these levels, not of other {parts} or levels, and does not say why they differ; where a column has the {parts}, "
    "--item COLUMN makes them random."
)
_PLACES = {"trigger": "the trigger", "target": "the target"}
_MOST = 6  # columns that are named


def place_of(asked: Conditions) -> str:
    """Where the weight is looked at, in words."""
    name = asked.look_at
    if name in REGIONS:
        return f"the {name} segment"
    return name if name.startswith("syllable ") else _PLACES.get(name, f"the segment at {name}")


def response_of(study: ConditionStudy, n: int | None = None) -> str:
    """The response variable in words, of one column or of all."""
    columns, several = study.measured.columns, len(study.measured.columns) > 1
    if study.is_attention:
        kind = "" if study.asked.kind == "cross" else f" of the {study.asked.kind}"
        of = "a head" if n is None else f"head {columns[n]}{kind}"
        return f"the weight of {of} on {place_of(study.asked)}"
    of = f" in model {columns[n]}" if several and n is not None else ""
    if study.scale == "exact_match":
        return f"the share of words that are right{of}"
    return f"the log-odds of the candidate {study.asked.candidate}{of}"


def sized(study: ConditionStudy, *values: float, sign: bool = False) -> list[str]:
    """Numbers of the response without their unit, log-odds or points of exact match; small ones with two decimals."""
    if study.scale == "exact_match":
        return [f"{'+' if sign and value > 0 else ''}{percent(value)}" for value in values]
    places = 1 if abs(values[0]) >= 1 else 2
    written = [decimal(value, places) for value in values]
    return [f"+{text}" if sign and value > 0 else text for text, value in zip(written, values, strict=True)]


def unit_of(study: ConditionStudy) -> str:
    """The unit of the response: ``log-odds``, ``points``."""
    return "points" if study.scale == "exact_match" else "log-odds"


def difference(study: ConditionStudy, what: str, test: LevelTest, bounds: Sequence[float]) -> str:
    """What is larger where, by how much: ``WHAT is larger in a than in c by 1.3 [0.9, 1.7] log-odds``."""
    estimate, low, high = map(float, bounds)
    pair, unit = test.contrast.pair, unit_of(study)
    known = [low, high] if np.isfinite(low) else []
    if pair is None:
        size, *interval = sized(study, estimate, *known, sign=True)
        between = f" [{', '.join(interval)}]" if interval else ""
        of = "" if study.scale == "exact_match" else "the log-odds of " if study.is_attention else ""
        return f"the contrast {test.contrast.name} of {of}{what} is {size}{between} {unit}"
    verb = "is" if study.is_attention or study.scale == "exact_match" else "are"
    more = "smaller" if estimate < 0 else "larger"
    size, *interval = sized(study, *((estimate, *known) if estimate >= 0 else (-estimate, *(-x for x in known[::-1]))))
    between = f" [{', '.join(interval)}]" if interval else ""
    if estimate == 0:
        return f"{what} {verb} the same in {pair[0]} and in {pair[1]}, {size}{between} {unit}"
    return f"{what} {verb} {more} in {pair[0]} than in {pair[1]} by {size}{between} {unit}"


def with_sentences(study: ConditionStudy) -> ConditionStudy:
    """The study, with what may be said of it."""
    condition = f"Compared by {study.asked.column}"
    if study.parts:
        condition += f" for these {listed([part.described for part in study.parts])}"
    if study.exclusions is not None and study.exclusions.reasons_withheld:
        why = "; ".join(study.exclusions.reasons_withheld)
        study.strength, first = "withheld", f"No claim is made about {study.asked.column}: {why}."
        study.sentences = (first, *caveats(study))
        return study
    tested = study.over_models or study.tests
    claimed = [test for test in tested if _any(test)]
    sentences = [_of_models(study, test) if study.over_models else _of_columns(study, test) for test in tested]
    few = all(min(_units(test).values()) < LEAST_CLAIMED or _described(study, test) for test in tested)
    study.strength = "differs" if claimed else "descriptive" if few else "none"
    first = [sentence for test, sentence in zip(tested, sentences, strict=True) if _any(test)]
    rest = [sentence for test, sentence in zip(tested, sentences, strict=True) if not _any(test)]
    headline, *more = first or rest
    study.sentences = (f"{condition}, {headline}", *(_capital(each) for each in [*more, *(rest if first else [])]))
    study.sentences += caveats(study)
    return study


def caveats(study: ConditionStudy) -> tuple[str, ...]:
    """What belongs to every verdict on conditions."""
    parts = " and ".join(plural(part.name) for part in study.parts)
    return (
        *study.measured.notes,
        SHARED.format(parts=parts) if parts else NO_CAUSE,
        *([CAVEAT] if study.is_attention else []),
    )


def _of_columns(study: ConditionStudy, test: LevelTest) -> str:
    """One contrast over all heads, or of the one model."""
    best = test.best
    bounds = (test.estimate[best], test.low[best], test.high[best])
    what = difference(study, response_of(study, best), test, bounds)
    numbers = f"{what}{_tested(study, test, best)}"
    if not test.claim.any():
        unmet = "; ".join(test.unmet[best])
        among = "" if len(test.claim) == 1 else f" in any of {len(test.claim)} heads" if study.is_attention else ""
        return (
            f"no difference is claimed for {test.contrast.name}{among}: "
            f"{'the largest, ' if len(test.claim) > 1 else ''}{numbers}. Unmet criteria: {unmet}."
        )
    others = [n for n in test.order if test.claim[n] and n != best]
    if not others:
        return f"{numbers}."
    names = head_names(study.measured.columns) if study.is_attention else study.measured.columns
    named = [f"{names[n]} ({sized(study, test.estimate[n], sign=True)[0]})" for n in others[:_MOST]]
    more = f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
    return f"{numbers}. The rule is also met by {listed(named) if not more else ', '.join(named) + more}."


def _tested(study: ConditionStudy, test: LevelTest, n: int) -> str:
    """Test, units and means, after what was measured."""
    design, contrasts = study.design, len(study.tests)
    over = [count(len(test.p), "head" if study.is_attention else "model")] if len(test.p) > 1 else []
    over += [count(contrasts, "contrast")] if contrasts > 1 else []
    corrected = f", corrected over {listed(over)}" if over else ""
    items = f"{count(len(design.items), 'item')} random" if design.within else f"items random ({_sizes(study, test)})"
    t = "" if np.isnan(test.df[n]) else f"t({freedom(test.df[n])}) = {decimal(test.t[n], 1)}, "
    return f" ({t}{p_text(test.p[n])}, {items}{corrected}){_means(study, test, n)}"


def freedom(df: float) -> str:
    """Degrees of freedom: ``59``, of a Satterthwaite test ``12.4``."""
    return f"{df:.1f}".removesuffix(".0")


def _sizes(study: ConditionStudy, test: LevelTest) -> str:
    sizes = list(study.design.sizes.items())
    return ", ".join(f"{sizes[k][1]} in {sizes[k][0]}" for k in test.contrast.compared)


def _means(study: ConditionStudy, test: LevelTest, n: int) -> str:
    scale = "mass" if study.is_attention else study.scale
    means = study.design.cell_means(study.design.taken(study.measured.values[scale]))
    written = {"mass": decimal, "exact_match": lambda value: f"{percent(value)} %"}.get(scale, signed_plain)
    own = [(level, written(float(means[level][n]))) for k, level in enumerate(means) if k in test.contrast.compared]
    what = "mean mass" if scale == "mass" else "means"
    return f"; {what} {' / '.join(value for _, value in own)} in {' / '.join(level for level, _ in own)}"


def _of_models(study: ConditionStudy, found: OverModels) -> str:
    """One contrast over several models."""
    test, models = found.items, len(study.measured.columns)
    what = difference(study, response_of(study), test, (found.mean, found.low, found.high))
    own = next(each.estimate for each in study.tests if each.contrast == found.contrast)
    same = int((own * found.mean > 0).sum())
    interval = ", as in the interval" if np.isfinite(found.low) else ""
    corrected = f"; corrected over {count(len(study.tests), 'contrast')}" if len(study.tests) > 1 else ""
    text = (
        f"{what} in the mean of {models} models (models random{interval}: {p_text(found.p)}; items random, of their "
        f"mean: {p_text(test.p[0])}{corrected}); {same} of {models} models have this direction"
    )
    if found.claim:
        return f"{text}."
    return f"no difference is claimed for {found.contrast.name}: {text}. Unmet criteria: {'; '.join(found.unmet)}."


def _units(test: LevelTest | OverModels) -> dict[str, int]:
    return (test.items if isinstance(test, OverModels) else test).evidence.units


def _described(study: ConditionStudy, test: LevelTest | OverModels) -> bool:
    return bool(too_few(study.parts, test.contrast.named, LEAST_CLAIMED))


def _any(test: LevelTest | OverModels) -> bool:
    return bool(np.any(test.claim))


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
