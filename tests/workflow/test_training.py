"""The runner of one training: what it begins anew, goes on with, and leaves alone, with a stub for fairseq-train."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.files import Busy, Lock, training_lock
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
        save_dir = Path("models", "m", "1")
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


def finish(*more, epochs=3, files=("toy.toml",)):
    """Train, and return the stamp and the log."""
    anew = Training([*COMMAND, *more], epochs, files)
    with training_lock(anew.save_dir, anew.wait), open("log", "a+", encoding="utf-8") as log:
        stamp = anew.finish(log)
        return stamp, Path("log").read_text(encoding="utf-8")


def kill(ran, **how):
    ran.append("killed")
    with pytest.raises(KeyboardInterrupt):
        finish(**how)


def test_a_finished_training_is_left_alone(ran):
    stamp, _ = finish()
    assert finish()[0] == stamp
    assert len(ran) == 1
    assert stamp["checkpoint"] == "models/m/1/checkpoint_best.pt"
    assert (stamp["seconds"], stamp["epochs"], stamp["updates"], stamp["words"]) == (12, 3, 27, 300)
    assert stamp["command"].startswith('fairseq-train data/bin --user-dir "$(fairseq-phonology user-dir)" --arch tiny')
    assert set(stamp["versions"]) >= {"python", "torch"}


def test_a_killed_training_goes_on(ran):
    kill(ran)
    finish()
    assert [resumed for _, resumed in ran] == [False, True]
    assert ran[0][0] == ran[1][0]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        pytest.param(lambda: finish(epochs=4), "epochs", id="epochs"),
        pytest.param(lambda: finish("--lr", "1"), "command", id="an option"),
        pytest.param(lambda: words(["b"] * 9) or finish(), "data", id="the words"),
        pytest.param(lambda: Path("toy.toml").write_text("a = 2") and finish(), "toy.toml", id="the grammar"),
    ],
)
def test_another_recipe_begins_anew(ran, change, key, capsys):
    finish()
    capsys.readouterr()
    change()
    assert [resumed for _, resumed in ran] == [False, False]
    said = f"note: models/m/1 is trained anew, as {key} changed; the earlier training is now in models/m/1.before\n"
    assert capsys.readouterr().out.startswith(said)


def test_an_earlier_training_is_kept_and_can_be_put_back(ran, capsys):
    stamp, _ = finish()
    finish(epochs=4)
    shutil.rmtree("models/m/1")
    Path("models/m/1.before").rename("models/m/1")
    assert finish()[0] == stamp
    assert len(ran) == 2
    finish(epochs=4)
    capsys.readouterr()
    finish(epochs=5)
    assert "the earlier training is now in models/m/1.before, in place of the one there\n" in capsys.readouterr().out
    assert json.loads(Path("models/m/1.before/recipe.json").read_text(encoding="utf-8"))["epochs"] == 4


def test_a_training_that_nothing_is_known_of_is_kept(ran, capsys):
    finish()
    Path("models/m/1/recipe.json").unlink()
    finish()
    assert "as it has no recipe.json; the earlier training is now in models/m/1.before\n" in capsys.readouterr().out


def test_one_that_was_not_finished_takes_no_place(ran, capsys):
    finish()
    kill(ran, epochs=4)
    capsys.readouterr()
    finish(epochs=5)
    assert "note: models/m/1 is trained anew, as epochs changed; what was there is removed\n" in capsys.readouterr().out
    assert json.loads(Path("models/m/1.before/recipe.json").read_text(encoding="utf-8"))["epochs"] == 3
    assert [resumed for _, resumed in ran] == [False] * 3


def test_a_comment_in_the_grammar_trains_nothing(ran):
    finish()
    Path("toy.toml").write_text("# mine\na = 1\n", encoding="utf-8")
    finish()
    assert len(ran) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(Path.unlink, "is gone; what was there is removed", id="gone"),
        pytest.param(lambda path: path.write_bytes(b"other"), "is not the one that it left; the earlier", id="another"),
    ],
)
def test_without_its_best_checkpoint_a_finished_training_begins_anew(ran, change, said, capsys):
    finish()
    change(Path("models/m/1/checkpoint_best.pt"))
    finish()
    assert f"note: models/m/1 is trained anew, as checkpoint_best.pt {said}" in capsys.readouterr().out
    assert [resumed for _, resumed in ran] == [False, False]
    assert Path("models/m/1/checkpoint_best.pt").read_bytes() == b"best"


def test_what_a_kill_while_removing_leaves_is_no_training(ran, monkeypatch):
    kill(ran)
    unlink, gone = Path.unlink, []

    def killed(path):
        unlink(path)
        gone.append(path.name)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            finish(epochs=4)
    assert gone == ["recipe.json"]
    finish()  # the recipe set back
    assert [resumed for _, resumed in ran] == [False, False]


def test_a_study_at_another_depth_has_the_same_trainings(ran, tmp_path, monkeypatch):
    (tmp_path / "own" / "more").mkdir(parents=True)
    modules = [Path("own", "__init__.py"), Path("own", "more", "__init__.py")]
    for module in modules:
        module.write_text("", encoding="utf-8")

    def finish_from(up):
        own = [f"{up}/{module.as_posix()}" for module in modules]
        finish("--grammar", f"{up}/toy.toml", "--user-dir", f"{up}/own", files=[f"{up}/toy.toml", *own])

    for place in ("a", "b c/d"):
        study = tmp_path / place / "study"
        study.mkdir(parents=True)
        shutil.move("data", study)
        if ran:
            shutil.move("models", study)
        monkeypatch.chdir(study)
        finish_from("/".join(".." for _ in study.relative_to(tmp_path).parts))
    assert len(ran) == 1
    (tmp_path / "own" / "more" / "__init__.py").write_text("a = 1\n", encoding="utf-8")
    finish_from("../../..")
    assert len(ran) == 2


def test_more_checkpoints_than_asked_for_train_nothing(ran):
    finish()
    finish("--no-epoch-checkpoints")
    assert len(ran) == 1
    finish("--no-epoch-checkpoints", "--lr", "1")
    assert len(ran) == 2
    finish("--lr", "1")  # they are asked for again, and were not kept this time
    assert len(ran) == 3


def test_what_no_training_reads_of_a_grammar_trains_nothing(ran):
    finish()
    Path("toy.toml").write_text('a = 1\nlanguage = "Toy"\n[controls.b]\ntarget = ["s"]\n', encoding="utf-8")
    finish()
    assert len(ran) == 1


def test_without_locks_of_the_file_system_it_trains(ran, monkeypatch):
    def none(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", none)
    finish()
    assert len(ran) == 1


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


def test_words_of_mixed_lengths_take_more_room(ran):
    finish("--mix-lengths")
    command = ran[0][0]
    # in each batch is a word of 4 symbols: 64 words in 256, and 5 batches in each of 3 epochs
    assert command[command.index("--total-num-update") + 1] == "15"


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


@pytest.fixture
def by_hand(ran):
    """Another process that trains in the same folder for a moment."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        with training_lock(Path("models/m/1")):
            Path("models/m/1/checkpoint_best.pt").write_text("by hand")
            os.write(write, b"x")
            time.sleep(0.3)
            Path("models/m/1/checkpoint_last.pt").write_text("by hand")
        os._exit(0)
    assert os.read(read, 1) == b"x"
    yield child
    os.waitpid(child, 0)


def test_one_that_lives_on_or_is_begun_by_hand_is_waited_for(ran, by_hand, capsys):
    finish()
    assert len(ran) == 1
    said = rf"note: process {by_hand} on \S+, since .+, trains in models/m/1 already; this one waits for its end"
    assert re.search(said, capsys.readouterr().out)
    aside = sorted(Path("models/m/1.before").iterdir())
    assert [path.name for path in aside] == ["checkpoint_best.pt", "checkpoint_last.pt"]
    assert {path.read_text() for path in aside} == {"by hand"}
    assert not Path("models/m/1/.lock").exists()


def test_nobody_else_trains_there_while_room_is_made_and_fairseq_begins(ran, monkeypatch):
    finish()
    found = []

    def train(command):
        with pytest.raises(Busy):
            Lock(Path("models/m/1/.lock"), Path("models/m/1"), "is trained in", "wait")
        assert training_lock(Path("models/m/1")).is_held  # fairseq-train in this process has it
        found.append(sorted(os.listdir("models/m/1")))
        Path("models/m/1/checkpoint_best.pt").touch()

    monkeypatch.setattr(training, "_trainer", lambda: train)
    finish(epochs=4)
    assert found == [[".lock", "recipe.json"]] and not Path("models/m/1.before/.lock").exists()


@pytest.mark.parametrize("at", [1, 3])
def test_what_a_kill_while_putting_aside_leaves_is_put_aside(ran, monkeypatch, at):
    finish()
    finish(epochs=4)
    before = {path.name: path.read_bytes() for path in Path("models/m/1").iterdir()}
    rename, count = Path.rename, []

    def killed(path, to):
        if len(count) == at:
            raise KeyboardInterrupt
        count.append(path)
        return rename(path, to)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            finish(epochs=5)
    finish(epochs=5)
    assert {path.name: path.read_bytes() for path in Path("models/m/1.before").iterdir()} == before
    assert len(ran) == 3 and not ran[2][1]


def test_a_gpu_whose_lock_cannot_be_made_ends_it(tmp_path, monkeypatch):
    monkeypatch.setattr(training.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(training, "_visible", lambda: {"GPU-1": "H200"})
    monkeypatch.setattr(training.time, "sleep", lambda seconds: pytest.fail("it waits for ever"))
    (lock := tmp_path / "fairseq_phonology-GPU-1.lock").symlink_to("nowhere")
    with pytest.raises(InputError, match=f"{re.escape(str(lock))}: is a symbolic link"):
        training._gpu()


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
    rows = "0, GPU-a, NVIDIA H200, 141 GB\n1, GPU-b, NVIDIA H200, 141 GB\n"
    monkeypatch.setattr(training.shutil, "which", lambda program: program)
    done = subprocess.CompletedProcess([], 0, stdout=rows)
    monkeypatch.setattr(training.subprocess, "run", lambda *_, **__: done)
    for visible, wanted in (
        (None, ["GPU-a", "GPU-b"]),
        ("1", ["GPU-b"]),
        ("GPU-a", ["GPU-a"]),
        ("MIG-x,1", ["MIG-x", "GPU-b"]),
        ("GPU-b,,0", ["GPU-b"]),  # CUDA ends with the first that is none
        ("0,-1,1", ["GPU-a"]),
        *((none, []) for none in ("", "7", "NoDevFiles")),
    ):
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert list(training._visible()) == wanted
    monkeypatch.setattr(training.shutil, "which", lambda program: None)
    for visible, wanted in (("MIG-GPU-x/1/0", ["MIG-GPU-x/1/0"]), ("0", [])):
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
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": ""}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    log = Path("logs/train.log").read_text(encoding="utf-8").splitlines()
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
    assert log[0].startswith('$ fairseq-train data/bin --user-dir "$(fairseq-phonology user-dir)"')
    assert log[1] == "trained"
    assert log[2].startswith("error: models/m/1 has no checkpoint_best.pt")
    assert not Path("models/m/1.json").exists()
    assert json.loads(Path("models/m/1/recipe.json").read_text(encoding="utf-8"))["data"]


def test_a_log_that_leads_elsewhere_is_not_added_to(tmp_path):
    (mine := tmp_path / "profile").write_text("export A=1", encoding="utf-8")
    (log := tmp_path / "train.log").symlink_to(mine)
    with pytest.raises(InputError, match=r"train\.log: is a symbolic link"), training._into(log):
        pass
    assert mine.read_text(encoding="utf-8") == "export A=1"
