"""Scores the checkpoints of any translation run by whole words: the data once, then one checkpoint after the other.

The forward pass of the loss tells which words greedy decoding gets right (`exact_match`); only the others are
generated. A beam is another matter: it may end other hypotheses before that of the arg-max, so all words are generated.
What it finds goes to `score_record`, which remembers it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from fairseq import utils
from fairseq.criterions import CRITERION_REGISTRY
from fairseq.models.transformer import TransformerModel
from fairseq.search import BeamSearch
from fairseq.sequence_generator import SequenceGenerator
from fairseq.tasks import TASK_REGISTRY, FairseqTask
from omegaconf import OmegaConf

from ...corpus.batches import parts
from ...corpus.variants import MOST_FREQUENT
from ...errors import NOT_FINITE, InputError
from ...loading import saved_at
from ..binarize import check_data_set, variants_of
from ..callbacks import Prediction
from ..calls import captured_calls, own_output, to_compute_with
from ..dictionaries import Dictionaries
from ..exact_match import (
    AnyVariant,
    Symbols,
    edit_counts,
    forced_batch,
    inner,
    nearly_tied,
    variant_counts,
    word_rates,
)
from ..predictions import Hypotheses, Row, word_rows
from .loaded import build_model, check_known, check_model, load_weights, name_in, read_checkpoint, task_of
from .score_record import Score, data_digest

GENERATED = 4  # batches of the forward pass in one of the generation, whose steps are short


@dataclass(frozen=True)
class Data:
    """One subset, read once.

    Attributes:
        task: fairseq's task, with the dictionaries.
        path: the folder with the binarized data.
        batches: collated words, short ones first.
        collated: makes a batch of the words of these numbers.
        symbols: of the longer side of a word, EOS included.
        rows: what is known of each word, in the order of the data set: see `word_rows`.
        lengths: symbols of the UR and of the SR of each word, EOS included, as the model is given them: fairseq cuts
            URs where it trained with ``--truncate-source``.
        digest: of its files, see `data_digest`.
        variants: of its words with several SRs.
    """

    task: Any
    path: Path
    batches: list[dict[str, Any]]
    collated: Callable[[Sequence[int]], dict[str, Any]]
    symbols: Callable[[int], int]
    rows: list[Row]
    lengths: list[tuple[int, int]]
    digest: str
    variants: AnyVariant

    @property
    def labels(self) -> list[tuple[str, str, str]]:
        """(id, UR, SR) of each word."""
        return [(row["id"], row["ur"], row["sr"]) for row in self.rows]


class CheckpointScorer:
    """Scores checkpoints on one subset.

    Args:
        subset: name of the subset.
        beam: hypotheses kept alive at each step; 1 is greedy decoding, as in validation.
        data: folder with the binarized data; None for the one that the checkpoint was trained on.
        batch_size: words a batch, fewer of long words.
        cpu: compute on the CPU even if there is a GPU.
        progress: called with a number of words whenever that many more are done.
        scores_only: exact match and loss, without hypotheses and so without PER; with beam 1 only.
    """

    def __init__(
        self,
        subset: str = "valid",
        beam: int = 1,
        data: str | None = None,
        batch_size: int = 128,
        cpu: bool = False,
        progress: Callable[[int], Any] = lambda words: None,
        scores_only: bool = False,
    ):
        self.subset, self.beam, self.data, self.batch_size = subset, beam, data, batch_size
        self.progress, self.scores_only = progress, scores_only
        self.device = torch.device("cuda" if torch.cuda.is_available() and not cpu else "cpu")
        self._data: dict[str, Data] = {}
        self._built: tuple[Data, str, torch.nn.Module] | None = None

    def open(self, path: Path) -> tuple[dict[str, Any], Any, Data]:
        """A checkpoint, its configuration and its data.

        Raises:
            InputError: damaged, carrying code, no checkpoint of a translation run; or its data cannot be read.
        """
        state = read_checkpoint(path, self.data)
        return state, state["cfg"], self._data_of(state, path)

    def score(
        self, path: Path, opened: tuple[dict[str, Any], Any, Data] | None = None
    ) -> tuple[Score, list[Prediction] | None]:
        """The figures of one checkpoint, and every word's hypothesis in the order of the data set.

        Raises:
            InputError: see `open`; or the model does not fit the data.
        """
        state, cfg, data = opened or self.open(path)
        model, criterion = self.build(state, cfg, data, path)
        hypotheses = Hypotheses(data.task.build_generator, data.task.inference_step, self.beam)
        found: dict[int, tuple[Symbols | None, Symbols]] = {}  # word -> hypothesis, reference
        left: list[int] = []  # words to be generated
        with captured_calls(model) as calls:

            def read(sample: dict[str, Any]) -> None:
                words, references = sample["id"].tolist(), inner(sample["target"], data.task.target_dictionary)
                output = own_output(calls, sample)  # None: nothing is told
                stock = self.beam == 1 and _decodes_as_fairseq(data.task, hypotheses.generator(model))
                if stock and output is not None:
                    said, rows = self._told(model, output, sample, references, data, hypotheses)
                    left.extend(words[row] for row in rows)
                else:
                    said, rows = hypotheses.of(model, sample), []
                calls.clear()
                found.update(zip(words, zip(said, references, strict=True), strict=True))
                self.progress(len(words) - len(rows))

            loss = self.loss(model, criterion, data, read, path)
        with torch.no_grad():
            for part in parts(left, data.symbols, GENERATED * self.batch_size):
                sample = self._on_device(data.collated(part))
                for word, hypothesis in zip(sample["id"].tolist(), hypotheses.of(model, sample), strict=True):
                    found[word] = hypothesis, found[word][1]
                self.progress(len(part))
        predictions, rates = self._compared(found, data)
        epoch, updates = saved_at(state)
        when, share = (epoch or 0, updates or 0), rates.get(MOST_FREQUENT)
        return Score(path.name, rates["exact_match"], rates.get("per"), loss, *when, share), predictions

    def _told(
        self,
        model: Any,
        output: Any,
        sample: dict[str, Any],
        references: list[Symbols],
        data: Data,
        hypotheses: Hypotheses,
    ) -> tuple[list[Symbols | None], list[int]]:
        """What the forward pass tells of a batch: each word's hypothesis, None where it is not known; and the rows of
        the words that are to be generated."""
        dictionary, most = data.task.target_dictionary, hypotheses.longest(model, sample)
        batch = forced_batch(model, output, sample, dictionary)
        unsure = nearly_tied(model, output, sample, dictionary)
        too_long = [len(one) > longest for one, longest in zip(references, most, strict=True)]
        unsure |= torch.tensor(too_long, device=self.device)
        if self.scores_only:
            batch = data.variants.forced(data, batch, model, sample)
        right = (batch.correct & ~unsure).tolist()
        said = [
            batch.other_variant.get(row, reference) if told else None
            for row, (told, reference) in enumerate(zip(right, references, strict=True))
        ]
        return said, (unsure if self.scores_only else unsure | ~batch.correct).nonzero().flatten().tolist()

    def build(self, state: dict[str, Any], cfg: Any, data: Data, path: Path) -> tuple[torch.nn.Module, Any]:
        """Model and criterion of an opened checkpoint, ready to compute, until that of another is asked for.

        Raises:
            InputError: it does not fit the data, or a word is too long for it.
        """
        check_model(state, path)
        check_known("criterion", name_in(cfg.criterion), CRITERION_REGISTRY, path)
        model = self._model(state, data, path)
        criterion = data.task.build_criterion(cfg.criterion)
        self._check_lengths(data, _positions(model), path)
        return model, criterion.to(self.device).eval()

    def _check_lengths(self, data: Data, most: Sequence[float], path: Path) -> None:
        for (_, *forms), lengths in zip(data.labels, data.lengths, strict=True):
            for side, form, length, room in zip(("UR", "SR"), forms, lengths, most, strict=True):
                if length > room:
                    raise InputError(
                        f"the {side} {form!r} of {self.subset} is longer than the {room - 1:,} segments that the model "
                        "has room for",
                        path,
                    )

    def _model(self, state: dict[str, Any], data: Data, path: Path) -> torch.nn.Module:
        """The model of a checkpoint. Those of one run differ in their weights alone: where a model holds nothing
        else, as fairseq's Transformer, the last one is given these."""
        shape = repr(state["cfg"].model)
        if self._built and self._built[0] is data and self._built[1] == shape:
            load_weights(self._built[2], state, data.path, path)
            return self._built[2]
        model = build_model(state, data.task, data.path, path).to(self.device).eval()
        self._built = (data, shape, model) if type(model) is TransformerModel else None
        return model

    def loss(
        self, model: Any, criterion: Any, data: Data, read: Callable[[dict[str, Any]], Any], path: Path | None = None
    ) -> float:
        """The loss over the data in bits; ``read`` gets each batch, on the device, right after it was computed.

        Raises:
            InputError: it is not finite.
        """
        loss = size = 0.0
        with torch.no_grad():
            for batch in data.batches:
                sample = self._on_device(batch)
                batch_loss, batch_size, _ = criterion(model, to_compute_with(sample))
                if not math.isfinite(batch_loss):
                    raise InputError(NOT_FINITE, path)
                loss, size = loss + float(batch_loss), size + float(batch_size)
                read(sample)
        return loss / size / math.log(2) if size else math.nan

    def _on_device(self, sample: dict[str, Any]) -> dict[str, Any]:
        return utils.move_to_cuda(sample) if self.device.type == "cuda" else sample

    def _compared(
        self, found: dict[int, tuple[Symbols | None, Symbols]], data: Data
    ) -> tuple[list[Prediction] | None, dict]:
        dictionary = data.task.target_dictionary
        hypotheses, references = zip(*(found[n] for n in range(len(found))), strict=True)
        variants = data.variants.of(data)
        references = data.variants.references(data, range(len(found)), references, hypotheses)
        # a segment that the dictionary does not know is never right
        right = [
            hypothesis == reference and dictionary.unk() not in reference
            for hypothesis, reference in zip(hypotheses, references, strict=True)
        ]
        counts = {"words": len(right), "right": sum(right)}
        if any(variants):
            said = [one if correct else None for one, correct in zip(hypotheses, right, strict=True)]
            counts |= variant_counts(variants, said)
        if self.scores_only:
            return None, word_rates(counts)
        predictions = [
            Prediction(name, ur, " ".join(dictionary[s] for s in hypothesis), sr, correct)
            for (name, ur, sr), hypothesis, correct in zip(data.labels, hypotheses, right, strict=True)
        ]
        return predictions, word_rates({**counts, **edit_counts(references, hypotheses, dictionary.unk())})

    def _data_of(self, state: dict[str, Any], path: Path) -> Data:
        """The data of a checkpoint; those of one run share them."""
        key = OmegaConf.to_yaml(state["cfg"].task, resolve=False, sort_keys=True)
        if key not in self._data:
            self._data[key] = self._read(*task_of(state, path))
        return self._data[key]

    def _read(self, task: Any, folder: Path) -> Data:
        if not any(folder.glob(f"{self.subset}.*-*.*")):
            subsets = sorted({file.name.split(".")[0] for file in folder.glob("*.*-*.*.idx")})
            raise InputError(f"no data set {self.subset!r}; found here: {', '.join(subsets) or 'none'}", folder)
        try:
            if task.cfg.get("source_lang"):
                sizes = len(task.source_dictionary), len(task.target_dictionary)
                check_data_set(Dictionaries(folder, task.cfg.source_lang, task.cfg.target_lang), self.subset, sizes)
            task.load_dataset(self.subset)
        except FileNotFoundError as error:  # of another pair of languages
            pair = f"{task.cfg.source_lang}-{task.cfg.target_lang}"
            raise InputError(f"no data set {self.subset!r} of {pair}", folder) from error
        dataset = task.dataset(self.subset)
        if getattr(dataset, "tgt", None) is None:
            raise InputError(f"{self.subset} has no SRs: nothing to score by", folder)
        order = sorted(range(len(dataset)), key=lambda n: (dataset.size(n), n))

        def symbols(word: int) -> int:
            return max(dataset.size(word))

        def collated(words: Sequence[int]) -> dict[str, Any]:
            return dataset.collater([dataset[n] for n in words])

        batches = [collated(part) for part in parts(order, symbols, self.batch_size)]
        rows = word_rows(dataset, task.source_dictionary, task.target_dictionary, folder, self.subset)
        variants = AnyVariant(variants_of(folder), lambda data: data.labels, task.target_dictionary)
        sides, pad = (dataset.src, dataset.tgt), task.source_dictionary.pad()
        lengths = [tuple(int(side[n].ne(pad).sum()) for side in sides) for n in range(len(dataset))]
        return Data(task, folder, batches, collated, symbols, rows, lengths, data_digest(folder, self.subset), variants)


def _decodes_as_fairseq(task: Any, generator: Any) -> bool:
    """Does nothing but the model's scores decide what greedy decoding yields? A task may decode in a way of its own."""
    steps = next(one for one in type(task).__mro__ if "inference_step" in vars(one))
    stock = type(generator) is SequenceGenerator and type(generator.search) is BeamSearch
    return stock and steps in (FairseqTask, TASK_REGISTRY.get("phonology"))


def _positions(model: torch.nn.Module) -> tuple[float, float]:
    """The most symbols that a model can be given of a UR and of an SR, EOS included; infinite where it has no limit."""
    limits = model.max_positions()
    sides = limits if isinstance(limits, (tuple, list)) and len(limits) == 2 else (limits, limits)
    ur, sr = (min((limit for limit in _flat(side) if limit), default=math.inf) for side in sides)
    return ur, sr


def _flat(limits: Any) -> list[Any]:
    if isinstance(limits, (tuple, list)):
        return [limit for part in limits for limit in _flat(part)]
    return [limits]
