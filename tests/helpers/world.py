"""A folder with one good file of each kind that a verb or a command reads, made by the verbs themselves; seconds."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from tests.helpers import people, toy
from tests.helpers.asked import Experiment, run
from tests.helpers.hand_set import hand_set_model
from tests.helpers.toy_korean import CONTROLS, FRAMES, GRAMMAR, PROCESS, RESTS, design

QUESTION = ("--grammar", "toy.toml", "--process", PROCESS, "--stimuli", "stimuli.tsv")
USE = ("--task", "phonology", "--user-dir", toy.USER_DIR, *toy.QUIET)
TRAIN = toy.train_arguments("", "", epochs=1)
TRAIN = [word for n, word in enumerate(TRAIN) if n and word != "--save-dir" and TRAIN[n - 1] != "--save-dir"]
HYDRA = (
    *(f"common.user_dir={toy.USER_DIR}", "common.cpu=true", "common.log_format=json"),
    "model={_name:transformer,encoder:{layers:1,embed_dim:16},decoder:{layers:1,embed_dim:16}}",
    *("criterion=cross_entropy", "optimizer=adam", "lr_scheduler=fixed", "optimization.lr=[0.001]"),
    *("dataset.batch_size=16", "dataset.num_workers=0", "optimization.max_epoch=1", "checkpoint.save_dir=../new"),
    *("checkpoint.maximize_best_checkpoint_metric=true", "hydra.run.dir=hydra", "hydra.output_subdir=null"),
)
PREPROCESS = ("--user-dir", toy.USER_DIR, "--task", "phonology", "-s", "ur", "-t", "sr", "--workers", 1)
STUDY = """grammar = "toy.toml"
process = "obstruent-nasalization"
seeds = 1
[words]
nonce = 100
[model]
epochs = 1
[stimuli.designed]
stems = 4
"""


def world(folder: Path) -> None:
    """Fill an empty folder.

    ========================= =====================================================================================
    ``toy.toml``              a grammar; ``list.tsv`` pairs of it, ``stimuli.tsv`` a crossed design: tests of ``data``
    ``data``                  what `prepare` makes of them
    ``model.pt``              set by hand, so that it has learned the process; ``run`` a save-dir of the same data
    ``dump``                  the attention of the model; ``generate.txt`` what fairseq-generate prints, ``train.log``
                              a log of fairseq-train
    ``analysis`` ...          what `analyze`, `intervene`, `dynamics`, `score`, `compare` and `errors` write
    ``candidates.tsv``        of eight items, ``human.tsv`` what people chose
    ``study.toml``            a study
    ========================= =====================================================================================
    """
    made = Experiment.made(folder, GRAMMAR, PROCESS, design(CONTROLS["nasal"], FRAMES[:6], RESTS[:4], RESTS[:4]))
    hand_set_model(made.data, name="model.pt").rename(folder / "model.pt")
    shutil.rmtree(next(made.data.glob("run-*")))
    trained = toy.train(made.data / "bin", folder / "run", *toy.CHOOSING, epochs=2)
    (folder / "train.log").write_text(trained.stdout, encoding="utf-8")
    made.dump(folder / "model.pt")
    (folder / "model-attention").rename(folder / "dump")
    (folder / "every.tsv").rename(folder / "list.tsv")
    words = [(f"i{n}", word.ur, word.sr) for n, word in enumerate(made.items[:8])]
    rows = [
        (item, " ".join(ur), " ".join(form), of)
        for item, ur, sr in words
        for form, of in ((sr, "a"), ((*ur, "a"), "b"))
    ]
    people.table(folder / "candidates.tsv", "item ur sr variant", rows)
    people.table(folder / "human.tsv", "item variant k n", [(i, v, 7 if v == "a" else 3, 10) for i, *_, v in rows])
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    with contextlib.chdir(folder), _without_pictures():
        run("analyze", "dump", *QUESTION, "--out", "analysis")
        run("intervene", "model.pt", *QUESTION, "--data", "data/bin", "--out", "interventions", "--cpu")
        run("dynamics", "run", *QUESTION, "--data", "data/bin", "--subset", "test", "--out", "dynamics", "--cpu")
        run("score", "model.pt", "--candidates", "candidates.tsv", "--data", "data/bin", "--out", "scores", "--cpu")
        run("compare", "scores", "--human", "human.tsv", "--draws", 100, "--out", "comparison")
        run("errors", "dump", "--out", "errors")
        generated = toy.fairseq("generate", "data/bin", *USE, "--path", "model.pt")
        Path("generate.txt").write_text(generated.stdout, encoding="utf-8")


@contextlib.contextmanager
def _without_pictures() -> Iterator[None]:
    """Pictures are empty files: drawing them would take most of the time."""

    def touch(_figure: object, path: object, **_: object) -> None:
        if isinstance(path, str | os.PathLike):
            Path(path).touch()

    with patch("matplotlib.figure.Figure.savefig", touch):
        yield
