"""Several models: does the claim over models keep its error rate, and what would go wrong without each of its parts?

By simulation, without fairseq. Usage: ``python benchmarks/model_calibration.py`` prints the section of RESULTS.md (one
thread: three minutes).
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import use_over_models
from simulations import MOST_CLAIMS, three, told

from fairseq_phonology.analysis.contrasts.estimates import consistency_of, contrast_of
from fairseq_phonology.analysis.contrasts.kinds import RESPONSE
from fairseq_phonology.analysis.contrasts.simulated import (
    Variances,
    simulated,
    simulated_design,
    simulated_of_words,
    simulated_words,
)
from fairseq_phonology.analysis.criteria import ALPHA, ATTENDS_OVER_MODELS
from fairseq_phonology.analysis.design.designs import Design
from fairseq_phonology.analysis.evidence import Evidence
from fairseq_phonology.analysis.models.held_out import halves_of
from fairseq_phonology.analysis.statistics.over_models import flip_models, model_interval
from fairseq_phonology.analysis.statistics.splits import Halves, Units, choose_and_measure, hold_out, values_of_words

SIMULATIONS = 2000
NUMBERS = (6, 10)  # of models
LAYERS, HEADS = 3, 12
BLOCK = 20  # simulations at a time
# Random splits, for the time it takes; `analyze` makes all distinct ones, or 500, for the sake of one verdict.
HALVINGS = 20
UNITS, SEGMENTS = ((12, 12), (8, 8)), (3, 2, 2, 4)  # of T and C, R and N; of T, C, R, N
WORDS = 120
_DEVIATIONS = ("stem", "suffix", "stem_slope", "suffix_slope", "target_segment", "trigger_segment", "segment_pair")


@dataclass(frozen=True)
class Null:
    """Models, most of them without response.

    Attributes:
        name: as the table has it.
        variances: what the log-odds of each model's heads are made of; a response of ``effect`` is in one head.
        shared: share of the variance of stems, suffixes and segments that is the same in all heads of all models.
        of_models: deviation of a response that all heads of one model share, in either direction.
        of_heads: the same, of each head by itself.
        effect: response of the first head of every model.
        fails: columns that are no null under it.
    """

    name: str
    variances: Variances
    shared: float = 0.0
    of_models: float = 0.0
    of_heads: float = 0.0
    effect: float = 0.0
    fails: tuple[str, ...] = ()


def _only(**parts: float) -> Variances:
    return Variances.only(residual=0.5, correlation=0.3, **parts)


_ALIKE = replace(Variances(), target_segment=0.0, trigger_segment=0.0, segment_pair=0.0)
_CLASS_BY_SUFFIX = _only(stem=0.5, suffix=0.5, suffix_slope=0.5)
_SHARED = ("flips", "layers", "no segments")
NULLS = (
    Null("positional head", _only()),
    Null("trigger salience of 2", _only(salience=2.0, level=-1.0)),
    Null("stem and suffix effects of 1", _only(stem=1.0, suffix=1.0)),
    Null("class x suffix interaction of .5", _CLASS_BY_SUFFIX),
    Null("stem slopes of .5", _only(stem=0.5, suffix=0.5, stem_slope=0.5)),
    Null("slopes of suffixes .25, of stems .5", _only(stem=0.5, suffix=0.5, stem_slope=0.5, suffix_slope=0.25)),
    *(Null(f"as in trained models, TR at {three(mass)[:3]}", Variances().at(mass)) for mass in (0.05, 0.5, 0.98)),
    Null("each model responds by N(0, 1.5), all its heads alike", _only(), of_models=1.5),
    Null("each head responds by N(0, 1.5)", _only(), of_heads=1.5, fails=("flips", "claim", "no segments")),
    *(Null(f"target segments, deviation {d:g}", _only(target_segment=d)) for d in (0.5, 1.0, 2.0)),
    *(Null(f"trigger segments, deviation {d:g}", _only(trigger_segment=d)) for d in (1.0, 2.0)),
    *(Null(f"pairs of segments, deviation {d:g}", _only(segment_pair=d)) for d in (1.0, 2.0)),
    Null("class x suffix interaction of .5, half of it in all models", _CLASS_BY_SUFFIX, shared=0.5, fails=_SHARED),
    Null("as in trained models, half of it in all models", Variances(), shared=0.5, fails=_SHARED),
    Null("as in trained models, the same in all models", Variances(), shared=1.0, fails=_SHARED),
    *(
        Null(f"target segments, deviation {d:g}, half of it in all models", _only(target_segment=d), 0.5, fails=_SHARED)
        for d in (0.5, 1.0, 2.0)
    ),
    Null("target and trigger segments, deviation 1, half of it in all models",
         _only(target_segment=1.0, trigger_segment=1.0), 0.5, fails=_SHARED),
    Null("target segments, deviation 1, 1 : 3 (T : C), half of it in all models",
         _only(target_segment=1.0, target_segment_ratio=1 / 3), 0.5, fails=_SHARED),
    Null("trigger segments, deviation 1, 3 : 1 (R : N), half of it in all models",
         _only(trigger_segment=1.0, trigger_segment_ratio=3.0), 0.5, fails=_SHARED),
    Null("target segments, deviation 1, the same in all models", _only(target_segment=1.0), 1.0, fails=_SHARED),
    Null("pairs of segments, deviation 1, the same in all models", _only(segment_pair=1.0), 1.0, fails=_SHARED),
)  # fmt: skip
WORD_NULLS = (
    Null("target segments, deviation 1", _only(target_segment=1.0)),
    Null("pairs of segments, deviation .5", _only(segment_pair=0.5)),
    Null("as in trained models", Variances()),
    Null("target segments, deviation 1, half of it in all models", _only(target_segment=1.0), 0.5, fails=_SHARED),
)


def _responding(effect: float, times: float, shared: float) -> Null:
    """As in trained models, TR at .5, the deviations of segments so many times theirs."""
    names = ("target_segment", "trigger_segment", "segment_pair")
    of = replace(Variances(), **{name: times * getattr(Variances(), name) for name in names}).at(0.5, effect)
    return Null(f"{effect:g} | {times:g}{', half of all in all models' if shared else ''}", of, shared, effect=effect)


RESPONSES = tuple(
    _responding(effect, times, shared)
    for effect in (1.0, 2.0, 4.0)
    for times, shared in ((0, 0.0), (1, 0.0), (2, 0.0), (1, 0.5))
)
_COLUMNS = {
    "claim": "claim",
    "flips": "models alone, whole segments",
    "sharing": "models alone, halves that share segments",
    "layers": "layer means, models alone",
    "no segments": "claim without segments random",
}


def models_of(null: Null, design: Design, simulations: int, rng: np.random.Generator) -> np.ndarray:
    """Log-odds.  # -> rows x columns (real words: words x cells) x simulations x models x heads"""
    models, make = max(NUMBERS), simulated if design.is_crossed else simulated_of_words
    own, common = (
        {name: np.sqrt(share) * getattr(null.variances, name) for name in _DEVIATIONS}
        for share in (1 - null.shared, null.shared)
    )
    found = make(design, replace(null.variances, **own), null.effect, HEADS, simulations * models, rng)
    found = found.reshape(*found.shape[:2], simulations, models, HEADS)
    if null.shared:
        bare = Variances.only(**common)
        found += make(design, bare, 0.0, 1, simulations, rng).reshape(*found.shape[:3], 1, 1)
    if null.of_models or null.of_heads:
        response = null.of_models * rng.standard_normal((simulations, models, 1))
        response = response + null.of_heads * rng.standard_normal((simulations, models, HEADS))
        found[np.ix_(design.undergoes, design.triggers)] += response.astype(found.dtype)
    return found


def _numbers(segments: Sequence[str]) -> np.ndarray:
    return np.unique(np.array(segments), return_inverse=True)[1]


def sharing(design: Design, rng: np.random.Generator) -> Halves:
    """Halves of stems and suffixes, alike in every segment: what the whole segments are there to avoid."""
    weights = []
    for side in design.sides:
        units = Units(np.where(side.first, 1.0, -1.0), side.segments)
        first = np.zeros((HALVINGS, len(side.names)), bool)
        for own in first:
            place = _numbers(side.segments) + rng.random(len(own)) / 2
            for members in (side.first, ~side.first):
                own[np.flatnonzero(members)[np.argsort(place[members])][rng.integers(2) :: 2]] = True
        weights.append((units.weights(np.stack([first, ~first], 1)), units.weights()))
    return Halves(*(each for each, _ in weights), tuple(whole for _, whole in weights))


def rates(null: Null, design: Design, simulations: int, seed: int = 1) -> dict[str, float]:
    """Rates and biases, by name of the column."""
    found: dict[str, list[np.ndarray]] = {}
    for block in range(0, simulations, BLOCK):
        rng = np.random.default_rng([seed, block, zlib.crc32(null.name.encode())])
        made = models_of(null, design, min(BLOCK, simulations - block), rng)
        for name, each in _of_block(made, null.variances, design, rng, seed + block).items():
            found.setdefault(name, []).append(each)
    return {name: float(np.concatenate(each).mean()) for name, each in found.items()}


def _of_block(
    log_odds: np.ndarray, variances: Variances, design: Design, rng: np.random.Generator, seed: int
) -> dict[str, np.ndarray]:
    simulations, models = log_odds.shape[2:4]
    flat = log_odds.reshape(*log_odds.shape[:2], -1)
    values = {"log_odds": flat, "mass": variances.mass(flat)}
    halves = halves_of(design, splits=HALVINGS, seed=seed)
    held, heads = choose_and_measure(values, "log_odds", halves, HEADS)
    held = {scale: each.reshape(simulations, models) for scale, each in held.items()}
    heads = heads.reshape(simulations, models, *heads.shape[1:])
    every = contrast_of(design, flat, RESPONSE).reshape(simulations, models, LAYERS, -1)
    found = {"held out": held["log_odds"].mean(1), "largest": every.max((2, 3)).mean(1)}
    if design.is_crossed:
        shared = choose_and_measure({"log_odds": flat}, "log_odds", sharing(design, rng), HEADS)[0]["log_odds"]
        shared = shared.reshape(simulations, models)
        found["halves"] = shared.mean(1)
    for n in NUMBERS:
        if design.is_crossed:
            found[f"sharing {n}"] = flip_models(shared[:, :n].T, family=1) < ALPHA
            of_layers = np.moveaxis(every[:, :n].mean(3), 1, 0).reshape(n, -1)
            found[f"layers {n}"] = (flip_models(of_layers, family=LAYERS).reshape(-1, LAYERS) < ALPHA).any(1)
        p = {"models": flip_models(held["log_odds"][:, :n].T, family=1)}
        mass = held["mass"][:, :n].mean(1)
        found[f"flips {n}"] = p["models"] < ALPHA
        of = {"units": design.smallest_classes, "models": n}
        asked = ATTENDS_OVER_MODELS.met(Evidence(p, mass, **of))  # of these the models' mean is tested
        found[f"no segments {n}"] = asked.copy()
        p["segments"] = _segments_random(log_odds, heads, halves, design, np.flatnonzero(asked), n)
        found[f"claim {n}"] = ATTENDS_OVER_MODELS.met(Evidence(p, mass, **of))
    return found


def _segments_random(
    log_odds: np.ndarray, heads: np.ndarray, halves: Halves, design: Design, which: np.ndarray, models: int
) -> np.ndarray:
    """p of the models' mean with segments random; 1 in simulations that are not asked about."""
    p = np.ones(len(heads))
    if len(which):
        of = [[values_of_words(log_odds[:, :, s, m], heads[s, m], halves) for m in range(models)] for s in which]
        mean = np.stack([np.mean(each, axis=0) for each in of], -1)
        p[which] = consistency_of(design, mean, RESPONSE, family=1).p
    return p


def lines(simulations: int = SIMULATIONS) -> Iterator[str]:
    """The section of RESULTS.md."""
    yield "## Several models"
    yield ""
    (t, c), (r, n) = UNITS
    segments, numbers = " + ".join(map(str, SEGMENTS)), " and ".join(map(str, NUMBERS))
    yield (
        f"{simulations:,} simulations of {numbers} models with the same {t} + {c} stems x {r} + {n} suffixes of "
        f"{segments} segments (T, C, R, N), {LAYERS} layers of {HEADS // LAYERS} heads, {HALVINGS} splits. Deviations "
        "are drawn anew for every head of every model, but where it says so. Of claims, "
        f"{three(MOST_CLAIMS)} at most are allowed; **out** where it is missed. In parentheses: no null for that "
        "column, or not what a claim rests on."
    )
    yield ""
    design = simulated_design(*UNITS, SEGMENTS)
    found = {null.name: told(null.name) or rates(null, design, simulations) for null in NULLS}
    for n in NUMBERS:
        yield f"| Null, {n} models | " + " | ".join(_COLUMNS.values()) + " |"
        yield "|---" * (len(_COLUMNS) + 1) + "|"
        for null in NULLS:
            yield f"| {null.name} | " + " | ".join(_cell(null, name, found[null.name], n) for name in _COLUMNS) + " |"
        yield ""
    yield f"### Real words: {WORDS} words with their own 2 x 2"
    yield ""
    yield "| Null | " + " | ".join(f"claim, {n} models | models alone, {n}" for n in NUMBERS) + " |"
    yield "|---" * (1 + 2 * len(NUMBERS)) + "|"
    for null in WORD_NULLS:
        own = rates(null, simulated_words(WORDS), simulations // 2)
        yield (
            f"| {null.name} | "
            + " | ".join(_cell(null, name, own, n) for n in NUMBERS for name in ("claim", "flips"))
            + " |"
        )
    yield ""
    yield "### Bias of the chosen head's response, in log-odds (truth: 0)"
    yield ""
    yield "| Null | chosen and measured on other segments | in halves that share segments | raw maximum |"
    yield "|---|---|---|---|"
    for null in NULLS:
        if not (null.of_heads or null.shared):
            cells = (f"{found[null.name][name]:+.3f}".replace("0.", ".") for name in ("held out", "halves", "largest"))
            yield f"| {null.name} | " + " | ".join(cells) + " |"
    yield ""
    yield from _power(design, simulations // 4)
    yield from use_over_models.lines(simulations)
    yield from _coverage(simulations)
    yield from _notes()


def _cell(null: Null, name: str, found: dict[str, float], models: int) -> str:
    rate = three(found[f"{name} {models}"])
    if name != "claim" or "claim" in null.fails:
        return f"({rate})" if name in (*null.fails, "sharing") else rate
    return rate if found[f"claim {models}"] <= MOST_CLAIMS else f"{rate} **out**"


def _power(design: Design, simulations: int) -> Iterator[str]:
    yield f"### Power: a response in one head of every model ({simulations:,} simulations)"
    yield ""
    yield (
        "All as in trained models, the response planted in one head of 12, TR at .5; deviations of segments and of "
        "their pairs as many times theirs as given."
    )
    yield ""
    yield (
        "| Response, log-odds | segments differ, times | "
        + " | ".join(f"claim, {n} models | models alone" for n in NUMBERS)
        + " |"
    )
    yield "|---" * (2 + 2 * len(NUMBERS)) + "|"
    for null in RESPONSES:
        own = rates(null, design, simulations)
        yield (
            f"| {null.name} | "
            + " | ".join(three(own[f"{name} {n}"]) for n in NUMBERS for name in ("claim", "flips"))
            + " |"
        )
        told(f"power: {null.name}")
    yield ""


def _coverage(simulations: int) -> Iterator[str]:
    own = simulations // 10
    yield f"### Coverage of 95 % intervals ({simulations:,} each; of a model's own {own:,})"
    yield ""
    yield (
        "| How models scatter | " + " | ".join(f"{n} models" for n in NUMBERS) + " | "
        + " | ".join(f"t, {n} models" for n in NUMBERS) + " |"
    )  # fmt: skip
    yield "|---" * (1 + 2 * len(NUMBERS)) + "|"
    rng = np.random.default_rng(5)
    for name, drawn, mean in (
        ("normal", lambda size: rng.standard_normal(size), 0.0),
        ("masses near 1: Beta(8, 2)", lambda size: rng.beta(8, 2, size), 0.8),
        ("masses near 0: Beta(1, 5)", lambda size: rng.beta(1, 5, size), 1 / 6),
        ("two kinds of model: mass .1 in a third, .8 in the others, deviation .05",
         lambda size: np.where(rng.random(size) < 1 / 3, 0.1, 0.8) + 0.05 * rng.standard_normal(size), 1.7 / 3),
    ):  # fmt: skip
        samples = [drawn((n, simulations)) for n in NUMBERS]
        ends = [*map(model_interval, samples), *map(_interval_of_t, samples)]
        shares = [three(float(((low <= mean) & (mean <= high)).mean())) for low, high in ends]
        yield f"| {name} | " + " | ".join(shares) + " |"
    yield ""
    yield "| A model's own interval, segments alike: response in one head of 12 | covered | chosen rightly |"
    yield "|---|---|---|"
    for effect in (0.0, 1.0, 2.0):
        covered, rightly = _own_coverage(effect, own)
        yield f"| {effect:g} log-odds | {three(covered)} | {three(rightly)} |"
    yield ""


def _interval_of_t(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy import stats

    arm = stats.t.ppf(0.975, len(values) - 1) * values.std(0, ddof=1) / np.sqrt(len(values))
    return values.mean(0) - arm, values.mean(0) + arm


def _own_coverage(effect: float, intervals: int) -> tuple[float, float]:
    """Share of intervals that contain the response of the heads that were chosen, each as often as it was."""
    design, names = simulated_design(*UNITS, SEGMENTS), [str(n) for n in range(HEADS)]
    halves = halves_of(design)
    covered, rightly = [], []
    for n in range(intervals):
        log_odds = simulated(design, _ALIKE, effect, HEADS, 1, np.random.default_rng([6, n]))
        held = hold_out({"log_odds": log_odds}, "log_odds", names, halves, seed=n)
        own = held.chosen.get("0", 0.0)
        covered.append(held.low["log_odds"] <= effect * own <= held.high["log_odds"])
        rightly.append(own)
    return float(np.mean(covered)), float(np.mean(rightly))


def _notes() -> Iterator[str]:
    yield from (
        "How to read it:",
        "",
        "- Segments are few. In halves that share them, the choice takes the head that they favor by chance, and the",
        "  measure finds that chance again. Whole segments, with all their stems and suffixes, go to one half.",
        "- Words are shared by all models: what a suffix or a segment does to all of them alike is the same in every",
        "  model, and the test over models takes it for a response. It says something of seeds, not of words. A claim",
        "  therefore needs the models' mean with segments random, too. Stems and suffixes are nested in segments: that",
        "  test covers what they do, and one with stems and suffixes random besides lowered no rate by over .013.",
        "- That every quadruple of segments is positive, and that the real classes rank first, decided nothing more;",
        "  they cost power: over models they are not asked.",
        "- Where each head responds in its own direction, each model has a head that does respond; layer means do not.",
        "- The interval over models is that of the test: it leaves out 0 where p < .05. Of six its level is .969.",
        "",
    )


if __name__ == "__main__":
    for line in lines(int(sys.argv[1]) if len(sys.argv) > 1 else SIMULATIONS):
        print(line, flush=True)
