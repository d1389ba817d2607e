"""Changes without a clear outcome are refused when the grammar is loaded, with a map that can be pasted."""

import re
import tomllib

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.described import (
    _exclude,
    changes_of,
    denoted,
    groups_of,
    triggers_of,
    unmet_rules,
    warnings_of,
)
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.matching import sequences
from fairseq_phonology.phonology.natural_classes import Inventory, written
from fairseq_phonology.phonology.notation import parse_sequence
from fairseq_phonology.phonology.process import Process
from tests.helpers import EXAMPLES

SEGMENTS = "p b t d k ɡ s z ʃ m n ŋ l r j w a e i o u aː iː uː"


def grammar(rules, segments=SEGMENTS, more=""):
    lines = rules if rules.startswith(("rules", "map")) else f'rules = "{rules}"'
    return Grammar.from_table(
        tomllib.loads(f'[inventory]\nsegments = "{segments}"\n[[process]]\nname = "x"\n{lines}\n{more}')
    )


REFUSED = [
    pytest.param("[+voi] -> [-voi] / _ #", "m n ŋ l r j w a e i o u aː iː uː cannot become [-voi]", id="devoicing"),
    pytest.param("[-son] -> [αvoi] / _ [-son, αvoi]", "ʃ cannot become [+voi]", id="no partner"),
    pytest.param("[+syl] -> [+long] / _ [-syl] #", "e o cannot become [+long]", id="lengthening"),
    pytest.param(
        "[+nas] -> [αlab, βcor, γant, δdistr] / _ [-son, αlab, βcor, γant, δdistr]",
        "for m before ʃ, the nearest that are [-lab, +cor, -ant, +distr] differ in more: ʃ (-son +cont -nas",
        id="place",
    ),
    pytest.param("i -> [+round] / p _", "u (+back), o (-hi +back)", id="nothing is clear"),
    pytest.param(
        "k -> [+cg] / _ #", 'is [+cg]. List one in [inventory], or write a map, as in map = { "k" = "k" }', id="none"
    ),
    pytest.param("[+syl] -> [αback] / [+syl, αback] [-syl]* _", "cannot become [+back] or [-back]", id="harmony"),
    pytest.param("[-son, -cont] -> [+cont] / [+syl] _ [+syl]", "p b t d k ɡ cannot become [+cont]", id="fricatives"),
]


@pytest.mark.parametrize(("rule", "message"), REFUSED)
def test_a_change_without_a_clear_outcome_is_refused_with_something_to_paste(rule, message):
    with pytest.raises(InputError) as error:
        grammar(rule)
    said = str(error.value)
    assert said.startswith(f"process 'x': in “{rule}”, ") and message in said and "map" in said and "\n" not in said
    if pasted := re.search(r"(map = \{.*?\}), (environment = \".*?\")", said):
        grammar("\n".join(pasted.groups()))
    else:
        grammar(re.search(r"rules = \[.*\]", said)[0])
    if narrower := re.search(r"write the target (\[.*?\])", said):
        grammar(re.sub(r"^\[.*?\]", narrower[1], rule))


def test_rules_that_change_nothing_are_said_with_what_to_write():
    inventory = Inventory("p t k m a i".split())
    rules = {
        "k -> t / _ #": None,
        "[+nas, -son] -> t": "no segment of the inventory is [+nas, -son]",
        "[+nas] -> ∅ / _ #": None,
        "a -> a / _ #": "its targets are what they would become",
        "k -> t / [+lab, -distr, +son] _": "no segment of the inventory is [+lab, -distr, +son]; m have 0distr: write "
        '[+lab, 0distr, +son], or "m" = "m [-distr]" under [inventory.features]',
    }
    processes = [Process.parse(rule, name="x") for rule in rules]
    said = [f"process 'x': the rule “{rule}” changes nothing: {why}" for rule, why in rules.items() if why]
    assert unmet_rules(processes, inventory) == said


def test_values_that_change_places_at_an_edge_are_one_map():
    with pytest.raises(InputError) as error:
        grammar("[-syl, αvoi] -> [-αvoi] / _ #", "p b t d m a")
    said = str(error.value)
    assert "for m before #, the nearest" in said
    pasted = grammar(re.search(r"rules = \[.*\]", said)[0], "p b t d m a")
    assert [pasted.derive(tuple(ur)).surface[1] for ur in ("ab", "ap", "ad", "at", "am")] == list("pbtdm")


def test_rules_that_would_undo_each_other_in_any_order_are_not_offered():
    with pytest.raises(InputError) as error:
        grammar("[-syl, αvoi] -> [-αvoi] / _ + ([αvoi])", "p b t d m a")
    assert "rules =" not in str(error.value) and "write the target [-syl, αvoi, -son]" in str(error.value)


def test_rules_whose_triggers_change_are_said_to_apply_in_order():
    with pytest.raises(InputError, match="what is left out stays; applied in order, so that a later rule has the trig"):
        grammar("[-syl, αvoi] -> [-αvoi] / _ [αvoi]", "p b t d m n a")


def test_beside_other_rules_the_map_is_a_rule():
    with pytest.raises(InputError) as error:
        grammar('rules = ["t -> d / _ n", "[+syl] -> [+long] / _ #"]')
    proposed = re.search(r'as in the rule "(.*?)" \(', str(error.value))[1]
    assert proposed == "{a, i, u} -> {aː, iː, uː} / _ #"
    assert grammar(f'rules = ["t -> d / _ n", "{proposed}"]').derive(tuple("bi")).surface == ("b", "iː")


@pytest.mark.parametrize(
    ("segments", "proposed"),
    [("t d n a e i aː iː", "{a, i} -> {aː, iː} / _ #"), ("t d n a e aː", "a -> aː / _ #")],
)
def test_one_or_two_segments_of_a_rule_that_is_proposed(segments, proposed):
    with pytest.raises(InputError, match=f'as in the rule "{re.escape(proposed)}"'):
        grammar('rules = ["t -> d / _ n", "[+syl] -> [+long] / _ #"]', segments)


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        ("p", "t", True),
        ("p", "[-son]", False),
        ("p a", "p i", True),
        ("p", "#", True),
        ("p* a", "t i", False),  # a may stand beside the target, and so may i
        ("+ a", "+ i", False),  # a morpheme edge takes no place
        ("$ a", "$ i", False),
    ],
)
def test_environments_that_nothing_can_meet_both(inventory, one, other, excluded):
    (first,), (then,) = (sequences(parse_sequence(text), inventory) for text in (one, other))
    assert _exclude(first, then) is excluded


def test_the_map_that_is_proposed_does_what_the_rule_does_where_it_is_clear():
    with pytest.raises(InputError) as error:
        grammar("[+voi] -> [-voi] / _ #")
    assert 'the target [+voi, -son], or a map, as in map = { "b" = "p", "d" = "t", "ɡ" = "k", "z" = "s" }' in str(
        error.value
    )


def test_a_segment_that_the_environment_keeps_away_may_be_unclear():
    assert grammar("[+voi] -> [-voi] / [+cg] _").derive(tuple("bad")).surface == tuple("bad")
    assert grammar("[-son, +voi] -> [-voi] / _ #").derive(tuple("bad")).surface == tuple("bat")


UNMET = {
    "[+syl, -hitone] -> [+hitone] / _ #": "no segment of the inventory is [+syl, -hitone]; a e i o u aː iː uː have "
    '0hitone: write [+syl, 0hitone], or "a" = "a [-hitone]" under [inventory.features]',
    "t -> d / _ [+nas, -voi]": "no segment of the inventory is [+nas, -voi]",
    "[+nas] -> [+voi] / _ #": "its targets are what they would become",
}


@pytest.mark.parametrize("rule", UNMET)
def test_a_rule_that_changes_nothing_is_named_when_the_file_is_read(rule, tmp_path, caplog):
    path = tmp_path / "g.toml"
    path.write_text(f'[inventory]\nsegments = "{SEGMENTS}"\n[[process]]\nname = "x"\nrules = "{rule}"\n', "utf-8")
    Grammar.load(path)
    (said,) = caplog.messages
    assert said == f"warning: {path}, line 5: process 'x': the rule “{rule}” changes nothing: {UNMET[rule]}"
    caplog.clear()
    Grammar.load(path, check=False)
    assert not caplog.messages


def test_rules_that_change_something_are_not_named(caplog):
    for path in EXAMPLES.glob("*/*.toml"):
        if "[inventory]" in path.read_text(encoding="utf-8"):  # not of a study
            Grammar.load(path)
    assert not caplog.messages


def warnings(rules, segments=SEGMENTS, more=""):
    made = grammar(rules, segments, more)
    return warnings_of(made.inventory, made.processes)


def test_an_unexpected_value_is_named_with_a_remedy_that_works():
    rule = "[-son] -> ∅ / _ #"
    (said,) = warnings(rule, "p h ʔ a")
    assert said.startswith("h ʔ: panphon has [+son] where many books have [-son]")
    assert '"h" = "h [-son]"' in said
    assert not warnings(rule, "p h a", '[inventory.features]\n"h" = "h [-son]"')
    assert not warnings("p -> ∅ / _ #", "p h a")


def test_values_that_are_neither_plus_nor_minus_are_named():
    rule = "n -> m / _ [-son, αdistr] [αdistr]"
    assert warnings(rule, "p t θ n m a") == ["p have 0distr, which is neither + nor -: [-son, αdistr] leaves them out"]


def test_segments_with_the_same_features_are_named():
    assert warnings("t -> d / _ r", "t d r ɾ a") == ["r ɾ have the same features: no bundle tells them apart"]


def test_each_bundle_denotes_its_segments():
    made = grammar("[-son, αvoi] -> ∅ / _ {[+nas], #} [+syl, +round]")
    sets = {written(bundle): " ".join(some) for bundle, some in denoted(made.processes[0].rules[0], made.inventory)}
    assert sets == {
        "[-son, +voi]": "b d ɡ z",
        "[-son, -voi]": "p t k s ʃ",
        "[+nas]": "m n ŋ",
        "[+syl, +round]": "o u uː",
    }


def test_the_segments_are_grouped_by_manner_each_once(korean):
    groups = groups_of(korean.inventory)
    assert sorted(s for group in groups for s in group.segments) == sorted(korean.inventory)
    assert groups[0].name == "plosives" and groups[-1].segments == tuple("ieɛyøɯʌauo")
    assert all({name for name, _ in group.alike}.isdisjoint(group.differing) for group in groups)


@pytest.mark.parametrize(
    ("rule", "side", "triggers"),
    [
        ("t -> d / _ [-voi]* [+nas]", "right", "m n ŋ"),
        ("t -> d / _ {#, b}", "right", "b #"),
        ("t -> d / {m, n} + _", "left", "m n"),
        ("t -> d / _", "right", ""),
    ],
)
def test_the_trigger_is_the_first_place_that_has_to_be_there(rule, side, triggers):
    made = grammar(rule)
    (change,) = changes_of(made.processes[0].rules[0], made.inventory)
    assert triggers_of(change, side, made.inventory) == tuple(triggers.split())
