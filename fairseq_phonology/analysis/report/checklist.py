"""The report's checklist: which controls were made, what came of them, and which were not made.

The criteria of a claim are read from `criteria`: each is a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...text import count, decimal, listed, number, p_text, share, signed, typeset
from ..contrasts.study import SCALE, Family, Study
from ..contrasts.verdict import spreads
from ..criteria import ATTENDS, LEAST_SHARE, MOST_SPREAD
from ..design.exclusions import Exclusions
from ..dynamics.tables import RunSummary
from ..interventions.effects import Causal
from ..interventions.kinds import KINDS, PLACES
from ..interventions.verdict import untested_heads
from ..statistics.over_models import FEWEST
from ..withheld import WITHHELD
from .question import excluded_shares, sentence
from .sections.cells import tested, uniform

DONE, FAILED, OPEN, NO = "done", "not met", "not done", "does not apply"
_LOST = "errors left too few words to test"


@dataclass(frozen=True)
class Check:
    """One line of the checklist: a control, what became of it (`DONE` and its neighbors), and the detail."""

    name: str
    state: str
    detail: str


def checklist(study: Study | None, causal: Causal | None = None, dynamics: RunSummary | None = None) -> list[Check]:
    """All lines; without a study of attention those of the interventions."""
    provenance = (causal if study is None else study).provenance
    checks = [] if study is None else _attention(study)
    return [*checks, *_interventions(study, causal), _seeds(provenance.one_of), _dynamics(dynamics)]


def _attention(study: Study) -> list[Check]:
    design = study.design
    crossed = Check("Crossed design", DONE, "" if design is None else design.described)
    if design is None:
        why = "A plain list: the effects of position and of the trigger's salience cannot be told from the response."
        crossed = Check("Crossed design", OPEN, why)
        if study.exclusions is not None:
            crossed = Check("Crossed design", FAILED, f"The words are crossed; {_LOST}.")
    return [
        crossed,
        *_criteria(study),
        _limits("Exclusions within the limits", study.exclusions),
        _compared("All items under forced decoding", study.sensitivity, study, "No such dump was given."),
        _compared(
            "Untrained baseline", study.baseline and study.baseline.primary, study,
            "No dump of the same model with fresh weights was given.",
        ),
        _uniform(study),
    ]  # fmt: skip


def _criteria(study: Study) -> list[Check]:
    """Each criterion of a claim, for the head of the headline."""
    family = study.primary
    if family is None or study.design is None:
        why = "Needs a crossed design." if study.exclusions is None else f"Not tested: {_LOST}."
        return [Check(f"Criterion: {each.name}", OPEN, why) for each in ATTENDS.criteria]
    best = family.best
    met = ATTENDS.checks(family.evidence, best) if family.evidence is not None else []
    checks = [
        Check(f"Criterion: {name}", DONE if fine else FAILED, typeset(f"Head {family.heads[best]}: {detail}"))
        for name, fine, detail in met
    ]
    return [*checks, _spread(family, best)]


def _spread(family: Family, n: int) -> Check:
    """Do the two classes of units differ in how much they vary?"""
    name = f"Spread of the two classes within {decimal(MOST_SPREAD, 0)} : 1"
    if not family.spread:
        return Check(name, NO, "Real words are of one class.")
    ratios = listed(spreads(family, n))
    far = any(ratio[n] > MOST_SPREAD for ratio in family.spread.values())
    detail = f"Head {family.heads[n]}: standard deviations of {ratios}."
    return Check(name, FAILED if far else DONE, f"{detail}{' Beyond that the test is less exact.' if far else ''}")


def _limits(name: str, exclusions: Exclusions | None) -> Check:
    """Whether what errors excluded is within the limits."""
    if exclusions is None:
        return Check(name, NO, "Limits belong to a crossed design.")
    if exclusions.reasons_withheld:
        return Check(name, FAILED, " ".join(map(sentence, exclusions.reasons_withheld)))
    excluded, limits = listed(excluded_shares(exclusions)) or "nothing", listed([limit.text for limit in WITHHELD])
    return Check(name, DONE, f"Excluded for errors: {excluded}. Limits: {limits}.")


def _compared(name: str, family: Family | None, study: Study, missing: str) -> Check:
    """The same family of another dump: how many heads meet the criteria, and the headline's head."""
    if family is None:
        return Check(name, OPEN, missing)
    n = int(family.claim.sum())
    met = f"{count(n, 'head')} meet{'s' if n == 1 else ''} the criteria" if n else "no head meets the criteria"
    head = study.primary.heads[study.primary.best] if study.primary else family.heads[family.best]
    where = family.heads.index(head) if head in family.heads else family.best
    response = f"response of head {family.heads[where]}: {signed(family.estimate[SCALE][where])} log-odds"
    return Check(name, DONE, f"{met[:1].upper()}{met[1:]}; {response}.")


def _uniform(study: Study) -> Check:
    masses = uniform(tested(study))
    if len(masses) < 4:
        return Check("Uniform reference", OPEN, "Needs events in all four cells.")
    response = (masses["TR"] - masses["TN"]) - (masses["CR"] - masses["CN"])
    each = ", ".join(f"{cell} {number(mass)}" for cell, mass in masses.items())
    detail = f"Attention spread evenly over segments would give {each}: a response of {number(response)}."
    return Check("Uniform reference", DONE, detail)


def _interventions(study: Study | None, causal: Causal | None) -> list[Check]:
    """Which controls the interventions have; one open line where there are none."""
    if causal is None:
        detail = "Attention shows what a head attends to, not what the output depends on; interventions can show that."
        return [Check("Interventions", OPEN, detail)]
    errors = _limits("Exclusions within the limits, under forced decoding", causal.exclusions)
    same = [] if study is None else [_same_model(study, causal)]
    return [_made(causal), *same, _pair(causal), _controls(causal), _shares(causal), _heads(causal), errors]


def _made(causal: Causal) -> Check:
    units = f", {causal.n_stems} stems × {causal.n_suffixes} suffixes" if causal.n_suffixes else ""
    made = count(len(causal.routes.which), "intervention")
    detail = f"{count(causal.n_words, 'word')} of cell TR{units}; {made} in all heads"
    if causal.reasons_withheld:
        why = typeset("; ".join(causal.reasons_withheld))
        return Check("Interventions", FAILED, f"{detail}, without a claim: {why}.")
    return Check("Interventions", DONE, f"{detail}.")


def _same_model(study: Study, causal: Causal) -> Check:
    name = "Interventions on the model of the dump"
    own = causal.provenance.model
    if not own or own != study.provenance.model:
        return Check(name, OPEN, "The dump or the interventions do not say which checkpoint they are of.")
    return Check(name, DONE, f"The same checkpoint, SHA-256 {own[:12]}….")


def _pair(causal: Causal) -> Check:
    name, pair = "Minimal pair", causal.minimal_pair
    if pair is None:
        return Check(name, OPEN, "Some words have none, so no shares can be taken.")
    change = f"With the {causal.replaced} the log-odds go from {signed(pair.intact)} to {signed(pair.after)}"
    tests = f"; {p_text(pair.p)}" if np.isfinite(pair.p) else "; not tested"
    return Check(name, DONE if pair.distinguishes else FAILED, f"{change}{tests}.")


def _controls(causal: Causal) -> Check:
    name, values = "Control interventions: other segments", causal.routes.noising.others_share
    if not np.isfinite(causal.routes.noising.others).any():
        return Check(name, NO, PLACES["others"].missing)
    if not np.isfinite(values).any():
        return Check(name, DONE, "No shares could be taken.")
    most = np.nanargmax(values)
    where = KINDS[causal.routes.which[most].measure].label
    return Check(name, DONE, f"The most that noising takes away there is {share(values[most])} % ({where}).")


def _shares(causal: Causal) -> Check:
    routes, name = causal.routes, f"Criterion: at least {share(LEAST_SHARE)} % of the minimal-pair effect"
    if not np.isfinite(routes.share).any():
        return Check(name, OPEN, "No shares could be taken.")
    each = [f"{share(routes.share[n])} % ({KINDS[one.measure].label})" for n, one in enumerate(routes.which)]
    return Check(name, DONE, f"The smaller of both directions: {listed(each)}.")


def _heads(causal: Causal) -> Check:
    name = "Single heads against control interventions"
    families = [family for kind in ("cross", "encoder", "decoder") if (family := causal.heads(kind)) is not None]
    if not families:
        return Check(name, OPEN, untested_heads(causal))
    if causal.reasons_withheld:
        tested = listed([f"{len(family.which)} {family.which[0].measure}" for family in families])
        return Check(name, FAILED, f"Tested: {tested}; no claim is made, as of all interventions.")
    met = [f"{int(family.uses.sum())} of {len(family.which)} {family.which[0].measure}" for family in families]
    return Check(name, DONE, f"Heads that meet the criteria, corrected over those of a kind: {listed(met)}.")


def _seeds(models: int | None) -> Check:
    """``models``: with how many it was analyzed together; None if alone."""
    name = "Several seeds"
    if models is None:
        why = f"Head numbers of different seeds do not correspond; a test over models needs at least {FEWEST}."
        return Check(name, OPEN, f"One model. {why}")
    one = f"One of {count(models, 'model')} analyzed together; the page over all of them has what they share"
    if models < FEWEST:
        return Check(name, OPEN, f"{one}. A test over models needs at least {FEWEST}.")
    return Check(name, DONE, f"{one}.")


def _dynamics(dynamics: RunSummary | None) -> Check:
    name = "Training dynamics"
    if dynamics is None:
        return Check(name, OPEN, "One checkpoint does not show how it was learned (fairseq-phonology dynamics).")
    return Check(name, DONE, f"{count(dynamics.checkpoints, 'checkpoint')} of one run, described.")
