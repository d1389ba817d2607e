"""One shard of a dump, finished or not, in blocks of records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...text import cut
from ..record import AttentionRecord
from .layout import ShardReader
from .manifest import Finished, Growing, part_path, shard_path
from .part import PartReader
from .sealed import SealedReader

_OF_ANOTHER = "of another dump, or changed; run fairseq-generate again"
_BLOCK = 1 << 20  # floats of one kind read at once (4 MiB)


class Shard:
    """One shard as the manifest describes it; opened when first asked for.

    Args:
        folder: of the dump.
        name: of the shard.
        facts: what the manifest says about it.
        kinds: the kinds of attention in the dump.
        norms: whether norms stand beside the weights.
        about: what the manifest says of the model, as far as it does: its sizes, and the segments of its SRs.

    Raises:
        InputError: a finished shard is not there.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        facts: Finished | Growing,
        kinds: Sequence[str],
        norms: bool = False,
        about: Mapping[str, Any] | None = None,
    ):
        about = about or {}
        self._sizes = about.get("model") or {}
        self._known = frozenset((about.get("dictionaries") or {}).get("surface", ()))
        self.name, self._facts, self._kinds, self._norms = name, facts, kinds, norms
        self.finished = isinstance(facts, Finished)
        self.path = shard_path(folder, name) if self.finished else part_path(folder, name)
        if self.finished and not (self.path.exists() or self.path.is_symlink()):
            raise InputError("missing: the manifest names it; copy it here or write the dump again", self.path)
        self._reader: ShardReader | None = None

    @property
    def reader(self) -> ShardReader:
        """The open shard."""
        if self._reader is None:
            saved = self._kinds, self._norms
            reader = SealedReader(self.path, self._facts, *saved) if self.finished else PartReader(self.path, *saved)
            self._check_sizes(reader)
            self._reader = reader
        return self._reader

    def _check_sizes(self, reader: ShardReader) -> None:
        for kind in self._kinds if len(reader) else ():
            for what, size in zip(("layers", "heads"), reader.shapes(kind, 0, 1)[0].tolist(), strict=False):
                said = self._sizes.get(what)
                if isinstance(said, Mapping) and said.get(kind, size) != size:
                    raise InputError(
                        f"has {size} {what} of {kind} attention, and the manifest says {said[kind]}: {_OF_ANOTHER}",
                        self.path,
                    )

    def surface_of(self, word: str, text: str) -> tuple[str, ...]:
        """The segments of a SR.

        Raises:
            InputError: one is not in the dictionary that the manifest has of the model.
        """
        found = segments(text)
        if self._known and not self._known.issuperset(found):
            unknown = next(segment for segment in found if segment not in self._known)
            what = f"its SR has {cut(unknown)!r}, which is not in the dictionary of the manifest"
            raise InputError(f"word {word!r}: {what}: {_OF_ANOTHER}", self.path)
        return found

    @property
    def words(self) -> int:
        """Words with at least one hypothesis."""
        return self._facts.words_written if self.finished else int((self.reader.rank == 0).sum())

    def records(self, best_only: bool) -> Iterator[AttentionRecord]:
        """Every record, or those of rank 0, in the order of row and rank."""
        start, total = 0, len(self.reader)
        while start < total:
            stop = start + self._block(start)
            wanted = self.reader.rank[start:stop] == 0 if best_only else None
            yield from self.read(start, stop, wanted)
            start = stop

    def read(self, start: int, stop: int, wanted: np.ndarray | None = None) -> Iterator[AttentionRecord]:
        """Some records, checked.

        Args:
            start: position of the first.
            stop: position after the last.
            wanted: which of them; None for all.  # stop - start, bool

        Raises:
            InputError: one is not as it was written, or has weights that do not sum to one; the message names the word.
        """
        reader = self.reader
        floats = {}
        for name in reader.names:
            shapes = reader.shapes(name, start, stop).tolist()
            floats[name] = [
                flat.reshape(shape) for flat, shape in zip(reader.floats(name, start, stop), shapes, strict=True)
            ]
        rows, ranks = reader.row[start:stop].tolist(), reader.rank[start:stop].tolist()
        for n, (name, ur, sr, reference) in enumerate(reader.texts(start, stop)):
            if wanted is None or wanted[n]:
                given = None if reference is None else segments(reference)
                arrays = {field: own[n] for field, own in floats.items()}
                try:
                    record = AttentionRecord(
                        name, rows[n], ranks[n], segments(ur), self.surface_of(name, sr), given, **arrays
                    )
                    record.check()
                except ValueError as error:
                    raise InputError(str(error), self.path) from None
                yield record

    def close(self) -> None:
        """Forget what was read; the next question opens the shard again."""
        self._reader = None

    def _block(self, start: int) -> int:
        """How many records from ``start`` on fill a block; at least one."""
        counts = [1024]
        for name in self.reader.names:
            ends = np.cumsum(self.reader.shapes(name, start, start + 1024).prod(1))
            counts.append(int(np.searchsorted(ends, _BLOCK, side="right")))
        return min(max(1, min(counts)), len(self.reader) - start)


def segments(text: str) -> tuple[str, ...]:
    """Of a form as a dump has it."""
    return tuple(text.split(" ")) if text else ()
