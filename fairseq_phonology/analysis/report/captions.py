"""Captions of the report's figures: what one sees, how to read it, and the numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ...stimuli.items import CELLS
from ...text import listed, number
from ..contrasts.family import Family
from ..contrasts.study import Study

# part of a file's name -> which caption; the first that fits
_TOPICS = (
    ("window", "window"),
    ("effect", "effects"),
    ("map", "effects"),
    ("unit", "units"),
    ("pair", "units"),
    ("stem", "units"),
    ("sink", "sink"),
    ("entropy", "sink"),
    ("segment", "segments"),
)
_ORDER = ("window", "effects", "units", "segments", "sink", "")


@dataclass(frozen=True)
class Caption:
    """Title and text of a figure, and what stands in for it where it cannot be seen."""

    title: str
    text: str
    alt: str


def topic(name: str) -> str:
    """What a figure of this name is about; empty where that is unknown."""
    return next((topic for part, topic in _TOPICS if part in name.lower()), "")


def order(name: str) -> tuple[int, bool, str]:
    """Figures in the order in which they are read: the model's before those of the baseline."""
    return _ORDER.index(topic(name)), "baseline" in name.lower(), name


def caption(study: Study, name: str) -> Caption:
    """The caption of the figure of this name."""
    family = study.primary or (study.families[0] if study.families else None)
    write = {"window": _window, "effects": _effects, "units": _units, "sink": _sink, "segments": _segments}.get(
        topic(name)
    )
    if write is None or family is None:
        title = f"{re.sub('[_-]+', ' ', name).capitalize()}."
        return Caption(title, "", title)
    found = write(study, family)
    if "baseline" in name.lower():
        return Caption(
            f"Untrained baseline: {found.title[0].lower()}{found.title[1:]}",
            "The same with fresh weights.",
            found.title,
        )
    return found


def _means(family: Family, head: int) -> str:
    means = {cell: family.cell_means[cell][head] for cell in CELLS if cell in family.cell_means}
    return listed([f"{number(mean)} in {cell}" for cell, mean in means.items() if not np.isnan(mean)])


def _window(study: Study, family: Family) -> Caption:
    best = family.best
    head, means = family.heads[best], _means(family, best)
    title = f"Where head {head} looks at the decision step."
    on_trigger = f"On the trigger it puts {means}. " if means else ""
    seen = (
        "Mean share of its attention from three segments before the target to three after it (morpheme edges have no "
        "place), EOS apart"
    )
    if study.design is None:
        text = (
            f"{seen}. {on_trigger}At the same offset from other segments of the words it puts less by "
            f"{_estimate(family, best)}. Without controls this is described, not tested against the process."
        )
    else:
        text = (
            f"{seen}, in each cell of the design. {on_trigger}If the model looks at the trigger because the process is "
            "at work, the trigger stands out in TR more than the other cells together explain: by a response of "
            f"{_estimate(family, best)}."
        )
    return Caption(title, text, f"{title} {on_trigger}{_named(family)} {_estimate(family, best)}.")


def _named(family: Family) -> str:
    return (
        "More than at the same offset elsewhere" if family.contrast == "same-offset" else family.contrast.capitalize()
    )


def _effects(study: Study, family: Family) -> Caption:
    estimate = family.estimate["mass"]
    title = f"{_named(family)}, every head."
    claims = [str(head) for head, claim in zip(family.heads, family.claim, strict=True) if claim]
    if study.verdict.strength == "withheld":
        said = "No head is outlined: no claim may be made."
    elif claims:
        said = f"Outlined: {listed(claims)}, which meet{'s' if len(claims) == 1 else ''} the whole rule."
    elif study.design is None:
        said = "No head is outlined: without a design there is no rule to meet."
    else:
        said = "No head is outlined: none meets the whole rule."
    low, high = number(np.nanmin(estimate)), number(np.nanmax(estimate))
    text = f"One cell a head. {said} Estimates run from {low} to {high} of mass; a color alone is no claim."
    return Caption(title, text, f"{title} {said} From {low} to {high} of mass.")


def _units(study: Study, family: Family) -> Caption:
    best = family.best
    title = f"Head {family.heads[best]}, unit by unit."
    units = (
        f"{family.n_stems} stems and {family.n_suffixes} suffixes" if family.n_suffixes else f"{family.n_stems} words"
    )
    text = (
        f"A dot for each of {units}. An effect of the process shows in most of them; one that a few units carry is an "
        f"effect of those units. Response {_estimate(family, best)}."
    )
    return Caption(title, text, f"{title} {units}; response {_estimate(family, best)}.")


def _segments(study: Study, family: Family) -> Caption:
    best = family.best
    title = f"Response of head {family.heads[best]} with one segment alone."
    parts = [
        f"{role} {listed([f'{segment} {number(values[best])}' for segment, values in those.items()])}"
        for role, those in family.segments.items()
    ]
    text = (
        f"Every target and every trigger segment by itself: {'; '.join(parts)}. A claim needs all of them above zero."
    )
    return Caption(title, text, f"{title} {'; '.join(parts)}.")


def _sink(study: Study, family: Family) -> Caption:
    title = "How spread out the heads are, and how much they rest on EOS."
    view = study.events.view(family.heads[family.best].kind, family.query)
    if view is None:
        return Caption(title, "", title)
    head = family.heads[family.best]
    counted = [n for n, event in enumerate(study.events.events) if event.counts]
    entropy, eos = (
        np.nanmean(values[counted, head.layer - 1, head.head - 1]) for values in (view.entropy, view.eos_mass)
    )
    numbers = f"Head {head}: {number(entropy)} bits, {number(eos)} of its mass on EOS."
    text = (
        "Entropy of the decision row in bits, 0 for a head that looks at one segment, and the mass on EOS, where "
        f"heads put what they have no use for. {numbers} A head that rests on EOS has little left to tell by."
    )
    return Caption(title, text, f"{title} {numbers}")


def _estimate(family: Family, head: int) -> str:
    low, high = number(family.low["mass"][head]), number(family.high["mass"][head])
    return f"{number(family.estimate['mass'][head])} (95 % interval {low} to {high})"
