"""One line of a log, of each version and format."""

import pytest

from fairseq_phonology.training.history.log_lines import read_line

STAMPS = [
    "",
    "| ",
    "2021-05-01 10:00:00 | INFO | valid | ",
    "[2022-04-08 20:22:51,440][valid][INFO] - ",
    "0: 2021 | INFO | ",
]


@pytest.mark.parametrize("stamp", STAMPS, ids=["none", "old", "0.10", "hydra", "srun"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epoch 005 | valid on 'valid' subset | valid loss 3.13 | valid ppl 8.78", (5, None, 3.13, {})),
        ("epoch 010 | valid on 'valid' subset | valid_loss 3.16 | valid_ppl 2.59", (10, None, 3.16, {})),
        (
            "epoch 002 | valid on 'valid' subset | valid_loss 3.71204 | num_updates 346 | best 3.7",
            (2, 346, 3.71204, {"": 3.7}),
        ),
        (
            "epoch 081 | valid on 'valid' subset | loss 6.846 | nll_loss 4.6 | num_updates 10092 | best_loss 6.84088",
            (81, 10092, 6.846, {"loss": 6.84088}),
        ),
        ('{"epoch": 9, "valid_loss": 3.17, "valid_ppl": "2.61"}', (9, None, 3.17, {})),
        ('{"epoch": 2, "valid_loss": 3.7, "num_updates": 346, "best": 3.7}', (2, 346, 3.7, {"": 3.7})),
        (
            '{"epoch": 7, "valid_loss": "3.9", "valid_wer": "9", "valid_num_updates": "33", "valid_best_wer": "28.7"}',
            (7, 33, 3.9, {"wer": 28.7}),
        ),
    ],
    ids=["0.2", "0.3", "0.6.1", "0.6.2", "json 0.4", "json 0.5", "json 0.12"],
)
def test_validation(stamp, text, expected):
    line = read_line(f"{stamp}{text}\n")
    assert (line.epoch, line.updates, line.figures["loss"], line.best) == expected
    assert line.subset == "valid" and not line.training


@pytest.mark.parametrize(
    ("text", "loss", "updates"),
    [
        ("| epoch 005 | train loss 2.92 | train ppl 7.59 | s/checkpoint 7748 | words/s 961 | lr 0.001", 2.92, None),
        ("| epoch 001 | loss 5.010 | ppl 17.27 | num_updates 173 | lr 0.000173 | clip 0% | train_wall 31", 5.01, 173),
        ('{"epoch": 1, "loss": "5.010", "num_updates": 173, "lr": 0.000173, "clip": "0%", "wall": 33}', 5.01, 173),
        ('{"epoch": 6, "train_loss": "4.113", "train_num_updates": "2874", "train_lr": "4.4e-05"}', 4.113, 2874),
    ],
    ids=["0.2", "0.6", "json 0.5", "json 0.12"],
)
def test_training_epoch(text, loss, updates):
    line = read_line(text)
    assert (line.training, line.figures["loss"], line.updates) == (True, loss, updates)


@pytest.mark.parametrize(
    "text",
    [
        "| epoch 005  1000 / 8223 loss=2.17 (3.20), wps=959, lr=0.001",
        "| epoch 001:    100 / 173 loss=5.210, num_updates=101, lr=0.0001",
        "| epoch 004 | valid on 'valid' subset  1000 / 1311 loss=3.24",
        "| epoch 013 | valid on 'valid' subset:  11%|##  | 3/28 [00:08<01:10,  2.81s/it, loss=3]",
        '{"epoch": 1, "update": 0.58, "loss": "5.210", "num_updates": 101, "lr": 0.0001}',
        '{"epoch": 1, "valid_loss": "2", "valid_num',
        "epoch 001 | valid on 'valid' subset | lo",
        "wandb:      valid/loss 3.5",
        "wandb: Run history: epoch | loss",
        "Namespace(arch='transformer', best_checkpoint_metric='loss')",
        '{"a": [1, 2]} {"epoch"',
        "",
    ],
)
def test_other_lines_are_passed_over(text):
    assert read_line(text) is None


def test_training_set_as_a_validation_subset():
    line = read_line('{"epoch": 1, "train_loss": "3", "train_num_updates": "4"}')
    assert (line.training, line.subset) == (False, "train")
    assert not read_line("| epoch 1 | valid on 'train' subset | loss 3 | num_updates 4").training
