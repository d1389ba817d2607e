"""From checked words to a folder for fairseq-train and fairseq-generate, which appears whole or not at all."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from ..corpus.lines import read_lines
from ..corpus.pairs import Word
from ..corpus.units import Units
from ..errors import InputError
from ..files import new_folder, read_json, write_json, write_lines

SETTINGS = "prepare.json"  # in bin/: how its words were segmented
_PROFILE = "profile.tsv"  # beside it: the orthography profile, if there was one
_OURS = re.compile(r"bin|split-\d+|(train|valid\d*|test\d*)\.(tsv|ur|sr)")


@contextmanager
def new_data_folder(dest: str | Path, overwrite: bool) -> Iterator[Path]:
    """A folder to fill with word lists and ``bin/``; see `files.new_folder`.

    Raises:
        InputError: ``dest`` may not be used, or cannot be written.
    """
    if os.pathsep in os.path.abspath(dest):
        raise InputError(f"fairseq takes {os.pathsep!r} in a data path for the end of it; choose another name", dest)
    with new_folder(dest, overwrite, "prepare", _OURS, "--dest") as folder:
        yield folder


def write_splits(folder: Path, splits: Mapping[str, Sequence[Word]], units: Units) -> None:
    """Write ``<split>.ur`` and ``.sr``, a word a line, and ``<split>.tsv``, whose row n is fairseq's sample n.

    The table has id, ur, sr (segments), then ur_text and sr_text (what the user wrote, where that is something
    else), then the user's further columns. A list without SRs has no sr, neither file nor column.
    """
    for split, words in splits.items():
        has_sr = words[0].sr is not None
        texts = {"ur_text": units.ur != "space", "sr_text": has_sr and units.sr != "space"}
        columns = ["id", "ur", *(["sr"] if has_sr else [])]
        columns += [name for name, wanted in texts.items() if wanted and name not in words[0].more]
        table = [[*columns, *words[0].more]]
        for word in words:
            ur, sr = " ".join(word.ur), " ".join(word.sr or ())
            own = {"id": word.id, "ur": ur, "sr": sr, "ur_text": word.ur_text, "sr_text": word.sr_text}
            table.append([*(own[name] for name in columns), *word.more.values()])
        write_lines(folder / f"{split}.tsv", ("\t".join(cells) for cells in table))
        write_lines(folder / f"{split}.ur", (" ".join(word.ur) for word in words))
        if has_sr:
            write_lines(folder / f"{split}.sr", (" ".join(word.sr) for word in words))


def binarize(folder: Path, splits: Mapping[str, Sequence[Word]], units: Units, dictionaries: Path | None) -> None:
    """Turn the files of `write_splits` into ``folder/bin`` by fairseq-preprocess.

    Args:
        folder: what `write_splits` filled.
        splits: the same splits.
        units: recorded in the folder for word lists that come later.
        dictionaries: a folder with the dictionaries of a trained model; None to make new ones from ``train``.

    Raises:
        InputError: fairseq is not installed, or it fails; with its last words.
    """
    if importlib.util.find_spec("fairseq_cli") is None:
        raise InputError("prepare needs fairseq: pip install 'fairseq_phonology[train]'")
    paired = [split for split, words in splits.items() if words[0].sr is not None]
    unpaired = [split for split in splits if split not in paired]
    known = (
        ["--srcdict", dictionaries / "dict.ur.txt", "--tgtdict", dictionaries / "dict.sr.txt"] if dictionaries else []
    )
    with tqdm(total=2 * len(paired) + len(unpaired), desc="binarizing", delay=2, disable=None, leave=False) as bar:
        if paired:
            _preprocess(folder, "bin", paired, known, bar)
        if unpaired:  # fairseq numbers the lists it is given, so these get their names afterwards
            known = ["--srcdict", dictionaries / "dict.ur.txt" if dictionaries else folder / "bin" / "dict.ur.txt"]
            _preprocess(folder, "ur_only", unpaired, ["--only-source", *known], bar)
    (folder / "bin").mkdir(exist_ok=True)
    for n, split in enumerate(unpaired):
        for ending in ("bin", "idx"):
            made = folder / "ur_only" / f"test{n or ''}.ur-sr.ur.{ending}"
            os.replace(made, folder / "bin" / f"{split}.ur-sr.ur.{ending}")
    shutil.rmtree(folder / "ur_only", ignore_errors=True)
    if dictionaries:
        for form in ("ur", "sr"):  # to the byte: the model counts its symbols by line
            shutil.copyfile(dictionaries / f"dict.{form}.txt", folder / "bin" / f"dict.{form}.txt")
    if units.profile:  # for further lists, wherever the folder goes
        shutil.copyfile(units.profile, folder / "bin" / _PROFILE)
        units = replace(units, profile=_PROFILE)
    write_json(folder / "bin" / SETTINGS, {"units": units.record()})


def _preprocess(folder: Path, dest: str, splits: list[str], options: list, bar: tqdm) -> None:
    """Run fairseq-preprocess in ``folder`` on some of its splits, and check that it kept every word."""
    command = [sys.executable, "-P", "-m", "fairseq_cli.preprocess", "-s", "ur", "-t", "sr", "--destdir", dest]
    # symbols that only pad the dictionary to a multiple of eight would be candidates of every prediction
    command += ["--workers", "1", "--padding-factor", "1", *map(str, options)]
    kinds = {"train": "--trainpref", "valid": "--validpref", "test": "--testpref"}
    for kind, option in kinds.items():
        names = [split for split in splits if split.startswith(kind)]
        command += [option, ",".join(names)] if names else []
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
    printed = []
    with subprocess.Popen(command, cwd=folder, env=environment, **pipes) as process:
        for line in process.stdout:
            printed.append(line.strip())
            if done := re.search(r"\] (\S+): (\d+) sents", line):
                bar.update()
                expected = len(read_lines(folder / done[1]))
                if int(done[2]) != expected:
                    raise InputError(f"fairseq-preprocess read {done[2]} of {expected} words", done[1])
    if process.returncode:
        last = next((line for line in reversed(printed) if line), "no message")
        raise InputError(f"fairseq-preprocess failed: {last}")
    (folder / dest / "preprocess.log").unlink(missing_ok=True)  # names the temporary folder, and nothing else of use


def find_dictionaries(path: str | Path) -> Path:
    """The folder with ``dict.ur.txt`` and ``dict.sr.txt``: ``path`` or its ``bin``.

    Raises:
        InputError: neither holds both; names the dictionaries that are there.
    """
    for folder in (Path(path), Path(path) / "bin"):
        if all((folder / f"dict.{form}.txt").is_file() for form in ("ur", "sr")):
            return folder.resolve()
    found = sorted(file.name for file in Path(path).glob("dict.*.txt"))
    raise InputError(f"expected dict.ur.txt and dict.sr.txt; found {', '.join(found) or 'no dictionary'}", path)


def read_dictionary(path: Path) -> set[str]:
    """The segments of one of fairseq's dictionaries."""
    return {line.rpartition(" ")[0] for line in read_lines(path)}


def read_units(dictionaries: Path) -> Units | None:
    """How the words behind these dictionaries were segmented; None where prepare did not make them."""
    try:
        units = Units.of_record(read_json(dictionaries / SETTINGS, dict, "record of prepare")["units"])
        return replace(units, profile=str(dictionaries / units.profile)) if units.profile else units
    except (InputError, KeyError, TypeError):  # KeyError, TypeError: of another program
        return None


def read_trained_on(dictionaries: Path) -> set[tuple[str, ...]] | None:
    """The URs of the training words beside these dictionaries; None where they are not."""
    path = dictionaries.parent / "train.ur"
    return {tuple(line.split()) for line in read_lines(path)} if path.is_file() else None
