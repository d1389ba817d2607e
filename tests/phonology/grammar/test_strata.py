"""Lexical classes and rates of processes: derivations and variants by hand; what is refused, and where."""

import itertools
import math

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar

HEAD = """
[inventory]
segments = "p t k b d m n l a i"
[syllable]
onsets = ["", "p", "t", "k", "l"]
nuclei = ["a", "i"]
codas = ["", "l", "n"]
"""
STRATA = """
[strata]
native = 1
[strata.sino]
weight = 3
codas = ["", "l"]
"""
VOICING = """
[[process]]
name = "voicing"
rules = "{p, t} -> {b, d} / l _"
"""
LOSS = """
[[process]]
name = "l-loss"
rules = "l -> ∅ / _ {b, d}"
"""


def load(tmp_path, text, name="g.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return Grammar.load(path)


def shares(grammar, ur, **how):
    return {"".join(one.sr): pytest.approx(one.probability) for one in grammar.variants(ur.split(), **how)}


def test_without_rates_the_one_variant_is_the_derivation(korean):
    ur = "h a k m u n".split()
    (one,) = korean.variants(ur)
    assert (one.sr, one.probability, one.applied) == (korean.derive(ur).surface, 1, ())
    assert one.derivation == korean.derive(ur) and one.derivation.met == ()


def test_variants_of_one_process(tmp_path):
    grammar = load(tmp_path, HEAD + VOICING + "rate = 0.8")
    assert shares(grammar, "k a l t a") == {"kalda": 0.8, "kalta": 0.2}
    assert [one.applied for one in grammar.variants("k a l t a".split())] == [("voicing",), ()]
    # one decision for a word, at all its sites
    assert shares(grammar, "a l t a l p a") == {"aldalba": 0.8, "altalpa": 0.2}
    assert shares(grammar, "k a t a") == {"kata": 1}


def test_a_variable_process_applies_unless_it_is_blocked(tmp_path):
    grammar = load(tmp_path, HEAD + VOICING + "rate = 0.1")
    ur = "k a l t a".split()
    applied, blocked = grammar.derive(ur), grammar.derive(ur, without=["voicing"])
    assert "".join(applied.surface) == "kalda" and "".join(blocked.surface) == "kalta"
    assert applied.met == blocked.met == ("voicing",) and blocked.processes == ()


def test_feeding_and_bleeding_by_hand(tmp_path):
    # voicing feeds loss: loss is met only where voicing applied
    fed = load(tmp_path, HEAD + VOICING + "rate = 0.8" + LOSS + "rate = 0.25")
    assert shares(fed, "k a l t a") == {"kada": 0.2, "kalda": 0.6, "kalta": 0.2}
    # loss, first and before p and t, bleeds voicing
    bled = load(tmp_path, HEAD + LOSS.replace("{b, d}", "{p, t}") + "rate = 0.25" + VOICING + "rate = 0.8")
    assert shares(bled, "k a l t a") == {"kata": 0.25, "kalda": 0.6, "kalta": 0.15}
    # an obligatory process that a variable one feeds
    then = load(tmp_path, HEAD + VOICING + "rate = 0.8" + LOSS)
    assert shares(then, "k a l t a") == {"kada": 0.8, "kalta": 0.2}


def test_ways_to_one_sr_are_added_up(tmp_path):
    twice = HEAD + VOICING + "rate = 0.5" + VOICING.replace("voicing", "again") + "rate = 0.5"
    first, second = load(tmp_path, twice).variants("a l t a".split())
    assert (first.probability, first.applied) == (0.75, ("voicing",)) and "".join(first.sr) == "alda"
    assert (second.probability, second.applied) == (0.25, ())


def test_an_sr_that_is_reached_with_and_without_a_process(tmp_path):
    # what voicing does is undone between a and a
    undone = HEAD + VOICING + 'rate = 0.25\n[[process]]\nname = "undone"\nrules = "d -> t / a l _ a"'
    (same,) = load(tmp_path, undone).variants("a l t a".split())
    assert same.probability == 1 and [way.probability for way in same.ways] == [0.75, 0.25]
    assert [way.processes for way in same.ways] == [(), ("voicing", "undone")]
    assert (same.applied, same.share("voicing"), same.share("undone")) == ((), 0.25, 0)
    first, second = load(tmp_path, undone).variants("i l t i".split())
    assert (first.share("voicing"), second.share("voicing")) == (0, 1)
    # three of four ways: either of two processes that do the same; the second is met where the first did not apply
    twice = HEAD + VOICING + "rate = 0.5" + VOICING.replace("voicing", "again") + "rate = 0.5"
    first, second = load(tmp_path, twice).variants("a l t a".split())
    assert [first.share(name) for name in ("voicing", "again")] == pytest.approx([2 / 3, 1 / 3])
    assert second.share("again") == 0


def test_optional_and_variable(tmp_path):
    grammar = load(tmp_path, HEAD + VOICING + "rate = 0.8\noptional = true")
    assert shares(grammar, "a l t a") == {"alta": 1}
    assert shares(grammar, "a l t a", include=["voicing"]) == {"alda": 0.8, "alta": 0.2}


@pytest.mark.parametrize("seed", range(6))
def test_probabilities_sum_to_one_and_are_those_of_all_combinations(tmp_path, seed):
    rates = [(seed * 7 + n * 3) % 10 / 10 for n in range(4)]  # 0 among them
    maps = ["t -> d / l _", "l -> ∅ / _ d", "d -> t / a _", "a -> i / _ t"]
    text = HEAD + "".join(
        f'[[process]]\nname = "p{n}"\nrules = "{rule}"\nrate = {rate}\n'
        for n, (rule, rate) in enumerate(zip(maps, rates, strict=True))
    )
    grammar = load(tmp_path, text)
    for ur in ("a l t a", "a d a t", "k a l d a l t"):
        expected = {}
        for chosen in itertools.product((True, False), repeat=4):
            without = [f"p{n}" for n, yes in enumerate(chosen) if not yes]
            share = math.prod(rate if yes else 1 - rate for yes, rate in zip(chosen, rates, strict=True))
            sr = grammar.derive(ur.split(), without=without).surface
            expected[sr] = expected.get(sr, 0) + share
        variants = grammar.variants(ur.split())
        assert math.fsum(one.probability for one in variants) == pytest.approx(1, abs=1e-12)
        assert {one.sr: pytest.approx(one.probability) for one in variants} == {s: p for s, p in expected.items() if p}
        for n, rate in enumerate(rates):  # whatever became of it on the way to the SR
            ways = [way for one in variants for way in one.ways if f"p{n}" in way.met]
            met = math.fsum(way.probability for way in ways)
            applied = math.fsum(one.probability * one.share(f"p{n}") for one in variants)
            assert applied == pytest.approx(rate * met if 0 < rate < 1 else 0)


def test_too_many_variants_are_refused(tmp_path):
    many = "".join(f'[[process]]\nname = "p{n}"\nrules = "∅ -> k / _ #"\nrate = 0.5\n' for n in range(13))
    with pytest.raises(InputError, match=r"/p a/ meets more than 12 variable processes, and has too many"):
        load(tmp_path, HEAD + many).variants(["p", "a"])


@pytest.fixture
def two(tmp_path):
    rates = "rate = { sino = 0.9, native = 0.1 }"
    return load(tmp_path, HEAD + STRATA + VOICING + rates + LOSS + 'strata = ["sino"]')


def test_strata_by_argument_symbol_grammar_and_word(two):
    ur = "k a l t a".split()
    assert shares(two, "k a l t a", stratum="sino") == {"kada": 0.9, "kalta": 0.1}
    assert shares(two, "k a l t a", stratum="native") == {"kalta": 0.9, "kalda": 0.1}
    assert shares(two, "k a l t a <sino>") == shares(two, "k a l t a", stratum="sino")
    marked = two.derive([*ur, "<sino>"])
    assert marked.stratum == "sino" and "".join(marked.surface) == "kada" and marked.origins == (0, 1, 3, 4)
    assert two.in_stratum("native").derive(ur).stratum == "native"
    assert two.knowing({("k", "a", "+", "l", "t", "a"): "sino"}).derive(ur).surface == marked.surface
    assert "<sino>" in two.inventory and "<sino>" not in two.inventory.segments


def test_a_word_without_stratum_is_refused_and_never_guessed(two):
    ur = "k a l t a".split()
    for how in (two.derive, two.variants, two.stratum_of):
        with pytest.raises(InputError, match="/k a l t a/ has no stratum, and the grammar has: native, sino; give it"):
            how(ur)
    with pytest.raises(InputError, match="unknown stratum 'loan'; the grammar has: native, sino"):
        two.derive(ur, stratum="loan")
    with pytest.raises(InputError, match="would be of the strata native and sino; allowed: one"):
        two.derive([*ur, "<sino>"], stratum="native")
    for wrong in ("<sino> k a", "k a <native> <sino>"):
        with pytest.raises(InputError, match="allowed: one stratum, at the end of the UR"):
            two.derive(wrong.split())
    with pytest.raises(InputError, match="has segments that the inventory lacks: <loan>"):
        two.derive([*ur, "<loan>"], stratum="sino")


def test_a_grammar_without_strata_has_no_use_for_one(tmp_path):
    grammar = load(tmp_path, HEAD + VOICING)
    assert grammar.derive(["a"], stratum="sino") == grammar.derive(["a"])


def test_a_symbol_is_in_no_sr_where_strata_do_not_count(tmp_path):
    grammar = load(tmp_path, HEAD + STRATA + VOICING + 'strata = ["sino"]\noptional = true')
    marked = "k a l t a <sino>".split()
    for one in (grammar, grammar.asking()):
        assert "".join(one.derive(marked).surface) == "kalta" and one.bare(marked) == tuple(marked[:-1])
    assert "".join(grammar.asking(["voicing"]).derive(marked, ["voicing"]).surface) == "kalda"
    assert grammar.asking(["voicing"]) is grammar and not grammar.asking().strata


def test_syllables_of_a_stratum(two):
    sino, native = two.syllables_in("sino"), two.syllables_in("native")
    assert native is two.syllables and set(sino.codas) == {(), ("l",)} and sino.onsets == two.syllables.onsets
    assert two.in_stratum("sino").syllables == sino


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("rate = 1.2", "process 'voicing': rate: found 1.2; allowed: a number, 0 (never) to 1 (always)", 16),
        ("rate = -0.1", "process 'voicing': rate: found -0.1; allowed", 16),
        ("rate = nan", "process 'voicing': rate: found nan; allowed", 16),
        ("rate = true", "process 'voicing': rate: found True; allowed", 16),
        ('rate = "often"', "process 'voicing': rate: found 'often'; allowed", 16),
        ("rate = { sino = 2, native = 1 }", "process 'voicing': rate, sino: found 2; allowed", 16),
        ("rate = { loan = 0.5 }", "rate: unknown stratum 'loan'; the grammar has: native, sino", 16),
        ("rate = { sino = 0.5 }", "rate: nothing is said of the stratum 'native'; give it, from 0 (never) to 1", 16),
        (
            'rate = { sino = 0.5, native = 0.1 }\nstrata = ["sino"]',
            "rate: unknown stratum 'native'; the process has: sino",
            16,
        ),
        ('strata = ["loan"]', "strata: unknown stratum 'loan'; the grammar has: native, sino", 16),
        ("strata = []", "strata: found []; allowed: a list of texts", 16),
    ],
)
def test_rates_that_are_refused(tmp_path, text, message, line):
    with pytest.raises(InputError) as refused:
        load(tmp_path, HEAD + STRATA + VOICING + text)
    assert message in refused.value.message and refused.value.line == line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[strata]\nsino = "much"', "[strata] 'sino': found 'much'; allowed: a weight among nonce words, 0 or more"),
        ("[strata]\nsino = -1", "[strata] 'sino': found -1; allowed"),
        ("[strata.sino]\nweight = -1", "[strata.sino] 'weight': found -1; allowed"),
        ("[strata]\nsino = 0\nnative = 0", "[strata]: all weights are 0, so no nonce word could be drawn"),
        (
            "[strata]\npad = 1",
            "[strata] 'pad' is no name; allowed: letters, digits, - and inner _; not s, pad, unk",
        ),
        ("[strata]\n'a b' = 1", "[strata] 'a b' is no name"),
        ("[strata.sino]\ncoda = []", "unknown key 'coda' in [strata.sino]; allowed: codas, forbidden, nuclei, onsets"),
        ("[strata.sino]\ncodas = ['z']", "'z' is not in the inventory"),
        ("[strata.sino]\ncodas = {l = -1}", "[strata.sino] codas: the weight of 'l' is -1; allowed: a number"),
        ("strata = 3", "[strata]: found 3; allowed: a table"),
        (f"[strata]\n{'n' * 101} = 1", "found a name of 101 characters, 'nnnnnnnnnnnnnnnnnnnn'...; allowed: up to 100"),
        (VOICING + "strata = ['sino']", "strata: found the stratum 'sino', and the grammar has none; list them under"),
        (VOICING + "rate = {sino = 1}", "rate: found a table by stratum, and the grammar has no [strata]"),
        (STRATA + VOICING.replace("l _", "l _ <sino>"), "'<sino>' in a rule is not in the inventory"),
    ],
)
def test_strata_that_are_refused(tmp_path, text, message):
    with pytest.raises(InputError) as refused:
        load(tmp_path, (text + HEAD) if text.startswith("strata") else HEAD + text)
    assert message in refused.value.message


def test_a_stratum_is_called_as_no_segment_and_known_by_its_name():
    table = {"inventory": {"segments": "a <x>", "features": {"<x>": "[]"}}, "strata": {"x": 1}}
    with pytest.raises(InputError, match=r"\[strata\] 'x': <x> is a segment already; rename one of them"):
        Grammar.from_table(table)
    with pytest.raises(InputError, match=r"unknown stratum 'y'; the grammar has: none$"):
        Grammar.from_table({"inventory": {"segments": "a"}}).in_stratum("y")
    two = Grammar.from_table({"inventory": {"segments": "a b"}, "strata": {"x": 1, "y": 1}})
    with pytest.raises(InputError, match=r"^/a <x> b <y>/: found <x> <y>; allowed: one stratum, at the end of the UR$"):
        two.bare("a <x> b <y>".split())


@pytest.mark.parametrize("name", ["p_in_x", "p_training", "p_in_x_training", "p_overapplied"])
def test_a_process_is_not_called_as_a_figure_of_another(name):
    rules = {"rules": "t -> d / _ a"}
    processes = [{"name": "p", "rate": 0.5, **rules}, {"name": name, **rules}]
    table = {"inventory": {"segments": "t d a"}, "strata": {"x": 1, "y": 1}, "process": processes}
    with pytest.raises(InputError, match=f"{name} is a figure of"):
        Grammar.from_table(table)
