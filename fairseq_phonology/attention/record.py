"""One word of a dump: its segments, and the attention weights that a model gave them. No torch, no fairseq."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .edges import KIND_NAMES, KINDS
from .heatmap import HeatmapDisplay

__all__ = ["KIND_NAMES", "KINDS", "TOLERANCE", "AttentionRecord", "norms_name"]

TOLERANCE = 1e-4  # float32 rows of a few dozen weights sum to one within 1e-6; half precision within this


def norms_name(kind: str) -> str:
    """What a record calls the norms that stand beside the weights of one kind."""
    return f"{kind}_norms"


@dataclass(eq=False, slots=True)
class AttentionRecord:
    """One hypothesis for one word, with the weights of every layer and head.

    With U underlying and S surface segments, both without EOS:

    ========= ============================ =============================================================
    array     axes                         EOS
    ========= ============================ =============================================================
    cross     layer, head, sr step, ur     last on both: shape (layers, heads, S + 1, U + 1)
    encoder   layer, head, ur from, ur to  last on both: shape (layers, heads, U + 1, U + 1)
    decoder   layer, head, sr step, sr     the step that emits EOS is the last query; the input EOS that starts
              input                        decoding is the *first* key: shape (layers, heads, S + 1, S + 1)
    ========= ============================ =============================================================

    Query i of ``cross`` and ``decoder`` is the decoder step that *emits* surface segment i. Key i of ``decoder`` is
    the input of that step: EOS for i = 0, else surface segment i - 1.

    Attributes:
        id: the user's name of the word.
        row: sample number of the subset, from 0.
        rank: 0 for the best hypothesis, 1 for the next.
        underlying: segments of the UR.
        surface: segments of the SR that the model gave, or of the gold SR where that was scored.
        reference: segments of the gold SR; None where none was given.
        log_probs: natural log of the probability of each step's symbol, EOS last; float32, shape (S + 1,).
        cross: weights of the cross-attention; None where they were not saved.
        encoder: weights of the encoder's self-attention; None where they were not saved.
        decoder: weights of the decoder's self-attention; None where they were not saved.
        cross_norms: beside each weight a of ``cross`` the Euclidean norm ||a f(x)|| of the vector that it weighs, with
            f(x) = (x W_V + b_V) W_O restricted to the head (Kobayashi et al. 2020, EMNLP): how much the head writes
            from there. The bias of W_O belongs to no head and is left out. None where they were not saved.
        encoder_norms: likewise for ``encoder``.
        decoder_norms: likewise for ``decoder``.

    Raises:
        ValueError: an array does not have the shape that the segments ask for, or norms are there without weights.
    """

    id: str
    row: int
    rank: int
    underlying: tuple[str, ...]
    surface: tuple[str, ...]
    reference: tuple[str, ...] | None
    log_probs: np.ndarray
    cross: np.ndarray | None = None
    encoder: np.ndarray | None = None
    decoder: np.ndarray | None = None
    cross_norms: np.ndarray | None = None
    encoder_norms: np.ndarray | None = None
    decoder_norms: np.ndarray | None = None

    def __post_init__(self):
        ur, sr = len(self.underlying) + 1, len(self.surface) + 1
        if self.log_probs.shape != (sr,):
            self._refuse("log_probs", self.log_probs.shape, f"({sr},)")
        for kind, queries, keys in (("cross", sr, ur), ("encoder", ur, ur), ("decoder", sr, sr)):
            weights = getattr(self, kind)
            if weights is not None and (weights.ndim != 4 or weights.shape[2:] != (queries, keys)):
                self._refuse(kind, weights.shape, f"(layers, heads, {queries}, {keys})")
            norms = getattr(self, norms_name(kind))
            if norms is not None and (weights is None or norms.shape != weights.shape):
                self._refuse(norms_name(kind), norms.shape, "none" if weights is None else str(weights.shape))
        if self.row < 0 or self.rank < 0:
            raise ValueError(f"word {self.id!r}: row {self.row} and rank {self.rank} must be 0 or more")

    @property
    def kinds(self) -> tuple[str, ...]:
        """Those of ``cross``, ``encoder`` and ``decoder`` that this record has."""
        return tuple(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def has_norms(self) -> bool:
        """Are there norms beside the weights, of every kind that was saved?"""
        return bool(self.kinds) and all(getattr(self, norms_name(kind)) is not None for kind in self.kinds)

    @property
    def correct(self) -> bool | None:
        """Whether the whole SR is the gold one; None without a gold SR."""
        return None if self.reference is None else self.surface == self.reference

    def weights(self, kind: str) -> np.ndarray:
        """The weights of one kind.  # -> layers x heads x queries x keys

        Raises:
            ValueError: unknown kind, or one that was not saved; the message names those that were.
        """
        if kind not in KINDS:
            raise ValueError(f"unknown kind of attention {kind!r}; known: {', '.join(KINDS)}")
        weights = getattr(self, kind)
        if weights is None:
            raise ValueError(f"word {self.id!r} has no {kind} attention; saved: {', '.join(self.kinds) or 'none'}")
        return weights

    def norms(self, kind: str) -> np.ndarray:
        """The norms of the weighted value vectors of one kind.  # -> layers x heads x queries x keys

        Raises:
            ValueError: unknown kind, one that was not saved, or no norms beside it.
        """
        self.weights(kind)
        norms = getattr(self, norms_name(kind))
        if norms is None:
            raise ValueError(f"word {self.id!r} has no norms beside its {kind} attention; --attention-norms saves them")
        return norms

    def check(self) -> AttentionRecord:
        """Are these probabilities, and lengths? Returns itself.

        Raises:
            ValueError: a weight or a norm is negative or not finite, the weights of a query do not sum to one within
                1e-4, or a norm is not zero where the weight is; the message names kind, layer, head and query, from 1.
        """
        for kind in self.kinds:
            weights, norms = getattr(self, kind), getattr(self, norms_name(kind))
            if norms is None and _are_probabilities(weights):
                continue
            for what, wrong in self._faults(weights, norms):
                if wrong.any():
                    layer, head, query = (int(n) + 1 for n in np.argwhere(wrong)[0])
                    raise ValueError(f"word {self.id!r}, {kind}, layer {layer}, head {head}, query {query}: {what}")
        if not (self.log_probs <= TOLERANCE).all():  # also false for NaN
            raise ValueError(f"word {self.id!r}: log_probs must be 0 or less; found {self.log_probs.max()}")
        return self

    @staticmethod
    def _faults(weights: np.ndarray, norms: np.ndarray | None) -> Iterator[tuple[str, np.ndarray]]:
        """What may be wrong with a query, and where it is.  # -> layers x heads x queries, bool"""
        yield "a weight is not finite", ~np.isfinite(weights).all(-1)
        yield "a weight is negative", (weights < 0).any(-1)
        yield "the weights do not sum to one", abs(weights.sum(-1, dtype=np.float64) - 1) > TOLERANCE
        if norms is not None:
            yield "a norm is not finite", ~np.isfinite(norms).all(-1)
            yield "a norm is negative", (norms < 0).any(-1)
            yield "a norm is not zero where the weight is", ((weights == 0) & (norms != 0)).any(-1)

    def plot(self, kind: str | None = None, **how: Any) -> HeatmapDisplay:
        """Draw the weights; see `HeatmapDisplay.from_record` for what ``how`` can be.

        Args:
            kind: ``cross``, ``encoder`` or ``decoder``; by default the first of these that was saved.
        """
        return HeatmapDisplay.from_record(self, kind, **how).plot()

    def _refuse(self, name: str, found: tuple[int, ...], allowed: str) -> None:
        raise ValueError(
            f"word {self.id!r} with {len(self.underlying)} underlying and {len(self.surface)} surface segments: "
            f"{name} has shape {found}; needed: {allowed}"
        )


def _are_probabilities(weights: np.ndarray) -> bool:
    """Whether nothing is to be found in weights: every word that is read is asked, and this is quick. No for NaN."""
    with np.errstate(invalid="ignore"):  # of NaN, and of what some processors read beyond the last one
        sums = weights.reshape(-1, weights.shape[-1]) @ np.ones(weights.shape[-1], weights.dtype)
    return bool(weights.min(initial=0) >= 0 and np.abs(sums - 1).max(initial=0) <= TOLERANCE / 2)
