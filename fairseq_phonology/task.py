"""The one class that fairseq talks to: its translation task, plus whole words. Thin glue, everything through super().

Importing this registers the task, the scorer and the architectures, and lets checkpoints load safely.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from fairseq.tasks import register_task
from fairseq.tasks.translation import TranslationTask
from fairseq.utils import item, split_paths

from . import loading
from .attention.saving import AttentionSaver
from .corpus.prepared import Row, training_rows
from .errors import InputError, in_fairseq_command, in_our_words, logger_of, refusals, refused
from .phonology.grammar import RESERVED
from .training import architectures as architectures  # registers, as scorer does
from .training import config, scorer
from .training.batches import check_reach, mix_lengths
from .training.binarize import check_data_set, variants_of
from .training.callbacks import (
    CurvesCallback,
    HistoryCallback,
    PredictionsCallback,
    ValidationCallback,
    ValidationResult,
    registered_callbacks,
)
from .training.calls import captured_calls, own_output, to_compute_with
from .training.config import PhonologyConfig
from .training.criteria import check_criterion
from .training.dictionaries import SYMBOLS, Dictionaries, check_symbols, encoder, plain_lines
from .training.exact_match import (
    AnyVariant,
    ForcedBatch,
    Rates,
    as_log,
    edit_counts,
    forced_batch,
    inner,
    log_rates,
    word_counts,
    word_rates,
)
from .training.generated import GeneratedProcesses
from .training.predictions import Hypotheses, Label, Predictions, finite_scores, word_labels, word_rows
from .training.process_accuracy import ProcessCounts
from .training.run import TrainingRun

loading.guard_fairseq()
logger = logger_of(__name__)

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
        self._from_checkpoint, self._has_ctc = False, True  # the latter until a model is built
        self._dataset: Any = None  # the one whose batches are running
        self._bare_model: torch.nn.Module | None = None  # without fairseq's wrapper for several workers
        self._predictions = Predictions(src_dict, tgt_dict)
        self._rate_names: list[str] = []
        self._words: dict[int, Any] = {}  # of words_of
        self._hypotheses = Hypotheses(self.build_generator, self.inference_step, cfg.eval_beam or 1)
        self._processes = ProcessCounts(cfg.grammar, self._rows_of, self._training_rows) if cfg.grammar else None
        with refusals():
            self._attention = AttentionSaver(cfg, refused) if cfg.save_attention else None
            self._generated = self._counting_generated() if cfg.grammar and cfg.path else None

    # to override

    def counts_from_batch(self, batch: ForcedBatch, sample: dict[str, Any]) -> dict[str, int]:
        """Counts of a metric of one's own, from one batch of a validation; the same names for every batch.

        Args:
            batch: the words, the model's choices and whether each word is right; `words_of` says what the words are.
            sample: the batch as fairseq has it.
        """
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
        return callbacks + registered_callbacks(self.cfg)

    # to use

    def words_of(self, batch: ForcedBatch) -> list[dict[str, str]]:
        """What is known of each word of a batch: ``id``, ``ur`` and ``sr`` (segments with blanks between them), and the
        user's own columns, from the table that ``prepare`` writes beside the binarized data. Without such a table, or
        with one of other words, the number of the word is its id, and there are no further columns."""
        if id(self._dataset) not in self._words:
            arguments = self.src_dict, self.tgt_dict, self._folder, self._name_of(self._dataset)
            # the data set is kept too, so that its id stays its own
            self._words[id(self._dataset)] = self._dataset, word_rows(self._dataset, *arguments)
        rows = self._words[id(self._dataset)][1]
        return [rows[number] for number in batch.ids.tolist()]

    # setting up

    @classmethod
    def add_args(cls, parser):
        super().add_args(parser)
        if "--score-reference" in parser._option_string_actions:  # fairseq-generate, which would end with BLEU
            parser.set_defaults(scoring="exact_match")

    @classmethod
    def setup_task(cls, cfg: PhonologyConfig, **kwargs):
        from_checkpoint = bool(kwargs.get("from_checkpoint"))
        with refusals():
            if from_checkpoint:
                config.keep_from_writing(cfg)
            config.check_always(cfg)
            config.check_data(cfg)
            if from_checkpoint:
                config.check_grammar(cfg, sys.argv[1:] if in_fairseq_command() else ())
            task = super().setup_task(cfg, **kwargs)
        task._from_checkpoint = from_checkpoint
        return task

    @classmethod
    def build_dictionary(cls, filenames, *args, **kwargs):  # of fairseq-preprocess
        with refusals():
            [plain_lines(name) for name in filenames]
        return super().build_dictionary(filenames, *args, **kwargs)

    def load_dataset(self, split, epoch=1, combine=False, **kwargs):
        paths = split_paths(self.cfg.data) if split == self.cfg.train_subset else [self._folder]
        data = Dictionaries(Path(paths[(epoch - 1) % len(paths)]), self.cfg.source_lang, self.cfg.target_lang)
        with refusals():
            check_data_set(data, split, (len(self.src_dict), len(self.tgt_dict)), combine)
        super().load_dataset(split, epoch=epoch, combine=combine, **kwargs)
        if self._run and self.cfg.mix_lengths and split == self.cfg.train_subset:
            mix_lengths(self.datasets[split])
        if in_fairseq_command() and getattr(self.datasets[split], "tgt", None) is None:
            logger.warning(f"{split} has no {self.cfg.target_lang} side: hypotheses only, nothing to score them by")

    @property
    def _folder(self) -> Path:
        return Path(split_paths(self.cfg.data)[0])  # of the binarized data

    def build_model(self, cfg, from_checkpoint=False):
        # only fairseq-train builds a model of its own, and it loads its checkpoint after this
        if not (from_checkpoint or self._from_checkpoint):
            with refusals():
                config.check_numbers(cfg)
                if self._processes:
                    self._processes.check()
                self._run = TrainingRun(self.cfg, self.build_callbacks)
        with refusals(), config.model_in_our_words():
            model = super().build_model(cfg, from_checkpoint)
        self._has_ctc = hasattr(model, "get_ctc_output")
        return model

    def build_criterion(self, cfg, from_checkpoint=False):
        with refusals():
            check_criterion(cfg, self._has_ctc)
        return super().build_criterion(cfg, from_checkpoint)

    def _name_of(self, dataset: Any) -> str | None:
        """Name of a data set; None for the lines of fairseq-interactive."""
        return next((name for name, loaded in self.datasets.items() if loaded is dataset), None)

    def _rows_of(self, dataset: Any) -> list[Row]:
        return word_rows(dataset, self.src_dict, self.tgt_dict, self._folder, self._name_of(dataset))

    def _training_rows(self) -> list[Row] | None:
        """What is known of the training words; None where they are neither loaded nor beside the binarized data."""
        subset = "train" if self.cfg.path else self.cfg.train_subset
        loaded = self.datasets.get(subset)
        return training_rows(self._folder, subset) if loaded is None else self._rows_of(loaded)

    def _labels_of(self, dataset: Any) -> list[Label]:
        return word_labels(dataset, self.src_dict, self.tgt_dict, self._folder, self._name_of(dataset))

    @functools.cached_property
    def _variants(self) -> AnyVariant | None:  # of words with several SRs; None where the data have none
        with refusals():
            variants = variants_of(self._folder)
        return AnyVariant(variants, self._labels_of, self.tgt_dict, logger.info) if variants else None

    # every word counts

    def get_batch_iterator(self, dataset, *args, **kwargs):
        # fairseq asks for the iterator of a data set right before it runs its batches, under every command
        self._dataset, name = dataset, self._name_of(dataset)
        with refusals():
            config.check_batches(kwargs)
            if self.cfg.path and name:
                scorer.check_compared(self.cfg)
        # stock fairseq drops the words that do not fill a batch of a multiple of 8
        kwargs["required_batch_size_multiple"] = 1
        if self.cfg.path and kwargs.get("num_shards") == 1:
            # fairseq-generate has --num-shards and --shard-id, and never looks at them
            kwargs |= {"num_shards": self.cfg.num_shards, "shard_id": self.cfg.shard_id}
        with refusals(), in_our_words("max_tokens", "--max-tokens is too small for the longest word: {}"):
            iterator = super().get_batch_iterator(dataset, *args, **kwargs)
        words = functools.partial(self._labels_of, dataset)
        with refusals():
            if self._is_trained_on(dataset):
                iterator.persistent_workers = False  # the processes that load its batches end with the epoch
            elif self._run:
                check_reach(iterator, self.cfg.max_valid_steps, name, self.cfg.best_checkpoint_metric)
            if self.cfg.path:
                config.check_shards(iterator)
        if self._attention:
            self._attention.expect(iterator, name, words)
        if self._generated:
            with refusals():
                if name:  # a grammar of other words is refused before anything is generated
                    self._processes.load(dataset)
                self._generated.expect(iterator, functools.partial(self._rows_of, dataset) if name else None)
        return iterator

    def can_reuse_epoch_itr(self, dataset):
        """Training makes its batches anew in every epoch. Stock fairseq keeps those of the first epoch of the process:
        a run that was killed and resumed ends in another model. Validation always has the batches of epoch 1."""
        return not self._is_trained_on(dataset) and super().can_reuse_epoch_itr(dataset)

    def _is_trained_on(self, dataset: Any) -> bool:
        return dataset is self.datasets.get(self.cfg.train_subset)

    def filter_indices_by_size(self, indices, dataset, max_positions=None, ignore_invalid_inputs=False):
        kept = super().filter_indices_by_size(indices, dataset, max_positions, ignore_invalid_inputs=True)
        if len(kept) < len(indices):
            left_out = sorted(set(map(int, indices)) - set(map(int, kept)))
            words = "; ".join(self.src_dict.string(dataset.src[row])[:60] for row in left_out[:10])
            message = f"{len(left_out)} words are longer than {max_positions}, the most symbols allowed: {words}"
            if not ignore_invalid_inputs:
                with refusals():
                    raise InputError(message)
            logger.warning(message)
        return kept

    def get_interactive_tokens_and_lengths(self, lines, encode_fn):
        return super().get_interactive_tokens_and_lengths(lines, encoder(self.src_dict, encode_fn))

    # attention, beside generation

    def build_generator(self, models, args, *more, **kwargs):
        with refusals():
            config.check_generation(args)
            if self._attention:
                self._attention.open(models, args, self.src_dict, self.tgt_dict)
            said = "fairseq's generator refuses its options: {}"
            with in_our_words("--|exclusive", said, (AssertionError, ValueError)):
                return super().build_generator(models, args, *more, **kwargs)

    def inference_step(self, generator, models, sample, *args, **kwargs):
        generate = functools.partial(super().inference_step, generator, models, sample, *args, **kwargs)
        with refusals(), finite_scores():
            hypotheses = self._attention.save(models[0], sample, generate) if self._attention else generate()
            if self._generated:
                self._generated.add(sample, hypotheses)
            if self.cfg.path and sample.get("target") is not None and self._variants:
                scorer.expect(self._variants.texts(self._dataset, sample["id"].tolist()))
        return hypotheses

    def _counting_generated(self) -> GeneratedProcesses:
        results = self.cfg.results_path and Path(self.cfg.results_path) / f"generate-{self.cfg.gen_subset}.txt"
        return GeneratedProcesses(self.cfg.grammar, self.src_dict, self.tgt_dict, results, self._training_rows)

    # validation

    def begin_valid_epoch(self, epoch, model):
        super().begin_valid_epoch(epoch, model)
        self._bare_model = model
        self._predictions.clear()
        if self._run:
            self._run.begin_validation(epoch)

    def valid_step(self, sample, model, criterion):
        with captured_calls(model) as calls:
            loss, sample_size, logging_output = super().valid_step(to_compute_with(sample), model, criterion)
        with refusals():
            bare, output = self._bare_model or model, own_output(calls, sample)
            batch = forced_batch(model, output, sample, self.tgt_dict)
            if self._variants:
                batch = self._variants.forced(self._dataset, batch, bare, sample)
            counts = {**word_counts(batch), **self._generate(batch, bare, sample)}
            if self._variants:
                counts |= self._variants.counts(self._dataset, batch)
            if self._processes:
                counts |= self._processes.count(self._dataset, batch)
            added = self.counts_from_batch(batch, sample)
            if there := counts.keys() & added:
                raise InputError(f"counts of these names exist already: {', '.join(there)}")
        return loss, sample_size, {**logging_output, **as_log(counts | added)}

    def _wants_predictions(self) -> bool:
        return self._run is not None and any(callback.needs_predictions for callback in self._run.callbacks)

    def _generate(self, batch: ForcedBatch, model: torch.nn.Module, sample: dict[str, Any]) -> dict[str, int]:
        """Generate what is asked for: all words with --eval-beam, else those that greedy decoding gets wrong."""
        if not self.cfg.eval_beam and not self._wants_predictions():
            return {}
        hypotheses = [batch.other_variant.get(row) for row in range(len(batch.target))]
        if self.cfg.eval_beam:
            hypotheses = list(self._hypotheses.of(model, sample))
        else:
            wrong = (~batch.correct).nonzero().flatten()
            for row, hypothesis in zip(wrong.tolist(), self._hypotheses.of(model, sample, wrong), strict=True):
                hypotheses[row] = hypothesis
        references = inner(batch.target, self.tgt_dict)
        if self._variants:
            references = self._variants.references(self._dataset, batch.ids.tolist(), references, hypotheses)
        if self._wants_predictions():
            self._predictions.add(batch, references, hypotheses)
        return edit_counts(references, hypotheses, self.tgt_dict.unk()) if self.cfg.eval_beam else {}

    def reduce_metrics(self, logging_outputs, criterion):
        super().reduce_metrics(logging_outputs, criterion)
        # training steps have no counts; the names are the last validation's
        self._rate_names = log_rates(logging_outputs, self._rates) or self._rate_names

    def _rates(self, counts: dict[str, float]) -> Rates:
        rates = word_rates(counts) | (self._processes.rates(self._dataset, counts) if self._processes else {})
        with refusals():
            own = self.rates_from_counts(counts)
            if taken := [name for name in own if name in rates or name in RESERVED]:
                raise InputError(f"figures of these names exist already: {', '.join(taken)}")
        return rates | own

    # hooks of fairseq-train alone

    def train_step(self, sample, model, criterion, optimizer, update_num, ignore_grad=False, **kwargs):
        if self._run:
            with refusals():
                if not self._run.started:
                    # all validation data are loaded by now: a grammar or variants of other data must not cost an epoch
                    loads = [self._processes.load] if self._processes else []
                    loads += [self._variants.of] if self._variants else []
                    for name, dataset in self.datasets.items():
                        for load in loads if name != self.cfg.train_subset else ():
                            load(dataset)
                self._run.step(update_num)
                if isinstance(error := sys.exc_info()[1], FloatingPointError):
                    # fairseq does the failed step once more, to look where a number is none, and ends in a traceback
                    raise InputError(
                        f"training has diverged after {update_num} updates ({error}): lower --lr, or add --clip-norm "
                        "1.0 or more --warmup-updates; the checkpoints that were saved stay"
                    )
        return super().train_step(sample, model, criterion, optimizer, update_num, ignore_grad, **kwargs)

    def post_validate(self, model, stats, agg):
        subset, words = self._name_of(self._dataset), None
        if self._wants_predictions():
            words = self._predictions.finish(self._dataset, self._folder, subset)
        with refusals():
            self._run.validated(subset, stats, item(agg["loss"].avg), self._rate_names, words)

    def post_save(self, path, num_updates):
        self._run.saved(path, num_updates)

    def get_checkpoint_dict(self) -> dict[str, Any]:
        # fairseq gives back on resume what stands under the name of the class
        return {type(self).__name__: self._run.state()}

    def set_checkpoint_dict(self, state: dict[str, Any]) -> None:
        with refusals():
            self._run.load_state(state)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), SYMBOLS: [self.src_dict.symbols, self.tgt_dict.symbols]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        rest = dict(state_dict)
        check_symbols(rest.pop(SYMBOLS, None), self.src_dict.symbols, self.tgt_dict.symbols)
        super().load_state_dict(rest)

    def check_origin(self, state: Mapping[str, Any], path: str) -> None:
        """Refuse a checkpoint of other dictionaries to train on from; what `loading` asks under fairseq-train."""
        trained = (state.get("task_state") or {}).get(SYMBOLS)
        check_symbols(trained, self.src_dict.symbols, self.tgt_dict.symbols, path)
