"""A process does to a form what the slow reference does, and a grammar what its processes do in their order."""

import functools

from hypothesis import assume, given, note
from hypothesis import strategies as st

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.form import Form
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.process import Process
from tests.properties import examples, reference, rules


@functools.cache
def _syllables():
    table = {"inventory": {"segments": rules.SEGMENTS}, "syllable": rules.SYLLABLES}
    return Grammar.from_table(table).syllables


def _due(rule, word, manner):
    try:
        return reference.applied(rules.LANGUAGE, rule, word, manner)
    except reference.Ambiguous:
        assume(False)
    except InputError:  # a feature change without outcome
        assume(False)


def _form(process, word):
    form, _ = process.apply_to(Form.underlying(word), rules.INVENTORY, _syllables())
    return form.segments, form.edges


@examples(5)
@given(rules.rules_with_words(syllables=True), rules.manners)
def test_a_rule_does_what_the_reference_does(some, manner):
    rule, word = some
    note(rule.text)
    due = _due(rule, word, manner)
    after = _form(Process.parse(rule.text, manner=manner), word)
    form = Form.underlying(due)
    assert after == (form.segments, form.edges)


@given(st.lists(rules.rules_with_words(), min_size=2, max_size=4), st.lists(rules.manners, min_size=4, max_size=4))
def test_a_grammar_applies_its_processes_in_their_order(some, manners):
    some, word = [rule for rule, _ in some], some[0][1]
    table = {"inventory": {"segments": rules.SEGMENTS}, "process": []}
    due = word
    for n, (rule, manner) in enumerate(zip(some, manners, strict=False)):
        table["process"].append({"name": f"p{n}", "rules": rule.text, "apply": manner})
        due = _due(rule, due, manner)
    try:
        grammar = Grammar.from_table(table)
    except InputError:
        assume(False)
    derivation = grammar.derive(word)
    assert derivation.surface == tuple(s for s in due if s != "+")
    assert [step.process for step in derivation.steps] == sorted(step.process for step in derivation.steps)


@given(rules.rules_with_words(), rules.manners)
def test_sites_say_what_changes(some, manner):
    rule, word = some
    process = Process.parse(rule.text, manner=manner)
    due = _due(rule, word, manner)
    form, sites = process.apply_to(Form.underlying(word), rules.INVENTORY)
    if not [site for site in sites if not site.vacuous]:
        assert due == word
        assert form.segments == tuple(s for s in word if s != "+")
    kept = [
        (origin, segment) for origin, segment in zip(form.origins, form.segments, strict=True) if origin is not None
    ]
    changed = {site.target for site in sites if not site.vacuous}
    assert all(word[origin] == segment or origin in changed for origin, segment in kept)


def test_the_reference_tells_manners_apart():
    spread = rules.Rule((rules.Place("set", "t", frozenset("t")),), "a", (rules.Place("set", "a", frozenset("a")),))
    spread_to = {
        manner: "".join(reference.applied(rules.LANGUAGE, spread, list("atttp"), manner))
        for manner in ("simultaneous", "left-to-right", "right-to-left")
    }
    assert spread_to == {"simultaneous": "aattp", "left-to-right": "aaaap", "right-to-left": "aattp"}
