"""Onsets, by hand: from where a value stays up, shares, the sentence, the tables."""

import csv
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.verdict import at_eos
from fairseq_phonology.analysis.dynamics.dynamics import Dynamics, head_named, largest_head, onset
from fairseq_phonology.analysis.dynamics.follow import snapshot
from fairseq_phonology.analysis.dynamics.tables import (
    dynamics_summary,
    sentence,
    write_all_heads,
    write_dynamics,
    write_dynamics_summary,
)
from fairseq_phonology.analysis.events.events import Events, Head, View
from fairseq_phonology.analysis.provenance import Coverage, OfGrammar, Provenance
from fairseq_phonology.errors import InputError
from tests.helpers import at_edge
from tests.helpers.designed import crossed, real_words
from tests.helpers.followed import HEADS, checkpoint, run, shot
from tests.helpers.intervened import intervened, words

NAN = math.nan


@pytest.mark.parametrize(
    "values, threshold, first",
    [
        ([0, 1, 2, 3], 2, 2),
        ([2, 1, 2, 3], 2, 2),
        ([2, 3, 4], 2, 0),
        ([0, 3, 1], 2, None),
        ([0, NAN, 2], 2, 2),
        ([3, NAN, 3], 2, 2),
        ([NAN, NAN], 2, None),
        ([1.0], 1, 0),
    ],
)
def test_from_where_a_value_stays_up(values, threshold, first):
    assert onset("what", values, threshold).stays == first


def test_onsets():
    found = {one.what: (one.threshold, one.stays, one.first) for one in run().onsets()}
    assert found == {
        "exact_match": (50, 2, 2),
        "nasalization": (50, 1, 1),
        "response_mass": (0.2, 3, 1),  # .25 at the second was not to stay
        "share_cross": (0.2, 2, 2),
        "share_encoder": (0.2, None, 1),  # 30 % at the second
        "share_cross_encoder": (0.2, 1, 1),
    }


def test_shares_are_of_a_minimal_pair_that_distinguishes():
    followed = run()
    assert followed.distinguishes.tolist() == [False, True, True, True, True]  # .1 is next to nothing beside 10
    np.testing.assert_allclose(followed.share("cross"), [NAN, 0.1, 0.5, 0.9, 0.9])
    np.testing.assert_allclose(followed.share("cross", others=True), [NAN, 0.02, 0.0125, 0.01, 0.01])
    assert np.isnan(followed.share("decoder")).all() and followed.routes == ["cross", "encoder", "cross+encoder"]
    never = Dynamics("p", "", [checkpoint(n, 0, 0, shot(pair=1, distinguishes=False, cross=1)) for n in (1, 2)], 0, "")
    lacking = Dynamics("p", "", [checkpoint(n, 0, 0, shot(pair=None, cross=1)) for n in (1, 2)], 0, "")
    for followed in (never, lacking):
        assert not followed.distinguishes.any() and np.isnan(followed.share("cross")).all()


def test_the_sentence():
    assert sentence(run()) == (
        "Exact match stays at 50 % or above from epoch 3 on, nasalization where it is due from epoch 2 on; the "
        "response of head 2.1 (cross-attention) at half of its final .40 from epoch 4 on (reached first at epoch 2); "
        "of the minimal-pair effect, noising takes 20 % or more: cross-attention from epoch 3 on, encoder not to the "
        "end (reached first at epoch 2); thresholds are looked for at the 5 checkpoints alone, 1 epoch apart, so that "
        "each was reached between the checkpoint named and the one before."
    )


def test_the_sentence_of_a_run_that_learned_nothing():
    checkpoints = [
        checkpoint(1, 0, NAN, shot((0.1, -0.1), cross=0.1), updates=5),
        checkpoint(1, 0, NAN, shot((0.1, -0.1), cross=0.1)),
    ]
    said = sentence(Dynamics("nasalization", "toy", checkpoints, 1, "x"))
    assert said.startswith(
        "Exact match stays at 50 % or above not to the end; the response of head 2.1 (cross-attention) ends at -.10, "
        "which is none; of the minimal-pair effect, noising takes 20 % or more: cross-attention not to the end; "
        "thresholds are looked for at the 2 checkpoints alone, 5 updates apart, "
    )


def test_routes_that_only_matter_together_are_named():
    checkpoints = [checkpoint(n, 90, 90, shot((0.1, 0.2), cross=0, encoder=0, cross_and_encoder=8)) for n in (1, 2)]
    said = sentence(Dynamics("nasalization", "toy", checkpoints, 1, "x"))
    assert "encoder not to the end, cross + encoder from epoch 1, the first checkpoint, on;" in said


def test_the_sentence_says_how_far_apart_the_checkpoints_are():
    checkpoints = [checkpoint(n, 10 * n, 0, shot()) for n in (1, 3, 8)]
    assert "at the 3 checkpoints alone, 2 to 5 epochs apart" in sentence(Dynamics("p", "", checkpoints, 0, ""))


def test_an_epoch_with_several_checkpoints_is_counted_in_updates():
    checkpoints = [checkpoint(1, 0, 0, shot(), updates=5), checkpoint(1, 60, 60, shot()), checkpoint(2, 60, 60, shot())]
    followed = Dynamics("nasalization", "toy", checkpoints, 0, "x")
    assert followed.unit == "updates" and followed.axis.tolist() == [5, 10, 20]
    assert "50 % or above from update 10 on" in sentence(followed)


def test_names_of_heads():
    heads = [*HEADS, Head("decoder", "decision", 2, 1)]
    assert [head_named(name, heads) for name in ("1.1", "2.1", "cross:2.1", "decoder:2.1")] == [0, 1, 1, 2]
    for name in ("3.1", "decoder:1.1", "encoder:1.1", "two", "21"):
        with pytest.raises(InputError, match=rf"--head {name}: no such head; there are 1.1, 2.1, decoder:2.1"):
            head_named(name, heads)


def test_the_head_is_chosen_at_the_best_checkpoint():
    checkpoints = [
        checkpoint(n, 0, 0, shot(mass), best=n == 2) for n, mass in ((1, (0.9, 0)), (2, (0.1, 0.2)), (3, (0.5, 0.3)))
    ]
    number, how = largest_head(checkpoints)
    assert number == 1 and how == "the one with the largest response at the best checkpoint (epoch 2)"
    number, how = largest_head([checkpoints[0], checkpoints[2]])
    assert number == 0 and how == "the one with the largest response at the last checkpoint (epoch 3)"


def test_the_tables(tmp_path):
    write_dynamics(run(), tmp_path / "dynamics.csv")
    with open(tmp_path / "dynamics.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == list("12345") and [row["best"] for row in rows] == list("00010")
    assert rows[1] == {
        **{"epoch": "2", "updates": "20", "checkpoint": "checkpoint2.pt", "best": "0", "exact_match": "20"},
        **{"nasalization": "55", "harmony": "10", "decided": "1"},
        **{f"decided_{cell}": "1" for cell in ("TR", "TN", "CR", "CN")},
        **{"response_mass": "0.25", "low_mass": "0.2", "high_mass": "0.3", "response_log_odds": "2.5"},
        **{"mean_TR": "0.25", "mean_TN": "0", "mean_CR": "0", "mean_CN": "0"},
        **{"intact": "4", "minimal_pair": "-1", "effect_minimal_pair": "5", "distinguishes": "1"},
        **{"effect_cross": "0.5", "effect_encoder": "1.5", "effect_cross_encoder": "2"},
        **{"share_cross": "0.1", "share_encoder": "0.3", "share_cross_encoder": "0.4"},
        **{"others_cross": "0.1", "others_encoder": "0.1"},
    }
    assert rows[0]["share_cross"] == "" and rows[0]["effect_cross"] == "0.09" and rows[0]["distinguishes"] == "0"
    write_all_heads(run(), tmp_path / "heads.csv")
    with open(tmp_path / "heads.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["epoch"], row["layer"], row["chosen"]) for row in rows[:3]] == [
        ("1", "1", "0"), ("1", "2", "1"), ("2", "1", "0"),
    ]  # fmt: skip
    assert rows[3]["response_mass"] == rows[3]["mean_TR"] == "0.25" and len(rows) == 10


def test_the_summary(tmp_path):
    followed = run(provenance=Provenance(run="checkpoints"))
    write_dynamics_summary(followed, tmp_path / "summary.json")
    found = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert found == dynamics_summary(followed)
    assert found["head"] == {"kind": "cross", "layer": 2, "head": 1, "chosen": "named by --head"}
    assert found["onsets"][0] == {
        **{"what": "exact_match", "threshold": 50, "epoch": 3, "updates": 30, "checkpoint": "checkpoint3.pt"},
        **{"first_epoch": 3, "first_updates": 30, "first_checkpoint": "checkpoint3.pt"},
    }
    assert [one["what"] for one in found["onsets"]][-3:] == ["share_cross", "share_encoder", "share_cross_encoder"]
    assert [one["epoch"] for one in found["onsets"]] == [3, 2, 4, 3, None, 2]
    assert [one["first_epoch"] for one in found["onsets"]] == [3, 2, 2, 3, 2, 2]
    assert "5 % or more of the largest one of the run" in found["definition"]
    assert "nothing is tested over epochs" in found["caveats"][0] and found["about"] == {"run": "checkpoints"}


def looking(events, mass_of):
    """Events whose first head of two has that mass at the trigger, by cell; the second looks elsewhere."""
    mass = np.array([[[mass_of[event.item.cell], 0.1]] for event in events.events], np.float32)
    nothing = np.zeros_like(mass)
    arrays = (np.log(mass / (1 - mass)), mass, mass, nothing, nothing, nothing)
    return Events(events.events, [View("cross", "decision", *arrays, np.zeros((*mass.shape, 8), np.float32))])


@pytest.mark.parametrize("design", ["crossed", "real words"])
def test_a_snapshot(design):
    """Words that the model gets wrong count, too: of an early checkpoint, nothing else is there."""
    events = crossed(t=8, c=8, r=8, n=8, failed=[("T0", "R0"), ("T1", "R1")]) if design == "crossed" else real_words(8)
    looks = looking(events, {"TR": 0.9, "TN": 0.2, "CR": 0.3, "CN": 0.1})
    shares = {"cross": 0.8, "cross+encoder": 1.0, "total": 1.0}
    made = {"others": {"cross": 0.1}, "noise": 0}
    found = intervened(shares, events, **made) if design == "crossed" else words(shares, noise=0)
    shot = snapshot(looks, found)
    assert shot.response["mass"] == pytest.approx([0.5, 0], abs=1e-6)  # .9 - .2 - .3 + .1
    assert {cell: round(float(mean[0]), 6) for cell, mean in shot.means.items()} == {
        "TR": 0.9, "TN": 0.2, "CR": 0.3, "CN": 0.1,
    }  # fmt: skip
    assert shot.low[0] == pytest.approx(0.5, abs=1e-6) and shot.high[0] == pytest.approx(0.5, abs=1e-6)
    assert shot.intact == pytest.approx(5) and shot.pair.effect == pytest.approx(10) and shot.pair.distinguishes
    wanted = {"cross": 8.0, "encoder": 0.0, "cross+encoder": 10.0}
    assert shot.effects == pytest.approx(wanted, abs=1e-5)
    assert shot.others["cross"] == pytest.approx(1 if design == "crossed" else 0, abs=1e-5)
    share = 254 / 256 if design == "crossed" else 1  # 16 x 16 words, two of them not as they should be
    assert shot.decided["all"] == pytest.approx(share)
    assert shot.decided["TR"] == pytest.approx(62 / 64 if design == "crossed" else 1)


def test_a_list_without_a_design():
    events = crossed(t=4, c=4)
    for event in events.events:
        object.__setattr__(event.item, "stem", "")
    with pytest.raises(InputError, match=r"no design .no columns stem and suffix.: a response is a difference"):
        snapshot(looking(events, dict.fromkeys(("TR", "TN", "CR", "CN"), 0.1)), intervened({}, events))


def test_it_says_where_the_end_of_the_word_was_measured_and_what_was_not_asked():
    found = run()
    assert found.further == ()
    coverage = Coverage("b before p", 1, 2, ("p before b (part 2 of 2)",))
    measured = at_eos(at_edge.at_the_end(stems=1, suffixes=1))
    found = replace(found, measured=measured, provenance=Provenance(grammar=OfGrammar(coverage=coverage)))
    assert found.further == (measured, coverage.sentence(found.process)) and "at the position of EOS" in measured
    assert dynamics_summary(found)["caveats"][-2:] == list(found.further)
