"""The history file survives kills and repeats; of a run, whatever is given, its best checkpoint is found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.training.history.history import COLUMNS, History, load_history, load_run
from tests.helpers import REPOSITORY

LOGS = Path(__file__).parent / "logs"


def validation(updates, exact=None, loss=1.0, subset="valid", **more):
    row = dict.fromkeys(COLUMNS)
    return {
        **row,
        "epoch": updates,
        "updates": updates,
        "subset": subset,
        "valid_loss": loss,
        "exact_match": exact,
    } | more


# ---- history.csv


def test_file_has_the_columns_of_the_design_in_order(tmp_path):
    History(tmp_path / "run").append(validation(7, 98.4, 0.25, per=0.3, lr=1e-4, wall=12.0, kept=True))
    assert (tmp_path / "run" / "history.csv").read_text(encoding="utf-8") == (
        "epoch,updates,subset,train_loss,valid_loss,exact_match,per,lr,wall,kept\n7,7,valid,,0.25,98.4,0.3,0.0001,12,1\n"
    )


def test_rows_come_back_as_numbers_and_missing_as_none(tmp_path):
    History(tmp_path).append(validation(7, 98.4))
    (row,) = History(tmp_path).rows
    assert (row["epoch"], row["exact_match"], row["per"], row["subset"]) == (7, 98.4, None, "valid")
    assert isinstance(row["updates"], int)


def test_repeated_validation_replaces_its_row(tmp_path):
    history = History(tmp_path)
    history.append(validation(1, 10.0))
    history.append(validation(1, 20.0, subset="other"))
    history.append(validation(1, 30.0))
    assert [(row["subset"], row["exact_match"]) for row in History(tmp_path).rows] == [("valid", 30.0), ("other", 20.0)]


def test_later_columns_widen_the_header(tmp_path):
    history = History(tmp_path)
    history.append(validation(1))
    history.append(validation(2, nasalization=50.0))
    text = (tmp_path / "history.csv").read_text(encoding="utf-8").splitlines()
    assert text[0].endswith(",kept,nasalization")
    assert [line.count(",") for line in text] == [10, 10, 10]
    assert History(tmp_path).rows[1]["nasalization"] == 50.0


def test_resume_drops_what_the_checkpoint_did_not_see(tmp_path):
    history = History(tmp_path)
    for updates in (4, 8, 12):
        history.append(validation(updates))
    history.drop_from(9)
    assert [row["updates"] for row in History(tmp_path).rows] == [4, 8]


def test_row_without_key_is_refused(tmp_path):
    with pytest.raises(InputError, match="needs epoch, updates"):
        History(tmp_path).append({"subset": "valid"})
    assert not (tmp_path / "history.csv").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "history.csv, line 1: expected the columns epoch, updates"),
        ("epoch,updates,subset\n1,2\n", "line 2: expected 3 columns; found 2"),
        ("epoch,updates,subset\nx,2,valid\n", "line 2: epoch and updates must be whole numbers"),
        ("epoch,updates,subset\n1,1_0,valid\n", "line 2: epoch and updates must be whole numbers"),
        ("epoch,updates,subset,train_loss\n1,2,valid,2_5\n", "line 2: train_loss must be a number; found '2_5'"),
        ("epoch,updates,subset,train_loss\n1,2,valid,n/a\n", "line 2: train_loss must be a number; found 'n/a'"),
    ],
    ids=["no-history", "short-row", "no-whole-number", "whole-numeral", "numeral", "no-number"],
)
def test_damaged_history_is_named(tmp_path, text, message):
    (tmp_path / "history.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        History(tmp_path)


_WRITER = """
import importlib.util, sys
sys.argv = ["fairseq-phonology"]
from fairseq_phonology.training.history.history import COLUMNS, History
history = History(sys.stdin.readline().strip())
row = dict.fromkeys(COLUMNS) | {"subset": "valid", "valid_loss": 1.0}
print("ready", flush=True)
for n in range(1, 10**6):
    history.append({**row, "epoch": n, "updates": n})
    print(n, flush=True)
"""


def test_kill_at_any_moment_leaves_every_validation_once(tmp_path):
    for after in (1, 5, 20):
        save_dir = tmp_path / str(after)
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        writer.stdin.write(f"{save_dir}\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "ready\n"
        for _ in range(after):
            written = int(writer.stdout.readline())
        writer.kill()
        writer.communicate()
        updates = [row["updates"] for row in History(save_dir).rows]
        assert updates == list(range(1, len(updates) + 1))
        assert len(updates) >= written


# ---- a run


def test_load_history_from_save_dir_file_and_log(tmp_path):
    History(tmp_path).append(validation(4, 50.0))
    assert load_history(tmp_path) == load_history(tmp_path / "history.csv") == History(tmp_path).rows
    assert len(load_history(LOGS / "json.txt")) == 4
    with pytest.raises(InputError, match=r"no history\.csv in this folder.*give the log"):
        load_history(LOGS)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "hydra_train.log").touch()
    with pytest.raises(InputError, match=r"give the log instead, such as .*hydra_train\.log$"):
        load_history(tmp_path / "run")
    with pytest.raises(InputError, match="nowhere: no such file or folder"):
        load_history(tmp_path / "nowhere")


def run_of(folder, *kept, record=None):
    """Three validations, of which these were kept."""
    history = History(folder)
    for updates, exact, loss in ((4, 50.0, 3.0), (8, 90.0, 2.0), (12, 70.0, 1.0)):
        history.append(validation(updates, exact, loss, kept=updates in kept))
    if record:
        (folder / "best_checkpoints.json").write_text(json.dumps(record), encoding="utf-8")
    return load_run(folder)


def best_of(run):
    best = run.choice.best(run.rows)
    return best and best["updates"]


def test_the_best_is_among_those_that_were_kept(tmp_path):
    """With --save-interval the best validation may have left no checkpoint."""
    assert best_of(run_of(tmp_path, 4, 12)) == 12
    assert best_of(run_of(tmp_path, 8)) == 8
    assert best_of(run_of(tmp_path)) is None


def test_the_record_tells_by_what_the_run_chose(tmp_path):
    entries = [{"updates": updates, "score": 1.0, "loss": 1.0} for updates in (12, 8)]
    run = run_of(tmp_path, 8, 12, record={"metric": "loss", "maximize": False, "entries": entries})
    assert best_of(run) == 12
    assert (run.choice.column, run.choice.told) == ("valid_loss", "best_checkpoints.json says so")
    (tmp_path / "best_checkpoints.json").write_text("{}", encoding="utf-8")
    assert best_of(load_run(tmp_path)) == 8, "a record of another program"


def test_a_checkpoint_beside_a_log_that_does_not_tell_is_the_best(tmp_path):
    torch = pytest.importorskip("torch")
    lines = [f"| epoch 00{n} | valid on 'valid' subset | valid_loss {n}.5 | num_updates {4 * n}\n" for n in (1, 2, 3)]
    (tmp_path / "log").write_text("".join(lines), encoding="utf-8")
    assert best_of(load_run(tmp_path / "log")) == 4
    state = {"optimizer_history": [{"num_updates": 8}], "extra_state": {"epoch": 2, "batch_offset": 0}}
    torch.save(state, tmp_path / "checkpoint_best.pt")
    run = load_run(tmp_path / "log")
    assert (best_of(run), run.choice.among) == (8, "the model of checkpoint_best.pt")
    (tmp_path / "checkpoint_best.pt").write_text("damaged")
    assert best_of(load_run(tmp_path / "log")) == 4
