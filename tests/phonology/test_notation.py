"""The notation: what it reads, and that its errors point at the place."""

import re
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.natural_classes import Inventory
from fairseq_phonology.phonology.notation import Symbols, parse_rule, parse_sequence, read_classes, spelled_out

KNOWN = Symbols("p t k d ɡ s t͡ʃ n m l r a e i o".split())


def shown(item):
    """A place as the plain notation has it."""
    inner = " ".join(map(shown, item.options))
    text = {
        "segment": item.symbol,
        "features": "[" + ",".join(value + name for name, value in item.bundle) + "]",
        "any": "{" + ",".join(map(shown, item.options)) + "}",
        "word edge": "#",
        "syllable edge": "$",
        "morpheme edge": "+",
        "optional": f"({inner})",
        "sequence": inner,
    }[item.kind]
    return text + (f"<{item.index}>" if item.index else "") + "*" * item.repeated


def plain(rule):
    changing = [shown(item) if item else "∅" for item in (rule.target, rule.outcome)]
    left, right = (" ".join(map(shown, side)) for side in (rule.left, rule.right))
    return " ".join(f"{changing[0]} -> {changing[1]} / {left} _ {right}".split())


def test_a_rule_is_read_into_its_places():
    rule = parse_rule("{k, [-son, -cont]} → [+nas] / # X* _ + {[+nas], #}")
    assert [o.kind for o in rule.target.options] == ["segment", "features"]
    assert rule.outcome.bundle == (("nas", "+"),)
    assert [(i.kind, i.repeated) for i in rule.left] == [("word edge", False), ("segment", True)]
    assert [i.kind for i in rule.right] == ["morpheme edge", "any"]
    assert rule.right[1].options[0].bundle == (("nas", "+"),)


@pytest.mark.parametrize("text", ["k->ŋ/_m", "k -> ŋ / _ m", "k → ŋ /_ m", "  k  ->  ŋ  /  _  m  "])
def test_blanks_and_arrows_do_not_matter(text):
    rule = parse_rule(text)
    assert (rule.target.symbol, rule.outcome.symbol, rule.left, rule.right[0].symbol) == ("k", "ŋ", (), "m")


def test_insertion_and_deletion():
    assert parse_rule("∅ -> ɯ / s _ t").target is None
    assert parse_rule("h -> ∅ / _ #").outcome is None


@pytest.mark.parametrize(
    ("text", "marked", "problem"),
    [
        pytest.param("k ŋ / _ m", "k ŋ ▸/ _ m", "expected '->' (an arrow)", id="no arrow"),
        pytest.param("k -> ŋ / m", "k -> ŋ / m▸", "expected '_' (the place of change)", id="no place"),
        pytest.param("k -> ŋ _ m", "k -> ŋ ▸_ m", "expected '/' (a slash)", id="no slash"),
        pytest.param("t -> d | V _ V", "t -> d ▸| V", "write / before the environment", id="bar for slash"),
        pytest.param("t -> d| V _ V", "t -> d▸| V", "write / before the environment", id="bar, no blank"),
        pytest.param("p t -> b d / V _ V", "-> ▸b d", "write braces, {p, t} -> {b, d}", id="row of segments"),
        pytest.param("k -> ŋ / _ m _", "k -> ŋ / _ m ▸_", "found '_'", id="two places"),
        pytest.param("[-son -> m / _", "▸[-son -> m / _", "expected a segment", id="open bracket"),
        pytest.param("[-sun] -> m / _ #", "[▸-sun] -> m", "unknown feature 'sun'", id="unknown feature"),
        pytest.param("[nas] -> m / _ #", "[▸nas] -> m", "a feature is written with its value", id="no value"),
        pytest.param("k -> m / {a, _", "k -> m / {a, ▸_", "found '_'", id="open brace"),
        pytest.param("k -> m / _ {a b}", "{a ▸b}", "expected ',' or '}'", id="no comma"),
        pytest.param("{k, t} -> {m} / _ #", "{k, t} -> ▸{m}", "as many segments", id="unequal alternatives"),
        pytest.param("∅ -> ∅ / _ #", "▸∅ -> ∅", "cannot become", id="nothing from nothing"),
        pytest.param("∅ -> [+nas] / _ #", "∅ -> ▸[+nas]", "one segment", id="insertion of a class"),
        pytest.param("a -> [αback] / _ #", "a -> ▸[αback]", "α has no value", id="unbound variable"),
        pytest.param("a -> [αback] / [αback]* _", "a -> [αback] / ▸[αback]*", "a place with *", id="repeated variable"),
        pytest.param("a -> o / _ {[αvoi], #}", "_ ▸{[αvoi]", "one of several", id="variable in an alternative"),
        pytest.param("a -> e / a # _", "a -> e / a ▸# _", "outer end", id="word edge inside"),
        pytest.param("# -> e / a _", "▸# -> e", "one segment, a bundle", id="edge as target"),
        pytest.param("k -> m /", "k -> m /▸", "the rule ends", id="nothing after the slash"),
        pytest.param("", "▸", "the rule ends", id="empty"),
    ],
)
def test_errors_mark_the_position(text, marked, problem):
    with pytest.raises(InputError) as error:
        parse_rule(text)
    assert marked in str(error.value) and problem in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        pytest.param("[-son] → [−voice] / __ #", "[-son] -> [-voi] / _ #", id="as books have it"),
        pytest.param("[+voi] -> [–voi] / ___ ##", "[+voi] -> [-voi] / _ #", id="en dash, ##"),
        pytest.param("[ + voi , - son ] -> [ − voi ] /_#", "[+voi,-son] -> [-voi] / _ #", id="blanks in brackets"),
        pytest.param("[+voi −son] -> [- voi]", "[+voi,-son] -> [-voi] / _", id="no comma"),
        pytest.param("[+delayed release] -> [+spread glottis]", "[+delrel] -> [+sg] / _", id="names of two words"),
        pytest.param("[+del. rel.] -> [+nas.]", "[+delrel] -> [+nas] / _", id="names cut short"),
        pytest.param("[α voice] -> [- αhi]/[α hi, −αvoice]_", "[αvoi] -> [-αhi] / [αhi,-αvoi] _", id="α apart"),
        pytest.param("Ø → [i] / C __ C #", "∅ -> i / [-syl] _ [-syl] #", id="Ø, a phone in brackets, C"),
        pytest.param("0 -> e / # _ s", "∅ -> e / # _ s", id="0"),
        pytest.param("/t/ → [ɾ] / V __ V", "t -> ɾ / [+syl] _ [+syl]", id="phonemes and phones"),
        pytest.param("/k/→/ɡ/ / /n/__", "k -> ɡ / n _", id="phonemes of the environment"),
        pytest.param("h→Ø/V__V", "h -> ∅ / [+syl] _ [+syl]", id="no blanks"),
        pytest.param("V → Ø / VC__CV", "[+syl] -> ∅ / [+syl] [-syl] _ [-syl] [+syl]", id="classes in a row"),
        pytest.param("a ⟶ b / c —— d", "a -> b / c _ d", id="SPE's dash"),
        pytest.param("a > b / c – d", "a -> b / c _ d", id="sound change"),
        pytest.param("a => b / c_d", "a -> b / c _ d", id="double arrow"),
        pytest.param("（a） -> b", None, id="full width, optional target"),
        pytest.param("a → b ／ c＿d", "a -> b / c _ d", id="full width"),
        pytest.param("a -> b / X₀ _ C0 [+nas]₀", "a -> b / X* _ [-syl]* [+nas]*", id="any number"),
        pytest.param("a -> b / C₁ _ C₁²", "a -> b / [-syl]* [-syl] _ [-syl] ([-syl])", id="at least one; one or two"),
        pytest.param("a -> b / _ C₂ #", "a -> b / _ [-syl] [-syl] [-syl]* #", id="at least two"),
        pytest.param("a -> b / _ (C (C)) #", "a -> b / _ ([-syl] ([-syl])) #", id="optional"),
        pytest.param("a -> b / _ (C)₀ #", "a -> b / _ [-syl]* #", id="optional, any number"),
        pytest.param("n -> m / _ {p a, b}", "n -> m / _ {p a,b}", id="sequences in braces"),
        pytest.param("Cᵢ -> ∅ / _ Cᵢ", "[-syl]<Cᵢ> -> ∅ / _ [-syl]<Cᵢ>", id="index"),
        pytest.param("C1 -> ∅ / _ C1", "[-syl]<C1> -> ∅ / _ [-syl]<C1>", id="plain digits"),
        pytest.param("C₁ -> ∅ / _ C₁", "[-syl]<C1> -> ∅ / _ [-syl]<C1>", id="a subscript that the target has"),
        pytest.param("t -> d / V1 _ V1", "t -> d / [+syl]<V1> _ [+syl]<V1>", id="plain digits, environment"),
        pytest.param("∅ -> V1 / C _ C V1", "∅ -> [+syl]<V1> / [-syl] _ [-syl] [+syl]<V1>", id="a copied vowel"),
        pytest.param("[-syl]₁ -> ∅ / _ [ -syl ]₁", "[-syl]<[-syl]1> -> ∅ / _ [-syl]<[-syl]1>", id="of a bundle"),
        pytest.param("V → ∅ / _ V₂", "[+syl] -> ∅ / _ [+syl] [+syl] [+syl]*", id="a number alone counts"),
        pytest.param("t -> d / $ _ .", "t -> d / $ _ $", id="syllable boundaries"),
    ],
)
def test_textbooks_are_understood(text, meaning):
    if meaning is None:
        with pytest.raises(InputError, match="what is optional or repeated, and edges, stand in the environment"):
            parse_rule(text)
    else:
        assert plain(parse_rule(text)) == meaning


@pytest.mark.parametrize(
    ("text", "order", "kinds"),
    [
        ("V C -> 2 1 / _ #", (1, 0), ("[+syl]", "[-syl]", "_ #")),
        ("t k → k t", (1, 0), ("t", "k", "_")),
        ("C₁V₂ → V₂C₁", (1, 0), ("[-syl]<C1>", "[+syl]<V2>", "_")),
        ("l V r -> 3 2 1", (2, 1, 0), ("l", "[+syl] r", "_")),
        ("C V r -> 1 3 2 / # _", (1, 0), ("[+syl]", "r", "# [-syl] _")),
        ("l V s -> V l s", (1, 0), ("l", "[+syl]", "_ s")),
        ("C₂ V₁ -> 1 2", (1, 0), ("[-syl]<C2>", "[+syl]<V1>", "_")),
    ],
)
def test_metathesis_names_an_order(text, order, kinds):
    rule = parse_rule(text)
    sides = (" ".join(map(shown, side)) for side in (rule.left, rule.right))
    assert rule.order == order and rule.outcome is None
    assert (shown(rule.target), " ".join(map(shown, rule.moved)), " _ ".join(sides).strip()) == kinds


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("a (b) (c) d", ["a b c d", "a b d", "a c d", "a d"]),
        ("(a (b)) c", ["a b c", "a c", "c"]),
        ("{a b, c} {d, #}", ["a b {d,#}", "c {d,#}"]),
        ("{a, (b) c}", ["b c", "a", "c"]),
    ],
)
def test_parentheses_abbreviate_the_longest_first(text, readings):
    assert [" ".join(map(shown, some)) for some in spelled_out(parse_sequence(text))] == readings


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("k -> ▸tʃ / _ i", "did you mean t͡ʃ (U+0361)?"),
        ("k -> ▸g / _ i", "did you mean ɡ (U+0261)?"),
        ("▸km -> k / _ i", "write k m?"),
        ("▸kma -> k / _ i", "write k m a?"),
        ("▸kman -> k", "(segments are separated by blanks); it has: p t k d"),
        ("∅ -> e / # _ ▸sC", "write s C?"),
        ("t -> d / _ [ ▸ʘ ]", "'ʘ' in a rule is not in the inventory"),
        ("t -> ▸, / _ σ", "expected a segment"),
        ("a -> o / _ ▸V̥", "a class takes no mark; write features, [+syl, -voi]"),
        ("n -> m / _ ▸N", 'a class needs a line under [classes], as in N = "[+nas]"'),
        ("l -> r / l ▸X _", "any segments, whichever they are, are written []*"),
        ("▸ø -> o / _ e", "ø is a vowel; nothing is written ∅ or 0"),
        ("s -> ▸… / _ i", "write out what … stands for"),
        ("▸% -> a", "% is no symbol of rules; write #"),
        ("a -> ∅ / _ ▸σ", "write $ for its boundary"),
        ("a -> ∅ / _ ▸]σ", "write $ for its boundary"),
        ("n -> [▸αplace] / _ p", "place is several features; write them on either side, as in [αlab"),
        ("n -> [▸α place] / _ p", "place is several features"),
        ("a -> [▸+stress] / # _", "stress is no feature"),
        ("a -> [▸1 stress] / # _", "stress is no feature"),
        ("n -> m / _ ▸C[+lab]", "with a blank these are two places"),
        ("t -> [▸ɑvoi] / _ p", "ɑ is no value; write +, - or 0, or α (U+03B1)"),
        ("[▸+stop] -> ∅ / _ #", "write -son, -cont for a stop"),
        ("[+cons, ▸+ATR] -> ∅ / _ #", "write tense, which panphon has in its place"),
        ("[▸vowel] -> ∅ / _ #", "write +syl for a vowel"),
        ("[▸+seg] -> ∅ / _ #", "write [] for any segment"),
        ("[▸±voi] -> p", "± is two values"),
        ("[▸C, -son] -> [-voi]", "write -syl for C"),
        ("a -> ▸V: / _ #", "a class takes no mark; write features, [+long]"),
        ("a -> o / _ ▸C̥", "a class takes no mark; write features, [-syl, -voi]"),
        ("▸+voi -> -voi / _ #", "features stand in brackets: [+voi]"),
        ("k -> ▸αvoi / _ #", "features stand in brackets: [αvoi]"),
        ("{t, k} -> {d, ▸∅} / _ #", "what is inserted or deleted has a rule of its own"),
        ("t -> d / _ {a, ▸0}", "what may be absent stands in parentheses"),
        ("t -> d / a _ a ▸/ # _", "several environments are several rules, written as a list"),
        ("t -> d / {a ▸_ a, # _ a}", "several environments are several rules"),
        ("t -> d / a _ a▸, # _ a", "one or the other is written in braces, {a, b}"),
        ("t -> d / _ ▸⟨a⟩", "⟨ ⟩ stand for two rules"),
        ("t -> d / _ ▸~a", "with the opposite values"),
        ("t -> d / _ ▸(C V)*", "any number of one segment or class"),
        ("t -> d / _ (▸_ V)", "not the place of change"),
        ("t -> d / _ V▸+ #", "one or more X are written X₁"),
        ("t -> ▸V / _ V", "V is a class; the outcome is a segment, or features"),
        ("∅ -> ▸V / t _ t", "or one of the environment, as V1 in ∅ -> V1 / C _ C V1"),
        ("∅ -> ▸V1 / t _ (V1)", "no place of the environment, always there, has this index"),
        ("t -> d / C₁ _ ▸C₁", "write Cᵢ … Cᵢ for the same segment, C C₀ for at least 1"),
        ("▸1 2 -> 2 1", "first write the segments, V C -> 2 1"),
        ("C V -> ▸1 2 1 2 / # _", "a reduplicant is built segment by segment"),
        ("a i -> ▸e", "for a fusion (a i -> e) write what changes (a -> e / _ i)"),
        ("V C -> ▸1 2", "nothing changes places"),
        ("V C s -> 2 ▸1", "is deleted by a rule of its own"),
        ("∅ -> e ▸s / # _", "what is inserted is one segment; write a rule for each"),
        ("t -> t ▸s / _ i", "one segment becomes one"),
        ("▸a i -> ∅", "several segments are deleted by a rule for each"),
        ("a -> e / # ▸# _ t", "# is allowed only at the outer end"),
        ("t -> ▸. / _ a", "edges, stand in the environment"),
    ],
)
def test_what_no_rule_here_can_mean_is_told(text, advice):
    with pytest.raises(InputError) as error:
        parse_rule(text.replace("▸", ""), KNOWN)
    assert f"“{text}”" in str(error.value) and advice in str(error.value)


def test_a_segment_comes_before_what_its_letters_would_mean():
    symbols = Symbols(["V", "0", "Ø", ".", "(", "C1", "a"])
    rule = parse_rule("0 -> Ø / V C1 _ . (", symbols)
    assert plain(rule) == "0 -> Ø / V C1 _ . ("


def test_of_segments_that_are_written_with_signs_the_longest_is_read():
    symbols = Symbols(["(", "((", "a"])
    assert plain(parse_rule("(( -> a / _ (", symbols)) == "(( -> a / _ ("


def test_a_letter_that_is_a_segment_is_no_class():
    assert set(Symbols(["V", "a"]).classes) == {"C"} and set(Symbols(["a"]).classes) == {"V", "C"}


def test_of_classes_in_a_row_the_longest_name_is_read():
    classes = {"N": parse_sequence("[+nas]")[0], "NV": parse_sequence("[+nas, +syl]")[0]}
    assert plain(parse_rule("a -> e / _ NVC", Symbols(classes=classes))) == "a -> e / _ [+nas,+syl] [-syl]"


def test_segments_that_are_letters_are_not_read_out_of_a_word():
    with pytest.raises(InputError, match=r"'\?k' in a rule is not in the inventory"):
        parse_rule("?k -> k", Symbols(["?", "k"]))


def test_a_place_with_values_for_its_variables():
    text = "{[αvoi, -βnas, +hi], [-αback, βlo]}"
    (item,) = parse_sequence(text)
    assert shown(item.with_values({"α": "+", "β": "-"})) == "{[+voi,+nas,+hi],[-back,-lo]}"
    assert shown(item.with_values({"α": "-", "β": "+"})) == "{[-voi,-nas,+hi],[+back,+lo]}"


def test_a_rule_that_abbreviates_too_many_is_refused():
    most = "(a) " * 4 + "{a p, p a, a a, p p, a t} " * 3
    assert len(spelled_out(parse_sequence(most))) == 2000
    with pytest.raises(InputError, match="stands for more than 2000 rules"):
        parse_rule("a -> b / _ " + "(a) " * 12)


@pytest.fixture(scope="module")
def sounds():
    return Inventory("p t k b d m n a i".split(), transparent=["ˈ"])


def test_classes_of_a_grammar(sounds):
    symbols = read_classes({"N": "[+nas]", "T": ["p", "t"], "D": "b d", "O": "{T, D, k}", "V": "a"}, sounds)
    rule = parse_rule("O -> [+nas] / ˈ V _ N₀ T D", symbols)
    assert plain(rule) == "{{p,t},{b,d},k} -> [+nas] / ˈ {a} _ [+nas]* {p,t} {b,d}"
    assert plain(parse_rule("T -> D / _ N", symbols)) == "{p,t} -> {b,d} / _ [+nas]"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"p": "[+nas]"}, r"\[classes\] 'p' is a segment of the inventory"),
        ({"ˈ": "[+nas]"}, r"\[classes\] 'ˈ' is a segment of the inventory"),
        ({"N1": "[+nas]"}, r"\[classes\] 'N1' is no name; a class has a name of letters"),
        ({"N": 3}, r'\[classes\] N: found 3; allowed: "\[\+nas\]", "\{p, t\}" or \["p", "t"\]'),
        ({"N": "x"}, r"\[classes\] N: cannot read the rule at ▸ in “▸x”: 'x' in a rule is not in the inventory"),
        ({"N": "m #"}, r"\[classes\] N: found 'm #'; a class is made of segments and bundles"),
        ({"N": "(m)"}, r"\[classes\] N: found '\(m\)'; a class is made of"),
        ({"N": "{T, m}", "T": "t"}, r"'T' in a rule is not in the inventory"),
    ],
)
def test_what_is_no_class_is_refused(sounds, table, message):
    with pytest.raises(InputError, match=message):
        read_classes(table, sounds)


GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "grammar.md"
EXAMPLES = re.findall(r"\| `([^`]+)`: ([^|`]+) → ([^|`]+) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("rule", "ur", "sr"), EXAMPLES, ids=[rule for rule, _, _ in EXAMPLES])
def test_the_examples_of_the_guide(rule, ur, sr):
    syllables = {"onsets": ["", *"ptkbdɡshmnl"], "nuclei": [*"iyueoa"], "codas": ["", *"ptkbdɡshmnl"]}
    grammar = Grammar.from_table(
        {
            "inventory": {"segments": "p t k b d ɡ s z h m n l i y u e o a"},
            "syllable": syllables,
            "process": [{"name": "example", "rules": rule}],
        }
    )
    assert " ".join(grammar.derive(ur.split()).surface) == sr


def test_the_guide_has_an_example_of_each_notation():
    section = GUIDE.read_text(encoding="utf-8").partition("## Rules")[2].partition("**Parentheses**")[0]
    assert len(EXAMPLES) == section.count("\n|") - 2 >= 16


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 200, "100 places stand one inside the other; write it flat"),
        (f"p -> t / _ {'{a, ' * 200}", "100 places stand one inside the other"),
        (f"p -> t / {'V* ' * 200} _", "a sequence has more than 100 places; write a shorter one"),
        (f"p -> t / {'a ' * 60} ({'a ' * 60}) _", "a sequence has more than 100 places"),
    ],
)
def test_what_is_deep_or_long_is_refused_and_shown_in_part(text, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_rule(text)
    assert len(str(caught.value)) < 500
