"""fairseq's own logs of every version and format are read, and by what a run chose is found in them.

The files in ``logs`` are what real runs of 0.12 wrote; older ones are as `train.py` and `progress_bar.py` of the
releases print them, and as people have shown theirs.
"""

import gzip
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.training.history.fairseq_log import read_log

LOGS = Path(__file__).parent / "logs"


def found(run):
    return [(row["epoch"], row["updates"], row["subset"], row["train_loss"], row["valid_loss"]) for row in run.rows]


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
    rows = read_log(LOGS / f"{name}.txt", notes).rows
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
    (row,) = read_log(write(tmp_path / "log", line)).rows
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
    (row,) = read_log(write(tmp_path / "log", VALID.format("nan", 4))).rows
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


# ---- other versions and surroundings


def best_of(run):
    best = run.choice.best(run.rows)
    return best and best["epoch"]


OF_0_2 = """\
| epoch 004  8000 / 8223 loss=1.47 (2.93), wps=961, wpb=904, bsz=32, lr=0.001, clip=100%, gnorm=2.6741
| epoch 004 | train loss 3.05 | train ppl 8.28 | s/checkpoint 7748 | words/s 961 | bsz 32 | lr 0.001 | clip 100%
| epoch 004 | valid on 'valid' subset  1000 / 1311 loss=3.24
| epoch 004 | valid on 'valid' subset | valid loss 3.69 | valid ppl 12.94
| epoch 005 | train loss 2.92 | train ppl 7.59 | s/checkpoint 7748 | words/s 961 | bsz 32 | lr 0.001 | clip 100%
| epoch 005 | valid on 'valid' subset | valid loss 3.13 | valid ppl 8.78
""".splitlines()


def test_0_2_has_no_updates(tmp_path):
    run = read_log(write(tmp_path / "log", *OF_0_2))
    assert found(run) == [(4, None, "valid", 3.05, 3.69), (5, None, "valid", 2.92, 3.13)]
    assert best_of(run) == 5 and set(run.rows[0]) == set(run.rows[1])


def test_0_4_has_the_updates_in_the_line_of_training(tmp_path):
    lines = [
        '{"epoch": 9, "valid_loss": 3.17, "valid_nll_loss": 1.38, "valid_ppl": "2.61"}',
        '{"epoch": 10, "loss": "3.180", "ppl": "2.67", "num_updates": 21497, "lr": 0.0003, "wall": 8285}',
        '{"epoch": 10, "valid_loss": 3.16, "valid_nll_loss": 1.37, "valid_ppl": "2.59"}',
    ]
    assert found(read_log(write(tmp_path / "log", *lines))) == [
        (9, None, "valid", None, 3.17),
        (10, 21497, "valid", 3.18, 3.16),
    ]


def test_json_before_0_6_2_does_not_name_the_subsets(tmp_path):
    """Two validations that follow each other are of two subsets; the same line twice is one."""
    lines = []
    for n in (1, 2):
        lines += [f'{{"epoch": {n}, "loss": "5.0", "num_updates": {n}, "lr": 0.1}}']
        lines += [f'{{"epoch": {n}, "valid_loss": {loss / n}, "num_updates": {n}}}' for loss in (4.0, 4.0, 6.0)]
    assert found(read_log(write(tmp_path / "log", *lines))) == [
        (1, 1, "valid", 5, 4),
        (1, 1, "valid1", 5, 6),
        (2, 2, "valid", 5, 2),
        (2, 2, "valid1", 5, 3),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path, encoding, end):
    path = tmp_path / "log"
    path.write_bytes((end.join([*OF_0_2, "│ 발음"]) + end).encode(encoding))
    assert len(read_log(path).rows) == 2


def test_compressed(tmp_path):
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress("\n".join(OF_0_2).encode()))
    assert len(read_log(path).rows) == 2
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match=r"log\.gz: Compressed file ended"):
        read_log(path)


def test_whatever_stands_before_a_line(tmp_path):
    lines = [
        "wandb: Tracking run with wandb version 0.12.1",
        "0: " + VALID.format(2.0, 4),
        "[1,0]<stdout>:2021-05-01 10:00:00 | INFO | valid | " + VALID.format(1.0, 8).replace("001", "002"),
        "wandb: Run summary:",
        "wandb:         valid/loss 1.0",
    ]
    assert found(read_log(write(tmp_path / "log", *lines))) == [(1, 4, "valid", None, 2), (2, 8, "valid", None, 1)]


def hydra(epoch, wer, best):
    stats = f'"valid_loss": "{4 - epoch / 10:.3f}", "valid_wer": "{wer}", "valid_num_updates": "{10 * epoch}"'
    return f'[2022-04-08 20:22:51,440][valid][INFO] - {{"epoch": {epoch}, {stats}, "valid_best_wer": "{best}"}}'


def saved(epoch):
    return f"[2022][fairseq][INFO] - Saved checkpoint a.pt (epoch {epoch} @ {10 * epoch} updates, score 1)"


def test_the_run_chose_by_what_its_best_figure_is_of(tmp_path):
    run = read_log(write(tmp_path / "log", hydra(1, 31.2, 31.2), hydra(2, 28.7, 28.7), hydra(3, 29.9, 28.7)))
    assert best_of(run) == 2
    assert (run.choice.metric, run.choice.maximize) == ("wer", False)
    assert run.choice.told == "the log says so in best_wer"


@pytest.mark.parametrize(
    "options",
    [
        "Namespace(arch='t', best_checkpoint_metric='loss', maximize_best_checkpoint_metric=True, seed=1)",
        "[2022][fairseq_cli.train][INFO] - {'checkpoint': {'_name': None, 'best_checkpoint_metric': 'loss', "
        "'maximize_best_checkpoint_metric': True, 'patience': -1}}",
    ],
    ids=["Namespace", "hydra"],
)
def test_options_in_the_log_tell_too(tmp_path, options):
    """A run that kept its worst model, as --maximize-best-checkpoint-metric with loss does."""
    run = read_log(write(tmp_path / "log", options, VALID.format(2.0, 4), VALID.format(1.0, 8)))
    assert (best_of(run), run.choice.told) == (1, "the log says so in its options")
    assert run.choice.best(run.rows)["updates"] == 4


def test_training_without_rate_and_time_is_training_beside_another_subset(tmp_path):
    path = tmp_path / "log"
    train = '{{"epoch": {0}, "train_loss": "{1}", "train_num_updates": "{2}"}}\n'
    valid = '{{"epoch": {0}, "valid_loss": "4.1", "valid_wer": {1}, "valid_best_wer": 30, "valid_num_updates": {2}}}\n'
    path.write_text(
        train.format(1, 4.8, 50) + valid.format(1, 30, 50) + train.format(2, 4.2, 100) + valid.format(2, 31, 100)
    )
    run = read_log(path)
    assert [(row["subset"], row["train_loss"]) for row in run.rows] == [("valid", 4.8), ("valid", 4.2)]
    assert run.choice.best(run.rows)["updates"] == 50 and run.choice.metric == "wer"
    path.write_text(train.format(1, 4.8, 50))
    assert [row["subset"] for row in read_log(path).rows] == ["train"]


def test_the_best_is_among_those_that_saved(tmp_path):
    """--save-interval 2: what saved stands in the log."""
    lines = [hydra(1, 20, 20), hydra(2, 30, 30), saved(2), hydra(3, 25, 25), hydra(4, 28, 28), saved(4)]
    run = read_log(write(tmp_path / "log", *lines))
    assert (best_of(run), run.choice.among) == (4, "among the 2 of 4 validations that saved")
    assert run.choice.ranked(run.rows)[0]["epoch"] == 1


def test_the_best_of_before_the_log_is_said(tmp_path):
    notes = []
    run = read_log(write(tmp_path / "log", hydra(8, 20, 14.5), hydra(9, 19, 14.5)), notes)
    assert best_of(run) is None
    assert notes == ["the best so far is better than each validation here: the checkpoint that is kept is of before"]


def test_a_metric_of_the_stock_figures_can_choose(tmp_path):
    lines = [
        VALID.format(f"{loss} | nll_loss {nll}", f"{n} | best_nll_loss {nll}")
        for n, loss, nll in ((4, 1, 3), (8, 2, 2))
    ]
    run = read_log(write(tmp_path / "log", *lines))
    assert run.choice.best(run.rows)["updates"] == 8
    assert [row["nll_loss"] for row in run.rows] == [3, 2]


def test_a_best_figure_of_what_is_not_logged_tells_nothing(tmp_path):
    run = read_log(write(tmp_path / "log", VALID.format(2, "4 | best_f1 3"), VALID.format(1, "8 | best_f1 3")))
    assert run.choice.best(run.rows)["updates"] == 8 and not run.choice.told


def test_runs_of_this_package_are_known_by_exact_match(tmp_path):
    lines = [
        VALID.format(f"{loss} | exact_match 90", f"{n} | best_exact_match 90") for n, loss in ((4, 2), (8, 1), (12, 3))
    ]
    run = read_log(write(tmp_path / "log", *lines))
    assert (run.choice.best(run.rows)["updates"], run.in_percent) == (8, True)


def test_millions_of_updates_are_logged_by_six_digits(tmp_path):
    second = VALID.format(1.0, "1.25e+06").replace("001", "002")
    lines = [VALID.format(2.0, 400), "training on 1 devices", VALID.format(1.0, "1e+06"), second]
    run = read_log(write(tmp_path / "log", *lines))
    assert [row["updates"] for row in run.rows] == [400, 1_000_000, 1_250_000]


def test_numbers_that_are_none_are_passed_over(tmp_path):
    lines = ['{"epoch": NaN, "valid_loss": 1, "num_updates": 4}', '{"epoch": 1, "valid_loss": 1, "num_updates": NaN}']
    assert found(read_log(write(tmp_path / "log", *lines))) == [(1, None, "valid", None, 1)]


HEAD = b"training on 1 GPUs\n| epoch 001 | valid on 'valid' subset | loss 3 | num_updates 10\n"


@pytest.mark.parametrize(
    "line",
    [
        b"num_updates=1e+999",
        b"num_updates=9.9.9e",
        b'{"epoch": ' + b"[" * 2000,
        b'{"epoch": ' + b"9" * 5000 + b', "valid_loss": 1}',
        b"Loaded checkpoint x (epoch 1 @ " + b"9" * 5000 + b" updates)",
    ],
)
def test_what_no_run_of_fairseq_writes_is_passed_over(tmp_path, line):
    (tmp_path / "log").write_bytes(HEAD + line + b"\n")
    assert found(read_log(tmp_path / "log")) == [(1, 10, "valid", None, 3.0)]


def test_a_compressed_line_is_read_in_parts(tmp_path):
    (tmp_path / "log").write_bytes(gzip.compress(HEAD + b"x" * 5_000_000 + b"\n" + HEAD))
    assert found(read_log(tmp_path / "log")) == [(1, 10, "valid", None, 3.0)]
    damaged = bytearray(gzip.compress(HEAD * 100))
    damaged[20:40] = bytes(20)
    (tmp_path / "log").write_bytes(damaged)
    with pytest.raises(InputError, match="log: "):
        read_log(tmp_path / "log")


def test_a_figure_that_is_called_as_a_column_of_the_history_is_none(tmp_path):
    line = "epoch 002 | valid on 'valid' subset | loss 4 | updates 8 | subset 3 | best_loss 3"
    assert found(read_log(write(tmp_path / "log", line))) == [(2, None, "valid", None, 4.0)]
