"""Checkpoints: what loads, what is refused and in which words, and what replaces a file that was cut short."""

from __future__ import annotations

import argparse
import os
import random
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from fairseq_phonology import InputError, loading  # noqa: E402
from fairseq_phonology.errors import refusals  # noqa: E402


def _save(path: Path, updates: int, **more) -> Path:
    torch.save({"optimizer_history": [{"num_updates": updates}], "model": torch.ones(9), **more}, path)
    return path


def _cut(path: Path) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


class Code:
    def __reduce__(self):
        return os.system, ("exit 1",)


def test_what_fairseq_saves_loads(tmp_path):
    path = _save(tmp_path / "a.pt", 5, args=argparse.Namespace(lr=[0.1]))
    assert loading.load_checkpoint(path)["args"].lr == [0.1]
    assert loading.updates_of(path) == 5


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((), "name a checkpoint (*.pt)"),
        (("checkpoint1.pt", "checkpoint_best.pt"), "name a checkpoint (*.pt) in it, such as {}/checkpoint_best.pt"),
        (("checkpoint1.pt", "checkpoint_last.pt"), "name a checkpoint (*.pt) in it, such as {}/checkpoint_last.pt"),
        (("checkpoint2.pt", "checkpoint3.pt"), "name a checkpoint (*.pt) in it, such as {}/checkpoint2.pt"),
    ],
    ids=["none in it", "the best", "the last", "another"],
)
@pytest.mark.parametrize("load", ["ours", "fairseq's"])
def test_a_folder_is_no_checkpoint(tmp_path, files, said, load):
    """A save-dir is the likeliest slip."""
    for name in files:
        (tmp_path / name).touch()
    if load == "ours":
        loader = loading.load_checkpoint
    else:
        pytest.importorskip("fairseq")
        from fairseq_phonology.training.checkpoints.loaded import checkpoint_utils

        loader = checkpoint_utils.load_checkpoint_to_cpu
    with pytest.raises(InputError) as caught:
        loader(str(tmp_path))
    assert str(caught.value) == f"{tmp_path}: is a folder; {said.format(tmp_path)}"


@pytest.mark.parametrize("make", ["missing", "empty", "cut", "text", "history", "noise", "code"])
def test_refusals(tmp_path, make):
    path = tmp_path / "a.pt"
    expected = "damaged"
    if make == "missing":
        expected = "no such checkpoint"
    elif make == "empty":
        path.touch()
    elif make == "cut":
        _cut(_save(path, 1))
    elif make == "text":
        path.write_text("no checkpoint")
    elif make == "history":
        path.write_text("epoch,updates,subset\n1,41,valid\n")
    elif make == "noise":
        path.write_bytes(bytes(random.Random(1).randrange(256) for _ in range(1000)))
    else:
        _save(path, 1, code=Code())
        expected = r"carries code .*\((posix|nt)\.system\)"
    with pytest.raises(InputError, match=expected) as caught:
        loading.load_checkpoint(path)
    assert str(path) in str(caught.value)
    # PyTorch's message recommends to load it all the same
    assert "weights_only" not in caught.value.message
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert loading.updates_of(path) is None


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_any_bytes_are_refused_in_our_words(tmp_path):
    rng, path = random.Random(1), tmp_path / "a.pt"
    for _ in range(300):
        path.write_bytes(bytes([*rng.choices(b"\x80.()]}aceghjlpqrst0123456789\n", k=rng.randrange(1, 40))]))
        with pytest.raises(InputError):
            loading.load_checkpoint(path)


def test_an_error_in_an_intact_file_is_not_explained_away(tmp_path):
    path = _save(tmp_path / "a.pt", 1)
    with pytest.raises(KeyError, match="ours"), loading._explained(path):
        raise KeyError("ours")


def test_a_cut_file_is_replaced_by_the_newest_intact(tmp_path, caplog):
    _save(tmp_path / "checkpoint3.pt", 30)
    _save(tmp_path / "checkpoint_best.pt", 50)
    _cut(_save(tmp_path / "checkpoint6.pt", 60))
    _save(tmp_path / "crash.pt", 70)
    _cut(_save(tmp_path / "checkpoint_last.pt", 60))
    os.utime(tmp_path / "checkpoint3.pt")  # copied about later: the number of updates counts, not the date
    assert loading.replace_truncated_last(tmp_path) == tmp_path / "checkpoint_best.pt"
    assert loading.updates_of(tmp_path / "checkpoint_last.pt") == 50
    assert "was cut short; resuming from checkpoint_best.pt (50 updates)" in caplog.text


def test_an_intact_file_stays(tmp_path):
    _save(tmp_path / "checkpoint_last.pt", 10)
    _save(tmp_path / "checkpoint_best.pt", 50)
    assert loading.replace_truncated_last(tmp_path) is None
    assert loading.updates_of(tmp_path / "checkpoint_last.pt") == 10
    assert loading.replace_truncated_last(tmp_path / "none") is None


def test_nothing_intact_is_said(tmp_path):
    _cut(_save(tmp_path / "checkpoint_last.pt", 10))
    with pytest.raises(InputError, match=r"checkpoint_last.pt: damaged, and no other .* delete it to start anew"):
        loading.replace_truncated_last(tmp_path)


def test_a_kill_while_copying_leaves_the_old_file(tmp_path, monkeypatch):
    old, new = _save(tmp_path / "old.pt", 1), _save(tmp_path / "new.pt", 2)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        loading.copy_checkpoint(new, old)
    assert loading.updates_of(old) == 1


@pytest.mark.parametrize(
    "program, is_fairseqs",
    [
        ("/usr/bin/fairseq-train", True),
        ("fairseq-hydra-train", True),
        (r"/venv/Scripts/fairseq-generate.exe", True),
        ("/site-packages/fairseq_cli/train.py", True),
        ("fairseq-phonology", False),
        ("/usr/bin/pytest", False),
        ("", False),
    ],
)
def test_one_line_and_status_2_in_fairseqs_commands_alone(monkeypatch, capsys, program, is_fairseqs):
    monkeypatch.setattr("sys.argv", [program])
    with pytest.raises(SystemExit if is_fairseqs else InputError) as caught, refusals():
        raise InputError("found x; allowed is y", "f.tsv", 3)
    if is_fairseqs:
        assert caught.value.code == 2
        assert capsys.readouterr().err == "fairseq_phonology: error: f.tsv, line 3: found x; allowed is y\n"


def test_what_is_wrong_with_the_source_of_a_copy_is_said_of_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.pt"):
        loading.copy_checkpoint(tmp_path / "gone.pt", tmp_path / "target.pt")
    assert not list(tmp_path.iterdir())
