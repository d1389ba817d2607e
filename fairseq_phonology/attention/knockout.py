"""Attention with edges removed: scores set to -inf before the softmax, word by word of a batch.

A knocked-out edge has weight 0, and the other weights of its query still sum to one.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import InputError
from .multihead import Change
from .places import Places


class KnockOuts(Change):
    """Removes the edges of one kind of attention in a batch.

    Args:
        places: of the edges.
    """

    def __init__(self, places: Places):
        self.places = places

    def scores(self, number: int, scores: Tensor, queries: Tensor, keys: Tensor) -> Tensor:
        """Those of a layer without the edges.

        Raises:
            InputError: a query would have no key left.
        """
        found = self.places.in_layer(number, scores)
        if len(found.words):
            scores = scores.index_put(found.scores, scores.new_tensor(-torch.inf))
            if bool(scores[found.words, found.heads, found.queries].isneginf().all(-1).any()):
                kind = self.places.kind
                raise InputError(f"without these edges a query of the {kind} attention would have no key left")
        return scores
