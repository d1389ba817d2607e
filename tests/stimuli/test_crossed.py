"""Crossed designs: what the definitions promise, checked on every item."""

from collections import Counter, defaultdict

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.phonotactics import Phonotactics
from fairseq_phonology.phonology.transcription import drop_edges
from fairseq_phonology.stimuli.classes import classes_of
from fairseq_phonology.stimuli.crossed import crossed
from fairseq_phonology.stimuli.interference import interference
from fairseq_phonology.stimuli.items import CELLS
from fairseq_phonology.stimuli.places import find_place

NASALIZATION = "obstruent-nasalization"
CASES = [
    pytest.param("korean", NASALIZATION, {}, id="regressive, adjacent"),
    pytest.param("korean", "tensification", {}, id="progressive, adjacent"),
    pytest.param("korean", "palatalization", {}, id="across an edge"),
    pytest.param("korean", "place-assimilation", {"include": ("place-assimilation",)}, id="optional"),
    pytest.param("korean", "aspiration", {}, id="two rules at work"),
    pytest.param("turkish", "harmony", {}, id="progressive, long-distance"),
    pytest.param("sibilants", "sibilant-harmony", {}, id="regressive, long-distance"),
]


@pytest.mark.parametrize(("name", "process", "options"), CASES)
def test_a_design_is_crossed_clean_balanced_and_matched(request, name, process, options):
    grammar = request.getfixturevalue(name)
    design = crossed(grammar, process, stems=6, suffixes=4, seed=2, **options)
    items, classes = design.items, design.classes
    assert Counter(item.cell for item in items) == dict.fromkeys(CELLS, 24)
    assert len({drop_edges(item.ur) for item in items}) == len({item.id for item in items}) == len(items)
    suffixes_of = defaultdict(set)
    for item in items:
        suffixes_of[item.stem].add(item.suffix)
        # the place is the one that would be found, and nothing else applies, anywhere
        assert classes.target_class(item.target) == item.target_class
        assert classes.trigger_class(item.trigger) == item.trigger_class
        include = options.get("include", ())
        derivation = grammar.derive(item.ur, include)
        assert item.sr == derivation.surface and not Phonotactics(grammar).forbids(item.ur)
        assert derivation.processes == ((process,) if item.cell == "TR" else ())
        assert (
            interference(grammar, process, item.ur, item.target_index, item.trigger_index, item.cell, include) is None
        )
        assert item.ur.count("+") == (process == "palatalization")
    assert len({frozenset(some) for some in suffixes_of.values()}) == 1 and len(suffixes_of) == 12
    shape = Phonotactics(grammar).shape
    for unit, stem in (("stem", True), ("suffix", False)):
        by_class = defaultdict(dict)
        for item in items:
            carries_target = classes.regressive == stem
            cls, key = (item.target_class, item.target) if carries_target else (item.trigger_class, item.trigger)
            by_class[cls][getattr(item, unit)] = key
        assert len(by_class) == 2
        shapes = [Counter(shape(one.split()) for one in some) for some in by_class.values()]
        assert shapes[0] == shapes[1]
        for some in by_class.values():
            counts = Counter(some.values()).values()
            assert max(counts) - min(counts) <= 1


def test_korean_nasalization_as_by_hand(korean):
    design = crossed(korean, NASALIZATION, stems=6, suffixes=8)
    assert design.classes == classes_of(korean, NASALIZATION) and not design.excluded
    first = {item.cell: item for item in reversed(design.items)}
    assert [first[cell].id for cell in CELLS] == ["T1-R1", "T1-N1", "C1-R1", "C1-N1"]
    for item in design.items:
        assert item.ur == (*item.stem.split(), *item.suffix.split())
        assert (item.target_index, item.trigger_index) == (len(item.stem.split()) - 1, len(item.stem.split()))
    used = Counter(item.trigger for item in design.items if item.trigger_class == "N")
    assert set(used.values()) == {12} and len(used) == 8
    frames = {(item.target_class, item.stem.rsplit(" ", 1)[0]) for item in design.items}
    assert len(frames) == len({frame for _, frame in frames}) == 12


def test_long_distance_trigger_is_the_last_vowel_of_the_stem(turkish):
    design = crossed(turkish, "harmony", stems=4, suffixes=4, syllables=(2, 2))
    for item in design.items:
        vowels = [n for n, segment in enumerate(item.stem.split()) if segment in "aeɯioøuy"]
        assert item.trigger_index == vowels[-1] and item.target_index > len(item.stem.split()) - 1
        if item.cell == "TR":
            found = find_place(turkish, "harmony", item.ur, design.classes)
            assert found == (item.target_index, item.trigger_index)


def test_the_same_seed_the_same_design(korean):
    one, again, other = (crossed(korean, NASALIZATION, 4, 4, seed=seed) for seed in (3, 3, 4))
    assert one == again and one != other


def test_words_of_a_list_do_not_occur(korean):
    design = crossed(korean, NASALIZATION, 4, 4)
    gone = {drop_edges(item.ur) for item in design.items[:5]}
    words = {drop_edges(item.ur) for item in crossed(korean, NASALIZATION, 4, 4, exclude=gone).items}
    assert len(words) == 64 and not words & gone


def test_carrier_syllables(korean):
    design = crossed(korean, NASALIZATION, 4, 4, syllables=(2, 2), carriers=[("t", "a"), ("k", "o"), ("p", "i")])
    for item in design.items:
        segments = item.stem.split()
        assert {" ".join(segments[:2]), " ".join(segments[2:4])} <= {"t a", "k o", "p i"}


def test_an_edge_on_request(korean):
    items = crossed(korean, NASALIZATION, 4, 4, edge=True).items
    assert all(item.ur[item.target_index + 1] == "+" for item in items)


def test_fillers_are_words_without_the_process(korean):
    design = crossed(korean, NASALIZATION, 4, 4, fillers=20)
    fillers = [item for item in design.items if not item.cell]
    assert len(fillers) == 20 and design.items[-20:] == tuple(fillers)
    for item in fillers:
        assert not korean.derive(item.ur).sites(NASALIZATION) and item.target_index is None
    assert len({drop_edges(item.ur) for item in design.items}) == 84


def test_segments_that_are_never_clean_leave_with_their_reason(korean):
    design = crossed(korean, "tensification", 4, 4)
    assert ("/l/ as C", "liquid-nasalization changes /l/ to [n]") in design.excluded
    assert design.classes.trigger == ("p", "t", "k")


def _tiny(*rules, **more):
    processes = [{"name": "xyz"[n], "rules": rule} for n, rule in enumerate(rules)]
    table = {"inventory": {"segments": "p k m n a i"}, "process": processes}
    return Grammar.from_table(table | more)


SYLLABLES = {"syllable": {"onsets": ["p", "k", "m", "n"], "nuclei": ["a", "i"], "codas": ["", "p", "m"]}}


@pytest.mark.parametrize(
    ("grammar", "options", "message"),
    [
        pytest.param(_tiny("∅ -> i / _ k"), {}, "'x' inserts, and its rule names no segment", id="insertion"),
        pytest.param(_tiny("a -> i / # _"), {}, "the beginning of the word conditions it", id="beginning"),
        pytest.param(_tiny("p -> m / _ m"), {}, "no usable word for TR and TN of x", id="no syllables"),
        pytest.param(_tiny("p -> m / _ {m, n}"), {"stems": 3}, "3 stems of each class are too few; allowed: 4", id="3"),
        pytest.param(_tiny("p -> m / _ {m, n}"), {"syllables": (2, 1)}, "syllables: found 2-1", id="lengths"),
        pytest.param(
            _tiny("p -> m / _ {m, n}", "m -> n / _ {p, k, m, n}", **SYLLABLES),
            {},
            r"no usable word for CR and CN of x \(/m/ as C: y changes /m/ to \[n\]\)",
            id="a class with nothing clean",
        ),
        pytest.param(
            _tiny("p -> m / _ {m, n}", **SYLLABLES),
            {"stems": 60, "syllables": (1, 1)},
            "only 8 of 60 pairs of stems could be drawn",
            id="too few words",
        ),
    ],
)
def test_what_cannot_be_made_is_said(grammar, options, message):
    with pytest.raises(InputError, match=message):
        crossed(grammar, "x", **({"stems": 4, "suffixes": 4} | options))
