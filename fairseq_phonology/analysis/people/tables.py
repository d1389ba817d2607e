"""``compare.csv``, ``items.csv``, ``responses.csv`` and ``summary.json`` of a comparison with people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ...files import write_csv, write_json
from ...text import cell, rounded
from ..provenance import Provenance
from .comparison import ENSEMBLE, Comparison, Row
from .estimates import KINDS, Estimate
from .matching import of_mean

_INTERVALS = ("low", "high", *(f"{end}_{kind}" for kind in KINDS[1:] for end in ("low", "high")))
_NUMBERS = ("quantity", "of", "subset", "estimate", *_INTERVALS, "p", "n", "ceiling", "ceiling_low", "ceiling_high")
_OF_PAIR = (
    *("item", "ur", "sr", "variant", "human", "human_low", "human_high", "k", "n"),
    *("share", "share_low", "share_high", "fitted", "residual", "regressed", "logit_share", "log_prob"),
)


def write_compare(found: Comparison, path: Path) -> None:
    """``compare.csv``: one row a number.

    Columns: quantity, of (a model, the ensemble, seeds as participants, a baseline), subset, estimate; low and high
    with all random, then with models, items and participants alone; p (of a gain, corrected over the baselines); n
    (candidates; of the subset items, items); ceiling with its interval.

    Raises:
        InputError: the file cannot be written.
    """
    write_csv(path, [_NUMBERS, *([cell(row.get(name, "")) for name in _NUMBERS] for row in _numbers(found))])


def _numbers(found: Comparison) -> Iterator[dict[str, Any]]:
    for row in found.rows:
        yield _number(row.quantity, row.of, row.subset, row.estimate, row.pairs) | _ceiling(found, row)
    pairs = len(found.regressed)
    for baseline in found.baselines:
        gain = baseline.gain
        ends = {"estimate": gain.value, "low": gain.low, "high": gain.high, "p": baseline.p, "n": pairs}
        yield {"quantity": "gain_over_baseline", "of": ENSEMBLE, "subset": baseline.name} | ends
    if found.mixed is not None:
        for name in ("intercept", "slope", "sd"):
            yield _number(f"mixed_{name}", ENSEMBLE, "", Estimate(getattr(found.mixed, name)), pairs)
    if found.calibration is not None:
        for name in ("slope", "intercept", "level"):
            yield _number(f"calibration_{name}", ENSEMBLE, "", getattr(found.calibration, name), pairs)
        for name in ("error", "expected_error"):
            yield _number(f"calibration_{name}", ENSEMBLE, "", Estimate(getattr(found.calibration, name)), pairs)


def _number(quantity: str, of: str, subset: str, estimate: Estimate, n: int) -> dict[str, Any]:
    alone = {
        f"{end}_{kind}": getattr(estimate, kind)[at] for kind in KINDS[1:] for at, end in enumerate(("low", "high"))
    }
    ends = {"estimate": estimate.value, "low": estimate.low, "high": estimate.high}
    return {"quantity": quantity, "of": of, "subset": subset, "n": n} | ends | alone


def _ceiling(found: Comparison, row: Row) -> dict[str, float]:
    ceiling = found.ceilings.get(row.subset) if row.quantity == "spearman" else None
    if ceiling is None:
        return {}
    return {"ceiling": ceiling.value, "ceiling_low": ceiling.low, "ceiling_high": ceiling.high}


def write_items(found: Comparison, path: Path) -> None:
    """``items.csv``: one row a candidate, model and people side by side; what R fits mixed models to.

    Columns: item, ur, sr, variant; human (on its scale), its interval, k and n; share of the ensemble with the middle
    95 % of the models; fitted and residual (of the regression, on the scale of human); regressed (0: the second of two
    candidates that people chose between, which says nothing new); of the ensemble and then of every model M
    logit_share_M (log-odds of the share, exact near 0 and 1) and log_prob_M (natural); then the further columns of
    candidates and of people.

    Raises:
        InputError: the file cannot be written.
    """
    further = list(dict.fromkeys(name for row in _further(found) for name in row))
    own = [f"{what}_{model}" for model in found.models for what in ("logit_share", "log_prob")]
    rows = ([cell(row.get(name, "")) for name in (*_OF_PAIR, *own, *further)] for row in _items(found))
    write_csv(path, [(*_OF_PAIR, *own, *further), *rows])


def _items(found: Comparison) -> Iterator[dict[str, Any]]:
    matched, used = found.matched, set(found.regressed.tolist())
    odds, log_prob = matched.predictors("share"), matched.predictors("log_prob")
    of_ensemble = of_mean(odds)
    for n, (pair, further) in enumerate(zip(found.pairs, _further(found), strict=True)):
        own = {f"logit_share_{model}": odds[m, n] for m, model in enumerate(found.models)}
        own |= {f"log_prob_{model}": log_prob[m, n] for m, model in enumerate(found.models)}
        ensemble = {"logit_share": of_ensemble[n], "log_prob": float(log_prob[:, n].mean())}
        yield further | asdict(pair) | {"regressed": int(n in used)} | ensemble | own


def _further(found: Comparison) -> list[dict[str, str]]:
    """The user's own columns of each pair: of the candidate, then of people."""
    rows = zip(found.matched.candidates, found.human.rows, strict=True)
    return [{**row.columns, **one.columns} for one, row in rows]


def write_responses(found: Comparison, path: Path) -> None:
    """``responses.csv``: one row a participant and candidate, where participants are known.

    Columns: participant, item, sr; k and n of counts, else human (mean rating of this participant) and n.

    Raises:
        InputError: the file cannot be written.
    """
    human, counts = found.human, found.human.kind == "counts"
    rows: list[tuple[Any, ...]] = [("participant", "item", "sr", *(("k", "n") if counts else ("human", "n")))]
    for at, participant in enumerate(human.participants):
        for n, pair in enumerate(found.pairs):
            times = human.numbers[at, n]
            if times:
                total = human.sums[at, n]
                rows.append((participant, pair.item, pair.sr, cell(total if counts else total / times), int(times)))
    write_csv(path, rows)


def write_summary(found: Comparison, about: Provenance, path: Path) -> None:
    """``summary.json``, UTF-8, keys in a fixed order: NaN is null; numbers have six significant digits.

    Raises:
        InputError: the file cannot be written.
    """
    write_json(path, summary(found, about))


def summary(found: Comparison, about: Provenance) -> dict[str, Any]:
    """What ``summary.json`` holds."""
    human = found.human
    return {
        "verdict": {"sentence": found.sentence, "caveats": list(found.caveats)},
        "human": {
            "kind": human.kind,
            "scale": list(human.scale),
            "candidates": len(found.pairs),
            "items": found.items,
            "participants": len(human.participants) or None,
        },
        "models": list(found.models),
        "measure": found.options.measure,
        "headline": found.headline,
        "numbers": [_plain(row) for row in _numbers(found)],
        "ceilings": {name: _plain(asdict(one)) for name, one in found.ceilings.items()},
        "bins": [_plain(asdict(one)) for one in found.calibration.bins] if found.calibration else [],
        "notes": list(found.notes),
        "about": about.as_json(),
    }


def _plain(of: dict[str, Any]) -> dict[str, Any]:
    """Numbers rounded; what does not exist left out."""
    there = {name: value for name, value in of.items() if not (isinstance(value, float) and math.isnan(value))}
    return {name: rounded(float(v)) if isinstance(v, float | np.floating) else v for name, v in there.items()}
