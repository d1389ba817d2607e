"""Does the claim rule keep its error rate under each way to be without response? A part of the calibration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from simulations import BARE, UNITS, Null, marked, three, told

from fairseq_phonology.analysis.contrasts.estimates import contrast_of, tested
from fairseq_phonology.analysis.contrasts.kinds import RESPONSE
from fairseq_phonology.analysis.contrasts.simulated import Variances
from fairseq_phonology.analysis.contrasts.tests import claimable
from fairseq_phonology.analysis.criteria import ALPHA, ATTENDS, LEAST_MASS
from fairseq_phonology.analysis.design.designs import Design
from fairseq_phonology.analysis.statistics.crossed import Tested
from fairseq_phonology.analysis.statistics.permutation import relabelings

DESIGNS = {  # T and C, R and N; what the last is refused for is in its heading
    "60 + 60 stems x 8 + 8 suffixes": ((60, 60), (8, 8)),
    "30 + 30 stems x 8 + 8 suffixes": ((30, 30), (8, 8)),
    "8 + 8 stems x 8 + 8 suffixes": ((8, 8), (8, 8)),
}
REFUSED = ("8 + 8 stems x 4 + 4 suffixes", ((8, 8), (4, 4)))
HEADS = (12, 24)
_EVEN = replace(UNITS, level=0.0, salience=0.0, inspection=0.0)
_SKEWED = replace(UNITS, level=1.0, skewed=True)
SLOPES = (
    Null("stem slopes 4 : 1 (deviations 4 and 1)", replace(UNITS, stem_slope=2.0, stem_ratio=4.0)),
    Null("stem slopes 1 : 4", replace(UNITS, stem_slope=2.0, stem_ratio=0.25)),
    Null("suffix slopes 4 : 1", replace(UNITS, suffix_slope=2.0, suffix_ratio=4.0)),
    Null("suffix slopes 1 : 4", replace(UNITS, suffix_slope=2.0, suffix_ratio=0.25)),
    Null("stem slopes 4 : 1, skewed (exponential)", replace(_SKEWED, stem_slope=2.0, stem_ratio=4.0)),
    Null("stem slopes 1 : 4, skewed", replace(_SKEWED, stem_slope=2.0, stem_ratio=0.25)),
    Null("suffix slopes 4 : 1, skewed", replace(_SKEWED, suffix_slope=2.0, suffix_ratio=4.0)),
    Null("suffix slopes 1 : 4, skewed", replace(_SKEWED, suffix_slope=2.0, suffix_ratio=0.25)),
    Null(
        "the same with 3 segments of each class",
        replace(_SKEWED, suffix_slope=2.0, suffix_ratio=0.25),
        segments=(3, 3, 3, 3),
    ),
)
SEGMENTS = (
    *(Null(f"target segments with slopes of {d:g}", replace(UNITS, target_segment=d)) for d in (0.5, 1.0, 2.0)),
    *(Null(f"trigger segments with slopes of {d:g}", replace(UNITS, trigger_segment=d)) for d in (0.5, 1.0, 2.0)),
    Null("both of 2", replace(UNITS, target_segment=2.0, trigger_segment=2.0)),
    Null(
        "target segments of 2, with 2 segments of each class",
        replace(UNITS, target_segment=2.0),
        segments=(2, 2, 2, 2),
    ),
    Null("the same with 6, 4, 4 and 8", replace(UNITS, target_segment=2.0), segments=(6, 4, 4, 8)),
    *(Null(f"single segment pairs of {d:g}", replace(UNITS, segment_pair=d)) for d in (0.5, 1.0, 2.0)),
)


def _by_class(place: str, ratio: float, said: str, segments: tuple[int, int, int, int] | None = None) -> Null:
    """Segments with slopes of 1 in the geometric mean of their two classes."""
    parts = {f"{place}_segment": 1.0, f"{place}_segment_ratio": ratio}
    return Null(f"{place} segments with slopes of 1, {said}", replace(UNITS, **parts), segments=segments)


CLASSES = (
    *(_by_class("trigger", ratio, f"{ratio:g} : 1 (R : N)") for ratio in (1.5, 2.0, 3.0, 10.0)),
    _by_class("trigger", 1 / 3, "1 : 3"),
    _by_class("target", 4.0, "4 : 1 (T : C)"),
    _by_class("target", 0.25, "1 : 4"),
    _by_class("target", 4.0, "4 : 1, with 2, 6, 2 and 8 segments", (2, 6, 2, 8)),
    _by_class("trigger", 3.0, "3 : 1, with 6, 4, 4 and 8", (6, 4, 4, 8)),
    _by_class("trigger", 4.0, "4 : 1, with 3 of each class", (3, 3, 3, 3)),
)
TRAINED = Null("as in trained models (the stated defaults of `power`)", Variances())
NULLS = (
    Null("positional head", BARE),
    Null("trigger salience of 2", replace(BARE, salience=2.0, level=-1.0)),
    Null("target inspection of 2", replace(BARE, inspection=2.0, level=-1.0)),
    Null("stem and suffix effects of 1", replace(BARE, stem=1.0, suffix=1.0)),
    Null("suffix slopes of .5", replace(BARE, stem=0.5, suffix=0.5, suffix_slope=0.5)),
    Null("stem slopes of .5", replace(BARE, stem=0.5, suffix=0.5, stem_slope=0.5)),
    Null("slopes of suffixes .25, of stems .5", replace(BARE, stem=0.5, suffix=0.5, stem_slope=0.5, suffix_slope=0.25)),
    Null("stems and suffixes as in trained models, segments alike", UNITS),
    TRAINED,
    Null(
        "salience 3 and inspection 1 from .05",
        replace(BARE, level=-3.0, salience=3.0, inspection=1.0, stem=0.25, suffix=0.25),
    ),
    Null(
        "near 0: salience 6 and inspection 4 from .0003",
        replace(BARE, level=-8.0, salience=6.0, inspection=4.0, stem=0.25, suffix=0.25),
    ),
    Null(
        "near 1: salience -4 and inspection 5 from +4 logits",
        replace(BARE, level=4.0, salience=-4.0, inspection=5.0, stem=0.25, suffix=0.25),
    ),
    *(
        Null(
            f"competition: drawn by {d} to the triggers' class, which control targets belong to",
            replace(_EVEN, level=-d / 2, salience=float(d)),
            target=(0, 0, d, d),
        )
        for d in (3, 5, 7, 9)
    ),
    Null("the encoder resolves the target: it loses 6 logits in TR", _EVEN, target=(-2, 4, 0, 0)),
    Null("the resolved target gains 4 logits in TR", _EVEN, target=(4, 0, 0, 0)),
    Null("the trigger takes 6 logits from the target in T and C alike", _EVEN, target=(-2, 4, -2, 4)),
    Null("queries 3 times as sharp in T", replace(_EVEN, level=-1.4), sharper=3.0),
    Null("queries 3 times as sharp in C", replace(_EVEN, level=-1.4), sharper=1 / 3),
    *SLOPES,
    *SEGMENTS,
    *CLASSES,
)
Rates = dict[str, float]


def rates(null: Null, design: Design, simulations: int, contrast: str = RESPONSE) -> dict[int, Rates]:
    """Share of simulations with a false claim in any head, of 12 and of 24, by what is asked of a claim."""
    hits: dict[int, dict[str, list[np.ndarray]]] = {heads: {} for heads in HEADS}
    most = max(HEADS)
    for log_odds, mass in null.drawn(design, most, simulations):
        amount, test = contrast_of(design, mass, contrast), tested(design, log_odds, contrast)
        for heads in HEADS:
            own = np.flatnonzero(np.arange(len(amount)) % most < heads)
            part = Tested(*(getattr(test, name)[own] for name in ("estimate", "se", "df", "t", "p")))
            p, found = claimable(design, log_odds[..., own], amount[own], contrast, part, heads)
            asked = {
                "p": p < ALPHA,
                "p and mass": (p < ALPHA) & (amount[own] >= LEAST_MASS),
                "rule": ATTENDS.met(found),
            }
            for name, met in asked.items():
                hits[heads].setdefault(name, []).append(met.reshape(-1, heads).any(1))
    return {
        heads: {name: float(np.concatenate(each).mean()) for name, each in own.items()} for heads, own in hits.items()
    }


def table(name: str, nulls: tuple[Null, ...], simulations: int) -> Iterator[str]:
    """Of one of `DESIGNS`."""
    targets, triggers = DESIGNS[name]
    yield from _rows(f"### False claims: {name}", nulls, lambda null: null.design(targets, triggers), simulations)


def refused(simulations: int) -> Iterator[str]:
    """What is described only: the test alone, and that the rule claims nothing."""
    name, sizes = REFUSED
    title = f"### {name}: refused (described, not claimed)"
    yield from _rows(title, (*NULLS[:9], *SLOPES), lambda null: null.design(*sizes), simulations)


def _rows(title: str, nulls: tuple[Null, ...], design: Callable[[Null], Design], simulations: int) -> Iterator[str]:
    kinds = ("p", "p and mass", "rule")
    yield from (title, "")
    yield "| Without response | " + " | ".join(f"{heads} heads: {kind}" for heads in HEADS for kind in kinds) + " |"
    yield "|---" * (1 + len(HEADS) * len(kinds)) + "|"
    for null in nulls:
        found = rates(null, design(null), simulations)
        cells = [
            marked(found[heads][kind]) if kind == "rule" else f"({three(found[heads][kind])})"
            for heads in HEADS
            for kind in kinds
        ]
        yield f"| {null.name} | " + " | ".join(cells) + " |"
        told(f"{title.removeprefix('### ')}: {null.name}")
    yield ""


def other_contrasts(simulations: int) -> Iterator[str]:
    """Inspection and salience, which make no headline."""
    design = DESIGNS["60 + 60 stems x 8 + 8 suffixes"]
    yield "### Inspection and salience: false claims by the whole rule (60 + 60 stems x 8 + 8 suffixes, 12 heads)"
    yield ""
    yield "| Without the contrast | inspection | salience |"
    yield "|---|---|---|"
    flat = replace(UNITS, salience=0.0, inspection=0.0, level=0.0)
    for null, known in (
        (Null("positional head", BARE), ("inspection", "salience")),
        (Null("stems, suffixes and their slopes as in trained models", flat), ("inspection", "salience")),
        (Null("the same, and trigger salience of 2", replace(flat, salience=2.0)), ("inspection",)),
        (Null("the same, and inspection of 2", replace(flat, inspection=2.0)), ("salience",)),
        (Null("competition by 7", replace(flat, salience=7.0), target=(0, 0, 7, 7)), ("inspection",)),
        (Null("segments with levels of 1", flat, segment_levels=1.0), ("inspection", "salience")),
    ):
        of = null.design(*design)
        found = {contrast: rates(null, of, simulations // 2, contrast)[12]["rule"] for contrast in known}
        cells = [marked(found[each]) if each in found else "(has it)" for each in ("inspection", "salience")]
        yield f"| {null.name} | " + " | ".join(cells) + " |"
        told(f"other contrasts: {null.name}")
    yield ""


VARIANTS = ("t, Bonferroni", "t, Holm", "relabelings, max-T")
_COMPARED = (
    NULLS[0], Null("stems and suffixes as in trained models", UNITS), *SLOPES[:4], SLOPES[5], SLOPES[7],
    *SEGMENTS[1:2], *SEGMENTS[10:11],
)  # fmt: skip


def variants(simulations: int) -> Iterator[str]:
    """Which test: t or relabelings, and which correction. Of the test alone."""
    yield "### Which test: false claims by p alone, and power (12 heads)"
    yield ""
    yield "| | " + " | ".join(f"{name}: {each}" for name in list(DESIGNS)[::2] for each in VARIANTS) + " |"
    yield "|---" * (1 + 2 * len(VARIANTS)) + "|"
    for null in _COMPARED:
        cells = [each for name in list(DESIGNS)[::2] for each in _compared(null, DESIGNS[name], simulations)]
        yield f"| {null.name} | " + " | ".join(three(cell) for cell in cells) + " |"
        told(f"variants: {null.name}")
    for effect in (0.5, 1.0, 2.0):
        null = Null("power", UNITS)
        cells = [each for name in list(DESIGNS)[::2] for each in _compared(null, DESIGNS[name], simulations, effect)]
        yield f"| power: a response of {effect:g} | " + " | ".join(three(cell) for cell in cells) + " |"
    yield ""
    yield (
        "Relabelings are those of each side in turn, the statistic is over the whole standard error, max-T over heads, "
        "and the larger p of both sides counts. The test is t with Holm's correction."
    )
    yield ""


def _compared(null: Null, sizes: tuple, simulations: int, effect: float = 0.0, heads: int = 12) -> list[float]:
    design, rng = null.design(*sizes), np.random.default_rng(1)
    hits: dict[str, list[np.ndarray]] = {name: [] for name in VARIANTS}
    for log_odds, _ in null.drawn(design, heads, simulations):
        log_odds[:, :, ::heads] += np.float32(effect) * np.outer(design.undergoes, design.triggers)[:, :, None]
        test = tested(design, log_odds, RESPONSE)
        p, _ = claimable(design, log_odds, np.ones(len(test.p)), RESPONSE, test, heads)
        by_row = log_odds[:, design.triggers].mean(1) - log_odds[:, ~design.triggers].mean(1)
        by_column = log_odds[design.undergoes].mean(0) - log_odds[~design.undergoes].mean(0)
        sides = ((by_row, design.undergoes), (by_column, design.triggers))
        relabeled = np.maximum(*(_max_t(each, labels, test.t, heads, rng) for each, labels in sides))
        for name, each in zip(VARIANTS, (heads * test.p, p, relabeled), strict=True):
            claims = (each < ALPHA).reshape(-1, heads)
            hits[name].append(claims[:, 0] if effect else claims.any(1))
    return [float(np.concatenate(each).mean()) for each in hits.values()]


def _max_t(
    values: np.ndarray, labels: np.ndarray, t: np.ndarray, heads: int, rng: np.random.Generator, n: int = 499
) -> np.ndarray:
    """p of the smaller of t and Welch's over units, against the largest of the heads under each relabeling."""
    ways = relabelings(labels, n, rng).astype(np.float32)
    first, second = labels.sum(), (~labels).sum()
    sums, squares = ways @ values, ways @ values**2
    rest, others = values.sum(0) - sums, (values**2).sum(0) - squares
    error = (squares - sums**2 / first) / (first * (first - 1)) + (others - rest**2 / second) / (second * (second - 1))
    welch = (sums / first - rest / second) / np.sqrt(np.maximum(error, 1e-12))
    largest = welch.reshape(len(ways), -1, heads).max(2)
    own = np.minimum(t, welch[0]).reshape(-1, heads)
    return (largest[:, :, None] >= own - 1e-5).mean(0).ravel()
