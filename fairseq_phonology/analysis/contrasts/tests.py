"""The contrasts on a design, tested over heads: from arrays of events x heads to a `Family`.

Definitions, tests and the claim rule are those of DESIGN section 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import InputError
from ...stimuli.items import CELLS
from ..criteria import ADDITIONAL, ATTENDS, NOT_SPECIFIC, Evidence, Segments, additional_values
from ..design.designs import Grid, Quads
from ..events.events import Events, Head, View
from ..events.measures import logit as logit_of
from ..statistics.intervals import mean_interval
from ..statistics.permutation import PERMUTATIONS, sign_flip
from .family import SCALES, Family
from .table import CONTRASTS, INSPECTION, RESPONSE, SAME_OFFSET
from .weights import cell_means, contrast_interval, contrast_of, permuted, segment_estimates

TESTS = ("stems_mass", "stems_logit", "suffixes_mass", "suffixes_logit")
HEADS_COLUMNS = (
    *("contrast", "kind", "query", "layer", "head", *(f"mean_{cell}" for cell in CELLS)),
    *(f"{what}_{scale}" for scale in SCALES for what in ("estimate", "low", "high")),
    *(f"p_{test}" for test in TESTS),
    *("n_stems", "n_suffixes", "claim"),
    *("p_both_mass", "p_both_logit", "p_additional", "primary", "unmet"),  # what else the claim needs; what it lacks
)
LEAST_OF_SEGMENT = 4  # real words: segments with fewer are pooled


def test_grid(
    grid: Grid,
    heads: Sequence[Head],
    mass: np.ndarray,
    logit: np.ndarray,
    contrast: str = RESPONSE,
    primary: bool = False,
    n_permutations: int = PERMUTATIONS,
    seed: int = 1,
    beside: np.ndarray | None = None,
) -> Family:
    """One contrast of a crossed design over all heads.

    Args:
        grid: the design; its index takes rows of the arrays.
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
    values = {"mass": _taken(mass, grid.index, heads), "logit": _taken(logit, grid.index, heads)}
    unit = {"rows": grid.row_unit, "columns": grid.column_unit}
    t, p, low, high, estimate, joint = {}, {}, {}, {}, {}, {}
    for scale, each in values.items():
        tested = permuted(each, grid.undergoes, grid.triggers, contrast, n_permutations, seed)
        t |= {f"{unit[side]}_{scale}": found for side, found in tested.t.items()}
        p |= {f"{unit[side]}_{scale}": found for side, found in tested.p.items()}
        if tested.joint is not None:
            joint[scale] = tested.joint
        estimate[scale] = contrast_of(grid, each, contrast)
        low[scale], high[scale] = contrast_interval(grid, each, contrast, seed)
    additional = {}
    for scale, each in _additional(contrast, values["mass"], grid.index, beside, heads).items():
        tested = permuted(each, grid.undergoes, grid.triggers, contrast, n_permutations, seed)
        additional |= {f"{unit[side]}_{scale}": found for side, found in tested.p.items()}
        if tested.joint is not None:
            additional[f"both_{scale}"] = tested.joint
    sizes = {grid.row_unit: len(grid.rows), grid.column_unit: len(grid.columns)}
    cells = cell_means(grid, values["mass"])
    segments = {scale: segment_estimates(each, grid, contrast) for scale, each in values.items()}
    bounds, units = (estimate, low, high), _units(grid)
    return _family(
        *(
            contrast,
            heads,
            primary,
            cells,
            bounds,
            p,
            t,
            segments,
            sizes["stems"],
            sizes["suffixes"],
            joint,
            additional,
        ),
        units=units,
    )


def test_quads(
    quads: Quads,
    heads: Sequence[Head],
    mass: np.ndarray,
    logit: np.ndarray,
    contrast: str = RESPONSE,
    primary: bool = False,
    n_permutations: int = PERMUTATIONS,
    seed: int = 1,
    beside: np.ndarray | None = None,
) -> Family:
    """One contrast over real words, each with its own 2 x 2: a sign-flip over words. Args as `test_grid`."""
    values = {"mass": _taken(mass, quads.index, heads), "logit": _taken(logit, quads.index, heads)}
    words, sizes = _contrasted(values, contrast)
    p, t, bounds = _flipped(words, sizes, n_permutations, seed)
    guarding = _additional(contrast, values["mass"], quads.index, beside, heads)
    additional, *_ = _flipped(*_contrasted(guarding, contrast), n_permutations, seed)
    names = {"target": _pooled(quads.row_segments), "trigger": _pooled(quads.column_segments)}
    segments = {
        scale: {place: {s: each[own == s].mean(0) for s in dict.fromkeys(own.tolist())} for place, own in names.items()}
        for scale, each in words.items()
    }
    cells = cell_means(quads, values["mass"])
    units = {place: ("words", Counter(own.tolist())) for place, own in names.items()}
    return _family(
        *(contrast, heads, primary, cells, bounds, p, t, segments, len(quads.words), 0),
        additional=additional,
        units=units,
    )


def test_same_offset(events: Events, view: View, n_permutations: int = PERMUTATIONS, seed: int = 1) -> Family:
    """A plain word list: more mass at the trigger than at the same offset from the word's other rows, by sign-flip?

    Over the words that undergo the process and got it right, a word's events averaged. Not process-specific: never a
    claim. The first cell mean is the mass at the trigger; the others are not known.

    Raises:
        InputError: no event of the list has both, or the view has no other rows.
    """
    if view.elsewhere is None:
        raise InputError(f"{view.kind}, {view.query}: no masses of other rows to compare with")
    heads = [Head(view.kind, view.query, n + 1, m + 1) for n in range(view.layers) for m in range(view.heads)]
    here, there = (np.asarray(each, float).reshape(len(each), -1) for each in (view.mass, view.elsewhere))
    known = np.isfinite(here).all(1) & np.isfinite(there).all(1)
    words: dict[str, list[int]] = {}
    for n, event in enumerate(events.events):
        if event.counts and event.item.cell in ("", "TR") and known[n]:
            words.setdefault(event.item.id, []).append(n)
    if not words:
        raise InputError(f"{view.kind}, {view.query}: no word undergoes the process rightly and has another row")
    apart = {"mass": here - there, "logit": logit_of(here) - logit_of(there)}
    values = {scale: np.array([each[rows].mean(0) for rows in words.values()]) for scale, each in apart.items()}
    p, t, bounds = _flipped(values, {"mass": 1.0, "logit": 1.0}, n_permutations, seed)
    at_trigger = np.array([here[rows].mean(0) for rows in words.values()]).mean(0)
    unknown = np.full(len(heads), np.nan)
    cells = {cell: at_trigger if cell == "TR" else unknown for cell in CELLS}
    none = {scale: {"target": {}, "trigger": {}} for scale in SCALES}
    return _family(SAME_OFFSET, heads, False, cells, bounds, p, t, none, len(words), 0)


for _function in (test_grid, test_quads, test_same_offset):
    _function.__test__ = False  # pytest would take whatever is named so, and imported, for a test of its own


def heads_rows(family: Family) -> list[list[Any]]:
    """Rows of ``heads.csv``, columns as `HEADS_COLUMNS`; empty where a contrast has no such test or cell."""

    def number(values: np.ndarray | None, n: int) -> str:
        return "" if values is None or np.isnan(values[n]) else f"{values[n]:.6g}"

    additional = np.max(list(family.additional.values()), axis=0) if family.additional else None
    return [
        [
            *(family.contrast, head.kind, head.query, head.layer, head.head),
            *(number(family.cell_means[cell], n) for cell in CELLS),
            *(number(each[scale], n) for scale in SCALES for each in (family.estimate, family.low, family.high)),
            *(number(family.p.get(test), n) for test in TESTS),
            *(family.n_stems, family.n_suffixes, int(family.claim[n])),
            *(number(family.joint.get(scale), n) for scale in SCALES),
            number(additional, n),
            int(family.primary),
            "; ".join(family.unmet[n]),
        ]
        for n, head in enumerate(family.heads)
    ]


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
    contrast,
    heads,
    primary,
    cells,
    bounds,
    p,
    t,
    segments,
    n_stems,
    n_suffixes,
    joint=None,
    additional=None,
    units=None,
) -> Family:
    estimate, low, high = bounds
    joint, additional = joint or {}, additional or {}
    tests = p | {f"both_{scale}": each for scale, each in joint.items()} | additional
    found = evidence(tests, estimate["mass"], segments, n_suffixes == 0, units)
    claim, unmet = ATTENDS.met(found), ATTENDS.unmet(found)
    if contrast == SAME_OFFSET:
        claim, unmet = np.zeros(len(heads), bool), [[NOT_SPECIFIC, *each] for each in unmet]
    return Family(
        contrast, list(heads), primary, cells, estimate, low, high, p, t, segments["mass"], n_stems, n_suffixes, claim,
        unmet, joint, additional, found,
    )  # fmt: skip


def _units(grid: Grid) -> dict[str, tuple[str, Counter]]:
    """On how many units of class T, or of class R, each segment rests."""
    targets = Counter(segment for segment, own in zip(grid.row_segments, grid.undergoes, strict=True) if own)
    triggers = Counter(segment for segment, own in zip(grid.column_segments, grid.triggers, strict=True) if own)
    return {"target": (grid.row_unit, targets), "trigger": (grid.column_unit, triggers)}


def _additional(
    contrast: str, mass: np.ndarray, index: np.ndarray, beside: np.ndarray | None, heads: Sequence[Head]
) -> dict[str, np.ndarray]:
    """Values of the design on the additional scales of the contrast; ``mass`` is of the design already."""
    measures = {"mass": mass}
    if contrast == INSPECTION and beside is not None:
        measures["beside"] = _taken(beside, index, heads)
    return additional_values(contrast, measures)


def _contrasted(values: dict[str, np.ndarray], contrast: str) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """The contrast of each real word, by scale, and how large the values are.  # values: words x 4 x heads"""
    words = {scale: np.einsum("wch,c->wh", each, CONTRASTS[contrast].cells) for scale, each in values.items()}
    return words, {scale: float(np.abs(each).max(initial=0)) for scale, each in values.items()}


def _flipped(words: dict[str, np.ndarray], sizes: dict[str, float], n_permutations: int, seed: int):
    """p and t by name, and (estimate, low, high) by scale, of a sign-flip over units.  # words: units x heads"""
    p, t, bounds = {}, {}, ({}, {}, {})
    for scale, each in words.items():
        rng = np.random.default_rng(seed)
        t[f"stems_{scale}"], p[f"stems_{scale}"] = sign_flip(each, n_permutations, rng, scale=sizes[scale])
        few = len(each) < 2
        interval = (np.full(each.shape[1], np.nan),) * 2 if few else mean_interval(each, np.random.default_rng(seed))
        for kept, found in zip(bounds, (each.mean(0), *interval), strict=True):
            kept[scale] = found
    return p, t, bounds


def _pooled(segments: Sequence[str]) -> np.ndarray:
    names, inverse, times = np.unique(np.array(segments, object).astype(str), return_inverse=True, return_counts=True)
    return np.where(times[inverse] < LEAST_OF_SEGMENT, "other", names[inverse])


def _taken(values: np.ndarray, index: np.ndarray, heads: Sequence[Head]) -> np.ndarray:
    taken = np.asarray(values)[index].astype(float)
    if not np.isfinite(taken).all():
        kinds = ", ".join(dict.fromkeys(f"{head.kind}/{head.query}" for head in heads))
        raise InputError(f"{kinds}: some events of the design have no such row")
    return taken
