"""A rule that is printed from its tree is the same rule; so is one that other books write in other signs."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology.phonology.natural_classes import written
from fairseq_phonology.phonology.notation import parse_rule
from fairseq_phonology.phonology.notation.tree import Item, Rule
from tests.properties import examples, rules


def _printed(item: Item | None) -> str:
    if item is None:
        return "∅"
    inside = [_printed(option) for option in item.options]
    text = {
        "segment": item.symbol,
        "features": item.index[:-1] or item.symbol or written(item.bundle),
        "any": f"{{{', '.join(inside)}}}",
        "optional": f"({' '.join(inside)})",
        "sequence": " ".join(inside),
        "word edge": "#",
        "morpheme edge": "+",
        "syllable edge": "$",
    }[item.kind]
    return f"{text}{item.index[-1:]}{'*' * item.repeated}"


def _text(rule: Rule) -> str:
    target = [rule.target, *rule.moved] if rule.order else [rule.target]
    outcome = " ".join(str(n + 1) for n in rule.order) or _printed(rule.outcome)
    left, right = (" ".join(map(_printed, side)) for side in (rule.left, rule.right))
    return f"{' '.join(map(_printed, target))} -> {outcome} / {left} _ {right}"


def _bare(item: Item | None) -> Item | None:
    return item and replace(item, position=0, options=tuple(map(_bare, item.options)))


def _said(rule: Rule) -> tuple:
    """All that a rule says, without where in its text."""
    sides = [tuple(map(_bare, side)) for side in (rule.left, rule.right, rule.moved)]
    return _bare(rule.target), _bare(rule.outcome), *sides, rule.order


@examples(4)
@given(rules.rules(syllables=True))
def test_a_rule_is_read_as_it_is_printed(rule):
    parsed = parse_rule(rule.text)
    again = parse_rule(_text(parsed))
    assert _said(again) == _said(parsed)
    assert _text(again) == _text(parsed)


@examples(2)
@given(
    rules.rules(syllables=True),
    st.sampled_from(["→", "=>", " > "]),
    st.sampled_from(["__", "—", "___"]),
    st.sampled_from("−–-"),
    st.booleans(),
)
def test_other_signs_say_the_same(rule, arrow, place, minus, narrow):
    text = rule.text.replace("->", arrow).replace("_", place).replace("-", minus)
    text = text.replace(", ", ",").replace(" / ", "/") if narrow else text.replace(" ", "  ")
    assert _said(parse_rule(text)) == _said(parse_rule(rule.text))
