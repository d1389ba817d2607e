"""Interchange interventions: at some queries, keys and values of a position are those of another word of the batch.

The donor is a row of the same batch, on which nothing is intervened: what it has in a layer is what its own run has
there. So nothing needs to be kept from an earlier pass.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import InputError
from .edges import PARTS, Exchange
from .multihead import Change
from .places import Found, Places


class Exchanges(Change):
    """Exchanges keys and values of one kind of attention in a batch.

    Args:
        places: of the edges.
        exchanges: the same edges, each with the number of its word.
        donors: number of the word that gives to each word of the batch; None for none.

    Raises:
        InputError: parts that are unknown; a word without a donor.
    """

    def __init__(self, places: Places, exchanges: Sequence[tuple[int, Exchange]], donors: Sequence[int | None]):
        if unknown := {exchange.parts for _, exchange in exchanges} - set(PARTS):
            raise InputError(f"unknown parts of an exchange {min(unknown)!r}; known: {', '.join(PARTS)}")
        if any(donors[word] is None for word, _ in exchanges):
            raise InputError("an exchange needs a donor, from whose run keys and values are taken")
        self.places = places
        self.donors = torch.tensor([donors[word] for word, _ in exchanges])
        keys = torch.tensor([one.key if one.donor_key is None else one.donor_key for _, one in exchanges])
        self.donor_keys = places.shifted(keys, self.donors)
        self.of_keys, self.of_values = (
            torch.tensor([exchange.parts in (part, "both") for _, exchange in exchanges]) for part in PARTS[:2]
        )
        # of one word, several may name the same edge
        self.apart = len({word for word, _ in exchanges}) == len(exchanges)

    def scores(self, number: int, scores: Tensor, queries: Tensor, keys: Tensor) -> Tensor:
        """Those of a layer, where these queries have met the donors' keys."""
        found, own, given = self._given(number, scores, keys, self.of_keys)
        if not len(found.words):
            return scores
        # a difference, so that what is barred stays barred
        change = (queries[found.words, found.heads, found.queries] * (given - own)).sum(-1)
        return scores.index_put(found.scores, scores[found.scores] + change)

    def mixture(self, number: int, mixture: Tensor, weights: Tensor, values: Tensor) -> Tensor:
        """That of a layer, where these queries have taken the donors' values."""
        found, own, given = self._given(number, weights, values, self.of_values)
        if not len(found.words):
            return mixture
        change = weights[found.scores][:, None] * (given - own)
        rows = (found.words * mixture.shape[1] + found.heads) * mixture.shape[2] + found.queries
        return mixture.flatten(0, 2).index_add(0, rows, change).view_as(mixture)

    def _given(self, number: int, scores: Tensor, vectors: Tensor, wanted: Tensor) -> tuple[Found, Tensor, Tensor]:
        """Where a layer exchanges this part, what stands there, and what the donors have.  # edges x size of a head"""
        found = self.places.in_layer(number, scores)
        if not bool(wanted.all()):
            kept = wanted.to(scores.device)[found.edges]
            found = Found(*(numbers[kept] for numbers in found))
        if not self.apart:
            found = _once(found, scores.shape)
        donors, keys = (own.to(scores.device)[found.edges] for own in (self.donors, self.donor_keys))
        places = (found.words, found.keys), (donors, keys)
        return found, *(vectors[words, found.heads, at] for words, at in places)


def _once(found: Found, shape: Sequence[int]) -> Found:
    """Each edge once; whichever of several exchanges names it, the donor is the word's."""
    places = torch.stack(found.scores)
    first = torch.full((shape[0] * shape[1] * shape[2] * shape[3],), -1, device=places.device)
    flat = ((places[0] * shape[1] + places[1]) * shape[2] + places[2]) * shape[3] + places[3]
    first[flat] = torch.arange(len(flat), device=places.device)
    kept = first[first >= 0]
    return Found(*(numbers[kept] for numbers in found))
