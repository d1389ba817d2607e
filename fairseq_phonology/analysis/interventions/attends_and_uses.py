"""Attends x route: what the attention's verdict and that of the interventions say together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import listed
from .effects import Causal


def claimed_heads(study: Causal) -> list[dict[str, Any]]:
    """The heads that attend to the trigger, as ``summary.json`` has them."""
    return ((study.attention or {}).get("primary") or {}).get("claims", [])


def attends_of(attention: dict[str, Any] | None) -> bool | None:
    """Its verdict; None where there is none, or it makes no claim either way."""
    strength = (attention or {}).get("verdict", {}).get("strength")
    return {"attends": True, "none": False}.get(strength)


def combined(study: Causal, attends: bool, route: str, kinds: Sequence[str]) -> str:
    """One sentence; ``route`` and ``kinds`` as of the verdict."""
    claims = claimed_heads(study)
    where = list(dict.fromkeys(head["kind"] for head in claims))
    several = "+" in study.attention["primary"]["kind"] if claims else False
    heads = [f"{h['layer']}.{h['head']}" + (f" of the {KIND_NAMES[h['kind']]}" if several else "") for h in claims]
    named = f" (head{'s' if len(heads) > 1 else ''} {listed(heads)})" if heads else ""
    if not attends:
        if route == "none":
            return "No head is shown to attend to the trigger because of the process, either."
        return (
            "No head is shown to attend to the trigger because of the process: it is used without a head that says so."
        )
    if route == "none":
        return f"It attends to the trigger{named}, and is not shown to use what it sees there."
    if route == "indirect" or not set(where) & set(kinds):
        seen = listed([KIND_NAMES[kind] for kind in where])
        return f"It attends to the trigger in its {seen}{named}, and that is not how it uses it."
    families = [family for kind in kinds if (family := study.heads(kind)) is not None]
    using = {(f.which[n].measure, f.which[n].layer, f.which[n].head) for f in families for n in np.flatnonzero(f.uses)}
    if families and not using & {(h["kind"], h["layer"], h["head"]) for h in claims}:
        return (
            f"It attends to the trigger{named}, and uses it, though not by "
            f"{'any one of these heads' if len(heads) > 1 else 'that head'} alone."
        )
    return f"It attends to the trigger{named}, and uses it."
