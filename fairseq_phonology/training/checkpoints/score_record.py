"""Remembers which checkpoints of a folder are scored, so that only new and changed ones are scored again.

A checkpoint counts as unchanged if its size and time of change are, or else its SHA-256; files of the same content
share one score. Everything is scored anew when the data, the subset or the beam are others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import msgspec

from ...corpus.variants import table_beside
from ...errors import InputError
from ...files import read_csv, read_json, sha256_of, sha256_of_parts, write_csv, write_file, write_json
from ..callbacks import PREDICTION_COLUMNS, Prediction, write_predictions
from ..history.choice import rank

RECORD, SCORES, PREDICTIONS = "scored.json", "scores.csv", "predictions"


@dataclass(frozen=True)
class Score:
    """One checkpoint's figures on one subset.

    Attributes:
        checkpoint: name of its file.
        exact_match: words whose whole hypothesis equals the reference, or any variant, in % (more is better).
        per: segment edits / segments of the reference, or of the nearest variant, in % (less is better); None where the
            wrong words were not generated.
        loss: of the checkpoint's own criterion under teacher forcing, in bits, as fairseq-validate reports it.
        epoch: the epoch it was saved in or after.
        updates: updates made when it was saved.
        most_frequent_variant: of the right words with variants, those that are the most frequent one, in %; None where
            no word has variants.
    """

    checkpoint: str
    exact_match: float
    per: float | None
    loss: float
    epoch: int
    updates: int
    most_frequent_variant: float | None = None


def best_first(scores: Iterable[Score]) -> list[Score]:
    """More words right, then lower loss, then earlier."""
    return sorted(scores, key=lambda one: (*rank(one.exact_match, one.loss, one.updates), one.checkpoint))


@dataclass
class _Entry:
    size: int
    mtime: int  # nanoseconds
    sha256: str
    data: str  # folder
    digest: str  # of its files
    score: Score


class ScoreRecord:
    """The scores of a folder of checkpoints, on disk.

    ``scores.csv`` (best first), ``predictions/<checkpoint>.csv``, and ``scored.json``, the record itself.

    Args:
        folder: where they go; made when the first score comes.
        subset: what was scored on.
        beam: of the generation.
        data: the folder that takes the place of the one each checkpoint was trained on, if any.
        scores_only: no predictions are asked for; those that are there stay, and scores that come with them count.
    """

    def __init__(self, folder: str | Path, subset: str, beam: int, data: str | None = None, scores_only: bool = False):
        self.folder, self.subset, self._scores_only = Path(folder), subset, scores_only
        self._check_ours()
        self.settings = {"subset": subset, "beam": beam, "data": data}
        self._digests: dict[str, str] = {}
        self._entries: dict[str, _Entry] = {}
        try:
            record = read_json(self.folder / RECORD, dict[str, dict[str, Any]], "record")
            if record["settings"] == self.settings:
                for name, entry in record["checkpoints"].items():
                    score = {n: math.nan if value is None else value for n, value in entry["score"].items()}
                    self._entries[name] = msgspec.convert({**entry, "score": {"per": None, **score}}, _Entry)
        except (InputError, KeyError, TypeError, AttributeError, msgspec.ValidationError):
            self._entries = {}  # no record, or one of another version: score anew

    @property
    def scores(self) -> list[Score]:
        """Best first."""
        return best_first(entry.score for entry in self._entries.values())

    def known(self, path: Path) -> Score | None:
        """The score of a checkpoint, if it is scored and unchanged, or a copy of one that is."""
        entry, stat = self._entries.get(path.name), path.stat()
        if entry and self._holds(path.name) and (entry.size, entry.mtime) == (stat.st_size, stat.st_mtime_ns):
            return entry.score
        alike = [name for name, other in self._entries.items() if other.size == stat.st_size and self._holds(name)]
        sha256 = sha256_of(path) if alike else None
        twin = next((name for name in alike if self._entries[name].sha256 == sha256), None)
        if twin is None:
            return None
        if twin != path.name:
            self.predictions_of(path.name).unlink(missing_ok=True)
            if self.predictions_of(twin).is_file():
                with _elsewhere(self.folder / PREDICTIONS):
                    text = self.predictions_of(twin).read_text(encoding="utf-8")
                    write_file(self.predictions_of(path.name), text, sync=True)
        score = replace(self._entries[twin].score, checkpoint=path.name)
        self._entries[path.name] = replace(self._entries[twin], mtime=stat.st_mtime_ns, score=score)
        self._write()
        return score

    def _check_ours(self) -> None:
        """Is there no table of another program, which would be replaced?

        Raises:
            InputError: there is.
        """
        if (self.folder / RECORD).exists():
            return
        made = {self.folder / SCORES: ("checkpoint", "exact_match")}
        made |= dict.fromkeys((self.folder / PREDICTIONS).glob("*.csv"), PREDICTION_COLUMNS)
        for path, columns in made.items():
            # without a record a kill may have left predictions
            found: list[str] = []
            with suppress(OSError, InputError):
                found = next(read_csv(path), (0, found))[1]
            if path.exists() and found[: len(columns)] != [*columns]:
                raise InputError("was not made by checkpoints; name another folder with --out", path)

    def _holds(self, name: str) -> bool:
        """Does the score of a checkpoint still stand? Its predictions are there if they are asked for, and its data are
        what they were."""
        entry = self._entries[name]
        if entry.data not in self._digests:
            self._digests[entry.data] = data_digest(Path(entry.data), self.subset)
        complete = self._scores_only or self.predictions_of(name).is_file()
        return complete and self._digests[entry.data] == entry.digest

    def add(self, path: Path, data: Path, digest: str, score: Score, predictions: Iterable[Prediction] | None) -> None:
        """Remember a score.

        Args:
            path: the checkpoint.
            data: the folder of the data it was scored on.
            digest: of those data.
            score: its figures.
            predictions: every word's; written first, so that a kill leaves no score without them. None if they are not
                asked for.
        """
        stat = path.stat()
        if predictions is None:  # those of another checkpoint of this name
            self.predictions_of(path.name).unlink(missing_ok=True)
        else:
            with _elsewhere(self.folder / PREDICTIONS):
                write_predictions(self.predictions_of(path.name), predictions, sync=True)
        sha256 = sha256_of(path)
        self._entries[path.name] = _Entry(stat.st_size, stat.st_mtime_ns, sha256, str(data), digest, score)
        self._write()

    def data_of(self, name: str) -> str:
        """The folder of the data that a checkpoint was scored on."""
        return self._entries[name].data

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget the checkpoints that are gone, and their predictions."""
        gone = set(self._entries) - set(names)
        for name in gone:
            del self._entries[name]
            self.predictions_of(name).unlink(missing_ok=True)
        if gone:
            self._write()

    def predictions_of(self, name: str) -> Path:
        """Where the predictions of a checkpoint are."""
        return self.folder / PREDICTIONS / f"{name.removesuffix('.pt')}.csv"

    def _write(self) -> None:
        scores = self.scores
        names = [field.name for field in fields(Score)]
        for name in ("per", "most_frequent_variant"):
            if all(getattr(score, name) is None for score in scores):
                names.remove(name)
        rows = [[_text(getattr(score, name)) for name in names] for score in scores]
        entries = {name: asdict(entry) for name, entry in self._entries.items()}
        for entry in entries.values():
            entry["score"] = {
                n: None if v != v else v for n, v in entry["score"].items() if v is not None
            }  # nan: no JSON
        with _elsewhere(self.folder):
            write_csv(self.folder / SCORES, [names, *rows], sync=True)
            write_json(self.folder / RECORD, {"settings": self.settings, "checkpoints": entries}, sync=True)


def find_checkpoints(path: str | Path) -> list[Path]:
    """All ``.pt`` of a folder, files or not, in the order of the numbers in their names; or the one file named.

    Raises:
        InputError: nothing there.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError("no such folder", path)
    found = list(path.glob("*.pt"))
    if not found:
        raise InputError("no checkpoint (*.pt) in this folder", path)
    return sorted(found, key=lambda file: [(text, int(n or 0)) for text, n in re.findall(r"(\D*)(\d*)", file.name)])


def data_digest(folder: Path, subset: str) -> str:
    """SHA-256 of the files of one subset, of the dictionaries, and of the table of the variants if there is one."""
    files = [*sorted(folder.glob(f"{subset}.*-*.*")), *sorted(folder.glob("dict.*.txt"))]
    files += [path for path in [table_beside(folder)] if path.is_file()]
    return sha256_of_parts(file.name.encode() + file.read_bytes() for file in files)


@contextmanager
def _elsewhere(folder: Path) -> Iterator[None]:
    """Say how the results can be written where they may."""
    hint = "; name another place with --out"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except InputError as error:
        raise InputError(f"{error.message}{hint}", error.path) from None
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}{hint}", folder) from None


def _text(value: Any) -> str:
    if value is None or value != value:  # nan: no word with variants is right
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
