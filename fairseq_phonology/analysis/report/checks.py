"""The report's checklist: what was controlled for, and what was not."""

from __future__ import annotations

from ...text import count, listed, number, p_text
from ..contrasts.family import Family
from ..contrasts.study import Study
from ..dynamics.reading import Learned
from ..interventions.effects import Causal
from ..statistics.over_models import FEWEST
from .causal_checks import causal_checks
from .cells import tested, uniform
from .checklist import DONE, NO, OPEN, Check, limits_met
from .tables import unit_name


def checklist(study: Study, causal: Causal | None = None, dynamics: Learned | None = None) -> list[Check]:
    """What was controlled for, and what was not."""
    checks = [
        _crossed(study),
        *_tested(study),
        limits_met("Errors under the limits", study.exclusions),
        _forced(study),
        _untrained(study),
        _uniform(study),
    ]
    return [*checks, *causal_checks(study, causal), _seeds(study.facts.get("one_of")), _dynamics(dynamics)]


def _seeds(models: int | None) -> Check:
    """``models``: with how many it was analyzed together; None if alone."""
    name = "Several seeds"
    if models is None:
        why = "Head 3 of one seed is not head 3 of another: six seeds are the fewest that could speak for more."
        return Check(name, OPEN, f"One model. {why}")
    one = f"One of {count(models, 'model')} analyzed together: what they share, the page over all of them says"
    if models < FEWEST:
        return Check(name, OPEN, f"{one}; {FEWEST} are the fewest that can be tested.")
    return Check(name, DONE, f"{one}.")


def _dynamics(dynamics: Learned | None) -> Check:
    name = "The run followed"
    if dynamics is None:
        return Check(name, OPEN, "When it was learned, one model does not show (fairseq-phonology dynamics).")
    return Check(name, DONE, f"{count(dynamics.checkpoints, 'checkpoint')} of one run, described.")


def _crossed(study: Study) -> Check:
    design = study.design
    if design is None:
        return Check(
            "Crossed design", OPEN, "A plain list: position and salience of the trigger cannot be told from response."
        )
    return Check("Crossed design", DONE, design.described)


def _tested(study: Study) -> list[Check]:
    family = study.primary
    names = (
        "Both tests, stems and suffixes",
        "Both scales, mass and log-odds",
        "Floor of .05 of mass",
        "Every segment alone",
        "Competition within the row",
    )
    if family is None or study.design is None:
        return [Check(name, OPEN, "Needs a crossed design.") for name in names]
    best = family.best
    ps = listed([_p_of(family, best, unit) for unit in ("stems", "suffixes") if f"{unit}_mass" in family.p])
    both = (
        Check(names[0], NO, f"Real words: one sign-flip test. Head {family.heads[best]}: {ps}.")
        if not study.design.is_crossed
        else Check(
            names[0],
            DONE,
            f"Max-T over {len(family.heads)} heads. Head {family.heads[best]}: {ps}{_joint(family, best)}.",
        )
    )
    alone = [
        f"{segment} {number(values[best])}" for those in family.segments.values() for segment, values in those.items()
    ]
    return [
        both,
        Check(names[1], DONE, "A claim needs both; log-odds of the mass clipped to [.001, .999]."),
        Check(
            names[2], DONE, f"Largest response: {number(family.estimate['mass'][best])} (head {family.heads[best]})."
        ),
        Check(
            names[3],
            DONE if alone else OPEN,
            f"Response of head {family.heads[best]} with one segment: {', '.join(alone)}.",
        ),
        _competition(family, best, names[4]),
    ]


def _competition(family: Family, head: int, name: str) -> Check:
    """A control target of the triggers' kind takes from a head that is merely drawn to that kind."""
    if not family.additional:
        return Check(name, OPEN, "No additional criterion was computed.")
    worst = p_text(max(values[head] for values in family.additional.values()))
    return Check(
        name,
        DONE,
        "A head drawn to the triggers' kind of segment anywhere does not respond on log-odds without lower limit; "
        f"there the largest p of head {family.heads[head]} is {worst.removeprefix('p = ').removeprefix('p ')}.",
    )


def _p_of(family: Family, head: int, unit: str) -> str:
    mass, logit = (p_text(family.p[f"{unit}_{scale}"][head]) for scale in ("mass", "logit"))
    return f"{unit_name(family, unit)} {mass} on mass, {logit} on log-odds"


def _joint(family: Family, head: int) -> str:
    if not family.joint:
        return ""
    return f"; both at once {' and '.join(p_text(values[head]) for values in family.joint.values())}"


def _forced(study: Study) -> Check:
    name, family = "All items under forced decoding", study.sensitivity
    if family is None:
        return Check(name, OPEN, "No dump along the gold SRs was given.")
    return Check(name, DONE, f"{_claims(family)}; {_same_head(study, family)}.")


def _untrained(study: Study) -> Check:
    name, family = "Untrained baseline", study.baseline.primary if study.baseline else None
    if family is None:
        return Check(name, OPEN, "No dump of the same model with fresh weights was given.")
    return Check(name, DONE, f"With fresh weights: {_claims(family)}; {_same_head(study, family)}.")


def _claims(family: Family) -> str:
    n = int(family.claim.sum())
    return "no head meets the rule" if not n else f"{count(n, 'head')} meet{'s' if n == 1 else ''} the rule"


def _same_head(study: Study, family: Family) -> str:
    """The headline's head in another family of the same shape."""
    head = study.primary.heads[study.primary.best] if study.primary else family.heads[family.best]
    where = family.heads.index(head) if head in family.heads else family.best
    return f"response of head {family.heads[where]}: {number(family.estimate['mass'][where])}"


def _uniform(study: Study) -> Check:
    masses = uniform(tested(study))
    if len(masses) < 4:
        return Check("Uniform reference", OPEN, "Needs events in all four cells.")
    response = (masses["TR"] - masses["TN"]) - (masses["CR"] - masses["CN"])
    each = ", ".join(f"{cell} {number(mass)}" for cell, mass in masses.items())
    return Check(
        "Uniform reference",
        DONE,
        f"Attention spread evenly over segments would give {each}: a response of {number(response)}.",
    )
