"""Multi-head attention of fairseq's models, step by step, so that weights can be seen and edges changed.

fairseq's own self-attention runs in a kernel that shows no weights per head. Knows fairseq's tensor layouts.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from fairseq.modules import MultiheadAttention
from torch import Tensor

from ..errors import InputError

# kind -> side of the model, and the name of the module in each of its layers
MODULES = {
    "cross": ("decoder", "encoder_attn"),
    "encoder": ("encoder", "self_attn"),
    "decoder": ("decoder", "self_attn"),
}
Observe = Callable[[int, Tensor], None]


class Change:
    """What is done to the attention of one kind, layer by layer; this one does nothing.

    Layers are counted from 0. Vectors are words x heads x positions x size of a head.
    """

    def scores(self, number: int, scores: Tensor, queries: Tensor, keys: Tensor) -> Tensor:
        """Scores before the softmax -> those to use instead.  # words x heads x queries x keys

        Args:
            queries, keys: the vectors whose products the scores are, masks apart.
        """
        return scores

    def mixture(self, number: int, mixture: Tensor, weights: Tensor, values: Tensor) -> Tensor:
        """What each head takes with its weights from the values -> what to use instead."""
        return mixture


def attention_modules(model: torch.nn.Module, kind: str) -> list[MultiheadAttention]:
    """The attention of one kind in each layer, first layer first.

    Raises:
        InputError: the architecture has no multi-head attention there, or one that would be computed wrongly here.
    """
    side, name = MODULES[kind]
    layers = getattr(getattr(model, side, None), "layers", [])
    modules = [getattr(layer, name, None) for layer in layers]
    # exactly this class: those that derive from it compute something else
    if not modules or any(type(module) is not MultiheadAttention for module in modules):
        architecture = f"{type(model).__module__.rpartition('.')[2]} ({type(model).__name__})"
        raise InputError(
            f"{architecture} has no multi-head attention of the kind {kind!r} in each of its layers: "
            "attention can be read only in models of the transformer family"
        )
    if kind == "decoder" and any(getattr(layer, "cross_self_attention", False) for layer in layers):
        raise InputError(
            "decoder attention of a model with --cross-self-attention is not supported: its keys are positions of the "
            "UR as well as what was emitted"
        )
    for module in modules:
        if module.use_xformers or module.bias_k is not None or module.add_zero_attn:
            raise InputError(f"{kind} attention with xformers, a bias key or a zero key is not supported")
        if module.num_heads != modules[0].num_heads:
            raise InputError(f"{kind} attention has different numbers of heads in different layers (pruned?)")
    return modules


def attention_weights(
    module: MultiheadAttention,
    query: Tensor,
    key: Tensor,
    key_padding_mask: Tensor | None = None,
    attn_mask: Tensor | None = None,
    change: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None,
) -> Tensor:
    """How much of its attention each position gives to each other one (Vaswani et al. 2017, section 3.2).

    Args:
        module: fairseq's.
        query: what attends.  # queries x words x embedding
        key: what is attended to.  # keys x words x embedding
        key_padding_mask: true where ``key`` is padding.  # words x keys
        attn_mask: added to the scores, or true where nothing may be attended to.  # queries x keys
        change: `Change.scores` of this layer.

    Returns:
        float32, whatever the model's precision.  # words x heads x queries x keys
    """
    queries = _heads(module, module.q_proj(query) * module.scaling)
    keys = _heads(module, module.k_proj(key))
    scores = queries @ keys.transpose(-1, -2)
    if attn_mask is not None:
        barred = attn_mask.dtype == torch.bool
        scores = scores.masked_fill(attn_mask, -torch.inf) if barred else scores + attn_mask
    if key_padding_mask is not None and bool(key_padding_mask.any()):
        scores = scores.masked_fill_(key_padding_mask[:, None, None, :].bool(), -torch.inf)
    if change is not None:
        scores = change(scores, queries, keys)
    return torch.softmax(scores, dim=-1, dtype=torch.float32)


def value_vectors(module: MultiheadAttention, key: Tensor) -> Tensor:
    """What each head takes from each position: x W_V + b_V.

    Args:
        module: fairseq's.
        key: what is attended to.  # keys x words x embedding

    Returns:
        # -> words x heads x keys x size of a head
    """
    return _heads(module, module.v_proj(key))


def transformed_values(module: MultiheadAttention, values: Tensor, head: int) -> Tensor:
    """f(x) = (x W_V + b_V) W_O of one head: what it would write if all its attention were on that position.

    Summed over positions with their weights, and over heads, these make the module's output but for the bias of W_O,
    which belongs to no head and to no position (Kobayashi et al. 2020, EMNLP).

    Args:
        module: fairseq's.
        values: from `value_vectors`.
        head: its number, from 0.

    Returns:
        float32, whatever the model's precision.  # words x keys x embedding
    """
    own = slice(head * module.head_dim, (head + 1) * module.head_dim)
    return values[:, head].float() @ module.out_proj.weight[:, own].float().T


def value_norms(module: MultiheadAttention, values: Tensor) -> Tensor:
    """Euclidean lengths of `transformed_values`, of every head; float32.  # -> words x heads x keys"""
    # a head at a time: the vectors of all heads at once would be large
    heads = (transformed_values(module, values, head) for head in range(module.num_heads))
    return torch.stack([torch.linalg.vector_norm(vectors, dim=-1) for vectors in heads], dim=1)


def mixed(
    module: MultiheadAttention,
    weights: Tensor,
    values: Tensor,
    change: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None,
) -> Tensor:
    """What the module puts out.

    Args:
        module: fairseq's.
        weights: from `attention_weights`.
        values: from `value_vectors`.
        change: `Change.mixture` of this layer.

    Returns:
        # -> queries x words x embedding
    """
    weights = module.dropout_module(weights.type_as(values))
    mixture = weights @ values
    if change is not None:
        mixture = change(mixture, weights, values)
    return module.out_proj(mixture.permute(2, 0, 1, 3).flatten(2))


def _heads(module: MultiheadAttention, projected: Tensor) -> Tensor:
    """positions x words x embedding -> words x heads x positions x size of a head"""
    return projected.reshape(*projected.shape[:2], module.num_heads, module.head_dim).permute(1, 2, 0, 3)


@contextlib.contextmanager
def explicit_attention(
    modules: Sequence[MultiheadAttention],
    observe: Observe | None = None,
    changes: Sequence[Change] = (),
    observe_values: Observe | None = None,
) -> Iterator[None]:
    """While the block runs, the modules compute step by step; afterwards they are as they were.

    For passes over whole words only: incremental decoding is refused.

    Args:
        modules: one a layer.
        observe: called with the number of the module and its weights.  # words x heads x queries x keys
        changes: made one after the other.
        observe_values: called with the number of the module and what it weighs, before any change.
            # words x heads x keys x size of a head
    """
    before = [vars(module).get("forward") for module in modules]
    for number, module in enumerate(modules):
        see = functools.partial(observe, number) if observe else None
        see_values = functools.partial(observe_values, number) if observe_values else None
        # on the instance: the class, and so every other model, stays as it is
        module.forward = functools.partial(_forward, module, number, see, see_values, changes)
    try:
        yield
    finally:
        for module, forward in zip(modules, before, strict=True):
            del module.forward
            if forward is not None:
                module.forward = forward


def _forward(
    module: MultiheadAttention,
    number: int,
    observe: Callable[[Tensor], None] | None,
    observe_values: Callable[[Tensor], None] | None,
    changes: Sequence[Change],
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None = None,
    incremental_state: Any = None,
    need_weights: bool = True,
    static_kv: bool = False,
    attn_mask: Tensor | None = None,
    before_softmax: bool = False,
    need_head_weights: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """In the place of fairseq's `MultiheadAttention.forward`; its arguments, its layouts."""
    if incremental_state is not None or before_softmax or key is not value:
        raise RuntimeError("explicit attention computes whole words only, of one key and value")

    def change_scores(scores: Tensor, queries: Tensor, keys: Tensor) -> Tensor:
        for change in changes:
            scores = change.scores(number, scores, queries, keys)
        return scores

    def change_mixture(mixture: Tensor, weights: Tensor, values: Tensor) -> Tensor:
        for change in changes:
            mixture = change.mixture(number, mixture, weights, values)
        return mixture

    weights = attention_weights(module, query, key, key_padding_mask, attn_mask, change_scores)
    values = value_vectors(module, key)
    output = mixed(module, weights, values, change_mixture)
    if observe is not None:
        observe(weights)
    if observe_values is not None:
        observe_values(values)
    if not (need_weights or need_head_weights):
        return output, None
    return output, weights.transpose(0, 1) if need_head_weights else weights.mean(dim=1)
