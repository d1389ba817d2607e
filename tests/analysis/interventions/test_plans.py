"""What is compared, and where: plans of single words, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fairseq_phonology.analysis.interventions.kinds import PLACES, Intervention, run_of
from fairseq_phonology.analysis.interventions.plans import Planner
from fairseq_phonology.attention.edges import Edge, Exchange
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import Item
from tests.helpers import at_edge

INVENTORY = "p pʰ t tʰ k m n ŋ s l i e a o u y ø".split()


def grammar(name: str, rules: list[str], more: dict | None = None, **options) -> Grammar:
    process = {"name": name, "rules": rules, **options}
    return Grammar.from_table({"inventory": {"segments": INVENTORY}, "process": [process], **(more or {})})


NASALS = grammar(
    *("nasals", ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]),
    {"controls": {"nasals": {"target": ["s", "l"], "trigger": ["s", "pʰ", "tʰ"]}}},
)
HARMONY = grammar(
    *("harmony", ["i -> u / u [-syl]* _", "e -> o / u [-syl]* _"]),
    {"controls": {"harmony": {"target": ["a"], "trigger": ["i", "y"]}}},
)


def item(grammar: Grammar, ur: str, cell: str, target: int | None, trigger: int) -> Item:
    segments = tuple(ur.split())
    return Item("w", segments, grammar.derive(segments).surface, *cell, target, trigger)


def plan(grammar: Grammar, ur: str, cell: str, target: int | None, trigger: int, known=None):
    known = [*INVENTORY, "+"] if known is None else known.split()
    planner = Planner(grammar, grammar.processes[0].name, (), known, INVENTORY)
    return planner.plan(item(grammar, ur, cell, target, trigger))


@pytest.mark.parametrize(
    "ur, cell, compared, counterpart",
    [
        ("a p m a", "TR", ("m", "p"), "a p pʰ a"),  # the labial is nearest to m
        ("a t n a", "TR", ("n", "t"), "a t tʰ a"),
        ("a k tʰ a", "TN", ("k", "ŋ"), "a k n a"),
        ("a s m a", "CR", ("s", ""), "a s pʰ a"),
        ("a l s a", "CN", ("l", ""), "a l n a"),
    ],
)
def test_what_is_compared(ur, cell, compared, counterpart):
    found = plan(NASALS, ur, cell, 1, 2)
    assert (found.step, found.gold, found.other) == (1, *compared)
    assert " ".join(found.counterpart) == counterpart and found.replacement == counterpart.split()[2]
    assert found.counterpart_sr == ()  # the trigger follows
    assert found.reference == NASALS.derive(ur.split()).surface


def test_the_nearest_control_that_the_model_knows():
    assert plan(NASALS, "a p m a", "TR", 1, 2, "a p m s tʰ").replacement == "tʰ"
    assert plan(NASALS, "a p m a", "TR", 1, 2, "a p m s").replacement == "s"
    found = plan(NASALS, "a p m a", "TR", 1, 2, "a p m")
    assert (found.counterpart, found.replacement, found.other) == ((), "", "p")


def test_a_control_without_a_mate_has_the_only_outcome():
    found = plan(NASALS, "a k tʰ a", "TN", 1, 2, "a k tʰ")
    assert (found.counterpart, found.gold, found.other) == ((), "k", "ŋ")


def test_of_equally_near_ones_the_first_of_the_inventory():
    controls = {"controls": {"nasals": {"target": ["s"], "trigger": ["tʰ", "pʰ"]}}}
    one = grammar("nasals", ["k -> ŋ / _ [+nas]"], controls)
    near = [one.inventory.distance("ŋ", s) for s in ("pʰ", "tʰ")]
    expected = min(("pʰ", "tʰ"), key=lambda s: (one.inventory.distance("ŋ", s), INVENTORY.index(s)))
    assert plan(one, "a k ŋ a", "TR", 1, 2).replacement == expected, near


def test_a_mate_in_which_another_process_changes_the_target_is_passed_over():
    """t is no t before tʰ, so that the word with tʰ is no minimal pair; the next nearest is taken."""
    other = {"name": "lengthening", "rules": ["t -> l / _ tʰ"]}
    table = {
        "inventory": {"segments": INVENTORY},
        "process": [{"name": "nasals", "rules": ["t -> n / _ [+nas]"]}, other],
        "controls": {"nasals": {"target": ["s"], "trigger": ["s", "tʰ"]}},
    }
    assert plan(Grammar.from_table(table), "a t n a", "TR", 1, 2).replacement == "s"


@pytest.mark.parametrize(
    "ur, cell, target, trigger, compared, counterpart, counterpart_sr",
    [
        ("t u k i s", "TR", 3, 1, ("u", "i"), "t y k i s", "t y k u s"),
        ("t y k e s", "TN", 3, 1, ("e", "o"), "t u k e s", "t u k e s"),
        ("t u k a s", "CR", 3, 1, ("a", ""), "t y k a s", "t y k a s"),
    ],
)
def test_a_trigger_that_precedes_is_replaced_in_what_the_decoder_reads(
    ur, cell, target, trigger, compared, counterpart, counterpart_sr
):
    found = plan(HARMONY, ur, cell, target, trigger)
    assert (found.gold, found.other) == compared
    assert (" ".join(found.counterpart), " ".join(found.counterpart_sr)) == (counterpart, counterpart_sr)


DELETION = grammar("deletion", ["t -> ∅ / _ s"], {"controls": {"deletion": {"target": ["p"], "trigger": ["l", "n"]}}})


def test_where_the_target_is_deleted():
    found = plan(DELETION, "a t s a", "TR", 1, 2)
    assert (found.step, found.gold, found.other) == (1, "s", "t")
    control = plan(DELETION, "a t n a", "TN", 1, 2)
    assert (control.step, control.gold, control.other) == (1, "t", "n")
    assert control.replacement == "s"


def test_an_insertion_has_no_target():
    one = grammar("insertion", ["∅ -> i / s _ s"], {"controls": {"insertion": {"trigger": ["l"]}}})
    found = plan(one, "a s s a", "TR", None, 2)
    assert (found.step, found.gold, found.other) == (2, "i", "s")
    assert PLACES["others"].positions(found) == [0, 1, 3]
    control = plan(one, "a s l a", "TN", None, 2)
    assert (control.step, control.gold, control.status("l")) == (None, "", "other")


@pytest.mark.parametrize(
    "ur, target, trigger, others",
    [
        ("a p m a", 1, 2, [0, 3]),
        ("p m a", 0, 1, [2]),
        ("l a p + m a", 2, 4, [0, 1, 5]),  # an edge is no segment
        ("a + p m", 2, 3, [0]),
    ],
)
def test_places(ur, target, trigger, others):
    found = plan(NASALS, ur, "TR", target, trigger)
    assert PLACES["trigger"].positions(found) == [trigger]
    assert PLACES["others"].positions(found) == others


def test_edges_are_shown_to_a_model_that_knows_them():
    shown, hidden = (plan(NASALS, "l a p + m a", "TR", 2, 4, known) for known in ("l a p m +", "l a p m"))
    assert (" ".join(shown.item.ur), shown.item.trigger_index) == ("l a p + m a", 4)
    assert (" ".join(hidden.item.ur), hidden.item.trigger_index) == ("l a p m a", 3)
    assert hidden.item.target == "p" and PLACES["others"].positions(hidden) == [0, 1, 4]
    assert shown.steps == {0: 0, 1: 1, 2: 2, 4: 3, 5: 4} and hidden.steps == {n: n for n in range(5)}
    assert shown.step == hidden.step == 2


def test_status():
    site, control = plan(NASALS, "a p m a", "TR", 1, 2), plan(NASALS, "a p s a", "TN", 1, 2)
    assert [site.status(s) for s in "m p n".split()] == ["applied", "underapplied", "other"]
    assert [control.status(s) for s in "p m n".split()] == ["applied", "overapplied", "other"]


@pytest.mark.parametrize(
    "known, surface, message",
    [
        ("a p", INVENTORY, "the UR of 'w' has m, which the model does not know; it knows: a p"),
        ("a p m", ["a", "m"], "the SR of 'w' with nasals blocked has p, which the model does not know"),
        ("a p m", ["a", "p"], "the SR of 'w' has m, which"),
    ],
)
def test_symbols_that_the_model_does_not_know(known, surface, message):
    planner = Planner(NASALS, "nasals", (), known.split(), surface)
    with pytest.raises(InputError, match=message):
        planner.plan(item(NASALS, "a p m a", "TR", 1, 2))


def test_a_process_that_is_missing():
    with pytest.raises(InputError, match="no process 'nasal'; it has: nasals"):
        Planner(NASALS, "nasal", (), (), ())


def edge_plans(items, grammar, known=None):
    known = known or [*at_edge.SEGMENTS.split(), "+"]
    planner = Planner(grammar, at_edge.PROCESS, (), known, at_edge.SEGMENTS.split(), items)
    return [planner.plan(one) for one in items]


@pytest.mark.parametrize("edge", [False, True], ids=["plain", "with morpheme edges"])
def test_at_the_end_of_the_word_the_minimal_pair_is_the_stem_with_a_suffix(edge):
    """Suffixes of the shortest words, in turn from stem to stem; and the stem alone for one with a suffix."""
    items = at_edge.at_the_end(stems=6, suffixes=5, edge=edge)
    plus = " +" * edge
    for found in edge_plans(items, at_edge.grammar()):
        own = found.item
        assert found.reference == own.sr and found.step == own.target_index
        if own.at_edge:
            assert " ".join(found.counterpart) == f"{own.stem}{plus} {found.replacement}"  # one vowel, the shortest
            assert found.counterpart_index == len(own.ur) + edge
        else:
            assert " ".join(found.counterpart) == own.stem and found.replacement == "#"
            assert found.counterpart_index == len(own.stem.split())
        assert found.in_counterpart(own.trigger_index) == found.counterpart_index
        stem = range(len(own.stem.split()))
        assert [found.in_counterpart(n) for n in stem] == list(stem)
        assert all(found.in_counterpart(n) is None for n in range(own.trigger_index + 1, len(own.ur)))
        outcome = at_edge.OUTCOMES.get(own.target, "")
        compared = {"TR": (outcome, own.target), "TN": (own.target, outcome)}.get(own.cell, (own.target, ""))
        assert (found.gold, found.other) == compared
    vowels = [f.replacement for f in edge_plans(items, at_edge.grammar()) if f.item.cell == "TR"]
    assert vowels == ["i", "a", "u", "i", "a", "u"]


def test_the_end_of_the_word_as_the_control_of_a_trigger():
    items = at_edge.against_the_end(stems=4, suffixes=4)
    for found in edge_plans(items, at_edge.nasalization()):
        own = found.item
        if own.at_edge:
            assert found.replacement in ("m", "n") and found.counterpart_index == len(own.ur)
            assert len(found.counterpart) == len(own.ur) + 2  # a suffix of two segments is the shortest
        else:
            assert found.counterpart == tuple(own.stem.split()) and found.replacement == "#"
    assert {f.replacement for f in edge_plans(items, at_edge.nasalization()) if f.item.cell == "TN"} == {"m", "n"}


def test_interventions_at_the_end_of_the_word_take_what_stands_there_in_the_other_word():
    """Noising and denoising, by position; a control is made where both words have the segment."""
    (found,) = [
        p for p in edge_plans(at_edge.at_the_end(stems=4, suffixes=4), at_edge.grammar()) if p.item.id == "T0-R0"
    ]
    assert (found.item.ur, found.counterpart) == (("t", "a", "b"), ("t", "a", "b", "i"))
    one = Intervention("cross+encoder", "trigger", 1, 2)
    noised, denoised = (run_of(found, replace(one, method=each), 3) for each in ("noising", "denoising"))
    assert noised.exchanges == (
        *(Exchange("cross", 3, 2, 1, 2, donor_key=3), Exchange("encoder", 3, 2, 1, 2, donor_key=3)),
    )
    assert (noised.ur, noised.donor[0]) == (found.item.ur, found.counterpart)
    assert (denoised.ur, denoised.donor[0]) == (found.counterpart, found.item.ur)
    assert run_of(found, replace(one, method="knock-out"), 3).edges[0] == Edge("cross", 3, 2, 1, 2)  # that of EOS
    assert run_of(found, replace(one, place="others"), 0).exchanges[0] == Exchange("cross", 0, 2, 1, 2, donor_key=0)
    items = at_edge.against_the_end(stems=4, suffixes=4)
    (found,) = [p for p in edge_plans(items, at_edge.nasalization()) if p.item.id == "T0-R0"]
    assert (found.item.ur, found.counterpart) == (("t", "a", "p", "m", "i"), ("t", "a", "p"))
    noised = run_of(found, one, 3)
    assert noised.exchanges[0] == Exchange("cross", 3, 2, 1, 2, donor_key=3)
    assert run_of(found, replace(one, place="others"), 4) is None  # the shorter word has nothing there
    assert run_of(found, replace(one, place="others", method="knock-out"), 4) is not None


def test_stems_that_are_not_the_same_are_no_minimal_pair():
    one, other = (i for i in at_edge.at_the_end(stems=1, suffixes=1) if i.cell in ("TR", "TN"))
    other = replace(other, ur=("k", *other.ur[1:]), sr=("k", *other.sr[1:]))
    (found, _) = edge_plans([one, other], at_edge.grammar())
    assert "k" not in found.counterpart[:1]


@pytest.mark.parametrize(
    "ur, cell, step, compared, counterpart",
    [
        ("a s s a", "TR", 2, ("i", "s"), "a s l a"),
        ("a s l a", "TN", 2, ("l", "i"), "a s s a"),
        ("a t s a", "CR", 2, ("s", ""), "a t l a"),
    ],
)
def test_an_insertion_between_target_and_trigger(ur, cell, step, compared, counterpart):
    """Its controls have a decision step, at which the inserted segment is what else could stand there."""
    controls = {"controls": {"insertion": {"target": ["t"], "trigger": ["l"]}}}
    found = plan(grammar("insertion", ["∅ -> i / s _ s"], controls), ur, cell, 1, 2)
    assert (found.step, found.gold, found.other) == (step, *compared) and " ".join(found.counterpart) == counterpart


def test_each_word_is_asked_about_in_its_own_part():
    """Of two directions in one list; and at the end of the word, without another word of the stem."""
    rules = [
        "[-son, +voi] -> [-voi] / _ [-son, -voi]",
        "[-son, -voi] -> [+voi] / _ [-son, +voi]",
        "[-son] -> [-voi] / _ #",
    ]
    toy = Grammar.from_table(
        {
            "inventory": {"segments": "p t k b d ɡ m n a i u"},
            "process": [{"name": "voicing", "rules": rules}],
            "controls": {"voicing": {"target": ["m", "n"], "trigger": ["m", "n"]}},
        }
    )
    known = "p t k b d ɡ m n a i u".split()
    planner = Planner(toy, "voicing", (), known, known)
    for ur, cell, places, compared, counterpart in (
        ("a b t a", "TR", (1, 2), ("p", "b"), "a b n a"),
        ("a p d a", "TR", (1, 2), ("b", "p"), "a p n a"),
        ("a p n a", "TN", (1, 2), ("p", "b"), "a p d a"),
        ("a b", "TR", (1, 2), ("p", "b"), "a b m"),
        ("a m", "CR", (1, 2), ("m", ""), "a m m"),
    ):
        segments = tuple(ur.split())
        one = Item("w", segments, toy.derive(segments).surface, *cell, *places)
        found = planner.plan(one)
        assert (found.gold, found.other) == compared and " ".join(found.counterpart) == counterpart, ur


def test_a_target_that_another_process_makes_is_asked_about_in_the_part_of_its_list():
    """A plain list, without stems, of words that end in a target."""
    toy = Grammar.from_table(
        {
            "inventory": {"segments": "p t b d z m n a i u"},
            "syllable": {"onsets": "p t b d m n".split(), "nuclei": ["a", "i", "u"], "codas": "p t b d m n".split()},
            "process": [
                {"name": "stopping", "rules": "z -> d"},
                {"name": "voicing", "rules": "{b, d} -> {p, t} / _ {p, t, #}"},
            ],
        }
    )
    known = "p t b d z m n a i u".split()

    def listed(*urs):
        words = [tuple(ur.split()) for ur in urs]
        return [Item(" ".join(ur), ur, toy.derive(ur).surface, "T", "R", 1, 2) for ur in words]

    for urs, counterpart in ((["a b", "a d", "a z"], "a z a"), (["a b p a", "a d t a", "a z p a"], "a z b a")):
        items = listed(*urs)
        planner = Planner(toy, "voicing", (), known, known, items)
        assert " ".join(planner.plan(items[-1]).counterpart) == counterpart
