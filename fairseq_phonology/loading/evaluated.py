"""Texts in the configuration of a checkpoint that fairseq would evaluate as Python: nothing in them may do anything.

Stock fairseq calls ``eval`` on options of some models, criteria and tasks, as ``encoder_layers`` of fconv. Which ones
is for no one to list, so all texts are looked at, but for those that name a file or a run.
"""

from __future__ import annotations

import argparse
import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError

# names of files, folders and runs are never evaluated, and may look like a call: runs(2)/checkpoint_best.pt
_NAMES = {"data", "save_dir", "restore_file", "finetune_from_model", "path", "results_path", "user_dir", "grammar"}
_NAMES |= {"save_attention", "save_predictions", "tensorboard_logdir", "log_file", "wandb_project", "aim_repo"}
# numbers, texts, lists of them, added and multiplied; and what file names and lists of words look like to a parser
_HARMLESS = (ast.Expression, ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Name, ast.Attribute, ast.Load)
_HARMLESS += (ast.UnaryOp, ast.unaryop, ast.BoolOp, ast.boolop, ast.BinOp)
_HARMLESS += (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.MatMult, ast.BitOr, ast.BitAnd)
_LARGEST = 1e6  # of what a product may be: a number, or the length of a list or a text


def check_options(state: Any, path: str | Path) -> None:
    """Refuse a checkpoint with an option that could do something if it was evaluated.

    Args:
        state: what the checkpoint holds.
        path: of the file, for the message.

    Raises:
        InputError: naming the option.
    """
    state = state if isinstance(state, Mapping) else {}
    for part in ("cfg", "args"):  # fairseq before 0.11 has all options in one namespace
        for name, text in _texts(state.get(part), part):
            if not _is_harmless(name, text):
                shown = repr(text) if len(text) <= 60 else f"{text[:60]!r}..."
                raise InputError(
                    f"its option {name} is {shown}, where numbers, texts and lists of them are allowed, since "
                    "fairseq evaluates such options as Python: refused; nothing in it was run. If you did not write "
                    "it, do not trust this checkpoint",
                    path,
                )


def is_harmless(text: str) -> bool:
    """Can an evaluation of a text run nothing, and take little memory? So it is, too, where it is no Python at all."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd texts
            nodes = list(ast.walk(ast.parse(text.lstrip(" \t"), mode="eval")))  # as eval strips it
        return all(isinstance(node, _HARMLESS) and _is_small(node) for node in nodes)
    except (SyntaxError, ValueError):
        return True  # so it is to eval
    except (RecursionError, MemoryError, OverflowError):
        return False


def _is_small(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return not node.attr.startswith("_")
    return not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)) or _size(node) <= _LARGEST


def _size(node: ast.AST) -> float:
    """The most that a value can be: a number without its sign, or the length of a list or a text."""
    match node:
        case ast.Constant(value=str() | bytes()):
            return float(len(node.value))
        case ast.Constant(value=int() | float() | complex()):
            return float(abs(node.value))
        case ast.Tuple() | ast.List() | ast.Set():
            return sum(max(1.0, _size(each)) for each in node.elts)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub()):
            return _size(node.operand)
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return _size(node.left) + _size(node.right)
        case ast.BinOp(op=ast.Mult()):
            return _size(node.left) * _size(node.right)
    return float("inf")  # of a name nothing is known


def _is_harmless(name: str, text: str | bytes) -> bool:
    if not isinstance(text, str):
        return False  # fairseq stores no bytes, and eval reads them in whatever encoding they name
    if "${" in text:  # omegaconf puts another option here; of fairseq's own defaults it is that one as it is
        other = re.fullmatch(r"\$\{([\w.]+)\}", text)
        return other is not None and (name in _NAMES or not _NAMES & set(other[1].split(".")))
    return name in _NAMES or is_harmless(text)


def _texts(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """All texts in a configuration, with the options that they are of."""
    from omegaconf import OmegaConf

    if OmegaConf.is_config(value):
        value = OmegaConf.to_container(value, resolve=False)
    if isinstance(value, argparse.Namespace):
        value = vars(value)
    if isinstance(value, str | bytes | bytearray):
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, str(key))
    elif isinstance(value, list | tuple | set):
        for each in value:
            yield from _texts(each, name)
