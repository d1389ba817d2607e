"""One training of a study: begun anew where its recipe is another, gone on with where it was stopped, else left alone.

``python -m fairseq_phonology.workflow.training --stamp FILE --log FILE ... -- fairseq-train DATA ... --save-dir DIR``
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from random import Random
from typing import IO, Any

from .. import register
from ..commands.wiring.terminal import say
from ..corpus.variants import table_beside
from ..errors import InputError
from ..files import (
    TRAINING_LOCK,
    Busy,
    Lock,
    check_own,
    read_json,
    read_lines,
    sha256_of,
    sha256_of_parts,
    training_lock,
    write_json,
)
from ..text import count, listed
from ..training.history.history import FILE_NAME, read_history
from ..training.lengths import epochs_of, training_length, updates_of
from ..training.recipe import arguments, data_options, warmup
from . import reads
from .layout import BEST, NOTE, OURS, RECIPE

# options that name files which no later step reads where the checkpoint says they are, as it does embeddings
_NAMING = ("--grammar", "--user-dir", "--finetune-from-model")
_ASIDE = ".before"  # in the folder of a training, while what it holds is put aside
_FEWER = "--no-epoch-checkpoints"
_PACKAGES = ("torch", "fairseq-fixed", "fairseq_phonology")
_PACKAGE = str(Path(__file__).resolve().parents[1])


def main(words: Sequence[str] | None = None) -> int:
    """Train, unless that is done; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stamp", required=True, type=Path, help="file that says that the training is finished")
    parser.add_argument("--log", required=True, type=Path, help="what fairseq-train prints; it grows on a resume")
    parser.add_argument("--reads", action="append", default=[], help="a file that a training depends on")
    parser.add_argument("--epochs", type=int, help="how many (default: as the data need)")
    parser.add_argument("command", nargs="+", help="-- fairseq-train DATA OPTIONS, without the length of the training")
    args = parser.parse_args(words)
    training = Training(args.command, args.epochs, args.reads)
    with _into(args.log) as log:
        try:
            with training_lock(training.save_dir, wait=training.wait):
                write_json(args.stamp, training.finish(log))
        except InputError as error:
            say(f"error: {error}", to=sys.stderr)
            return 2
    return 0


class Training:
    """One command, and the folder where it trains.

    Args:
        command: ``fairseq-train`` and its words, without how long to train.
        epochs: how many; None: as the data need.
        files: that it reads, besides the data.
    """

    def __init__(self, command: Sequence[str], epochs: int | None, files: Sequence[str]):
        self._words, self._epochs = list(command), epochs
        self.data = Path(command[1])
        self.save_dir = Path(self._option("--save-dir"))
        self._aside = Path(f"{self.save_dir}.before")
        made = (path for path in sorted(self.data.parent.rglob("*")) if path.is_file())
        # the user's files by what they are for and what they say, not by where they lie: a study may be moved
        named = {self._option(name): name for name in _NAMING}
        self._recipe = {
            "command": _shown([word for word in command if word not in named and word != _FEWER]),
            "epochs": epochs,
            "data": sha256_of_parts(f"{path.name} {sha256_of(path)}\n".encode() for path in made),
            "checkpoints of all epochs": _FEWER not in command,
            **{_role(path, named): reads.digest(Path(path), training=True) for path in files},
        }

    def wait(self, holder: str) -> None:
        """Say that another process trains there: one that outlived its study, or one by hand."""
        say(f"{NOTE}{holder}, trains in {self.save_dir} already; this one waits for its end")

    def finish(self, log: IO[str]) -> dict[str, Any]:
        """Train to the end, from where it stands; returns what the stamp says. The folder is locked."""
        if (self.save_dir / _ASIDE).is_dir():
            self._put_aside()  # which a kill cut short
        path = self.save_dir / RECIPE
        before = read_json(path, dict, "record of a training") if path.is_file() else {}
        stamp = stamp if isinstance(stamp := before.pop("stamp", None), dict) else None
        changed = [key for key in {**before, **self._recipe} if not self._is_same(key, before)]
        why = f"it has no {RECIPE}" if not before else f"{listed(changed)} changed" if changed else ""
        if stamp and not why:
            best = self._best()
            if best == stamp.get("checkpoint_sha256"):
                return stamp
            why = f"{BEST} is {'not the one that it left' if best else 'gone'}"
        if why:
            log.truncate(0)
            self._make_room(why, finished=bool(stamp or not before))
        write_json(path, self._recipe, sync=True)
        train = _trainer()
        command = [*self._words, *arguments(self._length())]
        gpu = None if "--cpu" in command else _gpu()
        say(f"$ {_shown(command)}")
        begin = time.monotonic()
        train(command)
        if not self._best():
            raise InputError(
                f"{self.save_dir} has no {BEST} after the training: its options keep none, or it was deleted; then "
                f"delete {self.save_dir} to train anew"
            )
        stamp = self._stamp(_shown(command), time.monotonic() - begin, gpu)
        write_json(path, {**self._recipe, "stamp": stamp}, sync=True)
        return stamp

    def _is_same(self, key: str, before: Mapping[str, Any]) -> bool:
        """Is it as it was, or are there more checkpoints than are asked for now?"""
        was, now = before.get(key), self._recipe.get(key)
        return was == now or (was is True and now is False)

    def _best(self) -> str | None:
        """SHA-256 of the best checkpoint; None if there is none."""
        path = self.save_dir / BEST
        return sha256_of(path) if path.is_file() else None

    def _make_room(self, why: str, finished: bool) -> None:
        """A folder with nothing but its lock. What took long to make is put aside whole, in place of what was there."""
        if not (found := self._found()):
            return
        anew = f"{NOTE}{self.save_dir} is trained anew, as {why}"
        if finished and (self.save_dir / BEST).is_file():
            place = ", in place of the one there" * self._aside.exists()
            say(f"{anew}; the earlier training is now in {self._aside}{place}")
            self._put_aside()
            return
        say(f"{anew}; what was there is removed")
        # these first: what a kill leaves then is no training
        for each in sorted(found, key=lambda path: (path.name != RECIPE, path.name != BEST)):
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    def _put_aside(self) -> None:
        whole = self.save_dir / _ASIDE
        whole.mkdir(exist_ok=True)
        for each in self._found():
            each.rename(whole / each.name)
        shutil.rmtree(self._aside, ignore_errors=True)
        whole.rename(self._aside)

    def _found(self) -> list[Path]:
        return [path for path in self.save_dir.iterdir() if path.name not in (TRAINING_LOCK, _ASIDE)]

    def _option(self, name: str) -> str | None:
        """Its value in the command; the last one wins."""
        found = None
        for n, word in enumerate(self._words):
            if word == name:
                found = self._words[n + 1] if n + 1 < len(self._words) else ""
            elif word.startswith(f"{name}="):
                found = word.partition("=")[2]
        return found

    def _length(self) -> dict[str, Any]:
        """What the command does not say of how long to train, and of its data."""
        folder = self.data.parent
        sizes = _sizes(folder, "train")
        subsets = sorted((path.stem for path in folder.glob("valid*.ur")), key=lambda name: (len(name), name))
        longest = max(max(pair) for subset in ("train", *subsets) for pair in _sizes(folder, subset))
        # where URs have variants, an epoch is several passes over them
        passes = table_beside(self.data).is_file()
        copies = round(len(sizes) / len(set(read_lines(folder / "train.ur")))) if passes else 1
        options = {name: value for name, value in data_options(subsets, longest).items() if not self._given(name)}
        if not self._given("max_tokens", "batch_size"):
            options["max_tokens"] = training_length(map(max, sizes), longest, copies).batch
        batch = [_number(self._option(name)) for name in ("--max-tokens", "--batch-size", "--update-freq")]
        # of mixed lengths each epoch has an order of its own, and about as many batches
        order = Random(1).sample(sizes, len(sizes)) if self._given("mix_lengths") else sorted(sizes)
        batches = updates_of(map(max, order), batch[0] or options.get("max_tokens"), batch[1])
        per_epoch = math.ceil(batches / (batch[2] or 1))
        epochs = self._epochs or epochs_of(per_epoch, copies)
        if not self._given("max_update") or self._epochs:
            options["max_epoch"] = epochs
        if self._option("--lr-scheduler") == "polynomial_decay":
            updates = _number(self._option("--max-update")) or per_epoch * epochs
            total = _number(self._option("--total-num-update")) or updates
            own = {"total_num_update": total, "warmup_updates": warmup(total)}
            options |= {name: value for name, value in own.items() if not self._given(name)}
        return options

    def _given(self, *names: str) -> bool:
        return any(self._option(f"--{name.replace('_', '-')}") is not None for name in names)

    def _stamp(self, command: str, seconds: float, gpu: str) -> dict[str, Any]:
        """What others may want to know of a finished training; nothing of the machine but what computed it."""
        history = self.save_dir / FILE_NAME
        rows = read_history(history) if history.is_file() else []
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return {
            "checkpoint": (self.save_dir / BEST).as_posix(),
            "checkpoint_sha256": self._best(),
            "seconds": round(max([seconds, *(row["wall"] for row in rows if row["wall"] is not None)])),
            "epochs": max((row["epoch"] for row in rows), default=None),
            "updates": max((row["updates"] for row in rows), default=None),
            "words": len(_sizes(self.data.parent, "train")),
            "machine": f"{platform.machine()}, {count(cores, 'core')}, {gpu or 'CPU'}",
            "versions": _versions(),
            "command": command,
        }


def _trainer() -> Callable[[Sequence[str]], None]:
    """``fairseq-train`` in this process, which a kill ends, too. Its module comes first: it says how logs look."""
    from fairseq_cli.train import cli_main

    register()

    def train(words: Sequence[str]) -> None:
        sys.argv = list(words)
        cli_main()

    return train


def _shown(words: Sequence[str]) -> str:
    """A command as it is typed, on any machine."""
    return " ".join(OURS if word == _PACKAGE else shlex.quote(word) for word in words)


def _role(path: str, named: Mapping[str | None, str]) -> str:
    """What a file is for: the option that names it, or the folder where it is."""
    folder = next((each for each in named if each and f"{path}/".startswith(f"{each}/")), "")
    return named.get(folder, "") + path.removeprefix(folder)


def _sizes(folder: Path, split: str) -> list[tuple[int, int]]:
    """Symbols of each word, UR and SR, EOS included."""
    sides = ([len(line.split()) + 1 for line in read_lines(folder / f"{split}.{form}")] for form in ("ur", "sr"))
    return list(zip(*sides, strict=True))


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


@contextlib.contextmanager
def _into(log: Path) -> Iterator[IO[str]]:
    """All that this process and its workers print goes to the end of a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    check_own(log)
    with log.open("a", encoding="utf-8") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(file.fileno(), stream.fileno())
        sys.stdout.reconfigure(line_buffering=True)  # in the order in which it was printed, and at once
        yield file


def _gpu() -> str:
    """Take a GPU of this machine for as long as this process lives, and return its name; empty where there is none.

    Raises:
        InputError: the file that says who has it cannot be made.
    """
    free = _visible()
    if not free:
        return ""
    said = False
    while True:
        for identifier, name in free.items():
            # one file for all users of the machine, held until the process ends
            path = Path(tempfile.gettempdir(), f"fairseq_phonology-{identifier.replace('/', '-')}.lock")
            with contextlib.suppress(Busy):
                Lock(path, path, "is held", "name another GPU in CUDA_VISIBLE_DEVICES")
                os.environ["CUDA_VISIBLE_DEVICES"] = identifier
                return name
        if not said:
            say(f"{NOTE}waiting for one of {count(len(free), 'GPU')}: other trainings have them")
            said = True
        time.sleep(1)


def _visible() -> dict[str, str]:
    """GPUs that this process may use: identifier -> name; numbers are those of nvidia-smi."""
    rows: list[list[str]] = []
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=index,uuid,name", "--format=csv,noheader"]
        done = subprocess.run(query, capture_output=True, encoding="utf-8")
        rows = [] if done.returncode else [line.split(", ", 2) for line in done.stdout.splitlines()]
    asked = os.environ.get("CUDA_VISIBLE_DEVICES")
    if asked is None:
        return {identifier: name for _, identifier, name in rows}
    found = {}
    for wanted in asked.replace(" ", "").split(","):
        listed_as = (row for row in rows if row[0] == wanted or (wanted[:4] == "GPU-" and row[1].startswith(wanted)))
        if row := next(listed_as, None):
            found[row[1]] = row[2]
        elif wanted.startswith(("GPU-", "MIG-")):
            found[wanted] = "GPU"  # a part of one, which nvidia-smi does not list
        else:  # CUDA's list ends there, too
            break
    return found


def _number(text: str | None) -> int | None:
    """The first number of a list such as ``[1]``."""
    found = re.search(r"\d+", text or "")
    return int(found[0]) if found else None


if __name__ == "__main__":
    sys.exit(main())
