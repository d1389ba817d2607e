"""Attention to the trigger in several models, with the model as the unit (DESIGN section 5, several models)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..contrasts.kinds import CONTRASTS, RESPONSE
from ..contrasts.study import SCALES, Study
from ..events.events import head_names
from ..interventions.effects import Causal
from ..interventions.verdict import carriers
from ..provenance import Provenance
from ..statistics.splits import SPLITS
from .comparable import check_comparable, check_designs, duplicates, left_out, warning_of
from .held_out import held_out_response
from .results import FORCED, ModelRow, Models, Use
from .sentences import caveat_of_uses, caveats_of_responses, sentence_of_responses
from .tests import TESTED, response_of, response_tests


def compare_attention(
    studies: Mapping[str, Study], seed: int = 1, uses: Mapping[str, Use] | None = None, where: str = ""
) -> Models:
    """Do models attend to the trigger of a process?

    In each model a head is chosen and measured by `held_out_response`; layer means need no choice. Over models signs
    are flipped. A claim needs p < .05 on both scales, .05 of mass, and the additional criteria of `ModelTest`: all
    models have the same words, so that an effect of a suffix that they share could otherwise pass for a response.

    Args:
        studies: name of the model -> its study, of the same process and items.
        seed: of splits, flips and resampling.
        uses: name of the model -> result of interventions on it (`use_of`), which is described beside its attention.
        where: name of the folder with the test of use over models.

    Raises:
        InputError: fewer than two, or of different processes, grammars or words.
    """
    first = next(iter(studies.values()), None)
    check_comparable(
        {name: (study.process, study.language, study.provenance) for name, study in studies.items()},
        {name: study.events.events for name, study in studies.items() if study.exclusions is not None},
    )
    values = {name: _values(study) for name, study in studies.items() if not _reason_withheld(study)}
    layers = {name: _layers(studies[name], each) for name, each in values.items()}
    rows = [
        replace(_row(name, study, values.get(name), layers.get(name), seed), use=(uses or {}).get(name))
        for name, study in studies.items()
    ]
    designs = {name: studies[name].design for name in values}
    check_designs(designs)
    tests = response_tests(rows, list(designs.values()), list(layers.values()), seed) if values else []
    made = Models(first.process, first.language, list(studies), rows, tests, "")
    made.warning = warning_of(len(values))
    made.sentence = sentence_of_responses(made)
    of_use = caveat_of_uses(made, where)
    made.caveats = (*duplicates(rows), *left_out(rows), *([of_use] if of_use else []), *caveats_of_responses(made))
    made.provenance = Provenance("models", seed=seed, splits=SPLITS)
    return made


def _reason_withheld(study: Study) -> str:
    if study.exclusions is not None and (study.exclusions.reasons_withheld or study.design is None):
        return "; ".join(study.exclusions.reasons_withheld) or "errors left too little to test"
    if study.design is None or study.primary is None:
        return "its words have no design to test the process against"
    return ""


def _values(study: Study) -> dict[str, np.ndarray]:
    """Of the heads of the primary family, by scale.  # -> rows x columns x heads; real words: words x heads"""
    views = [(study.events.view(head.kind, head.query), head.layer - 1, head.head - 1) for head in study.primary.heads]
    found = {
        scale: np.stack([getattr(view, scale)[study.design.index, layer, head] for view, layer, head in views], -1)
        for scale in SCALES
    }
    found = {scale: each.astype(float) for scale, each in found.items()}
    return {scale: study.design.reduced(each, CONTRASTS[RESPONSE].cells) for scale, each in found.items()}


def _layers(study: Study, values: dict[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Layer -> scale -> mean over its heads.  # -> rows x columns, or words"""
    heads = study.primary.heads
    several = len({head.kind for head in heads}) > 1
    names = np.array([f"{head.kind} layer {head.layer}" if several else f"layer {head.layer}" for head in heads])
    return {
        layer: {scale: each[..., names == layer].mean(-1) for scale, each in values.items()}
        for layer in dict.fromkeys(names.tolist())
    }


def _decoding(manifest: Mapping[str, Any]) -> str:
    if (manifest.get("settings") or {}).get("score_reference"):
        return FORCED
    return f"beam {manifest['beam']}" if manifest.get("beam") else ""


def _row(
    name: str,
    study: Study,
    values: dict[str, np.ndarray] | None,
    layers: dict[str, dict[str, np.ndarray]] | None,
    seed: int,
) -> ModelRow:
    primary = study.primary
    return ModelRow(
        name=name,
        strength=study.verdict.strength,
        sentence=study.verdict.sentence,
        reason_withheld=_reason_withheld(study),
        checkpoint=study.provenance.model,
        exact_match=study.events.exact_match(),
        decoding=_decoding(study.provenance.manifest),
        claims=() if primary is None else tuple(head_names(primary.heads)[n] for n in study.verdict.heads),
        response=held_out_response(study.design, primary.heads, values, seed=seed) if values else None,
        layers={
            layer: {scale: response_of(study.design, each[scale]) for scale in TESTED}
            for layer, each in (layers or {}).items()
        },
    )


def use_of(causal: Causal) -> Use:
    """The verdict of interventions on one model, with the largest share of the interventions that show the route."""
    verdict, routes = causal.verdict, causal.routes
    if verdict.strength != "uses":
        return Use(verdict.strength, verdict.route, verdict.kinds)
    shares = {measure: float(routes.share[routes.number(measure)]) for measure in carriers(causal)}
    measure = max(shares, key=shares.__getitem__)
    return Use(verdict.strength, verdict.route, verdict.kinds, measure, shares[measure])
