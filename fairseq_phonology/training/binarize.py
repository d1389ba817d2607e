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
from ..corpus.variants import FILE_NAME as VARIANTS
from ..corpus.variants import Form, Variant, Variants, read_variants, table_beside, write_variants
from ..errors import InputError
from ..files import read_json, sha256_of, write_json, write_lines, write_tsv
from ..folders import new_folder
from .dictionaries import LANGUAGES, Dictionaries

SETTINGS = "prepare.json"  # in bin/: how its words were segmented
_PROFILE = "profile.tsv"  # beside it: the orthography profile, if there was one
SHA256_OF_VARIANTS = "variants_sha256"  # there: of the table beside the splits, if there is one
SPLIT = "split-"  # begins the names of the folders of several splits
_OURS = re.compile(rf"bin|{re.escape(VARIANTS)}|{SPLIT}\d+|(train|valid\d*|test\d*)\.(tsv|ur|sr)")


@contextmanager
def new_data_folder(dest: str | Path, overwrite: bool) -> Iterator[Path]:
    """A folder to fill with word lists and ``bin/``; see `folders.new_folder`.

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


def read_units(folder: Path) -> Units | None:
    """How the words of a folder of binarized data were segmented; None where prepare did not make them."""
    try:
        units = Units.of_record(read_json(folder / SETTINGS, dict, "record of prepare")["units"])
        return replace(units, profile=str(folder / units.profile)) if units.profile else units
    except (InputError, KeyError, TypeError):  # KeyError, TypeError: of another program
        return None


def recorded_variants(folder: Path) -> str | None:
    """SHA-256 of the table of variants that `prepare` made with a folder of binarized data; None where it made none."""
    try:
        return read_json(folder / SETTINGS, dict, "record of prepare").get(SHA256_OF_VARIANTS)
    except InputError:  # of another program
        return None


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
