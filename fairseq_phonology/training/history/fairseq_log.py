"""Reads the validations out of any log of fairseq-train, by whichever version, format and number of restarts.

`history.read_log` is this module's one public function; nothing else needs to come here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...text import count

# what fairseq itself reports about every epoch; anything else in a validation line is a metric of the task
_STOCK = {
    *("epoch", "loss", "nll_loss", "ppl", "wps", "ups", "wpb", "bsz", "num_updates"),
    *("lr", "gnorm", "clip", "train_wall", "wall", "gb_free", "loss_scale"),
}
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PIPES = re.compile(r"epoch (\d+) \| (?:valid on '([^']*)' subset \| )?(.*\bnum_updates \d+.*)")
_UPDATES = re.compile(r'num_updates(?:"?: "?|=| )(\d+)')
_LOADED = re.compile(r"[Ll]oaded checkpoint .* @ (\d+) updates")
_FRESH = re.compile(r"[Nn]o existing checkpoint found")
_STARTED = re.compile(r"training on \d+ (?:devices|GPUs)")


def read_log(path: str | Path, notes: list[str] | None = None) -> list[dict[str, Any]]:
    """The validations in a log of fairseq-train, as rows of a history.

    Reads ``--log-format`` json, simple and tqdm, with or without time stamps, and files of ``--log-file``, which
    repeat each line. Every (subset, updates) comes once, the latest. Where a run was resumed into the same file,
    what it had done beyond the checkpoint it resumed from is left out.

    Args:
        path: the log, UTF-8; bytes that are none are replaced.
        notes: receives a sentence on what was left out.

    Returns:
        Rows in order of updates. An epoch without validation has a row with an empty subset and its training loss; a
        validation in mid-epoch has no training loss, because the log has none for it.

    Raises:
        InputError: the file cannot be read, or no line of it is an epoch's.
    """
    log = _Log()
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:  # a lone \r ends a line too: progress bars
            for line in file:
                log.read(_ESCAPE.sub("", line))
    except OSError as error:
        raise InputError(error.strerror or str(error), path) from error
    if not (log.valid or log.train):
        raise InputError(
            "no epoch found; expected a history.csv or a log of fairseq-train in --log-format json, simple or tqdm",
            path,
        )
    if notes is not None and log.undone:
        notes.append(
            f"{count(log.undone, 'validation')} discarded, because training restarted from an earlier checkpoint"
        )
    return log.rows()


class _Log:
    """What has been read so far: validations by (subset, updates), training epochs by updates."""

    def __init__(self) -> None:
        self.valid: dict[tuple[str, int], dict[str, Any]] = {}
        self.train: dict[int, dict[str, Any]] = {}
        self.undone = 0
        self._just_started = False

    def read(self, line: str) -> None:
        if loaded := _LOADED.search(line):
            self._undo_from(int(loaded[1]) + 1)
        elif _FRESH.search(line):
            self._undo_from(0)
        elif _STARTED.search(line):
            self._just_started = True
        elif updates := _UPDATES.search(line):
            if self._just_started:  # files of --log-file do not say which checkpoint was loaded
                self._undo_from(int(updates[1]))
                self._just_started = False
            stats = _json_stats(line) or _pipe_stats(line)
            if stats:
                self._add(*stats)

    def _undo_from(self, updates: int) -> None:
        gone = [key for key in self.valid if key[1] >= updates]
        self.undone += len(gone)
        for key in gone:
            del self.valid[key]
        self.train = {at: row for at, row in self.train.items() if at < updates}

    def _add(self, tag: str, stats: dict[str, Any]) -> None:
        numbers = {name: number for name, text in stats.items() if (number := _number(text)) is not None}
        if "num_updates" not in numbers or "epoch" not in numbers or "loss" not in numbers:
            return
        row: dict[str, Any] = {"epoch": int(numbers["epoch"]), "updates": int(numbers["num_updates"])}
        # a training set may be validated on, too: only training itself reports a learning rate
        if tag == "train" and ("lr" in numbers or "wall" in numbers):
            row.update(train_loss=numbers["loss"], lr=numbers.get("lr"), wall=numbers.get("wall"))
            self.train[row["updates"]] = row
        else:
            row.update(subset=tag, valid_loss=numbers["loss"])
            row.update((k, v) for k, v in numbers.items() if k not in _STOCK and not k.startswith("best_"))
            self.valid[tag, row["updates"]] = row

    def rows(self) -> list[dict[str, Any]]:
        subsets = list(dict.fromkeys(subset for subset, _ in self.valid))
        validated = {updates for _, updates in self.valid}
        rows = [{**self.train.get(row["updates"], {}), **row} for row in self.valid.values()]
        rows += [{**row, "subset": ""} for updates, row in self.train.items() if updates not in validated]
        subsets.append("")
        empty = dict.fromkeys(("train_loss", "valid_loss", "exact_match", "per", "lr", "wall", "kept"))
        rows = [{**empty, **row} for row in rows]
        return sorted(rows, key=lambda row: (row["updates"], subsets.index(row["subset"])))


def _json_stats(line: str) -> tuple[str, dict[str, Any]] | None:
    """(subset or "train", stats) of a line of ``--log-format json``; None for any other line."""
    start = line.find('{"')
    if start < 0:
        return None
    try:
        stats = json.loads(line[start:])
    except json.JSONDecodeError:  # cut off by a kill
        return None
    prefix = next((key.removesuffix("num_updates") for key in stats if key.endswith("_num_updates")), "")
    if not prefix:  # a progress report from within the epoch
        return None
    named = {key.removeprefix(prefix): value for key, value in stats.items() if key.startswith(prefix)}
    return prefix.removesuffix("_"), {**named, "epoch": stats.get("epoch")}


def _pipe_stats(line: str) -> tuple[str, dict[str, Any]] | None:
    """(subset or "train", stats) of a line of ``--log-format`` simple or tqdm; None for any other line."""
    match = _PIPES.search(line)
    if match is None:
        return None
    pairs = (part.strip().rpartition(" ") for part in match[3].split(" | "))
    return match[2] or "train", {"epoch": match[1], **{name: value for name, _, value in pairs}}


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
