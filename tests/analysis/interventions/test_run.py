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
from fairseq_phonology.attention.edges import Edge, Exchange, Forced
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


PARTS = {"both": 1, "keys": 0.5, "values": 0.25}


class Model:
    """Log-odds 7 less the sum over edges of kind x (column + 1), and 1,000 with the trigger replaced.

    An interchange takes away half of what removal does, or gives it back to the minimal pair. It says the gold SR until
    an edge is changed.
    """

    def __init__(self):
        self.runs, self.calls, self.sizes = [], [], []

    def __call__(self, batches):
        self.calls.append(len(batches))
        return [self.force(runs) for runs in batches]

    def force(self, runs):
        self.runs += runs
        self.sizes.append(len(runs))
        said = np.full((len(runs), 1 + max(len(run.sr) for run in runs)), -1, np.int32)
        log_odds = np.full(len(runs), np.nan, np.float32)
        for n, run in enumerate(runs):
            said[n, : len(run.sr) + 1] = [SYMBOLS.index(s) for s in (*run.sr, "</s>")]
            changed = (*run.edges, *run.exchanges)
            if changed and (changed[0].head or 2) == 2:
                said[n, run.step] = SYMBOLS.index("p")
            if run.other:
                log_odds[n] = 7 - sum(WEIGHTS[edge.kind] * (edge.key + 1) for edge in run.edges)
                gives = 1 if any(s in "tky" for s in run.ur) else -1
                log_odds[n] += gives * sum(WEIGHTS[e.kind] * (e.key + 1) * PARTS[e.parts] / 2 for e in run.exchanges)
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


def numbers(found, measure: str, event: int = 0, method: str = "knock-out", parts: str = "both") -> dict[str, float]:
    """All heads together: place -> log-odds."""
    return {
        one.place: float(found.log_odds[event, n])
        for n, one in enumerate(found.which)
        if (one.measure, one.method, one.parts, one.layer) == (measure, method, parts, None)
    }


REGRESSIVE = item("a p m i a", "TR", 1, 2)
PROGRESSIVE = item("s u n i n", "TR", 3, 1)


def test_regressive():
    found, _ = made("nasals", REGRESSIVE)
    assert found.intact.tolist() == [7] and found.counterpart.tolist() == [-993] and found.ran.all()
    # others: a i a at 0, 3, 4
    others = (1 + 4 + 5) / 3
    assert numbers(found, "minimal-pair", method="input") == {"trigger": -993}
    assert numbers(found, "cross") == {"trigger": 7 - 3, "others": pytest.approx(7 - others)}
    assert numbers(found, "encoder") == {"trigger": 7 - 300, "others": pytest.approx(7 - 100 * others)}
    assert numbers(found, "cross+encoder") == {"trigger": 7 - 303, "others": pytest.approx(7 - 101 * others)}
    assert numbers(found, "total") == {"trigger": 7 - 303}
    assert not any("decoder" in one.measure or "prefix" in one.measure for one in found.which)
    assert found.replaced == {"TR-apmia": "t"}


@pytest.mark.parametrize(("parts", "share"), PARTS.items())
def test_interchange_in_both_directions(parts, share):
    found, _ = made("nasals", REGRESSIVE)
    takes, elsewhere = share * 3 / 2, share * 5 / 3
    noising, denoising = (numbers(found, "cross", method=method, parts=parts) for method in ("noising", "denoising"))
    assert noising == {"trigger": 7 - takes, "others": pytest.approx(7 - elsewhere)}
    assert denoising == {"trigger": -993 + takes, "others": pytest.approx(-993 + elsewhere)}


def test_effects_have_the_sign_of_their_direction():
    found, _ = made("nasals", REGRESSIVE)
    for method, expected in {"noising": 1.5, "denoising": 1.5, "knock-out": 3}.items():
        assert found.effects[0, found.number("cross", "trigger", method=method)] == expected
    assert found.minimal_pair.tolist() == [1000]


def test_progressive():
    """Before the decision step the decoder has read EOS s u n: the trigger is input 2, the others 1 and 3."""
    found, _ = made("harmony", PROGRESSIVE)
    assert numbers(found, "minimal-pair", method="input") == {"trigger": 7 - 1000}
    assert numbers(found, "minimal-pair+prefix", method="input") == {"trigger": 7 - 1500}
    assert found.counterpart.tolist() == [7 - 1500]
    assert numbers(found, "decoder") == {"trigger": 7 - 30_000, "others": 7 - 10_000 * (2 + 4) / 2}
    # by both ways: UR positions 0 and 2 as well
    others = (1 + 10_000 * 2 + 3 + 10_000 * 4) / 2
    assert numbers(found, "cross+decoder") == {"trigger": 7 - 30_002, "others": 7 - others}
    assert numbers(found, "cross+encoder+decoder")["trigger"] == 7 - 30_202
    assert numbers(found, "total")["trigger"] == 7 - 202
    assert numbers(found, "total+decoder")["trigger"] == 7 - 30_202
    assert numbers(found, "decoder", method="denoising")["trigger"] == 7 - 1500 + 15_000


def test_the_donor_of_a_progressive_process_has_its_own_prefix():
    _, model = made("harmony", PROGRESSIVE)
    word, pair = (("s", "u", "n", "i", "n"), ("s", "u", "n", "u", "n")), (("s", "y", "n", "i", "n"),)
    pair = (*pair, ("s", "y", "n", "u", "n"))
    directions = {((run.ur, run.sr), run.donor) for run in model.runs if run.exchanges}
    assert directions == {(word, pair), (pair, word)}
    assert {run.exchanges[0].key for run in model.runs if run.exchanges and run.exchanges[0].kind == "decoder"} == {
        1,
        2,
        3,
    }


def test_what_is_run():
    found, model = made("nasals", REGRESSIVE)
    assert len(model.runs) == len(set(model.runs))  # the minimal pair is its own run
    edges = {run.edges for run in model.runs}
    assert (Edge("cross", 2, 1, None, None),) in edges and (Edge("cross", 2, 1, 2, 1),) in edges
    assert (Edge("encoder", 2, 1, 1, 4),) in edges
    assert (Edge("cross", 2), Edge("encoder", 2)) in edges
    exchanges = {run.exchanges for run in model.runs}
    assert (Exchange("cross", 2, 1, 2, 1),) in exchanges and (Exchange("encoder", 2, 1, parts="keys"),) in exchanges
    by_head, others = (1 + 2 + 4) + (1 + 1 + 4), 3
    interchange = 2 * (1 + others) * (by_head + 1 + 2 * 2)  # with the pair, and keys and values alone
    assert len(model.runs) == 2 + interchange + (by_head + 1 + 1) + others * (1 + 1 + 1)
    assert all(run.step == 1 and (run.gold, run.other) == ("m", "p") for run in model.runs)
    assert [
        one for one in found.which if one.measure == "encoder" and one.method == "denoising" and one.place == "others"
    ] == [
        Intervention("encoder", "others", method="denoising"),
        Intervention("encoder", "others", 1, method="denoising"),
        *(Intervention("encoder", "others", 1, head, "denoising") for head in (1, 2, 3, 4)),
        *(Intervention("encoder", "others", method="denoising", parts=parts) for parts in ("keys", "values")),
    ]


def test_controls_of_all_heads_only():
    found, _ = made("nasals", REGRESSIVE, controls_by_head=False)
    assert {one.place for one in found.which if one.layer} == {"trigger"}
    assert {one.method for one in found.which if one.layer} == {"noising", "denoising", "knock-out"}


def test_controls_of_the_target_have_no_log_odds_and_no_controls():
    found, model = made("nasals", REGRESSIVE, item("a s m i a", "CR", 1, 2))
    assert np.isnan(found.intact).tolist() == [False, True]
    assert np.isnan(found.log_odds[1]).all()
    made_there = [one.place == "trigger" and one.method in ("input", "knock-out") for one in found.which]
    assert (found.ran[1] == made_there).all() and found.ran[0].all()
    assert found.changes[1, found.number("cross", "trigger", method="knock-out")]
    assert sum(run.ur[1] == "s" for run in model.runs) == 1 + 1 + 7 + 6 + 2


def test_interchange_is_of_words_with_a_minimal_pair_where_the_process_applies():
    found, model = made("nasals", item("a p t i a", "TN", 1, 2))
    assert {one.method for one in found.which} == {"input", "knock-out"} and found.counterpart.tolist() == [7]
    assert not any(run.exchanges for run in model.runs)


def test_changes():
    """The formula says p without an edge of head 2, or of all heads: of denoising, another choice than the pair's."""
    found, _ = made("nasals", REGRESSIVE)
    for n, one in enumerate(found.which):
        assert found.changes[0, n] == (one.method != "input" and one.head in (None, 2)), one
    np.testing.assert_array_equal(found.changes_decision, found.changes)


def test_changes_at_another_step_than_that_of_the_decision():
    class Later(Model):
        def force(self, runs):
            forced = super().force(runs)
            for n, run in enumerate(runs):
                if any(edge.kind == "encoder" for edge in (*run.edges, *run.exchanges)[:1]):
                    forced.hypotheses[n] = forced.hypotheses[0]
                    forced.hypotheses[n, -1] = SYMBOLS.index("p")
            return forced

    found, _ = made("nasals", REGRESSIVE, model=Later())
    cross, encoder = (found.number(kind, "trigger", method="knock-out") for kind in ("cross", "encoder"))
    assert found.changes[0, [cross, encoder]].tolist() == [True, True]
    assert found.changes_decision[0, [cross, encoder]].tolist() == [True, False]


def test_the_order_of_the_list_whatever_the_batches():
    items = [item(f"{'a i ' * n}a p m i", "TR", 2 * n + 1, 2 * n + 2) for n in (3, 0, 2, 1)]
    whole, _ = made("nasals", *items)
    small, model = made("nasals", *items, batch_size=7, at_once=3)
    assert max(model.calls) == 3 and max(model.sizes) == 7  # the runs of a word are divided
    assert [event.item.id for event in small.events] == [one.id for one in items]
    for name in ("intact", "counterpart", "log_odds", "changes", "changes_decision", "ran"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(small, name), err_msg=name)
    assert whole.which == small.which
    expected = [7 - (one.trigger_index + 1) for one in items]
    assert whole.log_odds[:, whole.number("cross", "trigger", method="knock-out")].tolist() == expected


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
        **{"id": "TR-apmia", "cell": "TR", "measure": "cross", "method": "noising", "parts": "both"},
        **{"place": "trigger", "layer": "all", "head": "all", "intact": "7", "counterpart": "-993"},
        **{"log_odds": "5.5", "effect": "1.5", "changes": "1", "changes_decision": "1"},
        **{"stem": "stem", "suffix": "suffix"},
        **{"frequency": "", "user_place": ""},
    }
    assert next(row["parts"] for row in rows if row["method"] == "knock-out") == ""
    layers = [(row["layer"], row["head"]) for row in rows[:8] if row["measure"] == "cross"]
    assert layers == [("all", "all"), ("1", "all"), ("1", "1"), ("1", "2"), ("2", "all"), ("2", "1"), ("2", "2")]
    last = rows[-1]
    assert (last["id"], last["cell"], last["intact"], last["effect"]) == ("CR-asmia", "CR", "", "")
    assert (last["frequency"], last["user_place"]) == ("1,5", "Seoul")
