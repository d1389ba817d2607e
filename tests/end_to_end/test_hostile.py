"""A stranger's checkpoint: whatever its configuration names, nothing is written, deleted or run."""

from __future__ import annotations

import copy
import shutil
import sys
from argparse import Namespace
from pathlib import Path

import pytest
import torch
from fairseq import checkpoint_utils
from fairseq.criterions.sentence_ranking import SentenceRankingCriterion

from fairseq_phonology import InputError
from fairseq_phonology.loading import load_checkpoint
from fairseq_phonology.training.checkpoints.loaded import load_model
from tests.helpers import toy

CODE = "__import__('pathlib').Path({trace!r}).touch()"


@pytest.fixture(scope="module")
def state(trained):
    return load_checkpoint(trained.save_dir / "checkpoint_best.pt")


@pytest.fixture
def victim(trained, tmp_path):
    """A folder of the user's, that must stay as it is: even the last checkpoint, which training would mend."""
    folder = tmp_path / "victim"
    folder.mkdir()
    for name in ("manifest.json", "part.00000.h5", "checkpoint_last.pt", "generate-valid.txt", "history.csv"):
        (folder / name).write_text("the user's", encoding="utf-8")
    (folder / "__init__.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    shutil.copy(trained.save_dir / "checkpoint_best.pt", folder)
    return folder


def _written(state, folder: Path, **options) -> Path:
    """The checkpoint, with options of its configuration changed: ``part__name=value``."""
    cfg = copy.deepcopy(state["cfg"])
    for key, value in options.items():
        part, _, name = key.partition("__")
        (vars(cfg[part]) if isinstance(cfg[part], Namespace) else cfg[part])[name] = value
    torch.save({**state, "cfg": cfg}, folder / "stranger.pt")
    return folder / "stranger.pt"


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _validate(checkpoint: Path, **overrides) -> None:
    """What fairseq-validate does, one batch; then the beginning of a training."""
    (model,), cfg, task = checkpoint_utils.load_model_ensemble_and_task(
        [str(checkpoint)], {"eval_beam": 2, **overrides}
    )
    task.load_dataset("valid")
    batches = task.get_batch_iterator(task.dataset("valid"), max_sentences=20).next_epoch_itr(shuffle=False)
    sample, criterion = next(batches), task.build_criterion(cfg.criterion)
    task.begin_valid_epoch(1, model)
    *_, log = task.valid_step(sample, model, criterion)
    task.reduce_metrics([log], criterion)
    task.build_model(cfg.model)


@pytest.mark.parametrize(
    "named",
    [
        {"task__path": "p.pt", "task__overwrite_attention": True, "task__attention_norms": True},
        {"task__save_predictions": True, "task__save_dir": "", "checkpoint__save_dir": ""},
        {"task__callbacks": "no-such", "task__save_dir": ""},
        {"task__restore_file": "checkpoint_last.pt", "task__save_dir": ""},
        {"checkpoint__restore_file": "", "checkpoint__finetune_from_model": ""},
        {"task__grammar": "no-such.toml"},
        {"task__path": "p.pt", "common_eval__results_path": "", "task__results_path": "", "task__grammar": None},
        {"common__user_dir": ""},
        {"common__tensorboard_logdir": "", "common__log_file": "", "common__wandb_project": "", "common__aim_repo": ""},
        {"common__plasma_path": "", "distributed_training__slowmo_base_algorithm": ""},
        {"task__tensorboard_logdir": "", "task__post_save_script": ""},
    ],
    ids=lambda named: " ".join(name.partition("__")[2] for name in named),
)
def test_what_it_names_is_left_alone(state, victim, grammar_file, tmp_path, named):
    folder = f"{victim}/"
    named = {name: str(grammar_file) if value is None else value or folder for name, value in named.items()}
    before = _files(victim)
    _validate(_written(state, tmp_path, **named))
    assert _files(victim) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stranger.pt", "victim"]


@pytest.mark.parametrize("how", ["fairseq", "ours", "from_pretrained"])
def test_a_dump_that_it_asks_for_is_refused(state, trained, victim, tmp_path, how):
    options = {"task__save_attention": str(victim), "task__overwrite_attention": True, "task__path": "model.pt"}
    path, before = _written(state, tmp_path, **options), _files(victim)
    with pytest.raises(InputError, match="where no training puts it: do not trust that checkpoint"):
        if how == "fairseq":
            _validate(path, path=str(path))
        elif how == "ours":
            load_model(path, cpu=True)
        else:
            from fairseq.models.transformer import TransformerModel

            TransformerModel.from_pretrained(str(tmp_path), path.name, str(trained.data), user_dir=str(toy.USER_DIR))
    assert _files(victim) == before


def test_fairseq_validate_empties_no_folder(state, trained, victim, tmp_path):
    asked = {"save_attention": str(victim), "overwrite_attention": True, "eval_beam": 2, "path": "model.pt"}
    path, before = (
        _written(state, tmp_path, **{f"task__{name}": value for name, value in asked.items()}),
        _files(victim),
    )
    command = [trained.data, "--user-dir", toy.USER_DIR, "--task", "phonology", *toy.QUIET, "--path", path]
    toy.refused(toy.fairseq("validate", *command, "--batch-size", "50"), f"--save-attention {victim} works only on the")
    assert _files(victim) == before


def test_training_goes_on_from_it_by_its_own_options(state, trained, victim, tmp_path):
    asked = {"save_attention": str(victim), "overwrite_attention": True, "save_dir": str(victim), "callbacks": "none"}
    options = {f"task__{name}": value for name, value in asked.items()} | {"checkpoint__save_dir": str(victim)}
    path, before = _written(state, tmp_path, **options, common__user_dir=str(victim)), _files(victim)
    fresh = ["--reset-optimizer", "--reset-dataloader", "--reset-meters", "--max-update", 1]
    toy.train(trained.data, tmp_path / "run", "--restore-file", path, *fresh)
    assert _files(victim) == before and (tmp_path / "run" / "checkpoint_last.pt").is_file()


def test_a_criterion_of_fairseqs_writes_no_predictions(state, victim, tmp_path):
    options = {"criterion___name": "sentence_ranking", "criterion__save_predictions": str(victim / "history.csv")}
    loaded = checkpoint_utils.load_checkpoint_to_cpu(str(_written(state, tmp_path, **options)))
    SentenceRankingCriterion(None, "head", loaded["cfg"].criterion.save_predictions, 2)
    assert _files(victim)["history.csv"] == b"the user's"


@pytest.mark.parametrize("name", ["fairseq-generate", ""])
@pytest.mark.parametrize("option", ["adaptive_softmax_cutoff", "fconv"])
def test_text_that_fairseq_would_evaluate_is_not_run(state, tmp_path, monkeypatch, capsys, option, name):
    code = CODE.format(trace=str(tmp_path / "trace"))
    options = {"model__adaptive_softmax_cutoff": code}
    if option == "fconv":
        options = {"model___name": "fconv", "model__arch": "fconv", "model__encoder_layers": code}
    path = _written(state, tmp_path, **options)
    if name:
        monkeypatch.setattr(sys, "argv", [name])
        with pytest.raises(SystemExit, match="2"):
            checkpoint_utils.load_model_ensemble([str(path)])
        (name,) = set(options) - {"model___name", "model__arch"}
        said = f'fairseq_phonology: error: {path}: its option {name.partition("__")[2]} is "__import__'
        assert said in capsys.readouterr().err
    else:
        with pytest.raises(InputError, match="nothing in it was run"):
            load_model(path, cpu=True)
    assert not (tmp_path / "trace").exists()
