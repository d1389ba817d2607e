"""The contrasts on a design, tested over heads: from arrays of events x heads to a `Family`.

Definitions, tests and the claim rule are those of DESIGN section 5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import InputError
from ...stimuli.items import CELLS
from ..criteria import ATTENDS, NOT_SPECIFIC
from ..design.designs import Design
from ..events.events import Events, Head, View, by_head, heads_of
from ..evidence import Evidence
from ..statistics.crossed import Tested, holm, mean_test
from ..statistics.intervals import mean_interval
from .estimates import consistency_of, contrast_interval, contrast_of, spread_ratios, tested
from .kinds import RESPONSE, SAME_OFFSET
from .study import SCALE, Family


def test_contrast(
    design: Design,
    heads: Sequence[Head],
    log_odds: np.ndarray,
    mass: np.ndarray,
    contrast: str = RESPONSE,
    primary: bool = False,
    seed: int = 1,
) -> Family:
    """One contrast over all heads: of a crossed design, or over real words, each with its own 2 x 2.

    Args:
        design: its index takes entries of the arrays.
        heads: what the columns of the arrays are.
        log_odds, mass: of all events, finite where the design takes them.  # -> events x heads
        contrast: name of one of `CONTRASTS`.
        primary: does it make the headline?
        seed: of the intervals.

    Raises:
        InputError: an event of the design has no value.
    """
    values = {SCALE: _taken(log_odds, design, heads), "mass": _taken(mass, design, heads)}
    bounds = {scale: contrast_interval(design, each, contrast, seed) for scale, each in values.items()}
    test, amount = tested(design, values[SCALE], contrast), contrast_of(design, values["mass"], contrast)
    p, found = claimable(design, values[SCALE], amount, contrast, test)
    return Family(
        contrast=contrast,
        heads=list(heads),
        primary=primary,
        cell_means=design.cell_means(values["mass"]),
        estimate={SCALE: test.estimate, "mass": amount},
        low={scale: low for scale, (low, _) in bounds.items()},
        high={scale: high for scale, (_, high) in bounds.items()},
        se=test.se,
        df=test.df,
        t=test.t,
        p=p,
        n_stems=design.sizes[0],
        n_suffixes=design.sizes[1],
        claim=ATTENDS.met(found),
        unmet=ATTENDS.unmet(found),
        spread=spread_ratios(design, values[SCALE], contrast),
        consistency=found.consistency,
        evidence=found,
    )


def claimable(
    design: Design,
    log_odds: np.ndarray,
    mass: np.ndarray,
    contrast: str,
    test: Tested | None = None,
    family: int | None = None,
) -> tuple[np.ndarray, Evidence]:
    """p of each head, corrected over those of its family, and all that `criteria.ATTENDS` is asked of.

    Args:
        design: of the words.
        log_odds: of the design's index.  # -> rows x columns x heads; real words: words x 4 x heads
        mass: the contrast's estimate of mass.  # -> heads
        contrast: its name.
        test: of the contrast, if it is known.
        family: number of adjacent heads that make a family; default all of them.
    """
    p = holm((test or tested(design, log_odds, contrast)).p, family)
    over = " and ".join(side.unit for side in design.sides)
    segments = consistency_of(design, log_odds, contrast, family)
    units = design.smallest_classes
    return p, Evidence({over: p}, mass, consistency=segments, units=units, design=design, values=log_odds)


def test_same_offset(events: Events, view: View, seed: int = 1) -> Family:
    """A plain word list: more mass at the trigger than at the same offset from the word's other queries?

    Over the words that undergo the process and got it right, a word's events averaged, words random. On mass, which is
    all that is known of other queries. Not process-specific: never a claim. The first cell mean is the mass at the
    trigger; the others are not known.

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
    apart = np.array([(here - there)[rows].mean(0) for rows in words.values()])
    unknown = np.full(len(heads), np.nan)
    low, high, test = unknown, unknown, Tested(apart.mean(0), unknown, unknown, unknown, unknown)
    if len(apart) > 1:
        test, (low, high) = mean_test(apart), mean_interval(apart, np.random.default_rng(seed))
    at_trigger = np.array([here[rows].mean(0) for rows in words.values()]).mean(0)
    return Family(
        contrast=SAME_OFFSET,
        heads=heads,
        primary=False,
        cell_means={cell: at_trigger if cell == "TR" else unknown for cell in CELLS},
        estimate={SCALE: unknown, "mass": test.estimate},
        low={SCALE: unknown, "mass": low},
        high={SCALE: unknown, "mass": high},
        se=test.se,
        df=test.df,
        t=test.t,
        p=holm(test.p),
        n_stems=len(words),
        n_suffixes=0,
        claim=np.zeros(len(heads), bool),
        unmet=[[NOT_SPECIFIC] for _ in heads],
    )


for _function in (test_contrast, test_same_offset):
    _function.__test__ = False  # pytest would take whatever is named so, and imported, for a test of its own


def _taken(values: np.ndarray, design: Design, heads: Sequence[Head]) -> np.ndarray:
    taken = np.asarray(values)[design.index].astype(float)
    if not np.isfinite(taken).all():
        kinds = ", ".join(dict.fromkeys(f"{head.kind}/{head.query}" for head in heads))
        raise InputError(f"{kinds}: some events of the design have no such query, or no other segment")
    return taken
