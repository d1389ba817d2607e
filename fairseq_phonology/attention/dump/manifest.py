"""The manifest of an attention dump: which model, which words, how many of them; and who may write into the folder.

Several processes write into one dump (sharded generation): each changes the manifest under a lock, in one step.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import re
import shutil
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from ...errors import InputError
from ...files import Count, Lock, Place, fitting, read_json, sha256_of_parts, write_json
from ...text import count
from .layout import require_plain
from .part import PartReader

FILE_NAME = "manifest.json"
FORMAT_VERSION = 2
_LIMIT = 1 << 26  # bytes of a manifest
_WHAT = "manifest of an attention dump"
_DEFAULTS = {"norms": False, "updates": None}  # what a manifest says where its writer was told nothing
_PER_SHARD = ("words_expected", "shard")  # what one process knows about itself and not about the dump
_LIBRARIES = ("fairseq-fixed", "fairseq", "torch", "numpy", "h5py")

Manifest = dict[str, Any]
_Crc = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
_Kind = Literal["cross", "encoder", "decoder"]
_Sizes = dict[str, Place] | Place | None


class Finished(msgspec.Struct):
    """What the manifest says about a finished shard.

    Attributes:
        words_written: with one hypothesis or more.
        words_expected: how many there were to write; None where it is unknown.
        records: hypotheses.
        bytes: of the file.
        data_sets: name -> where its data begin, how many bytes they have, and their CRC-32.
        crc32_of_rest: CRC-32 of all that lies in no data set.
    """

    words_written: Count
    words_expected: Count | None
    records: Count
    bytes: Count
    data_sets: dict[str, tuple[Count, Count, _Crc]]
    crc32_of_rest: _Crc


class Growing(msgspec.Struct):
    """What the manifest says about a shard that is not finished."""

    words_expected: Count | None


class _Model(msgspec.Struct):
    """Sizes of the model."""

    architecture: str | None = None
    layers: _Sizes = None
    heads: _Sizes = None
    embedding: _Sizes = None
    parameters: Count | None = None
    precision: str | None = None


class _Fields(msgspec.Struct):
    """All that a manifest says and that is read; whatever else JSON can say may be there."""

    kinds: Annotated[list[_Kind], msgspec.Meta(min_length=1)]
    shards: dict[str, dict[str, Any]]
    shards_expected: Place
    words_written: Count
    words_expected: Count | None
    library_versions: dict[str, str]
    norms: bool = False
    checkpoint_sha256: str | None = None
    updates: Count | None = None
    model: _Model | None = None
    dictionaries: dict[str, list[str]] | None = None
    subset: str | None = None
    beam: Place | None = None
    data_sha256: str | None = None
    settings: dict[str, Any] | None = None


def shard_path(folder: Path, shard: str) -> Path:
    """Where a finished shard lies."""
    return folder / f"attention-{shard}.h5"


def part_path(folder: Path, shard: str) -> Path:
    """Where a shard grows until it is finished."""
    return folder / f"attention-{shard}.part"


def shard_lock(folder: Path, shard: str) -> Lock:
    """Held by the process that writes a shard.

    Raises:
        InputError: another process writes it.
    """
    return Lock(folder / f".attention-{shard}.lock", folder, "is being written", "name another folder")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the dump in ``folder``.

    Raises:
        InputError: no dump there, another format version, or a manifest that is not as it was written; the message
            names the field, what was found and what is allowed.
    """
    path = folder / FILE_NAME
    if not path.is_symlink() and not path.exists():
        there = f"no {FILE_NAME} in it: not an attention dump" if folder.is_dir() else "not a folder"
        raise InputError(there if folder.exists() else "no such folder", folder)
    if (size := require_plain(path)) > _LIMIT:
        raise InputError(f"has {size:,} bytes; a {_WHAT} has {_LIMIT:,} at most", path)
    manifest = read_json(path, dict, _WHAT)
    if "format_version" not in manifest:
        raise InputError(f"not the {_WHAT}: it has no format_version", path)
    if manifest["format_version"] != FORMAT_VERSION:
        raise InputError(
            f"format version {manifest['format_version']}; this fairseq_phonology reads version {FORMAT_VERSION}, in "
            "which all data have checksums; run fairseq-generate again",
            path,
        )
    _check(manifest, path)
    if manifest.get("sha256") != _checksum(manifest):
        raise InputError("was changed after it was written: its checksum does not fit; write the dump again", path)
    return {**_DEFAULTS, **manifest}


def facts_of(manifest: Manifest, shard: str) -> Finished | Growing:
    """What a manifest that was read says of one of its shards."""
    entry = manifest["shards"][shard]
    return msgspec.convert(entry, Finished if entry["finished"] else Growing)


def _check(manifest: Manifest, path: Path) -> None:
    """Refuse a manifest in which a field is missing, is of another type or disagrees with another."""
    fields = fitting(manifest, _Fields, _WHAT, path)
    words = []
    for name, entry in fields.shards.items():
        what = f"{_WHAT}, shard {name}"
        if not re.fullmatch(r"\w+", name):
            raise InputError(f"is no {_WHAT}: shard {name!r}; allowed: names of letters and digits", path)
        if not isinstance(entry.get("finished"), bool):
            raise InputError(f"is no {what}: finished is {entry.get('finished')!r}, not true or false", path)
        words.append(fitting(entry, Finished if entry["finished"] else Growing, what, path))
    wrong = ""
    if len(set(fields.kinds)) < len(fields.kinds):
        wrong = f"kinds has {', '.join(fields.kinds)}; allowed: each once"
    elif len(fields.shards) > fields.shards_expected:
        wrong = f"shards are {len(fields.shards)}, shards_expected {fields.shards_expected}"
    elif fields.words_written != sum(getattr(each, "words_written", 0) for each in words):
        wrong = f"words_written is {fields.words_written}, which is not the sum over its shards"
    if wrong:
        raise InputError(f"is no {_WHAT}: {wrong}", path)


def join_dump(
    folder: Path, shard: str, supplied: Manifest, overwrite: bool, resume: bool = False
) -> Finished | Growing | None:
    """Make room for one shard: begin a dump, or join the one that other shards of the same run began.

    Args:
        folder: of the dump; it is there.
        shard: this shard's name; the caller holds its `shard_lock`.
        supplied: what is written is of which model and data; ``words_expected`` and ``shard`` ("1 of 4") are about
            this shard alone, all else must be the same for all.
        overwrite: replace what is there. A dump of the same model and data loses only this shard, so that the
            processes of one sharded run do not remove each other's work; any other dump is removed.
        resume: keep what is there of this shard.

    Returns:
        with ``resume``, what the manifest says of this shard, if it is there.

    Raises:
        InputError: the folder holds a dump that must not be touched, is being written, or cannot be written.
    """
    try:
        supplied = json.loads(json.dumps(supplied, allow_nan=False))
    except ValueError as error:  # a number that is none could not be read again
        raise InputError(f"its manifest cannot be written: {error}", folder) from None
    shards = re.search(r"of\s+(\d+)", str(supplied.get("shard", "")))
    common = {key: value for key, value in {**_DEFAULTS, **supplied}.items() if key not in _PER_SHARD}
    common["shards_expected"] = int(shards[1]) if shards else 1
    entry = {"words_expected": supplied.get("words_expected"), "finished": False}
    with _alone(folder):
        manifest = _existing(folder, shard, common, overwrite, resume)
        if resume and shard in manifest.get("shards", {}):
            there = facts_of(manifest, shard)
            if there.words_expected != entry["words_expected"]:
                raise InputError(
                    f"its shard {shard} is of {there.words_expected} words, now {entry['words_expected']}", folder
                )
            return there
        manifest["shards"] = {**manifest.get("shards", {}), shard: entry}
        _write(folder, manifest)
    return None


def update_shard(folder: Path, shard: str, **facts: Any) -> None:
    """Note facts about one shard; see `Finished`."""
    with _alone(folder):
        manifest = read_manifest(folder)
        manifest["shards"].setdefault(shard, {}).update(facts)
        _write(folder, manifest)


def _existing(folder: Path, shard: str, common: Manifest, overwrite: bool, resume: bool) -> Manifest:
    """The manifest to go on from, after what stands in the way was removed or refused."""
    new = {"format_version": FORMAT_VERSION, "library_versions": _versions(), **common}
    if not (folder / FILE_NAME).exists():
        left = sorted(folder.glob("attention-*.*"))
        if left and not overwrite:
            raise InputError(f"holds {left[0].name} and no {FILE_NAME}; --overwrite-attention removes it", folder)
        _remove(folder, left)
        return new
    try:
        manifest = read_manifest(folder)
    except InputError:
        if not overwrite:
            raise
        manifest = {}
    different = [key for key in common if manifest.get(key) != common[key]]
    if not different and (resume or shard not in manifest["shards"]):
        return manifest
    if not different and overwrite:
        _remove(folder, [shard_path(folder, shard), part_path(folder, shard)])
        return manifest
    if overwrite:
        for lock in folder.glob(".attention-*.lock"):
            if (other := lock.stem.removeprefix(".attention-")) != shard:
                shard_lock(folder, other).free()
        _remove(folder, [*folder.glob("attention-*.*"), folder / FILE_NAME])
        return new
    raise InputError(_what_is_there(folder, manifest, common, different, shard), folder)


def _what_is_there(folder: Path, manifest: Manifest, common: Manifest, different: list[str], shard: str) -> str:
    instead = "give another folder, or --overwrite-attention to replace it"
    if "checkpoint_sha256" in different:
        old, new = (str(some.get("checkpoint_sha256"))[:12] for some in (manifest, common))
        return f"holds the attention of another model (checkpoint {old}, now {new}); {instead}"
    if different:
        key = min(different, key=lambda one: one != "kinds")  # with other kinds of attention, sizes are of others, too
        old, new, where = manifest.get(key), common[key], ""
        if key == "kinds":
            old, new = (",".join(some["kinds"]) for some in (manifest, common))
            return f"holds another dump of this model: it is of --attention-kinds {old}, now {new}; {instead}"
        if isinstance(old, dict) and isinstance(new, dict):
            where = next(part for part in {**old, **new} if old.get(part) != new.get(part))
            old, new, where = old.get(where), new.get(where), f"{where}: "
        old, new = (json.dumps(each, ensure_ascii=False) for each in (old, new))
        detail = f" ({where}{old}, now {new})" if len(old + new) < 80 else ""
        return f"holds another dump of this model: its {key} is different{detail}; {instead}"
    facts, of_shard = facts_of(manifest, shard), f" (shard {shard})" if manifest["shards_expected"] > 1 else ""
    if isinstance(facts, Finished):
        return f"holds {count(facts.words_written)} of this model already{of_shard}; {instead}"
    written = len(set(PartReader(part_path(folder, shard), manifest["kinds"], manifest["norms"]).row.tolist()))
    words = count(written) if facts.words_expected is None else f"{written:,} of {count(facts.words_expected)}"
    return (
        f"holds {words} of this model{of_shard}, which can be read, of a run that did not end; --resume-attention "
        "writes the others, --overwrite-attention all of them again"
    )


def _write(folder: Path, manifest: Manifest) -> None:
    entries = manifest["shards"].values()
    written = [entry.get("words_written") or 0 for entry in entries]
    expected = [entry["words_expected"] for entry in entries]
    # the total is known once every shard has begun
    known = len(expected) == manifest["shards_expected"] and None not in expected
    manifest |= {"words_written": sum(written), "words_expected": sum(expected) if known else None}
    _check(manifest, folder / FILE_NAME)
    manifest["sha256"] = _checksum(manifest)
    write_json(folder / FILE_NAME, manifest, sync=True)


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


def _remove(folder: Path, paths: list[Path]) -> None:
    try:
        for path in paths:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"cannot be replaced: {error.strerror or error}", folder) from None


def _alone(folder: Path) -> Lock:
    """While the manifest is read and changed."""
    busy = "its manifest is being changed", "name another folder"
    return Lock(folder / ".manifest.lock", folder, *busy, wait=lambda holder: None)
