"""The verdict of the report: what the model attends to; with interventions also what it uses, and both together."""

from __future__ import annotations

from typing import Any

from ...text import count, number, p_text, p_value, share, signed, typeset
from ..contrasts.study import SCALE, Study
from ..contrasts.verdict import CAVEAT
from ..figures.style import capitalized
from ..interventions.effects import Causal
from ..interventions.kinds import DIRECTIONS, KINDS
from ..interventions.verdict import carriers, way

_ATTENDS = {  # strength -> sign, label; told apart by words and shape as well as by color
    "attends": ("✓", "Attends to the trigger"),
    "none": ("○", "No head meets the criteria"),
    "withheld": ("!", "Withheld: no claim may be made"),
    "descriptive": ("…", "Description only: no design to test against"),
}
_USES = {
    "uses": ("✓", "Uses the trigger"),
    "none": ("○", "No route was shown to meet the criteria"),
    "same": ("○", "No difference was shown"),
    "withheld": ("!", "Withheld: no claim may be made"),
    "descriptive": ("…", "Description only: no design to test against"),
}
_READING = (
    "“Attends to” is about the distribution of attention, over all words and against controls. It does not say that "
    "the output depends on it; only interventions can show that."
)
NEXT = "Next: fairseq-phonology intervene, whose folder analyze takes as --interventions and adds to this report."
# what is known of use -> how it goes on after what is known of attention
_GOES_ON = {
    "uses": "; it uses the trigger, {way}",
    "none": "; no route was shown to meet the criteria of use",
    "same": "; replacing the trigger was not shown to make a difference",
}
_NOTHING = "; nothing is claimed about the use of the trigger"


def verdict(study: Study | None, causal: Causal | None) -> dict[str, Any]:
    """The box: its headline, if there are two verdicts, and one part for each."""
    if study is None:
        return {"headline": "", "detail": "", "parts": [{**_uses(causal, alone=True), "asked": ""}]}
    if causal is None:
        return {"headline": "", "detail": "", "parts": [_attends(study)]}
    found = causal.verdict
    attends = {"attends": True, "none": False}.get(study.verdict.strength)
    name = study.process.replace("_", " ").replace("-", " ")
    start = {
        True: f"The model attends to the trigger of {name}",
        False: f"No head is shown to attend to the trigger of {name}",
        None: f"Whether the model attends to the trigger of {name} is undecided",
    }[attends]
    goes_on = _GOES_ON.get(found.strength, _NOTHING).format(way=way(found.route, found.kinds))
    parts = [{**_attends(study, causal), "asked": "What it attends to"}, {**_uses(causal), "asked": "What it uses"}]
    for part in parts:
        if part["detail"]:  # the label says what its headline would
            part |= {"headline": "", "detail": capitalized(part["detail"])}
    return {"headline": f"{start}{goes_on}.", "detail": typeset(found.heads), "parts": parts}


def _attends(study: Study, causal: Causal | None = None) -> dict[str, Any]:
    strength, sentence = study.verdict.strength, typeset(study.verdict.sentence)
    parts = {"descriptive": (sentence, "", ""), "none": sentence.partition(". ")}  # asserted, and in small print
    headline, stop, detail = parts.get(strength) or sentence.partition(": ")
    family, figures = study.primary, []
    if family is not None and strength in ("attends", "none"):
        best = family.best
        own = family.consistency
        low, high = (signed(each[SCALE][best]) for each in (family.low, family.high))
        means = " / ".join(number(values[best]) for values in family.cell_means.values())
        figures = [
            (
                f"Head {family.heads[best]}, response",
                signed(family.estimate[SCALE][best]),
                f"log-odds, 95 % {low} to {high}",
            ),
            ("Corrected p", p_value(family.p[best]), f"over {count(len(family.heads), 'head')}"),
            (
                "Positive quadruples",
                f"{own.positive[best]} of {len(own.quadruples)}",
                f"segments random: {p_text(own.p[best])}",
            ),
            ("Mass", means, " / ".join(family.cell_means)),
            ("Heads that meet the criteria", str(int(family.claim.sum())), f"of {len(family.heads)}"),
        ]
    caveats = [each for each in study.verdict.caveats if causal is None or each != CAVEAT]
    reading = ""
    if causal is None:
        interventions_named = any("intervention" in caveat for caveat in caveats) or not figures
        reading = NEXT if interventions_named else f"{_READING} {NEXT}"
    return {
        **_labeled(strength, *_ATTENDS[strength]),
        **{"headline": headline + stop.strip(), "detail": detail},
        **{"figures": figures, "caveats": caveats, "reading": reading, "asked": ""},
    }


def _uses(causal: Causal, alone: bool = False) -> dict[str, Any]:
    found = causal.verdict
    sign, label = _USES[found.strength]
    both = "" if alone else found.heads  # stands above the parts
    own = typeset(found.sentence.removesuffix(both).rstrip())
    headline, stop, detail = (own, "", "") if found.strength == "descriptive" else own.partition(": ")
    if found.strength == "uses":
        label = f"{label}, {way(found.route, found.kinds)}"
    return {
        **_labeled(found.strength, sign, label),
        **{"headline": headline + stop.strip(), "detail": detail},
        **{"figures": _of_routes(causal), "caveats": [], "reading": ""},
    }


def _labeled(strength: str, sign: str, label: str) -> dict[str, str]:
    return {"strength": strength, "sign": sign, "label": label}


def _of_routes(causal: Causal) -> list[tuple[str, str, str]]:
    """The minimal pair, what the route carries, and the largest p of that."""
    pair, routes = causal.minimal_pair, causal.routes
    if pair is None or causal.verdict.strength not in ("uses", "none", "same"):
        return []
    lost = f"log-odds, {number(pair.effect)} lost, 95 % {number(pair.low)} to {number(pair.high)}"
    figures = [("Trigger replaced", f"{signed(pair.intact)} → {signed(pair.after)}", lost)]
    for n in [routes.number(measure) for measure in carriers(causal)]:
        for direction in DIRECTIONS:
            own = routes.of(direction)
            interval = f"of the minimal-pair effect, 95 % {share(own.low_share[n])} to {share(own.high_share[n])} %"
            name = f"{capitalized(KINDS[routes.which[n].measure].short)}, {direction}"
            figures.append((name, f"{share(own.share[n])} %", interval))
    return figures
