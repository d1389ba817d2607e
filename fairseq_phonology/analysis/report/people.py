"""The report on models beside people: one page with the verdict, every estimate, the baselines and the items."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...files import marked, write_file
from ...text import count, counted, listed, number, p_text, p_value, typeset
from ..figures.people.words import interval, responses, scale_name, title_of
from ..figures.registered import Picture
from ..figures.style import capitalized
from ..people.baselines import CONSTANT, FEWEST_ITEMS, VARIANT, Baseline
from ..people.calibration import BINS
from ..people.ceiling import HOW
from ..people.comparison import ENSEMBLE, MEAN, PARTICIPANTS, Comparison
from ..people.estimates import FEWEST_UNITS, Estimate
from ..provenance import Provenance
from .checklist import DONE, FAILED, NO, OPEN, Check
from .html import code, paragraphs, pictures, template_text, write_page
from .page import SIGNS
from .question import options
from .references import references

Cell = tuple[str, Any]  # text, sort key
SCRIPT = "mixed_model.R"
_SHOWN = 25  # items in the table, those with the largest residuals
_MEASURES = {
    "share": "log-odds of the candidate’s share of the probability of its item’s candidates",
    "log_prob": "log-probability of the candidate",
    "log_prob_per_segment": "log-probability of the candidate, per segment (the end of the word counts as one)",
}
_WITHIN = {  # --within-participants
    "center": "each participant’s own mean taken off, the mean of all added",
    "z": "each participant’s own mean taken off, divided by their own deviation; mean and deviation of all put back",
}


def write_people_report(found: Comparison, about: Provenance, path: Path, figures: Mapping[str, Picture]) -> None:
    """Write the page, replacing what is there in one step. The same comparison makes the same file.

    Args:
        found: what was compared.
        about: its provenance.
        path: of the page.
        figures: by name, as `save_figures` returns them.

    Raises:
        InputError: a figure cannot be read, or the page not be written.
    """
    write_page("people.html.jinja", _content(found, about, figures), path)


def write_r_script(found: Comparison, path: Path) -> None:
    """Write the script that fits mixed models to the tables beside it in R.

    Raises:
        InputError: it cannot be written.
    """
    low, high = found.human.scale
    variants = [name for name in found.scales if name not in ("all", "within", "items")]
    text = template_text(
        f"{SCRIPT}.jinja",
        **{"kind": found.human.kind, "low": f"{low:g}", "high": f"{high:g}", "over": found.headline},
        variants=", ".join(json.dumps(marked(name), ensure_ascii=False) for name in variants),
    )
    write_file(path, text)


def _content(found: Comparison, about: Provenance, figures: Mapping[str, Picture]) -> dict[str, Any]:
    text = _methods(found, about)
    shown = min(_SHOWN, len(found.regressed))
    return {
        **{"title": title_of(found), "subtitle": "", "verdict": _verdict(found), "signs": SIGNS},
        **{"facts": _facts(found, about), "notes": list(_notes(found))},
        "figures": pictures(figures)["people"],
        "several": len(found.models) > 1,
        "ceiling": any(math.isfinite(one.value) for one in found.ceilings.values()),
        **{"correlations": _correlations(found), "models": _models(found), "sources": _sources(found)},
        **{"baselines": _baselines(found), "deviance": _deviance(found)},
        **{"items": _items(found, shown), "items_intro": _items_intro(found, shown)},
        **{"items_caption": f"{count(shown, 'candidate')} with the largest residuals", "response": _response(found)},
        **{"checks": checklist(found), "limits": list(_limits(found))},
        **{"methods": text, "references": references(text)},
        **code("page.js"),
    }


def _verdict(found: Comparison) -> dict[str, Any]:
    whole = re.sub(r"\[[^\]]*\]", lambda ends: ends[0].replace(" ", "\N{NO-BREAK SPACE}"), typeset(found.sentence))
    headline, _, detail = whole.partition(". ")
    row, ceiling = found.row("spearman", ENSEMBLE, found.headline), found.ceilings[found.headline]
    beaten = sum(one.beaten for one in found.baselines)
    ends = f"95 % {number(row.low)} to {number(row.high)}" if math.isfinite(row.low) else ""
    known = math.isfinite(ceiling.value)
    figures = [
        (f"Spearman’s ρ, {scale_name(found.headline)}", number(row.value), ends),
        ("Ceiling", number(ceiling.value), HOW[ceiling.how] if known else "not known"),
        ("Baselines beaten, held out", f"{beaten} of {len(found.baselines)}", ""),
        ("Slope", number(found.row("slope").value), f"95 % {_ends(found.row('slope'))}"),
    ]
    part = {
        **{"strength": "descriptive", "sign": "ρ", "label": "Described: correlation with people"},
        **{"headline": headline + ("" if headline.endswith(".") else "."), "detail": detail, "figures": figures},
        **{"caveats": [typeset(each) for each in found.caveats], "reading": "", "asked": ""},
    }
    return {"parts": [part], "headline": "", "detail": "", "terms": _TERMS}


_TERMS = (
    ("share", "Probability of a candidate over the sum of the probabilities of its item’s candidates: 0 to 1."),
    ("ensemble", "The mean of the models’ shares (of log-probabilities, their mean), taken as one model."),
    ("seeds as participants", "The share of models that prefer a candidate to the others, as speakers who choose."),
    ("within variants", "The mean of the correlations among the candidates of each variant, so that what makes one "
     "variant more frequent than another does not count."),
    ("between items", "Of items with two candidates: the first variant less the other, from item to item."),
    ("ceiling", "The correlation that a model with the true tendencies of the speakers would be expected to reach: the "
     "responses of a few people are noisy."),
    ("held-out deviance", "How far responses are from what a regression predicts that has not seen their item; 0 is "
     "perfect. It is per response, and of ratings per candidate."),
)  # fmt: skip


def _notes(found: Comparison) -> Iterator[str]:
    """What was assumed, without the folders of the table."""
    path = found.human.path
    for note in found.notes:
        yield typeset(note.replace(f"{path}: ", ""))


def _ends(of: Estimate) -> str:
    return f"{number(of.low)} to {number(of.high)}" if math.isfinite(of.low) else "not known"


def _facts(found: Comparison, about: Provenance) -> list[tuple[str, str]]:
    human = found.human
    candidates = f"{count(len(found.pairs), 'candidate')} of {count(found.items, 'item')}"
    people = count(len(human.participants), "participant") if human.participants else "not known"
    rows = [
        ("People", about.items or ""),
        ("Responses", capitalized(responses(human)) + (f", {_WITHIN[human.centered]}" if human.centered else "")),
        ("Compared", candidates),
        ("Alike", f"{found.units} families of items, by {found.options.family}" if found.options.family else ""),
        ("Participants", people),
        ("Scores", about.scores or ""),
        ("Models", f"{len(found.models)}: {listed(found.models)}"),
        ("Measure", _MEASURES[found.options.measure]),
        ("Options", options(about)),
    ]
    return [(name, value) for name, value in rows if value]


# ---- tables


def _table(columns: list[str], rows: list[dict[str, Any]], wordy: bool = False) -> dict[str, Any]:
    return {"columns": columns, "rows": rows, "wordy": wordy}


def _row(cells: list[Cell], claim: bool = False) -> dict[str, Any]:
    keyed = [(text, "" if isinstance(key, float) and math.isnan(key) else key) for text, key in cells]
    return {"claim": claim, "cells": keyed, "link": None}


def _estimate(of: Estimate) -> Cell:
    return interval(of), of.value


def _correlations(found: Comparison) -> dict[str, Any]:
    several = [MEAN, PARTICIPANTS] if len(found.models) > 1 else []
    rows = []
    for n, name in enumerate(found.scales):
        ceiling = found.ceilings[name]
        known = Estimate(ceiling.value, ceiling.low, ceiling.high)
        own = [_estimate(found.row("spearman", of, name)) for of in (ENSEMBLE, *several)]
        what = " items" if name == "items" else ""
        size = (f"{found.scales[name].size:,}{what}", found.scales[name].size)
        rows.append(_row([(scale_name(name), n), *own, _estimate(known), size], name == found.headline))
    heads = ["mean of\nseeds", "seeds as\nparticipants"] if several else []
    return _table(["over", "ensemble" if several else "the model", *heads, "ceiling", "candidates"], rows)


def _models(found: Comparison) -> dict[str, Any]:
    quantities = [("spearman", found.headline), ("spearman", "all"), ("slope", ""), ("held_out_deviance", "")]
    quantities = list(dict.fromkeys(quantities))
    names = {"slope": "slope", "held_out_deviance": "held-out\ndeviance"}
    columns = [names.get(what) or f"ρ, {scale_name(subset)}" for what, subset in quantities]
    rows = []
    for place, of in enumerate((ENSEMBLE, PARTICIPANTS, *found.models)):
        cells = [_estimate(found.row(what, of, subset)) for what, subset in quantities]
        rows.append(_row([(of, place), *cells], of == ENSEMBLE))
    return _table(["model", *columns], rows)


def _sources(found: Comparison) -> dict[str, Any]:
    one = found.row("spearman", ENSEMBLE, found.headline)
    rows = [_row([("all of them random", 0), (f"{_bracketed((one.low, one.high))}", 0)], True)]
    kinds = {"models": len(found.models), "items": found.units, "participants": len(found.human.participants)}
    for n, (kind, there) in enumerate(kinds.items(), 1):
        name, ends = f"{_units(found) if kind == 'items' else kind} alone random", getattr(one, kind)
        few = f"{'one' if there == 1 else 'two'} only: no interval"
        why = "not known" if not there else f"{there}" if there >= FEWEST_UNITS else few
        text = f"{_bracketed(ends)} ({there})" if math.isfinite(ends[0]) else why
        rows.append(_row([(name, n), (text, n)]))
    return _table(["interval with", f"ρ = {number(one.value)}"], rows)


def _units(found: Comparison) -> str:
    """What is drawn, left out and counted."""
    return "families of items" if found.options.family else "items"


def _response(found: Comparison) -> str:
    """What a deviance is the mean over."""
    return "candidate" if found.human.kind == "ratings" else "response"


def _bracketed(ends: tuple[float, float]) -> str:
    return f"[{number(ends[0])}, {number(ends[1])}]" if math.isfinite(ends[0]) else "–"


def _baselines(found: Comparison) -> dict[str, Any]:
    rows = []
    for n, one in enumerate(found.baselines):
        gain = Estimate(one.gain.value, one.gain.low, one.gain.high)
        said = "beaten" if one.beaten else "withheld" if one.withheld else "not shown"
        cells = [(one.name, n), _three(one.deviance), _three(gain), (p_value(one.p), one.p), (said, said)]
        rows.append(_row([*cells, (one.described, one.described)], one.beaten))
    return _table(
        ["baseline", "its deviance [95 %]", "gain of the\nensemble [95 %]", "p", "", "what it predicts"], rows, True
    )


def _three(of: Estimate) -> Cell:
    ends = f" [{number(of.low, 3)}, {number(of.high, 3)}]" if math.isfinite(of.low) else ""
    return number(of.value, 3) + ends, of.value


def _deviance(found: Comparison) -> str:
    return f"Held-out deviance per {_response(found)} of the ensemble: {_three(found.row('held_out_deviance'))[0]}."


def _largest(found: Comparison, shown: int) -> list[Any]:
    known = [found.pairs[n] for n in found.regressed]
    return sorted(known, key=lambda pair: -abs(np.nan_to_num(pair.residual)))[:shown]


def _items(found: Comparison, shown: int) -> dict[str, Any]:
    """The candidates with the largest residuals."""
    variants, counts = any(pair.variant for pair in found.pairs), found.human.kind == "counts"
    rows = []
    for n, pair in enumerate(_largest(found, shown)):
        human = number(pair.human) + (f" ({pair.k:g} of {pair.n:g})" if counts else "")
        said = pair.share if found.options.measure == "share" else pair.predictor
        cells = [(pair.sr.replace(" ", ""), n), (pair.ur.replace(" ", ""), pair.ur), (pair.item, pair.item)]
        cells += [(pair.variant, pair.variant)] if variants else []
        cells += [(human, pair.human), (number(said), said), (number(pair.fitted), pair.fitted)]
        rows.append(_row([*cells, (number(pair.residual, sign=True), abs(pair.residual))]))
    said = "share of\nthe models" if found.options.measure == "share" else "log-\nprobability"
    variant = ["variant"] if variants else []
    return _table(["SR", "UR", "item", *variant, "people", said, "expected", "residual"], rows)


def _items_intro(found: Comparison, shown: int) -> str:
    over = sum(pair.residual > 0 for pair in _largest(found, shown))
    more = "rated higher" if found.human.kind == "ratings" else "chosen more often"
    return (
        f"Of the {count(shown, 'candidate')} that people and models differ most about, {over} are {more} than expected."
    )


# ---- what is shown, and what is not


def checklist(found: Comparison) -> list[Check]:
    """Which controls were made, what came of them, and which were not made."""
    seeds, people = len(found.models), len(found.human.participants)
    ceiling, own = found.ceilings[found.headline], found.calibration
    given = {one.name: one for one in found.baselines}
    several = f"{capitalized(counted(seeds, 'model'))}; the interval of the verdict has models as random."
    random = f"{count(people, 'participant')}; intervals have participants as random."
    no = ["They are not known.", "There is one.", "There are two: no interval has them as random."]
    checks = [
        Check("Several models", *((OPEN, no[seeds]) if seeds < FEWEST_UNITS else (DONE, several))),
        Check("Items as random", DONE, _items_random(found)),
        Check("Participants as random", *((OPEN, no[people]) if people < FEWEST_UNITS else (DONE, random))),
        Check("Noise ceiling", DONE if ceiling.how != "none" else OPEN, capitalized(HOW[ceiling.how]) + "."),
        _within(found),
    ]
    wanted = {CONSTANT: "", VARIANT: "", "training frequency": "--training LIST"}
    wanted |= {"n-gram": "score --phonotactics LIST", "untrained": "--untrained SCORES"}
    for name, option in wanted.items():
        if name in given or option:
            checks.append(_baseline(found, name, given.pop(name, None), option))
    checks += [_baseline(found, name, one) for name, one in given.items()]
    why = "Needs shares, and counts of choices." if own is None else (
        f"Slope {interval(own.slope)} (1 where calibrated), level {interval(own.level)} log-odds (0)."
    )  # fmt: skip
    return [*checks, Check("Calibration", NO if own is None else DONE, why)]


def _within(found: Comparison) -> Check:
    if "within" not in found.scales:
        mirrored = "The counts of two candidates sum to n: one variant says what the other says."
        why = mirrored if len(found.regressed) < len(found.pairs) else "There is one variant, or none is named."
        return Check("Correlation within variants", NO, why)
    row = found.row("spearman", ENSEMBLE, "within")
    return Check("Correlation within variants", DONE, f"ρ = {interval(row)}.")


def _items_random(found: Comparison) -> str:
    if not found.options.family:
        return f"{count(found.items, 'item')}."
    return f"{count(found.items, 'item')} in {found.units} families, which are drawn and left out together."


def _baseline(found: Comparison, name: str, one: Baseline | None, option: str = "") -> Check:
    name = f"Baseline: {name}"
    if one is None:
        return Check(name, OPEN, f"Not given ({option}).")
    gain = _three(Estimate(one.gain.value, one.gain.low, one.gain.high))[0]
    text = f"Gain {gain} per {_response(found)}, {p_text(one.p)}{f': {one.withheld}' if one.withheld else ''}."
    return Check(name, DONE if one.beaten else FAILED, text)


def _limits(found: Comparison) -> Iterator[str]:
    yield "Not that models do what speakers do: a correlation has many causes; the residuals show where they differ."
    yield "Nothing about other items than those that these stand for, or about models that are trained in another way."
    yield "Nothing about how the models come to what they say: attention and interventions are asked about that."
    if len(found.models) < FEWEST_UNITS:
        there = "there is one model" if len(found.models) == 1 else "there are two models, and three are needed"
        yield f"Nothing about other seeds: {there}."
    if not found.human.participants:
        yield "Nothing about other speakers: participants are not known."
    if found.units < FEWEST_ITEMS:
        few = f"fewer than {FEWEST_ITEMS} {_units(found)}"
        yield f"That a baseline is beaten: with {few} the test claims falsely too often."


def _methods(found: Comparison, about: Provenance) -> list[str]:
    own = found.row("spearman", ENSEMBLE, found.headline)
    return paragraphs(
        "people_methods.txt.jinja",
        found=found,
        human=found.human,
        ratings=found.human.kind == "ratings",
        measure=_MEASURES[found.options.measure],
        headline=scale_name(found.headline),
        ceiling=found.ceilings[found.headline],
        baselines=[f"{one.name} ({one.described})" for one in found.baselines],
        mirrored=len(found.regressed) < len(found.pairs),
        variants=any(one.name == VARIANT for one in found.baselines),
        slope=interval(found.row("slope")),
        value=interval(own),
        bins=BINS,
        random=_random(found, FEWEST_UNITS),
        tested=_random(found, 2),
        **{"units": _units(found), "response": _response(found), "family": found.options.family},
        within=_WITHIN.get(found.human.centered, ""),
        versions=about.versions,
    )


def _random(found: Comparison, least: int) -> list[str]:
    """What is random where so many of a kind are enough."""
    models, people = (len(each) >= least for each in (found.models, found.human.participants))
    return [*(["models"] if models else []), _units(found), *(["participants"] if people else [])]
