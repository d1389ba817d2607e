"""The one class that fairseq talks to: its translation task, plus whole words. Thin glue, everything through super().

Importing this registers the task, the scorer and the architectures, and lets checkpoints load safely.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from fairseq.data import data_utils
from fairseq.tasks import register_task
from fairseq.tasks.translation import TranslationTask
from fairseq.utils import item, split_paths

from . import loading
from .phonology.errors import InputError
from .refusal import in_fairseq_command, refusals
from .training import architectures as architectures  # registers
from .training import scorer as scorer  # registers
from .training.callbacks import (
    CurvesCallback,
    HistoryCallback,
    PredictionsCallback,
    ValidationCallback,
    ValidationResult,
)
from .training.config import DEFAULT_LANGUAGES, PhonologyConfig, check_always
from .training.exact_match import (
    ForcedBatch,
    Rates,
    as_log,
    captured_outputs,
    edit_counts,
    forced_batch,
    log_rates,
    word_counts,
    word_rates,
)
from .training.predictions import Label, Predictions, word_labels
from .training.run import TrainingRun
from .training.validation import Hypotheses, ProcessCounts, inner

loading.guard_fairseq()
logger = logging.getLogger(__name__)

__all__ = ["ForcedBatch", "PhonologyConfig", "PhonologyTask", "ValidationCallback", "ValidationResult"]


@register_task("phonology", dataclass=PhonologyConfig)
class PhonologyTask(TranslationTask):
    """Map underlying to surface forms, and count whole words in every validation.

    To add a metric, override `counts_from_batch` and `rates_from_counts`; to add something that runs after each
    validation, override `build_callbacks`. Register the subclass with a dataclass that extends `PhonologyConfig`.
    """

    cfg: PhonologyConfig

    def __init__(self, cfg: PhonologyConfig, src_dict, tgt_dict, **kwargs):
        super().__init__(cfg, src_dict, tgt_dict, **kwargs)
        self._run: TrainingRun | None = None  # only fairseq-train has one
        self._dataset: Any = None  # the one whose batches are running
        self._bare_model: torch.nn.Module | None = None  # without fairseq's wrapper for several workers
        self._predictions = Predictions(src_dict, tgt_dict)
        self._rate_names: list[str] = []
        self._hypotheses = Hypotheses(self.build_generator, self.inference_step, cfg.eval_beam or 1)
        self._processes = ProcessCounts(cfg.grammar, self._labels_of) if cfg.grammar else None

    # to override

    def counts_from_batch(self, batch: ForcedBatch, sample: dict[str, Any]) -> dict[str, int]:
        """Counts of a metric of one's own, from one batch of a validation; the same names for every batch."""
        return {}

    def rates_from_counts(self, counts: dict[str, float]) -> Rates:
        """Rates of a metric of one's own, from the counts summed over a validation; `nan` where one is undefined.

        Args:
            counts: own counts, and fairseq_phonology's: ``words``, ``right``, ...
        """
        return {}

    def build_callbacks(self) -> list[ValidationCallback]:
        """What runs after each validation of fairseq-train, in that order."""
        save_dir = Path(self.cfg.save_dir)
        history = HistoryCallback(save_dir)
        callbacks = [history, CurvesCallback(history.history, save_dir / "curves.png")]
        if self.cfg.save_predictions:
            callbacks.append(PredictionsCallback(save_dir / "predictions"))
        return callbacks

    # setting up

    @classmethod
    def setup_task(cls, cfg: PhonologyConfig, **kwargs):
        with refusals():
            check_always(cfg)
            folder = Path(split_paths(cfg.data)[0]) if cfg.data else None
            if folder is None or not folder.is_dir():
                raise InputError("no such folder of binarized data; `fairseq-phonology prepare` makes one", cfg.data)
            if (cfg.source_lang, cfg.target_lang) == DEFAULT_LANGUAGES and not _dictionary(folder, "ur").exists():
                # data of one's own names: let fairseq find them, as its translation task does
                cfg.source_lang, cfg.target_lang = data_utils.infer_language_pair(str(folder))
            for language in (cfg.source_lang, cfg.target_lang):
                if language is None or not _dictionary(folder, language).is_file():
                    found = ", ".join(sorted(path.name for path in folder.glob("dict.*.txt"))) or "none"
                    raise InputError(f"expected dict.{language or 'ur'}.txt; dictionaries found here: {found}", folder)
            if kwargs.get("from_checkpoint") and cfg.grammar and not Path(cfg.grammar).is_file():
                logger.warning(f"{cfg.grammar}, the grammar of training, is gone: no accuracy per process")
                cfg.grammar = None
        return super().setup_task(cfg, **kwargs)

    def load_dataset(self, split, epoch=1, combine=False, **kwargs):
        try:
            super().load_dataset(split, epoch=epoch, combine=combine, **kwargs)
        except FileNotFoundError:
            folder = self._folder()
            pair = f"{self.cfg.source_lang}-{self.cfg.target_lang}"
            found = sorted({path.name.split(".")[0] for path in folder.glob(f"*.{pair}.*")})
            with refusals():
                raise InputError(
                    f"no data set {split!r} of {pair}; found here: {', '.join(found) or 'none'}", folder
                ) from None
        if in_fairseq_command() and getattr(self.datasets[split], "tgt", None) is None:
            logger.warning(f"{split} has no {self.cfg.target_lang} side: hypotheses only, nothing to score them by")

    def build_model(self, cfg, from_checkpoint=False):
        if not from_checkpoint:  # only fairseq-train builds a model of its own, and it loads its checkpoint after this
            with refusals():
                if self._processes:
                    self._processes.check()
                self._run = TrainingRun(self.cfg, self.build_callbacks)
        return super().build_model(cfg, from_checkpoint)

    def _folder(self) -> Path:
        return Path(split_paths(self.cfg.data)[0])

    def _name_of(self, dataset: Any) -> str:
        return next(name for name, loaded in self.datasets.items() if loaded is dataset)

    def _labels_of(self, dataset: Any) -> list[Label]:
        return word_labels(dataset, self.src_dict, self.tgt_dict, self._folder(), self._name_of(dataset))

    # every word counts

    def get_batch_iterator(self, dataset, *args, **kwargs):
        # fairseq asks for the iterator of a data set right before it runs its batches, under every command
        self._dataset = dataset
        # stock fairseq drops the words that do not fill a batch of a multiple of 8
        kwargs["required_batch_size_multiple"] = 1
        try:
            return super().get_batch_iterator(dataset, *args, **kwargs)
        except AssertionError as error:
            if "max_tokens" not in str(error):
                raise
            with refusals():
                raise InputError(f"--max-tokens is too small for the longest word: {error}") from None

    def filter_indices_by_size(self, indices, dataset, max_positions=None, ignore_invalid_inputs=False):
        kept = super().filter_indices_by_size(indices, dataset, max_positions, ignore_invalid_inputs=True)
        if len(kept) < len(indices):
            left_out = sorted(set(map(int, indices)) - set(map(int, kept)))
            words = "; ".join(self.src_dict.string(dataset.src[row]) for row in left_out[:10])
            message = f"{len(left_out)} words are longer than {max_positions}, the most symbols allowed: {words}"
            if not ignore_invalid_inputs:
                with refusals():
                    raise InputError(message)
            logger.warning(message)
        return kept

    def get_interactive_tokens_and_lengths(self, lines, encode_fn):
        for line in lines:
            unknown = [part for part in encode_fn(line).split() if self.src_dict.index(part) == self.src_dict.unk()]
            if unknown:
                logger.warning(f"segments unknown to the model in {line!r}: {', '.join(dict.fromkeys(unknown))}")
        return super().get_interactive_tokens_and_lengths(lines, encode_fn)

    # validation

    def begin_valid_epoch(self, epoch, model):
        super().begin_valid_epoch(epoch, model)
        self._bare_model = model
        self._predictions.clear()
        if self._run:
            self._run.begin_validation(epoch)

    def valid_step(self, sample, model, criterion):
        # a copy to compute with: R-drop doubles the words of net_input in place
        own = {**sample, "net_input": dict(sample["net_input"])}
        with captured_outputs(model) as outputs:
            loss, sample_size, logging_output = super().valid_step(own, model, criterion)
        with refusals():
            batch = forced_batch(model, outputs, sample, self.tgt_dict)
            counts = {**word_counts(batch), **self._generate(batch, self._bare_model or model, sample)}
            if self._processes:
                counts |= self._processes.count(self._dataset, batch)
            added = self.counts_from_batch(batch, sample)
            if not counts.keys().isdisjoint(added):
                raise InputError(f"counts of these names exist already: {', '.join(counts.keys() & added)}")
        return loss, sample_size, {**logging_output, **as_log(counts | added)}

    def _wants_predictions(self) -> bool:
        return self._run is not None and any(callback.needs_predictions for callback in self._run.callbacks)

    def _generate(self, batch: ForcedBatch, model: torch.nn.Module, sample: dict[str, Any]) -> dict[str, int]:
        """Generate what is asked for: all words with --eval-beam, else those that greedy decoding gets wrong."""
        hypotheses: list[list[int] | None] = [None] * len(batch.target)
        counts = {}
        if self.cfg.eval_beam:
            hypotheses = list(self._hypotheses.of(model, sample))
            counts = edit_counts(inner(batch.target, self.tgt_dict), hypotheses, self.tgt_dict.unk())
        elif self._wants_predictions():
            wrong = (~batch.correct).nonzero().flatten()
            for row, hypothesis in zip(wrong.tolist(), self._hypotheses.of(model, sample, wrong), strict=True):
                hypotheses[row] = hypothesis
        if self._wants_predictions():
            self._predictions.add(batch, hypotheses)
        return counts

    def reduce_metrics(self, logging_outputs, criterion):
        super().reduce_metrics(logging_outputs, criterion)
        # training steps have no counts; the names are the last validation's
        self._rate_names = log_rates(logging_outputs, self._rates) or self._rate_names

    def _rates(self, counts: dict[str, float]) -> Rates:
        processes = self._processes.rates(self._dataset, counts) if self._processes else {}
        return {**word_rates(counts), **processes, **self.rates_from_counts(counts)}

    # hooks of fairseq-train alone

    def train_step(self, sample, model, criterion, optimizer, update_num, ignore_grad=False, **kwargs):
        if self._run:
            with refusals():
                if self._processes and not self._run.started:
                    # all validation data are loaded by now: a grammar of another corpus must not cost an epoch
                    for name, dataset in self.datasets.items():
                        if name != self.cfg.train_subset:
                            self._processes.load(dataset)
                self._run.step(update_num)
        return super().train_step(sample, model, criterion, optimizer, update_num, ignore_grad, **kwargs)

    def post_validate(self, model, stats, agg):
        subset = self._name_of(self._dataset)
        words = None
        if self._wants_predictions():
            words = self._predictions.finish(self._dataset, self._folder(), subset)
        with refusals():
            self._run.validated(subset, stats, item(agg["loss"].avg), self._rate_names, words)

    def post_save(self, path, num_updates):
        self._run.saved(path, num_updates)

    def get_checkpoint_dict(self) -> dict[str, Any]:
        # fairseq gives back on resume what stands under the name of the class
        return {type(self).__name__: self._run.state()}

    def set_checkpoint_dict(self, state: dict[str, Any]) -> None:
        self._run.load_state(state)


def _dictionary(folder: Path, language: str) -> Path:
    return folder / f"dict.{language}.txt"
