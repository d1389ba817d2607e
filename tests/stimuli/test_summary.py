"""What a design holds in words, and which rules no design can ask about."""

import pytest

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.conditions import Geometry, needs_edge, place_of, refused_of, segments_of
from fairseq_phonology.stimuli.crossed import crossed
from fairseq_phonology.stimuli.summary import left_out, notes_on

SYLLABLE = {"onsets": "p t k b d s n l".split(), "nuclei": ["a", "i", "u"], "codas": ["", "s", "n", "d", "t"]}


def toy(rules, **more):
    table = {"inventory": {"segments": "p t k b d s m n l a i u"}, "syllable": SYLLABLE}
    return Grammar.from_table(table | {"process": [{"name": "x", "rules": rules}]} | more)


@pytest.mark.parametrize(
    ("rules", "more", "said"),
    [
        ("d -> t / _ [-son]", {"controls": {"x": {"trigger": "#"}}}, "the control for the trigger is the end of the"),
        (
            "s -> k / _ [-syl]",
            {},
            "every segment of the triggers' class that could stand there triggers the process",
        ),
        (
            "s -> k / _ [-syl]",
            {},
            "suffixes of R and N cannot have one shape, as the trigger is a consonant in R",
        ),
        ("∅ -> i / s _ {s, t}", {}, "decision step: the one behind the gap's first neighbor, which emits what is"),
    ],
)
def test_what_was_decided_is_said(rules, more, said):
    grammar = toy(rules, **more)
    assert any(note.startswith(said) for note in notes_on(grammar, "x", crossed(grammar, "x", 4, 4)))


def test_rules_that_no_design_asks_about_are_said():
    grammar = toy(["s -> t / _ b", "k -> ɡ / # _"], inventory={"segments": "p t k b d ɡ s m n l a i u"})
    said = list(left_out(grammar, "x", crossed(grammar, "x", 4, 4)))
    assert said[-1].startswith("not in the design: “k -> ɡ / # _”: the beginning of the word conditions it")
    (text,) = refused_of(toy("s -> t / {#, n} _"), "x")  # asked about beside n alone
    assert text == "“s -> t / {#, n} _” at the beginning of the word"
    assert needs_edge(grammar, "x") == ""


@pytest.mark.parametrize(
    ("rule", "ur", "geometry", "place", "segments"),
    [
        ("d -> t / _ s", "a d s a", Geometry("right"), (1, 2), ("d", "s")),
        ("d -> t / _ s", "a d s a", Geometry("left"), None, None),
        ("d -> t / _ s", "a d s a", Geometry(inserts=True), None, None),
        ("∅ -> i / s _ t", "a s t a", Geometry(inserts=True), (1, 2), ("s", "t")),
        ("∅ -> i / s _ t", "a s t a", Geometry("right", frozenset("t"), True), (1, 3), ("s", "a")),
        ("∅ -> i / s _ #", "a s", Geometry(inserts=True), (1, 2), ("s", "#")),
        ("∅ -> i / s _ #", "a s", Geometry("left", inserts=True), None, None),
    ],
)
def test_where_target_and_trigger_of_a_site_stand(rule, ur, geometry, place, segments):
    derivation = toy(rule).derive(ur.split())
    (site,) = derivation.changes("x")
    assert place_of(site, derivation, geometry) == place and segments_of(site, derivation, geometry) == segments
