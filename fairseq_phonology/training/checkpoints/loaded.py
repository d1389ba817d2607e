"""One model out of a checkpoint, with the dictionaries of its data: for whoever looks into models."""

from __future__ import annotations

import logging
import warnings
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from fairseq import checkpoint_utils, tasks, utils
from fairseq.data import Dictionary
from fairseq.models import ARCH_MODEL_REGISTRY, MODEL_REGISTRY
from fairseq.tasks import FairseqTask
from omegaconf import open_dict
from omegaconf.errors import OmegaConfBaseException

from ... import register
from ...errors import InputError
from ...loading import guard_fairseq, in_one_line, saved_at
from ..dictionaries import SYMBOLS, Dictionaries, check_symbols, dictionaries_in, languages

guard_fairseq()


@dataclass(frozen=True)
class Loaded:
    """A model in evaluation mode.

    Attributes:
        model: on the device asked for.
        source, target: dictionaries of the underlying and of the surface side.
        folder: that the dictionaries are from.
        facts: architecture, epoch and updates, for reports.
        task: that it was trained on, which generates.
    """

    model: torch.nn.Module
    source: Dictionary
    target: Dictionary
    folder: Path
    facts: dict[str, Any]
    task: FairseqTask


def load_model(
    path: str | Path, data: str | Path | None = None, cpu: bool = False, user_dir: str | Path | None = None
) -> Loaded:
    """A model of fairseq's translation task or ours.

    Args:
        path: the checkpoint, one file.
        data: folder with the binarized data, for its dictionaries; None for the one that the model was trained on.
        cpu: compute on the CPU even if there is a GPU.
        user_dir: of the run's own task or architecture.

    Raises:
        InputError: an ensemble; damaged, carrying code, no checkpoint of a translation run; its data cannot be read or
            are others.
    """
    import_user_dir(user_dir)
    if not Path(path).is_file() and len(utils.split_paths(str(path))) > 1:
        raise InputError(f"{path} is an ensemble, whose models have different heads; name one checkpoint")
    path = Path(path)
    state, task, folder = open_checkpoint(path, data)
    cfg = state["cfg"]
    model = build_model(state, task, folder, path)
    device = torch.device("cuda" if torch.cuda.is_available() and not cpu else "cpu")
    architecture = getattr(cfg.model, "arch", None) or getattr(cfg.model, "_name", None)
    facts = {"checkpoint": path.name, "architecture": architecture, "updates": saved_at(state)[1] or 0}
    return Loaded(model.to(device).eval(), task.source_dictionary, task.target_dictionary, folder, facts, task)


def open_checkpoint(path: Path, data: str | Path | None = None) -> tuple[dict[str, Any], FairseqTask, Path]:
    """A checkpoint's content, the task that it was trained on, and the folder of the dictionaries.

    Args and errors as `load_model`; nothing is built yet.
    """
    state = read_checkpoint(path, data)
    check_model(state, path)
    task, folder = task_of(state, path)
    symbols = (state.get("task_state") or {}).get(SYMBOLS)
    check_symbols(symbols, task.source_dictionary.symbols, task.target_dictionary.symbols, path)
    if symbols is None:
        _check_order(task, folder, str(state["trained_on"] or ""), path)
    return state, task, folder


def _check_order(task: FairseqTask, folder: Path, trained_on: str, path: Path) -> None:
    """Refuse dictionaries that have the model's segments under other numbers, as those of another split of the list do:
    they fit, and every number would be of another segment.

    Raises:
        InputError: so it is, as far as the data of the training are still there.
    """
    own = Path(utils.split_paths(trained_on)[0])
    if not own.is_dir() or own.resolve() == folder.resolve():
        return
    if not own.is_absolute() and folder.resolve().parts[-len(own.parts) :] == own.parts:
        return  # a path from where the model was trained, not from here
    for dictionary, name in (
        (task.source_dictionary, task.cfg.source_lang),
        (task.target_dictionary, task.cfg.target_lang),
    ):
        file = own / f"dict.{name}.txt"
        known = Dictionary.load(str(file)).symbols if file.is_file() else dictionary.symbols
        if known != dictionary.symbols and sorted(known) == sorted(dictionary.symbols):
            raise InputError(
                f"{path} was trained with {file}, which has the same segments in another order: with this one every "
                "segment would be taken for another; name the folder of its own data",
                folder / file.name,
            )


def read_checkpoint(path: Path, data: str | Path | None = None) -> dict[str, Any]:
    """A checkpoint's content, its configuration made to read the data that are asked for. Args as `load_model`.

    Raises:
        InputError: damaged, carrying code, or no checkpoint of fairseq-train.
    """
    state = checkpoint_utils.load_checkpoint_to_cpu(str(path))
    try:
        with open_dict(state["cfg"]) as cfg:
            state["trained_on"] = cfg.task.data
            cfg.task.data = str(data or cfg.task.data)
            if "eval_bleu" in cfg.task:
                cfg.task.eval_bleu = False  # it would build a generator of its own
    except OmegaConfBaseException as error:
        raise InputError(f"no checkpoint of fairseq-train: its task is none: {in_one_line(error)}", path) from error
    return state


def task_of(state: dict[str, Any], path: Path) -> tuple[FairseqTask, Path]:
    """The task that a checkpoint was trained on, and the folder of the dictionaries.

    Raises:
        InputError: a task that is not known; no data, or none of these languages.
    """
    cfg = state["cfg"].task
    folder = Path(utils.split_paths(cfg.data or "")[0])
    check_known("task", cfg._name, tasks.TASK_REGISTRY, path)
    if not folder.is_dir():
        raise InputError(
            f"no such folder, where the data of {path.name} were; name the folder of the data with --data", folder
        )
    if "source_lang" in cfg and not (cfg.source_lang and cfg.target_lang):
        cfg.source_lang, cfg.target_lang = languages(folder, cfg.source_lang, cfg.target_lang)
    try:
        task = tasks.setup_task(cfg, from_checkpoint=True)
        if task.source_dictionary is None or task.target_dictionary is None:
            raise InputError(f"its task {cfg._name} has no two dictionaries: it is no translation task", path)
        return task, folder
    except InputError:
        raise
    except FileNotFoundError as error:  # other language names than the run's
        if "source_lang" not in cfg:
            raise InputError(f"is of the task {cfg._name}, which is no translation task", path) from error
        found = ", ".join(f"dict.{name}.txt" for name in dictionaries_in(folder)) or "none"
        pair = f"{cfg.source_lang}-{cfg.target_lang}"
        raise InputError(f"no dictionaries of {pair} for {path.name}; found here: {found}", folder) from error
    except Exception as error:  # tasks of all kinds, with data of all kinds
        what = f"its task {cfg._name} cannot be set up with the data in {folder}: {in_one_line(error)}"
        raise InputError(what, path) from error


def build_model(state: dict[str, Any], task: FairseqTask, folder: Path, path: Path) -> torch.nn.Module:
    """The model of a checkpoint, on the CPU.

    Raises:
        InputError: an architecture that is not known; the model does not fit the dictionaries in ``folder``.
    """
    cfg = state["cfg"].model
    try:
        model = task.build_model(cfg, from_checkpoint=True)
    except Exception as error:  # models of all kinds
        if isinstance(error, InputError) and error.path:
            raise
        raise InputError(f"its model cannot be built: {in_one_line(error)}", path) from error
    load_weights(model, state, folder, path)
    return model


def load_weights(model: torch.nn.Module, state: dict[str, Any], folder: Path, path: Path) -> None:
    """Give a model the weights of a checkpoint, all of them. Args and errors as `build_model`."""
    try:
        model.load_state_dict(state["model"], strict=True, model_cfg=state["cfg"].model)
    except Exception as error:  # models of all kinds
        raise InputError(f"does not fit the dictionaries in {folder}: {in_one_line(error)}", path) from error


def check_model(state: dict[str, Any], path: Path) -> None:
    """Raises:
    InputError: an architecture that is not known.
    """
    check_known("model", name_in(state["cfg"].model), ARCH_MODEL_REGISTRY | MODEL_REGISTRY, path)


def name_in(cfg: Any) -> str | None:
    """The name by which fairseq finds what a part of a configuration is about."""
    return getattr(cfg, "_name", None) or getattr(cfg, "arch", None)


def check_known(what: str, name: str | None, registry: Mapping[str, Any], path: Path) -> None:
    """Raises:
    InputError: fairseq has nothing of that name.
    """
    if name not in registry:
        raise InputError(f"has the unknown {what} {name!r}; name the --user-dir that has it", path)


def import_user_dir(user_dir: str | Path | None) -> None:
    """Make our task known to fairseq, and a user's own tasks and architectures, as fairseq's commands do.

    Raises:
        InputError: no such folder.
    """
    register()
    try:
        utils.import_user_module(Namespace(user_dir=user_dir))
    except (FileNotFoundError, ModuleNotFoundError) as error:
        if Path(user_dir).is_dir():  # of its own: something in it imports or opens what is not there
            raise
        raise InputError("--user-dir: no such folder", user_dir) from error


def task_name(path: Path) -> str:
    """Name of the task that a checkpoint was trained with."""
    return read_checkpoint(path)["cfg"].task._name


def dictionaries_of(path: Path, data: str | Path) -> Dictionaries:
    """Those in a folder of binarized data that a checkpoint's task asks for."""
    cfg = read_checkpoint(path)["cfg"].task
    return Dictionaries(Path(data), *languages(Path(data), cfg.get("source_lang"), cfg.get("target_lang")))


def truncation_of(path: Path) -> list[str]:
    """Options of fairseq-generate that cut URs as the training of a checkpoint did; none where it did not."""
    cfg = read_checkpoint(path)["cfg"].task
    if not cfg.get("truncate_source"):
        return []
    return ["--truncate-source", "--max-source-positions", str(cfg.max_source_positions)]


def quiet_libraries() -> None:
    """From now on fairseq and what it uses say nothing below a warning: once it is imported, all log everything."""
    for name in ("fairseq", "hydra", "matplotlib", "PIL"):
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def quiet_fairseq() -> Iterator[None]:
    """While the block runs, fairseq, torch and the task say nothing about which a user could do nothing."""
    quiet_libraries()
    own = logging.getLogger("fairseq_phonology.task")  # about the training's grammar, which is not used here
    level = own.level
    own.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fairseq's about torch
            yield
    finally:
        own.setLevel(level)


@contextmanager
def one_thread(device: str = "cpu") -> Iterator[None]:
    """While the block runs, torch uses one thread of a CPU: for models of this size, several are slower.

    Args:
        device: that it computes on; nothing changes for a GPU.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if device == "cpu" else threads)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
