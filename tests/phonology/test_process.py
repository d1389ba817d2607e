"""Application in the three manners and sites, worked out by hand."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.process import Form, Process


def applied(rule, form, inventory, **options):
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
        pytest.param("k -> ŋ / _ {m, #}", "k m a k", "ŋ m a ŋ", id="word edge among alternatives"),
        pytest.param("[+nas] -> [αlab] / _ [-son, αlab]", "n p a n t", "m p a n t", id="agreement"),
        pytest.param("u -> y / [+syl, -back] [-syl]* _", "e k s t u", "e k s t y", id="long distance"),
        pytest.param("u -> y / [+syl, -back] [-syl]* _", "e u a u", "e y a u", id="none in between, and no further"),
        pytest.param("k -> ŋ", "k a k", "ŋ a ŋ", id="without environment"),
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


def test_unknown_manner_lists_the_known_ones():
    with pytest.raises(InputError, match="allowed: simultaneous, left-to-right, right-to-left"):
        Process.parse("k -> ŋ / _ m", manner="cyclic")
