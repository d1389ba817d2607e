"""Sham contrasts on the attention of a trained model, and on heads that are made for them: nothing is claimed.

``demo_attention.npz`` is what ``benchmarks/sham.py --store`` keeps of the stimuli of the Korean example.
"""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from fairseq_phonology.analysis.design.crossing import design_of
from tests.helpers import REPOSITORY
from tests.helpers.designed import crossed

STORED = Path(__file__).with_name("demo_attention.npz")


@pytest.fixture(scope="module")
def sham():
    spec = importlib.util.spec_from_file_location("sham", REPOSITORY / "benchmarks" / "sham.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "sham", module)  # dataclasses look their module up
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def demo(sham):
    return sham.Attention.load(STORED)


def made(sham, seed=1, n=12, **by_segment):
    """Two heads over 12 + 12 stems x 8 + 8 suffixes; the first likes single segments with triggers."""
    events = crossed(n, n, 8, 8)
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 0.2, (len(events.events), 2))
    odds[:, 0] += [by_segment.get(e.item.target, 0) * (e.item.trigger_class == "R") for e in events.events]
    return sham.Attention(design_of(events.items), ("1.1", "1.2"), odds, 1 / (1 + np.exp(-odds)))


def test_every_sham_is_there_once(sham):
    design = made(sham).design
    found = list(sham.shams(design))
    names = {}
    for each in found:
        names.setdefault(each.kind, []).append(each.name)
    assert names["T split"] == [f"{one} against {other}" for one, other in (
        ("p", "t k"), ("t", "p k"), ("k", "p t"), ("p t", "k"), ("p k", "t"), ("t k", "p"))]  # fmt: skip
    assert names["C split"] == ["m against ŋ", "ŋ against m"]
    assert len(names["targets reassigned"]) == 10 - 1 and len(names["triggers reassigned"]) == 6 - 1
    assert "p t k against m ŋ" not in names["targets reassigned"]
    assert len(names["R split"]) == len(names["N split"]) == 2 and len(found) == 6 + 2 + 9 + 5 + 4


def test_classes_are_those_of_the_name(sham):
    for each in sham.shams(made(sham).design):
        side = each.design.sides[0 if each.kind[0] in "TC" or "targets" in each.kind else 1]
        one, other = (name.split() for name in each.name.split(" against "))
        assert {s for s, first in zip(side.segments, side.first, strict=True) if first} == set(one)
        assert {s for s, first in zip(side.segments, side.first, strict=True) if not first} == set(other)


def test_nothing_is_claimed_of_the_model_of_the_example(sham, demo):
    assert demo.design.sizes == (120, 16) and len(demo.heads) == 12
    assert sham.claims(demo) == []


def test_the_test_alone_would_claim(sham, demo):
    """Else the shams would show nothing: segments of one class differ, and stems and suffixes repeat them."""
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in sham.table(demo)]
    kinds = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[2:]}
    assert list(kinds) == ["the real ones", "T split", "C split", "targets reassigned", "R split", "N split",
                           "triggers reassigned"]  # fmt: skip
    shams = [row for name, row in kinds.items() if name != "the real ones"]
    assert sum(int(row["+ floor of .05 of mass"]) for row in shams) > 10
    assert {row["whole rule"] for row in shams} == {"0"}
    assert kinds["C split"]["Refused"] == "2 (one segment in either class)"


def test_preferences_for_segments_pass_the_test_and_are_no_claim(sham):
    likes = {"p": 2.0, "t": 0.9}
    few, many = made(sham, **likes), made(sham, n=30, **likes)
    for attention in (few, many):
        split = next(each for each in sham.shams(attention.design) if each.name == "p against t k")
        one = sham.judged(attention, split.design)
        assert one.met[sham.WITH_MASS, 0] and not one.met[-1, 0]
        assert one.refused == ("too few units" if attention is few else "")
        assert sham.claims(attention) == []


def test_real_classes_are_claimed_by_the_same_code(sham):
    attention = made(sham, n=24, p=2.0, t=2.2, k=1.9)
    assert sham.judged(attention, attention.design).claim.tolist() == [True, False]
    assert sham.claims(attention) == []


def test_what_is_stored_is_what_is_read(sham, tmp_path):
    attention = made(sham)
    attention.save(tmp_path / "stored.npz")
    again = sham.Attention.load(tmp_path / "stored.npz")
    assert again.heads == attention.heads
    for one, other in zip(again.design.sides, attention.design.sides, strict=True):
        assert (one.names, one.segments, one.first.tolist()) == (other.names, other.segments, other.first.tolist())
    for name in ("log_odds", "mass"):
        kept, was = (getattr(each, name)[each.design.index] for each in (again, attention))
        np.testing.assert_allclose(kept, was, atol=2e-3)
