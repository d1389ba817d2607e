"""Decision step and status of single words: feature change, deletion, insertion, controls, exceptions, edges."""

import numpy as np
import pytest

from fairseq_phonology.analysis.events.outcome import Outcomes, as_seen
from fairseq_phonology.attention.record import AttentionRecord
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import Item

GRAMMAR = Grammar.from_table(
    {
        "inventory": {"segments": "p t k s h m n ŋ l a i u ə".split()},
        "process": [
            {"name": "deletion", "rules": "h -> ∅ / [+syl] _ [+syl]"},
            {"name": "nasalization", "rules": ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]},
            {"name": "epenthesis", "rules": "∅ -> ə / k _ t"},
            {"name": "devoicing", "rules": "m -> p / _ #"},
            {"name": "hardening", "rules": "l -> t / # _"},
        ],
    }
)


def record(ur, surface, reference=None, name="w"):
    ur, surface = tuple(ur.split()), tuple(surface.split())
    reference = None if reference is None else tuple(reference.split())
    return AttentionRecord(name, 0, 0, ur, surface, reference, np.zeros(len(surface) + 1, np.float32))


def item(ur, sr, cell, target, trigger, **more):
    classes = (cell[0], cell[1])
    return Item("w", tuple(ur.split()), tuple(sr.split()), *classes, target, trigger, **more)


def judged(process, ur, sr, cell, target, trigger, surface, reference=None, seen=None):
    word = item(ur, sr, cell, target, trigger)
    return Outcomes(GRAMMAR, process).of(word, record(seen or ur, surface, reference))


SITE = ("nasalization", "h a k m u n", "h a ŋ m u n", "TR", 2, 3)
CONTROL = ("nasalization", "h a k s u n", "h a k s u n", "TN", 2, 3)
DELETION = ("deletion", "t a h i", "t a i", "TR", 2, 1)
INSERTION = ("epenthesis", "a k t a", "a k ə t a", "TR", None, 2)


@pytest.mark.parametrize(
    ("word", "surface", "status", "step"),
    [
        pytest.param(SITE, "h a ŋ m u n", "applied", 2, id="right"),
        pytest.param(SITE, "h a k m u n", "underapplied", 2, id="not applied"),
        pytest.param(SITE, "h a n m u n", "other", 2, id="something else"),
        pytest.param(SITE, "h a ŋ m i n", "applied", 2, id="an error elsewhere"),
        pytest.param(SITE, "h i a ŋ m u n", "applied", 3, id="an insertion before it"),
        pytest.param(SITE, "ŋ m u n", "applied", 0, id="deletions before it"),
        pytest.param(CONTROL, "h a k s u n", "applied", 2, id="control left alone"),
        pytest.param(CONTROL, "h a ŋ s u n", "overapplied", 2, id="control changed"),
        pytest.param(CONTROL, "h a t s u n", "other", 2, id="control changed otherwise"),
        pytest.param(DELETION, "t a i", "applied", 2, id="deleted"),
        pytest.param(DELETION, "t a h i", "underapplied", 2, id="not deleted"),
        pytest.param(DELETION, "t a k i", "other", 2, id="not deleted but changed"),
        pytest.param(INSERTION, "a k ə t a", "applied", 2, id="inserted"),
        pytest.param(INSERTION, "a k t a", "underapplied", 2, id="not inserted"),
    ],
)
def test_status_and_step(word, surface, status, step):
    found = judged(*word, surface).event
    assert (found.status, found.step, found.included) == (status, step, status == "applied")


def test_a_deletion_where_nothing_is_to_be_deleted():
    found = judged("deletion", "t a h t i", "t a h t i", "TN", 2, 3, "t a t i").event
    assert (found.status, found.step) == ("overapplied", None)


def test_a_target_that_is_gone_has_no_step():
    found = judged(*SITE, "h a m u n").event
    assert (found.status, found.step) == ("other", None)


def test_ambiguity_is_flagged():
    word = ("nasalization", "a t m a", "a n m a", "TR", 1, 2)
    assert not judged(*word, "a n m a").event.ambiguous
    assert judged("nasalization", "a n a n a", "a n a n a", "CN", 1, 3, "a n a").event.ambiguous


def test_where_the_trigger_is_in_the_sr():
    assert judged(*SITE, "h a ŋ m u n").trigger_step == 3
    assert judged(*SITE, "h i a ŋ m u n").trigger_step == 4
    assert judged(*SITE, "h a ŋ u n").trigger_step is None
    assert judged(*DELETION, "t a i").trigger_step == 1


def test_edges_that_the_model_does_not_see():
    """Positions of the item count the edge; those of the event do not."""
    word = ("nasalization", "h a k + m u n", "h a ŋ m u n", "TR", 2, 4)
    found = judged(*word, "h a ŋ m u n", seen="h a k m u n")
    assert (found.event.item.target_index, found.event.item.trigger_index) == (2, 3)
    assert (found.event.item.target, found.event.item.trigger, found.event.step) == ("k", "m", 2)
    assert found.origins == (0, 1, 2, 4, 5, 6)
    assert judged(*word, "h a ŋ m u n").event.item.trigger_index == 4


def test_edges_that_only_the_model_sees():
    found = as_seen(item("a k m a", "a ŋ m a", "TR", 1, 2), ("a", "k", "+", "m", "a"))
    assert (found.target_index, found.trigger_index) == (1, 3)


def test_another_word_is_refused():
    with pytest.raises(InputError, match=r"word 'w' is /h a k m u n/ in the stimuli and /h a k u n/ in the dump"):
        judged(*SITE, "h a k u n", seen="h a k u n")


def test_the_reference_of_the_dump_is_the_gold_sr():
    """An exception in the user's list: here the process does not apply, and not applying it is right."""
    assert judged(*SITE, "h a k m u n", reference="h a k m u n").event.status == "applied"
    found = judged(*SITE, "h a ŋ m u n", reference="h a k m u n").event
    assert found.status == "other" and found.reference == tuple("hakmun")
    assert (
        judged(*SITE, "h a k m u n", reference="h a k m u n").exception and not judged(*SITE, "h a k m u n").exception
    )


def test_a_gold_sr_of_the_users_own():
    """Another segment is lost than the grammar knows of: positions follow."""
    found = judged(*SITE, "a ŋ m u n", reference="a ŋ m u n")
    assert (found.event.status, found.event.step, found.trigger_step) == ("applied", 1, 2)
    assert found.origins == (1, 2, 3, 4, 5)
    own_deletion = judged(*DELETION, "a i", reference="a i")
    assert (own_deletion.event.status, own_deletion.event.step) == ("applied", 1)


def test_a_control_of_an_insertion_has_no_step():
    found = judged("epenthesis", "a k s a", "a k s a", "TN", None, 2, "a k s a").event
    assert (found.status, found.step) == ("applied", None)
    found = judged("epenthesis", "a k s a", "a k s a", "TN", None, 2, "a k ə s a").event
    assert (found.status, found.step) == ("other", None)


def test_sites_of_a_plain_word():
    found = Outcomes(GRAMMAR, "nasalization").sites(record("a k n a t m i p", "a"))
    assert [(i.target, i.trigger, i.cell, i.target_index) for i in found] == [("k", "n", "TR", 1), ("t", "m", "TR", 4)]
    assert found[0].sr == tuple("aŋnanmip") and not found[0].stem and not found[0].more
    assert not Outcomes(GRAMMAR, "nasalization").sites(record("a k a", "a"))
    (edge,) = Outcomes(GRAMMAR, "devoicing").sites(record("a m +", "a"))
    assert (edge.trigger_index, edge.trigger) == (3, "#")  # behind all that stands in the word
    (start,) = Outcomes(GRAMMAR, "hardening").sites(record("l a m", "a"))
    assert start.trigger_index is None and not start.trigger
    (gap,) = Outcomes(GRAMMAR, "epenthesis").sites(record("a k t a k t a", "a"))
    assert gap.target_index is None and gap.sr == tuple("akətakəta")


def test_what_the_grammar_lacks():
    with pytest.raises(InputError, match="no process 'nasal'; it has: deletion, nasalization"):
        Outcomes(GRAMMAR, "nasal")
    with pytest.raises(InputError, match=r"word 'k7'.*lacks: x"):
        Outcomes(GRAMMAR, "nasalization").sites(record("a x", "a", name="k7"))


def test_the_end_of_the_word_has_a_place_behind_it():
    """Whatever morpheme edges are shown; the trigger is on no surface segment."""
    for seen in ("a + m", "a m", "a m +"):
        found = judged("devoicing", "a + m", "a p", "TR", 2, 3, "a p", seen=seen)
        assert found.event.item.trigger_index == len(seen.split()) and found.event.item.trigger == "#"
        assert found.trigger_step is None and (found.event.status, found.event.step) == ("applied", 1)


@pytest.mark.parametrize(
    ("ur", "sr", "cell", "surface", "status", "step"),
    [
        ("a k t a", "a k ə t a", "TR", "a k ə t a", "applied", 2),
        ("a k t a", "a k ə t a", "TR", "a k t a", "underapplied", 2),
        ("a k t a", "a k ə t a", "TR", "a k i t a", "other", 2),
        ("a k s a", "a k s a", "TN", "a k s a", "applied", 2),
        ("a k s a", "a k s a", "TN", "a k ə s a", "overapplied", 2),
        ("a k s a", "a k s a", "TN", "i a k ə s a", "overapplied", 3),
        ("a p t a", "a p t a", "CR", "a p ə t a", "overapplied", 2),
    ],
)
def test_an_insertion_beside_a_segment_is_decided_where_the_gap_is(ur, sr, cell, surface, status, step):
    """In sites and in controls: the step after the segment on the other side of the gap."""
    found = judged("epenthesis", ur, sr, cell, 1, 2, surface).event
    assert (found.status, found.step) == (status, step)


def test_an_insertion_that_the_list_does_not_have():
    """The word is an exception: its gold SR does without, and the step is where it would be."""
    found = judged("epenthesis", "a k t a", "a k t a", "TR", 1, 2, "a k t a", reference="a k t a")
    assert found.exception and (found.event.status, found.event.step) == ("applied", 2)


def test_a_step_that_emits_another_segment_is_told():
    """A deletion and an insertion, the model right or not; not a feature change, and not a control of a deletion."""
    for surface in ("t a i", "t a h i"):
        assert judged(*DELETION, surface).event.gap
    assert judged("epenthesis", "a k t a", "a k ə t a", "TR", 1, 2, "a k ə t a").event.gap
    assert not judged(*SITE, SITE[2]).event.gap
    assert not judged("deletion", "t a h t i", "t a h t i", "TN", 2, 3, "t a h t i").event.gap
