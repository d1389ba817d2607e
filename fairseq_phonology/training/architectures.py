"""Named model sizes for word-length strings: ``--arch transformer_phonology_tiny``, ``_small``, ``_base``.

Words are short and inventories small, so these are a fraction of fairseq's default; pre-norm trains without tuning.
"""

from __future__ import annotations

from argparse import Namespace

from fairseq.models import register_model_architecture
from fairseq.models.transformer import base_architecture


def _sized(args: Namespace, layers: int, dim: int, ffn: int) -> None:
    """Fill in what the command line left open, then fairseq's defaults for the rest."""
    for side in ("encoder", "decoder"):
        _default(args, f"{side}_layers", layers)
        _default(args, f"{side}_embed_dim", dim)
        _default(args, f"{side}_ffn_embed_dim", ffn)
        _default(args, f"{side}_attention_heads", 4)
        _default(args, f"{side}_normalize_before", True)
    _default(args, "share_decoder_input_output_embed", True)
    base_architecture(args)


def _default(args: Namespace, name: str, value) -> None:
    setattr(args, name, getattr(args, name, value))


@register_model_architecture("transformer", "transformer_phonology_tiny")
def transformer_phonology_tiny(args: Namespace) -> None:
    """3 + 3 layers, 4 heads, 128 dimensions, 256 in the feed-forward layers: minutes on a laptop."""
    _sized(args, layers=3, dim=128, ffn=256)


@register_model_architecture("transformer", "transformer_phonology_small")
def transformer_phonology_small(args: Namespace) -> None:
    """3 + 3 layers, 4 heads, 128 dimensions, 512 in the feed-forward layers."""
    _sized(args, layers=3, dim=128, ffn=512)


@register_model_architecture("transformer", "transformer_phonology_base")
def transformer_phonology_base(args: Namespace) -> None:
    """4 + 4 layers, 4 heads, 256 dimensions, 1,024 in the feed-forward layers (Wu et al. 2021, arXiv:2005.10213)."""
    _sized(args, layers=4, dim=256, ffn=1024)
