"""What a training starts from: a file, or nothing where the run itself begins; never silently nothing else."""

from __future__ import annotations

import os
from argparse import Namespace

import pytest

pytest.importorskip("fairseq")

from fairseq_phonology import InputError
from fairseq_phonology.training import run
from fairseq_phonology.training.run import TrainingRun, _check_start

STATE = {"best": {"metric": "exact_match", "maximize": True, "entries": []}, "wall": 1.5}


@pytest.fixture
def folder(tmp_path):
    """A save-dir that holds no last checkpoint, a checkpoint elsewhere, a folder, links to nothing."""
    (tmp_path / "run").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "model.pt").touch()
    (tmp_path / "other" / "model-1.pt").touch()
    (tmp_path / "loop.pt").symlink_to("loop.pt")
    return tmp_path


def _start(folder, restore_file="checkpoint_last.pt", finetune=None, suffix=""):
    finetune = finetune and str(folder / finetune)
    options = {"save_dir": str(folder / "run"), "checkpoint_suffix": suffix, "finetune_from_model": finetune}
    path = restore_file if restore_file == "checkpoint_last.pt" else str(folder / restore_file)
    _check_start(Namespace(restore_file=path, **options))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"restore_file": "run/checkpoint_last.pt"},
        {"restore_file": "other/../run/checkpoint_last.pt"},
        {"restore_file": "other/model.pt"},
        {"restore_file": "other/model.pt", "suffix": "-1"},
        {"finetune": "other/model.pt"},
    ],
    ids=str,
)
def test_it_starts(folder, options):
    assert _start(folder, **options) is None


@pytest.mark.parametrize(
    "options, said",
    [
        ({"restore_file": "none.pt"}, "none.pt: no such checkpoint"),
        ({"restore_file": "other/model.pt", "suffix": "-2"}, "model-2.pt: no such checkpoint"),
        ({"restore_file": "other"}, "other: is a folder; name a checkpoint .* such as .*other/model-1.pt"),
        ({"restore_file": "loop.pt"}, "loop.pt: is a symbolic link to no file"),
        ({"finetune": "other"}, "other: is a folder"),
        ({"finetune": "none.pt"}, "none.pt: no such checkpoint"),
    ],
    ids=str,
)
def test_it_does_not_start(folder, options, said):
    with pytest.raises(InputError, match=said):
        _start(folder, **options)


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_a_last_checkpoint_that_is_no_file(folder, kind):
    last = folder / "run" / "checkpoint_last.pt"
    last.mkdir() if kind == "folder" else last.symlink_to("nothing.pt")
    with pytest.raises(InputError, match="is a folder" if kind == "folder" else "is a symbolic link to no file"):
        _start(folder)


@pytest.mark.parametrize("name", ["checkpoint_best.pt", "checkpoint_1_20.pt", "checkpoint3.pt.tmp"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_checkpoints_that_are_links_are_not_written_into(folder, monkeypatch, name, link):
    """fairseq writes into them: it copies one checkpoint onto another, and opens what has the temporary name."""
    link(folder / "other" / "model.pt", folder / "run" / name)
    monkeypatch.setattr(run, "check_training", lambda cfg: None)
    options = {"best_checkpoint_metric": "exact_match", "maximize_best_checkpoint_metric": True}
    options |= {"keep_best_checkpoints": 1, "checkpoint_suffix": "", "finetune_from_model": None}
    cfg = Namespace(save_dir=str(folder / "run"), restore_file="checkpoint_last.pt", **options)
    with pytest.raises(InputError, match=rf"{name}: (is a symbolic link|has another name)"):
        TrainingRun(cfg, list)


def test_a_finished_run_needs_no_model_to_finetune(folder):
    (folder / "run" / "checkpoint_last.pt").touch()
    assert _start(folder, finetune="none.pt") is None


@pytest.mark.parametrize(
    "state",
    [[], None, {"best": 1}, {**STATE, "wall": "1"}, {"best": {**STATE["best"], "entries": [{"updates": "../../x"}]}}],
    ids=str,
)
def test_a_state_of_something_else_is_refused(state):
    run = object.__new__(TrainingRun)
    with pytest.raises(InputError, match=r"its record of the best checkpoints cannot be read .* with --restore-file"):
        run.load_state(state)
    run.load_state(STATE)
    assert run._state == STATE
