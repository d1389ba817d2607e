"""What loads and is no checkpoint, or was damaged, is refused in one line, by our loader and by fairseq's, wrapped."""

from __future__ import annotations

import copy
import random
import zipfile
from argparse import Namespace

import pytest

pytest.importorskip("fairseq")
import torch
from fairseq import checkpoint_utils

import fairseq_phonology.task  # noqa: F401 (wraps fairseq's loader)
from fairseq_phonology import InputError
from fairseq_phonology.loading import load_checkpoint
from fairseq_phonology.loading.reading import replace_truncated_last

WEIGHTS = {"encoder.w": torch.linspace(-1, 1, 400).reshape(20, 20), "encoder.version": torch.tensor([3.0])}
STATE = {
    "args": None,
    "cfg": {
        "task": {"_name": "translation", "data": "bin"},
        "model": Namespace(_name="transformer", arch="transformer", encoder_layers=1),
        "criterion": {"_name": "cross_entropy"},
    },
    "model": WEIGHTS,
    "optimizer_history": [
        {"num_updates": 5, "criterion_name": "a", "optimizer_name": "b", "lr_scheduler_state": {"best": 1.0}}
    ],
    "task_state": {},
    "extra_state": {"train_iterator": {"epoch": 2, "iterations_in_epoch": 0}},
}


def _changed(*path, to):
    state = copy.deepcopy(STATE)
    part = state
    for key in path[:-1]:
        part = part[key]
    if to is None:
        del part[path[-1]]
    else:
        part[path[-1]] = to
    return state


def _weights(**changes):
    return {**STATE, "model": {**WEIGHTS, **changes}}


CASES = {
    "tensor": (torch.ones(3), "it holds a Tensor alone"),
    "None": (None, "it holds a NoneType alone"),
    "state dict": (WEIGHTS, r"it holds weights alone \(a state_dict\)"),
    "empty": ({}, "no model or no configuration of a task, but nothing"),
    "no cfg": (_changed("cfg", to=None), "no model or no configuration of a task, but args, model"),
    "no model": (_changed("model", to=None), "no model or no configuration of a task, but args, cfg"),
    "cfg a list": (_changed("cfg", to=[1]), "its cfg is a List"),
    "args a text": (_changed("args", to="x"), "its args are a str"),
    "no task": (_changed("cfg", "task", to=None), "the part 'task' of its configuration is missing"),
    "model a number": (_changed("cfg", "model", to=7), "the part 'model' of its configuration is a int"),
    "no history": (_changed("optimizer_history", to=[]), "its optimizer_history is not a list"),
    "updates a text": (_changed("optimizer_history", 0, "num_updates", to="x"), "its num_updates is x"),
    "updates beyond": (_changed("optimizer_history", 0, "num_updates", to=10**30), "its num_updates is 1000"),
    "extra a number": (_changed("extra_state", to=3), "its extra_state is a int"),
    "iterator a list": (_changed("extra_state", "train_iterator", to=[1]), "its train_iterator is a list"),
    "epoch below": (_changed("extra_state", "train_iterator", "epoch", to=-1), "its epoch is -1"),
    "task state a list": (_changed("task_state", to=[1]), "its state of the task is a list"),
    "weights a list": (_changed("model", to=[1]), "its model is a list"),
    "weight a text": (_weights(more="x"), "its weights more are a str"),
    "weight of a number": (_changed("model", 3, to=torch.ones(1)), "the name of its weights is 3, not a text"),
    "NaN": (_weights(more=torch.tensor([0.0, float("nan")])), "its weights more are not all numbers"),
    "complex": (_weights(more=torch.ones(2) * 1j), "its weights more are a tensor of another kind"),
    "expanded": (_weights(more=torch.zeros(1).expand(2**33, 8)), "a tensor of 8589934592 x 8 in it has 4 bytes of its"),
    "expanded elsewhere": (
        {
            **STATE,
            "last_optimizer_state": {0: [{"state": Namespace(mean=torch.zeros(1, dtype=torch.bool).expand(2**40))}]},
        },
        "damaged: a tensor of 1099511627776 in it has 1 bytes",
    ),
    "windows": (
        _weights(more=torch.zeros(2**14).as_strided((2**13, 2**13), (1, 1))),
        "damaged: a tensor of 8192 x 8192 in it has 65536 bytes of its 268435456",
    ),
    "dropout a text": (
        _changed("cfg", "model", to=Namespace(dropout="x")),
        "its option --dropout is x; allowed: 0 to 1",
    ),
    "smoothing": (_changed("cfg", "criterion", to={"label_smoothing": 2.0}), "its option --label-smoothing is 2.0"),
    "heads of a part": (
        _changed("cfg", "model", to={"encoder": {"attention_heads": 0}}),
        "its option --attention-heads is 0; allowed: 1 or more",
    ),
    "args": (_changed("args", to=Namespace(attention_dropout=-0.1)), "its option --attention-dropout is -0.1"),
    "integers": (_weights(**{"a.weight": torch.ones(2, dtype=torch.int8)}), "a.weight are whole numbers"),
    "layers": (
        _changed("cfg", "model", to=Namespace(encoder_layers=10**6)),
        "encoder-layers is 1000000, and",
    ),
    "itself": (_changed("cfg", "task", "data", to="${task.data}"), "damaged: an option in it refers to none"),
    "sparse": (_weights(more=torch.eye(2).to_sparse()), "its weights more are a tensor of another kind"),
}


@pytest.mark.parametrize("kind", CASES)
def test_refused_under_fairseqs_commands(tmp_path, kind):
    content, said = CASES[kind]
    torch.save(content, tmp_path / "x.pt")
    with pytest.raises(InputError, match=rf"x\.pt: .*{said}") as caught:
        checkpoint_utils.load_checkpoint_to_cpu(str(tmp_path / "x.pt"))
    assert "\n" not in str(caught.value) and "weights_only" not in str(caught.value)


def test_a_sound_one_loads(tmp_path):
    torch.save(STATE, tmp_path / "x.pt")
    loaded = checkpoint_utils.load_checkpoint_to_cpu(str(tmp_path / "x.pt"))
    assert torch.equal(loaded["model"]["encoder.w"], WEIGHTS["encoder.w"])
    loops = [torch.zeros(2, 1).expand(2, 300)]
    loops.append(loops)
    torch.save({**STATE, "last_optimizer_state": {0: loops}}, tmp_path / "x.pt")
    checkpoint_utils.load_checkpoint_to_cpu(str(tmp_path / "x.pt"))
    mask, uninitialized = torch.full((3, 3), float("-inf")).triu(1), torch.tensor([float("nan")])
    torch.save(_weights(**{"decoder.mask": mask, "embed._float_tensor": uninitialized}), tmp_path / "x.pt")
    assert torch.equal(checkpoint_utils.load_checkpoint_to_cpu(str(tmp_path / "x.pt"))["model"]["decoder.mask"], mask)


def test_an_archive_that_is_packed_is_refused(tmp_path):
    torch.save(STATE, tmp_path / "x.pt")
    with (
        zipfile.ZipFile(tmp_path / "x.pt") as old,
        zipfile.ZipFile(tmp_path / "y.pt", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            new.writestr(member.filename, old.read(member))
    with pytest.raises(InputError, match="is a packed archive"):
        load_checkpoint(tmp_path / "y.pt")


def test_an_end_that_says_there_are_two_disks_is_damage(tmp_path):
    torch.save(STATE, path := tmp_path / "checkpoint_last.pt")
    content = bytearray(path.read_bytes())
    content[content.rfind(b"PK\x06\x07") + 16] = 2
    path.write_bytes(content)
    try:
        zipfile.is_zipfile(path)
    except zipfile.BadZipFile:
        said = "zipfiles that span multiple disks"
    else:  # of Python 3.13.5, which finds no end there
        said = r"cut short \(a zip archive without its end\)"
    with pytest.raises(InputError, match=f"damaged: {said}"):
        load_checkpoint(path)
    with pytest.raises(InputError, match="damaged, and no other checkpoint"):
        replace_truncated_last(tmp_path)


def test_weights_that_are_marked_as_a_folder_are_damage(tmp_path):
    """PyTorch would read nothing of them, and give what memory holds."""
    torch.save(STATE, path := tmp_path / "x.pt")
    content = bytearray(path.read_bytes())
    content[content.rfind(b"PK\x01\x02", 0, content.rfind(b"x/data/1")) + 38] |= 0x10
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged: x/data/1 in it is marked as a folder"):
        load_checkpoint(path)


@pytest.mark.parametrize("tries", [200, pytest.param(5000, marks=pytest.mark.long)])
def test_damaged_bytes_are_refused_or_did_no_damage(tmp_path, tries):
    """Never another error, and what loads is what was saved: flipped bytes, cuts, bytes put in, doubled or zeroed."""
    torch.save(STATE, path := tmp_path / "x.pt")
    whole, rng, refused = path.read_bytes(), random.Random(tries), 0
    for _ in range(tries):
        content, at, n = bytearray(whole), rng.randrange(len(whole)), rng.randrange(1, 20)
        match rng.randrange(5):
            case 0 | 1:
                content[at] ^= 1 << rng.randrange(8)
            case 2:
                del content[at : at + rng.choice([n, len(whole)])]
            case 3:
                content[at:at] = content[at : at + n]
            case 4:
                content[at : at + n] = bytes(n)
        path.write_bytes(content)
        try:
            loaded = load_checkpoint(path)
        except InputError as error:
            refused += 1
            assert "weights_only" not in str(error)
        else:
            assert {name: value for name, value in loaded.items() if name != "model"} == {
                name: value for name, value in STATE.items() if name != "model"
            }
            assert all(torch.equal(loaded["model"][name], value) for name, value in WEIGHTS.items())
    assert refused > tries / 3


def test_a_trial_file_that_a_killed_training_left_is_no_file_of_the_users(tmp_path):
    (trial := tmp_path / "dummy").touch()
    checkpoint_utils.verify_checkpoint_directory(str(tmp_path))
    assert not trial.exists()
    trial.write_text("mine", encoding="utf-8")
    with pytest.raises((InputError, SystemExit)):
        checkpoint_utils.verify_checkpoint_directory(str(tmp_path))
    assert trial.read_text(encoding="utf-8") == "mine"
