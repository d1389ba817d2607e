"""Every layer and head of the attention, from one forced-decoding pass over words that are already there.

fairseq itself returns one layer, averaged over heads, and computes self-attention in a kernel that shows no weights. So
while the pass runs, each attention module computes step by step what it otherwise computes at once. Knows fairseq's
tensor layouts, so that nobody else has to.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from fairseq.modules import MultiheadAttention
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..phonology.errors import InputError

# kind -> side of the model, and the name of the module in each of its layers
KINDS = {"cross": ("decoder", "encoder_attn"), "encoder": ("encoder", "self_attn"), "decoder": ("decoder", "self_attn")}

ChangeScores = Callable[[int, Tensor], Tensor]
Observe = Callable[[int, Tensor], None]


def attention_modules(model: torch.nn.Module, kind: str) -> list[MultiheadAttention]:
    """The attention of one kind in each layer, first layer first.

    Raises:
        InputError: the architecture has no multi-head attention there, or one that `attend` would compute wrongly.
    """
    side, name = KINDS[kind]
    layers = getattr(getattr(model, side, None), "layers", [])
    modules = [getattr(layer, name, None) for layer in layers]
    # exactly this class: those that derive from it compute something else
    if not modules or any(type(module) is not MultiheadAttention for module in modules):
        architecture = f"{type(model).__module__.rpartition('.')[2]} ({type(model).__name__})"
        raise InputError(
            f"{architecture} has no multi-head attention of the kind {kind!r} in each of its layers: "
            "attention can be saved from models of the transformer family"
        )
    for module in modules:
        if module.use_xformers or module.bias_k is not None or module.add_zero_attn:
            raise InputError(f"{kind} attention with xformers, a bias key or a zero key cannot be saved")
        if module.num_heads != modules[0].num_heads:
            raise InputError(f"{kind} attention has another number of heads in one layer than in another (pruned?)")
    return modules


def attend(
    module: MultiheadAttention,
    query: Tensor,
    key: Tensor,
    key_padding_mask: Tensor | None = None,
    attn_mask: Tensor | None = None,
    change_scores: Callable[[Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Multi-head attention step by step, from the module's own projections (Vaswani et al. 2017, section 3.2).

    Args:
        module: fairseq's.
        query: what looks.  # from x words x embedding
        key: what is looked at.  # to x words x embedding
        key_padding_mask: true where ``key`` is padding.  # words x to
        attn_mask: added to the scores, or true where nothing may be looked at.  # from x to
        change_scores: scores before the softmax -> those to use instead.  # words x heads x from x to

    Returns:
        output  # from x words x embedding
        weights, in float32  # words x heads x from x to
    """
    words = query.size(1)

    def heads_of(projected: Tensor) -> Tensor:  # -> words x heads x positions x size of a head
        return projected.reshape(-1, words, module.num_heads, module.head_dim).permute(1, 2, 0, 3)

    queries = heads_of(module.q_proj(query) * module.scaling)
    keys, values = heads_of(module.k_proj(key)), heads_of(module.v_proj(key))
    scores = queries @ keys.transpose(-1, -2)
    if attn_mask is not None:
        inside = attn_mask.dtype != torch.bool
        scores = scores + attn_mask if inside else scores.masked_fill(attn_mask, -torch.inf)
    if key_padding_mask is not None:
        scores = scores.masked_fill(key_padding_mask[:, None, None, :].bool(), -torch.inf)
    if change_scores is not None:
        scores = change_scores(scores)
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32)
    mixed = module.dropout_module(weights.type_as(values)) @ values
    return module.out_proj(mixed.permute(2, 0, 1, 3).reshape(*query.shape[:2], -1)), weights


@contextlib.contextmanager
def explicit_attention(
    modules: Sequence[MultiheadAttention], observe: Observe | None = None, change_scores: ChangeScores | None = None
) -> Iterator[None]:
    """While the block runs, the modules compute by `attend`; afterwards they are as they were.

    For passes over whole words only: incremental decoding is refused.

    Args:
        modules: one a layer.
        observe: called with the number of the module and its weights.  # words x heads x from x to
        change_scores: called with the number of the module and its scores; returns those to use instead.
    """
    before = [vars(module).get("forward") for module in modules]
    for number, module in enumerate(modules):
        change = functools.partial(change_scores, number) if change_scores else None
        see = functools.partial(observe, number) if observe else None
        # on the instance: the class, and so every other model, stays as it is
        module.forward = functools.partial(_forward, module, see, change)
    try:
        yield
    finally:
        for module, forward in zip(modules, before, strict=True):
            del module.forward
            if forward is not None:
                module.forward = forward


def _forward(
    module: MultiheadAttention,
    observe: Callable[[Tensor], None] | None,
    change_scores: Callable[[Tensor], Tensor] | None,
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
    if incremental_state is not None or before_softmax or key is not value and not torch.equal(key, value):
        raise RuntimeError("explicit attention computes whole words only, of one key and value")
    output, weights = attend(module, query, key, key_padding_mask, attn_mask, change_scores)
    if observe is not None:
        observe(weights)
    if not (need_weights or need_head_weights):
        return output, None
    return output, weights.transpose(0, 1) if need_head_weights else weights.mean(dim=1)


@dataclass(frozen=True)
class CapturedWord:
    """What one forced-decoding pass says about one word; EOS is in, padding is not.

    Attributes:
        symbols: of the SR, EOS last.  # sr steps
        log_probs: natural logarithm of the model's probability of each symbol, in float32.  # sr steps
        weights: kind -> float32.  # layers x heads x from x to, as DESIGN of `AttentionRecord`
    """

    symbols: list[int]
    log_probs: np.ndarray
    weights: dict[str, np.ndarray]


@torch.no_grad()
def capture(
    model: torch.nn.Module,
    net_input: dict[str, Tensor],
    surfaces: Sequence[Tensor],
    owners: Sequence[int],
    kinds: Sequence[str],
    eos: int,
    pad: int,
) -> list[CapturedWord]:
    """Run the decoder over given SRs, and keep the attention of every layer and head.

    Args:
        model: in evaluation mode; it and whatever it computes afterwards stay as they are.
        net_input: ``src_tokens`` and ``src_lengths`` of a batch, padded on either side.
        surfaces: symbols of each SR, EOS last.
        owners: of each SR, the number of its word in the batch: a word may have several, or none.
        kinds: of `KINDS`.
        eos: symbol that ends a word, and with which decoding starts.
        pad: symbol of the padding.

    Returns:
        one for each SR, in that order.

    Raises:
        InputError: the model has no such attention, or computes weights that are no numbers.
    """
    if not surfaces:
        return []
    source = net_input["src_tokens"]
    inside = source.ne(pad)
    starts, ends = inside.int().argmax(dim=1), inside.sum(dim=1)
    ends += starts
    if not source.gather(1, ends[:, None] - 1).eq(eos).all():
        raise InputError(
            "underlying forms without a symbol for their end: binarize them with `fairseq-phonology prepare`"
        )
    target = pad_sequence(list(surfaces), batch_first=True, padding_value=pad)  # SRs x steps
    log_probs, weights = _forced_pass(
        model, net_input, target, torch.as_tensor(owners, device=source.device), kinds, eos, pad
    )

    symbols, lengths = target.tolist(), target.ne(pad).sum(dim=1).tolist()
    starts, ends = starts.tolist(), ends.tolist()
    words = []
    for number, (owner, steps) in enumerate(zip(owners, lengths, strict=True)):
        underlying, surface = slice(starts[owner], ends[owner]), slice(steps)
        cuts = {
            "cross": (number, ..., surface, underlying),
            "encoder": (owner, ..., underlying, underlying),
            "decoder": (number, ..., surface, surface),
        }
        cut = {kind: np.ascontiguousarray(weights[kind][cuts[kind]]) for kind in kinds}
        words.append(CapturedWord(symbols[number][:steps], log_probs[number, :steps].copy(), cut))
    return words


def _forced_pass(
    model: torch.nn.Module,
    net_input: dict[str, Tensor],
    target: Tensor,
    owners: Tensor,
    kinds: Sequence[str],
    eos: int,
    pad: int,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """One pass over a batch, still padded.

    Returns:
        log-probability of each target symbol.  # SRs x steps
        kind -> weights.  # SRs (encoder: words) x layers x heads x from x to
    """
    previous = target.roll(1, dims=1)
    previous[:, 0] = eos
    previous[target.eq(pad)] = pad
    seen: dict[str, list[Tensor]] = {kind: [] for kind in kinds}
    with contextlib.ExitStack() as stack:
        for kind in kinds:
            keep = functools.partial(_keep, seen[kind])
            stack.enter_context(explicit_attention(attention_modules(model, kind), observe=keep))
        encoded = model.encoder(net_input["src_tokens"], src_lengths=net_input["src_lengths"])
        if len(owners) != len(net_input["src_tokens"]) or not owners.equal(torch.arange(len(owners)).to(owners)):
            encoded = model.encoder.reorder_encoder_out(encoded, owners)
        decoded = model.decoder(previous, encoder_out=encoded)
    scores = model.get_normalized_probs(decoded, log_probs=True)  # SRs x steps x symbols
    log_probs = scores.gather(2, target.unsqueeze(2)).squeeze(2)
    stacked = {kind: torch.stack(layers, dim=1) for kind, layers in seen.items()}
    for kind, weights in stacked.items():
        if not (weights.sum(dim=-1) - 1).abs().max() < 1e-3:
            raise InputError(
                f"the model computes {kind} attention that is no numbers (fp16 overflow? damaged checkpoint?)"
            )
    return log_probs.float().cpu().numpy(), {kind: weights.cpu().numpy() for kind, weights in stacked.items()}


def _keep(seen: list[Tensor], number: int, weights: Tensor) -> None:
    seen.append(weights)
