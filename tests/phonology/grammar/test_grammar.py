"""Grammar files: what they may say, derivations step by step, and errors that name the place."""

import re

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.phonotactics.syllables import Phonotactics

SMALL = """
language = "Test"
[inventory]
segments = "p t k m n ŋ s a i u"
[syllable]
onsets = ["p", "t", "k", "m", ""]
nuclei = { "a" = 3, "i" = 1 }
codas = ["", "k", "n"]
forbidden = ["k k"]
[[process]]
name = "apocope"
rules = "u -> ∅ / _ #"
[[process]]
name = "nasalization"
rules = ["[-son, -cont] -> [+nas] / _ [+nas]"]
citation = "nobody 2000"
[[process]]
name = "place"
map = { n = "m" }
environment = "_ p"
optional = true
[controls.nasalization]
target = ["s"]
"""


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "g.toml"
        path.write_text(text, encoding="utf-8")
        return Grammar.load(path)

    return load


def test_a_grammar_is_read_whole(load):
    grammar = load(SMALL)
    assert grammar.language == "Test" and [p.name for p in grammar.processes] == ["apocope", "nasalization", "place"]
    assert grammar.process("nasalization").citation == "nobody 2000"
    assert grammar.syllables.nuclei == {("a",): 3, ("i",): 1} and ("",) not in grammar.syllables.onsets
    assert grammar.controls["nasalization"].target == ("s",) and grammar.controls["nasalization"].trigger is None
    assert grammar.optional == ("place",) and not grammar.uses_edges


def test_what_a_table_says_of_a_process_is_its_own():
    said = {"apply": "left-to-right", "optional": True, "citation": "nobody", "trigger": "left", "rate": 0.25}
    table = {"inventory": {"segments": "t d a"}, "process": [{"name": "voicing", "rules": "t -> d / a _ a", **said}]}
    (process,) = Grammar.from_table(table).processes
    assert {key: getattr(process, {"apply": "manner"}.get(key, key)) for key in said} == said


def test_a_change_without_a_clear_outcome_is_refused_where_it_is_asked_for():
    table = {"inventory": {"segments": "t a o"}, "process": [{"name": "x", "rules": "a -> [+round]"}]}
    assert Grammar.from_table(table, check=False).processes
    with pytest.raises(InputError, match=r"process .x.: in “a -> .*”, a cannot become"):
        Grammar.from_table(table)


@pytest.mark.parametrize("found", [3, ["k"], {"k": "+"}, True])
def test_features_that_are_no_text_are_refused(found):
    with pytest.raises(InputError, match=r"^\[inventory.features\] 'k͈': found .*; allowed: \"k \[\+cg\]\""):
        Grammar.from_table({"inventory": {"segments": "k", "features": {"k͈": found}}})


def test_controls_are_segments_and_bundles_in_the_order_that_names_them(load):
    some = load(SMALL.replace('target = ["s"]', 'target = ["s", "[+nas]", "t"]\ntrigger = "#"'))
    assert some.controls["nasalization"].target == ("s", "m", "n", "ŋ", "t")
    assert some.controls["nasalization"].trigger == ("#",)


def test_the_derivation_keeps_every_step(load):
    derivation = load(SMALL).derive("t a k u".split())
    assert derivation.surface == ("t", "a", "k") and derivation.processes == ("apocope",)
    (step,) = derivation.steps
    assert (step.process, step.before.segments, step.after.segments) == ("apocope", tuple("taku"), tuple("tak"))
    assert str(derivation) == "         /t a k u/\napocope  t a k\n         [t a k]"


def test_what_stays_as_it_was_is_a_site_and_no_change():
    table = {"inventory": {"segments": "t a e"}, "process": [{"name": "backing", "rules": "[+syl] -> a / t _"}]}
    derivation = Grammar.from_table(table).derive("t a t e".split())
    assert [site.target for site in derivation.sites("backing")] == [1, 3]
    assert [site.target for site in derivation.changes("backing")] == [3]
    assert Grammar.from_table(table).derive(("t", "a")).processes == ()


def test_origins_trace_surface_segments_to_the_ur(load):
    grammar = load(SMALL.replace('rules = "u -> ∅ / _ #"', 'rules = ["u -> ∅ / k _ m", "∅ -> i / _ s #"]'))
    derivation = grammar.derive("a k u m a s".split())
    assert derivation.surface == ("a", "ŋ", "m", "a", "i", "s")
    assert derivation.origins == (0, 1, 3, 4, None, 5)


def test_optional_processes_apply_on_request_and_any_can_be_blocked(load):
    grammar = load(SMALL)
    assert grammar.derive("a n p a".split()).surface == tuple("anpa")
    assert grammar.derive("a n p a".split(), include=["place"]).surface == tuple("ampa")
    assert grammar.derive("a k m a".split(), without=["nasalization"]).surface == tuple("akma")


def test_unknown_segments_are_named(load):
    with pytest.raises(InputError, match=r"/t x a q/ has segments that the inventory lacks: x q \(it has: p t k"):
        load(SMALL).derive("t x a q".split())


def test_unknown_process_lists_the_known_ones(load):
    with pytest.raises(InputError, match="no process 'harmony'; it has: apocope, nasalization, place"):
        load(SMALL).derive(["a"], include=["harmony"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param('language = "Test"', "language = Test", "not TOML", id="TOML itself"),
        pytest.param("optional = true", "rate = .6", "; write 0.6", id="a number without its zero"),
        pytest.param("[inventory]", "[inventary]", "unknown key 'inventary' at the top; allowed: ", id="section"),
        pytest.param("forbidden", "forbiden", "unknown key 'forbiden' in [syllable]", id="key"),
        pytest.param("s a i u", "s a i u u", "line 4: [inventory] segments: 'u' is listed twice", id="segment twice"),
        pytest.param("s a i u", "s a i u k͈", "panphon does not know 'k͈'", id="no features"),
        pytest.param("/ _ [+nas]", "/ [+nas]", "line 15: process 'nasalization': cannot read the rule at ▸", id="rule"),
        pytest.param("/ _ [+nas]", "/ _ x", "'x' in a rule is not in the inventory", id="segment in a rule"),
        pytest.param(
            'name = "place"', 'name = "apocope"', "line 18: [[process]] name: 'apocope' is used twice", id="name twice"
        ),
        pytest.param('environment = "_ p"', "", "map and environment go together", id="map alone"),
        pytest.param('map = { n = "m" }', "", "needs either rules or map", id="neither"),
        pytest.param("optional = true", 'apply = "cyclic"', "allowed: simultaneous", id="manner"),
        pytest.param("[controls.nasalization]", "[controls.harmony]", "no such process; it has", id="controls"),
        pytest.param('target = ["s"]', 'target = ["z"]', "'z' is not in the inventory", id="control segment"),
        pytest.param('nuclei = { "a" = 3', 'nuclei = { "a" = "x"', "allowed: a number", id="weight"),
        pytest.param('{ "a" = 3, "i" = 1 }', '{ "a" = 0, "i" = 0 }', "all weights are 0", id="weights"),
        pytest.param('{ "a" = 3, "i" = 1 }', '{ "a" = nan }', "allowed: a number", id="weight nan"),
        pytest.param(
            'forbidden = ["k k"]', 'forbidden = "k k"', "forbidden: found 'k k'; allowed: a list", id="forbidden"
        ),
        pytest.param(
            'forbidden = ["k k"]',
            'forbidden = ["x k"]',
            "'x' in a rule is not in the inventory",
            id="forbidden segment",
        ),
        pytest.param('rules = "u -> ∅ / _ #"', "rules = 3", "process 'apocope': rules: found 3", id="rules"),
        pytest.param('rules = "u -> ∅ / _ #"', "rules = []", "process 'apocope': rules: found []", id="no rules"),
        pytest.param('map = { n = "m" }', "map = { n = 3 }", "process 'place': map: found [3]", id="map"),
        pytest.param(
            'map = { n = "m" }', 'map = "m"', "process 'place': map: found 'm'; allowed: a table", id="map type"
        ),
        pytest.param(
            "optional = true", 'optional = "no"', "optional: found 'no'; allowed: true or false", id="optional"
        ),
        pytest.param(
            'name = "place"', 'name = "loss"', "found the [[process]] name 'loss'; allowed: ", id="metric's name"
        ),
        pytest.param(
            'name = "place"', 'name = "apocope_failed"', "apocope_failed is a figure of apocope, too", id="figure"
        ),
        pytest.param('name = "place"', "name = 3", "found the [[process]] name 3", id="name's type"),
        pytest.param('name = "place"', f'name = "{"n" * 999}"', "found a name of 999 characters, 'nnn", id="long name"),
        pytest.param('target = ["s"]', 'target = "[+syl, +nas]"', "no segment of the inventory is ", id="no controls"),
        pytest.param("[controls.nasalization]", "[controls]\nx = 3\n[language2]", "unknown key", id="section 2"),
        pytest.param(
            '[controls.nasalization]\ntarget = ["s"]', "[controls]\nnasalization = 3", "a table", id="controls type"
        ),
        pytest.param('segments = "p t k m n ŋ s a i u"', "segments = 3", "a list of strings, or one string", id="type"),
    ],
)
def test_errors_name_file_and_place(load, old, new, message):
    assert old in SMALL
    with pytest.raises(InputError) as error:
        load(SMALL.replace(old, new))
    assert "g.toml" in str(error.value) and message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param('segments = "p t', 'segments = """\np g t', "line 5: [inventory] segments: panphon", id="segment"),
        pytest.param('ŋ s a i u"', 'ŋ s a i u g"\n[inventory.features]\n"g" = "g"', "line 6: [inventory.features] 'g'"),
        pytest.param(
            'map = { n = "m" }', 'map = { n = "m" }', "line 18: process 'place': the rule “{n} -> {m}", id="map"
        ),
        pytest.param("[-son, -cont] -> [+nas]", "[-cont] -> [-nas]", "line 15: process 'nasalization'", id="change"),
    ],
)
def test_the_line_is_that_of_what_is_wrong(load, old, new, message, caplog):
    text = SMALL.replace(old, new).replace('environment = "_ p"', 'environment = "_ [+nas, -voi]"')
    if '"""' in text:
        text = text.replace('ŋ s a i u"', 'ŋ s a i u"""')
    try:
        load(text)
    except InputError as error:
        assert message in str(error)
    else:
        assert any(message in said for said in caplog.messages)


@pytest.mark.parametrize(
    ("segments", "line"),
    [
        ('segments = "p a p"  # p p', 3),
        ('segments = [  # p p\n  "p", "t",\n  "k", # "p", unaspirated\n  \'p\',\n]', 6),
        ('segments = """\np t\nk\np a"""', 6),
        ('transparent = "p ."\nsegments = [\n  "p",\n  "p",\n]', 6),
    ],
)
def test_what_is_there_twice_is_named_where_it_is_for_the_second_time(load, segments, line):
    with pytest.raises(InputError, match=rf"g\.toml, line {line}: \[inventory\] segments: 'p' is listed twice"):
        load(f"\n[inventory]\n{segments}\nfeatures = {{ p = 't' }}\n")


def test_the_line_of_a_toml_error_counts_from_the_top(load):
    with pytest.raises(InputError, match=r"line 4: not TOML: Invalid value \(column 12\)"):
        load("\n\n\nlanguage = Test\n")


@pytest.mark.parametrize(
    ("pairs", "environment", "ur", "sr"),
    [
        pytest.param('n = "m", m = "n"', "_ p", "a n p m p", "ampnp", id="at once"),
        pytest.param('n = "m", m = "∅"', "_ p", "a n p m p", "ampp", id="what is deleted is not what others become"),
        pytest.param('m = "Ø", t = "0", k = ""', "/ _ #", "k t m", "kt", id="signs for nothing"),
        pytest.param('0 = "i"', "k _ p", "a k p a", "akipa", id="insertion"),
    ],
)
def test_a_map_is_carried_out_at_once(load, pairs, environment, ur, sr):
    text = f'[inventory]\nsegments = "p t k m n a i"\n[[process]]\nname = "x"\nmap = {{ {pairs} }}\n'
    assert "".join(load(f'{text}environment = "{environment}"').derive(ur.split()).surface) == sr


BOOKISH = """
transparent = ". ˈ"
[inventory]
segments = "p t k m n s a i u"
[classes]
N = "[+nas]"
T = ["p", "t", "k"]
[syllable]
onsets = ["", "p", "t", "k", "m", "n", "s"]
nuclei = ["a", "i", "u"]
codas = ["", "k", "n"]
forbidden = ["T (s) T", "{a a, i}", "N1 N1"]
[[process]]
name = "nasalization"
rules = "{p, t} → {m, n} / _ (s) N"
[[process]]
name = "coda"
rules = "T → Ø / __ $"
"""


def test_classes_and_transparent_symbols(load):
    grammar = load(BOOKISH)
    assert grammar.derive("ˈ a t . s m a k".split()).surface == ("ˈ", "a", "n", ".", "s", "m", "a")
    assert grammar.derive("ˈ a . t a".split()).origins == (0, 1, 2, 3, 4)
    forbidden = {"p s t u": 1, "p t u": 1, "a a": 1, "a u": 0, "m n": 0, "n n": 1}
    assert {ur: Phonotactics(grammar).forbids(ur.split()) for ur in forbidden} == forbidden
    assert [Phonotactics(grammar).allows(ur.split()) for ur in ("ˈ t a . k u n", "ˈ t . t a", "ˈ s k a")] == [1, 0, 0]
    under_inventory = BOOKISH.replace('transparent = ". ˈ"\n', "").replace(
        "[classes]", 'transparent = [".", "ˈ"]\n[classes]'
    )
    assert load(under_inventory).inventory.transparent == grammar.inventory.transparent == {".", "ˈ"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "{p, t} → {m, n}",
            "T → N",
            "line 15: process 'nasalization': cannot read the rule at ▸ in “T → ▸N",
            id="outcome",
        ),
        pytest.param('". ˈ"', '". ˈ a"', "'a' is listed as a segment and as transparent", id="both"),
        pytest.param('". ˈ"', "3", "transparent: found 3; allowed: a list of strings, or one string", id="type"),
        pytest.param("[classes]\n", '[classes]\ns = "[+nas]"\n', "[classes] 's' is a segment", id="class"),
        pytest.param("a a, i}", "a a, x}", "'x' in a rule is not in the inventory", id="forbidden"),
        pytest.param('["T (s) T"', '["T $"', "forbidden: a sequence of segments, classes, # and +", id="forbidden $"),
    ],
)
def test_errors_of_the_notation_name_file_and_place(load, old, new, message):
    with pytest.raises(InputError) as error:
        load(BOOKISH.replace(old, new))
    assert "g.toml" in str(error.value) and message in str(error.value) and "\n" not in str(error.value)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        Grammar.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("segment", "why"),
    [
        *((symbol, "is one of fairseq's own symbols") for symbol in ("<pad>", "</s>", "<s>", "<unk>", "<<unk>>")),
        ("+", "is the edge of a morpheme"),
        ("#", "is the edge of a word"),
        ("∅", "stands for nothing"),
        ("", "is empty"),
        *((blank, "has a blank in it") for blank in (" ", "p a", "p\xa0", "\u2028")),
        *((unseen, "is not seen") for unseen in ("\x00", "p\x1b[31m", "\u202ep", "p\u200b")),
    ],
)
def test_segments_that_are_something_else_are_refused(segment, why):
    said = rf"^\[inventory\] segments: .* {re.escape(why)}.*; choose another name$"
    with pytest.raises(InputError, match=said):
        Grammar.from_table({"inventory": {"segments": ["p", segment]}})


@pytest.mark.parametrize("segment", [*"_[{($.0/,*@=", "->", "<ctc>", "\\"])
def test_signs_of_the_notation_are_segments_where_the_inventory_has_them(segment):
    table = {"segments": ["p", "a", segment], "features": {segment: "p [+cg]"}}
    grammar = Grammar.from_table({"inventory": table, "process": [{"name": "v", "rules": [f"p -> {segment} / a _"]}]})
    assert grammar.derive(["a", "p", segment]).surface == ("a", segment, segment)


def test_what_a_grammar_says_of_itself_is_one_line_without_control_characters():
    table = {"inventory": {"segments": ["p"]}, "citation": "Kim\n  2020"}
    assert Grammar.from_table(table).citation == "Kim 2020"
    with pytest.raises(InputError, match=r"language: found a control character \(U\+001B\)"):
        Grammar.from_table({**table, "language": "\x1b[2J"})
