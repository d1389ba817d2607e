"""Steps about candidates, people and conditions."""

from __future__ import annotations

from collections.abc import Iterable

from .. import layout
from .job import NEW, NEW_DUMP, Job, option, words_of
from .shared import Shared


class PeopleSteps(Shared):
    """Scores, comparisons, lists with conditions."""

    def score(self, model: str) -> Job:
        best = [layout.best(model, seed) for seed in self._seeds]
        return self._score("score", model, best, [path for seed in self._seeds for path in self._trained(model, seed)])

    def score_untrained(self, model: str) -> Job:
        made = layout.outputs("untrained", model=model)
        return self._score("score_untrained", model, made, made)

    def _score(self, rule: str, model: str, checkpoints: Iterable[str], needs: Iterable[str]) -> Job:
        asked = self._study.candidates
        line = words_of("fairseq-phonology", "score", *checkpoints, "--data", layout.BIN, self._user_dir, asked,
                        "--out", layout.folder(rule, model=model), NEW)  # fmt: skip
        own = [*asked.files, *self._grammar_of(asked), *self._user]
        return self._job(rule, line, [*needs, *self._training_words(asked)], own, model=model)

    def compare(self, human: str, model: str) -> Job:
        study, asked = self._study, self._study.human[human]
        needs, untrained = [*layout.outputs("score", model=model), *self._training_words(asked)], None
        if study.baseline is not None:
            untrained = layout.folder("score_untrained", model=model)
            needs += layout.outputs("score_untrained", model=model)
        line = words_of("fairseq-phonology", "compare", layout.folder("score", model=model), asked,
                        option("--untrained", untrained),
                        "--out", layout.folder("compare", human=human, model=model), NEW)  # fmt: skip
        return self._job("compare", line, needs, asked.files, human=human, model=model)

    def condition_data(self, condition: str) -> Job:
        asked = self._study.conditions[condition]
        return self._in_dictionaries("condition_data", asked.list, asked.prepare, condition=condition)

    def condition_attention(self, condition: str, model: str, seed: str) -> Job:
        asked, wildcards = self._study.conditions[condition], {"condition": condition, "model": model, "seed": seed}
        options = [*asked.generate.words, "--save-attention", layout.folder("condition_attention", **wildcards),
                   NEW_DUMP]  # fmt: skip
        line = self._generate(layout.folder("condition_data", condition=condition), layout.best(model, seed), options)
        needs = [*self._trained(model, seed), *layout.outputs("condition_data", condition=condition)]
        return self._job("condition_attention", line, needs, self._user, **wildcards)

    def condition(self, condition: str, model: str, seed: str) -> Job:
        return self._condition("condition", [seed], condition=condition, model=model, seed=seed)

    def condition_all(self, condition: str, model: str) -> Job:
        """Over models, where what is compared is no attention."""
        return self._condition("condition_all", self._seeds, condition=condition, model=model)

    def _condition(self, rule: str, seeds: Iterable[str], **wildcards: str) -> Job:
        asked, model = self._study.conditions[wildcards["condition"]], wildcards["model"]
        one = {"condition": wildcards["condition"], "model": model}
        if asked.scores:
            what = ["--scores", layout.folder("score", model=model)]
            needs = layout.outputs("score", model=model)
        else:
            what = [layout.folder("condition_attention", **one, seed=each) for each in seeds]
            needs = [path for each in seeds for path in layout.outputs("condition_attention", **one, seed=each)]
        options = self._reading(asked.analyze) if asked.list else asked.analyze
        line = words_of("fairseq-phonology", "analyze", what, option("--stimuli", asked.list), options,
                        "--out", layout.folder(rule, **wildcards), NEW)  # fmt: skip
        own = [*asked.prepare.files, *asked.analyze.files, *self._grammar_of(asked.analyze)]
        return self._job(rule, line, needs, own, **wildcards)
