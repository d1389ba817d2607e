"""The notation: what it reads, and that its errors point at the place."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.notation import parse_rule


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
