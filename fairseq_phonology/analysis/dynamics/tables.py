"""``dynamics.csv``, ``heads.csv`` and ``summary.json`` of one run that was followed, and reading them back."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from ...attention.record import KIND_NAMES
from ...errors import InputError
from ...files import Count, Finite, Place, read_json, read_table, write_csv, write_json
from ...stimuli.items import CELLS
from ...text import cell, count, decimal, percent, rounded
from ..contrasts.study import SCALES
from ..criteria import LEAST_SHARE
from ..events.events import Head
from ..interventions.kinds import KINDS, PAIRS, ROUTES
from ..provenance import Provenance
from .dynamics import HALF_RIGHT, LEAST_EFFECT, Dynamics, Onset

DEFINITION = (
    "From the first checkpoint on from which the value stays at or above the threshold, up to the last one followed; "
    "what lies between two checkpoints is not known. Reached first: at the first checkpoint at or above it, even if a "
    "later one is below. Shares are of the minimal-pair effect, where that distinguishes, as for one model, and is "
    f"{100 * LEAST_EFFECT:.0f} % or more of the largest one of the run; elsewhere there is none, which counts as below."
)
CAVEATS = (
    "This describes one run; nothing is tested over epochs, and only further runs can show whether others learn in the "
    "same order.",
    "All words of the design are measured at every checkpoint, right or wrong, under forced decoding of the gold SRs.",
)


def write_dynamics(dynamics: Dynamics, path: Path) -> None:
    """One row a checkpoint, first to last.

    ``exact_match`` and a column per process (applied where due) are in %, of the validation words. All else is of the
    design: ``decided``, the share of words with the gold segment at the decision step; of the chosen head the response
    and the mean mass in each cell; the log-odds of the gold segment in TR, untouched (``intact``) and with the trigger
    replaced (``minimal_pair``); what that and noising of each route in all heads takes from them (``effect_``); the
    same as a share of the minimal pair's effect (``share_``: 1 is all of it; empty unless ``distinguishes``); what the
    same interchange takes at other segments (``others_``). ``best`` is 1 for the model of ``checkpoint_best.pt``.
    """
    rows = [_row(dynamics, n) for n in range(len(dynamics.checkpoints))]
    names = list(dict.fromkeys(name for row in rows for name in row))
    write_csv(path, [names, *([row.get(name, "") for name in names] for row in rows)])


def _row(dynamics: Dynamics, n: int) -> dict[str, Any]:
    own, head = dynamics.checkpoints[n], dynamics.head
    shot = own.snapshot
    pair = shot.pair
    row: dict[str, Any] = {"epoch": own.epoch, "updates": own.updates, "checkpoint": own.name}
    row |= {"best": int(own.best), "exact_match": own.exact_match, **own.processes}
    row |= {"decided": shot.decided["all"], **{f"decided_{name}": shot.decided[name] for name in CELLS}}
    row |= {"response_mass": shot.response["mass"][head], "low_mass": shot.low[head], "high_mass": shot.high[head]}
    row |= {"response_log_odds": shot.response["log_odds"][head]}
    row |= {f"mean_{name}": shot.means[name][head] for name in CELLS}
    row |= {"intact": shot.intact, "minimal_pair": math.nan if pair is None else pair.after}
    row |= {"effect_minimal_pair": math.nan if pair is None else pair.effect}
    row |= {"distinguishes": int(dynamics.distinguishes[n])}
    row |= {f"effect_{KINDS[route].column}": shot.effects.get(route, math.nan) for route in dynamics.routes}
    row |= {f"share_{KINDS[route].column}": dynamics.share(route)[n] for route in dynamics.routes}
    row |= {f"others_{kind}": shot.others.get(kind, math.nan) for kind in ROUTES if kind in dynamics.routes}
    return {name: cell(value) for name, value in row.items()}


def write_all_heads(dynamics: Dynamics, path: Path) -> None:
    """One row a checkpoint and head of the primary family; ``chosen`` is 1 for the one of ``dynamics.csv``."""
    columns = [f"mean_{name}" for name in CELLS] + [f"response_{scale}" for scale in SCALES]
    rows: list[list[Any]] = [["epoch", "updates", "checkpoint", "kind", "layer", "head", "chosen", *columns]]
    rows[0] += ["low_mass", "high_mass"]
    for own in dynamics.checkpoints:
        shot = own.snapshot
        for n, head in enumerate(shot.heads):
            values = [*(shot.means[name][n] for name in CELLS), *(shot.response[scale][n] for scale in SCALES)]
            numbers = map(cell, (*values, shot.low[n], shot.high[n]))
            row = [own.epoch, own.updates, own.name, head.kind, head.layer, head.head, int(n == dynamics.head)]
            rows.append([*row, *numbers])
    write_csv(path, rows)


class FollowedHead(msgspec.Struct):
    """The head that was followed: kind of attention, layer and head, from 1, and how it was chosen."""

    kind: str
    layer: Place
    head: Place
    chosen: str


class OnsetAt(msgspec.Struct):
    """An onset, as ``summary.json`` has it.

    Attributes:
        what: a column of ``dynamics.csv``.
        threshold: in its unit.
        epoch, updates, checkpoint: from which on the value stays there; None if it does not.
        first_epoch, first_updates, first_checkpoint: at which it was first reached; None if it is not.
    """

    what: str
    threshold: Finite
    epoch: Count | None
    updates: Count | None
    checkpoint: str | None = None
    first_epoch: Count | None = None
    first_updates: Count | None = None
    first_checkpoint: str | None = None


class RunSummary(msgspec.Struct):
    """``summary.json``: what was followed, and the onsets, in words (``sentence``) and numbers.

    Attributes:
        unit: what time is counted in: ``epoch`` or ``updates``.
        checkpoints: how many were followed.
        definition: of an onset.
        figure: SVG, of a folder that was read.
    """

    process: str
    language: str
    sentence: str
    caveats: list[str]
    head: FollowedHead
    unit: Literal["epoch", "updates"]
    checkpoints: Count
    definition: str
    onsets: list[OnsetAt]
    provenance: Provenance = msgspec.field(name="about")
    figure: Path | msgspec.UnsetType = msgspec.UNSET


class _Row(msgspec.Struct):
    checkpoint: str


def write_dynamics_summary(dynamics: Dynamics, path: Path) -> None:
    """``summary.json``, UTF-8, keys in a fixed order."""
    write_json(path, dynamics_summary(dynamics))


def dynamics_summary(dynamics: Dynamics) -> dict[str, Any]:
    """Everything but the single checkpoints, as JSON can say it."""
    head, onsets = dynamics.heads[dynamics.head], dynamics.onsets()
    found = RunSummary(
        *(dynamics.process, dynamics.language, sentence(dynamics), [*CAVEATS, *dynamics.further]),
        FollowedHead(head.kind, head.layer, head.head, dynamics.chosen),
        *(dynamics.unit, len(dynamics.checkpoints), DEFINITION),
        [OnsetAt(o.what, rounded(o.threshold), *_at(dynamics, o.stays), *_at(dynamics, o.first)) for o in onsets],
        dynamics.provenance,
    )
    return msgspec.to_builtins(found) | {"about": dynamics.provenance.as_json()}


def _at(dynamics: Dynamics, n: int | None) -> tuple[Any, ...]:
    own = None if n is None else dynamics.checkpoints[n]
    return (None,) * 3 if own is None else (own.epoch, own.updates, own.name)


def read_dynamics(folder: str | Path) -> RunSummary:
    """What `dynamics` found, from its ``summary.json``, ``dynamics.csv`` and figure.

    Raises:
        InputError: it is no such folder, or not whole.
    """
    folder = Path(folder)
    found = read_json(folder / "summary.json", RunSummary, "summary.json of dynamics", "dynamics")
    rows = len(read_table(folder / "dynamics.csv", _Row, "dynamics.csv of dynamics"))
    if rows != found.checkpoints:
        raise InputError(f"summary.json is of {found.checkpoints} checkpoints, dynamics.csv of {rows}", folder)
    found.figure = folder / "figures" / "dynamics.svg"
    if not found.figure.is_file():
        raise InputError("is not there: no whole folder of dynamics", found.figure)
    return found


def sentence(dynamics: Dynamics) -> str:
    """The onsets, in one sentence."""
    found = {one.what: one for one in dynamics.onsets()}
    whole = f"Exact match stays at {HALF_RIGHT:.0f} % or above {_from(dynamics, found['exact_match'])}"
    if dynamics.process in found:
        whole += f", {dynamics.process} where it is due {_from(dynamics, found[dynamics.process])}"
    parts = _response(dynamics, found["response_mass"]), _routes(dynamics, found), _only_at_checkpoints(dynamics)
    return f"{whole}; {'; '.join(parts)}."


def _response(dynamics: Dynamics, half: Onset) -> str:
    name, last = head_name(dynamics.heads[dynamics.head]), dynamics.response()[-1, dynamics.head]
    if half.threshold <= 0:
        return f"the response of {name} ends at {decimal(last)}, which is none"
    return f"the response of {name} at half of its final {decimal(last)} {_from(dynamics, half)}"


def _routes(dynamics: Dynamics, found: dict[str, Onset]) -> str:
    single = [route for route in dynamics.routes if route in ROUTES]
    if all(found[f"share_{KINDS[route].column}"].stays is None for route in single):  # together, perhaps
        single += [route for route in dynamics.routes if route in PAIRS]
    each = [f"{KINDS[route].short} {_from(dynamics, found[f'share_{KINDS[route].column}'])}" for route in single]
    if not each:
        return "no interchange was possible in every word"
    return f"of the minimal-pair effect, noising takes {percent(LEAST_SHARE)} % or more: {', '.join(each)}"


def _only_at_checkpoints(dynamics: Dynamics) -> str:
    """How finely time is known."""
    unit, gaps = "epoch" if dynamics.unit == "epoch" else "update", np.diff(dynamics.axis)
    least, most = int(gaps.min()), int(gaps.max())
    apart = count(most, unit) if least == most else f"{least} to {count(most, unit)}"
    return (
        f"thresholds are looked for at the {len(dynamics.checkpoints)} checkpoints alone, {apart} apart, so that each "
        "was reached between the checkpoint named and the one before"
    )


def _from(dynamics: Dynamics, one: Onset) -> str:
    unit = "epoch" if dynamics.unit == "epoch" else "update"
    first = ", the first checkpoint," if one.stays == 0 else ""
    stays = "not to the end" if one.stays is None else f"from {unit} {dynamics.axis[one.stays]}{first} on"
    return stays if one.first == one.stays else f"{stays} (reached first at {unit} {dynamics.axis[one.first]})"


def head_name(head: Head) -> str:
    """``head 2.1 (cross-attention)``."""
    return f"head {head} ({KIND_NAMES[head.kind]})"
