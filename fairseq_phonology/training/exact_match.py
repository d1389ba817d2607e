"""Exact match free of charge: what validation's own forward pass says about whole words. Counts first, rates last.

Greedy decoding yields the reference if and only if, under teacher forcing, the arg-max at every step, EOS included, is
the reference symbol; so no second pass and no generation is needed (``<pad>`` excluded, EOS excluded at the first step
as fairseq's generator does; no length cap; ties, which either may break, are said). Of words with several SRs, those
that are not right take one more forward pass over their other variants.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from fairseq import utils
from fairseq.data import Dictionary, data_utils
from fairseq.logging import metrics
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from ..corpus.variants import MOST_FREQUENT, Variants, nearest
from ..errors import InputError, logger_of
from ..loading.scores import scores_of
from ..text import count, percentage

logger = logger_of(__name__)

Counts = dict[str, int]
Rates = dict[str, float]
Symbols = list[int]  # of a word, without EOS
NEARLY_TIED = 1e-3  # natural log units between two symbols; rounding in batches of other sizes changes 1e-5

# hidden from fairseq's progress lines by its first character; summed over batches and workers
_PREFIX = "_count/"


@dataclass(frozen=True)
class ForcedBatch:
    """One batch of words after the validation's own forward pass.

    Attributes:
        ids: number of each word in its data set.  # words
        target: reference symbols, EOS last, padded.  # words x steps
        predicted: the model's choice at each step, given the reference so far.  # words x steps
        correct: whether greedy decoding yields exactly the reference, or another variant of the word.  # words
        dictionary: of the surface side; symbol number -> segment.
        other_variant: row of the batch -> the variant that greedy decoding yields where it is not the reference.
    """

    ids: Tensor
    target: Tensor
    predicted: Tensor
    correct: Tensor
    dictionary: Dictionary
    other_variant: Mapping[int, Symbols] = field(default_factory=dict)

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


def forced_batch(model: torch.nn.Module, output: Any | None, sample: dict[str, Any], dictionary: Dictionary):
    """Read the model's choices off the criterion's own forward pass.

    Args:
        model: the model, or fairseq's wrapper around it.
        output: what it returned for the batch, as `own_output` finds it; its first words are the batch.
        sample: the batch, not doubled by R-drop.
        dictionary: of the surface side.

    Returns:
        a `ForcedBatch`.

    Raises:
        InputError: there is no output: the criterion never called the model on the batch as it came.
    """
    if output is None:
        raise InputError(
            "exact match needs a criterion that calls the model as `model(**sample['net_input'])`, as cross_entropy, "
            "label_smoothed_cross_entropy and label_smoothed_cross_entropy_with_rdrop do; this one does not"
        )
    target = sample["target"]
    with torch.no_grad():
        scores = _choosable(model, output, target, dictionary)
        highest, predicted = scores.max(dim=-1)
        padding, unknown = target.eq(dictionary.pad()), target.eq(dictionary.unk())
        correct = (predicted.eq(target) | padding).all(dim=1) & ~unknown.any(dim=1)
        among = scores.gather(-1, target[..., None]).squeeze(-1).eq(highest) | padding
        ties = among.all(dim=1) & (scores.eq(highest[..., None]).sum(dim=-1).gt(1) & ~padding).any(dim=1)
        if bool(ties.any()):
            _say_ties()
    return ForcedBatch(sample["id"], target, predicted, correct, dictionary)


def nearly_tied(model: torch.nn.Module, output: Any, sample: dict[str, Any], dictionary: Dictionary) -> Tensor:
    """Words of which one forward pass does not tell whether greedy decoding yields the reference: at the step that
    decides, the scores of its symbol and of another one differ by less than what another batch may change.  # words

    Args as `forced_batch`.
    """
    target = sample["target"]
    with torch.no_grad():
        scores = _choosable(model, output, target, dictionary)
        own = scores.gather(-1, target[..., None]).squeeze(-1)
        other = scores.scatter(-1, target[..., None], -torch.inf).amax(dim=-1)
        ahead = (own - other).masked_fill(target.eq(dictionary.pad()), torch.inf).amin(dim=1)
        return ~ahead.abs().gt(NEARLY_TIED)


@functools.cache
def _say_ties() -> None:
    logger.warning(
        "some words have a step where the symbol of the reference and another one have the same, highest score: there "
        "exact match takes the first, and greedy decoding may take the other (half precision, or weights that are 0)"
    )


def _choosable(model: torch.nn.Module, output: Any, target: Tensor, dictionary: Dictionary) -> Tensor:
    """A copy of the scores, with what the generator never chooses left out.  # words x steps x symbols"""
    # R-drop runs every word twice, one after the other: the first half is the batch as it came
    scores = scores_of(model, output)[: target.size(0)]
    scores = scores.detach().clone()  # the criterion's tensor stays as it is
    scores[..., dictionary.pad()] = -torch.inf
    # the generator's shortest word has one segment; with padding on the left, words start at different steps
    first = target.ne(dictionary.pad()).int().argmax(dim=1)
    scores[torch.arange(len(scores), device=scores.device), first, dictionary.eos()] = -torch.inf
    return scores


def inner(symbols: Tensor | list[Symbols], dictionary: Dictionary) -> list[Symbols]:
    """The symbols of each word without padding and EOS."""
    outside = (dictionary.pad(), dictionary.eos())
    words = symbols.tolist() if torch.is_tensor(symbols) else symbols
    return [[symbol for symbol in word if symbol not in outside] for word in words]


def selected(sample: dict[str, Any], rows: Tensor) -> dict[str, Any]:
    """Some words of a batch: their numbers, and what the model reads of them."""
    net_input = {
        name: value.index_select(0, rows) if torch.is_tensor(value) else value
        for name, value in sample["net_input"].items()
    }
    return {"id": sample["id"].to(rows.device).index_select(0, rows), "net_input": net_input}


class AnyVariant:
    """Which words are right by a variant that is not their reference, without generation.

    Args:
        variants: the URs with several SRs.
        labels: gives id, UR and SR of each word of a data set.
        dictionary: of the surface side.
        say: called with how many words of a data set have variants.
    """

    def __init__(
        self,
        variants: Variants,
        labels: Callable[[Any], Sequence[tuple]],
        dictionary: Dictionary,
        say: Callable[[str], Any] = lambda text: None,
    ):
        self._variants, self._labels, self._dictionary, self._say = variants, labels, dictionary, say
        self._datasets: dict[int, tuple[Any, list[list[Symbols]]]] = {}

    def of(self, dataset: Any) -> list[list[Symbols]]:
        """The variants of each word, most frequent first; none of a word with one SR. A segment that the dictionary
        lacks is -1, so that no hypothesis is such a variant.

        Raises:
            InputError: the SR of a word is none of the variants of its UR.
        """
        if id(dataset) not in self._datasets:
            symbols, found = self._dictionary, []
            for n, (name, ur, sr) in enumerate(self._labels(dataset) if self._variants else ()):
                variants = self._variants.get(tuple(ur.split()), ())
                known = {" ".join(one.sr) for one in variants}
                if variants and sr is not None and sr not in known and symbols[symbols.unk()] not in sr.split():
                    raise InputError(
                        f"variants.tsv has {', '.join(sorted(known))} for {ur}, and not {sr}, as word {name} (sample "
                        f"{n}) has: it is of other data; run prepare again, or move it away"
                    )
                found.append([[symbols.index(s) if s in symbols else -1 for s in one.sr] for one in variants])
            if any(found):
                self._say(f"{sum(map(bool, found))} of {count(len(found))} have several variants, each of them right")
            # the data set is kept too, so that its id stays its own
            self._datasets[id(dataset)] = dataset, found or [[]] * len(self._labels(dataset))
        return self._datasets[id(dataset)][1]

    def texts(self, dataset: Any, rows: Sequence[int]) -> list[list[str]]:
        """The variants of some words as text; an unknown segment as fairseq writes it in a reference."""
        variants, symbols, unknown = self.of(dataset), self._dictionary, self._dictionary.unk_string(escape=True)
        return [[" ".join(symbols[s] if s >= 0 else unknown for s in one) for one in variants[row]] for row in rows]

    def forced(self, dataset: Any, batch: ForcedBatch, model: torch.nn.Module, sample: dict[str, Any]) -> ForcedBatch:
        """The batch with the words right that greedy decoding gives another variant.

        Args:
            dataset: whose batch it is.
            batch: compared with the references.
            model: without fairseq's wrapper for several workers, in evaluation mode.
            sample: the batch as fairseq has it.
        """
        variants, references = self.of(dataset), inner(batch.target, batch.dictionary)
        others = [
            (row, variant)
            for row in (~batch.correct).nonzero().flatten().tolist()
            for variant in variants[int(batch.ids[row])]
            if variant != references[row] and -1 not in variant
        ]
        left_pad, said = getattr(dataset, "left_pad_target", False), {}
        for start in range(0, len(others), len(references)):  # as many at once as the batch has words
            some = others[start : start + len(references)]
            part = _with_targets(sample, some, batch.dictionary, left_pad)
            with torch.no_grad():
                output = model(**part["net_input"])
            right = forced_batch(model, output, part, batch.dictionary).correct.tolist()
            said |= dict(itertools.compress(some, right))
        if not said:
            return batch
        correct = batch.correct.clone()
        correct[list(said)] = True
        return replace(batch, correct=correct, other_variant=said)

    def counts(self, dataset: Any, batch: ForcedBatch) -> Counts:
        """`variant_counts` of a batch; nothing of a data set whose words have no variants."""
        variants = self.of(dataset)
        if not any(variants):
            return {}
        references = inner(batch.target, batch.dictionary)
        said = [
            batch.other_variant.get(row, reference) if right else None
            for row, (reference, right) in enumerate(zip(references, batch.correct.tolist(), strict=True))
        ]
        return variant_counts([variants[row] for row in batch.ids.tolist()], said)

    def references(
        self, dataset: Any, rows: Sequence[int], references: Sequence[Symbols], hypotheses: Sequence[Symbols | None]
    ) -> list[Symbols]:
        """What each hypothesis is compared with: the nearest variant of its word, or its only SR."""
        variants = self.of(dataset)
        words = zip(rows, references, hypotheses, strict=True)
        return [
            nearest(hypothesis, variants[row]) if variants[row] and hypothesis is not None else reference
            for row, reference, hypothesis in words
        ]


def _with_targets(
    sample: dict[str, Any], targets: Sequence[tuple[int, Symbols]], dictionary: Dictionary, left_pad: bool
) -> dict[str, Any]:
    """A batch of some of the words, each with another SR: (row, symbols)."""
    device = sample["target"].device
    part = selected(sample, torch.tensor([row for row, _ in targets], device=device))
    symbols = [torch.tensor([*symbols, dictionary.eos()]) for _, symbols in targets]
    collate = functools.partial(data_utils.collate_tokens, symbols, dictionary.pad(), dictionary.eos(), left_pad)
    part["net_input"]["prev_output_tokens"] = collate(move_eos_to_beginning=True).to(device)
    return {**part, "target": collate().to(device)}


def variant_counts(variants: Sequence[Sequence[Sequence]], said: Sequence[Sequence | None]) -> Counts:
    """``varied``: right words that have variants; ``most_frequent``: those of them that are the most frequent one.

    Args:
        variants: of each word, most frequent first; none of a word with one SR.
        said: the hypothesis of each word; None where it is not right.
    """
    right = [(some, one) for some, one in zip(variants, said, strict=True) if some and one is not None]
    return {"varied": len(right), "most_frequent": sum(one == some[0] for some, one in right)}


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
    """``exact_match``: words right / words; ``per``, where edits were counted: edits / segments. Both in %, as is
    ``most_frequent_variant`` of words with variants: those that are the most frequent one / those that are right."""
    rates = {"exact_match": percentage(counts["right"], counts["words"])}
    if "varied" in counts:
        rates[MOST_FREQUENT] = percentage(counts["most_frequent"], counts["varied"])
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
