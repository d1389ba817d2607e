"""A study from its file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..commands.wiring.numbers import SEED, WORDS
from ..text import listed, read_number
from .asked import Model, Study, Words
from .model import FILES, read_training
from .questions import Questions
from .sections import SECTIONS, Options, check_options, read_section, shown, title
from .source import Source

SEEDS, MOST_SEEDS = 6, 1000


def read_study(path: str | Path, dest: str | Path | None = None) -> Study:
    """What a study file asks for.

    Args:
        path: the file.
        dest: folder of all that is made; None: beside the file, with its name without the ending.

    Raises:
        InputError: one line with the file and the line of what cannot be used.
    """
    return _Study(Source.read(path, dest)).study()


class _Study(Questions):
    """Reads one file, top to bottom."""

    def study(self) -> Study:
        """All of it."""
        self.read_top()
        words = self._words()
        candidates = self.candidates()
        stimuli = self.stimuli()
        lists = self.lists(words.prepare)
        human, conditions = self.human(candidates), self.conditions(candidates)
        asks = bool(stimuli)
        return Study(
            path=self.source.path,
            dest=self.source.dest,
            name=self.text("name", self.source.path.stem),
            grammar=self.grammar,
            processes=self.processes,
            include=self.include,
            seeds=self._seeds(),
            user_dir=self.folder("user_dir"),
            task=self.text("task", "phonology"),
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

    def _seeds(self) -> tuple[int, ...]:
        found = self.table.get("seeds", SEEDS)
        if _is_number(found, 1, MOST_SEEDS):
            return tuple(range(1, found + 1))
        if not isinstance(found, list) or not found or not all(_is_number(seed, 0, SEED.most) for seed in found):
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

    def _switched(self, section: str, default: bool, possible: bool, needs: str) -> Options | None:
        """A section that is also switched by true and false; None: not asked for."""
        asked = self.table.get(section)
        if asked is False or (asked is None and not default):
            return None
        if asked is not None and not possible:
            raise self.error(f"found {title(section)}, and the study has no {needs}", section)
        if asked is None or asked is True:
            return Options() if possible else None
        _, found = read_section(self.source, self.section(section), section)
        verb = SECTIONS[section].commands[0]
        return check_options(self.source, verb, found[verb], section)

    def _words(self) -> Words:
        table = {key.replace("-", "_"): value for key, value in self.section("words").items()}
        ways = [key for key in ("nonce", "pairs", "train") if key in table]
        if len(ways) != 1:
            raise self.error(
                f"[words] found {listed(ways) if ways else 'nothing to train on'}; allowed: one of nonce = N (words of "
                "the grammar), pairs = FILE (to be split), train = FILE with valid = FILE",
                *(("words", ways[1]) if ways else ("words",) if "words" in self.table else ()),
            )
        drawn = ways[0] == "nonce"
        route = self._of_nonce if drawn else self._of_pairs
        own, found = read_section(self.source, self.section("words"), "words", route=route)
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
            named = self.file(own, "words", "pairs")
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
        if not _is_number(n, 1, WORDS.most):
            allowed = f"a whole number, 1 to {WORDS.most:,}"
            raise self.error(f"[words] nonce: found {shown(n)}; allowed: {allowed}", "words", "nonce")
        if self.grammar is None:
            raise self.error("found nonce without grammar = FILE, which derives their SRs", "words", "nonce")
        return Options(("--n", str(n))) + options

    def _sizes(self, own: Mapping[str, Any], table: Mapping[str, Any], prepare: Options) -> tuple[int, ...]:
        """Numbers of training words, no more than there are; of lists that is found by `prepare`."""
        found = own.get("sizes", [])
        sizes = found if isinstance(found, list) else [found]
        where = ("words", "sizes")
        if not all(_is_number(size, 1, sys.maxsize) for size in sizes):
            raise self.error(f"[words] sizes: found {shown(found)}; allowed: whole numbers, 1 or more", *where)
        if twice := next((size for size in sizes if sizes.count(size) > 1), None):
            raise self.error(f"[words] sizes has {twice:,} twice; leave one out", *where)
        most = table.get("nonce")
        with suppress(ValueError, ZeroDivisionError, TypeError):
            shares = [read_number(share) for share in (prepare.get("--split") or "").split(",")]
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
            named = self.section("models")
            if plain := next((key for key in named if not isinstance(named[key], Mapping)), None):
                raise self.error(f"[models] found {plain!r}; allowed: sections [models.NAME]", "models", plain)
            if not named:
                raise self.error("[models] is empty; allowed: sections [models.NAME]", "models")
            self.check_names(named, "models")
            asked = {name: self._model("models", name) for name in named}
        for name in asked:
            if name.endswith("-untrained"):
                raise self.error(f"{title('models', name)}: the untrained models are called so", "models", name)
        return asked if not sizes else {f"{n}-{s}": replace(one, size=s) for n, one in asked.items() for s in sizes}

    def _model(self, *keys: str) -> Model:
        options = read_training(self.source, self.section(*keys), *keys)
        epochs = options.pop("epochs", None)
        return Model(options, epochs, files=tuple(options[key] for key in FILES if key in options))


def _is_number(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
