"""How many stems and suffixes an effect needs: attention is simulated, from stated variances or those of a pilot, and
asked the claim rule as `tests` does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..criteria import ATTENDS
from ..design.designs import Design
from .estimates import contrast_of
from .kinds import RESPONSE
from .simulated import SEGMENTS, Variances, simulated, simulated_design, simulated_of_words, simulated_words
from .tests import claimable

EFFECTS = (0.5, 1.0, 2.0, 4.0)
LEVELS = (0.05, 0.5, 0.9, 0.98)  # mass of a typical word of TR
LEVEL = 0.5
_LARGE = 4000  # words, beyond which fewer simulations must do on a terminal
_BLOCK = 4_000_000  # numbers simulated at a time: 16 MiB
Drawn = Callable[[int, np.random.Generator], np.ndarray]  # log-odds of so many simulations


@dataclass(frozen=True)
class Power:
    """Shares of simulations, 0 to 1.

    Attributes:
        claims: the head with the effect meets the claim rule.
        met: it meets this criterion of the rule, by the criterion's name.
        false_claims: one of the other heads meets the rule.
    """

    claims: float
    met: dict[str, float]
    false_claims: float


def rule_met(
    design: Design, log_odds: np.ndarray, mass: np.ndarray, heads: int, contrast: str = RESPONSE
) -> dict[str, np.ndarray]:
    """Which simulated heads meet each criterion of the claim rule, by its name.

    Args:
        design: of the words.
        log_odds, mass: of its index, heads of a simulation side by side.  # -> ... x (simulations x heads)
        heads: of a simulation, corrected together.
        contrast: that is tested.

    Returns:
        Of each criterion.  # -> simulations x heads
    """
    _, found = claimable(design, log_odds, contrast_of(design, mass, contrast), contrast, family=heads)
    return {criterion.name: criterion.met(found).reshape(-1, heads) for criterion in ATTENDS.simulated}


def power(
    targets: tuple[int, int],
    triggers: tuple[int, int],
    effect: float,
    variances: Variances | None = None,
    heads: int = 12,
    simulations: int = 500,
    seed: int = 1,
    segments: tuple[int, int, int, int] = SEGMENTS,
    row_unit: str = "stems",
    tick: Callable[[int], object] = lambda done: None,
) -> Power:
    """Power of the response on a crossed design, the effect planted in one of the heads.

    Args:
        targets: number of target-carrying units of class T and C.
        triggers: number of trigger-carrying units of class R and N.
        effect: response in logits.
        variances: of the other parts; default `Variances()`.
        heads: of the family.
        simulations: how many.
        seed: of everything.
        segments: how many there are in T, C, R and N.
        row_unit: what carries the target: ``stems``, or ``suffixes`` in a progressive process.
        tick: called with the number of simulations done since it was last called.
    """
    of = variances or Variances()
    design = simulated_design(targets, triggers, segments, row_unit)
    return _power(
        design, lambda size, rng: simulated(design, of, effect, heads, size, rng), of, heads, simulations, seed, tick
    )


def power_of_words(
    words: int,
    effect: float,
    variances: Variances | None = None,
    heads: int = 12,
    simulations: int = 500,
    seed: int = 1,
    tick: Callable[[int], object] = lambda done: None,
) -> Power:
    """Power of the response over real words, each with its own 2 x 2 (`simulated_words`). Arguments as `power`."""
    of = variances or Variances()
    design = simulated_words(words)
    return _power(
        design,
        lambda size, rng: simulated_of_words(design, of, effect, heads, size, rng),
        of,
        heads,
        simulations,
        seed,
        tick,
    )


def power_table(
    stems: Sequence[int],
    suffixes: Sequence[int],
    effects: Sequence[float] = EFFECTS,
    levels: Sequence[float] = (LEVEL,),
    variances: Variances | None = None,
    **options: Any,
) -> Iterator[tuple[int, int, float, float, Power]]:
    """Power of every size: so many stems and suffixes of each class (30 and 8 are 30 T + 30 C by 8 R + 8 N).

    Options are those of `power`; yields stems, suffixes, mass of a typical word of TR with the response, effect and
    power.
    """
    of = variances or Variances()
    for n_stems, n_suffixes, level, effect in itertools.product(stems, suffixes, levels, effects):
        pairs = (n_stems, n_stems), (n_suffixes, n_suffixes)
        targets, triggers = pairs if options.get("row_unit", "stems") == "stems" else pairs[::-1]
        found = power(targets, triggers, effect, of.at(level, effect), **options)
        yield n_stems, n_suffixes, level, effect, found


def _power(
    design: Design,
    drawn: Drawn,
    variances: Variances,
    heads: int,
    simulations: int,
    seed: int,
    tick: Callable[[int], object],
) -> Power:
    rng, block = np.random.default_rng(seed), max(1, _BLOCK // (design.index.size * heads))
    found: list[dict[str, np.ndarray]] = []
    for start in range(0, simulations, block):
        size = min(block, simulations - start)
        log_odds = drawn(size, rng)
        found.append(rule_met(design, log_odds, variances.mass(log_odds), heads))
        tick(size)
    met = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
    claims = np.logical_and.reduce(list(met.values()))
    shares = {name: float(each[:, 0].mean()) for name, each in met.items()}
    return Power(float(claims[:, 0].mean()), shares, float(claims[:, 1:].any(1).mean()))


def lines_of_crossed(
    targets: tuple[int, int], triggers: tuple[int, int], segments: tuple[int, int, int, int], seed: int = 1
) -> list[str]:
    """A few lines on the power of a crossed design, under the default variances; in some seconds.

    Args:
        targets: number of target-carrying units of class T and C.
        triggers: number of trigger-carrying units of class R and N.
        segments: how many there are in T, C, R and N.
        seed: of the simulations.
    """
    words = sum(targets) * sum(triggers)
    simulations = 200 if words <= _LARGE else 80
    what = f"{targets[0]} T + {targets[1]} C crossed with {triggers[0]} R + {triggers[1]} N ({words:,} words)"
    found = [
        power(targets, triggers, effect, Variances().at(LEVEL, effect), 12, simulations, seed, segments)
        for effect in EFFECTS
    ]
    return _lines(what, found, simulations)


def lines_of_words(n_words: int, seed: int = 1) -> list[str]:
    """The same for real words, each with its own 2 x 2."""
    found = [power_of_words(n_words, effect, Variances().at(LEVEL, effect), 12, 200, seed) for effect in EFFECTS]
    return _lines(f"{n_words} real words, each with its own 2 x 2", found, 200)


def _lines(what: str, found: Sequence[Power], simulations: int) -> list[str]:
    effects, claims = " / ".join(f"{each:g}" for each in EFFECTS), " / ".join(f"{100 * p.claims:.0f}" for p in found)
    never = [each.clause for each in ATTENDS.simulated if not any(power.met[each.name] for power in found)]
    return [
        f"power: {what}",
        f"  where the trigger has half of the mass in TR, a response of {effects} logits in one of 12 heads",
        f"  is claimed in {claims} % of simulations ({simulations} each, with stated variances; other",
        "  levels, sizes, heads and pilots: fairseq-phonology power)",
        *(f"  never met in these: {clause}" for clause in never),
    ]
