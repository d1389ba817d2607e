"""Checkpoints whose configuration declares a model that is larger than their weights: refused before it is built."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

pytest.importorskip("fairseq")

import torch

from fairseq_phonology.errors import InputError
from fairseq_phonology.training.checkpoints.loaded import load_model
from tests.helpers.shared import made_once
from tests.helpers.tried import try_in
from tests.helpers.world import USE, world


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    return made_once(tmp_path_factory, "world", world)


def _declared(good: Path, **options: int) -> bytes:
    """A checkpoint with other options of its model, and the same weights."""
    state = torch.load(good / "model.pt", weights_only=True)
    model = state["cfg"]["model"]
    (model if isinstance(model, dict) else vars(model)).update(options)
    torch.save(state, file := io.BytesIO())
    return file.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {"encoder_embed_dim": 10**6},
        {"decoder_ffn_embed_dim": 10**12},
        {"decoder_output_dim": 10**8},
        {"max_source_positions": 10**9},
        {"encoder_layers": 64, "encoder_ffn_embed_dim": 10**5},
    ],
    ids=str,
)
def test_a_model_of_more_than_the_file_has_is_not_built(good, tmp_path, options):
    path = tmp_path / "no-shard" / "x.pt"  # only a file of such a name is a part of a model
    path.parent.mkdir()
    path.write_bytes(_declared(good, **options))
    with pytest.raises(InputError, match=r"x\.pt: .* make a model of [\d,]{11,} numbers, and its weights are [\d,]+$"):
        load_model(path, good / "data" / "bin", cpu=True)


def test_nor_under_a_command_of_fairseq(good, tmp_path):
    files = {"x.pt": _declared(good, encoder_embed_dim=10**6)}
    words = ["fairseq-generate", "data/bin", *map(str, USE), "--path", "x.pt"]
    done = try_in(good, tmp_path / "case", words, files)
    (line,) = (line for line in done.err.splitlines() if "error:" in line)
    assert done.status == 2 and not done.changed and "Traceback" not in done.out + done.err
    assert "x.pt: its configuration and the dictionaries make a model of 4,000," in line


def test_shapes_alone_draw_no_numbers():
    """Weights and samplings for a seed stay as they are."""
    before = torch.get_rng_state()
    with torch.device("meta"):
        torch.nn.Embedding(3, 4)
        torch.nn.Linear(3, 4)
    assert torch.equal(before, torch.get_rng_state())
