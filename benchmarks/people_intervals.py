"""Do intervals of correlations and slopes of models and people cover? Tables of ``benchmarks/people.py``."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from simulations import three, told
from speakers import EVEN, World

from fairseq_phonology.analysis.people.estimates import (
    FEWEST_UNITS,
    Draws,
    Sample,
    Scale,
    correlations,
    each_model,
    estimated,
    regression,
)

COVERED = (
    EVEN,
    replace(EVEN, name="over-dispersed responses (.2)", beta=0.2),
    replace(EVEN, name="skewed items, near 0", skewed=True, level=-3.0),
    replace(EVEN, name="models 4 times as sharp as speakers", sharp=4.0, shared=1.5),
    replace(EVEN, name="seeds differ: noise of 2 of their own, slopes by .5", own=2.0, quality=0.5),
    replace(EVEN, name="30 participants, known", people=30),
    replace(EVEN, name="30 participants who differ in what they follow, known", people=30, tastes=0.5),
    replace(EVEN, name="families of 4 items, known", family=4, told=True),
    replace(EVEN, name="ratings", ratings=True),
)
COVERAGE_SIZES = ((20, 1), (20, 6), (40, 10), (100, 10))
_DRAWS = 399
_MANY = 4000  # items, of which the true value is taken


def _statistics(items: int) -> tuple:
    rows = np.arange(items)
    return correlations((Scale("all", ((rows, None),)),)), regression(rows)


def coverage(world: World, items: int, seeds: int, simulations: int, mean: bool = False) -> dict[str, float]:
    """Share of 95 % intervals that contain the expected value of as many seeds and speakers, over all items.

    Of fewer seeds than are drawn (`FEWEST_UNITS`) that differ, the value of these seeds.

    Args:
        mean: also of the mean of seeds, under ``mean NAME``.
    """
    rng = np.random.default_rng([items, seeds, zlib.crc32(world.name.encode()), 1])
    fixed = bool(world.quality or world.uneven) and seeds < FEWEST_UNITS

    def drawn(n: int) -> Sample:
        truth, noises = world.truth(n, rng), world.noises(n, rng)
        return replace(world.sample(truth, noises, rng), odds=world.models(truth, noises[0], seeds, rng))

    def values(sample: Sample) -> Iterator[tuple[str, float]]:
        n = len(sample.value)
        plain = Draws(np.ones((1, 1)), sample.value[None], np.ones((1, n)), sample.weights[None])
        for statistic in _statistics(n):
            yield from ((name, float(one[0])) for name, one in statistic(sample.ensemble()[None], plain).items())
            for odds in sample.odds if mean else ():
                yield from ((f"mean {name}", float(one[0])) for name, one in statistic(odds[None], plain).items())

    def means(samples: Iterator[Sample]) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for sample in samples:
            for name, value in values(sample):
                found.setdefault(name, []).append(value)
        return {name: float(np.mean(own)) for name, own in found.items()}

    times = 0 if fixed else 40 if world.quality or world.uneven or world.people else 10
    true, hits = means(drawn(_MANY) for _ in range(times)), {}
    for _ in range(simulations):
        sample = drawn(items + fixed * _MANY)
        if fixed:
            true = means(iter([_some(sample, slice(items, None))]))
            sample = _some(sample, slice(items))
        found = dict(estimated(sample.ensemble, _statistics(items), sample, _DRAWS, rng))
        if mean:
            of_seeds = each_model(_statistics(items), sample, _DRAWS, rng)[1]
            found |= {f"mean {name}": one for name, one in of_seeds.items()}
        for name, one in found.items():
            hits.setdefault(name, []).append(one.low <= true[name] <= one.high)
    return {name.removesuffix(" all"): float(np.mean(own)) for name, own in hits.items() if "deviance" not in name}


def _some(sample: Sample, rows: slice) -> Sample:
    """The same seeds and some of the items; participants are not known."""
    n = np.arange(len(sample.value[rows]))
    return replace(
        sample, odds=sample.odds[:, rows], value=sample.value[rows], weights=sample.weights[rows], items=n, units=n
    )


def coverage_table(simulations: int) -> Iterator[str]:
    """Of the intervals of correlation and slope."""
    yield from (f"### Coverage of 95 % intervals of people ({simulations:,} each)", "")
    yield "| World | " + " | ".join(f"{sized(*size)}: Spearman, slope" for size in COVERAGE_SIZES) + " |"
    yield "|---" * (1 + len(COVERAGE_SIZES)) + "|"
    for world in COVERED:
        found = [coverage(world, *size, simulations) for size in COVERAGE_SIZES]
        cells = (f"{three(one['spearman'])}, {three(one['slope'])}" for one in found)
        yield f"| {world.name} | " + " | ".join(cells) + " |"
        told(f"people, coverage: {world.name}")
    yield ""


def sized(items: int, seeds: int) -> str:
    """As tables write it."""
    return f"{items} items, {seeds} seed{'' if seeds == 1 else 's'}"
