"""fairseq's own loading refuses in our words: the functions that every command of its goes through are wrapped."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from ..errors import InputError, refusals
from .content import check_content, in_one_line
from .evaluated import check_options
from .kinds import check_archive
from .reading import check_file, explained, load_checkpoint, while_reading

# what else is asked of a checkpoint that a training begins from, by its task
_asked: ContextVar[Callable[[Mapping[str, Any], str], None] | None] = ContextVar("asked", default=None)
# of the checkpoint that was read last: how many numbers its weights are, and its file; None for one part of several
_weights: ContextVar[tuple[int, str] | None] = ContextVar("weights", default=None)
_BEYOND = 2**26  # numbers that a model may have beyond them: what differs by less is named when the weights are put in


def guard_fairseq() -> None:
    """Let fairseq's own loader refuse in our words.

    PyTorch's message recommends ``weights_only=False``, which would run the code, and what is no checkpoint ends in any
    of Python's errors. fairseq offers no hook around loading, and ``fairseq-validate`` and ``from_pretrained`` load
    before any task of ours exists; so its functions are wrapped, for good. What they load and return stays as it is,
    but for options by which parts of fairseq itself would write or run something; a checkpoint with an option that is
    code is refused.
    """
    from fairseq import checkpoint_utils, models

    for name, guarded in _GUARDED.items():
        module = models if name == "build_model" else checkpoint_utils
        function = getattr(module, name)
        if not hasattr(function, "explains_refusals"):
            wrapped = functools.wraps(function)(functools.partial(guarded, function))
            wrapped.explains_refusals = True
            setattr(module, name, wrapped)


def _load_to_cpu(load: Callable, path: str, *args: Any, **kwargs: Any) -> Any:
    with refusals(), explained(path):
        check_file(path)
        check_archive(Path(path))
        try:
            state = load(path, *args, **kwargs)
        except Exception as error:
            if while_reading(error):
                raise
            check_content(load_checkpoint(path, mmap=True), path)
            if "overwrite_args_by_name" in {frame.f_code.co_name for frame in _frames(error)}:  # of --model-overrides
                raise
            reason = f"{type(error).__name__}: {in_one_line(error)}"
            raise InputError(f"fairseq cannot read the configuration in it: {reason}", path) from error
        check_content(state, path)
        check_options(state, path)
        _check_references(state, path)
        _keep_from_effects(state)
        whole = "-shard" not in os.path.basename(path)
        _weights.set((sum(each.numel() for each in state["model"].values()), path) if whole else None)
        if ask := _asked.get():
            ask(state, path)
        return state


def _check_references(state: Mapping[str, Any], path: str) -> None:
    """Refuse an option that refers to another one (``${task.data}``) that is not there, or to itself."""
    from omegaconf import OmegaConf

    try:
        OmegaConf.to_container(state["cfg"], resolve=True)
    except Exception as error:
        raise InputError(f"damaged: an option in it refers to none: {in_one_line(error)}", path) from error


def _load_models(load: Callable, filenames: Any, *args: Any, **kwargs: Any) -> Any:
    """Models of fairseq-validate, -generate and -interactive, and of whoever calls fairseq from Python."""
    with refusals():
        try:
            return load(filenames, *args, **kwargs)
        except Exception as error:
            # the frame of the function itself knows the file, and those below it what was done
            frames = _frames(error)
            path = next((f.f_locals.get("filename") for f in frames if "orig_filename" in f.f_locals), None)
            if path is None or (isinstance(error, InputError) and error.path):
                raise
            check_file(path)
            if isinstance(error, InputError):
                raise InputError(error.message, path) from error
            doing = {frame.f_code.co_name for frame in frames}
            if "load_checkpoint_to_cpu" in doing:
                raise
            raise InputError(_does_not_fit(error, doing), path) from error


def _does_not_fit(error: Exception, doing: set[str]) -> str:
    if "build_model" in doing:
        return f"its model cannot be built: {in_one_line(error)}"
    if "setup_task" in doing:
        return f"its task cannot be set up: {in_one_line(error)}"
    return f"its weights do not fit the model that its configuration and the dictionaries make: {in_one_line(error)}"


class _Undrawn(TorchFunctionMode):
    """Nothing is drawn for shapes without numbers: to draw normal ones torch imports its compiler, for a second."""

    def __torch_function__(self, function: Callable, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function is torch.Tensor.normal_ or getattr(function, "__module__", "") == torch.nn.init.__name__:
            return args[0] if args else kwargs["tensor"]
        return function(*args, **kwargs)


@contextlib.contextmanager
def _shapes_alone() -> Iterator[None]:
    """What is built has shapes and no numbers, nor are any computed, as for a table of positions."""
    from fairseq.modules import SinusoidalPositionalEmbedding as Positions

    table = vars(Positions)["get_embedding"]
    Positions.get_embedding = staticmethod(lambda n, dimensions, padding_idx=None: torch.empty(n, dimensions))
    try:
        with torch.device("meta"), _Undrawn():
            yield
    finally:
        Positions.get_embedding = table


def _build(build: Callable, cfg: Any, task: Any, from_checkpoint: bool = False) -> Any:
    """A model; that of a checkpoint is first built of shapes alone, as its configuration may declare any size."""
    if from_checkpoint and _weights.get():
        (weights, path), declared = _weights.get(), 0
        with contextlib.suppress(Exception), _shapes_alone():  # one that cannot be built so is built as ever
            declared = _numbers(build(cfg, task, from_checkpoint))
        if declared > weights + _BEYOND:
            what = f"a model of {declared:,} numbers, and its weights are {weights:,}"
            raise InputError(f"its configuration and the dictionaries make {what}", path)
    return build(cfg, task, from_checkpoint)


def _numbers(model: torch.nn.Module) -> int:
    """In all tensors of a model: those of a table of positions are no parameters."""
    held = [each for module in model.modules() for each in (*vars(module).values(), *module._buffers.values())]
    return sum(each.numel() for each in (*model.parameters(), *held) if isinstance(each, torch.Tensor))


def _load_to_train(load: Callable, cfg: Any, trainer: Any, *args: Any, **kwargs: Any) -> Any:
    """What fairseq-train goes on from."""
    token = _asked.set(getattr(trainer.task, "check_origin", None))
    try:
        with refusals():
            try:
                return load(cfg, trainer, *args, **kwargs)
            except Exception as error:
                own = next((f for f in _frames(error) if f.f_code.co_filename.endswith("trainer.py")), None)
                if isinstance(error, InputError) or own is None or own.f_code.co_name != "load_checkpoint":
                    raise
                raise InputError(_cannot_go_on(error), own.f_locals["filename"]) from error
    finally:
        _asked.reset(token)


def _cannot_go_on(error: Exception) -> str:
    if "Cannot load model parameters" in str(error):
        reason = in_one_line(error.__context__ or error)
        return f"its weights do not fit the model that the options of this run and the dictionaries make: {reason}"
    return (
        f"training cannot go on from what it says of the optimizer and the data: {in_one_line(error)}; with "
        "--reset-optimizer --reset-dataloader --reset-meters --reset-lr-scheduler its weights alone are used"
    )


def _save_dir(verify: Callable, save_dir: str) -> None:
    """The folder that fairseq-train writes to; it tries to with a file called ``dummy``, which it then removes."""
    with refusals():
        trial = os.path.join(save_dir, "dummy")
        left = os.path.isfile(trial) and not os.path.islink(trial) and not os.path.getsize(trial)  # of a killed one
        if os.path.lexists(trial) and not left:
            raise InputError("fairseq-train writes and removes a file of this name in --save-dir: rename yours", trial)
        try:
            verify(save_dir)
        except OSError as error:
            link = os.path.islink(save_dir) and not os.path.exists(save_dir)
            reason = "a symbolic link to nothing, or a loop" if link else error.strerror or error
            raise InputError(f"is no folder that --save-dir can be: {reason}", save_dir) from error


def _frames(error: BaseException) -> list[FrameType]:
    return [frame for frame, _ in walk_tb(error.__traceback__)]


_GUARDED = {
    "load_checkpoint_to_cpu": _load_to_cpu,
    "load_model_ensemble_and_task": _load_models,
    "load_checkpoint": _load_to_train,
    "verify_checkpoint_directory": _save_dir,
    "build_model": _build,
}


# options by which fairseq's own tasks and criteria write files or run programs: (part of the configuration, name)
_EFFECTS = (
    *(("criterion", "save_predictions"), ("task", "tensorboard_logdir"), ("task", "post_save_script")),
    ("task", "use_plasma_view"),  # a server, at a socket of that configuration's
)


def _keep_from_effects(state: Any) -> None:
    """Clear these options; what our own task writes is kept from it by `training.config.keep_from_writing`."""
    state = state if isinstance(state, Mapping) else {}
    whole, flat = state.get("cfg"), state.get("args")  # fairseq before 0.11 has all options in one namespace
    for part, name in _EFFECTS:
        for options in (whole.get(part) if isinstance(whole, Mapping) else None, flat):
            if isinstance(options, Mapping) and options.get(name):
                options[name] = False if options[name] is True else None
            elif getattr(options, name, None):
                setattr(options, name, False if getattr(options, name) is True else None)
