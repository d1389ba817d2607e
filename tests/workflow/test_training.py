"""The runner of one training: what it begins anew, goes on with, and leaves alone, with a stub for fairseq-train."""

import fcntl
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.workflow import training
from fairseq_phonology.workflow.training import Training
from tests.helpers import REPOSITORY

HISTORY = "epoch,updates,subset,train_loss,valid_loss,exact_match,per,lr,wall,kept\n3,27,valid,1,1,50,,0.1,12.5,1\n"
COMMAND = ["fairseq-train", "data/bin", "--user-dir", str(Path(training.__file__).resolve().parents[1]), "--arch",
           "tiny", "--lr-scheduler", "polynomial_decay", "--save-dir", "models/m/1"]  # fmt: skip


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """The commands that were run; each leaves a checkpoint, unless it is killed before."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "bin").mkdir(parents=True)
    words(["a b", "a b c", "a"] * 100)
    (tmp_path / "toy.toml").write_text("a = 1\n", encoding="utf-8")
    commands = []

    def train(command):
        save_dir = tmp_path / "models" / "m" / "1"
        commands.append((command, (save_dir / "checkpoint_last.pt").exists()))
        (save_dir / "checkpoint_last.pt").write_bytes(b"last")
        if "killed" in commands:
            commands.remove("killed")
            raise KeyboardInterrupt
        (save_dir / "checkpoint_best.pt").write_bytes(b"best")
        (save_dir / "history.csv").write_text(HISTORY, encoding="utf-8")

    monkeypatch.setattr(training, "_trainer", lambda: train)
    monkeypatch.setattr(training, "_gpu", lambda: "")
    return commands


def words(urs, split="train"):
    for form in ("ur", "sr"):
        Path("data", f"{split}.{form}").write_text("".join(f"{ur}\n" for ur in urs), encoding="utf-8")


def finish(*more, epochs=3):
    """Train, and return the stamp and the log."""
    with training._alone(Path("models/m/1")), open("log", "a+", encoding="utf-8") as log:
        stamp = Training([*COMMAND, *more], epochs, ["toy.toml"]).finish(log)
        return stamp, Path("log").read_text(encoding="utf-8")


def test_a_finished_training_is_left_alone(ran):
    stamp, _ = finish()
    assert finish()[0] == stamp
    assert len(ran) == 1
    assert stamp["checkpoint"] == "models/m/1/checkpoint_best.pt"
    assert (stamp["seconds"], stamp["epochs"], stamp["updates"], stamp["words"]) == (12, 3, 27, 300)
    assert stamp["command"].startswith('fairseq-train data/bin --user-dir "$(fairseq-phonology user-dir)" --arch tiny')
    assert set(stamp["versions"]) >= {"python", "torch"}


def test_a_killed_training_goes_on(ran):
    ran.append("killed")
    with pytest.raises(KeyboardInterrupt):
        finish()
    finish()
    assert [resumed for _, resumed in ran] == [False, True]
    assert ran[0][0] == ran[1][0]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        pytest.param(lambda: finish(epochs=4), "epochs", id="epochs"),
        pytest.param(lambda: finish("--lr", "1"), "command", id="an option"),
        pytest.param(lambda: words(["b"] * 9) or finish(), "data", id="the words"),
        pytest.param(lambda: Path("toy.toml").write_text("a = 2") and finish(), "reads", id="the grammar"),
    ],
)
def test_another_recipe_begins_anew(ran, change, key, capsys):
    finish()
    capsys.readouterr()
    change()
    assert [resumed for _, resumed in ran] == [False, False]
    assert f"models/m/1 is of another training ({key} changed): it is removed" in capsys.readouterr().out


def test_a_comment_in_the_grammar_trains_nothing(ran):
    finish()
    Path("toy.toml").write_text("# mine\na = 1\n", encoding="utf-8")
    finish()
    assert len(ran) == 1


def test_a_best_checkpoint_that_is_gone_or_another_is_trained_for(ran):
    finish()
    Path("models/m/1/checkpoint_best.pt").write_bytes(b"other")
    finish()
    assert len(ran) == 2


def test_the_log_of_another_training_goes_with_it(ran):
    Path("log").write_text("what an earlier one printed\n", encoding="utf-8")
    assert "earlier" not in finish()[1]


def options(command):
    return dict(zip(command[2::2], command[3::2], strict=True))


def test_how_long_is_found_from_the_data(ran):
    finish()
    found = options(ran[0][0])
    assert found["--max-epoch"] == "3"
    assert found["--max-tokens"] == "256"
    # 300 words of 2 to 4 symbols, EOS included: 100 x 2, 100 x 3, 100 x 4, each word with the room of the longest
    assert found["--total-num-update"] == "12"
    assert found["--warmup-updates"] == "2"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        pytest.param(["--batch-size", "50"], {"--total-num-update": "18", "--max-tokens": None}, id="words in a batch"),
        pytest.param(["--batch-size", "50", "--update-freq", "[4]"], {"--total-num-update": "6"}, id="several batches"),
        pytest.param(["--total-num-update", "99"], {"--total-num-update": "99", "--warmup-updates": "19"}, id="given"),
        pytest.param(["--lr-scheduler", "fixed"], {"--total-num-update": None, "--max-epoch": "3"}, id="scheduler"),
    ],
)
def test_what_is_given_stays(ran, given, wanted):
    finish(*given)
    found = options(ran[0][0])
    assert {name: found.get(name) for name in wanted} == wanted


def test_without_a_number_of_epochs(ran):
    finish(epochs=None)
    assert options(ran[0][0])["--max-epoch"] == "200"
    finish("--max-update", "30", epochs=None)
    found = options(ran[1][0])
    assert found["--max-update"] == found["--total-num-update"] == "30"
    assert "--max-epoch" not in found


def test_several_lists_of_validation(ran):
    words(["a b c"], "valid")
    words(["a b c"], "valid1")
    finish()
    assert options(ran[0][0])["--valid-subset"] == "valid,valid1"


def test_a_training_without_a_best_checkpoint_is_said(ran, monkeypatch):
    monkeypatch.setattr(training, "_trainer", lambda: lambda command: None)
    with pytest.raises(InputError, match=r"models/m/1 has no checkpoint_best\.pt after the training"):
        finish()


def test_one_that_lives_on_is_waited_for(ran, capsys):
    folder = Path("models/m/1")
    folder.mkdir(parents=True)
    with open(folder / ".training", "a+", encoding="utf-8") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write("4321")
        other.flush()
        waiting = threading.Thread(target=finish)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive() and not ran
        fcntl.flock(other, fcntl.LOCK_UN)
        waiting.join(10)
    assert len(ran) == 1
    assert "process 4321 trains in models/m/1 already; this one waits for its end" in capsys.readouterr().out


def test_each_training_takes_a_gpu_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(training.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(training, "_visible", lambda: {"GPU-1": "H200", "GPU-2": "H200"})
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    taken = []
    for _ in range(2):
        assert training._gpu() == "H200"
        taken.append(os.environ["CUDA_VISIBLE_DEVICES"])
    assert taken == ["GPU-1", "GPU-2"]
    monkeypatch.setattr(training, "_visible", dict)
    assert training._gpu() == ""


def test_gpus_that_this_process_may_use(tmp_path, monkeypatch):
    rows = "0, GPU-a, NVIDIA H200\n1, GPU-b, NVIDIA H200\n"
    monkeypatch.setattr(training.shutil, "which", lambda program: program)
    done = subprocess.CompletedProcess([], 0, stdout=rows)
    monkeypatch.setattr(training.subprocess, "run", lambda *_, **__: done)
    for visible, wanted in ((None, ["GPU-a", "GPU-b"]), ("1", ["GPU-b"]), ("GPU-a", ["GPU-a"]), ("", [])):
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert list(training._visible()) == wanted


def test_what_ends_it_is_in_the_log(ran, tmp_path):
    """The command as the engine calls it, in a process of its own, with a trainer that is none."""
    program = (
        "import sys; sys.argv[0] = 'fairseq-phonology'; from fairseq_phonology.workflow import training\n"
        "training._trainer = lambda: lambda command: print('trained')\n"
        "training._gpu = lambda: ''\n"
        "sys.exit(training.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "--stamp", "models/m/1.json", "--log", "logs/train.log", "--", *COMMAND]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    log = Path("logs/train.log").read_text(encoding="utf-8").splitlines()
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
    assert log[0].startswith('$ fairseq-train data/bin --user-dir "$(fairseq-phonology user-dir)"')
    assert log[1] == "trained"
    assert log[2].startswith("error: models/m/1 has no checkpoint_best.pt")
    assert not Path("models/m/1.json").exists()
    assert json.loads(Path("models/m/1/recipe.json").read_text(encoding="utf-8"))["data"]
