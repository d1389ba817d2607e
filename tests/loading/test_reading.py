"""Checkpoints: what loads, what is refused and in which words, and what replaces a file that was cut short."""

from __future__ import annotations

import argparse
import os
import pickle
import random
import sys
import tarfile
import types
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from fairseq_phonology import InputError, loading  # noqa: E402
from fairseq_phonology.errors import in_our_words, refusals  # noqa: E402
from fairseq_phonology.loading import guard, reading  # noqa: E402


def _save(path: Path, updates: int, _use_new_zipfile_serialization: bool = True, **more) -> Path:
    state = {"optimizer_history": [{"num_updates": updates}], "model": torch.ones(9), **more}
    torch.save(state, path, _use_new_zipfile_serialization=_use_new_zipfile_serialization)
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


def _named(name: str) -> type:
    """An empty class that is pickled by this name."""
    module, _, own = name.rpartition(".")
    return type(own, (), {"__module__": module})


@pytest.fixture
def pickled_as(monkeypatch):
    """Makes an object of a class that is pickled by the name of another, as an older fairseq has it."""

    def make(name: str, **attributes):
        made = _named(name)
        if made.__module__.startswith("fairseq"):
            pytest.importorskip("fairseq")
        module = types.ModuleType(made.__module__)
        setattr(module, made.__name__, made)
        monkeypatch.setitem(sys.modules, made.__module__, module)
        one = made()
        vars(one).update(attributes)
        return one

    return make


@pytest.mark.parametrize("zipped", [True, False], ids=["PyTorch from 1.6 on", "before"])
@pytest.mark.parametrize("name", ["AverageMeter", "TimeMeter", "StopwatchMeter"])
def test_meters_of_fairseq_before_0_10_load_as_plain_numbers(tmp_path, pickled_as, name, zipped):
    meter = pickled_as(f"fairseq.meters.{name}", sum=torch.tensor(1.5), avg=np.float64(3), count=np.int64(2))
    state = {"train_meters": {"train_loss": meter}}
    torch.save({"extra_state": state, "args": argparse.Namespace()}, path := tmp_path / "a.pt", **_format(zipped))
    loaded = loading.load_checkpoint(path)["extra_state"]["train_meters"]["train_loss"]
    assert type(loaded) is loading.OldMeter
    assert (loaded.avg, loaded.count, float(loaded.sum)) == (3, 2, 1.5)
    torch.save(loaded, path)  # as scripts that average checkpoints do
    assert loading.load_checkpoint(path).count == 2


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"train_iterator": {"epoch": 31, "iterations_in_epoch": 0}}, 30),
        ({"train_iterator": {"epoch": 30, "iterations_in_epoch": 13}}, 30),
        ({"epoch": 30, "batch_offset": 0}, 30),
        ({"epoch": 30, "batch_offset": 7, "train_iterator": {"epoch": 30, "iterations_in_epoch": 7}}, 30),
        ({}, None),
    ],
    ids=["0.10, end", "0.9, end", "0.5, end", "0.5, upgraded by fairseq", "none"],
)
def test_epoch_at_which_a_checkpoint_was_saved(extra, expected):
    assert loading.saved_at({"extra_state": extra, "optimizer_history": [{"num_updates": 9}]}) == (expected, 9)


def _format(zipped: bool) -> dict[str, bool]:
    return {"_use_new_zipfile_serialization": zipped}


def test_a_configuration_of_the_main_branch_of_2020_loads(tmp_path):
    """It is omegaconf's, of version 2.0, with plain values, and objects of argparse among them."""
    omegaconf = pytest.importorskip("omegaconf")
    content = {"task": {"_name": "translation", "data": "bin"}, "lr": [0.1, None, True], "n": 2**40}
    cfg = omegaconf.OmegaConf.create(content, flags={"allow_objects": True})
    cfg.model = argparse.Namespace(arch="transformer")
    vars(cfg._metadata).update(flags={}, resolver_cache=defaultdict(dict), element_type=Any, key_type=Any)
    torch.save({"args": None, "cfg": cfg}, path := tmp_path / "a.pt")
    loaded = loading.load_checkpoint(path)["cfg"]
    assert loaded.model.arch == "transformer"
    assert {name: omegaconf.OmegaConf.to_container(loaded)[name] for name in content} == content


class Doing:
    """Pickles as a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(os.system, ("touch {}",)), (eval, ("open('{}', 'w')",)), (getattr, ("", "join")), (open, ("{}", "w"))],
    ids=["system", "eval", "getattr", "open"],
)
@pytest.mark.parametrize("place", ["cfg", "train_meters", "args"])
def test_code_stays_refused_and_is_not_run_whatever_it_is_wrapped_in(tmp_path, pickled_as, function, arguments, place):
    done = tmp_path / "done"
    code = Doing(function, *(argument.format(done) for argument in arguments))
    meter = pickled_as("fairseq.meters.AverageMeter", sum=code)
    wrapped = {"cfg": defaultdict(dict, a=code), "train_meters": meter, "args": argparse.Namespace(lr=code)}[place]
    torch.save({place: wrapped}, path := tmp_path / "a.pt")
    with pytest.raises(InputError, match="carries code"):
        loading.load_checkpoint(path)
    assert not done.exists()


def _tar(path: Path, mode: str) -> None:
    with tarfile.open(path, mode) as archive:
        archive.addfile(tarfile.TarInfo("model.pt"))


def _zip(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"\x80\x04.")


OTHERS = {
    "TorchScript": (
        lambda path: torch.jit.script(torch.nn.Linear(2, 2)).save(str(path)),
        "is a TorchScript archive, a model compiled for use",
    ),
    "whole model": (
        lambda path: torch.save(torch.nn.Linear(2, 2), path),
        r"it is a whole model as an object \(torch.nn.modules.linear.Linear\)",
    ),
    "whole model, old": (
        lambda path: torch.save(torch.nn.Linear(2, 2), path, **_format(False)),
        r"it is a whole model as an object \(torch.nn.modules.linear.Linear\)",
    ),
    "cut": (lambda path: _cut(_save(path, 1)), "damaged: cut short"),
    "cut, old": (lambda path: _cut(_save(path, 1, **_format(False))), "damaged: cut short"),
    "unfinished": (lambda path: _zip(path, "a/version"), "damaged: it was not written to the end"),
    "protocol 4": (lambda path: _zip(path, "a/data.pkl"), "is pickled by protocol 4"),
    "empty": (lambda path: path.touch(), "damaged: an empty file"),
    "Git LFS": (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
    "HTML": (lambda path: path.write_text("\n<!DOCTYPE html><html>"), r"page of the web \(HTML\)"),
    "text": (lambda path: path.write_text("epoch,updates\n1,41\n"), "is a text file that begins with 'epoch,updates"),
    "tar": (lambda path: _tar(path, "w"), "is a tar archive: unpack it first"),
    "tar.gz": (lambda path: _tar(path, "w:gz"), "is compressed by gzip: unpack it first"),
    "zip": (lambda path: _zip(path, "model.pt"), r"is a zip archive of other files \(model.pt\)"),
    "pickle": (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "is a pickle, but none that fairseq-train wrote"),
    "safetensors": (lambda path: path.write_bytes(b'\x10\0\0\0\0\0\0\0{"a": {}}'), "is a safetensors file"),
    "numpy": (lambda path: path.write_bytes(b"\x93NUMPY\x01\0"), "is an array of numpy"),
    "called wrongly": (
        lambda path: torch.save({"a": Doing(dict, 1, 2)}, path),
        "holds more than tensors and plain data",
    ),
}


@pytest.mark.filterwarnings("ignore:.torch.jit")
@pytest.mark.parametrize("kind", OTHERS)
def test_a_file_of_another_kind_is_named(tmp_path, kind, recwarn):
    make, expected = OTHERS[kind]
    make(path := tmp_path / "a.pt")
    recwarn.clear()
    with pytest.raises(InputError, match=expected) as caught:
        loading.load_checkpoint(path)
    said = f"{caught.value} {[str(warning.message) for warning in recwarn]}"
    assert "weights_only" not in said and "torch.jit.load" not in said
    assert loading.updates_of(path) is None


@pytest.mark.parametrize("make", ["missing", "empty", "cut", "text", "history", "noise", "code"])
def test_refusals(tmp_path, make):
    path = tmp_path / "a.pt"
    expected = "damaged"  # or what it is: see OTHERS
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
    with pytest.raises(KeyError, match="ours"), reading.explained(path):
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


def test_a_file_cut_anywhere_is_replaced(tmp_path):
    state = {"optimizer_history": [{"num_updates": 5}], "model": {str(n): torch.ones(999) for n in range(30)}}
    best, last = tmp_path / "checkpoint_best.pt", tmp_path / "checkpoint_last.pt"
    torch.save(state, best)
    content = best.read_bytes()
    for n in range(1, 10):  # where less than half is left, PyTorch fails otherwise
        last.write_bytes(content[: len(content) * n // 10])
        assert loading.replace_truncated_last(tmp_path) == best
        assert last.read_bytes() == content


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


@pytest.mark.parametrize("part", ["cfg", "args"])
def test_what_fairseq_itself_would_write_is_cleared(part):
    options = argparse.Namespace(save_predictions="a", post_save_script="b", lr=[1])
    state = {part: options if part == "args" else {"criterion": {"save_predictions": "a"}, "task": options}}
    guard._keep_from_effects(state)
    cleared = state["args"] if part == "args" else state["cfg"]["task"]
    assert cleared.post_save_script is None and cleared.lr == [1]
    assert (cleared.save_predictions if part == "args" else state["cfg"]["criterion"]["save_predictions"]) is None
    assert guard._keep_from_effects(torch.ones(1)) is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AssertionError("64 not divisible by {3}"), "64 not divisible by {3} (--heads)"),
        (InputError("not divisible"), "not divisible"),
        (AssertionError("another"), "another"),
        (ValueError("not divisible"), "not divisible"),
    ],
    ids=["meant", "ours", "another", "of another kind"],
)
def test_only_the_errors_of_fairseq_that_are_meant_are_said_in_other_words(error, said):
    kind = InputError if "(--heads)" in said else type(error)
    with pytest.raises(kind) as caught, in_our_words("divisible", "{} (--heads)"):
        raise error
    assert str(caught.value) == said
