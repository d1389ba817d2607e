"""How often is a head or a route said to be used that is not? Interchange in both directions, simulated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from simulations import MOST_CLAIMS, three, told

from fairseq_phonology.analysis.criteria import LEAST_SHARE, USES
from fairseq_phonology.analysis.evidence import Evidence
from fairseq_phonology.analysis.interventions.kinds import DIRECTIONS
from fairseq_phonology.analysis.statistics.crossed import holm
from fairseq_phonology.analysis.statistics.paired import p_of_means, ratio_interval

SIMULATIONS, BLOCK = 1000, 50
HEADS, CORRELATION = 12, 0.3  # between heads, of what units add
DESIGNS = ((30, 8), (8, 8))  # stems x suffixes
PAIR = 10.0  # log-odds, the effect of the minimal pair; its deviations are those of the units below, and of words


@dataclass(frozen=True)
class Setting:
    """What differs from unit to unit, in log-odds.

    Attributes:
        name: in the table.
        stem, suffix, word: deviations.
        apart: how many times larger the deviation of every other suffix is.
        skew: exponential instead of normal, to the right (1) or to the left (-1).
        segments: deviation between the three segments of targets, and the two of triggers, that the claim is about.
        against: share of stems, of each head others, that are far below: the rest is `stem` above the mean.
        designs: of which there is a row each.
    """

    name: str
    stem: float = 0.0
    suffix: float = 0.0
    word: float = 1.0
    apart: float = 1.0
    skew: int = 0
    segments: float = 0.0
    against: float = 0.0
    designs: tuple[tuple[int, int], ...] = DESIGNS


SETTINGS = (
    Setting("words only"),
    Setting("stems", stem=1),
    Setting("suffixes", suffix=1),
    Setting("stems and suffixes", stem=1, suffix=1),
    Setting("suffixes 4 : 1", stem=0.5, suffix=2),
    Setting("every other suffix 4 : 1", stem=0.5, suffix=0.5, apart=4),
    Setting("the same, skewed to the right", stem=0.5, suffix=0.5, apart=4, skew=1),
    Setting("the same, skewed to the left", stem=0.5, suffix=0.5, apart=4, skew=-1),
    Setting("stems, suffixes, segments", stem=1, suffix=1, segments=1),
    Setting("stems 2, skewed to the left", stem=2, skew=-1, designs=(*DESIGNS, (16, 16))),
    Setting("suffixes 2, skewed to the left", suffix=2, skew=-1, designs=(*DESIGNS, (16, 16))),
    Setting("stems and suffixes 2, skewed to the left", stem=2, suffix=2, skew=-1),
    Setting("real words 2, skewed to the left", stem=2, word=0, skew=-1, designs=((60, 1), (20, 1), (8, 1))),
    Setting("10 % of stems against", stem=0.5, word=0.3, against=0.1, designs=(*DESIGNS, (60, 8))),
    Setting("20 % of stems against", stem=1, word=0.3, against=0.2, designs=(*DESIGNS, (60, 8))),
)


def deviations(setting: Setting, stems: int, suffixes: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """What units and words add to the effect of each head.  # -> stems x suffixes x size x heads"""

    def drawn(count: int) -> np.ndarray:
        draw = rng.exponential if setting.skew else rng.normal
        own, common = (draw(size=(count, size, n)) - abs(setting.skew) for n in (HEADS, 1))
        return (setting.skew or 1) * (np.sqrt(1 - CORRELATION) * own + np.sqrt(CORRELATION) * common)

    def of_segments(count: int, segments: int) -> np.ndarray:
        each = rng.normal(size=(segments, size, HEADS))[np.arange(count) % segments]
        return setting.segments * (each - each.mean(0))  # the claim is about these segments

    def two_kinds() -> np.ndarray:
        below = rng.random((stems, size, HEADS)) < setting.against
        return np.where(below, 1 - 1 / setting.against, 1.0)

    wide = np.where(np.arange(suffixes) % 2, setting.apart, 1.0)[:, None, None]
    rows = setting.stem * (two_kinds() if setting.against else drawn(stems)) + of_segments(stems, 3)
    columns = setting.suffix * wide * drawn(suffixes) + of_segments(suffixes, 2)
    return rows[:, None] + columns[None] + setting.word * rng.normal(size=(stems, suffixes, size, HEADS))


def claims(
    setting: Setting, design: tuple[int, int], shares: np.ndarray, elsewhere: np.ndarray, size: int, seed: int
) -> np.ndarray:
    """What meets the rule of use.

    Args:
        setting, design: of the words.
        shares, elsewhere: of the minimal-pair effect, at the trigger and at other segments.  # directions x heads
        size: simulations.
        seed: of the words.

    Returns:
        bool  # size x heads
    """
    rng = np.random.default_rng([seed, *design])
    here, there = (
        [PAIR * mean + deviations(setting, *design, size, rng) for mean in means] for means in (shares, elsewhere)
    )
    pair = PAIR + deviations(setting, *design, size, rng)[..., 0]  # -> stems x suffixes x size
    flat = [[values.reshape(*design, -1) for values in each] for each in (here, there)]
    whole = np.repeat(pair, HEADS, axis=-1)
    p = {}
    for direction, own, other in zip(DIRECTIONS, *flat, strict=True):
        p[direction] = holm(np.maximum(p_of_means(own - other), p_of_means(own - LEAST_SHARE * whole)), HEADS)
    own, other = ([values.mean((0, 1)) / whole.mean((0, 1)) for values in each] for each in flat)
    beyond = {d: a - b for d, a, b in zip(DIRECTIONS, own, other, strict=True)}
    found = Evidence(p, np.minimum(*own), beyond=beyond)
    wanted = USES.met(found)  # an interval is computed where all else is met
    low = {d: np.full(wanted.size, -np.inf) for d in DIRECTIONS}
    for direction, values in zip(DIRECTIONS if wanted.any() else (), flat[0], strict=False):
        low[direction][wanted] = ratio_interval(values[..., wanted], whole[..., wanted])[0]
    return USES.met(replace(found, low=low)).reshape(size, HEADS)


def at(heads: int, noising: float, denoising: float, elsewhere: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the first heads, and of all at other segments; the other heads do there what they do elsewhere."""
    apart = np.full((2, HEADS), elsewhere)
    shares = apart.copy()
    shares[0, :heads], shares[1, :heads] = noising, denoising
    return shares, apart


NULLS = {  # where nothing may be claimed
    "as elsewhere": at(0, 0, 0, elsewhere=0.5),
    "one head at 20 %": at(1, LEAST_SHARE, 1),
    "five heads at 20 %": at(5, LEAST_SHARE, 1),
    "five at 20 % both ways": at(5, LEAST_SHARE, LEAST_SHARE),
}
POWER = (0.3, 0.5, 0.8)  # share of the effect, both ways


def rate(
    setting: Setting,
    design: tuple[int, int],
    means: tuple[np.ndarray, np.ndarray],
    simulations: int = SIMULATIONS,
    heads: int = HEADS,
) -> float:
    """Share of simulations in which any of the first heads meets the rule."""
    starts = range(0, simulations, BLOCK)
    found = [claims(setting, design, *means, min(BLOCK, simulations - start), start) for start in starts]
    return float(np.concatenate(found)[:, :heads].any(1).mean())


def lines(simulations: int = SIMULATIONS) -> Iterator[str]:
    """The section of RESULTS.md."""
    yield f"## Use: error rate of the claim ({HEADS} heads; words of cell TR)"
    yield ""
    yield (
        f"{simulations:,} simulations each, heads correlated {CORRELATION:.1f}: share with any head that is said "
        f"to be used where none is (target: at most {MOST_CLAIMS:.2f}). The minimal-pair effect is {PAIR:g} log-"
        "odds; deviations of units and words are 1 log-odds, or 2, or .5 and 2 (4 : 1). *As elsewhere*: every "
        "head takes away and gives back half of the effect, at the trigger and at any other segment. *At 20 %*: "
        "what noising takes away is at the limit, and denoising gives back all, or is at the limit, too. Skewed: "
        "exponential. Segments: each of three target and two trigger segments deviates by 1, and the claim is "
        "about these. Against: in each head so many stems, drawn anew, lie 4.5 log-odds below the mean (of 20 %: "
        "4), and the rest .5 (1) above it; words deviate by .3. Power: one head with that share, both ways, "
        f"{simulations // 4} simulations."
    )
    yield ""
    columns = ["what differs", "stems x suffixes", *NULLS, *(f"power at {100 * share:.0f} %" for share in POWER)]
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for setting in SETTINGS:
        for design in setting.designs:
            rates = [rate(setting, design, means, simulations) for means in NULLS.values()]
            cells = [f"{three(found)}{'' if found <= MOST_CLAIMS else ' **out**'}" for found in rates]
            power = [rate(setting, design, at(1, share, share), simulations // 4, heads=1) for share in POWER]
            cells = [setting.name, " x ".join(map(str, design)), *cells, *(f"{p:.2f}" for p in power)]
            yield f"| {' | '.join(cells)} |"
        told(setting.name)
    yield ""


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
