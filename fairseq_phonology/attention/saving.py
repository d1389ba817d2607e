"""Beside fairseq-generate and fairseq-interactive: every batch that they finish goes through one forced-decoding pass,
and its attention into a dump. The task calls it; it knows which words are in which batch.
"""

from __future__ import annotations

import atexit
import collections
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from fairseq.data import Dictionary
from fairseq.utils import split_paths

from ..errors import InputError, logger_of
from ..files import sha256_of, sha256_of_parts
from ..loading import updates_of
from ..text import count, shown
from .capture import capture, portions, watched_encoder
from .dump.manifest import update_shard
from .dump.writer import DumpWriter
from .multihead import MODULES, attention_modules
from .record import AttentionRecord, norms_name

Label = tuple[str, str, str | None]  # id, UR, SR if there is a gold one
logger = logger_of(__name__)
# options of generation with which a dump is not resumed unless they are these: results are drawn anew, or printed with
# something that the dump does not have
_NOT_RESUMED = {
    **{"sampling": False, "temperature": 1.0, "unkpen": 0, "prefix_size": 0, "constraints": None, "lm_path": None},
    **{"diverse_beam_groups": -1, "diversity_rate": -1.0, "replace_unk": None},
    **{"print_alignment": None, "print_step": False},
}


def kinds_of(text: str) -> tuple[str, ...]:
    """Names of ``--attention-kinds``, each once, in the order of `MODULES`.

    Raises:
        InputError: an unknown name, or none at all.
    """
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in MODULES]
    if unknown or not wanted:
        found = f"unknown kind {unknown[0]!r}" if unknown else "no kind given"
        raise InputError(f"--attention-kinds: {found}; known: {', '.join(MODULES)}, separated by commas")
    return tuple(kind for kind in MODULES if kind in wanted)


class AttentionSaver:
    """What ``--save-attention`` does while a fairseq command generates.

    Args:
        cfg: the options of the task.
        failed: tells at the end of the process whether it ends because something was refused.

    Raises:
        InputError: an unknown kind of attention.
    """

    def __init__(self, cfg: Any, failed: Callable[[], bool] = lambda: False):
        self._folder, self._kinds = Path(cfg.save_attention), kinds_of(cfg.attention_kinds)
        self._overwrite, self._resume, self._norms = cfg.overwrite_attention, cfg.resume_attention, cfg.attention_norms
        self._checkpoint, self._failed = cfg.path, failed  # several files joined by : are an ensemble
        self._data_sha256: str | None = None
        self._writer: DumpWriter | None = None
        self._labels: Sequence[Label] | None = None
        self._subset: str | None = None
        self._shard = (0, 1)
        self._expected = self._written = 0  # words
        self._seen = 0  # interactive: lines of the buffers before this one
        self._lines = 0  # interactive: lines of this buffer
        self._batches: collections.deque[torch.Tensor] = collections.deque()  # interactive: rows of batches to come

    def expect(self, iterator: Any, subset: str | None, labels: Callable[[], Sequence[Label]]) -> None:
        """The batches to come, before the first of them runs.

        Args:
            iterator: fairseq's `EpochBatchIterator`.
            subset: name of the data set; None in fairseq-interactive, which makes one of each buffer of lines.
            labels: gives id, UR and SR of each word of the data set.
        """
        self._subset, self._shard = subset, (iterator.shard_id, iterator.num_shards)
        batches = iterator.frozen_batches[iterator.shard_id :: iterator.num_shards]
        self._expected += sum(map(len, batches))
        if subset is not None:
            self._labels = labels()
            self._data_sha256 = _data_sha256(iterator.dataset, self._labels)
            return
        self._seen, self._lines = self._seen + self._lines, len(iterator.dataset)
        collate = iterator.collate_fn

        def remember(samples: list[Any]) -> dict[str, Any]:
            # fairseq-interactive runs the batches in this order, and keeps the rows' numbers to itself
            batch = collate(samples)
            self._batches.append(batch["id"])
            return batch

        iterator.collate_fn = remember

    def open(self, models: Sequence[torch.nn.Module], options: Any, source: Dictionary, target: Dictionary) -> None:
        """Check that all can be done right, and begin the dump, before anything is generated.

        Args:
            models: of the command; one.
            options: fairseq's options of generation.
            source: dictionary of the underlying side.
            target: dictionary of the surface side.

        Raises:
            InputError: an ensemble, an architecture without multi-head attention, dropout while generating, a dump
                that is there already, or one that cannot be resumed.
        """
        if len(models) != 1 or len(split_paths(self._checkpoint)) != 1:
            raise InputError(
                f"--save-attention with an ensemble of {len(models)} models: their heads differ; save one "
                "dump for each, with one --path at a time"
            )
        if getattr(options, "retain_dropout", False):
            raise InputError("--save-attention with --retain-dropout: the weights saved would not be those used")
        if self._resume:
            self._check_resume(options)
        (model,) = models
        modules = {kind: attention_modules(model, kind) for kind in self._kinds}
        self._dictionaries = source, target
        self._nbest = getattr(options, "nbest", 1)
        shard, shards = self._shard
        manifest = {
            "checkpoint_sha256": _sha256(Path(self._checkpoint)),
            "updates": updates_of(self._checkpoint),
            "model": _sizes(model, modules),
            "dictionaries": {"underlying": list(source.symbols), "surface": list(target.symbols)},
            "subset": self._subset or "interactive",
            "beam": getattr(options, "beam", 1),
            "kinds": list(self._kinds),
            "norms": self._norms,
            # the shards of one dump hold the same words, decoded the same way
            "data_sha256": self._data_sha256,
            "settings": {name: value for name, value in sorted(_options(options).items()) if _is_plain(value)},
            "words_expected": self._expected if self._subset else None,
            "shard": f"{shard} of {shards}",
        }
        self._options = _options(options)
        self._writer = DumpWriter(self._folder, manifest, f"{shard:05d}", self._overwrite, self._resume)
        if len(self._writer):
            logger.info(
                f"{self._folder}: {len(self._writer):,} of {count(self._expected)} are there, and are not generated "
                "again: what is printed of them comes from the dump"
            )
        # h5py cleans up when the interpreter ends, and what was registered last runs first: it must be there before us
        importlib.import_module("h5py")
        # fairseq does not say that it has finished; this also runs after an exception, not after a kill
        atexit.register(self._close_at_exit)

    def _check_resume(self, options: Any) -> None:
        """Only what the dump can say again, or would come out the same again, is resumed."""
        if self._subset is None:
            raise InputError(
                "--resume-attention is an option of fairseq-generate: in fairseq-interactive nothing tells whether the "
                "lines are those of the dump; --overwrite-attention writes all of them"
            )
        given = _options(options)
        for name, default in _NOT_RESUMED.items():
            if (found := given.get(name, default)) not in (default, None):
                raise InputError(
                    f"--resume-attention with --{name.replace('_', '-')} {found}: the words that are there could not "
                    "be printed as that run printed them; --overwrite-attention generates all of them"
                )

    def save(
        self, model: torch.nn.Module, sample: dict[str, Any], generate: Callable[[], list[list[dict[str, Any]]]]
    ) -> list[list[dict[str, Any]]]:
        """Generate one batch, and write its attention.

        Args:
            model: that generates it.
            sample: the batch.
            generate: gives the hypotheses of each word, best first, as fairseq's generators and scorer do.

        Returns:
            what ``generate`` gave.
        """
        rows = self._rows(sample)
        if all(row in self._writer for row in rows):
            hypotheses = [self._hypotheses_of(row, sample["net_input"]["src_tokens"].device) for row in rows]
        else:
            hypotheses = self._generate(model, sample, rows, generate)
        self._written += len(rows)
        if self._subset is not None and self._written == self._expected:
            self.close()
        return hypotheses

    def _generate(
        self, model: torch.nn.Module, sample: dict[str, Any], rows: Sequence[int], generate: Callable[[], list]
    ) -> list[list[dict[str, Any]]]:
        """Generate a batch and write those of its words that are not there."""
        with watched_encoder(model, self._kinds) as runs:
            hypotheses = generate()
        kept = [
            (word, rank, hypothesis["tokens"])
            for word, ranked in enumerate(hypotheses)
            for rank, hypothesis in enumerate(ranked[: self._nbest])
            if rows[word] not in self._writer
        ]
        (source, target), words = self._dictionaries, self._words(sample, rows)
        device, longest = sample["net_input"]["src_tokens"].device, sample["net_input"]["src_tokens"].size(1)
        lengths = [max(longest, len(tokens)) for *_, tokens in kept]
        for numbers in portions(model, self._kinds, [word for word, *_ in kept], lengths):
            some = [kept[number] for number in numbers]
            captured = capture(
                model,
                sample["net_input"],
                [tokens for *_, tokens in some],
                [word for word, *_ in some],
                self._kinds,
                eos=target.eos(),
                pad=source.pad(),
                run=runs[-1] if runs else None,
                norms=self._norms,
            )
            records = [
                AttentionRecord(
                    id=words[word][0],
                    row=rows[word],
                    rank=rank,
                    underlying=words[word][1],
                    surface=tuple(map(target.symbols.__getitem__, one.symbols[:-1])),
                    reference=words[word][2],
                    log_probs=one.log_probs,
                    **one.weights,
                    **{norms_name(kind): norms for kind, norms in one.norms.items()},
                )
                for (word, rank, _), one in zip(some, captured, strict=True)
            ]
            self._writer.write(records)
        return [
            self._hypotheses_of(row, device) if row in self._writer else own
            for row, own in zip(rows, hypotheses, strict=True)
        ]

    def _hypotheses_of(self, row: int, device: torch.device) -> list[dict[str, Any]]:
        """Those of a word that was there, as fairseq's generators give them."""
        _, target = self._dictionaries
        normalized = not self._options.get("unnormalized", False)
        penalty = 1.0 if self._options.get("score_reference") else self._options.get("lenpen", 1.0)
        found = []
        for record in self._writer.hypotheses(row):
            symbols = [*map(target.index, record.surface), target.eos()]
            scores = torch.from_numpy(record.log_probs).to(device)
            found.append(
                {
                    "tokens": torch.tensor(symbols, device=device),
                    "score": scores.sum() / (len(symbols) ** penalty if normalized else 1),
                    "attention": torch.empty(0),
                    "alignment": torch.empty(0),
                    "positional_scores": scores,
                }
            )
        return found

    def close(self) -> None:
        """Finish the dump; a second call does nothing."""
        atexit.unregister(self._close_at_exit)
        if self._subset is None:  # the number of lines was not known before
            update_shard(self._folder, self._writer.shard, words_expected=self._expected)
        self._writer.close()

    def _close_at_exit(self) -> None:
        # set by Python where an exception ends the process
        if self._subset is not None or self._failed() or getattr(sys, "last_value", None) is not None:
            # words are missing: the dump stays unfinished, and readable
            if self._subset is not None and not self._failed():
                words = f"{self._written:,} of {count(self._expected)}"
                said = f"{self._folder}: {words} are written and can be read; --resume-attention writes the others"
                print(shown(said), file=sys.stderr)
            return
        try:
            self.close()
        except Exception as error:  # at this point Python would print it, and end with status 0
            why = shown(f"{self._folder}: the dump is not finished: {error}")
            print(f"fairseq_phonology: error: {why}", file=sys.stderr)
            sys.stdout.flush()
            os._exit(2)

    def _rows(self, sample: dict[str, Any]) -> list[int]:
        """The number of each word of the batch in the data set, or among the lines of fairseq-interactive."""
        if self._subset is not None:
            return sample["id"].tolist()
        return [self._seen + row for row in self._batches.popleft().tolist()]

    def _words(self, sample: dict[str, Any], rows: Sequence[int]) -> list[tuple[str, tuple, tuple | None]]:
        """Id, UR and reference of each word of the batch."""
        if self._labels is not None:
            labels = (self._labels[row] for row in rows)
            return [(name, tuple(ur.split()), None if sr is None else tuple(sr.split())) for name, ur, sr in labels]
        source, target = self._dictionaries
        underlying = _segments(sample["net_input"]["src_tokens"], source)
        gold = sample.get("target")
        references = _segments(gold, target) if gold is not None else [None] * len(rows)
        return list(zip(map(str, rows), underlying, references, strict=True))


def _options(options: Any) -> dict[str, Any]:
    """fairseq's options as a dict: it passes them as a namespace or as a node of its configuration."""
    return dict(options) if isinstance(options, Mapping) else dict(vars(options))


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _data_sha256(dataset: Any, labels: Sequence[Label]) -> str:
    """Of the symbols of every word, underlying and surface, and of the ids."""

    def parts() -> Iterator[bytes]:
        for side in (dataset.src, dataset.tgt):
            yield from (side[row].numpy().tobytes() for row in range(0 if side is None else len(side)))
            yield b"|"
        yield from (f"{name}|".encode(errors="replace") for name, *_ in labels)

    return sha256_of_parts(parts())


def _segments(symbols: torch.Tensor, dictionary: Dictionary) -> list[tuple[str, ...]]:
    outside = (dictionary.pad(), dictionary.eos())
    return [tuple(dictionary[symbol] for symbol in word if symbol not in outside) for word in symbols.tolist()]


def _sizes(model: torch.nn.Module, modules: dict[str, list[Any]]) -> dict[str, Any]:
    """What the dump says about the model."""
    options = getattr(model, "args", None)
    parameter = next(model.parameters())
    return {
        "architecture": getattr(options, "arch", None) or type(model).__name__,
        "layers": {kind: len(found) for kind, found in modules.items()},
        "heads": {kind: found[0].num_heads for kind, found in modules.items()},
        "embedding": {kind: found[0].embed_dim for kind, found in modules.items()},
        "parameters": sum(one.numel() for one in model.parameters()),
        "precision": str(parameter.dtype).removeprefix("torch."),
    }


def _sha256(checkpoint: Path) -> str:
    if not checkpoint.is_file():
        raise InputError("--save-attention needs a checkpoint in one file", checkpoint)
    return sha256_of(checkpoint)
