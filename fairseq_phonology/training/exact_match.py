"""Exact match free of charge: what validation's own forward pass says about whole words. Counts first, rates last.

Greedy decoding yields the reference if and only if, under teacher forcing, the arg-max at every step, EOS included, is
the reference symbol; so no second pass and no generation is needed (``<pad>`` excluded, EOS excluded at the first step
as fairseq's generator does; no ties, no length cap).
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from fairseq import utils
from fairseq.data import Dictionary
from fairseq.logging import metrics
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from ..errors import InputError
from ..text import percentage

Counts = dict[str, int]
Rates = dict[str, float]

# hidden from fairseq's progress lines by its first character; summed over batches and workers
_PREFIX = "_count/"


@dataclass(frozen=True)
class ForcedBatch:
    """One batch of words after the validation's own forward pass.

    Attributes:
        ids: number of each word in its data set.  # words
        target: reference symbols, EOS last, padded.  # words x steps
        predicted: the model's choice at each step, given the reference so far.  # words x steps
        correct: whether greedy decoding yields exactly the reference.  # words
        dictionary: of the surface side; symbol number -> segment.
    """

    ids: Tensor
    target: Tensor
    predicted: Tensor
    correct: Tensor
    dictionary: Dictionary

    def references(self) -> list[tuple[str, ...]]:
        """The gold SR of each word as segments, ``</s>`` last."""
        return self._segments(self.target)

    def choices(self) -> list[tuple[str, ...]]:
        """The model's choice at each step of the reference as a segment, the step that should emit ``</s>`` last."""
        return self._segments(self.predicted)

    def _segments(self, symbols: Tensor) -> list[tuple[str, ...]]:
        inside = self.target.ne(self.dictionary.pad())
        lengths = inside.sum(dim=1).tolist()
        flat = map(self.dictionary.symbols.__getitem__, symbols[inside].tolist())
        return [tuple(itertools.islice(flat, length)) for length in lengths]


@contextlib.contextmanager
def captured_outputs(model: torch.nn.Module) -> Iterator[list[Any]]:
    """Collect what ``model`` returns while the block runs; leaves no hook behind."""
    outputs: list[Any] = []
    handle = model.register_forward_hook(lambda module, args, output: outputs.append(output))
    try:
        yield outputs
    finally:
        handle.remove()


def forced_batch(model: torch.nn.Module, outputs: list[Any], sample: dict[str, Any], dictionary: Dictionary):
    """Read the model's choices off the criterion's own forward pass.

    Args:
        model: the model, or fairseq's wrapper around it.
        outputs: what `captured_outputs` collected; the first counts.
        sample: the batch, not doubled by R-drop.
        dictionary: of the surface side.

    Returns:
        a `ForcedBatch`.

    Raises:
        InputError: the criterion never called the model.
    """
    if not outputs:
        raise InputError(
            "exact match needs a criterion that calls the model as `model(**sample['net_input'])`, as cross_entropy, "
            "label_smoothed_cross_entropy and label_smoothed_cross_entropy_with_rdrop do; this one does not"
        )
    target = sample["target"]
    with torch.no_grad():
        # R-drop runs every word twice, one after the other: the first half is the batch as it came
        scores = _scores(model, outputs[0])[: target.size(0)]
        predicted = _choices(scores, target, dictionary)
        padding, unknown = target.eq(dictionary.pad()), target.eq(dictionary.unk())
        correct = (predicted.eq(target) | padding).all(dim=1) & ~unknown.any(dim=1)
    return ForcedBatch(sample["id"], target, predicted, correct, dictionary)


def _scores(model: torch.nn.Module, output: Any) -> Tensor:
    """Scores in the order of the model's probabilities.  # words x steps x symbols"""
    if getattr(getattr(model, "decoder", None), "adaptive_softmax", None) is not None:
        # without the sample: with it, fairseq returns scores of the reference's cluster only
        return model.get_normalized_probs(output, log_probs=True)
    return output[0]  # logits: the softmax would cost time and change no arg-max


def _choices(scores: Tensor, target: Tensor, dictionary: Dictionary) -> Tensor:
    """The arg-max at each step, with what the generator never chooses left out.  # words x steps"""
    scores = scores.detach().clone()  # the criterion's tensor stays as it is
    scores[..., dictionary.pad()] = -torch.inf
    # the generator's shortest word has one segment; with padding on the left, words start at different steps
    first = target.ne(dictionary.pad()).int().argmax(dim=1)
    scores[torch.arange(len(scores), device=scores.device), first, dictionary.eos()] = -torch.inf
    return scores.argmax(dim=-1)


def word_counts(batch: ForcedBatch) -> dict[str, Any]:
    """``words`` and ``right``: tensors stay where they are, so that a GPU is not made to wait."""
    return {"words": len(batch.target), "right": batch.correct.sum()}


def edit_counts(references: Sequence[Sequence], hypotheses: Sequence[Sequence], unk: int | None = None) -> Counts:
    """``edits`` (insertions, deletions, substitutions) and ``segments`` of the references, summed over the words.

    A reference segment unknown to the dictionary (``unk``) is never right.
    """
    known = [[-1 if symbol == unk else symbol for symbol in reference] for reference in references]
    edits = sum(Levenshtein.distance(left, right) for left, right in zip(known, hypotheses, strict=True))
    return {"edits": edits, "segments": sum(map(len, known))}


def word_rates(counts: dict[str, float]) -> Rates:
    """``exact_match``: words right / words; ``per``, where edits were counted: edits / segments. Both in %."""
    rates = {"exact_match": percentage(counts["right"], counts["words"])}
    if "segments" in counts:
        rates["per"] = percentage(counts["edits"], counts["segments"])
    return rates


def as_log(counts: dict[str, Any]) -> dict[str, Any]:
    """Counts under the names by which they travel in fairseq's logging outputs."""
    return {_PREFIX + name: count for name, count in counts.items()}


def log_rates(logging_outputs: Sequence[dict[str, Any]], rates: Callable[[dict[str, float]], Rates]) -> list[str]:
    """Sum the counts of the logging outputs, and log each rate as derived from the sums.

    Args:
        logging_outputs: of one step or one validation, from all workers.
        rates: summed counts -> rates, always of the same names.

    Returns:
        names of the rates; empty where there are no counts, as in training.
    """
    names = [name for name in (logging_outputs[0] if logging_outputs else {}) if name.startswith(_PREFIX)]
    if not names:
        return []
    # several workers: the sums come as tensors, which no checkpoint should hold
    sums = {name: utils.item(sum(log.get(name, 0) for log in logging_outputs)) for name in names}
    for name, value in sums.items():
        metrics.log_scalar(name, value)

    @functools.lru_cache(maxsize=1)  # each rate is asked for after every batch, from the same sums
    def rates_of(values: tuple[float, ...]) -> Rates:
        return rates({name.removeprefix(_PREFIX): value for name, value in zip(names, values, strict=True)})

    def rate(name: str, meters: dict[str, Any]) -> float:
        return rates_of(tuple(meters[count].sum for count in names)).get(name, float("nan"))

    rate_names = list(rates_of(tuple(sums.values())))
    for name in rate_names:
        metrics.log_derived(name, functools.partial(rate, name))
    return rate_names
