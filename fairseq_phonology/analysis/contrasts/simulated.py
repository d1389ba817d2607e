"""Simulated attention: what the log-odds of a head are made of, designs and words that have them, and a pilot's parts.

The weights of a query are a softmax over the trigger, the target and the other segments. Of these three, two log-odds
are all there is: those of the trigger against the other segments (the scale of the tests), and those of the target
against them, which shares the mass with the trigger. Neither knows EOS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ...stimuli.items import CELLS
from ..criteria import LEAST_MASS
from ..design.designs import CrossedDesign, WithinWordDesign

SEGMENTS = (3, 2, 2, 8)  # of T, C, R and N, as in Korean obstruent nasalization


@dataclass(frozen=True)
class Variances:
    """What the log-odds of one head are made of, those of the trigger beside the target. Deviations are in logits.

    Stems stand for the units that carry the target, suffixes for those that carry the trigger; in a progressive process
    it is the other way round. A slope is how much more a unit gives to one class of the other side than to the other.

    The defaults are rounded medians over five Transformers of what `variances_from` finds over the heads that attend to
    the trigger (over .05 of mass in a cell): ``transformer_phonology_tiny``, 11,400 words of nonce Korean, 60 + 60
    stems x 8 + 8 suffixes for obstruent nasalization. Suffixes of one segment hardly differed there (0 in the median);
    .1 is taken. The level is such that a typical word of TR has half of the mass.

    Attributes:
        level: mean in CN; see `at`.
        salience: how much higher every word with a trigger is.
        inspection: how much higher every word with a target is.
        target: log-odds of the weight on the target against the other segments.
        stem, suffix: deviation of stems and of suffixes.
        stem_slope: deviation of the slopes of stems, between triggers and controls, within a target segment.
        suffix_slope: the same of suffixes, between targets and controls, within a trigger segment.
        target_segment, trigger_segment: deviation of the slopes of segments.
        segment_pair: deviation of single pairs of a segment in target and one in trigger position.
        residual: deviation of single words.
        correlation: of each of these between heads.
        stem_ratio: deviation of the slopes of T's stems over that of C's, whose geometric mean is `stem_slope`.
        suffix_ratio: the same of R's suffixes over N's.
        target_segment_ratio, trigger_segment_ratio: the same of the slopes of segments.
        skewed: are the slopes of stems and suffixes exponential, with a long tail upward, instead of normal?
    """

    level: float = 0.52
    salience: float = 1.5
    inspection: float = 2.0
    target: float = 4.0
    stem: float = 1.4
    suffix: float = 0.85
    stem_slope: float = 0.6
    suffix_slope: float = 0.1
    target_segment: float = 0.4
    trigger_segment: float = 0.2
    segment_pair: float = 0.6
    residual: float = 0.45
    correlation: float = 0.2
    stem_ratio: float = 1.0
    suffix_ratio: float = 1.0
    target_segment_ratio: float = 1.0
    trigger_segment_ratio: float = 1.0
    skewed: bool = False

    @classmethod
    def only(cls, **parts: Any) -> Variances:
        """Nothing but these: every other deviation and mean is 0."""
        none = {field.name: 0.0 for field in fields(cls) if field.default not in (1.0, False)}
        return cls(**{**none, **parts})

    def at(self, mass: float, effect: float = 0.0) -> Variances:
        """The same with a level at which a typical word of TR has this mass, a response of ``effect`` included."""
        typical = np.log(mass / (1 - mass) * (1 + np.exp(self.target)))
        return replace(self, level=float(typical - self.salience - self.inspection - effect))

    def mass(self, log_odds: np.ndarray, target: np.ndarray | float | None = None) -> np.ndarray:
        """Mass of the trigger at these log-odds; ``target``: the log-odds of the target, in place of its own."""
        odds = np.exp(log_odds)
        return odds / (odds + 1 + np.exp(self.target if target is None else target))


def simulated_design(
    targets: tuple[int, int],
    triggers: tuple[int, int],
    segments: tuple[int, int, int, int] = SEGMENTS,
    row_unit: str = "stems",
) -> CrossedDesign:
    """A crossed design of so many T and C, R and N units; segments: how many there are in T, C, R and N, in turn."""
    named = []
    for letters, units, kinds in (("TC", targets, segments[:2]), ("RN", triggers, segments[2:])):
        sides = zip(letters, units, kinds, strict=True)
        named.append(tuple(f"{letter}{n % kind}" for letter, number, kind in sides for n in range(number)))
    rows, columns = (tuple(f"{letter}{n}" for n in range(len(of))) for letter, of in zip("sx", named, strict=True))
    return CrossedDesign(
        rows,
        columns,
        np.arange(len(rows)) < targets[0],
        np.arange(len(columns)) < triggers[0],
        *named,
        np.arange(len(rows) * len(columns)).reshape(len(rows), len(columns)),
        row_unit,
    )


def simulated(
    grid: CrossedDesign, variances: Variances, effect: float, heads: int, simulations: int, rng: np.random.Generator
) -> np.ndarray:
    """Log-odds of a crossed design, effect planted in TR of the first head of each simulation.

    Returns rows x columns x (simulations x heads), the heads of a simulation side by side, float32.
    """
    parts = _Parts(variances, heads, simulations, rng)
    values = parts.noise("residual", *grid.index.shape)
    values += np.float32(variances.level)
    rows, row_slopes = parts.units("target", grid.undergoes, grid.row_segments)
    columns, column_slopes = parts.units("trigger", grid.triggers, grid.column_segments)
    values += rows[:, None]
    values += columns[None]
    values += row_slopes[:, None] * _half(grid.triggers)[None, :, None]
    values += column_slopes[None] * _half(grid.undergoes)[:, None, None]
    if variances.segment_pair:
        own, other = _numbers(grid.row_segments), _numbers(grid.column_segments)
        values += parts.noise("segment_pair", own.max() + 1, other.max() + 1)[np.ix_(own, other)]
    if effect:
        responding = values[:, :, ::heads]
        responding += np.float32(effect) * np.outer(grid.undergoes, grid.triggers)[:, :, None]
    return values


def simulated_words(
    words: int, segments: tuple[int, int, int, int] = (8, 2, 2, 4), most: tuple[float, float] | None = None
) -> WithinWordDesign:
    """Real words, each with its own 2 x 2, whose segments are as unequal as in a lexicon.

    The k-th segment of T is in a share of the words in proportion to 1/k, and its control depends on it. Those of R
    alternate, and have controls of their own, in turn; or ``most`` is the share of the first segment of R, and of N,
    and the others are equally frequent.
    """
    n_t, n_c, n_r, n_n = segments
    of_t = _spread(words, 1 / np.arange(1, n_t + 1))
    order = np.random.default_rng(words).permutation(words)
    if most is None:
        of_r, turn = order % n_r, order // n_r
        of_n = (of_r + n_r * (turn % max(1, n_n // n_r))) % n_n
    else:
        shares = [
            np.array([share, *[(1 - share) / (n - 1)] * (n - 1)]) for share, n in zip(most, (n_r, n_n), strict=True)
        ]
        of_r, of_n = _spread(words, shares[0])[order], _spread(words, shares[1])[order[::-1]]
    numbers = {"T": of_t, "R": of_r, "C": of_t % n_c, "N": of_n}
    named = [tuple(f"{letter}{n}" for n in each) for letter, each in numbers.items()]
    return WithinWordDesign(tuple(f"w{n}" for n in range(words)), *named, np.arange(4 * words).reshape(words, 4))


def _spread(words: int, shares: np.ndarray) -> np.ndarray:
    """So many numbers, each as often as its share says, in order."""
    return np.searchsorted(np.cumsum(shares) / shares.sum(), (np.arange(words) + 0.5) / words)


def simulated_of_words(
    design: WithinWordDesign,
    variances: Variances,
    effect: float,
    heads: int,
    simulations: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Log-odds of real words, as `simulated`: words x 4 (`CELLS`) x (simulations x heads).

    A word's two segments in target position are units that vary as stems, those in trigger position as suffixes.
    """
    parts = _Parts(variances, heads, simulations, rng)
    words = len(design.words)
    t, r, c, n = design.cell_segments
    first = np.arange(2 * words) < words
    sides = {"T": slice(words), "C": slice(words, None), "R": slice(words), "N": slice(words, None)}
    of_target, target_slopes = parts.units("target", first, (*t, *c))
    of_trigger, trigger_slopes = parts.units("trigger", first, (*r, *n))
    own, other = _numbers((*t, *c)), _numbers((*r, *n))
    pairs = parts.noise("segment_pair", own.max() + 1, other.max() + 1)
    values = parts.noise("residual", words, 4)
    values += np.float32(variances.level)
    for n, cell in enumerate(CELLS):
        a, b = (sides[letter] for letter in cell)
        up, over = (_half(np.array([letter in "TR"])) for letter in cell)
        values[:, n] += of_target[a] + of_trigger[b] + pairs[own[a], other[b]]
        values[:, n] += over * target_slopes[a] + up * trigger_slopes[b]
    responding = values[:, CELLS.index("TR"), ::heads]
    responding += np.float32(effect)
    return values


class _Parts:
    """Draws what log-odds are made of, for all heads of all simulations at once."""

    def __init__(self, variances: Variances, heads: int, simulations: int, rng: np.random.Generator) -> None:
        self._variances, self._rng, self._shape = variances, rng, (simulations, heads)

    def noise(self, part: str, *units: int, skewed: bool = False) -> np.ndarray:
        """Of a deviation of `Variances`, correlated between heads.  # -> units x (simulations x heads), float32"""
        deviation, common = getattr(self._variances, part), self._variances.correlation
        simulations, heads = self._shape
        if not deviation:
            return np.zeros((*units, simulations * heads), np.float32)
        draw = self._rng.standard_exponential if skewed else self._rng.standard_normal
        own = draw((*units, simulations, heads), dtype=np.float32)
        own -= np.float32(skewed)
        if heads > 1 and common:
            shared = draw((*units, simulations, 1), dtype=np.float32) - np.float32(skewed)
            own *= np.float32(np.sqrt(1 - common))
            own += np.float32(np.sqrt(common)) * shared
        own *= np.float32(deviation)
        return own.reshape(*units, simulations * heads)

    def units(self, place: str, first: np.ndarray, segments: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Levels and slopes of the units of one side, their segments' slopes included.  # -> units x ... each"""
        mean, level, slope, of_segment = _OF[place]
        levels = self.noise(level, len(first))
        levels += (np.float32(getattr(self._variances, mean)) * first)[:, None]
        slopes = self.noise(slope, len(first), skewed=self._variances.skewed)
        slopes *= self._by_class(slope, first)
        numbers = _numbers(segments)
        return levels, slopes + self.noise(of_segment, numbers.max() + 1)[numbers] * self._by_class(of_segment, first)

    def _by_class(self, part: str, first: np.ndarray) -> np.ndarray:
        """By what the units of each class are larger than their geometric mean.  # -> units x 1"""
        half = getattr(self._variances, _RATIO[part]) ** 0.5
        return np.where(first, half, 1 / half).astype(np.float32)[:, None]


_OF = {
    "target": ("inspection", "stem", "stem_slope", "target_segment"),
    "trigger": ("salience", "suffix", "suffix_slope", "trigger_segment"),
}
_RATIO = {
    "stem_slope": "stem_ratio",
    "suffix_slope": "suffix_ratio",
    "target_segment": "target_segment_ratio",
    "trigger_segment": "trigger_segment_ratio",
}


def _numbers(segments: Sequence[str]) -> np.ndarray:
    return np.unique(np.array(segments), return_inverse=True)[1]


def _half(first: np.ndarray) -> np.ndarray:
    return np.where(first, np.float32(0.5), np.float32(-0.5))


def variances_from(grid: CrossedDesign, log_odds: np.ndarray, mass: np.ndarray) -> Variances:
    """Variances of a pilot: components by the method of moments in each head, then the median over heads.

    Heads that put no more than .05 of mass on the trigger in any cell are left aside, unless all are like that: what
    they do far below any weight that counts is not what is asked about.

    Args:
        grid: the pilot's design.
        log_odds, mass: of all its events.  # -> events x heads
    """
    values, shares = (np.asarray(each, float)[grid.index] for each in (log_odds, mass))
    attending = np.max(list(grid.cell_means(shares).values()), axis=0) > LEAST_MASS
    if attending.any():
        values, shares = values[:, :, attending], shares[:, :, attending]
    members = {cell: (grid.undergoes == (cell[0] == "T"), grid.triggers == (cell[1] == "R")) for cell in CELLS}
    cells = {cell: values[rows][:, columns] for cell, (rows, columns) in members.items()}
    rest = [c - c.mean(1, keepdims=True) - c.mean(0, keepdims=True) + c.mean((0, 1)) for c in cells.values()]
    freedom = sum((c.shape[0] - 1) * (c.shape[1] - 1) for c in cells.values())
    total = sum((each**2).sum((0, 1)) for each in rest)
    own, other = _numbers(grid.row_segments), _numbers(grid.column_segments)
    pair, residual = _pairs(rest, [(own[rows], other[columns]) for rows, columns in members.values()], total, freedom)
    targets = _side(values, grid.undergoes, grid.triggers, own, other, residual, pair)
    triggers = _side(values.swapaxes(0, 1), grid.triggers, grid.undergoes, other, own, residual, pair)
    means = {cell: each.mean((0, 1)) for cell, each in cells.items()}
    pooled = np.concatenate([each.reshape(-1, values.shape[2]) for each in rest])
    varies = pooled.std(0) > 0
    between = np.corrcoef(pooled[:, varies].T)[np.triu_indices(varies.sum(), 1)] if varies.sum() > 1 else np.zeros(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        on_target = np.log(np.maximum(np.exp(values) * (1 / shares - 1) - 1, 0))
    deviations = {
        "stem": targets["level"], "suffix": triggers["level"],
        "stem_slope": targets["slope"], "suffix_slope": triggers["slope"],
        "target_segment": targets["segment"], "trigger_segment": triggers["segment"],
        "segment_pair": pair, "residual": residual,
    }  # fmt: skip
    return Variances(
        level=float(np.median(means["CN"])),
        salience=float(np.median(means["CR"] - means["CN"])),
        inspection=float(np.median(means["TN"] - means["CN"])),
        target=float(np.clip(np.median(on_target), -20, 20)),
        **{name: float(np.sqrt(np.median(np.maximum(each, 0)))) for name, each in deviations.items()},
        correlation=float(np.clip(np.median(between), 0, 0.95)),
    )


def _pairs(
    rest: Sequence[np.ndarray], numbers: Sequence[tuple[np.ndarray, np.ndarray]], total: np.ndarray, freedom: int
) -> tuple[np.ndarray, np.ndarray]:
    """Variances of segment pairs and of single words, from what is left of each cell beside its rows and columns.

    Args:
        rest: of each cell.  # -> rows x columns x heads
        numbers: of each cell the segments of its rows and of its columns.
        total, freedom: sum of squares over all cells, and its degrees of freedom.
    """
    explained, between, words = 0.0, 0, 0.0
    for each, (rows, columns) in zip(rest, numbers, strict=True):
        own, other = (np.eye(each.max() + 1)[each][:, np.unique(each)] for each in (rows, columns))
        sums = np.einsum("rs,rch,cx->sxh", own, each, other, optimize=True)
        sizes = own.sum(0)[:, None] * other.sum(0)
        explained = explained + (sums**2 / sizes[..., None]).sum((0, 1))
        kinds = (own.shape[1] - 1) * (other.shape[1] - 1)
        between += kinds
        # how often a pair's variance is in the explained squares: exact where the sizes are equal
        words += kinds * sizes.mean()
    if not between or freedom == between:
        return np.zeros_like(total), total / freedom
    residual = (total - explained) / (freedom - between)
    return np.maximum((explained - between * residual) / words, 0), residual


def _side(
    values: np.ndarray,
    first: np.ndarray,
    other: np.ndarray,
    segments: np.ndarray,
    others: np.ndarray,
    residual: np.ndarray,
    pair: np.ndarray,
) -> dict[str, np.ndarray]:
    """Variances of the units on the first axis: of their levels, and of their slopes within and between segments."""
    by_class = [values[:, members].mean(1) for members in (other, ~other)]
    single = residual * sum(1 / members.sum() for members in (other, ~other))
    of_pairs = pair * sum(((np.bincount(others[own]) / own.sum()) ** 2).sum() for own in (other, ~other))
    level, slope = (by_class[0] + by_class[1]) / 2, by_class[0] - by_class[1]
    around, groups, sizes = 0.0, 0, []
    whole, within = np.zeros(values.shape[2]), np.zeros(values.shape[2])
    for own in (first, ~first):
        whole += ((slope[own] - slope[own].mean(0)) ** 2).sum(0)
        around = around + ((level[own] - level[own].mean(0)) ** 2).sum(0)
        kinds = [slope[own & (segments == kind)] for kind in np.unique(segments[own])]
        within += sum(((each - each.mean(0)) ** 2).sum(0) for each in kinds)
        groups += len(kinds)
        sizes.append(own.sum() - sum(len(each) ** 2 for each in kinds) / own.sum())
    n = len(first)
    found = {"level": around / (n - 2) - single / 4 - of_pairs / 4}
    if groups == n or groups == 2:  # each unit has a segment of its own, or each class one segment
        return found | {"slope": whole / (n - 2) - single - (groups == n) * of_pairs, "segment": np.zeros_like(whole)}
    within = within / (n - groups)
    between = (whole - within * (n - groups)) / (groups - 2)
    return found | {"slope": within - single, "segment": (between - within) * (groups - 2) / sum(sizes) - of_pairs}
