"""The manifest of an attention dump: which model, which words, how many of them; and who may write into the folder.

Several processes write into one dump (sharded generation): each changes the manifest under a lock, in one step.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import sha256_of_parts, write_json
from ...text import count

FILE_NAME = "manifest.json"
FORMAT_VERSION = 1
_ADDED_LATER = {"norms": False, "updates": None}  # what the manifest of an older dump says by saying nothing
_PER_SHARD = ("words_expected", "shard")  # what one process knows about itself and not about the dump
_LIBRARIES = ("fairseq-fixed", "fairseq", "torch", "numpy", "h5py")

Manifest = dict[str, Any]


def shard_path(folder: Path, shard: str) -> Path:
    """Where a finished shard lies."""
    return folder / f"attention-{shard}.h5"


def part_path(folder: Path, shard: str) -> Path:
    """Where a shard grows until it is finished."""
    return folder / f"attention-{shard}.part"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the dump in ``folder``.

    Raises:
        InputError: no dump there, another format version, or a manifest that is not as it was written.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        there = f"no {FILE_NAME} in it: not an attention dump" if folder.is_dir() else "not a folder"
        raise InputError(there if folder.exists() else "no such folder", folder) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path) from None
    try:
        manifest = json.loads(text)
    except json.JSONDecodeError:
        raise InputError("not JSON: damaged, or changed by hand", path) from None
    if not isinstance(manifest, dict) or "format_version" not in manifest:
        raise InputError("not the manifest of an attention dump: it has no format_version", path)
    if manifest["format_version"] != FORMAT_VERSION:
        raise InputError(
            f"format version {manifest['format_version']}; this fairseq_phonology reads version {FORMAT_VERSION}", path
        )
    if manifest.get("sha256") != _checksum(manifest):
        raise InputError("was changed after it was written: its checksum does not fit; write the dump again", path)
    return {**_ADDED_LATER, **manifest}


def join_dump(folder: Path, shard: str, supplied: Manifest, overwrite: bool) -> None:
    """Make room for one shard: begin a dump, or join the one that other shards of the same run began.

    Args:
        folder: of the dump; made if need be.
        shard: this shard's name.
        supplied: what is written is of which model and data; ``words_expected`` and ``shard`` ("1 of 4") are about
            this shard alone, all else must be the same for all.
        overwrite: replace what is there. A dump of the same model and data loses only this shard, so that the
            processes of one sharded run do not remove each other's work; any other dump is removed.

    Raises:
        InputError: the folder holds a dump that must not be touched, or cannot be written.
    """
    supplied = json.loads(json.dumps(supplied))
    shards = re.search(r"of\s+(\d+)", str(supplied.get("shard", "")))
    common = {key: value for key, value in {**_ADDED_LATER, **supplied}.items() if key not in _PER_SHARD}
    common["shards_expected"] = int(shards[1]) if shards else 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError("not a folder: attention needs a folder of its own", folder) from None
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror}", folder) from None
    with _locked(folder):
        manifest = _existing(folder, shard, common, overwrite)
        entry = {"words_expected": supplied.get("words_expected"), "finished": False}
        manifest["shards"] = {**manifest.get("shards", {}), shard: entry}
        _write(folder, manifest)


def update_shard(folder: Path, shard: str, **facts: Any) -> None:
    """Note facts about one shard: ``words_written``, ``records``, ``bytes``, ``finished``."""
    with _locked(folder):
        manifest = read_manifest(folder)
        manifest["shards"].setdefault(shard, {}).update(facts)
        _write(folder, manifest)


def _existing(folder: Path, shard: str, common: Manifest, overwrite: bool) -> Manifest:
    """The manifest to go on from, after what stands in the way was removed or refused."""
    new = {"format_version": FORMAT_VERSION, "library_versions": _versions(), **common}
    if not (folder / FILE_NAME).exists():
        left = sorted(folder.glob("attention-*.*"))
        if left and not overwrite:
            raise InputError(f"holds {left[0].name} and no {FILE_NAME}; --overwrite-attention removes it", folder)
        _remove(left)
        return new
    try:
        manifest = read_manifest(folder)
    except InputError:
        if not overwrite:
            raise
        manifest = {}
    different = [key for key in common if manifest.get(key) != common[key]]
    if not different and (shard not in manifest["shards"] or overwrite):
        _remove([shard_path(folder, shard), part_path(folder, shard)])
        return manifest
    if overwrite:
        _remove([*folder.glob("attention-*.*"), folder / FILE_NAME])
        return new
    raise InputError(
        f"{_what_is_there(manifest, common, different, shard)}; give another folder, "
        "or --overwrite-attention to replace it",
        folder,
    )


def _what_is_there(manifest: Manifest, common: Manifest, different: list[str], shard: str) -> str:
    if "checkpoint_sha256" in different:
        old, new = (str(some.get("checkpoint_sha256"))[:12] for some in (manifest, common))
        return f"holds the attention of another model (checkpoint {old}, now {new})"
    if different:
        key = different[0]
        old, new = (json.dumps(some.get(key), ensure_ascii=False) for some in (manifest, common))
        detail = f" ({old}, now {new})" if len(old + new) < 80 else ""
        return f"holds another dump of this model: its {key} is different{detail}"
    words = manifest["shards"][shard].get("words_written")
    found = count(words) if words is not None else "an unfinished dump"
    return f"holds {found} of this model already" + (f" (shard {shard})" if manifest["shards_expected"] > 1 else "")


def _write(folder: Path, manifest: Manifest) -> None:
    entries = manifest["shards"].values()
    written = [entry.get("words_written") or 0 for entry in entries]
    expected = [entry["words_expected"] for entry in entries]
    # the total is known once every shard has begun
    known = len(expected) == manifest["shards_expected"] and None not in expected
    manifest |= {"words_written": sum(written), "words_expected": sum(expected) if known else None}
    manifest["sha256"] = _checksum(manifest)
    write_json(folder / FILE_NAME, manifest, sync=True, shared=True)


def _checksum(manifest: Manifest) -> str:
    content = {key: value for key, value in manifest.items() if key != "sha256"}
    return sha256_of_parts([json.dumps(content, sort_keys=True).encode()])


def _versions() -> dict[str, str]:
    versions = {}
    for name in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    # a clone that is used through --user-dir is installed nowhere
    package = importlib.import_module(__package__.partition(".")[0])
    return {**versions, "fairseq_phonology": package.__version__}


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time. The system lifts the lock of a process that is killed."""
    lock: Callable[[int, int], None] | None = None
    with contextlib.suppress(ImportError):  # Windows has no such lock, and no sharded generation to speak of
        from fcntl import LOCK_EX, flock

        lock = flock
    if lock is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # network file systems without locks
            lock(handle, LOCK_EX)
        yield
    finally:
        os.close(handle)
