"""Several models' use of the trigger: routes, and single heads, chosen on other words than they are measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..design.designs import Grid, Quads
from ..interventions.effects import Causal
from ..interventions.interventions import Interventions
from ..interventions.kinds import CONTROLS, ROUTES, Intervention
from ..interventions.tests import effects_at
from ..statistics.paired import ratio_interval
from ..statistics.splits import SPLITS, HeldOut, Units, hold_out
from .comparable import check_comparable, check_designs, duplicates, left_out, warning_of
from .route_tests import TrWords, route_tests
from .rows import ALONG_GOLD, ModelRow, Models, RouteEffect
from .sentences import caveats_of_routes, sentence_of_routes


def compare_causal(studies: Mapping[str, tuple[Interventions, Causal]], seed: int = 1) -> Models:
    """Do models use the trigger, and by which route?

    The model is the unit. Of each route the log-odds that it takes away beyond each control are tested by flipping
    signs of models, corrected over the routes; its share is the mean effect over the mean minimal-pair effect. A claim
    needs p < .05 against every control, a share of `causal.LEAST_SHARE`, also less that of each control, a
    minimal-pair effect that is itself so tested, and the additional criterion ``words`` of `ModelTest`. Of the single
    heads of each kind of attention one is chosen in each model, by its effect beyond ``others``.

    Args:
        studies: name of the model -> what became of it, and its statistics; of the same process and items.
        seed: of splits, flips and resampling.

    Raises:
        InputError: fewer than two, or of different processes, grammars or words.
    """
    first = next((causal for _, causal in studies.values()), None)
    check_comparable(
        {name: (causal.process, causal.language, causal.facts) for name, (_, causal) in studies.items()},
        {name: found.events for name, (found, causal) in studies.items() if causal.exclusions is not None},
    )
    rows = [_row(name, *study, seed) for name, study in studies.items()]
    own = {row.name: studies[row.name] for row in rows if row.tested}
    check_designs({name: causal.design for name, (_, causal) in own.items()})
    words = [_words(*study) for study in own.values()]
    tests = route_tests([row for row in rows if row.tested], words, seed) if own else []
    made = Models(first.process, first.language, list(studies), rows, tests, "", causal=True)
    made.warning = warning_of(len(own))
    made.sentence = sentence_of_routes(made)
    made.caveats = (*duplicates(rows), *left_out(rows), *caveats_of_routes(made))
    made.facts = {"seed": seed, "splits": SPLITS}
    return made


def _row(name: str, found: Interventions, causal: Causal, seed: int) -> ModelRow:
    pair, verdict = causal.minimal_pair, causal.verdict
    why_not = ""
    if verdict.strength in ("withheld", "descriptive"):
        why_not = "; ".join(causal.reasons_withheld) or "its words have no design to test the process in"
    nothing = dict.fromkeys(CONTROLS, np.nan)
    bounds = {} if pair is None else {"pair": pair.effect, "pair_low": pair.low, "pair_high": pair.high}
    return ModelRow(
        name=name,
        strength=verdict.strength,
        sentence=verdict.sentence,
        why_not=why_not,
        checkpoint=causal.facts.get("checkpoint_sha256") or "",
        exact_match=_exact_match(found),
        decoding=ALONG_GOLD,
        claims=_claims(causal),
        route=verdict.route,
        kinds=verdict.kinds,
        intact=np.nan if pair is None else pair.intact,
        **bounds,
        routes={
            one.measure: RouteEffect(
                *(float(each[n]) for each in (family.effect, family.share, family.low_share, family.high_share)),
                nothing | {control: float(each[n]) for control, each in family.controls.items()},
                bool(family.uses[n]),
            )
            for family in [causal.routes]
            for n, one in enumerate(family.which)
        },
        heads={} if why_not else _heads(found, causal, seed),
    )


def _exact_match(found: Interventions) -> tuple[int, int]:
    """Along the gold SR, which is the same as by greedy decoding."""
    right = {event.item.id: event.surface == event.reference for event in found.events}
    return sum(right.values()), len(right)


def _claims(causal: Causal) -> tuple[str, ...]:
    families = [causal.family(f"heads of {kind}") for kind in ROUTES]
    using = [(f.share[n], f.which[n]) for f in families if f is not None for n in np.flatnonzero(f.uses)]
    return tuple(f"{one.measure} {one.layer}.{one.head}" for _, one in sorted(using, key=lambda own: -own[0]))


def _heads(found: Interventions, causal: Causal, seed: int) -> dict[str, HeldOut]:
    """Kind of attention -> its single head, chosen on one part of the words and measured on another."""
    index = tr_words(causal.design)
    pair = found.effects[index, found.number(causal.minimal_pair.measure)].astype(float)
    chosen = {}
    for kind in ROUTES:
        which = [one for one in found.which if (one.measure, one.place) == (kind, "trigger") and one.head is not None]
        values = {"effect": effects_at(found, index, which, "trigger")}
        for name, control in (("beyond", "others"), ("mirror", "mirror")):
            values[name] = values["effect"] - effects_at(found, index, which, control)
        values = {name: each for name, each in values.items() if np.isfinite(each).all()}
        if which and {"effect", "beyond"} <= set(values):
            chosen[kind] = _held(causal.design, which, values, seed)
            _add_share(chosen[kind], pair if causal.minimal_pair.distinguishes else None, seed)
    return chosen


def _held(design: Grid | Quads, which: Sequence[Intervention], values: dict[str, np.ndarray], seed: int) -> HeldOut:
    names = [f"{one.layer}.{one.head}" for one in which]
    if isinstance(design, Quads):
        return hold_out(values, "beyond", names, _alike(design.row_segments), None, seed=seed)
    segments = zip((design.row_segments, design.column_segments), (design.undergoes, design.triggers), strict=True)
    rows, columns = (_alike([s for s, kept in zip(own, first, strict=True) if kept]) for own, first in segments)
    return hold_out(values, "beyond", names, rows, columns, seed=seed)


def _alike(segments: Sequence[str]) -> Units:
    return Units(np.ones(len(segments)), segments)


def _add_share(held: HeldOut, pair: np.ndarray | None, seed: int) -> None:
    """Of the minimal-pair effect of each word; NaN where there is none."""
    if pair is None:
        for bounds in (held.estimate, held.low, held.high):
            bounds["share"] = float("nan")
        return
    by_word, whole = held.by_word["effect"], float(pair.mean())
    held.estimate["share"] = held.estimate["effect"] / whole
    low, high = (float(end[0]) for end in ratio_interval(by_word[..., None], pair, seed))
    moved = held.estimate["share"] - float(by_word.mean()) / whole
    held.low["share"], held.high["share"] = low + moved, high + moved


def _words(found: Interventions, causal: Causal) -> TrWords:
    """What the tests over models take of one model's TR words."""
    design, index = causal.design, tr_words(causal.design)
    if isinstance(design, Grid):
        sides = ((design.rows, design.undergoes), (design.columns, design.triggers))
        names = tuple(tuple(np.array(own, object)[kept]) for own, kept in sides)
    else:
        names = (design.words,)
    which = causal.routes.which
    return TrWords(
        names=names,
        pair=found.effects[index, found.number(causal.minimal_pair.measure)].astype(float),
        effect={one.measure: effects_at(found, index, [one], "trigger")[..., 0] for one in which},
        controls={y: {one.measure: effects_at(found, index, [one], y)[..., 0] for one in which} for y in CONTROLS},
    )


def tr_words(design: Grid | Quads) -> np.ndarray:
    """Numbers of the TR events.  # -> rows x columns, or words"""
    if isinstance(design, Quads):
        return design.index[:, 0]
    return design.index[np.ix_(design.undergoes, design.triggers)]
