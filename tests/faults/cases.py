"""What is killed: a command, what may be there after a kill, and what must be there at the end."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from fairseq_phonology.attention.dump.reader import AttentionDump
from fairseq_phonology.loading import load_checkpoint
from tests.helpers import REPOSITORY, small_study, toy, toy_korean
from tests.helpers.asked import Experiment
from tests.helpers.hand_set import hand_set_model

# a shell says 143 of -15, too: before a verb has begun, Python ends by itself
ENDS = {signal.SIGKILL: (-9,), signal.SIGTERM: (143, -15), signal.SIGINT: (130,)}
# fairseq itself handles neither
OF_FAIRSEQ = {signal.SIGKILL: (-9,), signal.SIGTERM: (-15,), signal.SIGINT: (1,)}


class Inputs:
    """What the cases read, each made once.

    Args:
        folder: where.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    @cached_property
    def corpus(self) -> Path:
        return toy.make_corpus(self.folder / "corpus", {"train": 101, "valid": 37, "test": 41})

    @cached_property
    def trained(self) -> Path:
        toy.train(self.corpus, self.folder / "trained", *toy.CHOOSING, epochs=3)
        return self.folder / "trained" / "checkpoint_best.pt"

    @cached_property
    def asked(self) -> Experiment:
        (self.folder / "asked").mkdir()
        made = Experiment.made(self.folder / "asked", toy_korean.GRAMMAR, toy_korean.PROCESS, _design())
        hand_set_model(made.data)
        return made

    @cached_property
    def dump(self) -> Path:
        path = self.folder / "asked" / "dump"
        done = toy.fairseq("generate", *generation(self.asked.data / "bin", self.asked.data / "hand_set.pt", path))
        assert done.returncode == 0, done.stderr
        return path

    @cached_property
    def candidates(self) -> Path:
        """The SR of every word of the test, and its UR unchanged."""
        path, lines = self.folder / "candidates.tsv", ["item\tur\tsr\tvariant"]
        for n, ur in enumerate(self.corpus.with_name("test.ur").read_text(encoding="utf-8").splitlines()):
            forms = dict.fromkeys([toy.surface(ur), ur])
            lines += [f"w{n}\t{ur}\t{sr}\t{'oral' if sr == ur else 'nasal'}" for sr in forms]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def _design():
    """8 stems x 8 suffixes."""
    short = toy_korean.RESTS[:4]
    return toy_korean.design(toy_korean.CONTROLS["oral"], toy_korean.FRAMES[:4], short, short)


def generation(data: Path, model: Path, dump: Path) -> list[object]:
    options = ["--user-dir", toy.USER_DIR, "--task", "phonology", *toy.QUIET, "--gen-subset", "test", "--beam", 2]
    return [data, *options, "--path", model, "--batch-size", 5, "--save-attention", dump]


class Case:
    """A verb that makes a folder; others change what is different.

    Attributes:
        ends: signal -> the exit statuses that it may end with.
        again: what is added to the command where something is there already.
        in_a_row: how often it is ended before a run is left to its end.
        anew: each such series begins with nothing; else every second one with what the one before has made.
    """

    name = ""
    ends: Mapping[int, Sequence[int]] = ENDS
    again: Sequence[str] = ()
    environment: Mapping[str, str] = {}
    in_a_row = 10
    anew = False

    def __init__(self, inputs: Inputs):
        self.inputs = inputs

    def words(self, out: Path) -> list[object]:
        raise NotImplementedError

    def command(self, out: Path, again: bool) -> list[str]:
        words = [*self.words(out), *(self.again if again else ())]
        return [sys.executable, "-m", "tests.faults.command", *map(str, words)]

    def check_killed(self, out: Path, whole: Path) -> None:
        """After a kill: nothing, or all of it; what was there before may be hidden."""
        hidden = list(out.parent.glob(f".{out.name}.*.old"))
        assert not out.exists() or not hidden or len(list(out.parent.glob(f".{out.name}.*.new"))) <= 1
        for place in [out, *hidden][: 1 if out.exists() else None]:
            if place.exists():
                self.check_same(place, whole)

    def check_same(self, out: Path, whole: Path) -> None:
        """At the end: the same files as of an undisturbed run, byte for byte."""
        found, wanted = ({path.relative_to(one): path for path in one.rglob("*")} for one in (out, whole))
        assert found.keys() == wanted.keys()
        for name, path in found.items():
            assert path.is_dir() or path.read_bytes() == wanted[name].read_bytes(), name

    def check_left(self, out: Path) -> None:
        """At the end: nothing hidden is left."""
        assert list(out.parent.glob(f".{out.name}.*")) == []


class Training(Case):
    name = "fairseq-train"
    ends = OF_FAIRSEQ

    def words(self, out):
        more = ["--dropout", 0.1, "--keep-best-checkpoints", 2, "--save-interval-updates", 4, "--no-epoch-checkpoints"]
        data = self.inputs.corpus
        return ["train", *toy.train_arguments(data, out, *toy.CHOOSING, *more, "--batch-size", 25, epochs=3)]

    def check_killed(self, out, whole):
        rows, wanted = (self._rows(folder) if (folder / "history.csv").exists() else [] for folder in (out, whole))
        assert [row["updates"] for row in rows] == [row["updates"] for row in wanted[: len(rows)]]
        for path in out.glob("checkpoint.best*.pt"):
            load_checkpoint(path)

    def check_same(self, out, whole):
        assert self._rows(out, kept=True) == self._rows(whole, kept=True)
        kept = sorted(path.name for path in whole.glob("checkpoint*.pt"))
        assert sorted(path.name for path in out.glob("checkpoint*.pt")) == kept
        for name in kept:
            found, wanted = (load_checkpoint(folder / name)["model"] for folder in (out, whole))
            torch.testing.assert_close(found, wanted, rtol=0, atol=0)

    def check_left(self, out):
        assert [path for path in out.iterdir() if path.name.startswith(".") or path.name.endswith(".tmp")] == []

    @staticmethod
    def _rows(folder, kept=False):
        columns = ("epoch", "updates", "subset", "valid_loss", "exact_match", *["kept"] * kept)
        return [{name: row[name] for name in columns} for row in toy.history(folder)]


class Dump(Case):
    name = "fairseq-generate"
    ends = OF_FAIRSEQ
    again = ("--resume-attention",)

    def words(self, out):
        return ["generate", *generation(self.inputs.corpus, self.inputs.trained, out)]

    def check_killed(self, out, whole):
        if not (out / "manifest.json").exists():
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it is incomplete
            with AttentionDump(out) as found, AttentionDump(whole) as wanted:
                for record in found:
                    other = wanted.row(record.row)
                    assert (record.id, record.underlying, record.surface) == (other.id, other.underlying, other.surface)
                    for kind in record.kinds:
                        np.testing.assert_array_equal(record.weights(kind), other.weights(kind))

    def check_same(self, out, whole):
        self.check_killed(out, whole)
        with AttentionDump(out) as found, AttentionDump(whole) as wanted:
            assert found.complete and len(found) == len(wanted)
        for path in whole.glob("*.h5"):
            assert (out / path.name).read_bytes() == path.read_bytes()

    def check_left(self, out):
        assert [path.name for path in out.rglob("*") if path.suffix in (".part", ".lock", ".tmp")] == []


class Prepare(Case):
    name = "prepare"
    again = ("--overwrite",)

    def words(self, out):
        pairs = ",".join(str(self.inputs.corpus.with_name(f"train.{form}")) for form in ("ur", "sr"))
        return ["phonology", "prepare", pairs, "--split", ".8,.2", "--dest", out]


class Analyze(Case):
    name = "analyze"
    again = ("--overwrite",)

    def words(self, out):
        asked = self.inputs.asked
        words = ["phonology", "analyze", self.inputs.dump, "--grammar", asked.root / "toy.toml"]
        return [*words, "--process", asked.process, "--stimuli", asked.root / "stimuli.tsv", "--out", out]


class Intervene(Case):
    name = "intervene"
    again = ("--overwrite",)

    def words(self, out):
        asked = self.inputs.asked
        words = ["phonology", "intervene", asked.data / "hand_set.pt", "--data", asked.data / "bin", "--cpu"]
        words += ["--grammar", asked.root / "toy.toml", "--process", asked.process]
        return [*words, "--stimuli", asked.root / "stimuli.tsv", "--out", out]


class Score(Case):
    name = "score"
    again = ("--overwrite",)

    def words(self, out):
        words = ["phonology", "score", self.inputs.trained, "--data", self.inputs.corpus, "--cpu"]
        return [*words, "--candidates", self.inputs.candidates, "--out", out]


class Study(Case):
    """Four steps that take a moment, on the real engine."""

    name = "study"
    environment = {"STUB_PAUSE": "0.05", "PYTHONPATH": str(REPOSITORY)}
    made = {"models/model/1.json": "1\n", "models/model/2.json": "2\n", "index.html": "1\n2\n", "nonce.tsv": "words\n"}

    def command(self, out, again):
        folder = out.with_name(f"of-{out.name}")
        folder.mkdir(exist_ok=True)
        (folder / "pairs.tsv").write_text("ur\tsr\na k\ta k\n", encoding="utf-8")
        (folder / "s.toml").write_text('[words]\npairs = "pairs.tsv"\n', encoding="utf-8")
        words = ["study", folder / "s.toml", "--dest", out, "--jobs", "2"]
        return [sys.executable, "-m", "tests.helpers.stub_study", *map(str, words)]

    def check_killed(self, out, whole):
        """A file that a step was writing is made again by the engine, which knows what was complete."""

    def check_same(self, out, whole):
        assert {name: (out / name).read_text() for name in self.made} == self.made

    def check_left(self, out):
        assert not (out / "study.lock").exists()


class WholeStudy(Study):
    """Nonce words, a training, a test and a page, by the real commands in processes of their own."""

    name = "study-of-real-steps"
    environment: Mapping[str, str] = {}
    in_a_row = 3  # what is made stays made: a fourth time, little would be left to do
    anew = True
    text = small_study.STUDY.partition("[stimuli")[0].replace('process = "nasalization"\n', "")

    def command(self, out, again):
        (folder := out.with_name(f"of-{out.name}")).mkdir(exist_ok=True)
        words = ["study", small_study.write_study(folder, self.text), "--dest", out, "--jobs", "2"]
        return [sys.executable, "-m", "tests.faults.command", "phonology", *map(str, words)]

    def check_same(self, out, whole):
        """Every table, but for seconds and for the digest of a checkpoint, which has the name of its folder."""
        found, wanted = (
            {path.relative_to(one): path for path in one.rglob("*") if path.suffix in (".csv", ".gz", ".tsv")}
            for one in (out, whole)
        )
        assert found.keys() == wanted.keys() and len(found) >= 10, found.keys() ^ wanted.keys()
        for name, path in found.items():
            if path.read_bytes() != wanted[name].read_bytes():
                rows, others = toy.read_csv(path), toy.read_csv(wanted[name])
                differ = {key for row, other in zip(rows, others, strict=True) for key in row if row[key] != other[key]}
                assert differ <= {"wall", "training_seconds", "checkpoint_sha256"}, (name, differ)


CASES = {case.name: case for case in (Training, Dump, Prepare, Analyze, Intervene, Score, Study)}
SLOW = {case.name: case for case in (WholeStudy,)}  # minutes: only where it is asked for
