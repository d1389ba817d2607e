"""Simulated logits of crossed designs, and the variances they are made of: stated, or estimated from a pilot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..design.designs import CrossedDesign
from ..events.measures import CLIP

_LIMITS = tuple(float(np.log(edge / (1 - edge))) for edge in CLIP)
_LOOKS = 0.05  # of mass, the least that a claim needs


@dataclass(frozen=True)
class Variances:
    """What the logit of the mass at the trigger is made of, in one head. Deviations are in logits.

    Stems stand for the units that carry the target, suffixes for those that carry the trigger; in a progressive process
    it is the other way round.

    The default deviations and their correlation are rounded medians over the heads that look at the trigger at all of
    two Transformers (``transformer_phonology_tiny`` and ``_small``, 8,000 words of nonce Korean) on 60 + 60 stems x
    8 + 8 suffixes for obstruent nasalization, all correct. Salience is of their size, too. Level and inspection are
    such that TR stands at .5 without response, clear of the clip of the logit. Your own: `variances_from`.

    Attributes:
        level: mean in CN.
        salience: how much higher every word with a trigger is.
        inspection: how much higher every word with a target is.
        stem, suffix: deviation of stems and of suffixes.
        stem_slope: deviation of the stems in how much more they give to triggers than to controls.
        suffix_slope: deviation of the suffixes in how much more they get from targets than from controls.
        residual: deviation of single words.
        correlation: of each of these between heads.
    """

    level: float = -3.0
    salience: float = 1.5
    inspection: float = 1.5
    stem: float = 1.6
    suffix: float = 0.7
    stem_slope: float = 1.1
    suffix_slope: float = 0.45
    residual: float = 0.55
    correlation: float = 0.1


def design_of(
    targets: tuple[int, int], triggers: tuple[int, int], segments: tuple[int, int] = (3, 2), row_unit: str = "stems"
) -> CrossedDesign:
    """A crossed design of so many T and C, R and N units; segments: how many there are in T and in R, in turn."""
    (n_t, n_c), (n_r, n_n) = targets, triggers
    return CrossedDesign(
        tuple(f"s{n}" for n in range(n_t + n_c)),
        tuple(f"x{n}" for n in range(n_r + n_n)),
        np.arange(n_t + n_c) < n_t,
        np.arange(n_r + n_n) < n_r,
        tuple(f"t{n % segments[0]}" for n in range(n_t + n_c)),
        tuple(f"r{n % segments[1]}" for n in range(n_r + n_n)),
        np.arange((n_t + n_c) * (n_r + n_n)).reshape(n_t + n_c, n_r + n_n),
        row_unit,
    )


def simulated(
    grid: CrossedDesign, variances: Variances, effect: float, heads: int, simulations: int, rng: np.random.Generator
) -> np.ndarray:
    """Logits of a crossed design, effect planted in TR of the first head of each simulation.

    Returns rows x columns x (simulations x heads), the heads of a simulation side by side.
    """
    rows, columns = grid.index.shape

    def noise(deviation: float, *units: int) -> np.ndarray:
        own = rng.standard_normal((*units, simulations, heads))
        if heads > 1 and variances.correlation:
            common = rng.standard_normal((*units, simulations, 1))
            own = np.sqrt(1 - variances.correlation) * own + np.sqrt(variances.correlation) * common
        return deviation * own.reshape(*units, simulations * heads)

    target = grid.undergoes.astype(float)[:, None, None]
    trigger = grid.triggers.astype(float)[None, :, None]
    logit = noise(variances.residual, rows, columns)
    logit += variances.level + variances.salience * trigger + variances.inspection * target
    logit += noise(variances.stem, rows, 1) + noise(variances.suffix, 1, columns)
    logit += noise(variances.stem_slope, rows, 1) * (trigger - 0.5)
    logit += noise(variances.suffix_slope, 1, columns) * (target - 0.5)
    logit[:, :, ::heads] += effect * target * trigger
    return logit


def both_scales(logit: np.ndarray) -> dict[str, np.ndarray]:
    """Mass, and its clipped logit as `View` has it, of simulated logits."""
    low, high = _LIMITS
    return {"mass": 1 / (1 + np.exp(-logit)), "logit": np.clip(logit, low, high)}


def odds(logit: np.ndarray) -> np.ndarray:
    """Log-odds without lower limit, the additional criterion of the response, of simulated logits."""
    return np.minimum(logit, _LIMITS[1])


def variances_from(grid: CrossedDesign, logit: np.ndarray) -> Variances:
    """Variances of a pilot: components by the method of moments in each head, then the median over heads.

    Heads that put no more than .05 of mass on the trigger in any cell are left aside, unless all are like that: near
    the clip of the logit there is nothing to see of what varies.

    Args:
        grid: the pilot's design.
        logit: of all its events.  # -> events x heads
    """
    values = np.asarray(logit, float)[grid.index]
    classes = [
        (rows, columns) for rows in (grid.undergoes, ~grid.undergoes) for columns in (grid.triggers, ~grid.triggers)
    ]
    mass = np.max([both_scales(values[rows][:, columns])["mass"].mean((0, 1)) for rows, columns in classes], axis=0)
    values = values[:, :, mass > _LOOKS] if (mass > _LOOKS).any() else values
    cells = {(t, r): values[grid.undergoes == t][:, grid.triggers == r] for t in (True, False) for r in (True, False)}
    rest = [c - c.mean(1, keepdims=True) - c.mean(0, keepdims=True) + c.mean((0, 1)) for c in cells.values()]
    freedom = sum((c.shape[0] - 1) * (c.shape[1] - 1) for c in cells.values())
    residual = sum((each**2).sum((0, 1)) for each in rest) / freedom
    both = np.stack([grid.undergoes, ~grid.undergoes]), np.stack([grid.triggers, ~grid.triggers])
    stem, stem_slope = _unit_variances(values, both[0], both[1], residual)
    suffix, suffix_slope = _unit_variances(values.swapaxes(0, 1), both[1], both[0], residual)
    means = {key: cell.mean((0, 1)) for key, cell in cells.items()}
    level = means[False, False]
    pooled = np.concatenate([each.reshape(-1, values.shape[2]) for each in rest])
    varies = pooled.std(0) > 0
    correlations = (
        np.corrcoef(pooled[:, varies].T)[np.triu_indices(varies.sum(), 1)] if varies.sum() > 1 else np.zeros(1)
    )
    return Variances(
        level=float(np.median(level)),
        salience=float(np.median(means[False, True] - level)),
        inspection=float(np.median(means[True, False] - level)),
        **{
            name: float(np.sqrt(np.median(np.maximum(each, 0))))
            for name, each in (
                ("stem", stem), ("suffix", suffix), ("stem_slope", stem_slope), ("suffix_slope", suffix_slope),
                ("residual", residual),
            )
        },
        correlation=float(np.clip(np.median(correlations), 0, 0.95)),
    )  # fmt: skip


def _unit_variances(values: np.ndarray, own: np.ndarray, other: np.ndarray, residual: np.ndarray):
    """Of units (first axis): variance of their level and of their slope between the other units' classes."""
    first, second = (values[:, members].mean(1) for members in other)
    single = residual * sum(1 / members.sum() for members in other)

    def within(by_unit: np.ndarray) -> np.ndarray:
        squares = [((by_unit[members] - by_unit[members].mean(0)) ** 2).sum(0) for members in own]
        return sum(squares) / (len(by_unit) - len(own))

    return within((first + second) / 2) - single / 4, within(first - second) - single
