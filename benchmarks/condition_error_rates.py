"""Do contrasts between levels of a condition keep their error rate, and what do they find? A part of the calibration.

The tests and limits are those of `analyze --condition`, over the heads and contrasts of each simulation.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from simulations import MOST_CLAIMS, SIMULATIONS, marked, three, told

from fairseq_phonology.analysis.contrasts.conditions import corrected, least_p
from fairseq_phonology.analysis.contrasts.level_limits import common_skew, most_skew, skew_size, spread_ratio
from fairseq_phonology.analysis.contrasts.levels import contrasts_of
from fairseq_phonology.analysis.criteria import ALPHA, LEAST_CLAIMED, MOST_SPREAD
from fairseq_phonology.analysis.design.conditions import ConditionDesign
from fairseq_phonology.analysis.events.measured import RIGHT, SCALE
from fairseq_phonology.text import listed, percent

HEADS = (1, 6, 12, 24)
_BLOCK = 4_000_000  # numbers simulated at a time
LEVELS = "abcd"
OPPOSITE, ALONE = "every second head the other way", "one head alone"
WRITTEN = {2: ("a - b",), 3: ("a - c", "a + c - 2 b"), 4: ()}  # of four levels each against each


@dataclass(frozen=True)
class Null:
    """Items without a difference between levels.

    Attributes:
        name: as the table has it.
        items: of each level; one number within items.
        noise: distribution of what items differ by, of mean 0 and deviation 1, one of `_drawn`.
        deviations: of each level, where they differ.
        correlation: of the levels of an item.
        shared: correlation between heads.
        right: probability of a right word, of exact match; items differ by a beta distribution of size 4.
        mirrored: is the noise of every level but the first turned around, so that differences are skewed, too?
        flipped: share of words near -8 among words near 8: candidates that the model is sure of.
        turned: is the noise of every second head that has it turned around?
        every: one head in so many has this noise, the first included; the others have normal noise.
    """

    name: str
    items: tuple[int, ...]
    levels: int
    noise: str = "normal"
    deviations: tuple[float, ...] = ()
    correlation: float = 0.5
    shared: float = 0.0
    right: float | None = None
    mirrored: bool = False
    flipped: float = 0.0
    turned: bool = False
    every: int = 1

    @property
    def design(self) -> ConditionDesign:
        """With one word for each item and level."""
        within, levels = len(self.items) == 1, np.arange(self.levels)
        sizes = self.items * self.levels if within else self.items
        level_of = np.repeat(levels, sizes)
        items = self.items[0] if within else len(level_of)
        item_of = np.tile(np.arange(items), self.levels) if within else np.arange(items)
        of_item = np.zeros(items, int) if within else level_of
        names = tuple(f"{n}" for n in range(items))
        return ConditionDesign(names, tuple(LEVELS[: self.levels]), within, item_of, level_of, of_item)

    def drawn(self, heads: int, simulations: int, rng: np.random.Generator) -> np.ndarray:
        """Values of every word.  # -> words x (simulations x heads)"""
        design, columns = self.design, simulations * heads
        words, items = len(design.item_of), len(design.items)
        if self.right is not None:
            each = rng.beta(4 * self.right, 4 * (1 - self.right), (items, columns))
            return (rng.random((words, columns)) < each[design.item_of]).astype(float)
        own = self.noise_of((words, columns), heads, rng)
        if self.flipped:
            return 1.5 * own + np.where(rng.random((words, columns)) < self.flipped, -8, 8)
        if self.mirrored:
            own *= np.where(design.level_of == 0, 1, -1)[:, None]
        if self.shared:
            all_heads = _drawn(self.noise, (words, simulations), rng).repeat(heads, 1)
            own = self.shared**0.5 * all_heads + (1 - self.shared) ** 0.5 * own
        if self.deviations:
            own = own * np.array(self.deviations)[design.level_of][:, None]
        if not design.within:
            return own
        item = rng.standard_normal((items, columns))[design.item_of]
        return self.correlation**0.5 * item + (1 - self.correlation) ** 0.5 * own

    def noise_of(self, shape: tuple[int, int], heads: int, rng: np.random.Generator) -> np.ndarray:
        """Noise of words or items in each head of each simulation."""
        own = _drawn(self.noise, shape, rng)
        by_head = own.reshape(shape[0], -1, heads)
        if self.turned:
            by_head[..., self.every :: 2 * self.every] *= -1
        normal = np.arange(heads) % self.every > 0
        by_head[..., normal] = rng.standard_normal(by_head[..., normal].shape)
        return own


def _drawn(noise: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if noise == "skewed":
        return rng.exponential(size=shape) - 1
    if noise == "half skewed":
        return (rng.exponential(size=shape) - 1 + rng.standard_normal(shape)) / 2**0.5
    if noise == "lognormal":
        return (np.exp(rng.standard_normal(shape)) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)
    if noise == "heavy":
        return rng.standard_t(3, size=shape) / 3**0.5
    if noise == "dominated":  # one item in ten has eight times the deviation
        return rng.standard_normal(shape) * np.where(rng.random(shape) < 0.1, 8, 1) / 7.3**0.5
    return rng.standard_normal(shape)


@dataclass(frozen=True)
class Slopes(Null):
    """Within items, with slopes of the items: what differs between levels is a number of the item's own."""

    def drawn(self, heads: int, simulations: int, rng: np.random.Generator) -> np.ndarray:
        design, columns = self.design, simulations * heads
        residual = rng.standard_normal((len(design.item_of), columns))
        slope = self.noise_of((len(design.items), columns), heads, rng)[design.item_of]
        return residual + 2 * slope * np.linspace(1, -1, self.levels)[design.level_of][:, None]


WITHIN = (
    *(Null(f"{n} items in {k} levels", (n,), k) for n in (8, 12, 24) for k in (2, 3, 4)),
    Null("12 items in 3 levels, levels uncorrelated", (12,), 3, correlation=0.0),
    Null("12 items in 3 levels, levels correlated .9", (12,), 3, correlation=0.9),
    Null("12 items in 3 levels, deviations 4 : 2 : 1", (12,), 3, deviations=(4, 2, 1)),
    Null("12 items in 3 levels, heads correlated .5", (12,), 3, shared=0.5),
    *(Slopes(f"{n} items in 2 levels, item slopes of 2", (n,), 2) for n in (8, 24)),
    *(
        Slopes(f"{n} items in 2 levels, item slopes half skewed", (n,), 2, "half skewed")
        for n in (8, 12, 24)
    ),
    *(Slopes(f"{n} items in 2 levels, item slopes skewed (exponential)", (n,), 2, "skewed") for n in (8, 12, 24)),
    *(
        Slopes(f"{n} items in 2 levels, item slopes skewed (exponential), {OPPOSITE}", (n,), 2, "skewed", turned=True)
        for n in (8, 12, 24)
    ),
    *(
        Slopes(f"{n} items in 2 levels, item slopes log-normal, {OPPOSITE}", (n,), 2, "lognormal", turned=True)
        for n in (8, 24, 60)
    ),
    *(
        Slopes(f"{n} items in 2 levels, item slopes skewed in every third head, in turn up and down", (n,), 2, "skewed",
               turned=True, every=3)
        for n in (8, 12)
    ),
    *(
        Slopes(f"{n} items in 2 levels, item slopes log-normal in {ALONE}", (n,), 2, "lognormal", every=max(HEADS))
        for n in (8, 24, 60)
    ),
    *(Null(f"{n} items in 3 levels, skewed", (n,), 3, "skewed") for n in (8, 24)),
    *(Null(f"{n} items in 3 levels, heavy tails (t of 3)", (n,), 3, "heavy") for n in (8, 24)),
    *(Null(f"{n} items in 3 levels, a few items dominate", (n,), 3, "dominated") for n in (8, 24)),
)  # fmt: skip
BETWEEN = (
    *(Null(f"{k} levels of {n} items", (n,) * k, k) for n in (8, 12, 24) for k in (2, 3, 4)),
    Null("8 and 24 items", (8, 24), 2),
    Null("8, 12 and 24 items", (8, 12, 24), 3),
    *(
        Null(f"{' and '.join(map(str, sizes))} items, deviations {' : '.join(map(str, d))}{of}", sizes, 2, kind, d)
        for (kind, of), sizes, d in itertools.product(
            (("normal", ""), ("half skewed", ", half skewed"), ("skewed", ", skewed")),
            ((8, 8), (8, 24), (24, 24)),
            ((4, 1), (1, 4)),
        )
    ),
    *(Null(f"2 levels of {n} items, skewed", (n, n), 2, "skewed") for n in (8, 24)),
    Null("8 and 24 items, skewed", (8, 24), 2, "skewed"),
    *(Null(f"2 levels of {n} items, heavy tails (t of 3)", (n, n), 2, "heavy") for n in (8, 24)),
    *(Null(f"2 levels of {n} items, a few items dominate", (n, n), 2, "dominated") for n in (8, 24)),
    *(
        Null(f"{a} and {b} items, {kind}, the levels mirrored", (a, b), 2, noise, mirrored=True)
        for kind, noise in (("skewed", "skewed"), ("log-normal", "lognormal"))
        for a, b in ((8, 8), (8, 40), (24, 24), (40, 200))
    ),
    *(
        Null(f"{a} and {b} items, deviations 4 : 1, skewed, {OPPOSITE}", (a, b), 2, "skewed", (4, 1), turned=True)
        for a, b in ((24, 24), (40, 40), (24, 96))
    ),
    *(
        Null(f"{a} and {b} items, log-normal, the levels mirrored, {of}", (a, b), 2, "lognormal", mirrored=True,
             turned=every == 1, every=every)
        for of, every in ((OPPOSITE, 1), (f"in {ALONE}", max(HEADS)))
        for a, b in ((8, 8), (24, 24), (24, 200))
    ),
    *(
        Null(f"{listed(list(map(str, sizes)))} items, of which {percent(share)} % are far from the others", sizes,
             len(sizes), flipped=share)
        for sizes, share in (((8, 40), 0.1), ((24, 24), 0.1), ((24, 200), 0.05), ((8, 8, 40), 0.1))
    ),
)  # fmt: skip
EXACT = tuple(
    Null(f"{n} items {'in 2 levels' if within else 'in each of 2 levels'}, {share:g} right", items, 2, right=share)
    for within in (True, False)
    for n in (8, 12, 24)
    for items in ((n,) if within else (n, n),)
    for share in (0.5, 0.9, 0.98)
) + tuple(
    Null(f"{listed(list(map(str, sizes)))} items, {share:g} right", sizes, len(sizes), right=share)
    for sizes in ((8, 24), (8, 40), (8, 100), (12, 60), (24, 48), (24, 200), (8, 8, 40))
    for share in (0.5, 0.9, 0.95)
)


def rates(null: Null, heads: int, simulations: int, effect: float = 0.0) -> tuple[float, float]:
    """Share of simulations with a claim, by p alone and by the rule; with an effect on a, one in the first head."""
    rng, design = np.random.default_rng([zlib.crc32(null.name.encode()), heads]), null.design
    least = least_p(design, SCALE if null.right is None else RIGHT)
    hits, block = np.zeros(2), max(1, _BLOCK // (len(design.item_of) * heads))
    for start in range(0, simulations, block):
        size = min(block, simulations - start)
        values = null.drawn(heads, size, rng)
        if effect:
            values[:, ::heads] += effect * (design.level_of == 0)[:, None]
        hits += _claims(design, design.taken(values), heads, least, first=bool(effect)).sum(1)
    return tuple(hits / simulations)


def _claims(design: ConditionDesign, taken: np.ndarray, heads: int, least: float = 0.0, first: bool = False):
    """Is there a claim, by p alone and by the rule, in any head or in the first?  # -> 2 x simulations"""
    contrasts, claims = contrasts_of(WRITTEN[len(design.levels)], design.levels), False
    for contrast, own in zip(contrasts, corrected(design, taken, contrasts, least, heads), strict=True):
        limited = np.abs(common_skew(own, heads)) > most_skew(heads)
        limited |= np.greater(*skew_size(own, heads))
        limited |= spread_ratio(design, taken, contrast, heads) > MOST_SPREAD
        met = (own.p < ALPHA, (own.p < ALPHA) & (own.p_skew < ALPHA) & ~np.repeat(limited, heads))
        each = [one.reshape(-1, heads) for one in met]
        claims = claims | np.array([one[:, 0] if first else one.any(1) for one in each])
    return claims


def shared_rates(
    suffixes: int, share: float, simulations: int, stems: int = 24, heads: int = 12
) -> tuple[float, float]:
    """Claims where all stems have the same suffixes, each level its own: stems as items by p, suffixes by the rule.

    Args:
        suffixes: of each level.
        share: of the variance of a word that is its suffix's.
        simulations, stems, heads: their numbers.
    """
    rng, hits = np.random.default_rng([suffixes, round(100 * share)]), np.zeros(2)
    within, between = (Null("", sizes, 2).design for sizes in ((stems,), (suffixes, suffixes)))
    block = max(1, _BLOCK // (stems * 2 * suffixes * heads))
    for start in range(0, simulations, block):
        columns = heads * min(block, simulations - start)
        of_suffix = share**0.5 * rng.standard_normal((1, 2, suffixes, columns))
        words = of_suffix + (1 - share) ** 0.5 * rng.standard_normal((stems, 2, suffixes, columns))
        by_stem, by_suffix = words.mean(2), words.mean(0).reshape(2 * suffixes, columns)
        hits += _claims(within, by_stem, heads)[0].sum(), _claims(between, by_suffix, heads)[1].sum()
    return tuple(hits / simulations)


def _shared(simulations: int) -> Iterator[str]:
    yield from ("### False claims about other suffixes, 24 stems, each with all suffixes, 12 heads", "")
    yield "| Suffixes of each of 2 levels, share of the variance | items are stems: p | `--item suffix`: rule |"
    yield "|---|---|---|"
    for suffixes in (4, 8, 16):
        for share in (0.1, 0.2):
            stems, own = shared_rates(suffixes, share, simulations)
            claimed = marked(own) if suffixes >= LEAST_CLAIMED else "described"
            yield f"| {suffixes}, {percent(share)} % | ({three(stems)}) | {claimed} |"
            told(f"conditions: {suffixes} suffixes")
    yield ""


def _table(title: str, nulls: Sequence[Null], heads: Sequence[int], simulations: int) -> Iterator[str]:
    yield from (f"### {title}", "")
    kinds = [f"{count} {'head' if count == 1 else 'heads'}: {kind}" for count in heads for kind in ("p", "rule")]
    yield f"| Without a difference | {' | '.join(kinds)} |"
    yield "|---" * (1 + len(kinds)) + "|"
    for null in nulls:
        found = [rates(null, count, simulations) for count in heads]
        cells = [cell for p, rule in found for cell in (f"({three(p)})", marked(rule))]
        yield f"| {null.name} | {' | '.join(cells)} |"
        told(f"conditions: {null.name}")
    yield ""


def _power(simulations: int) -> Iterator[str]:
    yield from ("### Power: the rule, 12 heads, one of them with a difference between two levels", "")
    effects = (0.5, 1.0, 1.5, 2.0, 3.0)
    yield f"| Difference in deviations of a word | {' | '.join(f'{effect:g}' for effect in effects)} |"
    yield "|---" * (1 + len(effects)) + "|"
    for items in ((8,), (12,), (24,), (48,), (8, 8), (12, 12), (24, 24), (48, 48)):
        name = f"{items[0]} items, within" if len(items) == 1 else f"{items[0]} and {items[1]} items, between"
        null = Null(name, items, 2, correlation=0.5)
        yield f"| {name} | {' | '.join(three(rates(null, 12, simulations, each)[1]) for each in effects)} |"
        told(f"conditions, power: {name}")
    yield ""


def lines(simulations: int = SIMULATIONS) -> Iterator[str]:
    """The part of RESULTS.md on conditions."""
    yield from ("## Conditions: contrasts between levels, items random", "")
    yield (
        f"{simulations:,} simulations each, two-sided tests corrected over heads and contrasts; of three levels a - c "
        "and a + c - 2 b, of four each against each. `p`: by the test alone; `rule`: what is claimed, without the "
        f"floor of mass that attention has besides. Allowed: {three(MOST_CLAIMS)}; **out** where it is missed."
    )
    yield ""
    yield from _table("False claims, within items", WITHIN, HEADS, simulations)
    yield from _table("False claims, between items", BETWEEN, HEADS, simulations)
    yield from _table("False claims, exact match", EXACT, HEADS[:1], simulations)
    yield from _shared(simulations)
    yield from _power(simulations // 4)


if __name__ == "__main__":
    import sys

    print("\n".join(lines(*map(int, sys.argv[1:]))))
