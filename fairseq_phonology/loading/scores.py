"""By which scores a model chooses a symbol: those of fairseq's generator, without a softmax that changes no choice."""

from __future__ import annotations

from typing import Any

from fairseq.models import BaseFairseqModel, FairseqDecoder
from fairseq.models.transformer import TransformerModelBase
from torch import Tensor, nn

_NAMES = ("get_normalized_probs", "get_normalized_probs_scriptable")
# fairseq's own: the softmax of what the decoder gives, unless it has an adaptive one
_STOCK = {
    vars(kind)[name]
    for kind in (BaseFairseqModel, FairseqDecoder, TransformerModelBase)
    for name in _NAMES
    if name in vars(kind)
}


def scores_of(model: nn.Module, output: Any) -> Tensor:
    """Of every symbol at every step; those of one step, up to what they have in common, are log-probabilities (natural
    logarithm). fairseq's generator asks `get_normalized_probs`, in which an architecture may copy from the UR, add a
    prior or leave symbols out; where neither the model nor its decoder has one of its own, the logits serve.

    Args:
        model: or fairseq's wrapper around it.
        output: what it, or its decoder, gave for some words.

    Returns:
        the output's own tensor, or a new one.  # words x steps x symbols
    """
    if _is_softmax_of_logits(model):
        return output[0]
    # without the sample: with it, an adaptive softmax gives scores of the reference's cluster only
    return model.get_normalized_probs(output, log_probs=True)


def _is_softmax_of_logits(model: nn.Module) -> bool:
    decoder = getattr(model, "decoder", None)
    if getattr(decoder, "adaptive_softmax", None) is not None:
        return False
    own = [getattr(part, name, None) for part in (model, decoder) for name in _NAMES]
    return all(method is None or getattr(method, "__func__", method) in _STOCK for method in own)
