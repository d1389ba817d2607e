"""Where the edges of a batch lie: numbers of words, heads, queries and keys. Knows fairseq's tensor layouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import InputError
from .edges import Edge, Exchange, beyond
from .multihead import attention_modules

_ALL = -1


class Found(NamedTuple):
    """Single edges of one layer: numbers of what they were asked for by, of words, heads, queries and keys."""

    edges: Tensor
    words: Tensor
    heads: Tensor
    queries: Tensor
    keys: Tensor

    @property
    def scores(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Their places in the scores of a batch, words x heads x queries x keys."""
        return self[1:]


class Places:
    """The edges of one kind of attention, ready for the scores of a batch.

    Args:
        model: of the transformer family.
        kind: of attention.
        edges: each with the number of its word.
        starts: position of each UR's first symbol, from `starts_of`; None: nothing is padded on the left.

    Raises:
        InputError: a layer or a head that the model does not have, or a position under 0.
    """

    def __init__(self, model: torch.nn.Module, kind: str, edges: Sequence[tuple[int, Edge | Exchange]], starts=None):
        modules = attention_modules(model, kind)
        self.kind, self.heads = kind, modules[0].num_heads
        self._check(edges, len(modules))
        fields = [
            (word, edge.key, *(_ALL if n is None else n for n in (edge.query, edge.layer, edge.head)))
            for word, edge in edges
        ]
        self.words, keys, queries, self.layers, heads = torch.tensor(fields).unbind(1)
        self._starts = None if starts is None or kind == "decoder" else starts.cpu()
        self.keys, self.queries = self.shifted(keys, self.words), queries
        if kind == "encoder":
            self.queries = torch.where(queries == _ALL, _ALL, self.shifted(queries, self.words))
        self.every_head = (heads[:, None] == _ALL) | (heads[:, None] == torch.arange(1, self.heads + 1))

    def shifted(self, keys: Tensor, words: Tensor) -> Tensor:
        """Positions in words as positions in the batch, where URs are padded on the left."""
        return keys if self._starts is None else keys + self._starts[words]

    def in_layer(self, number: int, scores: Tensor) -> Found:
        """The single edges of a layer, counted from 0.

        Args:
            scores: of the layer.  # words x heads x queries x keys

        Raises:
            InputError: an edge beyond the words.
        """
        queries_there, keys_there = scores.shape[2:]
        if int(self.keys.max()) >= keys_there or int(self.queries.max()) >= queries_there:
            raise beyond(self.kind)
        here = (self.layers == _ALL) | (self.layers == number + 1)
        edges, heads = (self.every_head & here[:, None]).nonzero(as_tuple=True)
        queries, keys = self.queries[edges], self.keys[edges]
        every = torch.arange(queries_there)
        wanted = (queries[:, None] == _ALL) | (queries[:, None] == every)
        if self.kind != "cross":  # a position that no other attends to may still attend to itself
            wanted &= (queries[:, None] != _ALL) | (keys[:, None] != every)
        which, queries = wanted.nonzero(as_tuple=True)
        found = edges[which], self.words[edges][which], heads[which], queries, keys[which]
        return Found(*(numbers.to(scores.device) for numbers in found))

    def _check(self, edges: Sequence[tuple[int, Edge | Exchange]], layers: int) -> None:
        for _, edge in edges:
            for name, found, most in (("layer", edge.layer, layers), ("head", edge.head, self.heads)):
                if found is not None and not 1 <= found <= most:
                    raise InputError(f"the {self.kind} attention has {most} {name}s; there is no {name} {found}")
            if edge.key < 0 or (edge.query or 0) < 0:
                raise beyond(self.kind)


def starts_of(source: Tensor, pad: int) -> Tensor:
    """Position of each word's first symbol in a batch of URs.

    Args:
        source: symbols.  # words x positions
        pad: symbol of the padding.
    """
    return source.ne(pad).int().argmax(dim=1)
