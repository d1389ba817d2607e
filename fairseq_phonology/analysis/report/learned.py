"""When was it learned? The section of the report on the run that the model is from."""

from __future__ import annotations

from typing import Any

from ...attention.record import KIND_NAMES
from ...text import count, number, typeset
from ..dynamics.reading import Learned
from ..interventions.kinds import KINDS

_SHARES = {f"share_{kind.column}": f"lost {kind.brief}" for kind in KINDS.values()}


def learned(found: Learned, figure: dict[str, Any]) -> dict[str, Any]:
    """Everything that the section shows.

    Args:
        found: of the same run.
        figure: its picture, as the page shows it.
    """
    return {
        "sentence": typeset(found.sentence),
        "figure": figure,
        "columns": ["what", "stays at or above", f"from {_unit(found)} on"],
        "rows": [_row(found, one) for one in found.since],
        "caption": f"When what was learned, over {count(found.checkpoints, 'checkpoint')}",
        "note": found.definition,
        "caveats": [typeset(each) for each in found.caveats],
    }


def _row(found: Learned, one: dict[str, Any]) -> list[str]:
    what, threshold = one["what"], one["threshold"]
    when = one[found.unit]
    if what in _SHARES:
        name, least = _SHARES[what], f"{100 * threshold:.0f} % of the minimal pair"
    elif what == "response_mass":
        name, least = f"response of {_head(found)}", f"{number(threshold)} of mass, half of the last"
    else:
        name, least = f"{'exact match' if what == 'exact_match' else f'{what} where due'}", f"{threshold:.0f} %"
    since, first = "not to the end" if when is None else f"{when:,}", one[f"first_{found.unit}"]
    return [name, typeset(least), since if first in (None, when) else f"{since} (first at {first:,})"]


def _head(found: Learned) -> str:
    head = found.head
    return f"head {head['layer']}.{head['head']} of the {KIND_NAMES.get(head['kind'], head['kind'])}"


def _unit(found: Learned) -> str:
    return "epoch" if found.unit == "epoch" else "update"
