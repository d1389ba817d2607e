"""All steps of a study, in an order in which they can be done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ...errors import InputError
from ...text import listed
from .. import layout
from ..sections import TESTED_ON
from ..study import Study
from .job import PYTHON, Job, words_of
from .people import PeopleSteps
from .questions import QuestionSteps
from .words import WordSteps


def jobs(study: Study) -> list[Job]:
    """All steps of a study, in an order in which they can be done.

    Raises:
        InputError: two of them would have one log.
    """
    found, logs = list(Steps(study)), dict[str, Job]()
    for job in found:
        other = logs.setdefault(job.log, job)
        if other is not job:
            two = listed(" with ".join(one.wildcards.values()) for one in (other, job))
            raise InputError(f"{two} would both be called {Path(job.log).stem}; give one another name", study.path)
    return found


class Steps(WordSteps, QuestionSteps, PeopleSteps):
    """The commands of one study. A method is a rule, and its arguments are the rule's wildcards."""

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
            if condition.over_models and self.several:
                yield from (self.condition_all(name, model) for model in models)
            else:
                yield from (self.condition(name, model, seed) for model in models for seed in seeds)

    def _about_list(self, name: str) -> Iterator[Job]:
        if self._study.lists[name].list != TESTED_ON:
            yield self.test_data(name)
        compared = self._has_srs(name)
        for model in self._study.models:
            for seed in self._seeds:
                yield self.test(name, model, seed)
                if compared:
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

    def index(self) -> Job:
        """Of what all other steps found."""
        needs = [path for job in self._before_index() for path in job.outputs]
        path = Path(os.path.relpath(self._study.path, self._study.dest)).as_posix()
        return self._job("index", f"{PYTHON}.results.index {words_of(path)} --dest .", needs, [path])
