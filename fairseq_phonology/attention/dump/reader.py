"""Attention on disk: reading a dump, and its format. `DumpWriter` makes one.

A dump is a folder::

    manifest.json           format_version (2); checkpoint_sha256; updates (of training: 0 of fresh weights; null where
                            it is unknown); model (sizes), dictionaries, subset, beam, kinds; norms; settings and
                            data_sha256 of the run; library_versions; words_written and words_expected (null where it
                            is unknown), in all and for each of the shards, and of a finished shard also records
                            (hypotheses), bytes, data_sets and crc32_of_rest; sha256 of all this
    attention-00000.h5      one shard; each process of a sharded run writes its own

and a shard an HDF5 file of these data sets, whose records are ordered by row and rank::

    id                      text (of one size in a shard, filled up with 0): the user's name of the word
    row, rank               sample number of the subset, from 0; 0 for the best hypothesis
    underlying, surface     text: segments joined by blanks, without EOS
    reference               the gold SR likewise; empty where has_reference is 0
    log_probs               float32, flat: natural log of the probability of each step's symbol, EOS last
    weights/<kind>          float32, flat: the weights of all records, one after the other; float32, because half
                            precision turns .9999 into 1 and its logit into infinity
    norms/<kind>            float32, flat, where the manifest has norms: beside each weight the norm of the vector that
                            it weighs, ||a f(x)|| (see `AttentionRecord`); offset and shape are those of the weights
    offset/<name>           for each kind and log_probs: where in the flat data set a record begins, from 0
    shape/<name>            and its shape: layers, heads, rows, columns (steps, for log_probs); the last axis is the
                            one whose neighbors are neighbors in the file (see `AttentionRecord` for what they mean)
    crc32/<data set>        for each flat data set: CRC-32 of the bytes of each record's floats

R counts from 1 and lets the *first* axis run fastest. In R a record is therefore
``array(flat[(offset + 1):(offset + prod(shape))], rev(shape))``, with the axes columns, rows, heads, layers, and the
data set ``shape`` itself arrives transposed; ``user_dir_examples/r/read_attention.R`` does it.

Every byte has a checksum: ``data_sets`` in the manifest gives for each data set the byte of the file where its data
begin, how many bytes they have, and their CRC-32 (as ``zlib.crc32`` of Python); ``crc32_of_rest`` is that of all other
bytes, from first to last. All but the floats is checked when a shard is opened, the floats of a word, and whether its
weights are finite, not negative and sum to one, whenever it is read. Python reads the bytes at these places and not the
HDF5 structure, which is for other programs: links, other files, other types and compression have no effect, and a file
in which anything was changed is refused.

While a shard is written it is a folder ``attention-00000.part`` of plain files that are only appended to, with a
checksum of each record; `AttentionDump` reads it, too. It becomes an HDF5 file, synced and renamed, in the end. A kill
loses at most the batch in flight.
"""

from __future__ import annotations

import heapq
import os
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...text import count
from ..record import AttentionRecord
from .manifest import facts_of, read_manifest
from .shard import Shard, segments
from .writer import DumpWriter

__all__ = ["AttentionDump", "DumpWriter"]

Place = tuple[Shard, int]  # shard, position of the record in it
Form = tuple[str, ...]
Forms = tuple[str, int, Form, Form, Form | None]


class AttentionDump:
    """The attention of one model for many words, read when asked for.

    ``len`` and iteration are over words, each with its best hypothesis, in the order of the data set; several dumps
    come one after the other. Iteration holds a few MiB at a time, random access an index of some
    hundred bytes a word.

    Args:
        path: the dump's folder, or several of the same model (test sets, say) to be read as one.

    Attributes:
        paths: the folders.
        manifest: of the first of them.
        kinds: the kinds of attention that all of them have.
        norms: whether all of them have norms beside the weights.

    Raises:
        InputError: no dump, another format version, a truncated or missing shard, an edited manifest, or dumps of
            different models.
    """

    def __init__(self, path: str | Path | Iterable[str | Path]):
        given = [path] if isinstance(path, (str, os.PathLike)) else list(path)
        if not given:
            raise InputError("no attention dump was given")
        self._dumps = [_Folder(Path(each)) for each in given]
        self.paths = tuple(dump.path for dump in self._dumps)
        self.manifest: dict[str, Any] = self._dumps[0].manifest
        kinds = [dump.manifest["kinds"] for dump in self._dumps]
        self.kinds = tuple(kind for kind in kinds[0] if all(kind in others for others in kinds))
        self.norms = all(dump.manifest["norms"] for dump in self._dumps)
        for dump in self._dumps[1:]:
            old, new = (str(some.get("checkpoint_sha256"))[:12] for some in (self.manifest, dump.manifest))
            if old != new:
                raise InputError(f"is of another model than {self.paths[0]} (checkpoint {new}, not {old})", dump.path)
        if len({path.resolve() for path in self.paths}) < len(self.paths):
            raise InputError("a dump was given twice", self.paths[0])
        if not self.complete:
            warnings.warn(f"{self._describe()} is incomplete: {self._progress()}", stacklevel=2)

    def __len__(self) -> int:
        return sum(dump.words for dump in self._dumps)

    def __iter__(self) -> Iterator[AttentionRecord]:
        for dump in self._dumps:
            yield from dump.records(best_only=True)

    def records(self) -> Iterator[AttentionRecord]:
        """All hypotheses of every word, best first."""
        for dump in self._dumps:
            yield from dump.records(best_only=False)

    def forms(self) -> Iterator[Forms]:
        """Id, row, UR, SR and reference of every word's best hypothesis, in the order of rows, without any weights."""
        for dump in self._dumps:
            yield from sorted(dump.forms(), key=lambda word: word[1])

    def __getitem__(self, id: str) -> AttentionRecord:
        """The best hypothesis of the word that the user calls ``id``.

        Raises:
            InputError: no such word, or several; the message lists ids that look alike, or the rows.
        """
        if not isinstance(id, str):
            raise TypeError(f"ids are text; for sample {id!r} of the data set, dump.row({id!r})")
        return self.hypotheses(id)[0]

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def row(self, n: int) -> AttentionRecord:
        """The best hypothesis of sample ``n`` of the data set, from 0.

        Raises:
            InputError: the dump has no such sample, or several dumps have one.
        """
        return self.hypotheses(n)[0]

    def hypotheses(self, word: str | int) -> list[AttentionRecord]:
        """All hypotheses of one word, best first.

        Args:
            word: the user's id, or the sample number.

        Raises:
            InputError: no such word, or several.
        """
        found = self._by_id.get(word, []) if isinstance(word, str) else [(dump, word) for dump in self._dumps]
        found = [(dump, row) for dump, row in found if dump.places(row)]
        if len(found) == 1:
            dump, row = found[0]
            return [next(shard.read(position, position + 1)) for shard, position in dump.places(row)]
        if not found:
            raise InputError(self._unknown(word), self._describe())
        where = ", ".join(f"row {row} of {dump.path}" for dump, row in found[:5])
        raise InputError(f"{len(found)} words are called {word!r}: {where}; ask for one by its row", self._describe())

    def ids(self) -> list[str]:
        """The ids of all words, in the order of iteration."""
        return [id for dump in self._dumps for id, _ in dump.ids()]

    @property
    def words_expected(self) -> int | None:
        """How many words there were to write; None where it is unknown."""
        expected = [dump.manifest["words_expected"] for dump in self._dumps]
        return None if None in expected else sum(expected)

    @property
    def complete(self) -> bool:
        """Whether every shard is finished and every word is there."""
        return all(dump.complete for dump in self._dumps)

    def require_complete(self) -> AttentionDump:
        """Returns itself.

        Raises:
            InputError: words are missing; the message says how many.
        """
        if not self.complete:
            raise InputError(f"incomplete: {self._progress()}; write the dump again", self._describe())
        return self

    def require_kind(self, kind: str) -> AttentionDump:
        """Returns itself.

        Raises:
            InputError: this kind of attention was not saved.
        """
        if kind not in self.kinds:
            kinds = ",".join([*self.kinds, kind])
            raise InputError(
                f"has no {kind} attention, only {', '.join(self.kinds)}; write it with --attention-kinds {kinds}",
                self._describe(),
            )
        return self

    def require_norms(self) -> AttentionDump:
        """Returns itself.

        Raises:
            InputError: the norms were not saved.
        """
        if not self.norms:
            raise InputError("has weights and no norms; write it with --attention-norms", self._describe())
        return self

    def close(self) -> None:
        """Close all files; the next question opens them again."""
        for dump in self._dumps:
            for shard in dump.shards:
                shard.close()

    def __enter__(self) -> AttentionDump:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<AttentionDump {self._describe()}: {self._progress()}, {', '.join(self.kinds)}>"

    @cached_property
    def _by_id(self) -> dict[str, list[tuple[_Folder, int]]]:
        words: dict[str, list[tuple[_Folder, int]]] = {}
        for dump in self._dumps:
            for id, row in dump.ids():
                words.setdefault(id, []).append((dump, row))
        return words

    def _unknown(self, word: str | int) -> str:
        if not isinstance(word, str):
            return f"has no row {word}; it has {count(len(self))}, rows counted from 0"
        from rapidfuzz import process

        near = [match for match, *_ in process.extract(word, list(self._by_id), limit=5, score_cutoff=50)]
        return f"has no word {word!r}; {'similar ids: ' if near else 'it has '}{', '.join(near or self.ids()[:5])}"

    def _progress(self) -> str:
        expected = self.words_expected
        text = count(len(self)) if expected is None else f"{len(self):,} of {count(expected)}"
        due = [dump.manifest["shards_expected"] for dump in self._dumps]
        done = [sum(shard.finished for shard in dump.shards) for dump in self._dumps]
        return text if sum(done) == sum(due) else f"{text}, {sum(done)} of {sum(due)} shards finished"

    def _describe(self) -> str:
        return ", ".join(map(str, self.paths))


class _Folder:
    """One dump on disk."""

    def __init__(self, path: Path):
        self.path, self.manifest = path, read_manifest(path)
        names = sorted(self.manifest["shards"])
        saved = self.manifest["kinds"], self.manifest["norms"]
        for file in sorted(path.glob("attention-*.h5")):
            if file.stem.removeprefix("attention-") not in names:
                raise InputError("the manifest does not name it: files of two dumps in one folder?", file)
        self.shards = [Shard(path, name, facts_of(self.manifest, name), *saved, self.manifest) for name in names]

    @property
    def words(self) -> int:
        return sum(shard.words for shard in self.shards)

    @property
    def complete(self) -> bool:
        due = self.manifest["words_expected"]
        finished = sum(shard.finished for shard in self.shards)
        return finished == self.manifest["shards_expected"] and due in (None, self.words)

    def records(self, best_only: bool) -> Iterator[AttentionRecord]:
        self._require_disjoint()
        parts = [shard.records(best_only) for shard in self.shards]
        return parts[0] if len(parts) == 1 else heapq.merge(*parts, key=lambda record: (record.row, record.rank))

    def places(self, row: int) -> list[Place]:
        """The records of one row, best first."""
        rows, shards, positions = self._index
        low, high = np.searchsorted(rows, row), np.searchsorted(rows, row, side="right")
        return [(self.shards[shards[n]], int(positions[n])) for n in range(low, high)]

    def ids(self) -> list[tuple[str, int]]:
        """Id and row of every word, in the order of rows."""
        self._require_disjoint()
        words = []
        for shard in self.shards:
            reader = shard.reader
            words += [
                (id, row)
                for id, row, rank in zip(reader.ids(), reader.row.tolist(), reader.rank.tolist(), strict=True)
                if rank == 0
            ]
        return sorted(words, key=lambda word: word[1])

    def forms(self) -> Iterator[Forms]:
        """As `AttentionDump.forms`, shard by shard."""
        self._require_disjoint()
        for shard in self.shards:
            texts = shard.reader.texts(0, len(shard.reader))
            for row, rank, (id, ur, sr, reference) in zip(shard.reader.row, shard.reader.rank, texts, strict=True):
                if rank == 0:
                    given = None if reference is None else segments(reference)
                    yield id, int(row), segments(ur), shard.surface_of(id, sr), given

    def _require_disjoint(self) -> None:
        """A word is in one shard."""
        rows = [np.unique(shard.reader.row) for shard in self.shards] if len(self.shards) > 1 else []
        found, counts = np.unique(np.concatenate([*rows, np.zeros(0, np.int64)]), return_counts=True)
        if (counts > 1).any():
            raise InputError(f"row {found[counts > 1][0]} is in two shards; write the dump again", self.path)

    @cached_property
    def _index(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of every record, in the order of row and rank: its row, the number of its shard, its position there."""
        self._require_disjoint()
        readers = [shard.reader for shard in self.shards]
        rows = np.concatenate([reader.row for reader in readers])
        ranks = np.concatenate([reader.rank for reader in readers])
        shards = np.repeat(np.arange(len(readers)), [len(reader) for reader in readers])
        positions = np.concatenate([np.arange(len(reader)) for reader in readers])
        order = np.lexsort((ranks, rows))
        return rows[order], shards[order], positions[order]
