"""The steps of a study: of each its command line, what it needs from other steps, and what it reads of the user's.

A command holds nothing of the machine that it was written on: a study that is moved has the same ones.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..phonology.grammar import Grammar
from ..training.recipe import arguments, filled
from . import layout, reads
from .sections import TRAINED_ON, Options
from .study import Study

OURS = '"$(fairseq-phonology user-dir)"'  # for the shell; every other word is quoted
_PYTHON = "python3 -P -m fairseq_phonology.workflow"
_NEW, _NEW_DUMP = "--overwrite", "--overwrite-attention"
_ALL_KINDS = ("--attention-kinds", "cross,encoder,decoder")
# how a list is read; in a list of one's own, what is not said is as in the training words
_READING = ("--ur-units", "--sr-units", "--profile", "--profile-column", "--strip")


@dataclass(frozen=True)
class Job:
    """One step.

    Attributes:
        rule: its kind.
        wildcards: which one of that kind.
        command: for the shell, with the study's folder as working directory.
        inputs: what earlier steps made.
        reads: files of the user's, relative to the study's folder.
        dest: that folder.
    """

    rule: str
    wildcards: dict[str, str]
    command: str
    inputs: tuple[str, ...]
    reads: tuple[str, ...]
    dest: Path

    @property
    def outputs(self) -> tuple[str, ...]:
        """By which it is known to be done."""
        return layout.outputs(self.rule, **self.wildcards)

    @property
    def digests(self) -> tuple[str, ...]:
        """Of what it reads."""
        return tuple(f"{path} {reads.digest(reads.place(path, self.dest))}" for path in self.reads)

    @property
    def log(self) -> str:
        """The file with what it printed."""
        return layout.log(self.rule, self.wildcards)


def jobs(study: Study) -> list[Job]:
    """All steps of a study, in an order in which they can be done."""
    return list(Steps(study))


class Steps:
    """The commands of one study. A method a rule, its arguments the rule's wildcards."""

    def __init__(self, study: Study):
        self._study = study
        self._seeds = tuple(map(str, study.seeds))
        self.several = len(self._seeds) > 1

    def __iter__(self) -> Iterator[Job]:
        yield from self._before_index()
        yield self.index()

    def _before_index(self) -> Iterator[Job]:
        study, models, seeds = self._study, self._study.models, self._seeds
        if study.words.nonce:
            yield self.nonce()
        yield self.prepare()
        yield from (self.prepare_size(str(size)) for size in sorted({one.size for one in models.values() if one.size}))
        yield from (self.train(model, seed) for model in models for seed in seeds)
        if study.baseline is not None:
            yield from (self.untrained(model) for model in models)
        for name in study.lists:
            yield from self._about_list(name)
        for name in study.stimuli:
            yield from self._about_stimuli(name)
        if study.candidates is not None:
            yield from self._about_people()
        for name, condition in study.conditions.items():
            if not condition.scores:
                yield self.condition_data(name)
                yield from (self.condition_attention(name, model, seed) for model in models for seed in seeds)
            yield from (self.condition(name, model, *one) for model in models for one in self._over)

    def _about_list(self, name: str) -> Iterator[Job]:
        yield self.test_data(name)
        for model in self._study.models:
            for seed in self._seeds:
                yield self.test(name, model, seed)
                yield self.errors(name, model, seed)
                for word in self._study.lists[name].heatmaps:
                    yield self.heatmap(name, model, seed, layout.safe(word))

    def _about_stimuli(self, name: str) -> Iterator[Job]:
        study, models, seeds = self._study, self._study.models, self._seeds
        if study.stimuli[name].list is None:
            yield self.stimuli(name)
        yield self.stimuli_data(name)
        for model in models:
            yield from (self.attention(name, model, seed) for seed in seeds)
            if study.baseline is not None:
                yield self.baseline(name, model)
            if study.interventions is not None:
                yield from (self.intervene(name, model, seed) for seed in seeds)
                if self.several:
                    yield self.intervene_all(name, model)
            if study.dynamics is not None:
                yield from (self.dynamics(name, model, seed) for seed in seeds)
            yield from (self.analyze(name, model, *one) for one in self._over)

    def _about_people(self) -> Iterator[Job]:
        for model in self._study.models:
            yield self.score(model)
            if self._study.baseline is not None:
                yield self.score_untrained(model)
            yield from (self.compare(name, model) for name in self._study.human)

    @property
    def _over(self) -> list[tuple[str, ...]]:
        """Arguments that stand for what a report is on: the one seed, or none, for all of them."""
        return [()] if self.several else [self._seeds]

    # --- words and models

    def nonce(self) -> Job:
        study, asked = self._study, self._study.words.nonce
        line = _line("fairseq-phonology", "nonce", study.grammar, asked, self._include,
                     "--out", layout.NONCE, _NEW)  # fmt: skip
        return self._job("nonce", line, (), [study.grammar, *asked.files])

    def prepare(self) -> Job:
        return self._prepare("prepare", layout.DATA)

    def prepare_size(self, size: str) -> Job:
        return self._prepare("prepare_size", layout.data(size), "--train-size", size, size=size)

    def _prepare(self, rule: str, dest: str, *more: str, **wildcards: str) -> Job:
        words = self._study.words
        pairs = layout.NONCE if words.nonce else words.pairs
        line = _line("fairseq-phonology", "prepare", pairs, words.prepare, more, "--dest", dest, _NEW)
        return self._job(rule, line, [layout.NONCE] if words.nonce else [], words.prepare.files, **wildcards)

    def train(self, model: str, seed: str) -> Job:
        """Through the runner, which resumes what was killed and knows how long the data are."""
        study, asked, wildcards = self._study, self._study.models[model], {"model": model, "seed": seed}
        data, save_dir = layout.data(asked.size), layout.save_dir(model, seed)
        files = list(reads.files(filter(None, [study.grammar, *self._user]), study.dest))
        runner = ["--stamp", *layout.outputs("train", **wildcards), "--log", layout.log("train", wildcards)]
        runner += [word for path in files for word in ("--reads", path)]
        runner += [] if asked.epochs is None else ["--epochs", str(asked.epochs)]
        given = {"no_epoch_checkpoints": study.dynamics is None, **asked.options, "seed": seed}
        given |= {"grammar": study.grammar} if study.grammar else {}
        words = arguments({**filled(given), "save_dir": save_dir, "log_format": "json"})
        line = f"{_line('fairseq-train', f'{data}/bin')} {self._task} {_line(*words)}"
        runner_line = f"{_PYTHON}.training {_line(*runner)} -- {line}"
        return self._job("train", runner_line, [f"{data}/bin/prepare.json"], files, **wildcards)

    def untrained(self, model: str) -> Job:
        """Of the first seed: all have the same shape."""
        asked, first = self._study.baseline, self._seeds[0]
        line = _line("fairseq-phonology", "untrained", layout.best(model, first), asked, "--data", layout.BIN,
                     self._user_dir, "--out", *layout.outputs("untrained", model=model), _NEW)  # fmt: skip
        return self._job("untrained", line, self._trained(model, first), [*asked.files, *self._user], model=model)

    # --- lists of words

    def test_data(self, list: str) -> Job:
        words = self._study.lists[list]
        return self._in_dictionaries("test_data", words.list, words.prepare, list=list)

    def test(self, list: str, model: str, seed: str) -> Job:
        study, words = self._study, self._study.lists[list]
        wildcards = {"list": list, "model": model, "seed": seed}
        (said,) = layout.outputs("test", **wildcards)
        saved: tuple[str, ...] = ()
        if words.heatmaps or any(word.startswith("--attention") for word in words.generate.words):
            kinds = () if words.generate.get("--attention-kinds") else _ALL_KINDS
            saved = ("--save-attention", layout.tested(**wildcards), *kinds, _NEW_DUMP)
        options = [*words.generate.words, *_option("--grammar", study.grammar), *saved]
        line = self._generate(layout.folder("test_data", list=list), layout.best(model, seed), options)
        needs = [*self._trained(model, seed), *layout.outputs("test_data", list=list)]
        return self._job("test", f"{line} | tee {_line(said)}", needs, [study.grammar, *self._user], **wildcards)

    def errors(self, list: str, model: str, seed: str) -> Job:
        study, wildcards = self._study, {"list": list, "model": model, "seed": seed}
        (said,) = layout.outputs("test", **wildcards)
        table, train = layout.tested_words(list), f"{layout.data(study.models[model].size)}/train.tsv"
        grammar = [*_option("--grammar", study.grammar), *self._include] if study.grammar else []
        line = _line("fairseq-phonology", "errors", said, "--words", table, "--train", train, grammar,
                     "--out", layout.folder("errors", **wildcards), _NEW)  # fmt: skip
        needs = [said, train, *layout.outputs("test_data", list=list)]
        return self._job("errors", line, needs, [study.grammar], **wildcards)

    def heatmap(self, list: str, model: str, seed: str, word: str) -> Job:
        """Of one word, which the study names by its id or by its UR."""
        wildcards = {"list": list, "model": model, "seed": seed}
        (asked,) = (one for one in self._study.lists[list].heatmaps if layout.safe(one) == word)
        (picture,) = layout.outputs("heatmap", **wildcards, word=word)
        line = _line("fairseq-phonology", "heatmap", layout.tested(**wildcards), asked, "--words",
                     layout.tested_words(list), "--all", "--out", picture)  # fmt: skip
        needs = [*layout.outputs("test", **wildcards), *layout.outputs("test_data", list=list)]
        return self._job("heatmap", line, needs, **wildcards, word=word)

    # --- questions about a process

    def stimuli(self, set: str) -> Job:
        study, asked = self._study, self._study.stimuli[set]
        new = study.words.nonce and asked.options.get("--exclude") is None and asked.options.get("--from-words") is None
        line = _line("fairseq-phonology", "stimuli", study.grammar, "--process", asked.process, asked.options,
                     _option("--exclude", layout.NONCE if new else None), self._include,
                     "--out", *layout.outputs("stimuli", set=set), _NEW)  # fmt: skip
        needs = [*([layout.NONCE] if new else []), *self._training_words(asked.options)]
        return self._job("stimuli", line, needs, [study.grammar, *asked.options.files], set=set)

    def stimuli_data(self, set: str) -> Job:
        asked = self._study.stimuli[set]
        if asked.list:
            return self._in_dictionaries("stimuli_data", asked.list, self._reading(asked.options), set=set)
        words = self._study.words.prepare
        edges = ["--keep-edges"] if words.get("--keep-edges") is not None else []
        # the verb writes segments, whatever the training words are written in
        other = any(words.get(option) for option in ("--ur-units", "--sr-units", "--profile"))
        options = Options((*edges, *(("--ur-units", "space", "--sr-units", "space") if other else ())))
        made = layout.outputs("stimuli", set=set)
        return self._in_dictionaries("stimuli_data", made[0], options, made, set=set)

    def attention(self, set: str, model: str, seed: str) -> Job:
        asked, wildcards = self._study.stimuli[set], {"set": set, "model": model, "seed": seed}
        dump = layout.folder("attention", **wildcards)
        line = self._dump(set, layout.best(model, seed), asked.generate.words, dump)
        needs = [*self._trained(model, seed), *layout.outputs("stimuli_data", set=set)]
        return self._job("attention", line, needs, self._user, **wildcards)

    def baseline(self, set: str, model: str) -> Job:
        """Under forced decoding: SRs of fresh weights would be noise."""
        asked = self._study.stimuli[set].generate
        kinds = _option("--attention-kinds", asked.get("--attention-kinds"))
        (checkpoint,) = layout.outputs("untrained", model=model)
        dump = layout.folder("baseline", set=set, model=model)
        line = self._dump(set, checkpoint, ["--score-reference", *kinds], dump)
        needs = [checkpoint, *layout.outputs("stimuli_data", set=set)]
        return self._job("baseline", line, needs, self._user, set=set, model=model)

    def _dump(self, set: str, checkpoint: str, options: Iterable[str], dump: str) -> str:
        asked = self._study.stimuli[set]
        kinds = () if asked.generate.get("--attention-kinds") or not self._progressive(asked.process) else _ALL_KINDS
        options = [*options, "--save-attention", dump, *kinds, _NEW_DUMP]
        return self._generate(layout.folder("stimuli_data", set=set), checkpoint, options)

    def intervene(self, set: str, model: str, seed: str) -> Job:
        wildcards = {"set": set, "model": model, "seed": seed}
        asked = self._study.interventions
        line = _line("fairseq-phonology", "intervene", layout.best(model, seed), "--data", layout.BIN, self._user_dir,
                     self._question(set), asked, "--out", layout.folder("intervene", **wildcards), _NEW)  # fmt: skip
        return self._asks("intervene", line, self._trained(model, seed), asked, **wildcards)

    def intervene_all(self, set: str, model: str) -> Job:
        """Over the folders that `intervene` made of each seed; no model is run."""
        asked, found = self._study.interventions, {"set": set, "model": model}
        each = [layout.folder("intervene", **found, seed=seed) for seed in self._seeds]
        made = [path for seed in self._seeds for path in layout.outputs("intervene", **found, seed=seed)]
        line = _line("fairseq-phonology", "intervene", each, self._question(set), _without(asked, "--batch-size"),
                     "--out", layout.folder("intervene_all", **found), _NEW)  # fmt: skip
        return self._asks("intervene_all", line, made, asked, **found)

    def dynamics(self, set: str, model: str, seed: str) -> Job:
        wildcards, asked = {"set": set, "model": model, "seed": seed}, self._study.dynamics
        data = layout.data(self._study.models[model].size)
        line = _line("fairseq-phonology", "dynamics", layout.save_dir(model, seed), "--data", f"{data}/bin",
                     self._user_dir, self._question(set), asked,
                     "--out", layout.folder("dynamics", **wildcards), _NEW)  # fmt: skip
        return self._asks("dynamics", line, self._trained(model, seed), asked, **wildcards)

    def analyze(self, set: str, model: str, seed: str = "") -> Job:
        """Of the one seed of a study, or of all together."""
        study, seeds = self._study, [seed] if seed else self._seeds
        found = {"set": set, "model": model} | ({"seed": seed} if seed else {})
        one = {"set": set, "model": model}
        dumps = [layout.folder("attention", **one, seed=each) for each in seeds]
        needs = [path for each in seeds for path in layout.outputs("attention", **one, seed=each)]
        beside: list[str] = []
        if study.baseline is not None:
            beside += ["--baseline", *[layout.folder("baseline", **one)] * len(seeds)]
            needs += layout.outputs("baseline", **one)
        if study.interventions is not None:
            rule = "intervene" if seed else "intervene_all"
            beside += ["--interventions", layout.folder(rule, **found)]
            needs += layout.outputs(rule, **found)
        if study.dynamics is not None:
            beside += ["--dynamics", *(layout.folder("dynamics", **one, seed=each) for each in seeds)]
            needs += [path for each in seeds for path in layout.outputs("dynamics", **one, seed=each)]
        whole = "analyze" if seed else "analyze_all"
        line = _line("fairseq-phonology", "analyze", dumps, self._question(set), beside, study.analysis,
                     "--out", layout.folder(whole, **found), _NEW)  # fmt: skip
        return self._asks("analyze", line, needs, study.analysis, **found)

    def _question(self, set: str) -> list[str]:
        study, asked = self._study, self._study.stimuli[set]
        words = ["--grammar", study.grammar, "--process", asked.process, "--stimuli", self._list_of(set)]
        return [*words, *(self._reading(asked.options).words if asked.list else ()), *self._include]

    def _list_of(self, set: str) -> str:
        return self._study.stimuli[set].list or layout.outputs("stimuli", set=set)[0]

    def _asks(self, rule: str, line: str, needs: Iterable[str], options: Options, **wildcards: str) -> Job:
        """A step that reads grammar and stimuli."""
        study, asked = self._study, self._study.stimuli[wildcards["set"]]
        made = () if asked.list else layout.outputs("stimuli", set=wildcards["set"])
        own = [study.grammar, *(asked.options.files if asked.list else ()), *options.files]
        return self._job(rule, line, [*needs, *made], [*own, *self._user], **wildcards)

    # --- people

    def score(self, model: str) -> Job:
        best = [layout.best(model, seed) for seed in self._seeds]
        return self._score("score", model, best, [path for seed in self._seeds for path in self._trained(model, seed)])

    def score_untrained(self, model: str) -> Job:
        made = layout.outputs("untrained", model=model)
        return self._score("score_untrained", model, made, made)

    def _score(self, rule: str, model: str, checkpoints: Iterable[str], needs: Iterable[str]) -> Job:
        asked = self._study.candidates
        line = _line("fairseq-phonology", "score", *checkpoints, "--data", layout.BIN, self._user_dir, asked,
                     "--out", layout.folder(rule, model=model), _NEW)  # fmt: skip
        own = [*asked.files, *self._grammar_of(asked), *self._user]
        return self._job(rule, line, [*needs, *self._training_words(asked)], own, model=model)

    def compare(self, human: str, model: str) -> Job:
        study, asked = self._study, self._study.human[human]
        needs, untrained = [*layout.outputs("score", model=model), *self._training_words(asked)], None
        if study.baseline is not None:
            untrained = layout.folder("score_untrained", model=model)
            needs += layout.outputs("score_untrained", model=model)
        line = _line("fairseq-phonology", "compare", layout.folder("score", model=model), asked,
                     _option("--untrained", untrained),
                     "--out", layout.folder("compare", human=human, model=model), _NEW)  # fmt: skip
        return self._job("compare", line, needs, asked.files, human=human, model=model)

    # --- conditions

    def condition_data(self, condition: str) -> Job:
        asked = self._study.conditions[condition]
        return self._in_dictionaries("condition_data", asked.list, asked.prepare, condition=condition)

    def condition_attention(self, condition: str, model: str, seed: str) -> Job:
        asked, wildcards = self._study.conditions[condition], {"condition": condition, "model": model, "seed": seed}
        options = [*asked.generate.words, "--save-attention", layout.folder("condition_attention", **wildcards),
                   _NEW_DUMP]  # fmt: skip
        line = self._generate(layout.folder("condition_data", condition=condition), layout.best(model, seed), options)
        needs = [*self._trained(model, seed), *layout.outputs("condition_data", condition=condition)]
        return self._job("condition_attention", line, needs, self._user, **wildcards)

    def condition(self, condition: str, model: str, seed: str = "") -> Job:
        asked = self._study.conditions[condition]
        one, seeds = {"condition": condition, "model": model}, [seed] if seed else self._seeds
        found = one | ({"seed": seed} if seed else {})
        if asked.scores:
            what = ["--scores", layout.folder("score", model=model)]
            needs = layout.outputs("score", model=model)
        else:
            what = [layout.folder("condition_attention", **one, seed=each) for each in seeds]
            needs = [path for each in seeds for path in layout.outputs("condition_attention", **one, seed=each)]
        options = self._reading(asked.analyze) if asked.list else asked.analyze
        line = _line("fairseq-phonology", "analyze", what, _option("--stimuli", asked.list), options,
                     "--out", layout.folder("condition" if seed else "condition_all", **found), _NEW)  # fmt: skip
        own = [*asked.prepare.files, *asked.analyze.files, *self._grammar_of(asked.analyze)]
        return self._job("condition", line, needs, own, **found)

    # --- all

    def index(self) -> Job:
        """Of what all other steps found."""
        needs = [path for job in self._before_index() for path in job.outputs]
        path = Path(os.path.relpath(self._study.path, self._study.dest)).as_posix()
        return self._job("index", f"{_PYTHON}.results.index {_line(path)} --dest .", needs, [path])

    # --- what they share

    def _job(
        self, rule: str, command: str, needs: Iterable[str], own: Iterable[str | None] = (), **wildcards: str
    ) -> Job:
        files = reads.files(filter(None, own), self._study.dest)
        return Job(rule, wildcards, command, tuple(dict.fromkeys(needs)), tuple(files), self._study.dest)

    def _in_dictionaries(
        self, rule: str, words: str, options: Options, made: tuple[str, ...] = (), /, **wildcards: str
    ) -> Job:
        """Words for the models, with the dictionaries that all of them have."""
        dest = layout.folder(rule, **wildcards).removesuffix("/bin")
        line = _line("fairseq-phonology", "prepare", words, options, "--dictionaries", layout.BIN,
                     "--dest", dest, _NEW)  # fmt: skip
        return self._job(rule, line, [layout.outputs("prepare")[-1], *made], options.files, **wildcards)

    def _generate(self, data: str, checkpoint: str, options: Iterable[str]) -> str:
        path = ("--path", checkpoint, "--gen-subset", "test")
        return f"{_line('fairseq-generate', data)} {self._task} {_line(*path, *options)}"

    @property
    def _task(self) -> str:
        """Of fairseq's commands, for the shell."""
        own = self._study.user_dir
        return f"--user-dir {OURS if own is None else _line(own)} {_line('--task', self._study.task)}"

    @property
    def _user_dir(self) -> list[str]:
        """Of our verbs, which know ours."""
        return _option("--user-dir", self._study.user_dir)

    @property
    def _user(self) -> list[str]:
        """What is read where a model is."""
        return [self._study.user_dir] if self._study.user_dir else []

    @property
    def _include(self) -> list[str]:
        return [word for name in self._study.include for word in ("--with", name)]

    def _trained(self, model: str, seed: str) -> tuple[str, ...]:
        return layout.outputs("train", model=model, seed=seed)

    def _training_words(self, options: Options) -> tuple[str, ...]:
        """Are the study's own training words among what these options read?"""
        return layout.outputs("prepare") if TRAINED_ON in options.words else ()

    def _grammar_of(self, options: Options) -> list[str]:
        """Do these options ask about a process?"""
        return [] if options.get("--process") is None or self._study.grammar is None else [self._study.grammar]

    def _reading(self, options: Options) -> Options:
        """How a list of one's own is read: what is not said is as in the training words."""
        words = self._study.words.prepare
        missing = [option for option in _READING if options.get(option) is None and words.get(option)]
        more = [word for option in missing for word in (option, words.get(option))]
        return Options((*options.words, *more), options.files)

    @cached_property
    def _grammar(self) -> Grammar:
        return Grammar.load(reads.place(self._study.grammar, self._study.dest), check=False)

    def _progressive(self, process: str) -> bool:
        """Does the trigger precede the target?"""
        found = self._grammar.process(process)
        return found.trigger == "left" or (found.trigger is None and not any(rule.right for rule in found.rules))


def _line(*words: str | Options | Iterable[str] | None) -> str:
    """Words of a command line, for the shell; None is left out."""
    found: list[str] = []
    for word in words:
        if isinstance(word, str):
            found.append(word)
        elif word is not None:
            found += word.words if isinstance(word, Options) else word
    return shlex.join(found)


def _option(name: str, value: str | None) -> list[str]:
    return [] if value is None else [name, value]


def _without(options: Options, name: str) -> list[str]:
    """The words without one option and its value."""
    words = list(options.words)
    if name in words:
        del words[words.index(name) : words.index(name) + 2]
    return words
