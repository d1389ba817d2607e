"""Numbers of a model's and a criterion's options."""

from __future__ import annotations

from argparse import Namespace

import pytest

pytest.importorskip("fairseq")
from omegaconf import OmegaConf

from fairseq_phonology.loading.options import wrong_numbers


def test_no_more_layers_than_weights():
    given = Namespace(encoder_layers=10**6, decoder_layers=64)
    assert list(wrong_numbers(given)) == []
    assert list(wrong_numbers(given, 30)) == ["--encoder-layers is 1000000, and its weights are 30 in all"]
    assert list(wrong_numbers({"encoder": {"layers": 65}}, 66)) == []


@pytest.mark.parametrize(
    "options, wrong",
    [
        (None, []),
        ({"dropout": 0.1, "relu_dropout": None, "use_dropout": True, "encoder_layers": "[(8, 3)] * 2"}, []),
        ({"label_smoothing": 0, "encoder_attention_heads": 4, "max_source_positions": 1024}, []),
        (OmegaConf.create({"max_target_positions": "${nothing}", "dropout": 2}), ["--dropout is 2; allowed: 0 to 1"]),
        ({"dropout": float("nan")}, ["--dropout is nan; allowed: 0 to 1"]),
        (Namespace(label_smoothing=2), ["--label-smoothing is 2; allowed: 0 to 1"]),
        ({"decoder": {"layerdrop": -1}, 3: 4}, ["--layerdrop is -1; allowed: 0 to 1"]),
        ({"max_target_positions": 0}, ["--max-target-positions is 0; allowed: 1 or more"]),
    ],
    ids=str,
)
def test_wrong_numbers(options, wrong):
    assert list(wrong_numbers(options)) == wrong
