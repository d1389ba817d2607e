"""Kinds of attention, edges by name, and one word under forced decoding with some edges changed. Needs no torch.

`knockout` removes edges, `exchange` gives them keys and values of another run; `forcing` runs the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import numpy as np

from ..errors import InputError

KINDS = ("cross", "encoder", "decoder")
KIND_NAMES = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "decoder self-attention"}
_SIDES = {"cross": ("SR", "UR"), "encoder": ("UR", "UR"), "decoder": ("SR", "SR")}  # of queries, of keys


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
        donor_key: position in the donor whose keys and values these are; None: the same, in a donor as long.
    """

    kind: str
    key: int
    query: int | None = None
    layer: int | None = None
    head: int | None = None
    parts: str = "both"
    donor_key: int | None = None


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
        donor: UR and SR of the word that gives keys and values; None: no word does. They are as long as the run's own,
            unless every exchange says from which position of the donor it takes.
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

    def check(self) -> None:
        """Whether all edges lie within the word, and what is exchanged within the donor.

        Raises:
            InputError: otherwise, and for an unknown kind of attention.
        """
        last = _ends(self.ur, self.sr)
        for one in (*self.edges, *self.exchanges):
            queries, keys = sides_of(one.kind)
            if not 0 <= one.key <= last[keys] or not 0 <= (one.query or 0) <= last[queries]:
                raise beyond(one.kind)
        if not self.exchanges:
            return
        if self.donor is None:
            raise InputError(f"an exchange in {' '.join(self.ur)} has no donor whose keys and values it takes")
        there = _ends(*self.donor)
        for one in self.exchanges:
            _, keys = sides_of(one.kind)
            if one.donor_key is not None and not 0 <= one.donor_key <= there[keys]:
                raise InputError(f"an exchange of the {one.kind} attention takes from beyond its donor")
            if one.donor_key is None and last != there:
                self._unequal()

    def _unequal(self) -> NoReturn:
        for side, own, given in zip(("UR", "SR"), (self.ur, self.sr), self.donor, strict=True):
            if len(own) != len(given):
                raise InputError(
                    f"the {side} {' '.join(own)} has {len(own)} segments, that of its donor, {' '.join(given)}, "
                    f"{len(given)}: keys and values can be exchanged between words of one length only, unless "
                    "donor_key says from which position they are taken"
                )


def _ends(ur: Sequence[str], sr: Sequence[str]) -> dict[str, int]:
    """EOS of the UR; the step that ends the SR."""
    return {"UR": len(ur), "SR": len(sr)}


def sides_of(kind: str) -> tuple[str, str]:
    """Of a kind of attention: what its queries are positions of, ``UR`` or ``SR``, and its keys.

    Raises:
        InputError: there is no such kind.
    """
    if kind not in _SIDES:
        raise InputError(f"unknown kind of attention {kind!r}; known: {', '.join(KINDS)}")
    return _SIDES[kind]


def beyond(kind: str) -> InputError:
    """An edge of a kind that some word has no room for."""
    return InputError(f"an edge of the {kind} attention lies beyond the word")


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
