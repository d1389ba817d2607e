"""The head of one model, chosen on one part of the words and measured on another; see `statistics.splits`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...text import listed
from ..contrasts.kinds import CONTRASTS, RESPONSE
from ..design.designs import SIDES, Design
from ..events.events import Head, head_names
from ..interventions.effects import Causal
from ..interventions.kinds import DIRECTIONS, PLACES, ROUTES
from ..interventions.run import Interventions, effects_at
from ..statistics.paired import ratio_interval
from ..statistics.splits import SPLITS, Halves, HeldOut, Units, hold_out, split_crossed, split_words


def held_out_response(
    design: Design, heads: Sequence[Head], values: Mapping[str, np.ndarray], seed: int = 1
) -> HeldOut | None:
    """The interaction (response) of the head with the largest one in log-odds; None if segments cannot be divided.

    Args:
        design: of the words.
        heads: those that are chosen among: of the primary family.
        values: of the design's index, by scale, ``log_odds`` among them.  # -> rows x columns x heads; real words:
            words x cells x heads
        seed: of splits and intervals.
    """
    halves = halves_of(design, seed=seed)
    return halves and hold_out(values, "log_odds", head_names(heads), halves, seed)


def held_out_effects(found: Interventions, causal: Causal, seed: int = 1) -> dict[str, HeldOut]:
    """Kind of attention -> the effect of the single head with the largest one beyond the same at other segments.

    Empty if the segments of T or of R cannot be divided.
    Its scales are ``noising`` and ``denoising``, the same with `` beyond`` other segments, ``effect`` (the mean of both
    directions, and `` beyond`` by which the head is chosen) and ``share`` of it of the minimal-pair effect (NaN where
    there is none); over the words of cell TR.
    """
    design = causal.design
    index = design.events_of("TR")
    whole = found.minimal_pair[index].astype(float) if causal.minimal_pair.distinguishes else None
    halves, chosen = halves_of(design, "TR", seed=seed), {}
    for kind in ROUTES if halves is not None else ():
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
            if not design.is_crossed:  # words x one cell x heads
                values = {scale: each[:, None] for scale, each in values.items()}
            names = [family.named(n) for n in range(len(family.which))]
            held = hold_out(values, "effect beyond", names, halves, seed)
            if not design.is_crossed:
                held = replace(held, by_word={scale: each[:, 0] for scale, each in held.by_word.items()})
            _add_share(held, whole, seed)
            chosen[kind] = held
    return chosen


def _add_share(held: HeldOut, pair: np.ndarray | None, seed: int) -> None:
    """Of the minimal-pair effect of each word; NaN where there is none."""
    share = low = high = float("nan")
    if pair is not None:
        by_word = held.by_word["effect"]
        known = np.isfinite(by_word) if by_word.ndim == 1 else slice(None)
        low, high = (float(end[0]) for end in ratio_interval(by_word[known][..., None], pair[known], seed))
        share = float(by_word[known].mean() / pair[known].mean())
    held.estimate["share"], held.low["share"], held.high["share"] = share, low, high


def halves_of(design: Design, cell: str = "", splits: int = SPLITS, seed: int = 1) -> Halves | None:
    """The halves of the segments of a design, or of one of its cells; None where they cannot be divided."""
    if design.is_crossed:
        sides = design.sides_of(cell) if cell else design.sides
        signs = [np.ones(len(side.names)) if cell else np.where(side.first, 1.0, -1.0) for side in sides]
        units = [Units(own, side.segments) for own, side in zip(signs, sides, strict=True)]
        return split_crossed(*units, splits, seed)
    of = dict(zip("TRCN", design.cell_segments, strict=True))
    if cell:
        return split_words([[of[letter]] for letter in cell], np.ones(1), splits, seed)
    segments = [[of[letter] for letter in letters] for letters in SIDES]
    return split_words(segments, CONTRASTS[RESPONSE].cells, splits, seed)


def undivided(design: Design, cell: str = "") -> str:
    """Why the segments of a design, or of one of its cells, cannot be divided into halves; empty if they can."""
    if design.is_crossed:
        of = {
            letter: side.part(side.first == (letter == letters[0])).segments
            for side, letters in zip(design.sides, SIDES, strict=True)
            for letter in letters
        }
    else:
        of = dict(zip("TRCN", design.cell_segments, strict=True))
    single = [f"class {c} has one segment (/{of[c][0]}/)" for c in cell or "TCRN" if len(set(of[c])) < 2]
    if single:
        return f"{listed(single)}, so that no head can be chosen on some segments and measured on others"
    if halves_of(design, cell) is None:
        return "no division of the segments of all classes leaves real words in every part"
    return ""
