"""A progressive process, set by hand: the trigger is read in the UR, in what the model has said itself, or in both."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import pytest

from fairseq_phonology.attention.dump.reader import AttentionDump
from fairseq_phonology.attention.record import KIND_NAMES
from fairseq_phonology.stimuli.items import Item
from tests.helpers.asked import Answers, Experiment
from tests.helpers.designed import Unit, cross
from tests.helpers.hand_set_harmony import FRONT, FRONTED, WAYS, harmony_model

PROCESS = "fronting"
GRAMMAR = """
language = "toy harmony"

[inventory]
segments = "p t k s l m n a e i o u ø y"

[syllable]
onsets = ["p", "t", "k", "s", "l", "m", "n"]
nuclei = "a e i o u ø y"
codas = ["", "p", "t", "k", "s", "l", "m", "n"]

[[process]]
name = "fronting"
rules = ["{o, u} -> {ø, y} / {ø, y} [-syl]* _"]

[controls.fronting]
target = ["a", "e"]
trigger = ["a", "i"]
"""

# a stem's trigger is its last vowel, a suffix's target its only one; one to three consonants divide them
STEMS = "t_|k i s_|l a n_|m_l|p a_s|k a t i l_|s i n_t|m e k a p_".split("|")
SUFFIXES = "l_|t l_s|m_l|s_n|k_|p_t|n_m|l p_".split("|")
TRIGGERS = {"R": FRONT, "N": ("a", "i")}
TARGETS = {"T": tuple(FRONTED), "C": ("a", "e")}


def filled(letter: str, parts: Sequence[str], segments: Sequence[str]) -> list[Unit]:
    """Each part with the next of the segments in its gap."""
    found = []
    for n, part in enumerate(parts):
        before, after = (side.split() for side in part.split("_"))
        found.append(Unit(letter, (*before, segments[n % len(segments)], *after), len(before)))
    return found


ITEMS = cross(
    [unit for letter, targets in TARGETS.items() for unit in filled(letter, SUFFIXES, targets)],
    [unit for letter, triggers in TRIGGERS.items() for unit in filled(letter, STEMS, triggers)],
    FRONTED,
    progressive=True,
)


def mass(item: Item, kind: str, eos: int = 0) -> float:
    """What head 2.1 puts on the trigger, by hand: of the n segments that it can see, itself scores 4, the rest 0.

    Cross-attention sees the UR, the decoder's self-attention what was said before. With ``eos`` 1, EOS counts as well.
    """
    n = (item.target_index if kind == "decoder" else len(item.ur)) + eos
    if item.cell == "TR":
        return np.exp(6) / (np.exp(6) + np.exp(4) + n - 2)
    return 1 / (np.exp(4) + n - 1)


# which heads 2.1 carry what they see, and which look at the trigger -> route; share that each gives back and takes away
MODELS = {
    "decoder": (("decoder",), ("decoder",), "decoder", {"decoder": (100, 100)}),
    "cross": (("cross",), ("cross",), "cross", {"cross": (100, 100)}),
    "idle cross": (("decoder",), WAYS, "decoder", {"cross": (0, 0), "decoder": (100, 100)}),
    "either": (WAYS, WAYS, "either suffices", {"cross": (0, 100), "decoder": (0, 100)}),
}
# log-odds of the outcome by hand, 15 for each unit: ø is 1.6 and o 1 - 1.6 where the trigger is seen; else 0 and 1
SEEN, UNSEEN = 15 * (1.6 - (1 - 1.6)), -15


@pytest.fixture(scope="module")
def experiment(tmp_path_factory) -> Experiment:
    return Experiment.made(tmp_path_factory.mktemp("progressive"), GRAMMAR, PROCESS, ITEMS)


@pytest.fixture(scope="module")
def answers(experiment):
    """Of one of `MODELS`, by name."""

    @functools.cache
    def of(name: str) -> Answers:
        reads, attends, *_ = MODELS[name]
        return experiment.asked(harmony_model(experiment.data, reads, attends, f"{name.replace(' ', '-')}.pt"))

    return of


def test_masses_are_those_worked_out_by_hand(experiment, answers):
    events = answers("either").study.events
    for kind in WAYS:
        expected = [mass(event.item, kind) for event in events.events]
        np.testing.assert_allclose(events.view(kind, "decision").mass[:, 1, 0], expected, rtol=1e-3)
    # the decision step reads the surface trigger one input after the place where it was emitted: the first is EOS
    record, item = AttentionDump(experiment.root / "either-attention")[ITEMS[0].id], ITEMS[0]
    row = record.decoder[1, 0, item.target_index]
    assert np.argmax(row) == item.trigger_index + 1
    assert row[item.trigger_index + 1] == pytest.approx(mass(item, "decoder", eos=1), rel=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_what_it_attends_to_and_what_it_uses(answers, name):
    reads, attends, route, shares = MODELS[name]
    found = answers(name)
    assert found.study.primary.kind == "cross+decoder"
    assert found.claimed == [(kind, 2, 1) for kind in attends]
    assert found.used == ([(route, 2, 1)] if route in WAYS else [])  # of two that suffice neither is needed
    verdict = found.use.verdict
    assert (verdict.strength, verdict.route, verdict.kinds) == ("uses", route, tuple(reads))
    assert verdict.sentence.endswith(verdict.heads)
    for kind, (takes, gives) in shares.items():
        head = (
            f"Head 2.1 of the {KIND_NAMES[kind]} attends to the trigger; {takes} % [{takes}, {takes}] and {gives} % ["
        )
        assert head in verdict.heads


@pytest.mark.parametrize("name", MODELS)
def test_what_is_left_without_the_trigger(answers, name):
    reads, *_ = MODELS[name]
    found = answers(name)
    pair = found.use.minimal_pair
    assert pair.measure == "minimal-pair+prefix"  # the trigger is replaced in what was said, too
    assert (pair.intact, pair.after) == pytest.approx((SEEN, UNSEEN), abs=0.01)
    for measure in ("minimal-pair", "cross", "decoder", "cross+decoder", "encoder", "total", "total+decoder"):
        ways = {"minimal-pair": {"cross"}, "total": {"cross"}, "total+decoder": set(WAYS)}
        left = set(reads) - ways.get(measure, set(measure.split("+")))
        assert found.log_odds(measure) == pytest.approx(SEEN if left else UNSEEN, abs=0.01), measure
        if not measure.startswith(("minimal-pair", "total")):
            assert found.log_odds(measure, "others") == pytest.approx(SEEN, abs=0.01), measure


@pytest.mark.parametrize("name", MODELS)
def test_what_is_left_of_it_after_interchange(answers, name):
    reads, *_ = MODELS[name]
    found = answers(name)
    for measure in ("cross", "decoder", "cross+decoder", "cross+encoder+decoder"):
        given = set(reads) & set(measure.split("+"))
        left = found.log_odds(measure, method="noising"), found.log_odds(measure, method="denoising")
        expected = (SEEN if set(reads) - given else UNSEEN, SEEN if given else UNSEEN)
        assert left == pytest.approx(expected, abs=0.01), measure
        assert found.log_odds(measure, "others", "noising") == pytest.approx(SEEN, abs=0.01), measure


def test_the_verbs_say_so(experiment, answers, tmp_path):
    """From the dump of fairseq-generate to both verdicts."""
    expected = answers("decoder")
    checkpoint = experiment.data / "decoder.pt"
    attention = experiment.verb("analyze", experiment.root / "decoder-attention", tmp_path / "looks")
    assert attention["verdict"]["sentence"] == expected.study.verdict.sentence
    given = ["--attention", tmp_path / "looks" / "summary.json", "--data", experiment.data / "bin", "--cpu"]
    use = experiment.verb("intervene", checkpoint, tmp_path / "uses", *given)
    assert use["verdict"]["sentence"] == expected.use.verdict.sentence
    assert use["minimal_pair"]["measure"] == "minimal-pair+prefix"
