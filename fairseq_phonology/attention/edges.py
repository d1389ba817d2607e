"""Kinds of attention, edges by name, and one word under forced decoding with some edges changed. Needs no torch.

`knockout` removes edges, `exchange` gives them keys and values of another run; `forcing` runs the words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

KINDS = ("cross", "encoder", "decoder")
KIND_NAMES = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "decoder self-attention"}


class Edge(NamedTuple):
    """One edge of the attention of one word, or a set of them.

    Attributes:
        kind: ``cross``, ``encoder`` or ``decoder``.
        key: position that is attended to: in the UR from 0; in ``decoder`` a step's input, where 0 is the EOS that
            starts decoding and n + 1 surface segment n.
        query: position that attends: decoder step from 0, or position in the UR; None: every query, in self-attention
            without the key itself.
        layer: from 1; None: every layer.
        head: from 1; None: every head.
    """

    kind: str
    key: int
    query: int | None = None
    layer: int | None = None
    head: int | None = None


class Exchange(NamedTuple):
    """One edge, or a set of them, that carries what it carries in another word: an interchange intervention.

    At the query, keys or values or both of that position are those of the donor's own run of the same model, which is
    left as it is; every other query, layer and head has the word's own. In ``cross`` they come from what the encoder
    makes of the donor's UR, in ``encoder`` from the donor's own pass of the encoder, and in ``decoder`` from the
    donor's own pass of the decoder, over its own SR and UR (Geiger et al. 2021, NeurIPS; Vig et al. 2020, NeurIPS).

    Attributes:
        kind, key, query, layer, head: as `Edge` has them.
        parts: ``keys`` (how much the query attends to the position), ``values`` (what it takes from there) or ``both``.
    """

    kind: str
    key: int
    query: int | None = None
    layer: int | None = None
    head: int | None = None
    parts: str = "both"


PARTS = ("keys", "values", "both")


@dataclass(frozen=True)
class Run:
    """One word under one intervention.

    Attributes:
        ur: the segments that the model is given.
        sr: the segments that are given to its decoder.
        step: at which the log-odds are taken; len(sr) is the step that ends the word.
        gold, other: the symbols that are compared there; empty: nothing is.
        edges: that are knocked out.
        donor: UR and SR of the word that gives keys and values, as long as the run's own; None: no word does.
        exchanges: what the donor gives.
    """

    ur: tuple[str, ...]
    sr: tuple[str, ...]
    step: int = 0
    gold: str = ""
    other: str = ""
    edges: tuple[Edge, ...] = ()
    donor: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    exchanges: tuple[Exchange, ...] = ()


@dataclass
class Forced:
    """What a model computes for some runs.

    Attributes:
        log_odds: ln p(gold) - ln p(other) at the step of each run, float32; NaN where nothing is compared.  # runs
        hypotheses: number of the symbol with the highest score at each step, ``<pad>`` excluded, and EOS excluded at
            the first step, as in fairseq's generator; EOS last, -1 beyond the end of the word.  # runs x steps
    """

    log_odds: np.ndarray
    hypotheses: np.ndarray
