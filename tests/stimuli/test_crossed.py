"""Crossed designs: what the definitions promise, checked on every item."""

from collections import Counter, defaultdict

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.decision import decision_of
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.phonotactics.syllables import Phonotactics
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


@pytest.mark.parametrize(
    ("rule", "helps"),
    [
        ("i -> ∅ / [-syl] _ #", True),
        ("p -> ∅ / m _ #", True),
        ("p -> m / [+syl] _ #", True),
        ("∅ -> i / {p, k} _ {p, k} #", False),
    ],
)
def test_a_refusal_names_the_end_of_the_word_that_a_rule_also_asks_for(rule, helps):
    """And how to ask about it, where it can be the trigger."""
    shapes = {"onsets": ["p", "k", "m"], "nuclei": ["a", "i"], "codas": ["", "p", "m"]}
    with pytest.raises(InputError) as refused:
        crossed(_tiny(rule, syllable=shapes), "x", stems=4, suffixes=4)
    said = f"; “{rule}” also needs #, the end of the word, and these words go on there"
    help = '; trigger = "right" in the [[process]] of x asks about the end of the word'
    assert said in refused.value.message and (help in refused.value.message) is helps


CLUSTERS = ("", "n", "s t", "l p")


def _roomy(rule, codas=("", "s", "n", "d", "t"), **more):
    syllable = {"onsets": "p t k b d s n l".split(), "nuclei": ["a", "i", "u"], "codas": list(codas)}
    table = {"inventory": {"segments": "p t k b d s m n l a i u"}, "syllable": syllable}
    return Grammar.from_table(table | {"process": [{"name": "x", "rules": rule}]} | more)


def _places(design):
    return {(item.cell, item.target, item.trigger) for item in design.items}


def test_the_end_of_the_word_has_no_suffix_and_its_control_has():
    grammar = _roomy("{b, d} -> {p, t} / _ {[-son], #}")
    design = crossed(grammar, "x", 6, 5, part=2)
    assert Counter(item.cell for item in design.items) == {"TR": 6, "TN": 30, "CR": 6, "CN": 30}
    assert {item.trigger for item in design.items} == {"#", "a", "i", "u"}
    stems = {item.stem: item for item in design.items if item.trigger_class == "R"}
    for item in design.items:
        assert grammar.derive(item.ur).processes == (("x",) if item.cell == "TR" else ())
        assert item.trigger_index == len(item.stem.split()) and item.target_index == item.trigger_index - 1
        assert stems[item.stem].ur == tuple(item.stem.split()) and item.at_edge == (item.suffix == "#")
    shape = Phonotactics(grammar).shape
    shapes = [Counter(shape(i.ur) for i in stems.values() if i.target_class == cls) for cls in "TC"]
    assert shapes[0] == shapes[1]


def test_the_end_of_the_word_as_a_control():
    grammar = _roomy("d -> t / _ [-son]", controls={"x": {"trigger": "#"}})
    design = crossed(grammar, "x", 4, 4)
    assert {(i.cell, i.at_edge) for i in design.items} == {("TR", 0), ("TN", 1), ("CR", 0), ("CN", 1)}


def test_no_edge_is_written_where_no_suffix_follows():
    items = crossed(_roomy(["d -> t / _ #", "d -> t / _ + s"]), "x", 4, 4, part=2).items
    assert {(item.trigger_class, item.ur.count("+"), item.ur[-1] == "+") for item in items} == {
        ("R", 0, False),
        ("N", 1, False),
    }


def test_a_class_as_trigger_gets_vowels_as_controls_and_shapes_that_match_around_them():
    grammar = _roomy("s -> k / _ [-syl]")
    design = crossed(grammar, "x", 6, 6)
    assert set(design.classes.control_trigger) == {"a", "i", "u"}
    shape = Phonotactics(grammar).shape
    some = {item.trigger_class: {} for item in design.items}
    for item in design.items:
        some[item.trigger_class][item.suffix] = shape(item.suffix.split())
    assert sorted(one[1:] for one in some["R"].values()) == sorted(some["N"].values())


def test_controls_may_be_bundles():
    controls = {"x": {"target": ["[+nas]", "l"], "trigger": ["[+syl, +hi]"]}}
    found = classes_of(_roomy("s -> t / _ [-syl]", controls=controls), "x")
    assert (found.control_target, found.control_trigger) == (("m", "n", "l"), ("i", "u"))


def test_a_deletion_is_decided_at_the_next_segment():
    grammar = _roomy("t -> ∅ / s _ {p, k, b, n}", CLUSTERS)
    design = crossed(grammar, "x", 4, 4)
    for item in design.items:
        decision = decision_of(grammar, item.ur, "x", item.target_index)
        assert (decision.step, decision.gap) == (item.target_index, item.cell == "TR")
        assert decision.gold == (item.trigger if item.cell == "TR" else item.target)
    assert ("/n/ as C", "no clean stem with it could be drawn, in the shape of one with t") in design.excluded


def test_the_target_of_an_insertion_is_the_segment_before_the_gap():
    grammar = _roomy("∅ -> i / s _ {s, t}")
    design = crossed(grammar, "x", 4, 4)
    assert {(i.cell, i.target) for i in design.items if i.target_class == "T"} == {("TR", "s"), ("TN", "s")}
    for item in design.items:
        decision = decision_of(grammar, item.ur, "x", item.target_index)
        assert (decision.step, decision.gap) == (item.target_index + 1, True)
        assert (decision.gold, decision.blocked) == (("i", item.trigger) if item.cell == "TR" else (item.trigger,) * 2)


def test_segments_that_no_stem_could_bear_together_leave():
    processes = [
        {"name": "x", "rules": "{b, d} -> {p, t} / _ #"},
        {"name": "front", "rules": "a -> e / {e, i} [-syl]* _", "apply": "left-to-right"},
        {"name": "back", "rules": "e -> a / {a, u} [-syl]* _", "apply": "left-to-right"},
    ]
    syllables = {"onsets": "p t b d s m n".split(), "nuclei": "a e i u".split(), "codas": ["", "b", "d", "m"]}
    table = {"inventory": {"segments": "p t b d s m n a e i u"}, "syllable": syllables, "process": processes}
    design = crossed(Grammar.from_table(table), "x", 4, 4)
    assert {item.trigger for item in design.items} in ({"#", "a", "i", "u"}, {"#", "e", "i", "u"})
    assert [what for what, why in design.excluded if "changes" in why] in (["/e/ as N"], ["/a/ as N"])
