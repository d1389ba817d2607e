"""Natural classes and feature changes, worked out by hand."""

import re
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.natural_classes import (
    IMPLIED,
    Inventory,
    feature_name,
    panphon_features,
    parse_bundle,
)


@pytest.mark.parametrize(
    ("bundle", "members"),
    [
        ("+nas", "m n ŋ"),
        ("-son, -cont, -voi", "p t k"),
        ("nasal", None),
        ("+nasal", "m n ŋ"),
        ("+syl, −back", "i y e ø"),
        ("+syl +round -hi", "ø o"),
        ("+ syl, – back", "i y e ø"),
    ],
)
def test_a_bundle_is_a_set_of_segments(inventory, bundle, members):
    if members is None:
        with pytest.raises(InputError, match="not a feature value"):
            parse_bundle(bundle)
    else:
        assert inventory.matching(parse_bundle(bundle)) == set(members.split())


def test_unknown_feature_lists_the_known_ones():
    with pytest.raises(InputError, match=r"unknown feature 'nose'; known: syl, son, .* hireg"):
        parse_bundle("+nose")


# what textbooks write, in inventories as languages have them; None: refused, for a map to say
LANGUAGES = {
    "English": "p b t d k ɡ t͡ʃ d͡ʒ f v θ ð s z ʃ ʒ h m n ŋ l ɹ w j i ɪ e ɛ æ a ɔ o ʊ u ʌ ə",
    "Spanish": "p t k b d ɡ t͡ʃ f θ s x β ð ɣ m ɱ n ɲ ŋ l ʎ ɾ r j w i e a o u",
    "no fricatives but s": "p t k b d ɡ s m n ŋ l r h j w i e a o u",
    "Hungarian": "p b t d c ɟ k ɡ f v s z ʃ ʒ h t͡s d͡z t͡ʃ d͡ʒ m n ɲ r l j i iː y yː u uː e eː ø øː o oː ɒ aː",
    "German": "p pʰ b t tʰ d k kʰ ɡ f v s z ʃ ç x h m n ŋ l ʁ j iː ɪ yː ʏ eː ɛ øː œ uː ʊ oː ɔ aː a ə",
    "Hindi": "p pʰ b b̤ t̪ t̪ʰ d̪ ʈ ɖ k kʰ ɡ t͡ʃ d͡ʒ s ʃ h m n ɳ ŋ l r j ʋ i iː ĩ u uː e o a aː ã ə",
    "Korean": "p pʰ t tʰ k kʰ t͡ɕ t͡ɕʰ s h m n ŋ l j w ɰ i e ɛ y ø ɯ ʌ a u o",
    "Burmese": "p b pʰ t d tʰ k ɡ kʰ θ ð s z h m n ŋ m̥ n̥ ŋ̥ l j w i u a",
    "Latin": "p b t d k ɡ f s z h m n l r j w i e a o u iː aː uː",
    "Quechua": "p t k q tʼ kʼ s m n ɲ ŋ l r j w a i u ɛ ɔ",
    "Polish": "p b t d k ɡ t͡s d͡z t͡ɕ d͡ʑ t͡ʃ d͡ʒ f v s z ʂ x m n ɲ l r w j i ɨ e a o u",
    "Zulu": "p pʼ b ɓ t d k ɡ m n ŋ s z ɬ l i u a e o",
}
CHANGES = [
    ("no fricatives but s", "-voi", {"b": "p", "d": "t", "ɡ": "k", "u": None, "a": None, "m": None, "r": None}),
    ("Hungarian", "-voi", {"z": "s", "d͡ʒ": "t͡ʃ", "v": "f", "ɟ": "c", "r": None, "iː": None}),
    ("Hungarian", "+voi", {"t": "d", "ʃ": "ʒ", "t͡s": "d͡z", "h": None}),
    ("no fricatives but s", "+voi", {"s": None, "k": "ɡ"}),  # never l
    ("Hindi", "+voi", {"t̪": "d̪", "pʰ": "b̤", "kʰ": None, "s": None}),
    ("Spanish", "+nas", {"p": "m", "d": "n", "ɡ": "ŋ", "s": None, "t͡ʃ": None, "l": None, "a": None}),
    ("Korean", "+nas", {"k": "ŋ", "pʰ": "m", "t͡ɕ": None, "l": None}),
    ("Burmese", "+nas", {"b": "m", "p": None}),  # m or m̥
    ("Hindi", "+nas", {"a": "ã", "t̪": "n", "ʈ": "ɳ", "e": None}),
    ("Spanish", "-nas", {"m": "b", "n": "d", "ŋ": "ɡ", "ɲ": None}),
    ("Hindi", "-nas", {"ã": "a"}),
    ("Spanish", "+cont", {"b": "β", "d": "ð", "ɡ": "ɣ", "t": "θ", "k": "x", "p": None, "n": None}),
    ("no fricatives but s", "+cont", {"t": None, "d": None, "k": None}),  # s, l, h
    ("Latin", "+cont, +strid", {"t": "s", "p": "f"}),
    ("Spanish", "-cont", {"β": "b", "x": "k", "θ": "t", "s": None, "f": None}),
    ("Polish", "+delrel, +strid", {"t": "t͡s", "d": "d͡z", "k": None}),
    ("Hungarian", "+cor, -ant, +delrel, +strid", {"k": "t͡ʃ", "ɡ": "d͡ʒ"}),
    ("Polish", "+cor, -ant, +delrel, +strid", {"k": None}),  # t͡ʃ or t͡ɕ
    ("Hungarian", "-back", {"k": "c", "u": "y", "oː": "øː", "aː": None}),
    ("German", "-ant", {"s": "ʃ", "n": None, "t": None}),
    ("German", "-back", {"ɔ": "œ", "ʊ": "ʏ", "uː": "yː", "a": None, "x": "ç"}),
    ("Korean", "-back", {"ʌ": "e", "ɯ": "i", "o": "ø", "a": None}),
    ("Hungarian", "+round", {"i": "y", "e": "ø"}),
    ("no fricatives but s", "+round", {"i": None, "a": None}),
    ("no fricatives but s", "+round, +back", {"i": "u", "e": "o", "a": None}),
    ("Hungarian", "-round", {"ø": "e", "u": None}),
    ("Spanish", "+hi", {"e": "i", "o": "u", "a": None}),
    ("Quechua", "-hi", {"i": "ɛ", "u": "ɔ"}),
    ("Latin", "+long", {"a": "aː", "i": "iː", "e": None, "o": None}),  # never iː
    ("Latin", "-long", {"iː": "i"}),
    ("Latin", "+son, -strid", {"z": "r"}),
    ("Latin", "+son", {"z": None}),
    ("Latin", "-syl", {"i": "j", "u": "w", "e": None}),
    ("Hindi", "-syl", {"i": "j", "e": None, "u": None}),  # never ʋ
    ("English", "+hi", {"o": "u", "ɔ": "ʊ", "ɛ": "ɪ", "e": "i"}),
    ("English", "-tense", {"i": "ɪ", "o": "ɔ", "a": None}),
    ("Latin", "+syl", {"j": "i", "w": "u", "n": None}),
    ("Latin", "-lat", {"l": "r"}),
    ("Polish", "-cons, -lat", {"l": None}),
    ("German", "+sg", {"p": "pʰ", "d": None}),
    ("Zulu", "+cg", {"p": "pʼ", "b": "ɓ", "t": None}),
    ("Spanish", "+lab", {"n": "m", "t": "p", "k": "p", "s": "f"}),
    ("Spanish", "-lab, -cor, -ant", {"n": None, "m": None}),
    ("Spanish", "-lab, -cor, -ant, +hi, +back", {"n": "ŋ"}),
    ("no fricatives but s", "+cor, +ant", {"m": "n", "ŋ": "n", "k": "t"}),
    ("no fricatives but s", "-cor", {"n": None}),
    ("Hungarian", "-lab, +cor, -ant, +distr", {"n": None}),  # never ʃ
]


@pytest.mark.parametrize(
    ("language", "change", "segment", "outcome"),
    [(language, change, *pair) for language, change, pairs in CHANGES for pair in pairs.items()],
)
def test_a_change_brings_along_what_it_implies_and_nothing_else(language, change, segment, outcome):
    inventory = Inventory(LANGUAGES[language].split())
    if outcome is None:
        with pytest.raises(InputError, match="cannot become"):
            inventory.change(segment, parse_bundle(change))
    else:
        assert inventory.change(segment, parse_bundle(change)) == outcome


def test_of_changes_that_are_met_the_segment_stays(inventory):
    assert inventory.change("m", parse_bundle("+nas")) == "m"


@pytest.mark.parametrize(
    ("segments", "segment", "change", "message"),
    [
        ("i ø u o", "i", "+round", "the nearest that are [+round] differ in more: ø (-hi), u (+back), o (-hi +back)"),
        ("p m m̥", "p", "+nas", "m and m̥ are equally near (add +voi for m, add -voi for m̥)"),
        ("z r ɾ", "z", "+son, -strid", "r and ɾ are equally near (they have the same features: tell them apart"),
        ("ɐ e eː", "ɐ", "+long", "panphon gives it the same features as e: tell them apart under [inventory.features]"),
        ("e i iː", "e", "+long", "the nearest that are [+long] differ in more: iː (+hi)"),
        ("k a", "k", "+nas", "no segment of the inventory is [+nas]"),
    ],
)
def test_a_refusal_says_what_else_would_have_to_be_named(segments, segment, change, message):
    with pytest.raises(InputError) as error:
        Inventory(segments.split()).change(segment, parse_bundle(change))
    assert message in str(error.value)


def test_segments_that_the_grammar_tells_apart_have_outcomes_of_their_own():
    inventory = Inventory(["ɐ", "e", "eː", "k", "kʲ", "ɡ", "ɡʲ"], {"ɐ": "a [-back]", "kʲ": "c", "ɡʲ": "ɟ"})
    assert inventory.outcomes("ɐ", parse_bundle("+long")) == ()
    assert inventory.change("kʲ", parse_bundle("+voi")) == "ɡʲ" and inventory.change("ɡ", parse_bundle("-voi")) == "k"


@pytest.mark.parametrize("name", ["voi", "nas", "cont", "back", "round", "hi", "strid"])
def test_what_a_refusal_names_makes_the_segment(name):
    inventory = Inventory(LANGUAGES["no fricatives but s"].split())
    for bundle in (((name, "+"),), ((name, "-"),)):
        for segment in (s for s in inventory if len(inventory.outcomes(s, bundle)) != 1):
            nearest = inventory.nearest(segment, bundle)[:3]
            for wanted in nearest:
                more = parse_bundle(inventory.to_name(segment, bundle, wanted, nearest))
                assert inventory.change(segment, bundle + more) == wanted


def test_to_tell_outcomes_apart_a_value_is_named_rather_than_0():
    inventory = Inventory(["p", "W", "R"], {"W": "m [0son, -hitone]", "R": "m [0long]"})
    assert inventory.to_name("p", parse_bundle("+nas"), "W", "WR") == "-long"
    described = {"W": "d [+sg, -cg]", "R": "d [+sg, 0cg, -hitone]", "Q": "d [+sg, -cg, -hireg]", "t": "t [0sg, 0cg]"}
    assert Inventory(described, described).to_name("t", parse_bundle("+voi"), "W", "WRQ") == "-cg"  # not +sg: all are


def test_the_table_is_written_in_features_and_cites():
    for row in IMPLIED:
        parse_bundle(f"{row.change}, {row.of}, {row.values}")
        assert all(feature_name(name) == name for name in row.leaves_open.split()) and row.source


def test_a_change_leaves_alone_what_it_does_not_name():
    major = {"syl", "cons", "hi", "lo", "back", "round", "long", "lat", "strid", "cor", "ant"}
    named_by = {"+lab": {"cor", "ant", "hi", "lo", "back"}, "+cor": {"hi", "lo", "back"}, "+hi": {"lo"}, "+lo": {"hi"}}
    for row in IMPLIED:
        brought = {name for name, _ in parse_bundle(row.values)} | set(row.leaves_open.split())
        assert brought & major <= named_by.get(row.change, set())


def test_no_outcome_is_an_error():
    with pytest.raises(InputError, match=r"'k' cannot become \[\+nas\]: no segment"):
        Inventory(["k", "a"]).change("k", parse_bundle("+nas"))


def test_panphon_is_checked_not_trusted():
    assert panphon_features("k͈") is None  # panphon itself answers with k
    assert panphon_features("kk") is None
    assert panphon_features("t͡ɕʰ")["sg"] == "+"
    with pytest.raises(InputError, match=r"panphon does not know 'k͈': describe it under \[inventory.features\]"):
        Inventory(["k͈"])


def test_overrides_describe_what_panphon_lacks():
    inventory = Inventory(["k", "k͈", "X"], {"k͈": "k [+cg]", "X": "[+syl, -nas]"})
    assert inventory.matching(parse_bundle("+cg")) == {"k͈"}
    assert inventory.distance("k", "k͈") == 1
    assert inventory.features("X")["syl"] == "+" and inventory.features("X")["voi"] == "0"


@pytest.mark.parametrize(
    ("segments", "overrides", "message"),
    [
        (["k", "a", "k"], {}, "'k' is listed twice"),
        (["k", "a", "a", "k"], {}, "'k' is listed twice"),
        (["k"], {"g": "k [+voi]"}, "'g', which is not in"),
        (["Q"], {"Q": "k [+voi"}, "allowed:"),
        (["Q"], {"Q": "k [+noise]"}, "[inventory.features] 'Q': unknown feature 'noise'; known: syl"),
        (["Q"], {"Q": "k͈ [+voi]"}, "'Q': panphon does not know 'k͈': describe it"),
        (["k", "g", "ts"], {}, "panphon does not know 'g' (nor ts): did you mean ɡ (U+0261)?"),
        (["ts"], {}, "did you mean t͡s, with a tie bar"),
    ],
)
def test_inventory_errors(segments, overrides, message):
    with pytest.raises(InputError) as error:
        Inventory(segments, overrides)
    assert message in str(error.value)


@pytest.mark.parametrize("symbol", ["g", "á", "k͈", "ⁿd", "t͡ʂ", "Q", "ŋ͡m", "ts", "ʤ", "d͡z̥", "aː̃", "<PST>", "ꞎ", "m͡b"])
def test_the_example_of_a_message_can_be_read_and_the_segment_that_it_means_is_known(symbol):
    with pytest.raises(InputError) as error:
        Inventory([symbol])
    if example := re.search(rf'"{symbol}" = "([^"]*)"', str(error.value)):
        assert symbol in Inventory([symbol], {symbol: example[1]})
    else:
        meant = re.search(r"did you mean ([^\s,?]+)", str(error.value))
        assert meant[1] in Inventory([meant[1]])


def test_the_guide_has_every_row_of_the_table():
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "grammar.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in guide.partition("## Feature changes")[2].splitlines() if line.startswith("| `")]
    for row in IMPLIED:
        both = f"±{row.change[1:]}"
        (fitting,) = [cells for cells in rows if f"`{row.change}`" in cells[1] or f"`{both}`" in cells[1]]
        values = {value.strip() for value in row.values.split(",")} - {""}
        assert values <= set(re.findall(r"[+-]\w+", fitting[3])) and row.leaves_open in fitting[4]
        assert row.source.split()[0] in fitting[5] or "panphon" in row.source


@pytest.mark.parametrize(
    ("symbol", "message"),
    [
        ("ptkaiu", "separate segments by blanks: p t k a i u"),
        ("pt͡ʃa", "separate segments by blanks: p t͡ʃ a"),
        ("ˈa", "ˈ is no part of a segment: leave it out, or list it by itself: transparent"),
        ("+", "in rules it is a morpheme edge, and no segment"),
        ("<PST>", "a symbol without features"),
        ("d͡z̥", '"d͡z̥" = "d͡z [-voi]"'),
        ("t͡ʂ", '"t͡ʂ" = "ʂ [-cont, +delrel]"'),
        ("k\u200b", "invisible"),
    ],
)
def test_what_to_write_for_what_is_no_segment(symbol, message):
    with pytest.raises(InputError) as error:
        Inventory([symbol])
    assert message in str(error.value)
