"""A model under interventions on its attention, word by word of a batch; afterwards the model is as it was."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from .edges import Edge, Exchange, sides_of
from .exchange import Exchanges
from .knockout import KnockOuts
from .multihead import MODULES, Change, attention_modules, explicit_attention
from .places import Places


@contextlib.contextmanager
def intervened(
    model: torch.nn.Module,
    edges: Sequence[Sequence[Edge]] = (),
    starts: Tensor | None = None,
    observe: Callable[[str, int, Tensor], None] | None = None,
    exchanges: Sequence[Sequence[Exchange]] = (),
    donors: Sequence[int | None] = (),
) -> Iterator[None]:
    """While the block runs, each word of a batch has its own edges knocked out, and its own keys and values exchanged.

    The same word may occur several times in a batch, each time under other interventions. Kinds of attention on which
    nothing is intervened are left alone. For passes over whole words only: incremental decoding is refused.

    Args:
        model: in evaluation mode, of the transformer family.
        edges: that are knocked out, of each word of the batch.
        starts: position of each UR's first symbol, from `starts_of`; None: nothing is padded on the left.
        observe: called with the kind, the number of the layer, from 0, and its weights.
            # words x heads x queries x keys
        exchanges: of each word of the batch.
        donors: number of the word of the batch that gives each word keys and values, on which nothing is intervened;
            None for none.

    Raises:
        InputError: an architecture without multi-head attention; a layer or head that it does not have; an edge beyond
            the word; an exchange without a donor; and, when the model runs, a query that would have no key left.
    """
    removed, exchanged = ([(n, one) for n, some in enumerate(each) for one in some] for each in (edges, exchanges))
    for _, one in (*removed, *exchanged):
        sides_of(one.kind)
    with contextlib.ExitStack() as stack:
        for kind in MODULES:
            changes: list[Change] = []
            if own := [(word, exchange) for word, exchange in exchanged if exchange.kind == kind]:
                changes.append(Exchanges(Places(model, kind, own, starts), own, donors))
            if own := [(word, edge) for word, edge in removed if edge.kind == kind]:
                changes.append(KnockOuts(Places(model, kind, own, starts)))
            see = functools.partial(observe, kind) if observe else None
            if changes or see:
                stack.enter_context(explicit_attention(attention_modules(model, kind), see, changes))
        yield
