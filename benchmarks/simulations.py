"""What the parts of the calibration share: how many simulations, what a rate may be, and heads without a response."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fairseq_phonology.analysis.contrasts.simulated import (
    Variances,
    simulated,
    simulated_design,
    simulated_of_words,
    simulated_words,
)
from fairseq_phonology.analysis.design.designs import CrossedDesign, Design
from fairseq_phonology.stimuli.items import CELLS

SIMULATIONS = 2000
MOST_CLAIMS = 0.06
_BLOCK = 8_000_000  # numbers simulated at a time
_OTHERS = 4  # segments besides trigger and target, whose scores are alike where a query is sharper
BARE = Variances.only(residual=0.5, correlation=0.3)  # single words vary, nothing else
UNITS = Variances.only(  # stems and suffixes as they were in trained models, segments alike
    level=-3.0, salience=1.5, inspection=1.5, stem=1.6, suffix=0.7, stem_slope=1.1, suffix_slope=0.45, residual=0.55,
    correlation=0.1,
)  # fmt: skip


@dataclass(frozen=True)
class Null:
    """A way to be without response.

    Attributes:
        name: as the table has it.
        variances: what the log-odds of the trigger against the other segments are made of.
        target: log-odds of the target against them in TR, TN, CR, CN, where they are not the same everywhere. They
            share the mass of the query.
        sharper: how many times larger all scores are in T's queries than in C's.
        segment_levels: deviation of segments in their level, on either side.
        segments: how many there are in T, C, R and N; None: the default.
        most: of real words, the shares of the most frequent segment of R and of N.
    """

    name: str
    variances: Variances
    target: tuple[float, float, float, float] | None = None
    sharper: float = 1.0
    segment_levels: float = 0.0
    segments: tuple[int, int, int, int] | None = None
    most: tuple[float, float] | None = None

    def design(self, targets: tuple[int, int], triggers: tuple[int, int]) -> CrossedDesign:
        """A crossed design with its segments."""
        return simulated_design(targets, triggers, *([self.segments] if self.segments else []))

    def drawn(
        self, design: Design, heads: int, simulations: int, seed: int = 1
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Log-odds and mass in blocks of simulations.  # -> rows x columns (words x 4) x (simulations x heads)"""
        block = max(1, _BLOCK // (design.index.size * heads))
        make = simulated if design.is_crossed else simulated_of_words
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        for start in range(0, simulations, block):
            size = min(block, simulations - start)
            log_odds = make(design, self.variances, 0.0, heads, size, rng)
            for axis, side in enumerate(design.sides if self.segment_levels else ()):
                own = np.unique(side.segments, return_inverse=True)[1]
                levels = self.segment_levels * rng.standard_normal((own.max() + 1, log_odds.shape[2]))
                log_odds += np.expand_dims(levels.astype(np.float32)[own], 1 - axis)
            if self.sharper != 1:
                times = np.float32(self.sharper**0.5)
                scale = np.where(design.undergoes, times, 1 / times)[:, None, None]
                log_odds = scale * (log_odds + np.float32(np.log(_OTHERS))) - np.float32(np.log(_OTHERS))
            yield log_odds, self.variances.mass(log_odds, self._of_target(design))

    def _of_target(self, design: Design) -> np.ndarray | None:
        if self.target is None:
            return None
        found = np.empty(design.index.size, np.float32)
        for cell, value in zip(CELLS, self.target, strict=True):
            found[design.events_of(cell).ravel()] = value
        return found.reshape(design.index.shape)[..., None]


def words_of(null: Null, words: int) -> Design:
    """Real words, each with its own 2 x 2."""
    return simulated_words(words, *([null.segments] if null.segments else []), most=null.most)


def marked(rate: float) -> str:
    """A rate of false claims, with a mark where it is out."""
    return f"{three(rate)}{'' if rate <= MOST_CLAIMS else ' **out**'}"


def three(value: float) -> str:
    """A share with three decimals, as the tables write it."""
    return f"{value:.3f}".removeprefix("0")


def told(what: str) -> None:
    """Say on the terminal, not in the table, how far it has come."""
    print(what, file=sys.stderr, flush=True)
