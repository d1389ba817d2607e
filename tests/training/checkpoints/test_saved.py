"""Which checkpoints of a folder are followed: each state of the model once, in order; and fewer of them."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from fairseq_phonology.errors import InputError  # noqa: E402
from fairseq_phonology.training.checkpoints.saved import SavedCheckpoint, saved_checkpoints, thinned  # noqa: E402


def save(folder, name, updates, epoch, after=0):
    """``after``: batches of the epoch that are done; 0: it is over, and fairseq counts the next one."""
    iterator = {"epoch": epoch if after else epoch + 1, "iterations_in_epoch": after}
    state = {"optimizer_history": [{"num_updates": updates}], "extra_state": {"train_iterator": iterator}}
    torch.save(state, folder / name)


def test_each_state_once_in_order_of_updates(tmp_path):
    for name, updates, epoch, after in (
        *(("checkpoint10.pt", 100, 10, 0), ("checkpoint2.pt", 20, 2, 0), ("checkpoint_2_15.pt", 15, 2, 5)),
        *(("checkpoint_2_20.pt", 20, 2, 0), ("checkpoint_best.pt", 20, 2, 0), ("checkpoint_last.pt", 107, 11, 7)),
        ("checkpoint.best_exact_match_50.000_at_30.pt", 30, 3, 0),
    ):
        save(tmp_path, name, updates, epoch, after)
    for name in ("untrained.pt", "checkpoint_average.pt", "checkpoint1.pt.tmp"):
        (tmp_path / name).write_text("nobody looks at this", encoding="utf-8")
    found = saved_checkpoints(tmp_path)
    assert [(one.name, one.epoch, one.updates, one.best) for one in found] == [
        ("checkpoint_2_15.pt", 2, 15, False),
        ("checkpoint2.pt", 2, 20, True),
        ("checkpoint.best_exact_match_50.000_at_30.pt", 3, 30, False),
        ("checkpoint10.pt", 10, 100, False),
        ("checkpoint_last.pt", 11, 107, False),
    ]


def test_one_state_is_not_enough(tmp_path):
    with pytest.raises(InputError, match=r"no checkpoint .* two or more .* --no-epoch-checkpoints .* --save-interval"):
        saved_checkpoints(tmp_path)
    save(tmp_path, "checkpoint_best.pt", 20, 2)
    save(tmp_path, "checkpoint_last.pt", 20, 2)
    with pytest.raises(InputError, match=r"holds one checkpoint \(checkpoint_best.pt, epoch 2\); .* N for several"):
        saved_checkpoints(tmp_path)
    with pytest.raises(InputError, match=r"checkpoint_best.pt: is a file; name the run's folder"):
        saved_checkpoints(tmp_path / "checkpoint_best.pt")
    with pytest.raises(InputError, match="none: no such folder"):
        saved_checkpoints(tmp_path / "none")


def test_a_file_that_cannot_be_loaded_is_named(tmp_path):
    save(tmp_path, "checkpoint1.pt", 10, 1)
    torch.save({"model": 1}, tmp_path / "checkpoint2.pt")
    with pytest.raises(InputError, match=r"checkpoint2.pt: no checkpoint of fairseq-train: it does not say when"):
        saved_checkpoints(tmp_path)
    (tmp_path / "checkpoint2.pt").write_text("text", encoding="utf-8")
    with pytest.raises(InputError, match=r"checkpoint2.pt: is a text file .*no checkpoint, or damaged"):
        saved_checkpoints(tmp_path)


def states(n, best=None):
    return [SavedCheckpoint(Path(f"checkpoint{k}.pt"), k, 10 * k, k == best) for k in range(1, n + 1)]


@pytest.mark.parametrize(
    "n, best, how, kept",
    [
        (7, 4, {}, [1, 2, 3, 4, 5, 6, 7]),
        (7, 4, {"every": 2}, [1, 3, 4, 5, 7]),
        (7, None, {"every": 3}, [1, 4, 7]),
        (6, 5, {"every": 10}, [1, 5, 6]),
        (28, 27, {"at_most": 5}, [1, 8, 15, 27, 28]),
        (28, 27, {"at_most": 3}, [1, 27, 28]),
        (9, 5, {"at_most": 3}, [1, 5, 9]),
        (9, 1, {"at_most": 5}, [1, 3, 5, 7, 9]),
        (4, 2, {"at_most": 4}, [1, 2, 3, 4]),
        (4, 2, {"at_most": 9}, [1, 2, 3, 4]),
        (2, 2, {"every": 5}, [1, 2]),
    ],
)
def test_thinning_keeps_the_first_the_best_and_the_last(n, best, how, kept):
    assert [state.epoch for state in thinned(states(n, best), **how)] == kept


@pytest.mark.parametrize(
    "how, says", [({"every": 0}, "--every is 0; allowed: 1"), ({"at_most": 2}, "allowed: 3 or more")]
)
def test_numbers_that_are_too_small(how, says):
    with pytest.raises(InputError, match=says):
        thinned(states(5), **how)
