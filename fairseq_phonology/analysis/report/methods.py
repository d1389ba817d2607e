"""The methods text of the report, ready for a paper but for what stands in brackets: what a study cannot know.

The prose is in ``page/methods.txt.jinja`` and ``page/methods_of_use.txt.jinja``; what claims need, and what is done in
an intervention, is read from `criteria` and `kinds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...phonology.transcription import EDGE
from ...stimuli.items import cells_at_edge
from ...text import count, listed, number, p_text, percent_of, segments_text, share, signed, typeset
from ..contrasts.kinds import NORMS
from ..contrasts.study import SCALE, Family, Study
from ..criteria import ATTENDS, LEAST_AGREEMENT, USES
from ..interventions.effects import Causal
from ..interventions.kinds import KINDS, PLACES
from ..statistics.paired import DRAWS
from ..withheld import WITHHELD
from .html import paragraphs
from .sections.cells import classes_of, derived_family, processes_of_derived, words_set_aside


def methods(study: Study | None, causal: Causal | None = None) -> list[str]:
    """The paragraphs of the methods section, plain text, built from the results' own numbers."""
    found = [] if study is None else paragraphs("methods.txt.jinja", **_attention(study))
    found += [] if causal is None else paragraphs("methods_of_use.txt.jinja", **_use(study, causal))
    versions = (causal if study is None else study).provenance.versions
    software = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [*found, f"Software: {software}."] if software else found


def _attention(study: Study) -> dict[str, Any]:
    origin, design, exclusions = study.provenance, study.design, study.exclusions
    events = [event.item for event in study.events.events]
    source = origin.grammar.process_citation
    right, words = origin.exact_match or (0, 0)
    stems = len({item.stem for item in events})
    quadruples = design is not None and not design.is_crossed and words == 4 * stems
    family = study.primary or next(iter(study.families), None)
    best = None if family is None else family.best
    lost = () if exclusions is None else [sum(pair[n] for pair in exclusions.stems_excluded.values()) for n in (0, 1)]
    gone = 0 if exclusions is None else len(exclusions.suffixes_excluded)
    sides, kinds = () if design is None else design.sides, study.primary.kind if study.primary else "cross"
    return {
        "process": study.process.replace("_", " ").replace("-", " "),
        "where": "; ".join(text for text in (study.language, source) if text),
        **{"design": design, "target": sides[0] if sides else None, "trigger": sides[-1] if sides else None},
        "classes": {code: segments_text(classes_of(study).get(code)) for code in "TCRN"},
        **{"excluded": any(lost[:1]), "lost": lost, "suffixes": (gone, gone + design.sizes[1] if design else 0)},
        **{"apart": _apart(study), "coverage": origin.grammar.coverage},
        **{"events": len(events), "words": len({item.id for item in events})},
        **_model(origin.manifest),
        "exact_match": (right, words) if words else None,
        "quadruples": f" ({stems:,} × 4)" if quadruples else "",
        "percent_of": percent_of,
        "kinds": listed([f"{kind}-attention" for kind in kinds.split("+")]),
        "edges": any(EDGE in item.ur for item in events),
        "at_end": listed(cells_at_edge(events)),
        **{"tests": _tests(study), "family": family, "segments": _segments(study)},
        "best": None if family is None else family.heads[best],
        "estimate": "" if family is None else _estimate(family, best),
        "criteria": ATTENDS.clause() if study.primary is not None and design is not None else "",
        "result": typeset(study.verdict.sentence),
        **{"exclusions": exclusions, "limits": listed([limit.clause for limit in WITHHELD], "or")},
        "sensitivity": study.sensitivity is not None,
        "baseline": None if study.baseline is None else {"text": _baseline(study.baseline)},
        "norms": _norms(study),
        "incomparable": () if design is None else design.incomparable,
    }


def _tests(study: Study) -> str:
    if study.design is None and study.exclusions is None:
        return "list"
    if study.primary is None:
        return "none"
    return "units" if study.design.is_crossed else "words"


def _segments(study: Study) -> str:
    """``3 T, 2 C, 2 R and 4 N``: how many segments each class has; empty of a plain list."""
    own = study.primary and study.primary.consistency
    if not own:
        return ""
    sizes = [(side.first.sum(), (~side.first).sum()) for side in own.sides.values()]
    return listed([f"{n} {letter}" for letter, n in zip("TCRN", sum(sizes, ()), strict=True)])


def _model(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Sizes and decoding, as far as the manifest has them."""
    model = manifest.get("model") or {}
    sizes = [str(model["architecture"])] if model.get("architecture") else []
    layers = model.get("layers")
    if isinstance(layers, dict):  # cross-attention sits in the decoder's layers
        counted = {"encoder": layers.get("encoder"), "decoder": layers.get("decoder") or layers.get("cross")}
        sizes += [f"{n} {side} layers" for side, n in counted.items() if n]
    if isinstance(model.get("heads"), dict) and model["heads"]:
        sizes.append(f"{max(model['heads'].values())} heads")
    if model.get("parameters"):
        sizes.append(f"{model['parameters']:,} parameters")
    beam = f", with beam {manifest['beam']}" if manifest.get("beam") else ""
    forced = (manifest.get("settings") or {}).get("score_reference")
    return {"sizes": ", ".join(sizes), "decoding": ", under forced decoding of the gold SRs" if forced else beam}


def _apart(study: Study) -> dict[str, Any] | None:
    """The real words that are no clean test of one process, and the result of their own test."""
    words, family = len(words_set_aside(study)), derived_family(study)
    if not words:
        return None
    found = {"words": words, "processes": processes_of_derived(study), "over": "", "result": None}
    if family is not None:
        n = study.verdict.heads[0] if study.verdict.heads else family.best
        lacks = "" if family.claim[n] else typeset("; ".join(family.unmet[n]))
        found["over"] = "all" if family.n_stems == words else family.n_stems
        found["result"] = {"head": family.heads[n], "estimate": _estimate(family, n), "unmet": lacks}
    return found


def _baseline(study: Study) -> str:
    """What the model with fresh weights gives."""
    family = study.primary or next(iter(study.families), None)
    if family is None:
        return ""
    head, n = f"head {family.heads[family.best]}", int(family.claim.sum())
    if not family.primary:
        return f"its largest difference is {_estimate(family, family.best)}"
    met = f"{count(n, 'head')} of {len(family.heads)} meet{'s' if n == 1 else ''}"
    met = met if n else f"no head of {len(family.heads)} meets"
    return f"{met} the criteria; its largest response is that of {head}, {_estimate(family, family.best)}"


def _norms(study: Study) -> dict[str, Any] | None:
    """The response of the norms, of the head that the verdict is about."""
    if not study.events.has_norms:
        return None
    primary = study.primary
    same = (family for family in study.families if family.contrast == NORMS)
    family = next((family for family in same if primary and family.heads == primary.heads), None)
    if family is None:
        return {"head": None}
    n = study.verdict.heads[0] if study.verdict.heads else primary.best
    return {"head": primary.heads[n], "estimate": _estimate(family, n), "claim": bool(family.claim[n])}


def _estimate(family: Family, head: int) -> str:
    """``+4.1 [+3.6, +4.7] log-odds (corrected p = .0001)``; of a plain list in mass."""
    plain = np.isnan(family.estimate[SCALE][head])
    scale, form = ("mass", number) if plain else (SCALE, signed)
    estimate, low, high = (form(each[scale][head]) for each in (family.estimate, family.low, family.high))
    p = "not tested" if np.isnan(family.p[head]) else f"corrected {p_text(family.p[head])}"
    return f"{estimate} [{low}, {high}]{' of mass' if plain else ' log-odds'} ({p})"


def _use(study: Study | None, causal: Causal) -> dict[str, Any]:
    routes, pair, items = causal.routes, causal.minimal_pair, causal.provenance.items
    measures = [one.measure for one in routes.which]
    about = None
    if pair is not None:
        names = ("intact", "after", "effect", "low", "high", "distinguishes")
        about = {name: getattr(pair, name) for name in names} | {"replaced": KINDS[pair.measure].methods}
    return {
        "causal": causal,
        "other_items": items if study is not None and items != study.provenance.items else "",
        **{"pair": about, "unshared": "" if pair is None else pair.unshared},
        "edge": causal.edge,
        "segments": {place: segments_text(causal.segments.get(place)) for place in ("trigger", "replaced")},
        "routes": "; ".join(KINDS[measure].methods for measure in measures),
        "alone": len(causal.families) > 1,
        "controls": PLACES["others"].described(bool(causal.edge)) if np.isfinite(routes.noising.others).any() else "",
        "tested": bool(np.isfinite(routes.noising.p).any()),
        "draws": DRAWS if causal.draws else 0,
        "agreement": share(LEAST_AGREEMENT),
        "criteria": USES.clause(),
        "result": typeset(causal.verdict.sentence),
    }
