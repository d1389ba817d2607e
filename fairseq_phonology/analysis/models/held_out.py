"""The head of one model, chosen on one part of the words and measured on another; see `statistics.splits`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..design.designs import Design
from ..events.events import Head, head_names
from ..interventions.effects import Causal, effects_at
from ..interventions.kinds import DIRECTIONS, PLACES, ROUTES
from ..interventions.run import Interventions
from ..statistics.paired import ratio_interval
from ..statistics.splits import SPLITS, HeldOut, Units, hold_out


def held_out_response(
    design: Design, heads: Sequence[Head], values: Mapping[str, np.ndarray], splits: int = SPLITS, seed: int = 1
) -> HeldOut:
    """The interaction (response) of the head with the largest one on the logit scale.

    Args:
        design: crossed: stems and suffixes are halved; or real words: these are halved.
        heads: those that are chosen among: of the primary family.
        values: of the design, by scale, ``logit`` among them.  # -> rows x columns x heads; of real words their double
            differences, words x heads
        splits, seed: as `hold_out`.
    """
    return hold_out(values, "log_odds", head_names(heads), *units_of(design), splits, seed)


def held_out_effects(found: Interventions, causal: Causal, seed: int = 1) -> dict[str, HeldOut]:
    """Kind of attention -> the effect of the single head with the largest one beyond the same at other segments.

    Its scales are ``noising`` and ``denoising``, the same with `` beyond`` other segments, ``effect`` (the mean of both
    directions, and `` beyond`` by which the head is chosen) and ``share`` of it of the minimal-pair effect (NaN where
    there is none); over the words of cell TR.
    """
    design = causal.design
    index = design.events_of("TR")
    whole = found.minimal_pair[index].astype(float) if causal.minimal_pair.distinguishes else None
    chosen = {}
    for kind in ROUTES:
        family, values = causal.family(f"heads of {kind}"), {}
        for direction in DIRECTIONS if family is not None else ():
            here, there = (
                effects_at(found, index, [replace(one, method=direction, place=place) for one in family.which])
                for place in PLACES
            )
            values |= {direction: here, f"{direction} beyond": here - there}
        if values and all(np.isfinite(each).all() for each in values.values()):
            for end in ("", " beyond"):
                values[f"effect{end}"] = np.mean([values[f"{direction}{end}"] for direction in DIRECTIONS], 0)
            names = [family.named(n) for n in range(len(family.which))]
            chosen[kind] = hold_out(values, "effect beyond", names, *units_of(design, "TR"), seed=seed)
            _add_share(chosen[kind], whole, seed)
    return chosen


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


def units_of(design: Design, cell: str = "") -> tuple[Units, Units | None]:
    """Rows and columns of a crossed design, or of one of its cells; of real words the words, and None."""
    if cell:
        units = [Units(np.ones(len(side.names)), side.segments) for side in design.sides_of(cell)]
    else:
        units = [
            Units(np.ones(len(side.names)), side.segments)
            if side.first is None
            else Units(np.where(side.first, 1.0, -1.0), list(zip(side.first.tolist(), side.segments, strict=True)))
            for side in design.sides
        ]
    return units[0], units[1] if design.is_crossed else None
