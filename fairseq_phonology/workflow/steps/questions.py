"""Steps about a process: stimuli, attention, interventions, reports."""

from __future__ import annotations

from collections.abc import Iterable

from .. import layout
from ..sections import Options
from .job import NEW, NEW_DUMP, Job, option, without, words_of
from .shared import ALL_KINDS, Shared


class QuestionSteps(Shared):
    """Stimuli, what models show in them, and the reports."""

    def stimuli(self, set: str) -> Job:
        study, asked = self._study, self._study.stimuli[set]
        new = study.words.nonce and asked.options.get("--exclude") is None and asked.options.get("--from-words") is None
        line = words_of("fairseq-phonology", "stimuli", study.grammar, "--process", asked.process, asked.options,
                        option("--exclude", layout.NONCE if new else None), self._include,
                        "--out", *layout.outputs("stimuli", set=set), NEW)  # fmt: skip
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
        kinds = option("--attention-kinds", asked.get("--attention-kinds"))
        (checkpoint,) = layout.outputs("untrained", model=model)
        dump = layout.folder("baseline", set=set, model=model)
        line = self._dump(set, checkpoint, ["--score-reference", *kinds], dump)
        needs = [checkpoint, *layout.outputs("stimuli_data", set=set)]
        return self._job("baseline", line, needs, self._user, set=set, model=model)

    def _dump(self, set: str, checkpoint: str, options: Iterable[str], dump: str) -> str:
        asked = self._study.stimuli[set]
        kinds = () if asked.generate.get("--attention-kinds") or not self._progressive(asked.process) else ALL_KINDS
        options = [*options, "--save-attention", dump, *kinds, NEW_DUMP]
        return self._generate(layout.folder("stimuli_data", set=set), checkpoint, options)

    def intervene(self, set: str, model: str, seed: str) -> Job:
        wildcards = {"set": set, "model": model, "seed": seed}
        asked, out = self._study.interventions, layout.folder("intervene", **wildcards)
        line = words_of("fairseq-phonology", "intervene", layout.best(model, seed), "--data", layout.BIN,
                           self._user_dir, self._question(set), asked, "--out", out, NEW)  # fmt: skip
        return self._asks("intervene", line, self._trained(model, seed), asked, **wildcards)

    def intervene_all(self, set: str, model: str) -> Job:
        """Over the folders that `intervene` made of each seed; no model is run."""
        asked, found = self._study.interventions, {"set": set, "model": model}
        each = [layout.folder("intervene", **found, seed=seed) for seed in self._seeds]
        made = [path for seed in self._seeds for path in layout.outputs("intervene", **found, seed=seed)]
        line = words_of("fairseq-phonology", "intervene", each, self._question(set), without(asked, "--batch-size"),
                        "--out", layout.folder("intervene_all", **found), NEW)  # fmt: skip
        return self._asks("intervene_all", line, made, asked, **found)

    def dynamics(self, set: str, model: str, seed: str) -> Job:
        wildcards, asked = {"set": set, "model": model, "seed": seed}, self._study.dynamics
        data = layout.data(self._study.models[model].size)
        line = words_of("fairseq-phonology", "dynamics", layout.save_dir(model, seed), "--data", f"{data}/bin",
                        self._user_dir, self._question(set), asked,
                        "--out", layout.folder("dynamics", **wildcards), NEW)  # fmt: skip
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
        line = words_of("fairseq-phonology", "analyze", dumps, self._question(set), beside, study.analysis,
                        "--out", layout.folder(whole, **found), NEW)  # fmt: skip
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
