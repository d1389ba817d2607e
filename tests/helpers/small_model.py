"""A small model of random weights over the letters a to f, and batches for it; needs fairseq."""

from __future__ import annotations

from argparse import Namespace

import torch
from fairseq.data import Dictionary, data_utils
from fairseq.models import ARCH_CONFIG_REGISTRY, ARCH_MODEL_REGISTRY

import fairseq_phonology  # noqa: F401 (registers the architectures)

KINDS = ("cross", "encoder", "decoder")
WORDS = ["a b c d e f", "b a", "c c d", "e f a b c d e f a", "d", "f e d"]
SRS = ["a b c d", "b", "c c d d d d d", "e f a b c d e f", "", "f e d"]
SIZES = {"encoder_layers": 3, "decoder_layers": 2, "encoder_embed_dim": 16, "decoder_embed_dim": 16}
SIZES |= {"encoder_ffn_embed_dim": 24, "decoder_ffn_embed_dim": 24}
SIZES |= {"encoder_attention_heads": 4, "decoder_attention_heads": 2, "dropout": 0.3, "attention_dropout": 0.3}


def letters() -> Dictionary:
    made = Dictionary()
    for symbol in "abcdef":
        made.add_symbol(symbol)
    return made


def random_model(dictionary, architecture="transformer", seed=1, spread=0.1, **options):
    """Three encoder and two decoder layers, 4 and 2 heads, with biases of their own."""
    torch.manual_seed(seed)
    args = Namespace(**{**SIZES, "max_source_positions": 50, "max_target_positions": 50, **options})
    ARCH_CONFIG_REGISTRY[architecture](args)
    task = Namespace(source_dictionary=dictionary, target_dictionary=dictionary)
    model = ARCH_MODEL_REGISTRY[architecture].build_model(args, task).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=spread)
    return model


def symbols_of(dictionary, words) -> list[torch.Tensor]:
    return [dictionary.encode_line(word, add_if_not_exist=False).long() for word in words]


def batch_of(dictionary, words=WORDS, left=True, length=None) -> dict[str, torch.Tensor]:
    symbols = symbols_of(dictionary, words)
    pad, eos = dictionary.pad(), dictionary.eos()
    tokens = data_utils.collate_tokens(symbols, pad, eos, left_pad=left, pad_to_length=length)
    return {"src_tokens": tokens, "src_lengths": torch.tensor([len(word) for word in symbols])}
