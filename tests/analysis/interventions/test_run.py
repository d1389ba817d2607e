"""Interventions on a model that is a formula: what is run, and what it is the mean of."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest

from fairseq_phonology.analysis.interventions.kinds import KINDS, PLACES, Intervention
from fairseq_phonology.analysis.interventions.plans import Planner
from fairseq_phonology.analysis.interventions.run import intervene, interventions_of
from fairseq_phonology.analysis.interventions.tables import INTERVENTIONS_COLUMNS, write_interventions
from fairseq_phonology.attention.edges import Edge, Forced
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import Item

INVENTORY = "p t k s m n ŋ a i u y".split()
SYMBOLS = ["<s>", "<pad>", "</s>", "<unk>", *INVENTORY]
SIZES = {"cross": (2, 2), "encoder": (1, 4), "decoder": (2, 2)}
GRAMMAR = Grammar.from_table(
    {
        "inventory": {"segments": INVENTORY},
        "process": [
            {"name": "nasals", "rules": ["p -> m / _ [+nas]"]},
            {"name": "harmony", "rules": ["i -> u / u [-syl]* _"]},
        ],
        "controls": {
            "nasals": {"target": ["s"], "trigger": ["t", "k"]},
            "harmony": {"target": ["a"], "trigger": ["y"]},
        },
    }
)
WEIGHTS = {"cross": 1, "encoder": 100, "decoder": 10_000}


class Model:
    """Log-odds 7 less the sum over edges of kind x (column + 1); it says the gold SR until an edge is gone."""

    def __init__(self):
        self.runs, self.calls = [], []

    def __call__(self, batches):
        self.calls.append(len(batches))
        return [self.force(runs) for runs in batches]

    def force(self, runs):
        self.runs += runs
        said = np.full((len(runs), 1 + max(len(run.sr) for run in runs)), -1, np.int32)
        log_odds = np.full(len(runs), np.nan, np.float32)
        for n, run in enumerate(runs):
            said[n, : len(run.sr) + 1] = [SYMBOLS.index(s) for s in (*run.sr, "</s>")]
            if run.edges and (run.edges[0].head or 2) == 2:
                said[n, run.step] = SYMBOLS.index("p")
            if run.other:
                log_odds[n] = 7 - sum(WEIGHTS[edge.kind] * (edge.key + 1) for edge in run.edges)
                log_odds[n] -= 1000 * sum(s in "tky" for s in run.ur) + 500 * sum(s in "y" for s in run.sr)
        return Forced(log_odds, said)


def item(ur: str, cell: str, target: int, trigger: int) -> Item:
    segments = tuple(ur.split())
    surface = GRAMMAR.derive(segments).surface
    return Item(f"{cell}-{''.join(segments)}", segments, surface, *cell, target, trigger, "stem", "suffix")


def made(process: str, *items: Item, model: Model | None = None, controls_by_head=True, **options):
    planner = Planner(GRAMMAR, process, (), INVENTORY, INVENTORY)
    model = model or Model()
    which = interventions_of(SIZES, controls_by_head)
    return intervene([planner.plan(one) for one in items], which, model, SYMBOLS, **options), model


def numbers(found, measure: str, event: int = 0) -> dict[str, float]:
    """All heads together: place -> log-odds."""
    return {
        one.place: float(found.log_odds[event, n])
        for n, one in enumerate(found.which)
        if one.measure == measure and one.layer is None
    }


REGRESSIVE = item("a p m i a", "TR", 1, 2)
PROGRESSIVE = item("s u n i n", "TR", 3, 1)


def test_regressive():
    found, _ = made("nasals", REGRESSIVE)
    assert found.intact.tolist() == [7] and found.ran.all()
    # others: a i a at 0, 3, 4; mirror: 0
    others, mirror = (1 + 4 + 5) / 3, 1
    assert numbers(found, "minimal-pair") == {"trigger": 7 - 1000}
    assert numbers(found, "cross") == {"trigger": 7 - 3, "others": pytest.approx(7 - others), "mirror": 7 - mirror}
    assert numbers(found, "encoder") == {
        "trigger": 7 - 300,
        "others": pytest.approx(7 - 100 * others),
        "mirror": 7 - 100 * mirror,
    }
    for measure in ("cross+encoder", "total"):
        assert numbers(found, measure) == {
            "trigger": 7 - 303,
            "others": pytest.approx(7 - 101 * others),
            "mirror": 7 - 101 * mirror,
        }
    assert not {one.measure for one in found.which} & {"decoder", "cross+decoder", "minimal-pair+prefix"}
    assert found.replaced == {"TR-apmia": "t"}
    np.testing.assert_array_equal(found.effects, 7 - found.log_odds)


def test_progressive():
    """Before the decision step the decoder has read EOS s u n: the trigger is input 2, the others 1 and 3."""
    found, _ = made("harmony", PROGRESSIVE)
    assert numbers(found, "minimal-pair") == {"trigger": 7 - 1000}
    assert numbers(found, "minimal-pair+prefix") == {"trigger": 7 - 1500}
    assert numbers(found, "decoder") == {"trigger": 7 - 30_000, "others": 7 - 10_000 * (2 + 4) / 2}
    # by both ways: UR positions 0 and 2 as well
    others = (1 + 10_000 * 2 + 3 + 10_000 * 4) / 2
    assert numbers(found, "cross+decoder") == {"trigger": 7 - 30_002, "others": 7 - others}
    assert numbers(found, "total")["trigger"] == 7 - 202
    assert numbers(found, "total+decoder")["trigger"] == 7 - 30_202


def test_what_is_run():
    found, model = made("nasals", REGRESSIVE)
    assert len(model.runs) == len(set(model.runs))  # the mirror offset is one of the others
    edges = {run.edges for run in model.runs}
    assert (Edge("cross", 2, 1, None, None),) in edges and (Edge("cross", 2, 1, 2, 1),) in edges
    assert (Edge("encoder", 2, 1, 1, 4),) in edges
    assert (Edge("cross", 2), Edge("encoder", 2)) in edges
    single = 1 + 2 + 4  # all, layers, heads
    positions = 1 + 3
    assert len(model.runs) == 2 + positions * (single + (1 + 1 + 4) + 2)
    assert all(run.step == 1 and (run.gold, run.other) == ("m", "p") for run in model.runs)
    assert [one for one in found.which if one.measure == "encoder" and one.place == "mirror"] == [
        Intervention("encoder", "mirror"),
        Intervention("encoder", "mirror", 1),
        *(Intervention("encoder", "mirror", 1, head) for head in (1, 2, 3, 4)),
    ]


def test_controls_of_all_heads_only():
    found, _ = made("nasals", REGRESSIVE, controls_by_head=False)
    assert {one.place for one in found.which if one.layer} == {"trigger"}
    assert found.log_odds[0, found.number("cross", "mirror")] == 6


def test_controls_of_the_target_have_no_log_odds_and_no_controls():
    found, model = made("nasals", REGRESSIVE, item("a s m i a", "CR", 1, 2))
    assert np.isnan(found.intact).tolist() == [False, True]
    assert np.isnan(found.log_odds[1]).all()
    places = np.array([one.place for one in found.which])
    assert (found.ran[1] == (places == "trigger")).all() and found.ran[0].all()
    assert found.changes[1, found.number("cross")]
    assert sum(run.ur[1] == "s" for run in model.runs) == 1 + 1 + 7 + 6 + 2


def test_a_mirror_offset_outside_the_word():
    found, _ = made("nasals", item("p m i a", "TR", 0, 1), REGRESSIVE)
    mirror = found.number("cross", "mirror")
    assert found.ran[:, mirror].tolist() == [False, True] and np.isnan(found.log_odds[0, mirror])
    found, _ = made("nasals", item("p m i a", "TR", 0, 1))
    assert "mirror" not in {one.place for one in found.which}


def test_changes():
    """The formula says p without an edge of head 2, or of all heads."""
    found, _ = made("nasals", REGRESSIVE)
    for n, one in enumerate(found.which):
        assert found.changes[0, n] == (one.measure != "minimal-pair" and one.head in (None, 2)), one
    np.testing.assert_array_equal(found.changes_decision, found.changes)


def test_changes_at_another_step_than_that_of_the_decision():
    class Later(Model):
        def force(self, runs):
            forced = super().force(runs)
            for n, run in enumerate(runs):
                if run.edges and run.edges[0].kind == "encoder":
                    forced.hypotheses[n] = forced.hypotheses[0]
                    forced.hypotheses[n, -1] = SYMBOLS.index("p")
            return forced

    found, _ = made("nasals", REGRESSIVE, model=Later())
    cross, encoder = found.number("cross"), found.number("encoder")
    assert found.changes[0, [cross, encoder]].tolist() == [True, True]
    assert found.changes_decision[0, [cross, encoder]].tolist() == [True, False]


def test_the_order_of_the_list_whatever_the_batches():
    items = [item(f"{'a i ' * n}a p m i", "TR", 2 * n + 1, 2 * n + 2) for n in (3, 0, 2, 1)]
    whole, _ = made("nasals", *items)
    small, model = made("nasals", *items, batch_size=1, at_once=3)
    assert model.calls == [3, 1]  # batches of one word each
    assert [event.item.id for event in small.events] == [one.id for one in items]
    np.testing.assert_array_equal(whole.log_odds, small.log_odds)
    assert whole.which == small.which
    expected = [7 - (one.trigger_index + 1) for one in items]
    assert whole.log_odds[:, whole.number("cross")].tolist() == expected


def test_events():
    class Wrong(Model):
        def force(self, runs):
            forced = super().force(runs)
            forced.hypotheses[0, 1] = SYMBOLS.index("p")
            forced.hypotheses[0, 4] = SYMBOLS.index("</s>")
            return forced

    right, _ = made("nasals", REGRESSIVE)
    (event,) = right.events
    assert (event.surface, event.status, event.step) == (event.reference, "applied", 1) and event.included
    wrong, _ = made("nasals", REGRESSIVE, model=Wrong())
    (event,) = wrong.events
    assert event.surface == ("a", "p", "m", "i", "</s>") and event.status == "underapplied"


def test_the_names_are_the_shared_ones():
    every = interventions_of(SIZES)
    assert {one.measure for one in every} == set(KINDS) and {one.place for one in every} == set(PLACES)
    assert len(every) == len(set(every))


def test_the_table(tmp_path):
    control = item("a s m i a", "CR", 1, 2)
    control.more.update({"frequency": "1,5", "place": "Seoul"})
    found, _ = made("nasals", REGRESSIVE, control)
    write_interventions(found, tmp_path / "one.csv.gz")
    write_interventions(found, tmp_path / "two.csv.gz")
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()
    with gzip.open(tmp_path / "one.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == (*INTERVENTIONS_COLUMNS, "frequency", "user_place")
    assert len(rows) == found.ran.sum()
    assert rows[1] == {
        **{"id": "TR-apmia", "cell": "TR", "measure": "cross", "place": "trigger", "layer": "all", "head": "all"},
        **{"intact": "7", "log_odds": "4", "effect": "3", "changes": "1", "changes_decision": "1"},
        **{"stem": "stem", "suffix": "suffix"},
        **{"frequency": "", "user_place": ""},
    }
    layers = [(row["layer"], row["head"]) for row in rows[:8] if row["measure"] == "cross"]
    assert layers == [("all", "all"), ("1", "all"), ("1", "1"), ("1", "2"), ("2", "all"), ("2", "1"), ("2", "2")]
    last = rows[-1]
    assert (last["id"], last["cell"], last["intact"], last["effect"]) == ("CR-asmia", "CR", "", "")
    assert (last["frequency"], last["user_place"]) == ("1,5", "Seoul")
