"""The history file survives kills and repeats; fairseq's own logs, taken from real runs, are read in every format."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.training.history.history import COLUMNS, History, best_row, load_history, ranked, read_log
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


def found(rows):
    return [(row["epoch"], row["updates"], row["subset"], row["train_loss"], row["valid_loss"]) for row in rows]


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
        ("epoch,updates,subset,train_loss\n1,2,valid,n/a\n", "line 2: train_loss must be a number; found 'n/a'"),
    ],
    ids=["no-history", "short-row", "no-whole-number", "no-number"],
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


# ---- the order of validations


@pytest.mark.parametrize(
    ("scores", "order"),
    [
        ([(90, 1.0), (95, 2.0), (92, 0.5)], [2, 3, 1]),
        ([(95, 1.0), (95, 0.5), (95, 0.9)], [2, 3, 1]),
        ([(95, 0.5), (95, 0.5)], [1, 2]),
        ([(None, 0.7), (None, 0.5)], [2, 1]),
        ([(95, float("nan")), (95, 3.0), (float("nan"), 0.1)], [2, 1, 3]),
    ],
    ids=["more-words", "tie-lower-loss", "tie-earlier", "loss-alone", "nan-last"],
)
def test_ranked(scores, order):
    rows = [validation(n, exact, loss) for n, (exact, loss) in enumerate(scores, 1)]
    assert [row["updates"] for row in ranked(rows)] == order


def test_best_is_chosen_on_the_first_subset():
    rows = [validation(1, 50.0), validation(1, 99.0, subset="easy"), validation(2, 60.0)]
    assert best_row(rows)["updates"] == 2
    assert best_row(rows, "easy")["updates"] == 1
    assert best_row([]) is None


# ---- fairseq's logs: each file is what a real run wrote


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "json",
            [
                (1, 4, "valid", 5.373, 4.759),
                (1, 4, "valid1", 5.373, 4.676),
                (2, 8, "valid", 4.538, 4.238),
                (2, 8, "valid1", 4.538, 4.093),
            ],
        ),
        (
            "simple",  # --validate-interval 2
            [
                (1, 4, "", 5.373, None),
                (2, 8, "valid", 4.538, 4.238),
                (2, 8, "valid1", 4.538, 4.093),
                (3, 12, "", 4.108, None),
            ],
        ),
        (
            "tqdm",
            [
                (1, 4, "valid", 5.373, 4.759),
                (1, 4, "valid1", 5.373, 4.676),
                (2, 8, "valid", 4.538, 4.238),
                (2, 8, "valid1", 4.538, 4.093),
            ],
        ),
        (
            "log_file_json",  # every line once, then twice, then three times
            [(1, 4, "valid", 5.373, 4.759), (2, 8, "valid", 4.538, 4.238), (3, 12, "valid", 4.108, 3.948)],
        ),
        (
            "log_file_simple",  # --validate-interval-updates 3
            [
                (1, 3, "valid", None, 4.949),
                (1, 4, "valid", 5.373, 4.759),
                (2, 6, "valid", None, 4.457),
                (2, 8, "valid", 4.538, 4.238),
            ],
        ),
    ],
)
def test_read_log(name, expected):
    notes = []
    assert found(read_log(LOGS / f"{name}.txt", notes)) == expected
    assert notes == []


@pytest.mark.parametrize("name", ["resumed", "log_file_resumed"])
def test_what_a_resume_undid_is_left_out(name):
    """Three epochs, then from the checkpoint of the second one on with smaller batches: epoch 3 ends at 16, not 12."""
    notes = []
    rows = read_log(LOGS / f"{name}.txt", notes)
    assert [(row["epoch"], row["updates"]) for row in rows] == [(1, 4), (2, 8), (3, 16), (4, 24)]
    assert notes == ["1 validation discarded, because training restarted from an earlier checkpoint"]


def write(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


VALID = "epoch 001 | valid on 'valid' subset | loss {} | ppl 9 | num_updates {}"


def test_later_of_two_equal_validations_wins(tmp_path):
    log = write(tmp_path / "log", VALID.format(2.0, 4), VALID.format(1.0, 8), VALID.format(1.5, 4))
    assert found(read_log(log)) == [(1, 4, "valid", None, 1.5), (1, 8, "valid", None, 1.0)]


def test_metrics_of_the_task_and_added_ones_are_kept(tmp_path):
    line = VALID.format("1 | exact_match 98.4 | nasalization 70", "4 | best_loss 1")
    (row,) = read_log(write(tmp_path / "log", line))
    assert (row["exact_match"], row["nasalization"]) == (98.4, 70)
    assert "best_loss" not in row and "ppl" not in row


def test_subset_names_with_underscores_and_training_as_a_validation_subset(tmp_path):
    log = write(
        tmp_path / "log",
        '{"epoch": 1, "valid_long_loss": "2", "valid_long_num_updates": "4", "valid_long_best_loss": "2"}',
        '{"epoch": 1, "train_loss": "3", "train_num_updates": "4"}',
        '{"epoch": 1, "train_loss": "5", "train_num_updates": "4", "train_lr": "0.1", "train_wall": "9"}',
    )
    assert found(read_log(log)) == [(1, 4, "valid_long", 5, 2), (1, 4, "train", 5, 3)]


@pytest.mark.parametrize(
    "cut",
    ['2024 | INFO | valid | {"epoch": 1, "valid_loss": "2", "valid_num', "epoch 001 | valid on 'valid' subset | lo"],
)
def test_line_cut_off_by_a_kill_is_passed_over(tmp_path, cut):
    assert found(read_log(write(tmp_path / "log", VALID.format(2, 4), cut))) == [(1, 4, "valid", None, 2)]


def test_diverged_run_is_read(tmp_path):
    (row,) = read_log(write(tmp_path / "log", VALID.format("nan", 4)))
    assert row["valid_loss"] != row["valid_loss"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("hello\n", "no epoch found; expected a history.csv or a log"), ("", "no epoch found")],
    ids=["other-text", "empty"],
)
def test_no_log_is_refused(tmp_path, content, message):
    (tmp_path / "x").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_log(tmp_path / "x")


def test_load_history_from_save_dir_file_and_log(tmp_path):
    History(tmp_path).append(validation(4, 50.0))
    assert load_history(tmp_path) == load_history(tmp_path / "history.csv") == History(tmp_path).rows
    assert len(load_history(LOGS / "json.txt")) == 4
    with pytest.raises(InputError, match=r"no history\.csv in this folder.*give the log"):
        load_history(LOGS)
    with pytest.raises(InputError, match="nowhere: no such file or folder"):
        load_history(tmp_path / "nowhere")
