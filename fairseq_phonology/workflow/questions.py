"""Sections of a study file that ask something of the models: lists, stimuli, candidates, people, conditions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from ..corpus.tables import read_rows
from ..text import listed
from . import layout, reads
from .asked import Condition, Stimuli, TestList
from .reader import Reader
from .sections import (
    GENERATE,
    READING,
    SECTIONS,
    SEVERAL,
    TESTED_ON,
    Options,
    check_options,
    read_section,
    shown,
    title,
)


class Questions(Reader):
    """What is asked."""

    def lists(self, words: Options) -> dict[str, TestList]:
        """Those of the file; and the test part of the study's own words, which no other section tests.

        Args:
            words: how `prepare` splits them.
        """
        lists = {}
        there = words.get("--test") is not None or (words.get("--split") or "").count(",") == 2
        for name, keys in self.several("test").items() if "test" in self.table else ():
            own, found = read_section(self.source, self.section(*keys), *keys)
            if own.get("list") is True:
                self.check_test_part(there, found["prepare"], *keys)
                named = Options((TESTED_ON,))
            else:
                named = self.file(own, *keys, "list")
            maps = self.heatmaps(own, named, *keys)
            prepare = found["prepare"] + Options((), named.files)
            lists[name] = TestList(named.words[0], prepare, self.generated(found), maps)
        if there and TESTED_ON not in [one.list for one in lists.values()]:
            if taken := next((name for name in lists if name.casefold() == SEVERAL["test"]), None):
                keys = self.several("test")[taken]
                raise self.error(f"{title(*keys)} is what the test part of [words] is called; give it a name", *keys)
            lists[SEVERAL["test"]] = TestList(TESTED_ON, Options(), self.generated({GENERATE: Options()}))
        return lists

    def check_test_part(self, there: bool, prepare: Options, *keys: str) -> None:
        """Can a section test the study's own words?"""
        if not there:
            raise self.error(
                f"{title(*keys)} list = true: [words] has no test part; write split = [0.8, 0.1, 0.1] there, or "
                "test = FILE beside train",
                *(*keys, "list"),
            )
        if prepare.words:
            option = prepare.words[0].partition("=")[0]
            raise self.error(
                f"{title(*keys)} found {option} with list = true, whose words [words] reads; leave it out", *keys
            )

    def heatmaps(self, own: Mapping[str, Any], named: Options, *keys: str) -> tuple[str, ...]:
        """Words of the list whose attention is drawn; one that it does not have is refused before a model is trained.

        Segments with blanks between, samples by their number, and words of the study's own test part are found when the
        list is prepared.
        """
        words = self.names(own, *keys, "heatmaps")
        asked = [word for word in words if " " not in word and not re.fullmatch(r"row:\d+|test-\d+", word)]
        if asked and named.files:
            lists = (reads.place(file, self.source.dest) for file in named.files)
            cells = {unicodedata.normalize("NFC", cell) for path in lists for _, row in read_rows(path) for cell in row}
            if missing := next((word for word in asked if word not in cells), None):
                raise self.error(
                    f"{title(*keys)} heatmaps: {missing!r} is not in the list; allowed: an id or a UR of it",
                    *keys,
                    "heatmaps",
                )
        names = [layout.safe(word) for word in words]
        if same := [word for word, name in zip(words, names, strict=True) if names.count(name) > 1]:
            raise self.error(
                f"{title(*keys)} heatmaps: {listed(map(repr, same))} would be one picture; name one by its id",
                *keys,
                "heatmaps",
            )
        return words

    def stimuli(self) -> dict[str, Stimuli]:
        if self.table.get("stimuli") is False or ("stimuli" not in self.table and not self.processes):
            return {}
        if not self.processes:
            raise self.error("found [stimuli] without process = NAME, which they are about", "stimuli")
        if self.table.get("stimuli", True) is True:
            sections: dict[str, tuple[str, ...]] = {SEVERAL["stimuli"]: ()}
        else:
            sections = self.several("stimuli")
        stimuli = {}
        for name, keys in sections.items():
            own, found = self.one_stimuli(keys) if keys else ({}, {"stimuli": Options(), GENERATE: Options()})
            processes = self.names(own, *keys, "process") if "process" in own else self.processes
            if foreign := next((one for one in processes if one not in self.processes), None):
                known = ", ".join(self.processes)
                raise self.error(f"process {foreign!r} is none of the study's: {known}", *keys, "process")
            named = self.file(own, *keys, "list") if "list" in own else None
            made = check_options(self.source, "stimuli", found["stimuli"], *keys)
            options = found[READING] + Options((), named.files) if named else made
            for process in processes:
                folder = name if len(processes) == 1 else f"{name}-{process}"
                if folder in stimuli:
                    raise self.error(f"two stimuli would be called {folder}; name one otherwise", *keys)
                path = named.words[0] if named else None
                stimuli[folder] = Stimuli(process, path, options, self.generated(found))
        return stimuli

    def one_stimuli(self, keys: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Options]]:
        """With a list of one's own, keys say how that is read; else they are of `stimuli`."""
        table = self.section(*keys)
        of = {command: SECTIONS["stimuli"].actions(command) for command in (READING, "stimuli", GENERATE)}
        wanted, other = (READING, "stimuli") if "list" in table else ("stimuli", READING)

        def route(key: str, value: Any) -> str:
            if key in of[GENERATE] or key in of[wanted]:
                return GENERATE if key in of[GENERATE] else wanted
            whose = "stimuli that are made; list = FILE has its own" if other == "stimuli" else "list = FILE"
            raise self.error(f"{title(*keys)} found {key}, which is of {whose}", *keys, key)

        return read_section(self.source, table, *keys, route=route)

    def generated(self, found: Mapping[str, Options]) -> Options:
        beam = Options() if found[GENERATE].get("--beam") is not None else Options(("--beam", "5"))
        return beam + found[GENERATE]

    def candidates(self) -> Options | None:
        if self.table.get("candidates", False) is False:
            return None
        own, found = read_section(self.source, self.section("candidates"), "candidates")
        options = found["score"]
        if ("list" in own) == (options.get("--words") is not None):
            raise self.error("[candidates] needs list = FILE, or words = FILE (one of the two)", "candidates")
        if "list" in own:
            named = self.file(own, "candidates", "list")
            options = Options(("--candidates", *named.words), named.files) + options
        elif options.get("--nbest") is None and "process" not in own:
            if len(self.processes) != 1:
                raise self.error(
                    "[candidates] words: found nothing that makes their candidates; allowed: process = NAME of the "
                    "grammar, or nbest = N",
                    *("candidates", "words"),
                )
            own["process"] = self.processes[0]
        return check_options(self.source, "score", options + self.asking(own, "candidates"), "candidates")

    def asking(self, own: Mapping[str, Any], *keys: str) -> Options:
        """The process that a section names, with the grammar."""
        if "process" not in own:
            return Options()
        names = self.names(own, *keys, "process")
        if len(names) != 1 or names[0] not in self.processes:
            raise self.error(
                f"{title(*keys)} process: found {shown(own['process'])}; allowed: one of the study's "
                f"({', '.join(self.processes) or 'process = NAME at the top of the file'})",
                *(*keys, "process"),
            )
        included = (word for name in self.include for word in ("--with", name))
        return Options(("--grammar", self.grammar, "--process", *names, *included), (self.grammar,))

    def human(self, candidates: Options | None) -> dict[str, Options]:
        if "human" not in self.table:
            return {}
        if candidates is None:
            raise self.error(
                "found [human] without [candidates], whose probabilities people are compared with", "human"
            )
        human = {}
        for name, keys in self.several("human").items():
            _, found = read_section(self.source, self.section(*keys), *keys)
            if found["compare"].get("--human") is None:
                raise self.error(f"{title(*keys)} needs human = FILE", *keys)
            human[name] = check_options(self.source, "compare", found["compare"], *keys)
        return human

    def conditions(self, candidates: Options | None) -> dict[str, Condition]:
        conditions = {}
        for name, keys in self.several("conditions").items() if "conditions" in self.table else ():
            own, found = read_section(self.source, self.section(*keys), *keys)
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
            named = self.file(own, *keys, "list") if "list" in own or not scores else Options()
            reading = found[READING] + Options((), named.files)
            asked = analyze + found[READING] + self.asking(own, *keys)
            path = named.words[0] if named.words else None
            conditions[name] = Condition(path, reading, self.generated(found), asked, scores)
        return conditions
