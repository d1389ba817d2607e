"""From checked words to a folder for fairseq-train and fairseq-generate, which appears whole or not at all.

And is such a folder still whole, whoever made it? fairseq maps its files into memory and asks nothing: what is cut
short ends in a traceback, in other words, or in figures over fewer words.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from tqdm import tqdm

from ..corpus.pairs import Word
from ..corpus.units import ALWAYS, Units
from ..corpus.variants import FILE_NAME as VARIANTS
from ..corpus.variants import Form, Variant, Variants, read_variants, table_beside, write_variants
from ..errors import InputError
from ..files import fitting, new_folder, read_json, read_lines, sha256_of, write_json, write_lines, write_tsv
from .dictionaries import AGAIN, LANGUAGES, Dictionaries

SETTINGS = "prepare.json"  # in bin/: how its words were segmented
_PROFILE = "profile.tsv"  # beside it: the orthography profile, if there was one
SHA256_OF_VARIANTS = "variants_sha256"  # there: of the table beside the splits, if there is one
FILES = "sha256"  # there: of the binarized data and their dictionaries, by name
SPLIT = "split-"  # begins the names of the folders of several splits
_HEADER = 26  # bytes of an index: its mark, version, type of numbers, number of words
_MARK = b"MMIDIDX\x00\x00"
_TYPES = {1: "u1", 2: "i1", 3: "<i2", 4: "<i4", 5: "<i8", 8: "<u2", 9: "<u4", 10: "<u8"}  # fairseq's codes
_OURS = re.compile(rf"bin|{re.escape(VARIANTS)}|{SPLIT}\d+|(train|valid\d*|test\d*)\.(tsv|ur|sr)")


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
        changed = bool(units.strip or units.normalize_ipa)
        texts = {"ur_text": changed or units.ur != "space", "sr_text": has_sr and (changed or units.sr != "space")}
        columns = ["id", "ur", *(["sr"] if has_sr else [])]
        columns += [name for name, wanted in texts.items() if wanted and name not in words[0].more]
        table = [[*columns, *words[0].more]]
        for word in words:
            ur, sr = " ".join(word.ur), " ".join(word.sr or ())
            own = {"id": word.id, "ur": ur, "sr": sr, "ur_text": word.ur_text, "sr_text": word.sr_text}
            table.append([*(own[name] for name in columns), *word.more.values()])
        write_tsv(folder / f"{split}.tsv", table)
        write_lines(folder / f"{split}.ur", (" ".join(word.ur) for word in words))
        if has_sr:
            write_lines(folder / f"{split}.sr", (" ".join(word.sr) for word in words))


def binarize(
    folder: Path,
    splits: Mapping[str, Sequence[Word]],
    units: Units,
    dictionaries: Dictionaries | None,
    variants: Variants | None = None,
    whole: Sequence[Word] = (),
) -> None:
    """Turn the files of `write_splits` into ``folder/bin`` by fairseq-preprocess.

    Its files are named by ``ur`` and ``sr``; with the dictionaries of a trained model, by the languages of that model.

    Args:
        folder: what `write_splits` filled.
        splits: the same splits.
        units: recorded in the folder for word lists that come later.
        dictionaries: those of a trained model; None to make new ones from ``train``.
        variants: the URs with several SRs, each of them right; they go beside the splits.
        whole: words that ``train`` is a part of, for the new dictionaries; empty: ``train``.

    Raises:
        InputError: fairseq is not installed, or it fails; with its last words.
    """
    if importlib.util.find_spec("fairseq_cli") is None:
        raise InputError("prepare needs fairseq: pip install 'fairseq_phonology[train]'")
    paired = [split for split, words in splits.items() if words[0].sr is not None]
    unpaired = [split for split in splits if split not in paired]
    source, target = dictionaries.paths if dictionaries else (None, None)
    known = ["--srcdict", source, "--tgtdict", target] if dictionaries else []
    with tqdm(total=2 * len(paired) + len(unpaired), desc="binarizing", delay=2, disable=None, leave=False) as bar:
        if whole and not dictionaries:
            known = _dictionaries_of(folder, whole, bar)
        if paired:
            _preprocess(folder, "bin", paired, known, bar)
        if unpaired:  # fairseq numbers the lists it is given, so these get their names afterwards
            known = ["--srcdict", source or folder / "bin" / "dict.ur.txt"]
            _preprocess(folder, "ur_only", unpaired, ["--only-source", *known], bar)
    (folder / "bin").mkdir(exist_ok=True)
    for n, split in enumerate(unpaired):
        for ending in ("bin", "idx"):
            made = folder / "ur_only" / f"test{n or ''}.ur-sr.ur.{ending}"
            os.replace(made, folder / "bin" / f"{split}.ur-sr.ur.{ending}")
    for each in ("ur_only", "whole"):
        shutil.rmtree(folder / each, ignore_errors=True)
    if dictionaries:
        _rename(folder / "bin", dictionaries)
        for path in dictionaries.paths:  # to the byte: the model counts its symbols by line
            shutil.copyfile(path, folder / "bin" / path.name)
    if units.profile:  # for further lists, wherever the folder goes
        shutil.copyfile(units.profile, folder / "bin" / _PROFILE)
        units = replace(units, profile=_PROFILE)
    record = {"units": units.record()}
    if variants:
        record[SHA256_OF_VARIANTS] = write_variants(folder / VARIANTS, variants)
    files = sorted(path for path in (folder / "bin").iterdir() if path.suffix in (".bin", ".idx", ".txt"))
    record[FILES] = {path.name: sha256_of(path) for path in files}
    write_json(folder / "bin" / SETTINGS, record)


def _dictionaries_of(folder: Path, words: Sequence[Word], bar: tqdm) -> list[Path | str]:
    """The options that name dictionaries of some words, which lie in ``whole``."""
    (folder / "whole").mkdir()
    write_lines(folder / "whole" / "train.ur", (" ".join(word.ur) for word in words))
    write_lines(folder / "whole" / "train.sr", (" ".join(word.sr or ()) for word in words))
    _preprocess(folder, "whole", ["whole/train"], ["--dict-only"], bar)
    source, target = (Path("whole", f"dict.{language}.txt") for language in LANGUAGES)
    return ["--srcdict", source, "--tgtdict", target]


def _rename(folder: Path, dictionaries: Dictionaries) -> None:
    """Name the data sets by the languages of a model, for that is how its task and its checkpoints look for them."""
    names = dict(zip(LANGUAGES, (dictionaries.source, dictionaries.target), strict=True))
    for path in list(folder.iterdir()):
        if found := re.fullmatch(r"([^.]+)\.ur-sr\.(ur|sr)\.(bin|idx)", path.name):
            os.replace(path, folder / f"{found[1]}.{dictionaries.pair}.{names[found[2]]}.{found[3]}")
        elif path.name in (f"dict.{language}.txt" for language in LANGUAGES):
            path.unlink()


def _preprocess(folder: Path, dest: str, splits: list[str], options: list, bar: tqdm) -> None:
    """Run fairseq-preprocess in ``folder`` on some of its splits, and check that it kept every word."""
    command = [sys.executable, "-P", "-m", "fairseq_cli.preprocess", "-s", "ur", "-t", "sr", "--destdir", dest]
    # symbols that only pad the dictionary to a multiple of eight would be candidates of every prediction
    command += ["--workers", "1", "--padding-factor", "1", *map(str, options)]
    kinds = {"train": "--trainpref", "valid": "--validpref", "test": "--testpref"}
    for kind, option in kinds.items():
        names = [split for split in splits if split.rpartition("/")[2].startswith(kind)]
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


class _Units(msgspec.Struct):
    units: Units


class _Record(msgspec.Struct):
    units: dict[str, Any] | None = None
    variants_sha256: str | None = None
    sha256: dict[str, str] = {}


def _record(folder: Path) -> _Record:
    """What prepare wrote of a folder of binarized data; nothing where another program made it.

    Raises:
        InputError: the record was edited, or damaged.
    """
    path = folder / SETTINGS
    return read_json(path, _Record, "record of prepare") if path.exists() else _Record()


def read_units(folder: Path) -> Units | None:
    """How the words of a folder of binarized data were segmented; None where prepare did not make them.

    Raises:
        InputError: the record was edited, or damaged: how words are cut is not guessed.
    """
    found, what, path = _record(folder).units, "record of prepare", folder / SETTINGS
    if found is None:
        return None
    if missing := [name for name in ALWAYS if name not in found]:
        raise InputError(f"is no {what}: units lacks {missing[0]!r}", path)
    units = fitting({"units": found}, _Units, what, path).units
    return replace(units, profile=str(folder / units.profile)) if units.profile else units


def recorded_variants(folder: Path) -> str | None:
    """SHA-256 of the table of variants that `prepare` made with a folder of binarized data; None where it made none."""
    return _record(folder).variants_sha256


def variants_of(folder: Path) -> dict[Form, tuple[Variant, ...]]:
    """The URs with several SRs, each of them right, of a folder of binarized data; mostly none.

    They are in ``variants.tsv`` beside the folder. Where `prepare` made it, it must be the one that it made.

    Raises:
        InputError: the table is missing, is another, or is none.
    """
    path, made = table_beside(folder), recorded_variants(folder)
    if not path.is_file():
        if made:
            raise InputError(f"is missing, and {folder} has variants; copy it from where prepare wrote it", path)
        return {}
    if made and made != sha256_of(path):
        raise InputError(f"is not the one that prepare made with {folder}; run prepare again", path)
    return read_variants(path)


def read_trained_on(folder: Path) -> set[tuple[str, ...]] | None:
    """The URs of the training words beside a folder of binarized data; None where they are not."""
    path = folder.parent / "train.ur"
    return {tuple(line.split()) for line in read_lines(path)} if path.is_file() else None


def check_data_set(data: Dictionaries, subset: str, symbols: tuple[int, int], combine: bool = False) -> None:
    """Refuse a data set whose files are cut short, damaged, or of other dictionaries.

    Args:
        data: where it is.
        subset: its name.
        symbols: how many the two dictionaries have.
        combine: also valid1, valid2, ..., as fairseq combines them.

    Raises:
        InputError: no such data set; or what is wrong, with the file.
    """
    for n in itertools.count():
        name = f"{subset}{n or ''}"
        pairs = [f"{data.source}-{data.target}", f"{data.target}-{data.source}"]
        prefixes = [
            data.folder / f"{name}.{pair}." for pair in pairs if _files(f"{data.folder / name}.{pair}.{data.source}")
        ]
        if prefixes:
            _check_pair(data, name, str(prefixes[0]), symbols)
        elif n == 0:
            found = sorted({path.name.split(".")[0] for path in data.folder.glob(f"*.{data.pair}.*")})
            listed = ", ".join(found) or "none"
            raise InputError(f"no data set {subset!r} of {data.pair}; found here: {listed}", data.folder)
        if not (prefixes and combine):
            return


def _check_pair(data: Dictionaries, name: str, prefix: str, symbols: tuple[int, int]) -> None:
    check_record(data.folder, rf"{re.escape(name)}\..*")
    sides = (data.source, data.target) if _files(prefix + data.target) else (data.source,)
    counts = [_check_side(prefix + side, known) for side, known in zip(sides, symbols, strict=False)]
    if None in counts:
        return
    if len(set(counts)) > 1:
        path = f"{prefix}{data.target}.idx"
        raise InputError(f"has {counts[1]} words, and {counts[0]} are on the other side: {AGAIN}", path)
    table = data.folder.parent / f"{name}.tsv"
    if (data.folder / SETTINGS).is_file() and table.is_file():
        rows = len(read_lines(table)) - 1
        if rows != counts[0]:
            raise InputError(
                f"has {rows} words, and {counts[0]} were binarized, of which row n is to be word n: put back the table "
                "that prepare wrote, or run prepare again",
                table,
            )


def check_record(folder: Path, names: str) -> None:
    """Refuse files that are not those which ``prepare`` wrote, as far as it made the folder and said what they are.

    Args:
        folder: of the binarized data.
        names: a pattern of those that are looked at.

    Raises:
        InputError: one is missing, or has another SHA-256.
    """
    for name, digest in _record(folder).sha256.items():
        if not re.fullmatch(names, name):
            continue
        path = folder / name
        if not path.is_file():
            raise InputError(f"is missing, and {SETTINGS} has it: {AGAIN}", path)
        if sha256_of(path) != digest:
            raise InputError(f"is not what prepare wrote (SHA-256 in {SETTINGS}): damaged or replaced; {AGAIN}", path)


def _files(prefix: str) -> list[Path]:
    """Index and words of one side, or its raw text, those that are there."""
    return [path for path in map(Path, (f"{prefix}.idx", f"{prefix}.bin", prefix)) if path.exists()]


def _check_side(prefix: str, symbols: int) -> int | None:
    """The number of words of one side; None where the files are of another of fairseq's formats."""
    index, words = Path(f"{prefix}.idx"), Path(f"{prefix}.bin")
    if Path(prefix).exists():
        return None
    for path in (index, words):
        if not path.is_file():
            raise InputError(f"is missing: {AGAIN}", path)
    with open(index, "rb") as file:
        head = file.read(_HEADER)
        if not head.startswith(_MARK[:8]):
            if head.startswith((b"TNTIDX", b"HUFFIDX")):
                return None
            raise InputError(f"is no index of binarized words: damaged; {AGAIN}", index)
        count = int.from_bytes(head[18:], "little")
        kind = _TYPES.get(head[17] if len(head) == _HEADER else 0)
        if kind is None or head[:17] != _MARK + (1).to_bytes(8, "little"):
            raise InputError(f"is no index of binarized words: damaged; {AGAIN}", index)
        if (size := index.stat().st_size) != (whole := _HEADER + 12 * count):
            raise InputError(
                f"has {size} bytes, and {whole} for its {count} words: damaged or cut short; {AGAIN}", index
            )
        sizes = np.fromfile(file, "<i4", count)
        starts = np.fromfile(file, "<i8", count)
    ends = np.cumsum(sizes, dtype=np.int64) * np.dtype(kind).itemsize
    if count and (sizes.min() < 1 or (starts[1:] != ends[:-1]).any() or starts[0]):
        raise InputError(f"its lengths and places of words do not fit: damaged; {AGAIN}", index)
    if (size := words.stat().st_size) != (whole := int(ends[-1]) if count else 0):
        raise InputError(f"has {size} bytes, and {whole} by its index: damaged or cut short; {AGAIN}", words)
    found = np.memmap(words, kind, "r") if whole else np.zeros(1)
    if (largest := int(found.max())) >= symbols or found.min() < 0:
        raise InputError(
            f"has the symbol {largest}, and its dictionary has {symbols}: another dictionary, or one that lacks lines; "
            f"{AGAIN}",
            words,
        )
    return count
