"""What a study file asks for."""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..phonology.grammar import Grammar
from ..text import listed
from .model import FILES, read_training
from .sections import (
    GENERATE,
    READING,
    SECTIONS,
    SEVERAL,
    Options,
    check_options,
    files_of,
    homes_of,
    read_section,
    shown,
    title,
)
from .source import Source

TOP = {
    "name": "title of the page of results (default: the name of the file)",
    "grammar": "the grammar file; without it no nonce words, no stimuli",
    "process": "the process that is studied, or a list of several",
    "with": "optional processes of the grammar that apply",
    "seeds": "how many models of each kind, from the seeds 1, 2, ...; or the seeds themselves as a list (default: 6)",
    "user_dir": "folder of a task or an architecture of your own, as for fairseq's --user-dir",
    "task": "the name of that task (default: phonology)",
}
SEEDS, MOST_SEEDS, LARGEST_SEED = 6, 1000, 2**32 - 1
_NAME = re.compile(r"[^\W_][\w.-]*")  # of a folder, on every system
_RESERVED = {"data", "stimuli.tsv"}  # stand beside the folders of models
_LONGEST = 60


@dataclass(frozen=True)
class Words:
    """What models are trained on.

    Attributes:
        pairs: a file of one's own; None: nonce words, or lists that are split already (in `prepare`).
        nonce: of the verb `nonce`, with ``--n``; None: no nonce words.
        prepare: of the verb `prepare`.
        sizes: numbers of training words; empty: all.
    """

    pairs: str | None
    nonce: Options | None
    prepare: Options
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Model:
    """What is trained.

    Attributes:
        options: of fairseq-train, with ``_``, as the file has them.
        epochs: None: as long as the data need.
        size: number of training words; None: all.
        files: those of the options that are files.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    epochs: int | None = None
    size: int | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class TestList:
    """A list whose SRs are generated; ``heatmaps``: ids or spellings of words."""

    list: str
    prepare: Options
    generate: Options
    heatmaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stimuli:
    """The words of one question.

    Attributes:
        process: that they are about.
        list: one's own; None: `stimuli` makes them.
        options: of `stimuli`; or how the own list is read, by `prepare` and the verbs that ask.
        generate: of fairseq-generate.
    """

    process: str
    list: str | None
    options: Options
    generate: Options


@dataclass(frozen=True)
class Condition:
    """Words with levels of a condition.

    Attributes:
        list: the words; None: the items of the candidates.
        prepare: how the list is read.
        generate: of fairseq-generate.
        analyze: of `analyze`, how the list is read among them; without the folder of scores.
        scores: are log-odds of the candidates compared?
    """

    list: str | None
    prepare: Options
    generate: Options
    analyze: Options
    scores: bool = False


@dataclass(frozen=True)
class Study:
    """A study, as its file says it. Files are relative to ``dest``, with forward slashes.

    Attributes:
        path: the file.
        dest: folder of all that is made, absolute.
        models: by the names of their folders; with sizes one for each size.
        stimuli: by the names of their folders; of several processes one for each process.
        baseline, interventions, dynamics, candidates: None where they are not asked for.
    """

    path: Path
    dest: Path
    name: str
    grammar: str | None
    processes: tuple[str, ...]
    include: tuple[str, ...]
    seeds: tuple[int, ...]
    user_dir: str | None
    task: str
    words: Words
    models: Mapping[str, Model]
    lists: Mapping[str, TestList]
    stimuli: Mapping[str, Stimuli]
    baseline: Options | None
    interventions: Options | None
    analysis: Options
    dynamics: Options | None
    candidates: Options | None
    human: Mapping[str, Options]
    conditions: Mapping[str, Condition]


def read_study(path: str | Path, dest: str | Path | None = None) -> Study:
    """What a study file asks for.

    Args:
        path: the file.
        dest: folder of all that is made; None: beside the file, with its name without the ending.

    Raises:
        InputError: one line with the file and the line of what cannot be used.
    """
    return _Reader(Source.read(path, dest)).study()


class _Reader:
    """Reads one file, top to bottom."""

    def __init__(self, source: Source):
        self.source, self.table = source, source.table
        allowed = [*TOP, "model", "models", *SECTIONS]
        for key in self.table:
            if key not in allowed:
                homes = [title(name) for name in homes_of(key.replace("-", "_"))]
                if homes and not isinstance(self.table[key], Mapping):
                    where = listed(homes, "or")
                    raise self.error(f"{key!r} stands above the sections; it is a key of {where}: below that line", key)
                raise source.unknown(allowed, "at the top", key)

    def error(self, message: str, *keys: str) -> Exception:
        """As of the file."""
        return self.source.error(message, *keys)

    def study(self) -> Study:
        """All of it."""
        self._grammar()
        words = self._words()
        candidates = self._candidates()
        stimuli = self._stimuli()
        lists, human, conditions = self._lists(), self._human(candidates), self._conditions(candidates)
        asks = bool(stimuli)
        return Study(
            path=self.source.path,
            dest=self.source.dest,
            name=self._text("name", self.source.path.stem),
            grammar=self.grammar,
            processes=self.processes,
            include=self.include,
            seeds=self._seeds(),
            user_dir=self._folder("user_dir"),
            task=self._text("task", "phonology"),
            words=words,
            models=self._models(words.sizes),
            lists=lists,
            stimuli=stimuli,
            baseline=self._switched("baseline", asks, asks or candidates is not None, "stimuli or [candidates]"),
            interventions=self._switched("interventions", asks, asks, "stimuli"),
            analysis=self._switched("analysis", True, asks, "stimuli") or Options(),
            dynamics=self._switched("dynamics", False, asks, "stimuli"),
            candidates=candidates,
            human=human,
            conditions=conditions,
        )

    # -- the top of the file

    def _text(self, key: str, default: str) -> str:
        found = self.table.get(key, default)
        if not isinstance(found, str) or not found.strip() or not found.isprintable():
            raise self.error(f"{key}: found {shown(found)}; allowed: a text in one line", key)
        return found

    def _folder(self, key: str) -> str | None:
        return None if key not in self.table else self.source.file(self._text(key, ""), key, folder=True)

    def _names(self, table: Mapping[str, Any], *keys: str) -> tuple[str, ...]:
        """A text or a list of texts, none twice."""
        found = table.get(keys[-1], [])
        names = [found] if isinstance(found, str) else found
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise self.error(f"{keys[-1]}: found {shown(found)}; allowed: a text, or a list of texts", *keys)
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise self.error(f"{keys[-1]} has {twice!r} twice; leave one out", *keys)
        return tuple(names)

    def _grammar(self) -> None:
        """The grammar, and what is asked about it."""
        self.grammar = None
        known: Mapping[str, bool] = {}
        if "grammar" in self.table:
            self.grammar = self.source.file(self._text("grammar", ""), "grammar")
            known = _processes_of(Path(os.path.normpath(self.source.dest / self.grammar)))
        self.processes, self.include = (self._names(self.table, key) for key in ("process", "with"))
        for key, names in (("process", self.processes), ("with", self.include)):
            if names and self.grammar is None:
                raise self.error(f"found {key} without grammar = FILE, whose process it is", key)
            for name in names:
                if name not in known:
                    raise self.error(f"the grammar has no process {name!r}; it has: {', '.join(known)}", key)
                if key == "process" and known[name] and name not in self.include:
                    raise self.error(f"the process {name!r} is optional: it applies only with = [{name!r}]", key)

    def _seeds(self) -> tuple[int, ...]:
        found = self.table.get("seeds", SEEDS)
        if _is_number(found, 1, MOST_SEEDS):
            return tuple(range(1, found + 1))
        if not isinstance(found, list) or not found or not all(_is_number(seed, 0, LARGEST_SEED) for seed in found):
            raise self.error(
                f"seeds: found {shown(found)}; allowed: how many (1 to {MOST_SEEDS:,}), or a list of seeds, as in "
                "[1, 2, 7]",
                "seeds",
            )
        if len(found) > MOST_SEEDS:
            raise self.error(f"seeds: found {len(found):,} seeds; allowed: up to {MOST_SEEDS:,}", "seeds")
        if twice := [seed for seed in found if found.count(seed) > 1]:
            raise self.error(f"seeds has {twice[0]} twice; two models of one seed are one model", "seeds")
        return tuple(found)

    # -- sections

    def _section(self, *keys: str) -> Mapping[str, Any]:
        """The table under these keys."""
        table: Any = self.table
        for key in keys:
            table = table.get(key, {})
        if not isinstance(table, Mapping):
            raise self.error(f"{keys[-1]}: found {shown(table)}; allowed: a section, {title(*keys)}", *keys)
        return table

    def _several(self, section: str) -> dict[str, tuple[str, ...]]:
        """Names of the sections [section.NAME], with their keys; one without a name has that of `SEVERAL`."""
        table = self._section(section)
        named = {name: one for name, one in table.items() if isinstance(one, Mapping)}
        if plain := next((key for key in table if key not in named), None):
            if named:
                other = title(section, next(iter(named)))
                raise self.error(
                    f"{title(section)} found {plain!r} beside {other}; give it a name, too", section, plain
                )
            return {SEVERAL[section]: (section,)}
        if section in self.table and not named:
            return {SEVERAL[section]: (section,)}
        self._check_names(named, section)
        return {name: (section, name) for name in named}

    def _check_names(self, names: Iterable[str], section: str) -> None:
        """Are these names of folders, on every system?"""
        seen: dict[str, str] = {}
        for name in names:
            if not _NAME.fullmatch(name) or len(name) > _LONGEST or name.endswith(".") or name in _RESERVED:
                kept = f", but not {listed(sorted(_RESERVED), 'or')}" if name in _RESERVED else ""
                raise self.error(
                    f"{title(section, shown(name))}: the name becomes a folder; allowed: letters, digits, - _ . (a "
                    f"letter or digit first, up to {_LONGEST} characters){kept}",
                    *(section, name),
                )
            if name.casefold() in seen:
                other = seen[name.casefold()]
                raise self.error(f"{section}: {other} and {name} would be one folder on some systems", section, name)
            seen[name.casefold()] = name

    def _file(self, own: Mapping[str, Any], *keys: str) -> Options:
        """The file under a section's own key; it must be there."""
        if keys[-1] not in own:
            raise self.error(f"{title(*keys[:-1])} needs {keys[-1]} = FILE", *keys[:-1])
        if not isinstance(own[keys[-1]], str) or not own[keys[-1]]:
            raise self.error(f"{title(*keys[:-1])} {keys[-1]}: found {shown(own[keys[-1]])}; allowed: a file", *keys)
        return files_of(self.source, own[keys[-1]], *keys)

    def _switched(self, section: str, default: bool, possible: bool, needs: str) -> Options | None:
        """A section that is also switched by true and false; None: not asked for."""
        asked = self.table.get(section)
        if asked is False or (asked is None and not default):
            return None
        if asked is not None and not possible:
            raise self.error(f"found {title(section)}, and the study has no {needs}", section)
        if asked is None or asked is True:
            return Options() if possible else None
        _, found = read_section(self.source, self._section(section), section)
        verb = SECTIONS[section].commands[0]
        return check_options(self.source, verb, found[verb], section)

    def _words(self) -> Words:
        table = {key.replace("-", "_"): value for key, value in self._section("words").items()}
        ways = [key for key in ("nonce", "pairs", "train") if key in table]
        if len(ways) != 1:
            raise self.error(
                f"[words] found {listed(ways) if ways else 'nothing to train on'}; allowed: one of nonce = N (words of "
                "the grammar), pairs = FILE (to be split), train = FILE with valid = FILE",
                *(("words", ways[1]) if ways else ("words",) if "words" in self.table else ()),
            )
        drawn = ways[0] == "nonce"
        route = self._of_nonce if drawn else self._of_pairs
        own, found = read_section(self.source, self._section("words"), "words", route=route)
        nonce, prepare = found["nonce"], found["prepare"]
        more: tuple[str, ...] = ()
        if ways[0] == "train":
            if prepare.get("--valid") is None:
                raise self.error("[words] needs valid = FILE: the best checkpoint is chosen on it", "words", "train")
        elif prepare.get("--split") is None:
            more = ("--split", ".9,.1")
        if drawn:
            nonce = self._nonce(own["nonce"], nonce)
            seed, weighed = nonce.get("--seed"), nonce.get("--variants") == "all"
            more += (*(("--seed", seed) if seed else ()), *(("--weight", "probability") if weighed else ()))
            nonce = check_options(self.source, "nonce", nonce, "words", context=(self.grammar,))
        prepare += Options(more)
        context = () if ways[0] == "train" else ("PAIRS",)
        check_options(self.source, "prepare", prepare, "words", context=context)
        pairs = None
        if ways[0] == "pairs":
            named = self._file(own, "words", "pairs")
            pairs, prepare = named.words[0], prepare + Options((), named.files)
        return Words(pairs, nonce if drawn else None, prepare, self._sizes(own, table, prepare))

    def _of_nonce(self, key: str, value: Any) -> str:
        """Where words are drawn, a key of both is of `nonce`: `prepare` reads what that wrote."""
        of = {command: SECTIONS["words"].actions(command) for command in ("nonce", "prepare")}
        if key in ("ur_units", "sr_units"):
            raise self.error(
                f"[words] {key}: nonce words are written with blanks between segments; it is of pairs = FILE (of a "
                "list of from_words: units; of one of exclude: exclude_units)",
                *("words", key),
            )
        if key in ("train", "valid", "test"):
            raise self.error(f"[words] {key}: nonce words are split (split); a list is tested in [test.NAME]", "words")
        choices = of["prepare"][key].choices if key in of["prepare"] else None
        return "nonce" if key in of["nonce"] and not (choices and value in choices) else "prepare"

    def _of_pairs(self, key: str, value: Any) -> str:
        if key in SECTIONS["words"].actions("prepare"):
            return "prepare"
        raise self.error(f"[words] found {key}, which is of nonce words; allowed only with nonce = N", "words", key)

    def _nonce(self, n: Any, options: Options) -> Options:
        if not _is_number(n, 1, 10**8):
            raise self.error(f"[words] nonce: found {shown(n)}; allowed: a whole number, 1 or more", "words", "nonce")
        if self.grammar is None:
            raise self.error("found nonce without grammar = FILE, which derives their SRs", "words", "nonce")
        return Options(("--n", str(n))) + options

    def _sizes(self, own: Mapping[str, Any], table: Mapping[str, Any], prepare: Options) -> tuple[int, ...]:
        """Numbers of training words, no more than there are; of lists that is found by `prepare`."""
        found = own.get("sizes", [])
        sizes = found if isinstance(found, list) else [found]
        where = ("words", "sizes")
        if not all(_is_number(size, 1, 10**8) for size in sizes):
            raise self.error(f"[words] sizes: found {shown(found)}; allowed: whole numbers, 1 or more", *where)
        if twice := next((size for size in sizes if sizes.count(size) > 1), None):
            raise self.error(f"[words] sizes has {twice:,} twice; leave one out", *where)
        most = table.get("nonce")
        with suppress(ValueError, ZeroDivisionError, TypeError):
            shares = [float(share) for share in (prepare.get("--split") or "").split(",")]
            most = round(most * shares[0] / sum(shares))
        if sizes and most is not None and max(sizes) > most:
            raise self.error(
                f"[words] sizes: found {max(sizes):,}; {most:,} of the nonce words are for training: raise nonce, or "
                "leave it out",
                *where,
            )
        return tuple(sizes)

    def _models(self, sizes: tuple[int, ...]) -> dict[str, Model]:
        if "model" in self.table and "models" in self.table:
            raise self.error("found [model] and [models.NAME]; allowed: one model, or several with names", "models")
        if "models" not in self.table:
            asked = {"model": self._model("model")}
        else:
            named = self._section("models")
            if plain := next((key for key in named if not isinstance(named[key], Mapping)), None):
                raise self.error(f"[models] found {plain!r}; allowed: sections [models.NAME]", "models", plain)
            if not named:
                raise self.error("[models] is empty; allowed: sections [models.NAME]", "models")
            self._check_names(named, "models")
            asked = {name: self._model("models", name) for name in named}
        for name in asked:
            if name.endswith("-untrained"):
                raise self.error(f"{title('models', name)}: the untrained models are called so", "models", name)
        return asked if not sizes else {f"{n}-{s}": replace(one, size=s) for n, one in asked.items() for s in sizes}

    def _model(self, *keys: str) -> Model:
        options = read_training(self.source, self._section(*keys), *keys)
        epochs = options.pop("epochs", None)
        return Model(options, epochs, files=tuple(options[key] for key in FILES if key in options))

    def _generated(self, found: Mapping[str, Options]) -> Options:
        beam = Options() if found[GENERATE].get("--beam") is not None else Options(("--beam", "5"))
        return beam + found[GENERATE]

    def _lists(self) -> dict[str, TestList]:
        lists = {}
        for name, keys in self._several("test").items() if "test" in self.table else ():
            own, found = read_section(self.source, self._section(*keys), *keys)
            named = self._file(own, *keys, "list")
            maps = self._names(own, *keys, "heatmaps")
            prepare = found["prepare"] + Options((), named.files)
            lists[name] = TestList(named.words[0], prepare, self._generated(found), maps)
        return lists

    def _stimuli(self) -> dict[str, Stimuli]:
        if self.table.get("stimuli") is False or ("stimuli" not in self.table and not self.processes):
            return {}
        if not self.processes:
            raise self.error("found [stimuli] without process = NAME, which they are about", "stimuli")
        if self.table.get("stimuli", True) is True:
            sections: dict[str, tuple[str, ...]] = {SEVERAL["stimuli"]: ()}
        else:
            sections = self._several("stimuli")
        stimuli = {}
        for name, keys in sections.items():
            own, found = self._one_stimuli(keys) if keys else ({}, {"stimuli": Options(), GENERATE: Options()})
            processes = self._names(own, *keys, "process") if "process" in own else self.processes
            if foreign := next((one for one in processes if one not in self.processes), None):
                known = ", ".join(self.processes)
                raise self.error(f"process {foreign!r} is none of the study's: {known}", *keys, "process")
            named = self._file(own, *keys, "list") if "list" in own else None
            made = check_options(self.source, "stimuli", found["stimuli"], *keys)
            options = found[READING] + Options((), named.files) if named else made
            for process in processes:
                folder = name if len(processes) == 1 else f"{name}-{process}"
                if folder in stimuli:
                    raise self.error(f"two stimuli would be called {folder}; name one otherwise", *keys)
                path = named.words[0] if named else None
                stimuli[folder] = Stimuli(process, path, options, self._generated(found))
        return stimuli

    def _one_stimuli(self, keys: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Options]]:
        """With a list of one's own, keys say how that is read; else they are of `stimuli`."""
        table = self._section(*keys)
        of = {command: SECTIONS["stimuli"].actions(command) for command in (READING, "stimuli", GENERATE)}
        wanted, other = (READING, "stimuli") if "list" in table else ("stimuli", READING)

        def route(key: str, value: Any) -> str:
            if key in of[GENERATE] or key in of[wanted]:
                return GENERATE if key in of[GENERATE] else wanted
            whose = "stimuli that are made; list = FILE has its own" if other == "stimuli" else "list = FILE"
            raise self.error(f"{title(*keys)} found {key}, which is of {whose}", *keys, key)

        return read_section(self.source, table, *keys, route=route)

    def _candidates(self) -> Options | None:
        if self.table.get("candidates", False) is False:
            return None
        own, found = read_section(self.source, self._section("candidates"), "candidates")
        options = found["score"]
        if ("list" in own) == (options.get("--words") is not None):
            raise self.error("[candidates] needs list = FILE, or words = FILE (one of the two)", "candidates")
        if "list" in own:
            named = self._file(own, "candidates", "list")
            options = Options(("--candidates", *named.words), named.files) + options
        elif options.get("--nbest") is None and "process" not in own:
            if len(self.processes) != 1:
                raise self.error(
                    "[candidates] words: found nothing that makes their candidates; allowed: process = NAME of the "
                    "grammar, or nbest = N",
                    *("candidates", "words"),
                )
            own["process"] = self.processes[0]
        return check_options(self.source, "score", options + self._asking(own, "candidates"), "candidates")

    def _asking(self, own: Mapping[str, Any], *keys: str) -> Options:
        """The process that a section names, with the grammar."""
        if "process" not in own:
            return Options()
        names = self._names(own, *keys, "process")
        if len(names) != 1 or names[0] not in self.processes:
            raise self.error(
                f"{title(*keys)} process: found {shown(own['process'])}; allowed: one of the study's "
                f"({', '.join(self.processes) or 'process = NAME at the top of the file'})",
                *(*keys, "process"),
            )
        included = (word for name in self.include for word in ("--with", name))
        return Options(("--grammar", self.grammar, "--process", *names, *included), (self.grammar,))

    def _human(self, candidates: Options | None) -> dict[str, Options]:
        if "human" not in self.table:
            return {}
        if candidates is None:
            raise self.error(
                "found [human] without [candidates], whose probabilities people are compared with", "human"
            )
        human = {}
        for name, keys in self._several("human").items():
            _, found = read_section(self.source, self._section(*keys), *keys)
            if found["compare"].get("--human") is None:
                raise self.error(f"{title(*keys)} needs human = FILE", *keys)
            human[name] = check_options(self.source, "compare", found["compare"], *keys)
        return human

    def _conditions(self, candidates: Options | None) -> dict[str, Condition]:
        conditions = {}
        for name, keys in self._several("conditions").items() if "conditions" in self.table else ():
            own, found = read_section(self.source, self._section(*keys), *keys)
            analyze = check_options(self.source, "analyze", found["analyze"], *keys)
            if analyze.get("--condition") is None:
                raise self.error(f"{title(*keys)} needs condition = COLUMN", *keys)
            scores = own.get("scores", False)
            if not isinstance(scores, bool):
                raise self.error(
                    f"{title(*keys)} scores: found {shown(scores)}; allowed: true or false", *keys, "scores"
                )
            if scores and candidates is None:
                raise self.error(f"{title(*keys)} found scores without [candidates], whose they are", *keys, "scores")
            named = self._file(own, *keys, "list") if "list" in own or not scores else Options()
            reading = found[READING] + Options((), named.files)
            asked = analyze + found[READING] + self._asking(own, *keys)
            path = named.words[0] if named.words else None
            conditions[name] = Condition(path, reading, self._generated(found), asked, scores)
        return conditions


def _is_number(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _processes_of(grammar: Path) -> dict[str, bool]:
    """The processes of a grammar, and whether each is optional; without its segments' features, which take a second."""
    try:
        text = unicodedata.normalize("NFC", grammar.read_text(encoding="utf-8-sig"))
        return {entry["name"]: bool(entry.get("optional")) for entry in tomllib.loads(text).get("process", [])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # it says better what is wrong
        return {process.name: process.optional for process in Grammar.load(grammar).processes}
