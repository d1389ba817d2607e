"""Natural classes and feature changes, worked out by hand."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.natural_classes import Inventory, panphon_features, parse_bundle


@pytest.mark.parametrize(
    ("bundle", "members"),
    [
        ("+nas", "m n ŋ"),
        ("-son, -cont, -voi", "p t k"),
        ("nasal", None),
        ("+nasal", "m n ŋ"),
        ("+syl, −back", "i y e ø"),
        ("+syl +round -hi", "ø o"),
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


@pytest.mark.parametrize(
    ("segment", "change", "outcome"),
    [
        ("k", "+nas", "ŋ"),
        ("p", "+nas", "m"),
        ("t", "+nas", "n"),
        ("d", "-voi", "t"),
        ("o", "-back", "ø"),
        ("m", "+nas", "m"),
    ],
)
def test_change_takes_the_nearest_segment(inventory, segment, change, outcome):
    assert inventory.change(segment, parse_bundle(change)) == outcome


def test_a_tie_names_the_candidates_and_asks_for_a_map(inventory):
    # both have [+round]; /y/ differs in lab besides, /ø/ in hi
    with pytest.raises(InputError) as error:
        inventory.change("i", parse_bundle("+round"))
    message = (
        "'i' with [+round] is ambiguous: 'y' and 'ø' are equally near (1 features differ besides); say which with a map"
    )
    assert message in str(error.value)


def test_no_outcome_is_an_error():
    with pytest.raises(InputError, match=r"'k' cannot become \[\+nas\]: no segment"):
        Inventory(["k", "a"]).change("k", parse_bundle("+nas"))


def test_panphon_is_checked_not_trusted():
    assert panphon_features("k͈") is None  # panphon itself answers with k
    assert panphon_features("kk") is None
    assert panphon_features("t͡ɕʰ")["sg"] == "+"
    with pytest.raises(InputError, match=r"panphon does not know 'k͈'; describe it under \[inventory.features\]"):
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
        (["k"], {"g": "k [+voi]"}, "'g', which is not in"),
        (["Q"], {"Q": "k [+voi"}, "allowed:"),
        (["Q"], {"Q": "k͈ [+voi]"}, "panphon does not know 'k͈' either"),
    ],
)
def test_inventory_errors(segments, overrides, message):
    with pytest.raises(InputError) as error:
        Inventory(segments, overrides)
    assert message in str(error.value)
