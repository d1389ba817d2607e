"""What all steps of a study have in common."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ...attention.edges import KINDS
from ...phonology.grammar import Grammar
from .. import layout, reads
from ..sections import TRAINED_ON, Options
from ..study import Study
from .job import NEW, Job, option, words_of

ALL_KINDS = ("--attention-kinds", ",".join(KINDS))
# how a list is read; in a list of one's own, what is not said is as in the training words
READING = ("--ur-units", "--sr-units", "--profile", "--profile-column", "--strip", "--normalize-ipa", "--phrases")


class Shared:
    """One study. In the classes that follow from it, a method is a rule, and its arguments are the rule's wildcards."""

    def __init__(self, study: Study):
        self._study = study
        self._seeds = tuple(map(str, study.seeds))
        self.several = len(self._seeds) > 1

    @property
    def _over(self) -> list[tuple[str, ...]]:
        """Arguments that stand for what a report is on: the one seed, or none, for all of them."""
        return [()] if self.several else [self._seeds]

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
        line = words_of("fairseq-phonology", "prepare", words, options, "--dictionaries", layout.BIN,
                        "--dest", dest, NEW)  # fmt: skip
        return self._job(rule, line, [layout.outputs("prepare")[-1], *made], options.files, **wildcards)

    def _generate(self, data: str, checkpoint: str, options: Iterable[str]) -> str:
        path = ("--path", checkpoint, "--gen-subset", "test")
        return f"{words_of('fairseq-generate', data)} {self._task} {words_of(*path, *options)}"

    @property
    def _task(self) -> str:
        """Of fairseq's commands, for the shell."""
        own = self._study.user_dir
        return f"--user-dir {layout.OURS if own is None else words_of(own)} {words_of('--task', self._study.task)}"

    @property
    def _user_dir(self) -> list[str]:
        """Of our verbs, which know ours."""
        return option("--user-dir", self._study.user_dir)

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
        missing = [name for name in READING if options.get(name) is None and words.get(name) is not None]
        more = [word for name in missing for word in (name, words.get(name)) if word]
        return Options((*options.words, *more), options.files)

    @cached_property
    def _grammar(self) -> Grammar:
        return Grammar.load(reads.place(self._study.grammar, self._study.dest), check=False)

    def _progressive(self, process: str) -> bool:
        """Does the trigger precede the target?"""
        found = self._grammar.process(process)
        return found.trigger == "left" or (found.trigger is None and not any(rule.right for rule in found.rules))
