"""The verdict of the report: what the model attends to; with interventions also what it uses, and both together."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....text import count, number, p_text, p_value, share, signed, typeset
from ...contrasts.study import SCALE, Family, Study
from ...contrasts.verdict import CAVEAT
from ...design.limits import ONE_EDGE
from ...figures.style import capitalized
from ...interventions.effects import Causal
from ...interventions.kinds import DIRECTIONS, KINDS
from ...interventions.verdict import carriers, way
from ..glossary import terms

ATTENDS = {  # strength -> sign, label; told apart by words and shape as well as by color
    "attends": ("✓", "Attends to the trigger"),
    "none": ("○", "No head shown to attend"),
    "withheld": ("!", "Withheld: no claim may be made"),
    "descriptive": ("…", "Description only: no design to test against"),
}
USES = {
    "uses": ("✓", "Uses the trigger"),
    "none": ("○", "No route shown to carry its effect"),
    "same": ("○", "Not shown to distinguish the trigger"),
    "withheld": ("!", "Withheld: no claim may be made"),
    "descriptive": ("…", "Description only: no design to test against"),
}
_DESCRIBED = ("…", "Described, not claimed")
_READING = (
    "“Attends to” is about the distribution of attention, over all words and against controls. It does not say that "
    "the output depends on it; only interventions can show that."
)
NEXT = "Next: fairseq-phonology intervene, whose folder analyze takes as --interventions and adds to this report."
# two verdicts in one headline are two sentences: what is attended to is not thereby what is used
_LOOKS = {
    "attends": "The model attends to the trigger of {name}.",
    "none": "No head was shown to attend to the trigger of {name}.",
    "withheld": "No claim is made about attention to the trigger of {name}.",
    "descriptive": "Attention to the trigger of {name} is described, not tested.",
}
_TAKES = {
    "uses": "It uses the trigger {way}.",
    "none": "No route was shown to carry the effect of the trigger.",
    "same": "It was not shown to distinguish the trigger from what replaces it.",
    "withheld": "No claim is made about the use of the trigger.",
    "descriptive": "The use of the trigger is described, not tested.",
}


def verdict(study: Study | None, causal: Causal | None) -> dict[str, Any]:
    """The box: its headline, if there are two verdicts, and one part for each."""
    if study is None:
        return {
            "headline": "",
            "detail": "",
            "terms": terms(study, causal),
            "parts": [{**_uses(causal, alone=True), "asked": ""}],
        }
    if causal is None:
        return {"headline": "", "detail": "", "terms": terms(study, causal), "parts": [_attends(study)]}
    found = causal.verdict
    name = study.process.replace("_", " ").replace("-", " ")
    looks = _LOOKS[study.verdict.strength].format(name=name)
    takes = _TAKES[found.strength].format(way=way(found.route, found.kinds))
    if study.limits:
        looks, takes = (text.replace("not tested", "not claimed") for text in (looks, takes))
    if study.verdict.strength != "attends":
        takes = takes.replace("It ", "The model ", 1)
    parts = [{**_attends(study, causal), "asked": "What it attends to"}, {**_uses(causal), "asked": "What it uses"}]
    for part in parts:
        if part["detail"]:  # the label says what its headline would
            part |= {"headline": "", "detail": capitalized(part["detail"])}
    return {
        "headline": f"{looks} {takes}",
        "detail": typeset(found.heads) if study.verdict.strength == "attends" else "",
        "terms": terms(study, causal),
        "parts": parts,
    }


def _attends(study: Study, causal: Causal | None = None) -> dict[str, Any]:
    strength, sentence = study.verdict.strength, typeset(study.verdict.sentence)
    described = strength == "descriptive" and bool(study.limits)
    parts = {"descriptive": (sentence, "", ""), "none": sentence.partition(". ")}  # asserted, and in small print
    headline, stop, detail = parts.get("none" if described else strength) or sentence.partition(": ")
    figures = _of_head(study.primary) if strength in ("attends", "none") or described else []
    caveats = [typeset(each) for each in study.verdict.caveats if causal is None or each != CAVEAT]
    reading = ""
    if causal is None:
        interventions_named = any("intervention" in caveat for caveat in caveats) or not figures
        reading = NEXT if interventions_named else f"{_READING} {NEXT}"
    return {
        **_labeled(strength, *(_label(study.edge) if described else ATTENDS[strength])),
        **{"headline": headline + stop.strip(), "detail": detail},
        **{"figures": figures, "caveats": caveats, "reading": reading, "asked": ""},
    }


def _of_head(family: Family) -> list[tuple[str, str, str]]:
    """The numbers of the head to show, and how many meet the criteria."""
    n, own = family.best, family.consistency
    low, high = (signed(each[SCALE][n]) for each in (family.low, family.high))
    means = " / ".join(number(values[n]) for values in family.cell_means.values())
    quadruples = f"{own.positive[n]} of {len(own.quadruples)}"
    random = "not tested" if np.isnan(own.p[n]) else p_text(own.p[n])
    return [
        (f"Head {family.heads[n]}, response", signed(family.estimate[SCALE][n]), f"log-odds, 95 % {low} to {high}"),
        ("Corrected p", p_value(family.p[n]), f"over {count(len(family.heads), 'head')}"),
        (f"Positive {own.what.partition(' of')[0]}", quadruples, f"segments random: {random}"),
        ("Mean mass", means, " / ".join(family.cell_means)),
        ("Heads that meet the criteria", str(int(family.claim.sum())), f"of {len(family.heads)}"),
    ]


def _uses(causal: Causal, alone: bool = False) -> dict[str, Any]:
    found = causal.verdict
    sign, label = _label(causal.edge) if causal.described else USES[found.strength]
    both = "" if alone else found.heads  # stands above the parts
    own = typeset(found.sentence.removesuffix(both).rstrip())
    headline, stop, detail = (own, "", "") if found.strength == "descriptive" else own.partition(": ")
    if causal.described:
        headline, stop, detail = own.partition(". ")
    if found.strength == "uses":
        label = f"{label}, {way(found.route, found.kinds)}"
    return {
        **_labeled(found.strength, sign, label),
        **{"headline": headline + stop.strip(), "detail": detail},
        **{"figures": _of_routes(causal), "caveats": [], "reading": ""},
    }


def _label(edge: str) -> tuple[str, str]:
    """Sign and label of what is described; an edge is named."""
    sign, label = _DESCRIBED
    return sign, f"{label}: {ONE_EDGE}" if edge else label


def _labeled(strength: str, sign: str, label: str) -> dict[str, str]:
    return {"strength": strength, "sign": sign, "label": label}


def _of_routes(causal: Causal) -> list[tuple[str, str, str]]:
    """The minimal pair, and what interchange does to what the verdict rests on."""
    pair, routes = causal.minimal_pair, causal.routes
    if pair is None or causal.verdict.strength not in ("uses", "none", "same"):
        return []
    effect = f"log-odds; effect {signed(pair.effect)}, 95 % {signed(pair.low)} to {signed(pair.high)}"
    figures = [("Trigger replaced", f"{signed(pair.intact)} → {signed(pair.after)}", effect)]
    for n in [routes.number(measure) for measure in carriers(causal)]:
        for direction in DIRECTIONS:
            own = routes.of(direction)
            interval = f"of the minimal-pair effect, 95 % {share(own.low_share[n])} to {share(own.high_share[n])} %"
            name = f"{capitalized(KINDS[routes.which[n].measure].short)}, {direction}"
            figures.append((name, f"{share(own.share[n])} %", interval))
    return figures
