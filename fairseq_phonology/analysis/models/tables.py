"""``models.csv`` and ``summary.json`` of several models."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...files import write_csv, write_json
from ...text import cell, rounded
from ..contrasts.study import SCALES
from ..statistics.over_models import Mean
from ..statistics.splits import HeldOut
from .results import ModelRow, Models, Use

_BOUNDS = ("estimate", "low", "high")


def write_models(models: Models, path: Path) -> None:
    """``models.csv``: one row a model, every one of them, those that are in no test, too.

    Columns: model, strength (of its own verdict), tested, exact_match, words and claims (heads that meet the criteria
    in this model). Of attention: head (chosen most often), chosen (share of the choices that fell on it), estimate, low
    and high of the held-out interaction (response) in log-odds and in mass, and the mean response of each layer. Of
    interventions: route, kinds, intact log-odds, effect of the minimal pair with its interval; of each route, in the
    direction with the smaller share, effect, share with its interval, effect at other segments, and uses; of each kind
    of attention the chosen single head, how often it was chosen, its effect (mean of both directions) and its share.
    Then reason_withheld, checkpoint, and decoding (of the words of exact_match). Of attention last the results of
    interventions on the model, if they were given: uses (the strength of their verdict), uses_route, uses_kinds, and
    the route with the largest share. Values that do not exist are empty fields.

    Raises:
        InputError: the file cannot be written.
    """
    rows = [_row(row, models.causal) for row in models.rows]
    columns = _in_order([list(row) for row in rows])
    write_csv(path, [columns, *([cell(row.get(column, "")) for column in columns] for row in rows)])


def write_models_summary(models: Models, path: Path) -> None:
    """``summary.json`` over all models, UTF-8, keys in a fixed order.

    Raises:
        InputError: the file cannot be written.
    """
    write_json(path, models_summary(models))


def models_summary(models: Models) -> dict[str, Any]:
    """All results for JSON: NaN is null; numbers have six significant digits."""
    return {
        "process": models.process,
        "language": models.language,
        "of": "interventions" if models.causal else "attention",
        "verdict": {
            "sentence": models.sentence,
            "warning": models.warning,
            "caveats": list(models.caveats),
        },
        "models": [_summary(row) for row in models.rows],
        "tests": [_plain(asdict(test)) for test in models.tests],
        "about": models.provenance.as_json(),
    }


def _row(row: ModelRow, causal: bool) -> dict[str, Any]:
    right, words = row.exact_match or ("", "")
    start = {
        **{"model": row.name, "strength": row.strength, "tested": int(row.tested)},
        **{"exact_match": right, "words": words, "claims": " ".join(name.replace(" ", "-") for name in row.claims)},
    }
    own = _of_interventions(row) if causal else _of_attention(row)
    end = {"reason_withheld": row.reason_withheld, "checkpoint": row.checkpoint, "decoding": row.decoding}
    return start | own | end | ({} if causal else _of_use(row.use))


def _of_use(use: Use | None) -> dict[str, Any]:
    use = use or Use("")
    return {
        **{"uses": use.strength, "uses_route": use.route, "uses_kinds": " ".join(use.kinds)},
        **{"uses_measure": use.measure, "uses_share": use.share},
    }


def _of_attention(row: ModelRow) -> dict[str, Any]:
    found = {"head": "", "chosen": ""} | {f"{bound}_{scale}": "" for scale in SCALES for bound in _BOUNDS}
    if row.response is not None:
        found |= _chosen("", row.response)
        found |= {f"{bound}_{scale}": getattr(row.response, bound)[scale] for scale in SCALES for bound in _BOUNDS}
    for layer, each in row.layers.items():
        found |= {f"{layer.replace(' ', '_')}_{scale}": each[scale] for scale in SCALES}
    return found


def _of_interventions(row: ModelRow) -> dict[str, Any]:
    found = {"route": row.route, "kinds": " ".join(row.kinds), "intact": row.intact}
    found |= {"minimal_pair": row.pair, "low_minimal_pair": row.pair_low, "high_minimal_pair": row.pair_high}
    for measure, route in row.routes.items():
        found |= {f"{name}_{measure}": getattr(route, name) for name in ("effect", "share")}
        found |= {f"{name}_share_{measure}": getattr(route, name) for name in ("low", "high")}
        found[f"others_{measure}"] = route.others
        found[f"uses_{measure}"] = int(route.uses)
    for kind, head in row.heads.items():
        found |= _chosen(f"_of_{kind}", head)
        found |= {
            f"effect_of_head_of_{kind}": head.estimate["effect"],
            **{f"{'' if bound == 'estimate' else bound + '_'}share_of_head_of_{kind}": getattr(head, bound)["share"]
               for bound in _BOUNDS},
        }  # fmt: skip
    return found


def _chosen(of: str, held: HeldOut) -> dict[str, Any]:
    return {f"head{of}": held.head, f"chosen{of}": held.chosen[held.head]}


def _summary(row: ModelRow) -> dict[str, Any]:
    found = {name: value for name, value in vars(row).items() if name not in ("response", "heads")}
    found |= {"tested": row.tested, "meets": row.meets, "response": None}
    found["use"] = asdict(row.use) if row.use else None
    found["routes"] = {measure: asdict(route) for measure, route in row.routes.items()}
    found["heads"] = {kind: _held(head) for kind, head in row.heads.items()}
    if row.response is not None:
        found["response"] = _held(row.response)
    return _plain(found)


def _held(held: HeldOut) -> dict[str, Any]:
    return {name: getattr(held, name) for name in (*_BOUNDS, "chosen")}


def _plain(value: Any) -> Any:
    if isinstance(value, Mean):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return rounded(value)
    return value


def _in_order(lists: list[list[str]]) -> list[str]:
    """All columns; a column that only some rows have follows the one that precedes it there."""
    found: list[str] = []
    for columns in lists:
        at = 0
        for column in columns:
            if column in found:
                at = found.index(column) + 1
            else:
                found.insert(at, column)
                at += 1
    return found
