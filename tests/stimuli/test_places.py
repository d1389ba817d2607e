"""Where target and trigger stand in a word."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.classes import classes_of
from fairseq_phonology.stimuli.places import find_place

NASALIZATION = "obstruent-nasalization"


def toy(rules, segments="p t k b d ɡ s m n l a i", **more):
    return Grammar.from_table({"inventory": {"segments": segments}, "process": [{"name": "x", "rules": rules} | more]})


@pytest.mark.parametrize(
    ("grammar", "process", "ur", "place"),
    [
        ("korean", NASALIZATION, "h a k m u n", (2, 3)),
        ("korean", NASALIZATION, "h a k + pʰ u n", (2, 4)),
        ("korean", NASALIZATION, "k ʌ t͡ɕ i s m a l", (4, 5)),  # no /t/ before neutralization
        ("turkish", "harmony", "k o l t e", (4, 1)),
        ("turkish", "harmony", "t i k i l + l e", (7, 3)),  # i beside i is a place, too, but no edge divides it
        ("sibilants", "sibilant-harmony", "s a p i n u", (0, 2)),
        ("sibilants", "sibilant-harmony", "a s i a ʃ u", (1, 4)),
    ],
)
def test_places(request, grammar, process, ur, place):
    one = request.getfixturevalue(grammar)
    if grammar == "sibilants" and place == (0, 2):
        # two more pairs of control consonants
        with pytest.raises(InputError, match=r"2 places for sibilant-harmony \(s at 0, p at 2"):
            find_place(one, process, ur.split(), classes_of(one, process))
        ur = "s a p i u"
    assert find_place(one, process, ur.split(), classes_of(one, process)) == place


def test_several_places_and_none(korean):
    nasal = classes_of(korean, NASALIZATION)
    with pytest.raises(InputError, match=r"2 sites for obstruent-nasalization \(k at 2, p at 5, counted from 0\)"):
        find_place(korean, NASALIZATION, "k a k n a p m a".split(), nasal)
    with pytest.raises(InputError, match=r"no place for obstruent-nasalization: no target \(p t k m ŋ\)"):
        find_place(korean, NASALIZATION, "h a m u n".split(), nasal)


def test_the_place_of_an_insertion():
    grammar = toy("∅ -> i / p _ k")
    assert find_place(grammar, "x", "a p k a".split(), classes_of(grammar, "x")) == (1, 2)
    assert find_place(grammar, "x", "a p l a".split(), classes_of(grammar, "x")) == (1, 2)
    grammar = toy("∅ -> i / _ k")
    assert find_place(grammar, "x", "a p k a".split(), classes_of(grammar, "x")) == (None, 2)


DEVOICING = "{b, d} -> {p, t} / _ {[-syl], #}"


@pytest.mark.parametrize(
    ("ur", "part", "place"),
    [
        ("l a b", 2, (2, 3)),
        ("a m", 2, (1, 2)),
        ("l a b + a", 2, (2, 4)),
        ("a m a", 2, (1, 2)),
        ("l a b s a", 1, (2, 3)),
        ("l a b a d", 2, (4, 5)),
        ("b a b s a d", 1, (2, 3)),  # of two sites the one of the part
        ("b a b s a d", 2, (5, 6)),
    ],
)
def test_the_end_of_the_word(ur, part, place):
    grammar = toy(DEVOICING)
    assert find_place(grammar, "x", ur.split(), classes_of(grammar, "x", part=part)) == place


def test_an_edge_at_a_distance():
    grammar = toy("{a} -> {i} / _ [-syl]* #")
    classes = classes_of(grammar, "x", part=1)
    assert find_place(grammar, "x", "p a t".split(), classes) == (1, 3)
    assert str(classes) == "a before the end of the word, other segments between"


@pytest.mark.parametrize(
    ("ur", "place"),
    [("a t . ˈ m a", (1, 4)), ("a t . ˈ s + m a", (1, 6)), ("a k . ˈ p a", (1, 4)), ("a t . ˈ p a", (1, 4))],
)
def test_symbols_that_rules_pass_over_lie_between(ur, place):
    table = {
        "transparent": ". ˈ",
        "inventory": {"segments": "p t k s m n a i"},
        "process": [{"name": "nasalization", "rules": "t -> n / _ (s) m"}],
        "controls": {"nasalization": {"target": "k", "trigger": "p"}},
    }
    grammar = Grammar.from_table(table)
    assert find_place(grammar, "nasalization", ur.split(), classes_of(grammar, "nasalization")) == place
