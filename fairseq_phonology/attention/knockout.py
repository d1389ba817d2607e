"""Attention with edges removed: scores set to -inf before the softmax, word by word of a batch.

A knocked-out edge has weight 0, and the other weights of its query still sum to one. Knows fairseq's tensor layouts.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from ..errors import InputError
from .edges import Edge
from .multihead import MODULES, attention_modules, explicit_attention

_ALL = -1


@contextlib.contextmanager
def knocked_out(
    model: torch.nn.Module,
    edges: Sequence[Sequence[Edge]],
    starts: Tensor | None = None,
    observe: Callable[[str, int, Tensor], None] | None = None,
) -> Iterator[None]:
    """While the block runs, each word of a batch does without its own edges; afterwards the model is as it was.

    The same word may occur several times in a batch, each time without other edges. Kinds of which no word has an edge
    are left alone. For passes over whole words only: incremental decoding is refused.

    Args:
        model: in evaluation mode, of the transformer family.
        edges: of each word of the batch.
        starts: position of each UR's first symbol, from `starts_of`; None: nothing is padded on the left.
        observe: called with the kind, the number of the layer, from 0, and its weights.
            # words x heads x queries x keys

    Raises:
        InputError: an architecture without multi-head attention; a layer or head that it does not have; an edge beyond
            the word; and, when the model runs, a query that would have no key left.
    """
    if unknown := {edge.kind for some in edges for edge in some} - MODULES.keys():
        raise InputError(f"unknown kind of attention {min(unknown)!r}; known: {', '.join(MODULES)}")
    with contextlib.ExitStack() as stack:
        for kind in MODULES:
            own = [(word, edge) for word, some in enumerate(edges) for edge in some if edge.kind == kind]
            change = _Removal(model, kind, own, starts).change_scores if own else None
            see = functools.partial(observe, kind) if observe else None
            if change or see:
                stack.enter_context(explicit_attention(attention_modules(model, kind), see, change))
        yield


def starts_of(source: Tensor, pad: int) -> Tensor:
    """Position of each word's first symbol in a batch of URs.

    Args:
        source: symbols.  # words x positions
        pad: symbol of the padding.
    """
    return source.ne(pad).int().argmax(dim=1)


class _Removal:
    """The edges of one kind, ready for the scores of a batch.

    Args:
        edges: each with the number of its word.
    """

    def __init__(self, model: torch.nn.Module, kind: str, edges: Sequence[tuple[int, Edge]], starts: Tensor | None):
        modules = attention_modules(model, kind)
        self.kind, self.heads = kind, modules[0].num_heads
        self._check(edges, len(modules))
        fields = [
            (word, edge.key, *(_ALL if n is None else n for n in (edge.query, edge.layer, edge.head)))
            for word, edge in edges
        ]
        self.words, self.keys, self.queries, self.layers, heads = torch.tensor(fields).unbind(1)
        shift = torch.zeros_like(self.words) if starts is None else starts.cpu()[self.words]
        if kind != "decoder":
            self.keys = self.keys + shift
        if kind == "encoder":
            self.queries = torch.where(self.queries == _ALL, _ALL, self.queries + shift)
        self.every_head = (heads[:, None] == _ALL) | (heads[:, None] == torch.arange(1, self.heads + 1))

    def change_scores(self, number: int, scores: Tensor) -> Tensor:
        """Scores of a layer, counted from 0, without the edges.  # words x heads x queries x keys"""
        places = self._of_layer(number, scores)
        if len(places[0]):
            scores = scores.index_put(places, scores.new_tensor(-torch.inf))
            words, heads, queries, _ = places
            if bool(scores[words, heads, queries].isneginf().all(-1).any()):
                raise InputError(f"without these edges a query of the {self.kind} attention would have no key left")
        return scores

    def _of_layer(self, number: int, scores: Tensor) -> tuple[Tensor, ...]:
        """Numbers of words, heads, queries and keys."""
        queries_there, keys_there = scores.shape[2:]
        if int(self.keys.max()) >= keys_there or int(self.queries.max()) >= queries_there:
            raise InputError(f"an edge of the {self.kind} attention to be knocked out lies beyond the word")
        here = (self.layers == _ALL) | (self.layers == number + 1)
        edges, heads = (self.every_head & here[:, None]).nonzero(as_tuple=True)
        queries, keys = self.queries[edges], self.keys[edges]
        every = torch.arange(queries_there)
        wanted = (queries[:, None] == _ALL) | (queries[:, None] == every)
        if self.kind != "cross":  # a position that no other attends to may still attend to itself
            wanted &= (queries[:, None] != _ALL) | (keys[:, None] != every)
        edges_, queries = wanted.nonzero(as_tuple=True)
        places = self.words[edges][edges_], heads[edges_], queries, keys[edges_]
        return tuple(place.to(scores.device) for place in places)

    def _check(self, edges: Sequence[tuple[int, Edge]], layers: int) -> None:
        for _, edge in edges:
            for name, found, most in (("layer", edge.layer, layers), ("head", edge.head, self.heads)):
                if found is not None and not 1 <= found <= most:
                    raise InputError(f"the {self.kind} attention has {most} {name}s; there is no {name} {found}")
            if edge.key < 0 or (edge.query or 0) < 0:
                raise InputError(f"an edge of the {self.kind} attention to be knocked out lies beyond the word")
