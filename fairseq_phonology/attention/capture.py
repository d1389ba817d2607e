"""Every layer and head of the attention, from one forced-decoding pass over words that are already there.

fairseq itself returns one layer, averaged over heads. The encoder's own run is watched and not repeated; the decoder
runs once more over each SR. With `multihead` and `knockout` the only module that knows fairseq's tensor layouts.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..corpus.batches import parts
from ..errors import InputError
from .multihead import attention_modules, attention_weights, explicit_attention, value_norms, value_vectors

_TOGETHER = 128  # SRs in one pass of the decoder
_CELLS = 2**26  # weights of all layers and heads that stand in memory at a time, 256 MiB


@dataclass(frozen=True)
class CapturedWord:
    """What one forced-decoding pass says about one word; EOS is in, padding is not.

    Attributes:
        symbols: of the SR, EOS last.  # sr steps
        log_probs: natural logarithm of the model's probability of each symbol, in float32.  # sr steps
        weights: kind -> float32, with the axes of `AttentionRecord`.  # layers x heads x queries x keys
        norms: kind -> norms of the weighted value vectors, likewise; empty unless they were asked for.
    """

    symbols: list[int]
    log_probs: np.ndarray
    weights: dict[str, np.ndarray]
    norms: dict[str, np.ndarray]


@dataclass(frozen=True)
class EncoderRun:
    """What the encoder did with one batch; kept, so that it need not do it again.

    Attributes:
        source: the symbols it was given.  # words x positions
        output: what it gave back.
        inputs: of the self-attention of each layer: names of its arguments -> tensors.
    """

    source: Tensor
    output: dict[str, list[Tensor]]
    inputs: list[dict[str, Any]]


@contextlib.contextmanager
def watched_encoder(model: torch.nn.Module, kinds: Sequence[str]) -> Iterator[list[EncoderRun]]:
    """Collect what the encoder does while the block runs; what it computes does not change, and it is left as it was.

    Args:
        model: the model.
        kinds: of attention that are wanted; what goes into self-attention is kept for ``encoder`` alone.
    """
    runs: list[EncoderRun] = []
    inputs: list[dict[str, Any]] = []
    modules = attention_modules(model, "encoder") if "encoder" in kinds else []
    encoder, names = model.encoder, ("query", "key", "key_padding_mask", "attn_mask")
    before, run = vars(encoder).get("forward"), encoder.forward

    def keep_input(module: Any, args: tuple, kwargs: dict[str, Any]) -> None:
        given = {**dict(zip(("query", "key"), args, strict=False)), **kwargs}
        inputs.append({name: given[name] for name in names if name in given})

    def forward(src_tokens: Tensor, *args: Any, **kwargs: Any) -> dict[str, list[Tensor]]:
        inputs.clear()
        output = run(src_tokens, *args, **kwargs)
        runs.append(EncoderRun(src_tokens, output, list(inputs)))
        return output

    handles = [module.register_forward_pre_hook(keep_input, with_kwargs=True) for module in modules]
    encoder.forward = forward  # no hook: fairseq's generator calls this method itself
    try:
        yield runs
    finally:
        del encoder.forward
        if before is not None:
            encoder.forward = before
        for handle in handles:
            handle.remove()


def portions(
    model: torch.nn.Module, kinds: Sequence[str], owners: Sequence[int], lengths: Sequence[int]
) -> Iterator[list[int]]:
    """Numbers of the SRs of a batch, in portions for whose weights there is room; those of a word stay together.

    Args:
        model, kinds: as of `capture`.
        owners: of each SR, the number of its word; one word after the other.
        lengths: symbols of each SR, or of its word where that is longer.
    """
    groups = [list(own) for _, own in itertools.groupby(range(len(owners)), owners.__getitem__)]
    if not groups:
        return
    cells = _cells(model, kinds) // max(map(len, groups))
    for some in parts(groups, lambda group: max(lengths[n] for n in group), len(groups), cells):
        yield [number for group in some for number in group]


def _cells(model: torch.nn.Module, kinds: Sequence[str]) -> int:
    """Of each layer and head."""
    modules = (attention_modules(model, kind) for kind in kinds)
    return _CELLS // sum(len(own) * own[0].num_heads for own in modules)


@torch.no_grad()
def capture(
    model: torch.nn.Module,
    net_input: dict[str, Tensor],
    surfaces: Sequence[Tensor],
    owners: Sequence[int],
    kinds: Sequence[str],
    eos: int,
    pad: int,
    run: EncoderRun | None = None,
    norms: bool = False,
) -> list[CapturedWord]:
    """Run the decoder over given SRs, and keep the attention of every layer and head.

    Norms are those of the weighted value vectors, ||a f(x)|| with f(x) = (x W_V + b_V) W_O restricted to the head, from
    the same computation as the weights; the bias of W_O belongs to no head and is left out (Kobayashi et al. 2020,
    "Attention is not only a weight", EMNLP).

    Args:
        model: in evaluation mode; it is not changed.
        net_input: ``src_tokens`` and ``src_lengths`` of a batch, padded on either side.
        surfaces: symbols of each SR, EOS last.
        owners: of each SR, the number of its word in the batch: a word may have several, or none.
        kinds: of attention, from `edges.KINDS`.
        eos: symbol that ends a word, and with which decoding starts.
        pad: symbol of the padding.
        run: of the encoder over this very batch, from `watched_encoder`; made here otherwise.
        norms: keep the norms, too.

    Returns:
        one for each SR, in that order.

    Raises:
        InputError: the model has no such attention, or computes weights or values that are not finite.
    """
    source = net_input["src_tokens"]
    if run is None or run.source is not source:
        with watched_encoder(model, kinds) as runs:
            model.encoder(source, src_lengths=net_input["src_lengths"])
        (run,) = runs
    extents = _extents(source, eos, pad)
    cells = _cells(model, kinds)
    asked = {word: extents[word] for word in owners} if "encoder" in kinds else {}
    whole = _of_encoder(model, run, asked, cells, norms)
    words: dict[int, CapturedWord] = {}
    # by length, a few at a time: little is computed for padding, and memory does not grow with the batch
    order = sorted(range(len(surfaces)), key=lambda number: len(surfaces[number]))
    lengths = [extent.stop - extent.start for extent in extents]
    for chunk in parts(order, lambda n: max(len(surfaces[n]), lengths[owners[n]]), _TOGETHER, cells):
        own = [owners[number] for number in chunk]
        target = pad_sequence([surfaces[number] for number in chunk], batch_first=True, padding_value=pad)
        symbols = target.tolist()
        left, right = min(extents[word].start for word in own), max(extents[word].stop for word in own)
        log_probs, *arrays = _forced_pass(model, run, target, own, slice(left, right), kinds, eos, pad, norms)
        for place, (number, word) in enumerate(zip(chunk, own, strict=True)):
            steps, positions = len(surfaces[number]), extents[word]
            shifted = slice(positions.start - left, positions.stop - left)
            of_decoder = (_cut({kind: array[place] for kind, array in some.items()}, steps, shifted) for some in arrays)
            of_encoder = whole[word] if whole else ({}, {})
            found = (decoder | encoder for decoder, encoder in zip(of_decoder, of_encoder, strict=True))
            words[number] = CapturedWord(symbols[place][:steps], log_probs[place, :steps].copy(), *found)
    return [words[number] for number in range(len(surfaces))]


def _extents(source: Tensor, eos: int, pad: int) -> list[slice]:
    """Where each word of a batch stands, its EOS included."""
    inside = source.ne(pad)
    starts, ends = inside.int().argmax(dim=1), inside.int().argmax(dim=1) + inside.sum(dim=1)
    at_end = source.gather(1, ends[:, None] - 1).eq(eos)  # of a form with <pad> inside, this is no end
    if not (at_end.all() and source.eq(eos).sum(dim=1).eq(1).all()):
        raise InputError(
            "an underlying form does not end in </s>, or has </s> or <pad> in it; in data that `fairseq-phonology "
            "prepare` makes each ends in its only one"
        )
    return [slice(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _cut(arrays: dict[str, np.ndarray], steps: int, positions: slice) -> dict[str, np.ndarray]:
    """What the decoder gave one word, without padding.  # layers x heads x queries x keys"""
    columns = {"cross": positions, "decoder": slice(steps)}
    return {kind: array[..., :steps, columns[kind]].copy() for kind, array in arrays.items()}


def _forced_pass(
    model: torch.nn.Module,
    run: EncoderRun,
    target: Tensor,
    owners: Sequence[int],
    positions: slice,
    kinds: Sequence[str],
    eos: int,
    pad: int,
    norms: bool,
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """One pass of the decoder over some SRs, still padded.

    Args:
        positions: of the source, all of these words.

    Returns:
        log-probability of each target symbol.  # SRs x steps
        kind -> weights.  # SRs x layers x heads x queries x keys
        kind -> norms, likewise; empty unless they are wanted.
    """
    previous = target.roll(1, dims=1)
    previous[:, 0] = eos
    # anything but padding: no step looks ahead, so none sees it, and fairseq need not mask it
    previous[previous.eq(pad)] = eos
    # fairseq reorders the list of the layers' states in place: without it, the run stays as it is for the next SRs
    output = {**run.output, "encoder_states": []}
    encoded = model.encoder.reorder_encoder_out(output, torch.as_tensor(owners, device=target.device))
    encoded["encoder_out"] = [states[positions] for states in encoded["encoder_out"]]
    encoded["encoder_padding_mask"] = [mask[:, positions] for mask in encoded["encoder_padding_mask"]]
    seen = {kind: _Layers(model, kind) for kind in kinds if kind != "encoder"}
    with contextlib.ExitStack() as stack:
        for layers in seen.values():
            see_values = layers.see_values if norms else None
            stack.enter_context(explicit_attention(layers.modules, layers.see, observe_values=see_values))
        decoded = model.decoder(previous, encoder_out=encoded)
    scores = model.get_normalized_probs(decoded, log_probs=True)  # SRs x steps x symbols
    log_probs = scores.gather(2, target.unsqueeze(2)).squeeze(2)
    weights = {kind: layers.weights() for kind, layers in seen.items()}
    lengths = {kind: layers.norms(weights[kind]) for kind, layers in seen.items()} if norms else {}
    return log_probs.float().cpu().numpy(), weights, lengths


def _of_encoder(
    model: torch.nn.Module, run: EncoderRun, extents: dict[int, slice], cells: int, norms: bool
) -> dict[int, tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]:
    """Weights and norms of the encoder's self-attention of some words, by kind.  # layers x heads x queries x keys"""
    found, padded = {}, run.source.size(1)
    for own in parts(extents, lambda n: padded, len(extents), cells):
        layers = _Layers(model, "encoder")
        for number, (module, given) in enumerate(zip(layers.modules, run.inputs, strict=True)):
            given = {**given, "query": given["query"][:, own], "key": given["key"][:, own]}
            if given.get("key_padding_mask") is not None:
                given["key_padding_mask"] = given["key_padding_mask"][own]
            layers.see(number, attention_weights(module, **given))
            if norms:
                layers.see_values(number, value_vectors(module, given["key"]))
        weights = layers.weights()
        arrays = weights, layers.norms(weights) if norms else None
        for place, word in enumerate(own):
            at = ..., extents[word], extents[word]
            found[word] = tuple({} if a is None else {"encoder": a[place][at].copy()} for a in arrays)
    return found


class _Layers:
    """The attention of one kind, layer after layer as the model computes it."""

    def __init__(self, model: torch.nn.Module, kind: str):
        self.kind, self.modules = kind, attention_modules(model, kind)
        self._weights: list[Tensor] = []
        self._lengths: list[Tensor] = []

    def see(self, number: int, weights: Tensor) -> None:
        """words x heads x queries x keys"""
        self._weights.append(weights)

    def see_values(self, number: int, values: Tensor) -> None:
        """words x heads x keys x size of a head"""
        self._lengths.append(value_norms(self.modules[number], values))

    def weights(self) -> np.ndarray:
        """words x layers x heads x queries x keys"""
        weights = torch.stack(self._weights, dim=1)
        if not (weights.sum(dim=-1) - 1).abs().max() < 1e-3:
            raise InputError(f"the {self.kind} attention of the model is not finite (overflow in half precision?)")
        return weights.cpu().numpy()

    def norms(self, weights: np.ndarray) -> np.ndarray:
        """Of what `weights` gave; a vector times a weight, which is never negative, is that much as long."""
        lengths = torch.stack(self._lengths, dim=1)
        if not lengths.isfinite().all():
            raise InputError(f"the value vectors of the {self.kind} attention of the model are not finite")
        return weights * lengths.unsqueeze(3).cpu().numpy()
