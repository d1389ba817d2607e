"""The checklist's points on interventions."""

from __future__ import annotations

import numpy as np

from ...text import count, listed, number, p_text, share, signed
from ..contrasts.study import Study
from ..criteria import LEAST_SHARE
from ..interventions.effects import Causal
from ..interventions.kinds import CONTROLS, KINDS, PLACES
from .checklist import DONE, FAILED, NO, OPEN, Check, limits_met

_FLOOR = f"{100 * LEAST_SHARE:.0f} %"


def causal_checks(study: Study, causal: Causal | None) -> list[Check]:
    """What was controlled for in the knock-outs; one open point where there are none."""
    if causal is None:
        detail = "Attention shows where the model looks, not what it uses. Interventions would show that."
        return [Check("Interventions", OPEN, detail)]
    errors = limits_met("Errors under the limits, along the gold SRs", causal.exclusions)
    return [_made(causal), _same_model(study, causal), _pair(causal), *_controls(causal), _floor(causal),
            _heads(causal), errors]  # fmt: skip


def _made(causal: Causal) -> Check:
    units = f", {causal.n_stems} stems × {causal.n_suffixes} suffixes" if causal.n_suffixes else ""
    detail = (
        f"{count(causal.n_words, 'word')} of cell TR{units}; {count(len(causal.routes.which), 'knock-out')} in all "
    )
    if causal.reasons_withheld:
        return Check("Interventions", FAILED, f"{detail}heads, without a claim: {'; '.join(causal.reasons_withheld)}.")
    return Check("Interventions", DONE, f"{detail}heads.")


def _same_model(study: Study, causal: Causal) -> Check:
    name = "Interventions on the model of the dump"
    own = str(causal.facts.get("checkpoint_sha256") or "")
    if not own or own != (study.facts.get("manifest") or {}).get("checkpoint_sha256"):
        return Check(name, OPEN, "The dump or the interventions do not say which checkpoint they are of.")
    return Check(name, DONE, f"The same checkpoint, SHA-256 {own[:12]}….")


def _pair(causal: Causal) -> Check:
    name, pair = "Minimal pair", causal.minimal_pair
    if pair is None:
        return Check(name, OPEN, "Some words have none; shares cannot be taken.")
    change = f"With the trigger replaced the log-odds go from {signed(pair.intact)} to {signed(pair.after)}"
    tests = f"; largest {p_text(max(pair.p.values()))} of {len(pair.p)}" if pair.p else "; not tested"
    return Check(name, DONE if pair.distinguishes else FAILED, f"{change}{tests}.")


def _controls(causal: Causal) -> list[Check]:
    routes, pair = causal.routes, causal.minimal_pair
    found = []
    for control in CONTROLS:
        name, none = f"Control: {PLACES[control].label}", PLACES[control].missing
        values = routes.controls[control]
        if not np.isfinite(values).any():
            found.append(Check(name, NO, none))
            continue
        shares = pair is not None and pair.distinguishes
        most = np.nanargmax(values)
        taken = f"{share(values[most] / pair.effect)} %" if shares else f"{number(values[most])} log-odds"
        where = KINDS[routes.which[most].measure].label
        found.append(Check(name, DONE, f"The same knock-outs there take away {taken} at most ({where})."))
    return found


def _floor(causal: Causal) -> Check:
    routes, name = causal.routes, f"Floor of {_FLOOR} of the minimal pair"
    if not np.isfinite(routes.share).any():
        return Check(name, OPEN, "No shares could be taken.")
    single = [(KINDS[one.measure].label, routes.share[n]) for n, one in enumerate(routes.which)]
    return Check(name, DONE, f"Taken away: {listed([f'{share(value)} % ({what})' for what, value in single])}.")


def _heads(causal: Causal) -> Check:
    name = "Single heads by the same controls"
    kinds = [kind for kind in ("cross", "encoder", "decoder") if causal.heads(kind) is not None]
    if not kinds:
        return Check(name, OPEN, "Heads were not measured by controls (intervene --controls heads).")
    families = [causal.heads(kind) for kind in kinds]
    met = [
        f"{int(family.uses.sum())} of {len(family.which)} {kind}" for kind, family in zip(kinds, families, strict=True)
    ]
    return Check(name, DONE, f"Heads that meet the rule, max-T over those of a kind: {listed(met)}.")
