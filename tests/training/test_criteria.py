"""Criteria of fairseq that train no model from URs to SRs are named, with what they need."""

from __future__ import annotations

from argparse import Namespace
from types import SimpleNamespace

import pytest

pytest.importorskip("fairseq")

from fairseq.criterions import CRITERION_REGISTRY

from fairseq_phonology import InputError
from fairseq_phonology.training.criteria import _NEEDS, check_criterion

TAKEN = {
    *("cross_entropy", "label_smoothed_cross_entropy", "label_smoothed_cross_entropy_with_rdrop", "adaptive_loss"),
    *("label_smoothed_cross_entropy_with_alignment", "composite_loss"),
    "latency_augmented_label_smoothed_cross_entropy",  # says itself what it needs
}


def test_every_criterion_of_fairseq_is_taken_or_named():
    own = {name for name, kind in CRITERION_REGISTRY.items() if kind.__module__.startswith("fairseq.")}
    assert own == TAKEN | set(_NEEDS)


@pytest.mark.parametrize("key", ["_name", "criterion"])
def test_taken_and_refused(key):
    for name in TAKEN:
        check_criterion(SimpleNamespace(**{key: name}))
    for name in _NEEDS:
        with pytest.raises(InputError, match=f"^--criterion {name} needs a .*; allowed: cross_entropy, label_smoothed"):
            check_criterion(SimpleNamespace(**{key: name}))
    with pytest.raises(InputError, match="the unknown criterion 'own': name the --user-dir that has it"):
        check_criterion(SimpleNamespace(**{key: "own"}))


def test_a_model_with_an_output_for_ctc_may_have_one_beside_cross_entropy():
    with_ctc = SimpleNamespace(_name="label_smoothed_cross_entropy_with_ctc")
    check_criterion(with_ctc, has_ctc=True)
    with pytest.raises(InputError, match="get_ctc_output"):
        check_criterion(with_ctc)
    with pytest.raises(InputError, match="--criterion ctc needs"):
        check_criterion(SimpleNamespace(_name="ctc"), has_ctc=True)


def test_numbers_of_a_criterion_are_checked():
    with pytest.raises(InputError, match="label-smoothing"):
        check_criterion(Namespace(_name="label_smoothed_cross_entropy", label_smoothing=2.0))
