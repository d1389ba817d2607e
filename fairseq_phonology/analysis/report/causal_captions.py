"""Captions of the pictures of knock-outs: what one sees, how to read it, and the numbers."""

from __future__ import annotations

from ...text import decimal, listed, number, share, signed
from ..criteria import LEAST_MASS, LEAST_SHARE
from ..interventions.effects import Causal
from ..interventions.kinds import KINDS
from ..interventions.routes import carriers
from .captions import Caption

CAUSAL_FIGURES = ("routes", "attention-and-effect")


def causal_caption(causal: Causal, name: str) -> Caption:
    """The caption of one of `CAUSAL_FIGURES`."""
    return _routes(causal) if name == "routes" else _heads(causal)


def _routes(causal: Causal) -> Caption:
    pair, routes = causal.minimal_pair, causal.routes
    title = "What is lost when a route from the trigger is cut off."
    seen = (
        "Left, the routes by which the decision can know of the trigger; right, what each knock-out in all heads takes "
        "away, with what the same does at other segments."
    )
    if pair is None or not pair.distinguishes:
        return Caption(title, f"{seen} In log-odds: there is no loss to take shares of.", title)
    whole = (
        f"All of it, 100 %, is the {number(pair.effect)} of log-odds that are lost with the trigger replaced "
        f"({signed(pair.intact)} to {signed(pair.after)})."
    )
    shares = [f"{KINDS[one.measure].label}, {share(routes.share[n])} %" for n, one in enumerate(routes.which)]
    shown = carriers(routes)
    dark = (
        f"The verdict rests on {listed([f'“{KINDS[measure].label}”' for measure in shown])}."
        if shown and causal.verdict.strength == "uses"
        else "No bar is dark: none meets the rule of use."
    )
    return Caption(title, f"{seen} {whole} {dark}", f"{title} {'; '.join(shares)}.")


def _heads(causal: Causal) -> Caption:
    title = "Where heads look against what they are needed for."
    families = [family for kind in ("cross", "decoder") if (family := causal.family(f"heads of {kind}")) is not None]
    shares = [value for family in families for value in family.share]
    met = sum(int(family.uses.sum()) for family in families)
    text = (
        "One point a head: to the right, those that attend to the trigger because of the process (response, of mass; "
        f"dotted: {decimal(LEAST_MASS)}); above, those without which alone the choice is lost (dotted: "
        f"{100 * LEAST_SHARE:.0f} %). A head that looks and is not needed lies below on the right, one that is needed "
        "and does not respond above on the left."
    )
    said = f"The largest loss is {share(max(shares))} %; {met or 'none'} meet{'s' if met < 2 else ''} the rule of use."
    return Caption(title, f"{text} {said}", f"{title} {said}")
