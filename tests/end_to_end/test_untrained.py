"""`fairseq-phonology untrained` on a trained toy, and what fairseq-generate makes of the result."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fairseq_phonology.analysis.events.collect import is_forced
from fairseq_phonology.attention.dump.reader import AttentionDump
from fairseq_phonology.loading import load_checkpoint
from tests.helpers import toy


def verb(*arguments):
    """Run ``fairseq-phonology untrained``."""
    program = Path(sys.executable).parent / "fairseq-phonology"
    line = [sys.executable, str(program), "untrained", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def best(trained):
    return trained.save_dir / "checkpoint_best.pt"


@pytest.fixture(scope="module")
def made(trained, best, tmp_path_factory):
    """The untrained checkpoint of seed 1, and what was printed."""
    out = tmp_path_factory.mktemp("untrained") / "untrained.pt"
    done = verb(best, "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_the_same_shape_with_other_weights_and_no_optimizer(made, best):
    old, new = load_checkpoint(best), load_checkpoint(made[0])
    assert {name: value.shape for name, value in old["model"].items()} == {
        name: value.shape for name, value in new["model"].items()
    }
    projection = "decoder.layers.0.encoder_attn.q_proj.weight"
    assert not np.allclose(old["model"][projection], new["model"][projection])
    assert new["cfg"]["model"] == old["cfg"]["model"] and new["cfg"]["task"] == old["cfg"]["task"]
    assert new["optimizer_history"][-1]["num_updates"] == 0 and not new["last_optimizer_state"]
    assert old["last_optimizer_state"], "else the last line says nothing"


def test_a_file_that_is_there_stays(made, best):
    before = made[0].read_bytes()
    done = verb(best, "--out", made[0], "--seed", 2)
    assert done.returncode == 2 and "exists; name another file or add --overwrite" in done.stderr
    assert made[0].read_bytes() == before


def test_a_seed_says_which_weights(made, best, tmp_path):
    assert verb(best, "--out", tmp_path / "again.pt", "--seed", 1).returncode == 0
    assert verb(best, "--out", tmp_path / "other.pt", "--seed", 2).returncode == 0
    assert (tmp_path / "again.pt").read_bytes() == made[0].read_bytes() != (tmp_path / "other.pt").read_bytes()


def test_the_printed_command_writes_a_forced_dump(made):
    """As printed, but for the options that keep it quiet."""
    (line,) = [line for line in made[1].splitlines() if line.startswith("next: fairseq-generate ")]
    arguments = shlex.split(line.removeprefix("next: fairseq-generate "))
    done = toy.fairseq("generate", *arguments, *toy.QUIET)
    assert done.returncode == 0, done.stderr[-3000:]
    dump = AttentionDump(arguments[arguments.index("--save-attention") + 1])
    assert dump.manifest["updates"] == 0, "the mark of fresh weights"
    assert is_forced(dump) and len(dump) == 101 and dump.complete
    assert all(record.surface == record.reference for record in dump)
    assert f"--baseline {dump.paths[0]}" in made[1]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        pytest.param(
            lambda best, tmp: [best, "--out", best],
            "--out is the checkpoint that is read",
            id="onto itself",
        ),
        pytest.param(lambda best, tmp: [tmp / "none.pt", "--out", tmp / "o.pt"], "no such checkpoint", id="none"),
        pytest.param(lambda best, tmp: [best, "--out", tmp / "no" / "o.pt"], "no such folder", id="no folder"),
        pytest.param(lambda best, tmp: [best, "--out", tmp / "o.pt", "--seed", -1], "--seed is -1", id="seed"),
        pytest.param(
            lambda best, tmp: [best, "--out", tmp / "o.pt", "--data", tmp / "bin"],
            "name the folder of the data with --data",
            id="data gone",
        ),
    ],
)
def test_refused(best, tmp_path, change, wanted):
    before = best.read_bytes()
    done = verb(*change(best, tmp_path))
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert wanted in done.stderr.splitlines()[-1], done.stderr
    assert best.read_bytes() == before and not list(tmp_path.iterdir())


def test_other_dictionaries_are_refused(trained, best, tmp_path):
    other = shutil.copytree(trained.data, tmp_path / "bin")
    dictionary = other / "dict.ur.txt"
    dictionary.write_text(dictionary.read_text(encoding="utf-8") + "ʁ 1\n", encoding="utf-8")
    done = verb(best, "--out", tmp_path / "o.pt", "--data", other)
    assert (
        done.returncode == 2
        and "was trained with other dictionaries: the underlying one here has 17 symbols, not 16"
        in done.stderr.splitlines()[-1]
    )
    assert not (tmp_path / "o.pt").exists()


def test_an_unknown_architecture_is_refused(best, tmp_path):
    import torch

    state = load_checkpoint(best)
    state["cfg"]["model"]._name = state["cfg"]["model"].arch = "lab_transformer"
    torch.save(state, tmp_path / "lab.pt")
    done = verb(tmp_path / "lab.pt", "--out", tmp_path / "o.pt")
    assert done.returncode == 2 and not (tmp_path / "o.pt").exists(), done.stderr
    assert "has the unknown model 'lab_transformer'; name the --user-dir" in done.stderr.splitlines()[-1]
