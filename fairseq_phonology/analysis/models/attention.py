"""Attention to the trigger in several models, with the model as the unit (DESIGN section 5, several models)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..contrasts.estimates import consistency_of, contrast_of
from ..contrasts.kinds import RESPONSE
from ..contrasts.study import SCALE, SCALES, Study
from ..criteria import ATTENDS_OVER_MODELS
from ..design.designs import Design
from ..events.events import Head, head_names
from ..evidence import Evidence
from ..interventions.effects import Causal
from ..interventions.verdict import carriers
from ..provenance import Provenance
from ..statistics.over_models import FEWEST, flip_models, mean_of_models
from .comparable import check_comparable, check_designs, common_words, duplicates, left_out, warning_of
from .held_out import held_out_response, undivided
from .results import CHOSEN, FORCED, ModelRow, Models, ModelTest, Use, splits_of
from .sentences import caveat_of_uses, caveats_of_responses, sentence_of_responses

Values = dict[
    str, np.ndarray
]  # by scale, of a design's index  # -> rows x columns x heads; real words: words x 4 x heads


@dataclass(frozen=True)
class _Model:
    """What is compared of one model: its heads, and what layers are in mean."""

    design: Design
    heads: Sequence[Head]
    values: Values
    layers: dict[str, Values]

    def part(self, kept: tuple[np.ndarray, ...]) -> _Model:
        """The same of some units of each side."""
        take = np.ix_(*kept)
        values, *layers = ({s: each[take] for s, each in of.items()} for of in (self.values, *self.layers.values()))
        return _Model(self.design.part(*kept), self.heads, values, dict(zip(self.layers, layers, strict=True)))


def compare_attention(
    studies: Mapping[str, Study], seed: int = 1, uses: Mapping[str, Use] | None = None, where: str = ""
) -> Models:
    """Do models attend to the trigger of a process?

    In each model a head is chosen on some segments and measured on others by `held_out_response`; layer means need no
    choice. Over models signs are flipped. All models have the same words, so that what a segment, or a suffix, does to
    all of them could pass for a response: a claim also needs p < .05 of the models' mean with segments random.

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
    models = {name: _model(study) for name, study in studies.items() if not _without_test(study)}
    rows = [
        replace(_row(name, study, models.get(name), seed), use=(uses or {}).get(name))
        for name, study in studies.items()
    ]
    check_designs({name: each.design for name, each in models.items()})
    in_test = [row for row in rows if row.tested]
    tests = response_tests(in_test, [models[row.name] for row in in_test], seed) if in_test else []
    made = Models(first.process, first.language, list(studies), rows, tests, "")
    made.warning = warning_of(len(in_test))
    made.sentence = sentence_of_responses(made)
    of_use = caveat_of_uses(made, where)
    made.caveats = (*duplicates(rows), *left_out(rows), *([of_use] if of_use else []), *caveats_of_responses(made))
    made.provenance = Provenance("models", seed=seed, splits=splits_of(rows))
    return made


def _without_test(study: Study) -> str:
    """Why there is no test of that model; empty if there is one."""
    if study.exclusions is not None and (study.exclusions.reasons_withheld or study.design is None):
        return "; ".join(study.exclusions.reasons_withheld) or "errors left too little to test"
    if study.design is None or study.primary is None:
        return "its words have no design to test the process against"
    return ""


def _model(study: Study) -> _Model:
    heads = study.primary.heads
    views = [(study.events.view(head.kind, head.query), head.layer - 1, head.head - 1) for head in heads]
    values = {
        scale: np.stack([getattr(view, scale)[study.design.index, *at] for view, *at in views], -1).astype(float)
        for scale in SCALES
    }
    several = len({head.kind for head in heads}) > 1
    names = np.array([f"{head.kind} layer {head.layer}" if several else f"layer {head.layer}" for head in heads])
    layers = {
        layer: {scale: each[..., names == layer].mean(-1, keepdims=True) for scale, each in values.items()}
        for layer in dict.fromkeys(names.tolist())
    }
    return _Model(study.design, heads, values, layers)


def _decoding(manifest: Mapping[str, Any]) -> str:
    if (manifest.get("settings") or {}).get("score_reference"):
        return FORCED
    return f"beam {manifest['beam']}" if manifest.get("beam") else ""


def _row(name: str, study: Study, model: _Model | None, seed: int) -> ModelRow:
    primary, reason, response, layers = study.primary, _without_test(study), None, {}
    if model is not None:
        reason = undivided(model.design)
        response = None if reason else held_out_response(model.design, model.heads, model.values, seed)
        layers = {
            layer: {scale: float(contrast_of(model.design, own, RESPONSE)[0]) for scale, own in each.items()}
            for layer, each in model.layers.items()
        }
    return ModelRow(
        name=name,
        strength=study.verdict.strength,
        sentence=study.verdict.sentence,
        reason_withheld=reason,
        checkpoint=study.provenance.model,
        exact_match=study.events.exact_match(),
        decoding=_decoding(study.provenance.manifest),
        claims=() if primary is None else tuple(head_names(primary.heads)[n] for n in study.verdict.heads),
        response=response,
        layers=layers,
    )


def response_tests(rows: Sequence[ModelRow], models: Sequence[_Model], seed: int = 1) -> list[ModelTest]:
    """Tests of the chosen head, then of the layers that all models have.

    Args:
        rows: of the models that are tested.
        models: the same.
        seed: of flips.
    """
    kept = common_words([tuple(side.names for side in each.design.sides) for each in models])
    parts = [each.part(own) for each, own in zip(models, kept, strict=True)]
    chosen = []
    for row, each, part, own in zip(rows, models, parts, kept, strict=True):
        same = part.design.units == each.design.units
        held = row.response if same else held_out_response(part.design, part.heads, part.values, seed)
        chosen.append(None if held is None else held.by_word[SCALE][np.ix_(*own) if same else ...][..., None])
    estimates = {scale: np.array([[row.response.estimate[scale]] for row in rows]) for scale in SCALES}
    design = parts[0].design
    found = _tests(CHOSEN, [CHOSEN], estimates, _segments_random(chosen, design), design, seed)
    shared = [layer for layer in rows[0].layers if all(layer in row.layers for row in rows)]
    if not shared:
        return found
    estimates = {scale: np.array([[row.layers[layer][scale] for layer in shared] for row in rows]) for scale in SCALES}
    layers = [np.concatenate([part.layers[layer][SCALE] for layer in shared], -1) for part in parts]
    return found + _tests("layers", shared, estimates, _segments_random(layers, design), design, seed)


def _tests(
    family: str, names: Sequence[str], estimates: Values, segments: np.ndarray, design: Design, seed: int
) -> list[ModelTest]:
    """Tests that are corrected together.  # estimates: scale -> models x tests; segments: p with segments random"""
    models = len(estimates[SCALE])
    p = flip_models(estimates[SCALE], seed)
    ps = ({"models": p} if models >= FEWEST else {}) | {"segments, of the models' mean": segments}
    evidence = Evidence(ps, estimates["mass"].mean(0), units=design.smallest_classes, models=models, design=design)
    unmet = ATTENDS_OVER_MODELS.unmet(evidence)
    return [
        ModelTest(
            name=name,
            family=family,
            scale="log-odds",
            **mean_of_models(estimates[SCALE][:, n])._asdict(),
            p=float(p[n]),
            models=models,
            claim=not unmet[n],
            unmet=tuple(unmet[n]),
            by_words=not design.is_crossed,
            mass=mean_of_models(estimates["mass"][:, n]),
            segments=float(segments[n]),
        )
        for n, name in enumerate(names)
    ]


def _segments_random(by_word: Sequence[np.ndarray | None], design: Design) -> np.ndarray:
    """p of the mean over models with segments random, corrected over the tests.

    Stems and suffixes are nested in segments, so that what single ones do is in the spread of these.

    Args:
        by_word: of each model, of the words that all have, in one order; None where there is nothing.
            # -> rows x columns x tests; real words: words x cells x tests
        design: of these words.
    """
    if any(each is None for each in by_word):
        return np.full(next((each.shape[-1] for each in by_word if each is not None), 1), np.nan)
    mean = np.mean(by_word, axis=0)
    if not design.is_crossed:  # but words that are in no part
        known = np.isfinite(mean).all((1, 2))
        design, mean = design.part(known), mean[known]
    return consistency_of(design, mean, RESPONSE).p


def use_of(causal: Causal) -> Use:
    """The verdict of interventions on one model, with the largest share of the interventions that show the route."""
    verdict, routes = causal.verdict, causal.routes
    shown = carriers(causal) if verdict.strength == "uses" else []
    if not shown:
        return Use(verdict.strength, verdict.route, verdict.kinds)
    shares = {measure: float(routes.share[routes.number(measure)]) for measure in shown}
    measure = max(shares, key=shares.__getitem__)
    return Use(verdict.strength, verdict.route, verdict.kinds, measure, shares[measure])
