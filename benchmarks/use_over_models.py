"""Several models: does the claim of use over models keep its error rate? By simulation of what each model gives."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from simulations import MOST_CLAIMS, three

from fairseq_phonology.analysis.criteria import LEAST_SHARE, USES_OVER_MODELS
from fairseq_phonology.analysis.evidence import Evidence
from fairseq_phonology.analysis.interventions.kinds import DIRECTIONS
from fairseq_phonology.analysis.statistics.over_models import flip_models, model_interval

NUMBERS = (6, 10)
ROUTES = 3
PAIR, SPREAD = 10.0, 2.0  # effect of the minimal pair, and its deviation between models
Drawn = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]  # of mean 0 and deviation 1


def _normal(rng: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(size)


def _tail_upward(rng: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    return rng.exponential(size=size) - 1


def _tail_downward(rng: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    return 1 - rng.exponential(size=size)


def _two_kinds(rng: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    return np.where(rng.random(size) < 0.5, -1.0, 1.0) + 0.1 * rng.standard_normal(size)


@dataclass(frozen=True)
class Shares:
    """What models have in a route.

    Attributes:
        name: as the table has it.
        noising, denoising: shares of the minimal-pair effect, in mean over models.
        deviation: between models, alike in both directions.
        drawn: how they scatter.
        others: share of the same at other segments.
        alone: of the three routes has one these shares, and the others none? Else all three have them.
        null: is it one?
    """

    name: str
    noising: float = LEAST_SHARE
    denoising: float = LEAST_SHARE
    deviation: float = 0.1
    drawn: Drawn = _normal
    others: float = 0.0
    alone: bool = False
    null: bool = True


CASES = (
    Shares("20 % in all three routes, deviation .1"),
    Shares("the same, deviation .02", deviation=0.02),
    Shares("the same, a long tail upward", drawn=_tail_upward),
    Shares("the same, a long tail downward", drawn=_tail_downward, null=False),
    Shares("0 in half of the models, 40 % in half", deviation=0.2, drawn=_two_kinds),
    Shares("60 % by noising, 20 % by denoising", noising=0.6),
    Shares("60 %, and as much at other segments", 0.6, 0.6, others=0.6),
    Shares("40 % in one route", 0.4, 0.4, alone=True, null=False),
    Shares("60 % in one route", 0.6, 0.6, alone=True, null=False),
    Shares("60 % in one route, deviation .2", 0.6, 0.6, 0.2, alone=True, null=False),
)


def rate(case: Shares, models: int, simulations: int) -> float:
    """Share of simulations in which any route is claimed."""
    rng = np.random.default_rng([models, zlib.crc32(case.name.encode())])
    size = (models, simulations, ROUTES)
    pairs = PAIR + SPREAD * rng.standard_normal((models, simulations, 1))
    whole = pairs.mean(0)
    common, p, low, beyond, shares = case.drawn(rng, size), {}, {}, {}, []
    in_route = np.arange(ROUTES) == 0 if case.alone else np.ones(ROUTES, bool)
    for direction in DIRECTIONS:
        share = np.where(in_route, getattr(case, direction) + case.deviation * common, 0.0)
        effect = share * pairs + 0.1 * rng.standard_normal(size)
        more = effect - np.where(in_route, case.others, 0.0) * pairs - 0.1 * rng.standard_normal(size)
        above = effect - LEAST_SHARE * pairs
        tests = [flip_models(each.reshape(models, -1), family=ROUTES) for each in (more, above)]
        p[direction] = np.maximum(*tests)
        estimate = effect.mean(0) / whole
        apart = model_interval(((effect - estimate * pairs) / whole).reshape(models, -1))[0]
        low[direction] = estimate.ravel() + apart
        beyond[direction] = (more.mean(0) / whole).ravel()
        shares.append(estimate.ravel())
    evidence = Evidence(p, np.minimum(*shares), low=low, beyond=beyond, models=models)
    return float(USES_OVER_MODELS.met(evidence).reshape(-1, ROUTES).any(1).mean())


def lines(simulations: int) -> Iterator[str]:
    """A part of the section of several models."""
    yield f"### Use over models: {ROUTES} routes, {simulations:,} simulations"
    yield ""
    yield (
        "What each model gives is drawn, not its words: of the rule, the lower bound over words, which can only take "
        f"claims away, is left out. {three(MOST_CLAIMS)} at most are allowed. In parentheses: no null. Sign-flips ask "
        "that models scatter symmetrically; with a long tail downward, most models are above the mean."
    )
    yield ""
    yield "| Share of the minimal-pair effect | " + " | ".join(f"claim, {n} models" for n in NUMBERS) + " |"
    yield "|---" * (1 + len(NUMBERS)) + "|"
    for case in CASES:
        rates = [rate(case, n, simulations) for n in NUMBERS]
        cells = [three(each) + ("" if each <= MOST_CLAIMS else " **out**") for each in rates]
        cells = cells if case.null else [f"({three(each)})" for each in rates]
        yield f"| {case.name} | " + " | ".join(cells) + " |"
    yield ""
