"""Checkpoints come in through PyTorch's restricted unpickler and a short allow-list, set when this is imported.

A checkpoint that carries code is refused in a sentence of our own, and none of the code runs.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import errno
import functools
import pickle
import pickletools
import re
import shutil
import typing
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from traceback import walk_tb
from typing import Any

import numpy as np
import torch

from .errors import InputError, logger_of, refusals
from .evaluated import check_options
from .files import write_whole

logger = logger_of(__name__)

if tuple(int(part) for part in torch.__version__.split(".")[:2]) < (2, 6):
    raise ImportError(f"fairseq_phonology needs torch >= 2.6 to load checkpoints safely; found {torch.__version__}")


class OldMeter:
    """Stands in for the meters that fairseq 0.1 to 0.9 pickled into checkpoints: holds their numbers, does nothing."""


# by any of these names a checkpoint may hold a meter (v0.9.0: trainer.py, ``extra_state["train_meters"]``)
_METERS = [
    f"fairseq.{module}.{name}"
    for module in ("meters", "logging.meters")
    for name in ("Meter", "AverageMeter", "SumMeter", "TimeMeter", "StopwatchMeter")
]


def _arrays() -> list[Any]:
    """What plain arrays of numbers are pickled by: the meters of stock ``--eval-bleu`` runs hold some.

    Their content goes through the same restricted unpickler. numpy 1 and 2 write the names differently.
    """
    core = np._core if hasattr(np, "_core") else np.core
    functions = [core.multiarray._reconstruct, core.multiarray.scalar]
    names = [(one, f"numpy.{old}.multiarray.{one.__name__}") for one in functions for old in ("core", "_core")]
    dtypes = [type(np.dtype(kind)) for kind in (np.bool_, np.int32, np.int64, np.float32, np.float64)]
    return [*names, np.ndarray, np.dtype, *dtypes]


def _configurations() -> list[Any]:
    """The holders of plain data by which a configuration is pickled, where it was not turned into a dictionary.

    fairseq's main branch did so from October 2020 to March 2021, and fairseq broadcasts a checkpoint to several workers
    in them. Of omegaconf these alone: none of its resolvers, nothing that imports by name.
    """
    try:
        from omegaconf import DictConfig, ListConfig, nodes
        from omegaconf.base import ContainerMetadata, Metadata
    except ImportError:  # without fairseq
        return []
    values = [nodes.AnyNode, nodes.StringNode, nodes.IntegerNode, nodes.FloatNode, nodes.BooleanNode]
    types = [(getattr(typing, name), f"typing.{name}") for name in ("Any", "Dict", "List", "Union")]
    return [DictConfig, ListConfig, ContainerMetadata, Metadata, *values, *types]


# all that checkpoints of fairseq-train hold beyond tensors and plain Python data: the parsed command line, arrays,
# the meters of old versions, configurations and the types in them
torch.serialization.add_safe_globals(
    [
        argparse.Namespace,
        *_arrays(),
        *(OldMeter, *((OldMeter, name) for name in _METERS)),
        *_configurations(),
        *(collections.defaultdict, dict, list, int, float, bool, str),
    ]
)


def allow_resuming_with_several_workers() -> None:
    """Allow what stands for a tensor while fairseq broadcasts a loaded checkpoint from one worker to the others."""
    from fairseq.distributed.utils import _TensorPlaceholder

    torch.serialization.add_safe_globals([_TensorPlaceholder])


def load_checkpoint(path: str | Path, mmap: bool = False) -> dict[str, Any]:
    """Load a fairseq checkpoint onto the CPU; nothing in it is executed.

    Args:
        path: the ``.pt`` file.
        mmap: map the tensors instead of reading them, for a glance at the rest.

    Raises:
        InputError: no such file, a folder, a damaged file, or one that holds more than tensors and plain data.
    """
    path = Path(path)
    check_file(path)
    with _explained(path):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap and zipfile.is_zipfile(path))


def check_file(path: str | Path) -> None:
    """Is a checkpoint a file at all?

    Raises:
        InputError: it is not there, or a folder, of which a checkpoint in it is named.
    """
    path = Path(path)
    if path.is_dir():
        there = [path / name for name in ("checkpoint_best.pt", "checkpoint_last.pt")] + sorted(path.glob("*.pt"))
        such = next((f", such as {each}" for each in there if each.is_file()), "")
        raise InputError(f"is a folder; name a checkpoint (*.pt){' in it' if such else ''}{such}", path)
    if not path.is_file():
        raise InputError("is a symbolic link to no file" if path.is_symlink() else "no such checkpoint", path)


def saved_at(state: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Epoch, from 1, and number of updates at which a checkpoint was saved; None for what it does not say."""
    try:
        updates = int(state["optimizer_history"][-1]["num_updates"])
    except (KeyError, IndexError, TypeError, ValueError):
        updates = None
    try:
        more = state.get("extra_state", state)
        if "batch_offset" in more:  # fairseq before 0.6
            return int(more["epoch"]), updates
        iterator = more["train_iterator"]
        # after an epoch's last batch fairseq counts the next one already
        return int(iterator["epoch"]) - (0 if iterator.get("iterations_in_epoch", 1) else 1), updates
    except (KeyError, IndexError, TypeError, ValueError):
        return None, updates


def updates_of(path: str | Path) -> int | None:
    """The number of updates that a checkpoint was saved at; None for a file that is damaged or no checkpoint."""
    try:
        return saved_at(load_checkpoint(path, mmap=True))[1]
    except InputError:
        return None


def copy_checkpoint(source: str | Path, target: str | Path) -> None:
    """Copy so that a kill leaves the old ``target`` or the new one, never half a file.

    A copy and no hard link: fairseq rewrites some checkpoints in place, which would change every link.
    """
    with open(source, "rb") as file:  # what is wrong with the source is said of it
        write_whole(target, lambda copy: shutil.copyfileobj(file, copy, 1 << 20), sync=True)


def replace_truncated_last(save_dir: str | Path, suffix: str = "") -> Path | None:
    """Put the newest intact checkpoint in the place of a ``checkpoint_last.pt`` that a kill has cut short.

    fairseq writes that file in place, so a kill can leave half of it; resuming would then fail.

    Returns:
        the checkpoint that was copied; None where there was nothing to repair.

    Raises:
        InputError: the file is damaged and no other checkpoint of the folder is intact.
    """
    last = Path(save_dir) / f"checkpoint_last{suffix}.pt"
    if not last.exists() or zipfile.is_zipfile(last) or updates_of(last) is not None:
        return None
    others = {path: updates_of(path) for path in sorted(last.parent.glob(f"checkpoint*{suffix}.pt")) if path != last}
    intact = {path: updates for path, updates in others.items() if updates is not None}
    if not intact:
        raise InputError("damaged, and no other checkpoint of this folder is intact; delete it to start anew", last)
    newest = max(intact, key=lambda path: intact[path])
    copy_checkpoint(newest, last)
    logger.warning(f"{last} was cut short; resuming from {newest.name} ({intact[newest]} updates), the newest intact")
    return newest


def guard_fairseq() -> None:
    """Let fairseq's own loader refuse in our words.

    PyTorch's message recommends ``weights_only=False``, which would run the code. fairseq offers no hook around
    loading, and ``fairseq-validate`` and ``from_pretrained`` load before any task of ours exists; so this one function
    is wrapped, for good. What it loads and returns stays as it is, but for options by which parts of fairseq itself
    would write or run something; a checkpoint with an option that is code is refused.
    """
    from fairseq import checkpoint_utils

    if not hasattr(checkpoint_utils.load_checkpoint_to_cpu, "explains_refusals"):
        checkpoint_utils.load_checkpoint_to_cpu = _guarded(checkpoint_utils.load_checkpoint_to_cpu)


def _guarded(load):
    @functools.wraps(load)
    def load_checkpoint_to_cpu(path, *args, **kwargs):
        with refusals(), _explained(path):
            state = load(path, *args, **kwargs)
            check_options(state, path)
            _keep_from_effects(state)
            return state

    load_checkpoint_to_cpu.explains_refusals = True
    return load_checkpoint_to_cpu


# options by which fairseq's own tasks and criteria write files or run programs: (part of the configuration, name)
_EFFECTS = (("criterion", "save_predictions"), ("task", "tensorboard_logdir"), ("task", "post_save_script"))


def _keep_from_effects(state: Any) -> None:
    """Clear these options; what our own task writes is kept from it by `training.config.keep_from_writing`."""
    state = state if isinstance(state, Mapping) else {}
    whole, flat = state.get("cfg"), state.get("args")  # fairseq before 0.11 has all options in one namespace
    for part, name in _EFFECTS:
        for options in (whole.get(part) if isinstance(whole, Mapping) else None, flat):
            if isinstance(options, Mapping) and name in options and isinstance(options[name], str):
                options[name] = None
            elif isinstance(getattr(options, name, None), str):
                setattr(options, name, None)


@contextlib.contextmanager
def _explained(path: str | Path) -> Iterator[None]:
    """Say what is wrong with a checkpoint in our words; PyTorch's message is dropped on purpose."""
    try:
        with warnings.catch_warnings():
            # the first two recommend to load such a file by other means, which run what is in it; hydra's are about
            # how fairseq turns the options of old checkpoints into new ones
            for message in (".*TorchScript archive", "Detected pickle protocol", r"\s*'config' is validated against"):
                warnings.filterwarnings("ignore", message=message)
            warnings.filterwarnings("ignore", module="hydra")
            yield
    except FileNotFoundError:
        raise InputError("no such checkpoint", path) from None
    except OSError as error:
        check_file(path)  # a folder: IsADirectoryError, on Windows PermissionError
        if isinstance(error, PermissionError):
            raise InputError(f"cannot be read: {error.strerror or error}", path) from None
        if error.errno != errno.EINVAL or not _while_reading(error):
            raise
        raise InputError(what_it_is(path) or "damaged", path) from None  # a cut file, where PyTorch seeks before it
    except InputError:
        raise
    except Exception as error:
        # the bytes of another file, taken for a pickle, end in any of Python's errors
        if not _while_reading(error):
            raise
        found = re.search(r"GLOBAL (\S+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if found is not None and not _is_cut_within_a_name(path):
            raise InputError(_carries(found[1]), path) from None
        what = what_it_is(path) or "damaged, or it holds more than tensors and plain data: refused"
        raise InputError(what, path) from None


def _carries(name: str) -> str:
    """What is said of a file that names a function or a class beyond the allow-list."""
    if name.startswith(("torch.nn.", "fairseq.models.", "fairseq.modules.")):
        what = f"it is a whole model as an object ({name}), not a checkpoint of weights and plain data"
    else:
        what = f"it carries code or an object of its own ({name}) where only tensors and plain data are allowed"
    return f"{what}: refused; nothing in it was run. A checkpoint of a translation run holds no such thing"


def _while_reading(error: Exception) -> bool:
    """Was it PyTorch, reading the file, that failed, and not what was done with its content?"""
    return any(frame.f_code.co_filename == torch.serialization.__file__ for frame, _ in walk_tb(error.__traceback__))


# first bytes -> what such a file is, and what to do; the rest of a file's kinds take a closer look
_OTHER_FILES = (
    (b"version https://git-lfs", "is a pointer of Git LFS, not the file itself: get it with `git lfs pull`"),
    (b"/annex/objects/", "is a pointer of git-annex, not the file itself: get it with `git annex get`"),
    (b"\x1f\x8b", "is compressed by gzip: unpack it first"),
    (b"BZh", "is compressed by bzip2: unpack it first"),
    (b"\xfd7zXZ", "is compressed by xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive: unpack it first"),
    (b"\x89HDF", "is an HDF5 file, no checkpoint of fairseq-train"),
    (b"\x93NUMPY", "is an array of numpy, no checkpoint of fairseq-train"),
)
_LEGACY = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"  # PyTorch before 1.6: a pickled magic number


def what_it_is(path: str | Path) -> str | None:
    """What a file is that does not load as a checkpoint, in words to follow its name; None if that is not seen.

    It reads bytes and names in an archive; nothing is unpickled.
    """
    with open(path, "rb") as file:
        head = file.read(1024)
    if not head:
        return "damaged: an empty file"
    for start, what in _OTHER_FILES:
        if head.startswith(start):
            return what
    if head[257:262] == b"ustar":
        return "is a tar archive: unpack it first"
    if head.startswith(b"PK"):
        return _in_archive(path)
    if head.startswith(_LEGACY):
        return "damaged: cut short"
    if head.startswith(b"\x80"):
        return "is a pickle, but none that fairseq-train wrote (by torch.save): no checkpoint, or damaged"
    if head[8:10] == b'{"':
        return "is a safetensors file: weights alone, without the configuration that fairseq-train saves beside them"
    text = head.decode("utf-8", errors="ignore")
    if text.lstrip().lower().startswith(("<!doctype html", "<html")):
        return "is a page of the web (HTML): the download got a page in place of the file"
    if text.isprintable() or all(letter.isprintable() or letter in "\t\r\n" for letter in text):
        return f"is a text file that begins with {text.strip()[:40]!r}: no checkpoint, or damaged"
    return "damaged, or no checkpoint at all"


def _is_cut_within_a_name(path: str | Path) -> bool:
    """Is it a file of old PyTorch that ends before its pickles do, so that a name in it may be half a name?"""
    with open(path, "rb") as file:
        if file.read(len(_LEGACY)) != _LEGACY:
            return False
        file.seek(0)
        try:
            for _ in range(4):  # magic number, version, system, content
                collections.deque(pickletools.genops(file), maxlen=0)
        except ValueError:
            return True
    return False


def _in_archive(path: str | Path) -> str | None:
    """What is said of a zip archive, as PyTorch writes since version 1.6."""
    if not zipfile.is_zipfile(path):
        return "damaged: cut short (a zip archive without its end)"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        parts = {name.partition("/")[2] for name in names}
        if "constants.pkl" in parts or any(part.startswith("code/") for part in parts):
            return "is a TorchScript archive, a model compiled for use: it holds no checkpoint of fairseq-train"
        if "data.pkl" not in parts and {"version", "byteorder"} & parts:
            return "damaged: it was not written to the end"
        if "data.pkl" not in parts:
            held = ", ".join(names[:3]) or "nothing"
            return f"is a zip archive of other files ({held}), no checkpoint: unpack it first"
        try:
            broken = archive.testzip()
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            return f"damaged: {error}"
        with archive.open(next(name for name in names if name.partition("/")[2] == "data.pkl")) as data:
            protocol = [*data.read(2)]
    if broken:
        return f"damaged: {broken} in it is not what was written"
    if protocol[:1] == [0x80] and protocol[1] > 2:
        return f"is pickled by protocol {protocol[1]}, which PyTorch's restricted loading does not read; fairseq's is 2"
    return None
