"""Words led along given SRs, and what every layer and head attends to on the way: as in a dump, but in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import torch
from fairseq.data import Dictionary
from torch.nn.utils.rnn import pad_sequence

from .capture import capture
from .record import AttentionRecord

Word = tuple[str, tuple[str, ...], tuple[str, ...]]  # id, UR, SR


def records_along(
    model: torch.nn.Module,
    source: Dictionary,
    target: Dictionary,
    words: Sequence[Word],
    kinds: Collection[str],
    batch_size: int = 1024,
) -> Iterator[AttentionRecord]:
    """One record of each word, short words first; its ``row`` is the word's number among those given.

    Args:
        model: in evaluation mode; left as it is.
        source, target: its dictionaries; they have every segment of the words.
        words: what to run, and along which SRs.
        kinds: of attention that are kept.
        batch_size: words in one pass.

    Raises:
        InputError: the model has no such attention, or computes weights that are no numbers.
    """
    device = next(model.parameters()).device
    order = sorted(range(len(words)), key=lambda n: (len(words[n][1]), len(words[n][2]), n))
    for first in range(0, len(order), batch_size):
        some = order[first : first + batch_size]
        urs, srs = (
            [_symbols(side, words[n][place], device) for n in some] for side, place in ((source, 1), (target, 2))
        )
        lengths = torch.tensor([len(ur) for ur in urs], device=device)
        # padded on the left, as fairseq trains
        tokens = pad_sequence([ur.flip(0) for ur in urs], batch_first=True, padding_value=source.pad()).flip(1)
        captured = capture(
            *(model, {"src_tokens": tokens, "src_lengths": lengths}, srs, range(len(some)), tuple(kinds)),
            eos=target.eos(),
            pad=source.pad(),
        )
        for n, found in zip(some, captured, strict=True):
            name, ur, sr = words[n]
            yield AttentionRecord(name, n, 0, ur, sr, sr, found.log_probs, **found.weights)


def _symbols(dictionary: Dictionary, segments: tuple[str, ...], device: torch.device) -> torch.Tensor:
    """EOS last."""
    return torch.tensor([*map(dictionary.index, segments), dictionary.eos()], device=device)
