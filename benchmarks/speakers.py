"""Speakers and models that a comparison is simulated with, in the ways in which real ones may differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from fairseq_phonology.analysis.people.estimates import Sample


@dataclass(frozen=True)
class World:
    """Speakers and models that a comparison is simulated with; deviations in logits.

    Attributes:
        name: as the table has it.
        spread: of items in speakers' log-odds.
        skewed: is it exponential, not normal?
        level: mean log-odds of speakers.
        n: responses to an item; several: drawn from them.
        most: responses to one of the items; 0: as to the others.
        falling: exponent of the rank that the numbers of responses fall with, from 1,500; 0: they do not.
        beta: over-dispersion: correlation of the responses to an item.
        people: participants; 0: every response is of another.
        known: are they?
        tastes: deviation of participants in how they follow what only the model, or only the baseline, knows.
        shared, own: deviation of the models' noise that all seeds share, and of each seed's own.
        common: correlation of the shared noise with the baseline's.
        quality: deviation of the seeds' slopes.
        uneven: deviation of the logarithm of the seeds' own noise.
        sharp: factor of the models' log-odds.
        family: items of a family have the same noise of model and of baseline.
        told: are families known?
        alike: are they seen, in that their items are similar in form?
        lapses: share of items to which speakers respond at random.
        ratings: of a scale from 1 to 7, whose ends are reached; else counts.
        clusters: half of the items are so far above the level, half so far below.
        never: share of items that speakers never treat so.
    """

    name: str
    spread: float = 1.5
    skewed: bool = False
    level: float = 0.0
    n: tuple[int, ...] = (20,)
    most: int = 0
    falling: float = 0.0
    beta: float = 0.0
    people: int = 0
    known: bool = True
    tastes: float = 0.0
    shared: float = 1.0
    own: float = 0.7
    common: float = 0.0
    quality: float = 0.0
    uneven: float = 0.0
    sharp: float = 1.0
    family: int = 1
    told: bool = False
    alike: bool = False
    lapses: float = 0.0
    ratings: bool = False
    clusters: float = 0.0
    never: float = 0.0

    def truth(self, items: int, rng: np.random.Generator) -> np.ndarray:
        """Log-odds of the speakers' community."""
        z = rng.exponential(1, items) - 1 if self.skewed else rng.standard_normal(items)
        odds = self.level + self.spread * z
        if self.clusters:
            odds += self.clusters * rng.choice((-1, 1), items)
        return np.where(rng.random(items) < self.never, -40.0, odds) if self.never else odds

    def models(self, truth: np.ndarray, shared: np.ndarray, seeds: int, rng: np.random.Generator) -> np.ndarray:
        """Log-odds of each seed.  # -> seeds x items"""
        slopes = np.exp(self.quality * rng.standard_normal((seeds, 1)))
        own = self.own * np.exp(self.uneven * rng.standard_normal((seeds, 1))) if self.uneven else self.own
        return self.sharp * (slopes * (truth + shared) + own * rng.standard_normal((seeds, len(truth))))

    def noises(self, items: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """What the model has wrong about each item, and what the baseline has."""
        families = -(-items // self.family)
        both, one, other = (np.repeat(rng.standard_normal(families), self.family)[:items] for _ in range(3))
        return tuple(self.shared * (np.sqrt(self.common) * both + np.sqrt(1 - self.common) * e) for e in (one, other))

    def sample(self, truth: np.ndarray, noises: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> Sample:
        """Responses of people; without models."""
        items = len(truth)
        wanted = np.where(rng.random(items) < self.lapses, self.spread * rng.standard_normal(items), truth)
        units = np.arange(items) // self.family if self.told else np.arange(items)
        nothing, sums, numbers = np.zeros((1, items)), None, None
        if self.people:
            taste = self.tastes * rng.standard_normal((self.people, 1))
            leaning = 0.7 * rng.standard_normal((self.people, 1))
            odds = wanted + leaning + taste * (noises[0] - noises[1])
            sums = self.responses(odds, 1, rng)
            numbers = np.ones(odds.shape)
            n = numbers.sum(0)
            value = sums.sum(0) / n
            if not self.known:
                sums = numbers = None
        else:
            n = rng.choice(self.n, items)
            n[0] = self.most or n[0]
            if self.falling:
                n = np.maximum(2, 1500 / np.arange(1, items + 1) ** self.falling).astype(int)
            value = self.responses(wanted, n, rng) / n
        weights = np.ones(items) if self.ratings else n.astype(float)
        alike = np.arange(items)[:, None] // self.family == np.arange(items) // self.family if self.alike else None
        return Sample(nothing, True, value, weights, np.arange(items), units, sums, numbers, not self.ratings, alike)

    def responses(self, odds: np.ndarray, n: np.ndarray | int, rng: np.random.Generator) -> np.ndarray:
        """Sums of n responses."""
        share = expit(odds)
        if self.beta:
            size = 1 / self.beta - 1
            share = rng.beta(np.maximum(share * size, 1e-3), np.maximum((1 - share) * size, 1e-3))
        if not self.ratings:
            return rng.binomial(n, share)
        noise = rng.standard_normal(odds.shape) * 0.25 / np.sqrt(n if self.people == 0 else 1)
        return n * np.round(np.clip(1.3 * share - 0.15 + noise, 0, 1) * 6) / 6


EVEN = World("all alike: 20 responses an item")
