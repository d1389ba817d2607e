"""Steps about words and models: from nonce words to errors in lists."""

from __future__ import annotations

from contextlib import suppress

from ...commands.wiring.options import list_options, units_or
from ...corpus.pairs import read_words
from ...corpus.units import Units
from ...errors import InputError
from ...training.recipe import arguments, filled
from .. import layout, reads
from ..sections import TESTED_ON, parser_of
from .job import NEW, NEW_DUMP, PYTHON, Job, option, words_of
from .shared import ALL_KINDS, Shared


class WordSteps(Shared):
    """Nonce words, data, trainings, lists that are tested."""

    def nonce(self) -> Job:
        study, asked = self._study, self._study.words.nonce
        line = words_of("fairseq-phonology", "nonce", study.grammar, asked, self._include,
                        "--out", layout.NONCE, NEW)  # fmt: skip
        return self._job("nonce", line, (), [study.grammar, *asked.files])

    def prepare(self) -> Job:
        return self._prepare("prepare", layout.DATA)

    def prepare_size(self, size: str) -> Job:
        return self._prepare("prepare_size", layout.data(size), "--train-size", size, size=size)

    def _prepare(self, rule: str, dest: str, *more: str, **wildcards: str) -> Job:
        words = self._study.words
        pairs = layout.NONCE if words.nonce else words.pairs
        line = words_of("fairseq-phonology", "prepare", pairs, words.prepare, more, "--dest", dest, NEW)
        return self._job(rule, line, [layout.NONCE] if words.nonce else [], words.prepare.files, **wildcards)

    def train(self, model: str, seed: str) -> Job:
        """Through the runner, which resumes what was killed and knows how long the data are."""
        study, asked, wildcards = self._study, self._study.models[model], {"model": model, "seed": seed}
        data, save_dir = layout.data(asked.size), layout.save_dir(model, seed)
        files = list(reads.files(filter(None, [study.grammar, *self._user, *asked.files]), study.dest))
        runner = ["--stamp", *layout.outputs("train", **wildcards), "--log", layout.log("train", wildcards)]
        runner += [word for path in files for word in ("--reads", path)]
        runner += [] if asked.epochs is None else ["--epochs", str(asked.epochs)]
        given = {"no_epoch_checkpoints": study.dynamics is None, **asked.options, "seed": seed}
        given |= {"grammar": study.grammar} if study.grammar else {}
        words = arguments({**filled(given), "save_dir": save_dir, "log_format": "json"})
        line = f"{words_of('fairseq-train', f'{data}/bin')} {self._task} {words_of(*words)}"
        runner_line = f"{PYTHON}.training {words_of(*runner)} -- {line}"
        return self._job("train", runner_line, [f"{data}/bin/prepare.json"], files, **wildcards)

    def untrained(self, model: str) -> Job:
        """Of the first seed: all have the same shape."""
        asked, first = self._study.baseline, self._seeds[0]
        line = words_of("fairseq-phonology", "untrained", layout.best(model, first), asked, "--data", layout.BIN,
                        self._user_dir, "--out", *layout.outputs("untrained", model=model), NEW)  # fmt: skip
        return self._job("untrained", line, self._trained(model, first), [*asked.files, *self._user], model=model)

    def test_data(self, list: str) -> Job:
        words = self._study.lists[list]
        return self._in_dictionaries("test_data", words.list, words.prepare, list=list)

    def _list(self, list: str) -> tuple[str, str, tuple[str, ...]]:
        """Of a list: the folder of its binarized data, the table of its words, and what says that both are made."""
        if self._study.lists[list].list == TESTED_ON:
            return layout.BIN, TESTED_ON, layout.outputs("prepare")
        return layout.folder("test_data", list=list), layout.tested_words(list), layout.outputs("test_data", list=list)

    def test(self, list: str, model: str, seed: str) -> Job:
        study, words = self._study, self._study.lists[list]
        wildcards = {"list": list, "model": model, "seed": seed}
        (said,) = layout.outputs("test", **wildcards)
        saved: tuple[str, ...] = ()
        if words.heatmaps or any(word.startswith("--attention") for word in words.generate.words):
            kinds = () if words.generate.get("--attention-kinds") else ALL_KINDS
            saved = ("--save-attention", layout.tested(**wildcards), *kinds, NEW_DUMP)
        options = [*words.generate.words, *option("--grammar", study.grammar), *saved]
        data, _, made = self._list(list)
        line = self._generate(data, layout.best(model, seed), options)
        needs = [*self._trained(model, seed), *made]
        return self._job("test", f"{line} | tee {words_of(said)}", needs, [study.grammar, *self._user], **wildcards)

    def _has_srs(self, list: str) -> bool:
        """Are there SRs to compare with? One that cannot be read is so said by `prepare`."""
        words, dest = self._study.lists[list], self._study.dest
        file, prepare = words.list, words.prepare
        if file == TESTED_ON:  # words to train on have SRs; of [words] test = FILE it is the first
            prepare = self._study.words.prepare
            file = prepare.get("--test")
            if file is None:
                return True
        args = parser_of("prepare").parse_args(prepare.words)
        args.profile = args.profile and str(reads.place(args.profile, dest))
        paths = [str(reads.place(path, dest)) for path in file.split(",")]
        units = Units(units_or(args.ur_units, args), units_or(args.sr_units, args), True, **list_options(args))
        with suppress(InputError):
            return read_words(",".join(paths), units, [])[0].sr is not None
        return True

    def errors(self, list: str, model: str, seed: str) -> Job:
        study, wildcards = self._study, {"list": list, "model": model, "seed": seed}
        (said,) = layout.outputs("test", **wildcards)
        (_, table, made), train = self._list(list), f"{layout.data(study.models[model].size)}/train.tsv"
        grammar = [*option("--grammar", study.grammar), *self._include] if study.grammar else []
        line = words_of("fairseq-phonology", "errors", said, "--words", table, "--train", train, grammar,
                        "--out", layout.folder("errors", **wildcards), NEW)  # fmt: skip
        needs = [said, train, *made]
        return self._job("errors", line, needs, [study.grammar], **wildcards)

    def heatmap(self, list: str, model: str, seed: str, word: str) -> Job:
        """Of one word, which the study names by its id or by its UR."""
        wildcards = {"list": list, "model": model, "seed": seed}
        (asked,) = (one for one in self._study.lists[list].heatmaps if layout.safe(one) == word)
        (picture,) = layout.outputs("heatmap", **wildcards, word=word)
        _, table, made = self._list(list)
        line = words_of("fairseq-phonology", "heatmap", layout.tested(**wildcards), asked, "--words", table, "--all",
                        "--out", picture)  # fmt: skip
        needs = [*layout.outputs("test", **wildcards), *made]
        return self._job("heatmap", line, needs, **wildcards, word=word)
