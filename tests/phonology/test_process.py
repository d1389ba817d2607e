"""Application in the three manners and sites, worked out by hand."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.form import Form
from fairseq_phonology.phonology.matching import compiled
from fairseq_phonology.phonology.natural_classes import Inventory
from fairseq_phonology.phonology.notation import Symbols, parse_rule
from fairseq_phonology.phonology.process import Process


def applied(rule, form, inventory, **options):
    options.setdefault("symbols", Symbols([*inventory, *inventory.transparent]) if inventory.transparent else None)
    return " ".join(Process.parse(rule, **options).apply(form.split(), inventory))


@pytest.mark.parametrize(
    ("rule", "form", "outcome"),
    [
        pytest.param("[-son, -cont] -> [+nas] / _ [+nas]", "h a k m u n", "h a ŋ m u n", id="feature change"),
        pytest.param("[-son, -cont] -> [+nas] / _ [+nas]", "k m t n p ŋ", "ŋ m n n m ŋ", id="every site"),
        pytest.param("{p, t} -> {b, d} / [+syl] _ [+syl]", "p a p a t i t", "p a b a d i t", id="pairs"),
        pytest.param("k -> ∅ / _ #", "k a k", "k a", id="deletion at the word edge"),
        pytest.param("∅ -> ɯ / s _ t", "s t a s t", "s ɯ t a s ɯ t", id="insertion"),
        pytest.param("∅ -> i / _ #", "k a k", "k a k i", id="insertion at the end"),
        pytest.param("∅ -> i / # _ s", "s a s", "i s a s", id="insertion at the beginning"),
        pytest.param("t -> s / _ + i", "t i t + i t", "t i s i t", id="morpheme edge asked for"),
        pytest.param("k -> ŋ / _ m", "k + m a", "ŋ m a", id="morpheme edge not mentioned is not seen"),
        pytest.param("a -> e / _ + p u", "a + p + u", "e p u", id="where it is not written, an edge is passed over"),
        pytest.param("a -> e / _ + p u", "a p + u", "a p u", id="where it is written, there must be one"),
        pytest.param("k -> ŋ / _ {m, #}", "k m a k", "ŋ m a ŋ", id="word edge among alternatives"),
        pytest.param("[+nas] -> [αlab] / _ [-son, αlab]", "n p a n t", "m p a n t", id="agreement"),
        pytest.param("u -> y / [+syl, -back] [-syl]* _", "e k s t u", "e k s t y", id="long distance"),
        pytest.param("u -> y / [+syl, -back] [-syl]* _", "e u a u", "e y a u", id="none in between, and no further"),
        pytest.param("k -> ŋ", "k a k", "ŋ a ŋ", id="without environment"),
        pytest.param("a -> i / _ []* p* k", "a p t p k", "i p t p k", id="repeated places one after the other"),
    ],
)
def test_application(inventory, rule, form, outcome):
    assert applied(rule, form, inventory) == outcome


@pytest.mark.parametrize(
    ("manner", "outcome"), [("simultaneous", "e y o u"), ("left-to-right", "e y ø y"), ("right-to-left", "e y o u")]
)
def test_spreading_needs_a_direction(inventory, manner, outcome):
    rules = "{u, o} -> {y, ø} / [+syl, -back] _"
    assert applied(rules, "e u o u", inventory, manner=manner) == outcome


@pytest.mark.parametrize(
    ("manner", "outcome"), [("simultaneous", "a"), ("left-to-right", "a k"), ("right-to-left", "a")]
)
def test_deletion_sees_or_does_not_see_what_was_deleted(inventory, manner, outcome):
    # k k: at once both stand before #/k; from the left the first goes, the second then has no k before it to lean on
    rule = "k -> ∅ / _ {k, #}" if manner != "left-to-right" else "k -> ∅ / _ k"
    assert applied(rule, "a k k", inventory, manner=manner) == outcome


@pytest.mark.parametrize("manner", ["left-to-right", "right-to-left"])
def test_iterative_insertion_ends(inventory, manner):
    assert applied("∅ -> i / [-syl] _ [-syl]", "k t p", inventory, manner=manner) == "k i t i p"


def test_rules_of_a_process_apply_one_after_the_other(inventory):
    assert applied(["k -> t / _ #", "t -> p / _ #"], "a k", inventory) == "a p"


def test_a_site_names_target_trigger_and_outcome(inventory):
    (site,) = Process.parse("[-son, -cont] -> [+nas] / _ [+nas]", name="nasalization").sites(
        "h a k m".split(), inventory
    )
    assert (site.process, site.target, site.trigger) == ("nasalization", 2, 3)
    assert (site.segment, site.outcome, site.trigger_segment, site.derived) == ("k", "ŋ", "m", False)


def test_positions_count_the_ur_as_given_edges_included(inventory):
    (site,) = Process.parse("k -> ŋ / _ m").sites("a k + m".split(), inventory)
    assert (site.target, site.trigger) == (1, 3)


def test_the_nearest_segment_beyond_a_repeated_place_is_the_trigger(inventory):
    (site,) = Process.parse("u -> y / [+syl, -back] [-syl]* _").sites("i t e k s u".split(), inventory)
    assert (site.target, site.trigger, site.trigger_segment) == (5, 2, "e")


@pytest.mark.parametrize(("side", "trigger"), [(None, 2), ("right", 2), ("left", 0)])
def test_where_both_sides_hold_segments_the_trigger_can_be_told(inventory, side, trigger):
    (site,) = Process.parse("p -> b / m _ a", trigger=side).sites("m p a".split(), inventory)
    assert site.trigger == trigger


def test_the_word_edge_is_no_segment(inventory):
    (site,) = Process.parse("d -> t / _ {[-voi], #}").sites("a d".split(), inventory)
    assert site.trigger is None and site.trigger_segment == ""


@pytest.mark.parametrize(
    ("rule", "options", "edge"),
    [
        ("a -> i / _ #", {}, "right"),
        ("a -> i / # _", {}, "left"),
        ("a -> i / # _", {"trigger": "right"}, ""),
        ("a -> i / # _ #", {}, "right"),
        ("a -> i / # _ #", {"trigger": "left"}, "left"),
        ("a -> i / # (p) _", {}, "left"),
        ("a -> i / _ (p) #", {}, "right"),
        ("a -> i / # (p) _ + ", {}, ""),
        ("a -> i", {}, ""),
    ],
)
def test_the_edge_that_conditions_a_change(inventory, rule, options, edge):
    (site,) = Process.parse(rule, **options).sites("a +".split(), inventory)
    assert (site.edge, site.trigger, site.target) == (edge, None, 0)


@pytest.mark.parametrize(
    ("rules", "form", "fed_by"),
    [
        pytest.param(["a -> ∅ / _ #", "d -> t / _ #"], "b a d a", ("first",), id="the word edge has come nearer"),
        pytest.param(["a -> ∅ / _ #", "d -> t / _ #"], "b a d", (), id="the word edge was there"),
        pytest.param(
            ["u -> ∅ / t _ k", "∅ -> i / t _ k"], "a t u k a", ("first",), id="insertion where one was deleted"
        ),
        pytest.param(["u -> ∅ / t _ k", "∅ -> i / t _ k"], "a t k a", (), id="insertion between neighbors"),
        pytest.param(["k -> ∅ / _ #", "u -> y / i [-syl]* _"], "i t u k", (), id="a deletion elsewhere"),
        pytest.param(["s -> ∅ / k _", "u -> y / i [-syl]* _"], "i k s u", (), id="a deletion that changed nothing"),
        pytest.param(["a -> ∅ / # _", "p -> b / # _"], "a p i", ("first",), id="the beginning has come nearer"),
        pytest.param(["i -> ∅ / p _ #", "p -> b / # _"], "p i", (), id="at the beginning the end does not matter"),
        pytest.param(["a -> ∅ / # _", "t -> d / _ #"], "a p i t", (), id="nor the beginning at the end"),
        pytest.param(["a -> ∅ / # _", "∅ -> i / # _ s t"], "a s t a", ("first",), id="insertion at the beginning"),
        pytest.param(["a -> ∅ / _ #", "∅ -> i / s t _ #"], "s t a", ("first",), id="insertion at the end"),
        pytest.param(["a -> ∅ / t _ #", "∅ -> i / # _ s t"], "s t a", (), id="insertion at the other end"),
        pytest.param(["u -> ∅ / k _ a", "∅ -> i / # _ s t"], "s t k u a", (), id="insertion where none was deleted"),
        pytest.param(["k -> t / s _", "∅ -> i / s _ t"], "s k a", ("first",), id="its trigger was made"),
        pytest.param(["s -> t / _ k", "∅ -> i / t _ k"], "s k a", (), id="the other neighbor of a gap is no trigger"),
        pytest.param(["u -> ∅ / t _ k", "t -> d / _ k"], "t u k", ("first",), id="it has come nearer on the right"),
        pytest.param(["u -> ∅ / k _ t", "t -> d / k _"], "k u t", ("first",), id="and on the left"),
        pytest.param(["a -> e / _ k", "{a, e} -> o"], "a k", ("first",), id="what has no environment was made"),
        pytest.param(["u -> ∅ / t _ k", "t -> d"], "t u k", (), id="or is as it was"),
        pytest.param(["∅ -> i / s _ t", "{p, t} -> d / _ k #"], "s t k", (), id="what was inserted is behind"),
    ],
)
def test_what_a_deletion_brought_together_is_derived(inventory, rules, form, fed_by):
    first, second = (Process.parse(rule, name=name) for rule, name in zip(rules, ("first", "second"), strict=True))
    after, _ = first.apply_to(Form.underlying(form.split()), inventory)
    (site,) = second.apply_to(after, inventory)[1]
    assert site.fed_by == fed_by


def test_a_vacuous_site_is_met_and_changes_nothing(inventory):
    process = Process.parse("[+syl] -> [+back] / _ #")
    (site,) = process.sites(["a"], inventory)
    assert site.vacuous and process.apply(["a"], inventory) == ("a",)


@pytest.mark.parametrize(
    ("rule", "form", "message"),
    [
        ("q -> k / _ #", "a", "'q' in a rule is not in the inventory"),
        ("km -> k / _ #", "a", "segments are separated by blanks"),
        ("a -> [+round] / _ #", "a", "the nearest that are [+round] differ in more: o (-lo)"),
        ("k -> [+syl, +nas] / _ #", "k", "no segment of the inventory is [+syl, +nas]"),
    ],
)
def test_errors_name_the_process(inventory, rule, form, message):
    with pytest.raises(InputError) as error:
        Process.parse(rule, name="harmony").apply(form.split(), inventory)
    assert str(error.value).startswith("process 'harmony': ") and message in str(error.value)


def test_both_sides_together_may_abbreviate_too_many(inventory, monkeypatch):
    monkeypatch.setattr("fairseq_phonology.phonology.matching.MOST_READINGS", 15)
    with pytest.raises(InputError, match="stands for more than 15 rules"):
        Process.parse("a -> e / (p) (p) _ (p) (p)").apply(["a"], inventory)


def test_unknown_manner_lists_the_known_ones():
    with pytest.raises(InputError, match="allowed: simultaneous, left-to-right, right-to-left"):
        Process.parse("k -> ŋ / _ m", manner="cyclic")


@pytest.mark.parametrize(
    ("rule", "form", "outcome"),
    [
        pytest.param("V -> y / _ (C) i", "a i a t i a t t i", "y i y t i a t t i", id="optional, once or not"),
        pytest.param("t -> d / _ (V (C)) #", "t a t", "d a d", id="optional inside optional"),
        pytest.param("n -> m / _ {p a, b}", "n p a n p i n b", "m p a n p i m b", id="a sequence in braces"),
        pytest.param("t -> d / {#, k a} _", "t k a t a t", "d k a d a t", id="a sequence on the left"),
        pytest.param("a -> e / _ C₁ i", "a i a t i a t k i", "a i e t i e t k i", id="at least one"),
        pytest.param("a -> e / i C₁ _", "i a i t a i t k a", "i a i t e i t k e", id="at least one, on the left"),
        pytest.param("a -> e / _ C₁² #", "a t k", "e t k", id="one or two"),
        pytest.param("a -> e / _ C₁² #", "a t k p", "a t k p", id="no more than two"),
        pytest.param("C1 -> ∅ / _ C1", "a t t a k t a n n", "a t a k t a n", id="degemination"),
        pytest.param("V -> ∅ / C1 _ C1 V", "t a t a k a t a", "t t a k a t a", id="the same on both sides"),
        pytest.param("∅ -> V1 / C _ C V1", "p l u p l a", "p u l u p a l a", id="a copied vowel"),
        pytest.param("V -> V1 / V1 C _", "a t u k i", "a t a k u", id="total harmony"),
        pytest.param("C1 -> C2 / _ C2", "a k t a", "a t t a", id="total assimilation"),
        pytest.param("t -> d / {V1, #} _ {V1, k}", "a t a t u t k", "a d a t u d k", id="an index in braces"),
        pytest.param("V C -> 2 1 / _ #", "p a t a k", "p a t k a", id="metathesis"),
        pytest.param("t k -> k t", "a t k a t k", "a k t a k t", id="metathesis at every site"),
        pytest.param("C C -> 2 1", "p t k a", "t p k a", id="what has changed places does not again"),
        pytest.param("l V k -> 3 2 1", "a l a k i", "a k a l i", id="metathesis at a distance"),
        pytest.param("k t -> t k / V _ V", "a k + t a", "a t k a", id="an edge inside is not seen"),
        pytest.param("[-son, αvoi] -> [-αvoi] / _ #", "b a d", "b a t", id="a value and its opposite"),
    ],
)
def test_the_notation_of_books_applies(inventory, rule, form, outcome):
    assert applied(rule, form, inventory) == outcome


def test_metathesis_in_turn_carries_a_segment_along(inventory):
    assert applied("t C -> 2 1", "t k p s", inventory, manner="left-to-right") == "k p s t"
    assert applied("C t -> 2 1", "p k s t", inventory, manner="right-to-left") == "t p k s"


def test_a_prefix_copies_what_follows_its_edge(inventory):
    rules = ["∅ -> V1 / # _ + C V1", "∅ -> C1 / # _ V + C1"]
    assert applied(rules, "+ t a k i", inventory) == "t a t a k i" and applied(rules, "t a k i", inventory) == "t a k i"


def test_of_optional_parts_the_longest_that_fits_is_taken(inventory):
    (site,) = Process.parse("V -> [-back] / _ (C) (C) i").sites("u t i".split(), inventory)
    assert (site.target, site.trigger, site.outcome) == (0, 2, "y")
    process = Process.parse("[-son, -cont] -> [αvoi] / _ (s) [-son, αvoi]")
    assert process.apply("a p s d".split(), inventory) == tuple("absd")  # the longer one, not s


@pytest.mark.parametrize(
    ("rule", "form", "trigger"),
    [
        pytest.param("u -> y / _ (C) i", "u t i", 2, id="behind an optional segment"),
        pytest.param("u -> y / _ (C) i", "u i", 1, id="or beside"),
        pytest.param("a -> ∅ / t (C) _", "t k a", 0, id="on the left"),
        pytest.param("t -> d / _ (l) #", "t l", None, id="an optional segment is no trigger"),
        pytest.param("n -> m / _ {p a, b}", "n p a", 1, id="the first of a sequence"),
        pytest.param("C1 -> ∅ / _ V C1", "t a t", 1, id="nearest"),
        pytest.param("V C -> 2 1 / _ #", "p a t", 2, id="metathesis: what it changes places with"),
        pytest.param("l V k -> 3 2 1", "l a k", 2, id="metathesis at a distance"),
    ],
)
def test_the_trigger_is_always_there(inventory, rule, form, trigger):
    sites = Process.parse(rule).sites(form.split(), inventory)
    assert [site.trigger for site in sites] == [trigger]


def test_what_changes_places_is_traced(inventory):
    process = Process.parse("V C -> 2 1 / _ #", name="metathesis")
    form, (site,) = process.apply_to(Form.underlying("p a + t".split()), inventory)
    assert (form.segments, form.origins) == (tuple("pta"), (0, 3, 1))
    assert form.changed_by == (None, "metathesis", "metathesis")
    assert (site.target, site.segment, site.outcome, site.trigger_segment) == (1, "a", "t", "t")
    form, _ = Process.parse("l V k -> 3 2 1", name="far").apply_to(Form.underlying("l a k".split()), inventory)
    assert form.changed_by == ("far", None, "far")


@pytest.mark.parametrize(
    ("rule", "conditions"),
    [
        pytest.param("u -> y / _ (l) i", [("u", "y", "i", "l")], id="an optional part may stand between"),
        pytest.param("u -> y / _ {l i, e}", [("u", "y", "l", None), ("u", "y", "e", None)], id="sequences"),
        pytest.param(
            "{p, t}ᵢ -> ∅ / _ {p, t}ᵢ", [("p", "", "p", None), ("t", "", "t", None)], id="the same, and no other"
        ),
        pytest.param("i t -> 2 1 / _ #", [("i", "t", "t", None)], id="metathesis"),
        pytest.param("l i t -> 3 2 1", [("l", "t", "t", "i")], id="metathesis at a distance"),
        pytest.param("t -> d / _ (l) #", [("t", "d", "#", "l")], id="an edge behind an optional part"),
        pytest.param("t -> d / _ $", [("t", "d", "", None)], id="a syllable boundary is no trigger"),
        pytest.param("∅ -> i / t _", [("", "i", "t", None)], id="insertion: the side that holds segments"),
    ],
)
def test_conditions_of_the_notation_of_books(inventory, rule, conditions):
    run = compiled(parse_rule(rule), inventory, None)
    found = [(c.target, c.outcome, "".join(c.triggers), c.between and "".join(c.between)) for c in run.conditions()]
    assert found == conditions


@pytest.fixture(scope="module")
def stressed():
    return Inventory("p t k b d ɡ s m n i e a o u".split(), transparent=[".", "ˈ"])


@pytest.mark.parametrize(
    ("rule", "form", "outcome"),
    [
        pytest.param("n -> m / _ p", "ˈ a n . p a", "ˈ a m . p a", id="they are passed over, and stay"),
        pytest.param("n -> ∅ / _ p", "a n . ˈ p a", "a . ˈ p a", id="deletion beside them"),
        pytest.param("t -> d / V _ V", "a . t a . ˈ t a", "a . d a . ˈ d a", id="several sites"),
        pytest.param("∅ -> e / # _ s C", "ˈ s t a", "e ˈ s t a", id="insertion before a mark"),
        pytest.param("∅ -> i / t _ k", "a t . k a", "a t i . k a", id="insertion: beside what is on the left"),
        pytest.param("V -> ∅ / _ #", "p a . t a .", "p a . t .", id="the edge of the word is behind them"),
        pytest.param("C V -> 2 1 / _ #", "p a . t a", "p a . a t", id="metathesis"),
        pytest.param("t k -> k t", "a t . k a", "a k . t a", id="metathesis around a mark"),
        pytest.param("a -> o / ˈ C₀ _", "ˈ t a . t a", "ˈ t o . t a", id="a rule that names one sees it"),
        pytest.param("t -> d / _ . V", "a t . a t ˈ a t", "a d . a t ˈ a t", id="and the dot that stands there"),
        pytest.param("a -> o / [] _", "ˈ a . a", "ˈ a . o", id="no bundle means them"),
        pytest.param("t -> d / V _ + V", "a t . + a + t", "a d . a t", id="edges keep their places"),
        pytest.param("o -> i / _ . p u", "o . p u o . ˈ p u", "i . p u i . ˈ p u", id="the others are passed over"),
        pytest.param("o -> i / _ . p u", "o . p . u o p u", "o . p . u o p u", id="the one it names nowhere else"),
    ],
)
def test_transparent_symbols(stressed, rule, form, outcome):
    assert applied(rule, form, stressed) == outcome
    for manner in ("left-to-right", "right-to-left"):
        assert applied(rule, form, stressed, manner=manner) == outcome


def test_positions_count_transparent_symbols(stressed):
    process = Process.parse("n -> m / _ p")
    form, (site,) = process.apply_to(Form.underlying("ˈ a n + . p a".split()), stressed)
    assert (site.target, site.trigger, site.position) == (2, 5, 2)
    assert form.segments == tuple("ˈam.pa") and form.origins == (0, 1, 2, 4, 5, 6) and form.edges == {3}


def test_positions_of_sites_count_what_stands_before_them(stressed):
    for rule, form, position in (
        ("n -> m / _ p", "ˈ a . n p", 3),
        ("a -> o / # _", "ˈ a . n p", 1),
        ("t -> ∅ / _ #", "a t .", 1),
        ("∅ -> i / s _ t", "ˈ s . t a", 3),
        ("∅ -> i / _ #", "ˈ a .", 3),
    ):
        (site,) = Process.parse(rule).sites(form.split(), stressed)
        assert site.position == position


@pytest.mark.parametrize(
    ("rate", "variable"),
    [(None, False), (0, False), (1, False), (0.5, True), ({"a": 0, "b": 1}, False), ({"a": 1, "b": 0.5}, True)],
)
def test_a_process_is_variable_where_a_share_is_neither_none_nor_all(rate, variable):
    assert Process.parse("k -> m / _ m", rate=rate).variable is variable


@pytest.mark.parametrize("rate", [1.5, -0.1, float("nan"), {"sino": 0.5, "native": 2}])
def test_a_rate_is_a_share(rate):
    with pytest.raises(InputError, match=r"rate is .*; allowed: 0 \(never\) to 1 \(always\)"):
        Process.parse("k -> m / _ m", "p", rate=rate)


def test_long_words_and_many_repeated_places_take_no_time(inventory):
    ur = ["a", *["p"] * 3000]
    assert Process.parse("a -> i / _ [-syl]* #").apply(ur, inventory)[0] == "i"
    ur = ["a", "p"] * 60  # six places that could divide the rest among them in a hundred million ways
    assert Process.parse("a -> i / _ []* []* []* []* []* []* k k").apply(ur, inventory) == tuple(ur)
