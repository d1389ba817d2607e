"""The contrasts on a design, tested over heads: from arrays of events x heads to a `Family`.

Definitions, tests and the claim rule are those of DESIGN section 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...errors import InputError
from ...stimuli.items import CELLS
from ..criteria import ATTENDS, NOT_SPECIFIC, Evidence, Segments
from ..design.designs import Design
from ..events.events import Events, Head, View, by_head, heads_of
from ..events.measures import ADDITIONAL, additional_values
from ..events.measures import logit as logit_of
from ..statistics.intervals import mean_interval
from ..statistics.permutation import PERMUTATIONS, sign_flip
from .estimates import Tested, contrast_interval, contrast_of, segment_estimates, tested
from .kinds import INSPECTION, RESPONSE, SAME_OFFSET
from .study import SCALES, Family


def test_contrast(
    design: Design,
    heads: Sequence[Head],
    mass: np.ndarray,
    logit: np.ndarray,
    contrast: str = RESPONSE,
    primary: bool = False,
    n_permutations: int = PERMUTATIONS,
    seed: int = 1,
    beside: np.ndarray | None = None,
) -> Family:
    """One contrast over all heads: of a crossed design, or over real words, each with its own 2 x 2.

    Args:
        design: its index takes entries of the arrays.
        heads: what the columns of the arrays are.
        mass, logit: of all events, finite where the design takes them.  # -> events x heads
        contrast: name of one of `CONTRASTS`.
        primary: does it make the headline?
        n_permutations: of each test; all relabelings where they are fewer.
        seed: of relabelings and resampling.
        beside: mass beside the target, for the additional criterion of inspection, if given.  # -> events x heads

    Raises:
        InputError: an event of the design has no value.
    """
    values = {"mass": _taken(mass, design, heads), "logit": _taken(logit, design, heads)}
    measures = {"mass": values["mass"]}
    if contrast == INSPECTION and beside is not None:
        measures["beside"] = _taken(beside, design, heads)
    main = tested_scales(design, values, contrast, n_permutations, seed)
    further = tested_scales(design, additional_values(contrast, measures), contrast, n_permutations, seed)
    bounds = {scale: contrast_interval(design, each, contrast, seed) for scale, each in values.items()}
    return _family(
        Family(
            contrast=contrast,
            heads=list(heads),
            primary=primary,
            cell_means=design.cell_means(values["mass"]),
            estimate={scale: contrast_of(design, each, contrast) for scale, each in values.items()},
            low={scale: low for scale, (low, _) in bounds.items()},
            high={scale: high for scale, (_, high) in bounds.items()},
            p={f"{unit}_{scale}": p for scale, each in main.items() for unit, p in each.p.items()},
            t={f"{unit}_{scale}": t for scale, each in main.items() for unit, t in each.t.items()},
            segments={},
            n_stems=design.sizes[0],
            n_suffixes=design.sizes[1],
            claim=np.zeros(len(heads), bool),
            joint={scale: each.joint for scale, each in main.items() if each.joint is not None},
            additional={name: p for scale, each in further.items() for name, p in each.named(scale).items()},
        ),
        {scale: segment_estimates(design, each, contrast) for scale, each in values.items()},
        design,
        values,
    )


def tested_scales(
    design: Design,
    values: Mapping[str, np.ndarray],
    contrast: str,
    n_permutations: int,
    seed: int,
    family: int | None = None,
) -> dict[str, Tested]:
    """The tests of a contrast on each scale; arguments as `estimates.tested`."""
    return {scale: tested(design, each, contrast, n_permutations, seed, family) for scale, each in values.items()}


def test_same_offset(events: Events, view: View, n_permutations: int = PERMUTATIONS, seed: int = 1) -> Family:
    """A plain word list: more mass at the trigger than at the same offset from the word's other queries, by sign-flip?

    Over the words that undergo the process and got it right, a word's events averaged. Not process-specific: never a
    claim. The first cell mean is the mass at the trigger; the others are not known.

    Raises:
        InputError: no event of the list has both, or the view has no other queries.
    """
    if view.elsewhere is None:
        raise InputError(f"{view.kind}, {view.query}: no masses of other queries to compare with")
    heads = heads_of([view])
    here, there = (by_head([view], name).astype(float) for name in ("mass", "elsewhere"))
    known = np.isfinite(here).all(1) & np.isfinite(there).all(1)
    words: dict[str, list[int]] = {}
    for n, event in enumerate(events.events):
        if event.included and event.item.cell in ("", "TR") and known[n]:
            words.setdefault(event.item.id, []).append(n)
    if not words:
        raise InputError(f"{view.kind}, {view.query}: no word undergoes the process correctly and has another query")
    apart = {"mass": here - there, "logit": logit_of(here) - logit_of(there)}
    values = {scale: np.array([each[rows].mean(0) for rows in words.values()]) for scale, each in apart.items()}
    p, t, low, high = {}, {}, {}, {}
    for scale, each in values.items():
        t[f"stems_{scale}"], p[f"stems_{scale}"] = sign_flip(each, n_permutations, np.random.default_rng(seed), 1.0)
        low[scale] = high[scale] = np.full(len(heads), np.nan)
        if len(each) > 1:
            low[scale], high[scale] = mean_interval(each, np.random.default_rng(seed))
    at_trigger = np.array([here[rows].mean(0) for rows in words.values()]).mean(0)
    unknown = np.full(len(heads), np.nan)
    cells = {cell: at_trigger if cell == "TR" else unknown for cell in CELLS}
    estimate = {scale: each.mean(0) for scale, each in values.items()}
    found = _family(
        Family(
            *(SAME_OFFSET, heads, False, cells, estimate, low, high, p, t, {}, len(words), 0),
            claim=np.zeros(len(heads), bool),
        ),
        {scale: {"target": {}, "trigger": {}} for scale in SCALES},
    )
    return replace(found, claim=np.zeros(len(heads), bool), unmet=[[NOT_SPECIFIC, *each] for each in found.unmet])


for _function in (test_contrast, test_same_offset):
    _function.__test__ = False  # pytest would take whatever is named so, and imported, for a test of its own


def evidence(
    p: Mapping[str, np.ndarray],
    mass: np.ndarray,
    segments: Segments,
    words: bool = False,
    units: Mapping[str, tuple[str, Mapping[str, int]]] | None = None,
) -> Evidence:
    """What `criteria.ATTENDS` is asked of.

    Args:
        p: by test, as `Family` names them, those of `Family.joint` (``both_mass``) and of `Family.additional` too.
        mass: the contrast's estimate of mass.  # -> heads
        segments: scale -> target or trigger -> segment -> the estimate with that segment alone.  # -> heads
        words: the tests called ``stems`` are over words.
        units: as in `Evidence`.
    """
    names = {"both": "stems and suffixes at once"} | ({"stems": "words"} if words else {})
    over = {}
    for test, values in p.items():
        unit, scale = test.split("_")
        text = ADDITIONAL[scale].text if scale in ADDITIONAL else scale
        over[f"{names.get(unit, unit)} ({text})"] = values
    return Evidence(over, mass, segments, units or {})


def _family(
    made: Family, segments: Segments, design: Design | None = None, values: Mapping[str, np.ndarray] | None = None
) -> Family:
    """The same, with its claims.  # segments: scale -> target or trigger -> segment -> the estimate with it alone"""
    p = made.p | {f"both_{scale}": each for scale, each in made.joint.items()} | made.additional
    units = {place: design.resting_on(place) for place in segments["mass"]} if design is not None else {}
    found = evidence(p, made.estimate["mass"], segments, made.n_suffixes == 0, units)
    found = replace(found, design=design, values=values or {})
    return replace(
        made, segments=segments["mass"], claim=ATTENDS.met(found), unmet=ATTENDS.unmet(found), evidence=found
    )


def _taken(values: np.ndarray, design: Design, heads: Sequence[Head]) -> np.ndarray:
    taken = np.asarray(values)[design.index].astype(float)
    if not np.isfinite(taken).all():
        kinds = ", ".join(dict.fromkeys(f"{head.kind}/{head.query}" for head in heads))
        raise InputError(f"{kinds}: some events of the design have no such query")
    return taken
