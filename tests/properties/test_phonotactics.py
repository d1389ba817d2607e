"""Nonce words are licensed by their grammar, distinct, the same for a seed, and their SRs those that it derives."""

from hypothesis import assume, given
from hypothesis import strategies as st

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.phonotactics.nonce import nonce_words
from fairseq_phonology.phonology.phonotactics.syllables import Phonotactics
from tests.properties import examples, rules

consonants = st.sampled_from("p t k s m n l".split())
margins = st.lists(st.lists(consonants, max_size=2).map(" ".join), min_size=1, max_size=4, unique=True)
nuclei = st.lists(st.sampled_from(["a", "i", "u", "l", "i a"]), min_size=1, max_size=3, unique=True)
forbidden = st.lists(st.sampled_from(["p a", "# i", "{t, k} (s) V", "l #", "Cᵢ Cᵢ", "V C* u"]), max_size=2)


@st.composite
def grammars(draw):
    """Some syllables, some forbidden sequences, two processes, one of which may be variable; two strata, or none."""
    table = {"inventory": {"segments": "p t k s m n l i u a"}}
    table["syllable"] = {
        "onsets": draw(margins),
        "nuclei": draw(nuclei),
        "codas": draw(margins),
        "forbidden": draw(forbidden),
    }
    table["process"] = [
        {"name": "one", "rules": "{p, t, k} -> {m, n, m} / _ (s) [+nas]", "rate": draw(st.sampled_from([1, 0.5]))},
        {"name": "two", "rules": "a -> i / _ [-syl]* i", "apply": "right-to-left"},
    ]
    if draw(st.booleans()):
        table["strata"] = {"x": 1, "y": {"weight": 2, "codas": draw(margins)}}
        table["process"][1]["strata"] = ["y"]
    return Grammar.from_table(table)


@examples(0.2)
@given(grammars(), st.integers(0, 3), st.sampled_from([None, 0.5]))
def test_nonce_words_are_licensed(grammar, seed, edges):
    try:
        made = list(nonce_words(grammar, 6, seed, (1, 3), edges))
    except InputError:  # too few words
        assume(False)
    assert made == list(nonce_words(grammar, 6, seed, (1, 3), edges))
    assert len({tuple(s for s in word.ur if s != "+") for word in made}) == 6
    for word in made:
        own = grammar.in_stratum(word.stratum) if word.stratum else grammar
        assert Phonotactics(own).allows(word.ur)
        variants = {one.sr: one.probability for one in grammar.variants(word.ur, stratum=word.stratum)}
        assert word.sr in variants
        assert abs(sum(variants.values()) - 1) < 1e-9


@given(grammars(), st.lists(st.sampled_from("p t k s m n l i u a".split()), min_size=1, max_size=5))
def test_a_word_is_syllabified_if_some_division_fits(grammar, word):
    onsets, nuclei, codas = ({tuple(part) for part in parts} for parts in Phonotactics(grammar).parts)
    every = {(*onset, *nucleus, *coda) for onset in onsets for nucleus in nuclei for coda in codas}

    def divides(rest):
        return not rest or any(rest[: len(one)] == one and divides(rest[len(one) :]) for one in every)

    assert Phonotactics(grammar).syllabifies(tuple(word)) == divides(tuple(word))


@given(rules.words)
def test_a_syllable_is_in_the_list_of_all_of_them(word):
    grammar = Grammar.from_table({"inventory": {"segments": rules.SEGMENTS}, "syllable": rules.SYLLABLES})
    shapes = Phonotactics(grammar)
    assert (tuple(word) in shapes.every_syllable()) <= shapes.syllabifies(tuple(word))
