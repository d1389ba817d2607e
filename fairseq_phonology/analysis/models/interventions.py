"""Use of the trigger in several models: routes, and single heads, chosen on other words than they are measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..events.events import Events
from ..interventions.effects import Causal
from ..interventions.kinds import DIRECTIONS, PLACES, ROUTES
from ..interventions.run import Interventions, effects_at
from ..provenance import Provenance
from .comparable import check_comparable, check_designs, duplicates, left_out, warning_of
from .held_out import held_out_effects, undivided
from .results import FORCED, ModelRow, Models, RouteEffect, splits_of
from .routes import InWords, TrWords, route_tests
from .sentences import caveats_of_routes, sentence_of_routes


def compare_interventions(studies: Mapping[str, tuple[Interventions, Causal]], seed: int = 1) -> Models:
    """Do models use the trigger, and by which route?

    The model is the unit. The effect of each route minus that of the same at other segments, and minus
    `criteria.LEAST_SHARE` of the minimal-pair effect, is tested by flipping signs of models, corrected over the routes;
    its share is the mean effect over the mean minimal-pair effect. A claim needs, in both directions of the
    interchange, p < .05 and a lower bound of the share of `criteria.LEAST_SHARE`, over models and over words, and as
    large a share beyond other segments; and a minimal-pair effect that is itself significant over models. Of the heads
    of each kind of attention one is chosen in each model on some segments, by its mean effect of both directions minus
    that at other segments, and measured on others.

    Args:
        studies: name of the model -> its interventions, and their statistics; of the same process and items.
        seed: of splits, flips and resampling.

    Raises:
        InputError: fewer than two, or of different processes, grammars or words.
    """
    first = next((causal for _, causal in studies.values()), None)
    check_comparable(
        {name: (causal.process, causal.language, causal.provenance) for name, (_, causal) in studies.items()},
        {name: found.events for name, (found, causal) in studies.items() if causal.exclusions is not None},
    )
    rows = [_row(name, *study, seed) for name, study in studies.items()]
    own = {row.name: studies[row.name] for row in rows if row.tested}
    check_designs({name: causal.design for name, (_, causal) in own.items()})
    tested = [row for row in rows if row.tested]
    words = [_words(row, *own[row.name]) for row in tested]
    tests = route_tests(tested, words, seed) if tested else []
    made = Models(first.process, first.language, list(studies), rows, tests, "", causal=True)
    made.undivided = next((why for _, causal in own.values() if (why := undivided(causal.design, "TR"))), "")
    made.warning = warning_of(len(own))
    made.sentence = sentence_of_routes(made)
    made.caveats = (*duplicates(rows), *left_out(rows), *caveats_of_routes(made))
    made.provenance = Provenance("models", seed=seed, splits=splits_of(rows))
    return made


def _row(name: str, found: Interventions, causal: Causal, seed: int) -> ModelRow:
    pair, verdict, family = causal.minimal_pair, causal.verdict, causal.routes
    reason = ""
    if verdict.strength in ("withheld", "descriptive"):
        reason = "; ".join(causal.reasons_withheld) or "its words have no design to test the process in"
    bounds = {} if pair is None else {"pair": pair.effect, "pair_low": pair.low, "pair_high": pair.high}
    routes = {}
    for n, one in enumerate(family.which):
        least = family.noising if family.noising.share[n] <= family.denoising.share[n] else family.denoising
        numbers = (least.effect, least.share, least.low_share, least.high_share, least.others)
        routes[one.measure] = RouteEffect(*(float(each[n]) for each in numbers), bool(family.uses[n]))
    return ModelRow(
        name=name,
        strength=verdict.strength,
        sentence=verdict.sentence,
        reason_withheld=reason,
        checkpoint=causal.provenance.model,
        exact_match=Events(found.events, []).exact_match(),  # that of greedy decoding
        decoding=FORCED,
        claims=_claims(causal),
        route=verdict.route,
        kinds=verdict.kinds,
        intact=np.nan if pair is None else pair.intact,
        **bounds,
        routes=routes,
        heads={} if reason else held_out_effects(found, causal, seed),
    )


def _claims(causal: Causal) -> tuple[str, ...]:
    """Single heads that meet the criteria of use, the one with the largest share first."""
    families = [causal.family(f"heads of {kind}") for kind in ROUTES]
    using = [(f.share[n], f.which[n]) for f in families if f is not None for n in np.flatnonzero(f.uses)]
    return tuple(f"{one.measure} {one.layer}.{one.head}" for _, one in sorted(using, key=lambda own: -own[0]))


def _words(row: ModelRow, found: Interventions, causal: Causal) -> TrWords:
    """The words of cell TR of one model, for the tests over models."""
    index, which = causal.design.events_of("TR"), causal.routes.which
    both = {
        direction: [
            effects_at(found, index, [replace(one, method=direction, place=place) for one in which]) for place in PLACES
        ]
        for direction in DIRECTIONS
    }
    routes = {
        one.measure: InWords(
            {direction: here[..., n] for direction, (here, _) in both.items()},
            {direction: (here - there)[..., n] for direction, (here, there) in both.items()},
        )
        for n, one in enumerate(which)
    }
    heads = {
        f"head of {kind}": InWords(
            {direction: held.by_word[direction] for direction in DIRECTIONS},
            {direction: held.by_word[f"{direction} beyond"] for direction in DIRECTIONS},
        )
        for kind, held in row.heads.items()
    }
    names = tuple(side.names for side in causal.design.sides_of("TR"))
    return TrWords(names, found.minimal_pair[index].astype(float), routes, heads)
