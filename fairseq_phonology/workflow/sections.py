"""The keys of a study's sections: options of our verbs, from the verbs' own parsers, which check the values, too."""

from __future__ import annotations

import argparse
import datetime
import functools
import importlib
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..commands.wiring import options
from ..commands.wiring.numbers import BATCH, BEAM, Number, Parser
from ..errors import InputError
from .source import Source

READING, GENERATE = "how a list is read", "fairseq-generate"  # beside the verbs
_FILES = {"FILE", "LIST", "TSV", "DIR"}  # what options that name files call them in their help
_JOINED = {"SYLLABLES": " ", "SIGNS": " "}  # what a list of texts is joined by, where it is not a comma
TRAINED_ON, TESTED_ON = "data/train.tsv", "data/test.tsv"  # in the folder of a study
_OWN_LISTS = ("phonotactics", "training")  # options that may be true: the training words of the study itself
_TOP = "it stands at the top of the file, for all steps"
_FOLDERS = "the study names its files and folders itself (--dest DIR names the folder of all)"
_OTHERS = "the study hands on what its other steps made"
_TRAINED = "of the trainings alone: nothing else uses a GPU"
# options that a study gives itself, and why
_GIVEN = {
    **dict.fromkeys(("grammar", "process", "with", "user_dir"), _TOP),
    **dict.fromkeys(("out", "dest"), _FOLDERS),
    **dict.fromkeys(("data", "dictionaries", "source_lang", "target_lang", "stimuli", "attention"), _OTHERS),
    **dict.fromkeys(("baseline", "forced", "interventions", "dynamics", "scores", "untrained"), _OTHERS),
    "overwrite": "the study replaces what it made itself when it is made again, and nothing else",
    "cpu": _TRAINED,
    "repeats": "one study has one split; give another seed in [words] of another study",
    "n": "write nonce = N",
    "train_size": "write sizes = [N, ...]",
    "candidates": "write list = FILE",
}
_CONDITIONS = ("condition", "levels", "contrast", "item", "response", "look_at", "query", "kind", "candidate")


@dataclass(frozen=True)
class Options:
    """The options of one command, as the file asks for them.

    Attributes:
        words: of a command line; files are relative to the folder of the study.
        files: those of the words that are files.
    """

    words: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def get(self, option: str) -> str | None:
        """The value of an option such as ``--beam``; empty for a flag; None where it is not given."""
        for n, word in enumerate(self.words):
            if word.startswith(f"{option}="):
                return word.partition("=")[2]
            if word == option:
                value = self.words[n + 1] if n + 1 < len(self.words) else ""
                return "" if value.startswith("--") else value
        return None

    def __add__(self, other: Options) -> Options:
        return Options(self.words + other.words, self.files + other.files)


@dataclass(frozen=True)
class Section:
    """What a section may say.

    Attributes:
        commands: the verbs (or `READING`, `GENERATE`) whose options its keys are.
        own: keys of the section itself, with what they say.
        allowed: options that `_GIVEN` refuses elsewhere.
        only: of a command these options; None: all but `_GIVEN`.
        without: options that are refused here, and why.
    """

    commands: tuple[str, ...]
    own: Mapping[str, str] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)

    def actions(self, command: str) -> dict[str, argparse.Action]:
        """The options of a command that are keys here."""
        every, only = actions_of(command), self.only.get(command)
        refused = (_GIVEN.keys() - self.allowed) | self.without.keys() | self.own.keys()
        return {key: every[key] for key in every if key not in refused and (only is None or key in only)}

    def all_keys(self) -> list[str]:
        """All of them."""
        return list(dict.fromkeys([*self.own, *(key for one in self.commands for key in self.actions(one))]))

    def why_not(self, key: str) -> str:
        """Why an option of its commands is no key; empty where there is no such option."""
        if not any(key in actions_of(command) for command in self.commands):
            return ""
        return self.without.get(key) or _GIVEN.get(key, "")


SECTIONS = {
    "words": Section(
        ("nonce", "prepare"),
        {
            "nonce": "how many nonce words `nonce` makes, to train on",
            "pairs": "a word list of your own to train on, in place of nonce words",
            "sizes": "numbers of training words, for learning curves: each model is trained on each",
        },
    ),
    "test": Section(
        ("prepare", GENERATE),
        {
            "list": "the word list: a file; true: the test part of the study's own words",
            "heatmaps": "words of the list, by id or spelling, whose attention is drawn",
        },
        without=dict.fromkeys(
            ("split", "split_by", "seed", "train", "valid", "test", "variants", "pairs_per_ur"),
            "it is of training words ([words]); the list is tested whole",
        ),
    ),
    "stimuli": Section(
        ("stimuli", READING, GENERATE),
        {
            "process": "one or several of the processes of the study, in place of all",
            "list": "a list of stimuli of your own, in place of those that `stimuli` makes",
        },
    ),
    "baseline": Section(("untrained",)),
    "interventions": Section(("intervene",), only={"intervene": ("controls", "seed", "batch_size")}),
    "analysis": Section(("analyze",), only={"analyze": ("seed", "user_dir")}, allowed=frozenset(["user_dir"])),
    "dynamics": Section(("dynamics",), only={"dynamics": ("head", "every", "at_most", "subset", "batch_size")}),
    "candidates": Section(
        ("score",),
        {
            "list": "the table of candidates: item, ur, sr",
            "process": "make two candidates of each word, with this process applied and blocked",
        },
    ),
    "human": Section(("compare",), allowed=frozenset(["baseline"])),
    "conditions": Section(
        ("analyze", READING, GENERATE),
        {
            "list": "the list that has the column of levels",
            "scores": "true: compare log-odds of [candidates], in place of attention or exact match",
            "process": "for the decision step of a process",
        },
        only={"analyze": (*_CONDITIONS, "seed")},
    ),
}
SEVERAL = {"test": "test", "stimuli": "designed", "human": "people", "conditions": "conditions"}
# sections of which there may be several, as [test.NAME]; the name of one without a name


@functools.cache
def parser_of(command: str) -> argparse.ArgumentParser:
    """The parser of a verb, in which nothing is required."""
    parser = Parser(prog=command, add_help=False)
    if command == READING:
        options.add_units(parser)
    elif command == GENERATE:
        _add_generation(parser)
    else:
        importlib.import_module(f"..commands.{command}", __package__).add_arguments(parser)
    for action in parser._actions:
        action.required = False
        if not action.option_strings:
            action.nargs = "*"
    return parser


def _add_generation(parser: argparse.ArgumentParser) -> None:
    """The options of fairseq-generate, and of our task, that change how words are generated and what is saved."""
    add = parser.add_argument
    add("--beam", type=BEAM, metavar="N", help="width of the beam (default: 5)")
    add(
        "--attention-kinds",
        metavar="KIND[,KIND]",
        help="which attention is saved: cross, encoder, decoder (default: all three of a list that is tested and of a "
        "progressive process, else cross,encoder)",
    )
    add("--attention-norms", action="store_true", help="save the norms of the weighed value vectors, too")
    add("--lenpen", type=Number(0, 100, whole=False), metavar="P", help="length penalty: below 1 favors shorter forms")
    add("--max-len-a", type=Number(0, 1_000, whole=False), metavar="A", help="longest form: A x (length of the UR) + B")
    add("--max-len-b", type=Number(0, 100_000), metavar="B", help="the B of it (default: 200)")
    add("--max-tokens", type=Number(1, 10_000_000), metavar="N", help="symbols in a batch")
    add("--batch-size", type=BATCH, metavar="N", help="words in a batch")


@functools.cache
def actions_of(command: str) -> dict[str, argparse.Action]:
    """The options of a command by their keys: ``at_least`` of ``--at-least``."""
    found = (action for action in parser_of(command)._actions if action.option_strings)
    return {_long(action)[2:].replace("-", "_"): action for action in found}


def _long(action: argparse.Action) -> str:
    return next(name for name in action.option_strings if name.startswith("--"))


def read_section(
    source: Source, where: Mapping[str, Any], *keys: str, route: Callable[[str, Any], str] | None = None
) -> tuple[dict[str, Any], dict[str, Options]]:
    """What a section says.

    Args:
        source: the file.
        where: the table of the section, its keys checked.
        keys: under which it stands in the file, such as ``stimuli``, ``attested``.
        route: says of a key and its value the one command that gets it; empty: each that has it.

    Returns:
        The section's own keys with their values, as they are in the file; and the options of each of its commands. A
        key that several commands have is an option of each.

    Raises:
        InputError: a value that the command refuses, a file that is not there.
    """
    section, own = SECTIONS[keys[0]], {}
    given: dict[str, list[tuple[str, Any]]] = {command: [] for command in section.commands}
    for written, value in where.items():
        key = written.replace("-", "_")
        if key in section.own:
            own[key] = value
            continue
        commands = [command for command in section.commands if key in section.actions(command)]
        chosen = route(key, value) if route else ""
        for command in [chosen] if chosen else commands:
            given[command].append((written, value))
    found = {command: _options(source, command, some, keys) for command, some in given.items()}
    return own, found


def title(*keys: str) -> str:
    """The section's line in the file."""
    return f"[{'.'.join(keys)}]"


def _options(source: Source, command: str, given: list[tuple[str, Any]], keys: tuple[str, ...]) -> Options:
    words: list[str] = []
    files: list[str] = []
    for written, value in given:
        action = actions_of(command)[written.replace("-", "_")]
        some, named = words_of(source, action, value, *keys, written)
        _check(source, command, some, *keys, written)
        words += some
        files += named
    if words:
        _check(source, command, words, *keys)
    return Options(tuple(words), tuple(files))


def _check(source: Source, command: str, words: list[str], *keys: str) -> None:
    """Let the command's own parser say what it has to say."""
    try:
        parser_of(command).parse_args(words)
    except InputError as error:
        raise source.error(f"{title(*keys[:-1] or keys)} {error}", *keys) from None


def check_options(source: Source, command: str, asked: Options, *keys: str, context: tuple[str, ...] = ()) -> Options:
    """Let a verb say what the options of a section tell together, before anything runs.

    Args:
        source: the file.
        command: the verb.
        asked: options of it.
        keys: of the section.
        context: words that the study adds to the command.

    Returns:
        The options.

    Raises:
        InputError: what the verb refuses, at the line of the first key that it names, or at the section.
    """
    check = getattr(importlib.import_module(f"..commands.{command}", __package__), "check", None)
    if check is None or not asked.words:
        return asked
    try:
        check(parser_of(command).parse_args([*context, *asked.words]))
    except InputError as error:
        table: Any = source.table
        for key in keys:
            table = table.get(key, {})
        named = {
            written for written in table if f"--{written.replace('_', '-')}" in re.split(r"[\s,;:]+", error.message)
        }
        where = next((written for written in table if written in named), None)
        raise source.error(f"{title(*keys)} {error.message}", *keys, *([where] if where else [])) from None
    return asked


def words_of(source: Source, action: argparse.Action, value: Any, *keys: str) -> tuple[list[str], list[str]]:
    """A value as words of a command line, and the files among them.

    Raises:
        InputError: the option takes nothing of that kind.
    """
    option, metavar = _long(action), action.metavar if isinstance(action.metavar, str) else ""

    def refuse(allowed: str) -> Exception:
        return source.error(f"{title(*keys[:-1])} {keys[-1]}: found {shown(value)}; allowed: {allowed}", *keys)

    if action.nargs == 0:
        if not isinstance(value, bool):
            raise refuse("true or false")
        negative = next((name for name in action.option_strings if name.startswith("--no-")), None)
        chosen = option if value else negative
        return [chosen] if chosen else [], []
    if value is True and option[2:] in _OWN_LISTS:
        return [option, TRAINED_ON], []
    several = isinstance(action, argparse._AppendAction) or action.nargs in ("+", "*")
    by = _JOINED.get(metavar, "," if "," in metavar else "")
    what = "a number" if isinstance(action.type, Number) else "a file" if metavar in _FILES else "a text"
    allowed = f"{', '.join(action.choices)}" if action.choices else what
    allowed += " (true: the training words of this study)" if option[2:] in _OWN_LISTS else ""
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) and not (several or by):
        raise refuse(f"{allowed}, no list")
    texts = [text_of(each) for each in values]
    if not texts or None in texts:
        raise refuse(f"{allowed}, or a list of these" if several or by else allowed)
    if action.choices and not set(texts) <= set(action.choices):
        raise refuse(allowed)
    files: list[str] = []
    if metavar in _FILES:
        named = [files_of(source, text, *keys, folder=metavar == "DIR") for text in texts]
        texts, files = [each.words[0] for each in named], [file for each in named for file in each.files]
    if by and isinstance(value, list):
        if any(by in text for text in texts):
            raise refuse(f"texts without {by!r}, which parts them")
        texts = [by.join(texts)]
    if action.nargs in ("+", "*"):
        return [option, *texts], files
    return [word for text in texts for word in ([f"{option}={text}"] if text[0] == "-" else [option, text])], files


def files_of(source: Source, text: str, *keys: str, folder: bool = False) -> Options:
    """A file, or two parallel ones as ``UR,SR``, relative to the folder of the study: as one word, and one by one."""
    whole = folder or "," not in text or (source.path.parent / text).exists()
    files = [source.file(part, *keys, folder=folder) for part in ([text] if whole else text.split(","))]
    return Options((",".join(files),), tuple(files))


def text_of(value: Any) -> str | None:
    """A text or a number as a word of a command line; None for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    text = str(value)
    return None if any(unicodedata.category(c) == "Cc" for c in text) else text


def shown(value: Any) -> str:
    """A value as the file has it, in short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | list):
        return ("a table" if value else "an empty table") if isinstance(value, Mapping) else _shown_list(value)
    if isinstance(value, datetime.date | datetime.time):
        return f"the date or time {value}"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _shown_list(values: list[Any]) -> str:
    text = f"[{', '.join(shown(each) for each in values[:4])}{', ...' if len(values) > 4 else ''}]"
    return text if len(text) <= 60 else f"a list of {len(values):,}"


def homes_of(key: str) -> Iterator[str]:
    """Sections that have a key of this name."""
    return (name for name, section in SECTIONS.items() if key in section.all_keys())
