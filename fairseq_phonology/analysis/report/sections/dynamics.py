"""Training dynamics: the section on the run that the model is from."""

from __future__ import annotations

from typing import Any

from ....attention.record import KIND_NAMES
from ....text import count, number, share, typeset
from ...dynamics.tables import OnsetAt, RunSummary
from ...interventions.kinds import KINDS

_SHARES = {f"share_{kind.column}": f"share by noising, {kind.short}" for kind in KINDS.values()}


def dynamics(found: RunSummary, figure: dict[str, Any]) -> dict[str, Any]:
    """Everything that the section shows.

    Args:
        found: of the same run.
        figure: its picture, as the page shows it.
    """
    return {
        "sentence": typeset(found.sentence),
        "figure": figure,
        "columns": ["value", "stays at or above", f"from {found.unit.removesuffix('s')} on"],
        "rows": [_row(found, one) for one in found.onsets],
        "caption": f"Onsets, over {count(found.checkpoints, 'checkpoint')}",
        "note": found.definition,
        "caveats": [typeset(each) for each in found.caveats],
    }


def _row(found: RunSummary, one: OnsetAt) -> list[str]:
    what, threshold = one.what, one.threshold
    when = getattr(one, found.unit)
    if what in _SHARES:
        name, least = _SHARES[what], f"{share(threshold)} % of the minimal-pair effect"
    elif what == "response_mass":
        name, least = f"response of {_head(found)}", f"{number(threshold)} of mass, half of the last value"
    else:
        name, least = f"{'exact match' if what == 'exact_match' else f'{what}, where it applies'}", f"{threshold:.0f} %"
    onset, first = "not until the end" if when is None else f"{when:,}", getattr(one, f"first_{found.unit}")
    return [name, typeset(least), onset if first in (None, when) else f"{onset} (first at {first:,})"]


def _head(found: RunSummary) -> str:
    head = found.head
    return f"head {head.layer}.{head.head} of the {KIND_NAMES.get(head.kind, head.kind)}"
