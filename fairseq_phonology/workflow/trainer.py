"""What takes seconds to check, once: the grammar, the controls of stimuli, and each [model] by fairseq itself."""

from __future__ import annotations

import argparse
import difflib
import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..attention.edges import KINDS
from ..errors import InputError
from ..files import sha256_of_parts, write_json
from ..phonology.grammar import Grammar
from ..phonology.grammar.sections import line_of
from ..stimuli.crossed import joint_of
from ..text import listed
from ..training.recipe import RECIPE, arguments, filled
from . import layout, reads
from .model import GIVEN
from .sections import shown, title
from .source import Source
from .study import Study


def check_study(study: Study, say: Callable[[str], None] | None = None, remember: bool = True) -> None:
    """Check the whole grammar, the classes that stimuli are made of, and each [model] by fairseq's own parser.

    Args:
        study: of which.
        say: receives a line before it begins.
        remember: note in the folder of the study what was found right, so that it is not checked again.

    Raises:
        InputError: a grammar that is none; a process of which no stimuli can be made with these controls; an option
            that fairseq-train does not have, or a value that it refuses; a model without the attention that is read.
        ModuleNotFoundError: fairseq is not installed.
    """
    note, right = study.dest / _NOTE, {"right": _digest(study)}
    with suppress(OSError, ValueError):
        if json.loads(note.read_text(encoding="utf-8")) == right:
            return
    if say:
        say("checking the grammar and the options of fairseq-train")
    if study.grammar:
        _check_stimuli(study, Grammar.load(reads.place(study.grammar, study.dest)))
    _check_models(study)
    if remember:
        note.parent.mkdir(parents=True, exist_ok=True)
        write_json(note, right)


_NOTE = f"{layout.LOGS}/checked.json"


def _digest(study: Study) -> str:
    """Of everything that the check looks at."""
    files = [reads.place(study.grammar, study.dest)] if study.grammar else []
    files += (
        [reads.place(file, study.dest) for file in reads.files([study.user_dir], study.dest)] if study.user_dir else []
    )
    made = [[one.process, one.list, one.options.words] for one in study.stimuli.values()]
    asked = [_asked(study), study.task, made, study.include, _reading_attention(study)]
    about = json.dumps([*asked, *(_version(name) for name in ("fairseq_phonology", "fairseq-fixed"))])
    return sha256_of_parts([b"\0".join([about.encode(), *(file.read_bytes() for file in files)])])


def _asked(study: Study) -> list[dict[str, Any]]:
    """The options of each [model], once for all sizes."""
    models = [(model.size, dict(model.options)) for model in study.models.values()]
    return [options for size, options in models if size == models[0][0]]


def _version(package: str) -> str:
    with suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return ""


def _check_stimuli(study: Study, grammar: Grammar) -> None:
    """Can stimuli be made of their processes, with these controls? Of a list of one's own its words decide."""
    grammar = grammar.asking(study.include)
    for made in (one for one in study.stimuli.values() if one.list is None):
        stratum, part = made.options.get("--stratum"), made.options.get("--part")
        if grammar.strata and not stratum and made.options.get("--from-words"):  # its words are of one
            continue
        try:
            of_one = grammar.in_stratum(stratum) if stratum else grammar
            joint_of(of_one, made.process, study.include, part=int(part) if part else None)
        except InputError as error:
            path = reads.place(study.grammar, study.dest)
            raise InputError(error.message, path, line_of(error.message, path.read_text(encoding="utf-8"))) from None


def _reading_attention(study: Study) -> dict[str, list[str]]:
    """The kinds of attention that are read, by how each reading is turned off."""
    asked = [("stimuli = false at the top", one) for one in study.stimuli.values()]
    asked += [(f"no heatmaps in [test.{name}]", one) for name, one in study.lists.items() if one.heatmaps]
    asked += [(f"no [conditions.{name}]", one) for name, one in study.conditions.items() if not one.scores]
    kinds: dict[str, list[str]] = {}
    for off, one in asked:
        kinds.setdefault(off, []).extend((one.generate.get("--attention-kinds") or ",".join(KINDS)).split(","))
    return kinds


def _check_models(study: Study) -> None:
    """Ask fairseq, in a process of its own: importing it takes seconds, and a user-dir is imported only once."""
    if importlib.util.find_spec("fairseq") is None:
        raise ModuleNotFoundError("No module named 'fairseq'", name="fairseq")
    asked = {
        "user_dir": study.user_dir and str(reads.place(study.user_dir, study.dest)),
        "always": {"task": study.task}
        | ({"grammar": str(reads.place(study.grammar, study.dest))} if study.grammar else {}),
        "models": _asked(study),
        "attention": _reading_attention(study),
    }
    program = [sys.executable, "-P", "-c", f"from {__name__} import _answer; _answer()"]
    done = subprocess.run(program, input=json.dumps(asked), capture_output=True, text=True, encoding="utf-8")
    try:
        found = json.loads(done.stdout.rpartition(_MARK)[2])
    except ValueError:
        last = (done.stderr.strip() or "nothing was said").splitlines()[-1]
        raise InputError(f"fairseq cannot be asked about its options: {last}", study.path) from None
    if not found:
        return
    source = Source.read(study.path, study.dest)
    section = ("models", list(source.table["models"])[found["model"]]) if "models" in source.table else ("model",)
    table: Any = source.table
    for key in section:
        table = table.get(key, {})
    written = next((key for key in table if key.replace("-", "_") == found["key"]), None)
    where = (*section, written) if written else section if section[0] in source.table else ()
    raise source.error(f"{title(*section)} {found['message']}", *where)


_MARK = "\nfound: "
_CHOOSING = ("arch", "criterion", "optimizer", "lr_scheduler")  # what the other options depend on
_MOST = 12  # choices that a message lists


def _answer() -> None:
    """In a process that may import fairseq: reads what `_check_models` asks, prints the first thing that is wrong."""
    from fairseq import utils

    asked = json.load(sys.stdin)
    if asked["user_dir"]:
        utils.import_user_module(argparse.Namespace(user_dir=asked["user_dir"]))
    models = asked["models"]
    news = (n for n, options in enumerate(models) if options not in models[:n])
    wrong = ({"model": n, **found} for n in news if (found := _wrong(models[n], asked["always"], asked["attention"])))
    print(_MARK, json.dumps(next(wrong, {})), sep="")


class _Refusal(Exception):
    """What fairseq's parser says."""


def _wrong(
    given: Mapping[str, Any], always: Mapping[str, Any], attention: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The first option that fairseq-train, or our task, refuses, as ``key`` and ``message``; empty where there is none.

    Args:
        given: the options of a [model].
        always: what a study gives to each training.
        attention: the kinds that the study reads, by how each reading is turned off.
    """
    from fairseq import options as theirs
    from fairseq.dataclass.utils import convert_namespace_to_omegaconf

    from ..training.config import check_always, check_training

    def error(message: str) -> None:
        raise _Refusal(message)

    parser = theirs.get_training_parser()
    parser.error = error
    asked = filled(given) | always
    length = {"max_tokens": 1} | ({"total_num_update": 1} if asked["lr_scheduler"] == RECIPE["lr_scheduler"] else {})
    try:
        parsed = theirs.parse_args_and_arch(parser, ["data", *arguments(length | asked)])
        configured = convert_namespace_to_omegaconf(parsed)
        if "eval_beam" in configured.task:
            check_always(configured.task)
            check_training(configured.task)
    except Exception as error:
        message = next(iter(str(error).splitlines()), type(error).__name__)
    else:
        # our runner, which finds how long to train, knows an option by one name
        names = {key: _name(parser, key) for key in given}
        other = ({"key": key, "message": f"{key}: write {name}"} for key, name in names.items() if name != key)
        return next(other, None) or _without_attention(configured, attention)
    options = {f"--{key.replace('_', '-')}": key for key in always | given}
    words = re.findall(r"[^\s/:,]+", message)
    key = next((options[word] for word in words if word in options), "")
    key = key or next((key for key, value in given.items() if isinstance(value, str) and repr(value) in message), "")
    actions = parser._option_string_actions
    if "unrecognized arguments" in message:
        flag = next((key for option, key in options.items() if _is_flag(actions, option, asked[key])), "")
        if flag:
            return {"key": flag, "message": f"{flag}: found {shown(asked[flag])}; allowed: true or false"}
        known = ["epochs", *(name[2:].replace("-", "_") for name in actions if name.startswith("--"))]
        with_ = " ".join(arguments({name: asked[name] for name in _CHOOSING}))
        meant = _meant(key, [name for name in known if name not in GIVEN])
        message = (
            f"{key}: fairseq-train has no such option with {with_}; {meant}allowed: epochs, and what it has (--help)"
        )
    elif "invalid choice" in message and key:
        choices = sorted(map(str, actions[f"--{key.replace('_', '-')}"].choices))
        listed = ", ".join(choices) if len(choices) <= _MOST else f"one of {len(choices)} (fairseq-train --help)"
        message = f"{key}: found {shown(asked[key])}; {_meant(str(asked[key]), choices)}allowed: {listed}"
    return {"key": key, "message": message.replace("<lambda> ", "")}


def _without_attention(configured: Any, attention: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """As `_wrong`: a model that has not all the attention that is read. One that cannot be built without data, such as
    a user's own, is not judged."""
    import torch
    from fairseq.data import Dictionary
    from fairseq.models import build_model
    from fairseq.tasks import TASK_REGISTRY

    from ..attention.multihead import attention_modules

    if not attention:
        return {}
    with suppress(Exception):
        if "grammar" in configured.task:  # takes seconds
            configured.task.grammar = None
        task = TASK_REGISTRY[configured.task._name](configured.task, Dictionary(), Dictionary())
        with torch.device("meta"):  # shapes alone
            model = build_model(configured.model, task)
        for kind in dict.fromkeys(kind for kinds in attention.values() for kind in kinds):
            try:
                attention_modules(model, kind)
            except InputError as error:
                off = listed(way for way, kinds in attention.items() if kind in kinds)
                return {"key": "arch", "message": f"{error.message}; a study of such a model says: {off}"}
    return {}


def _name(parser: argparse.ArgumentParser, key: str) -> str:
    """Of an option that has several, the one that fairseq's configuration has."""
    action = parser._option_string_actions.get(f"--{key.replace('_', '-')}")
    known = action and f"--{action.dest.replace('_', '-')}" in action.option_strings
    return action.dest if known else key


def _is_flag(actions: Mapping[str, argparse.Action], option: str, value: Any) -> bool:
    """Has an option a value, and takes none?"""
    return option in actions and actions[option].nargs == 0 and not isinstance(value, bool)


def _meant(wrong: str, known: list[str]) -> str:
    close = difflib.get_close_matches(wrong, known, n=1)
    return f"did you mean {close[0]}? " if close else ""
