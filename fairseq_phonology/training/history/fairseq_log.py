"""Reads the validations out of any log of fairseq-train, by whichever version, format and number of restarts.

`read_log` is this module's one public function; nothing else needs to come here.
"""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from ...errors import InputError
from ...text import count
from .choice import Choice, Key, Run, key_of, known_to_be_kept, maximizes
from .log_lines import TRAIN, Line, number_in, read_line, whole

# what fairseq itself reports about every epoch; anything else in a validation line is a metric of the task
_STOCK = {
    *("loss", "nll_loss", "ppl", "wps", "ups", "wpb", "bsz", "lr", "gnorm", "clip", "train_wall", "wall", "gb_free"),
    *("loss_scale", "oom", "s/checkpoint", "words/s", "words/batch"),
}
_LONGEST = 1 << 20  # characters of a line that are read at once: compressed, gigabytes of one fit into a small file
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_UPDATES = re.compile(r'num_updates(?:"?: "?|=| )(\d[\d.e+]*)')  # 1.2e+06: fairseq shows six digits
_LOADED = re.compile(r"[Ll]oaded checkpoint .* @ (\d{1,18}) updates")
_FRESH = re.compile(r"[Nn]o existing checkpoint found")
_STARTED = re.compile(r"training on \d+ (?:devices|GPUs)")
_SAVED = re.compile(r"[Ss]aved checkpoint (.*)\(epoch (\d{1,18}) @ (\d{1,18}) updates")
# as in ``Namespace(best_checkpoint_metric='wer', ...)`` and in hydra's dictionary
_METRIC = re.compile(r"\bbest_checkpoint_metric'?[=:] ?'([^']+)'")
_MAXIMIZE = re.compile(r"\bmaximize_best_checkpoint_metric'?[=:] ?(True|False)")


def read_log(path: str | Path, notes: list[str] | None = None) -> Run:
    """The validations in a log of fairseq-train, as rows of a history, and by what the run chose.

    Reads ``--log-format`` json, simple and tqdm of fairseq 0.1 to 0.12, with or without time stamps and whatever else
    stands before a line (hydra, srun), and files of ``--log-file``, which repeat each line. Every (subset, updates)
    comes once, the latest. Where a run was resumed into the same file, what it had done beyond the checkpoint it
    resumed from is left out.

    Args:
        path: the log, UTF-8 or UTF-16, or compressed by gzip; bytes that are none are replaced.
        notes: receives a sentence on what was left out.

    Returns:
        Rows in order of updates. An epoch without validation has a row with an empty subset and its training loss; a
        validation in mid-epoch has no training loss, because the log has none for it. ``updates`` is None where neither
        the validation nor the training of its epoch says it.

    Raises:
        InputError: the file cannot be read, or no line of it is an epoch's.
    """
    log = _Log()
    try:
        with _opened(path) as file:  # a lone \r ends a line too: progress bars
            while line := file.readline(_LONGEST):
                log.read(_ESCAPE.sub("", line))
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(getattr(error, "strerror", None) or str(error), path) from error
    if not (log.valid or log.train):
        raise InputError(
            "no epoch found; expected a history.csv or a log of fairseq-train in --log-format json, simple or tqdm",
            path,
        )
    if notes is not None and log.undone:
        notes.append(
            f"{count(log.undone, 'validation')} discarded, because training restarted from an earlier checkpoint"
        )
    run = log.run()
    if notes is not None and run.choice.kept == frozenset():
        notes.append("the best so far is better than each validation here: the checkpoint that is kept is of before")
    return run


def _opened(path: str | Path) -> IO[str]:
    with open(path, "rb") as file:
        opener = gzip.open if file.read(2) == b"\x1f\x8b" else open
    with opener(path, "rb") as file:
        head = file.read(4096)
    # PowerShell's > writes UTF-16; most of every second byte is zero then
    odd, even = head[1::2].count(0), head[::2].count(0)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif max(odd, even) > len(head) / 4:
        encoding = "utf-16-le" if odd > even else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    return opener(path, "rt", encoding=encoding, errors="replace")


class _Log:
    """What has been read so far: validations by subset and (epoch, updates), training epochs by the latter."""

    def __init__(self) -> None:
        self.valid: dict[tuple[str, Key], Line] = {}
        self.train: dict[Key, Line] = {}
        self.saved: set[Key] = set()
        self.undone = 0
        self._metric: str | None = None
        self._maximize: bool | None = None
        self._saved_in = ""
        self._just_started = False
        self._last: Line | None = None

    def read(self, text: str) -> None:
        if found := _METRIC.search(text):
            self._metric = found[1]
        if found := _MAXIMIZE.search(text):
            self._maximize = found[1] == "True"
        if loaded := _LOADED.search(text):
            self._undo_from(int(loaded[1]) + 1)
        elif _FRESH.search(text):
            self._undo_from(0)
        elif _STARTED.search(text):
            self._just_started = True
        elif saved := _SAVED.search(text):
            self.saved.add((int(saved[2]), int(saved[3])))
            self._saved_in = re.sub(r"[/\\]?[^/\\]*$", "", saved[1].strip()) or self._saved_in
        else:
            found = _UPDATES.search(text) if self._just_started else None
            if found and (updates := whole(number_in(found[1].rstrip(".")))) is not None:
                # files of --log-file do not say which checkpoint was loaded
                self._undo_from(updates)
                self._just_started = False
            if line := read_line(text):
                self._add(line)

    def _undo_from(self, updates: int) -> None:
        gone = [key for key in self.valid if key[1][1] is not None and key[1][1] >= updates]
        self.undone += len(gone)
        for key in gone:
            del self.valid[key]
        self.train = {at: line for at, line in self.train.items() if at[1] is None or at[1] < updates}
        self.saved = {at for at in self.saved if at[1] is None or at[1] < updates}

    def _add(self, line: Line) -> None:
        if line.training:
            self.train[line.epoch, line.updates] = line
        else:
            line = self._told_apart(line)
            self.valid[line.subset, (line.epoch, line.updates)] = line
        self._last = line

    def _told_apart(self, line: Line) -> Line:
        """Before 0.6.2, JSON does not name the subset: two validations that follow each other are of two."""
        last = self._last
        if line.named or last is None or last.named or (last.epoch, last.updates) != (line.epoch, line.updates):
            return line
        if last.figures == line.figures or last.training:
            return line
        return replace(line, subset=f"valid{int(last.subset.removeprefix('valid') or 0) + 1}")

    def run(self) -> Run:
        self._find_training()
        rows = self._rows()
        subset = next((row["subset"] for row in rows if row["subset"]), "")
        lines = {self._key(line): line for (name, _), line in self.valid.items() if name == subset}
        choice = self._choice(list(lines.values()), any(row["exact_match"] is not None for row in rows))
        column, metric = choice.column, choice.metric
        if column in _STOCK:  # by it, it is chosen
            for row in rows:
                known = row["subset"] == subset and key_of(row) in lines
                row[column] = lines[key_of(row)].figures.get(column) if known else None
        values = [
            (key_of(row), row[column], _best(lines[key_of(row)], metric))
            for row in rows
            if row["subset"] == subset and row.get(column) is not None
        ]
        kept = known_to_be_kept(values, {updates for _, updates in self.saved}, choice.maximize)
        among = (
            f"among the {len(kept)} of {count(len(values), 'validation')} that saved"
            if kept and len(kept) < len(values)
            else ""
        )
        return Run(rows, replace(choice, kept=kept, among=among), choice.ours, self._saved_in)

    def _find_training(self) -> None:
        """Lines of ``train`` without a learning rate or time are of training, if that has no others, and not alone."""
        of_train = {key: line for key, line in self.valid.items() if key[0] == TRAIN}
        if not self.train and len(of_train) < len(self.valid):
            self.train = {at: line for (_, at), line in of_train.items()}
            self.valid = {key: line for key, line in self.valid.items() if key[0] != TRAIN}

    def _choice(self, lines: list[Line], ours: bool) -> Choice:
        """By what the run chose, from its options, or from the best figure so far in its validations."""
        named = [name for line in lines for name in line.best]
        metric = self._metric or (named[-1] or "loss" if named else None)
        if metric is None or not any(metric in line.figures for line in lines):
            return Choice("exact_match" if ours else "loss", maximize=ours, ours=ours)
        values = [(line.figures[metric], _best(line, metric)) for line in lines if metric in line.figures]
        maximize = maximizes(metric, values) if self._maximize is None else self._maximize
        where = "its options" if self._metric else f"best_{named[-1]}".removesuffix("_")
        return Choice(metric, maximize, ours, told=f"the log says so in {where}")

    def _key(self, line: Line) -> Key:
        """The updates of a validation may stand in the line of its epoch's training alone."""
        if line.updates is not None:
            return line.epoch, line.updates
        of_training = [at for at in self.train if at[0] == line.epoch]
        return of_training[-1] if of_training else (line.epoch, None)

    def _rows(self) -> list[dict[str, Any]]:
        subsets = list(dict.fromkeys(subset for subset, _ in self.valid))
        rows, validated = [], set()
        for line in self.valid.values():
            key = self._key(line)
            validated.add(key)
            rows.append({**self._trained(key), "subset": line.subset, "valid_loss": line.figures["loss"]})
            own = {*_STOCK, *rows[-1]}  # a metric may be called as a column of the history
            rows[-1] |= {name: value for name, value in line.figures.items() if name not in own}
        rows += [{**self._trained(key), "subset": ""} for key in self.train if key not in validated]
        subsets.append("")
        empty = dict.fromkeys(("train_loss", "valid_loss", "exact_match", "per", "lr", "wall", "kept"))
        rows = [{**empty, **row} for row in rows]
        if all(row["updates"] is not None for row in rows):
            return sorted(rows, key=lambda row: (row["updates"], subsets.index(row["subset"])))
        return sorted(rows, key=lambda row: (row["epoch"], row["updates"] or 0, subsets.index(row["subset"])))

    def _trained(self, key: Key) -> dict[str, Any]:
        row: dict[str, Any] = {"epoch": key[0], "updates": key[1]}
        if key in self.train:
            figures = self.train[key].figures
            row |= {"train_loss": figures["loss"], "lr": figures.get("lr"), "wall": figures.get("wall")}
        return row


def _best(line: Line, metric: str) -> float | None:
    """The best value of a metric so far."""
    return line.best.get(metric, line.best.get("") if metric == "loss" else None)
