"""Word lists as the source of n-grams: what counts, what is left out, what is refused."""

import math

import pytest

from fairseq_phonology.corpus.columns import Columns
from fairseq_phonology.corpus.lexicon import Lexicon
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.phonotactics.ngrams import Ngrams


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "words.tsv"
    path.write_text("ur\tsr\tfreq\nk a t\tk a\t9\nt a <PST>\tt a\t1\nk a t\tk a d\t2\nx a\tx a\t5\n", encoding="utf-8")
    return str(path)


def test_types_without_tags_and_words_of_other_segments(listed):
    notes = []
    lexicon = Lexicon.read(listed, Units(), "ktasi", notes=notes)
    assert lexicon.urs == (("k", "a", "t"), ("t", "a"), ("k", "a", "t")) and lexicon.weights is None
    assert notes[-1] == f"{listed}: 1 word of 4, such as 'x a', left out: not made of the grammar's segments"
    assert lexicon.ngrams(2).log_prob("kat") == Ngrams.of(["kat", "ta"], 2, segments="ktasi").log_prob("kat")
    assert math.isfinite(lexicon.ngrams().log_prob("si"))
    assert len(Lexicon.read(listed, Units()).urs) == 4


def test_tokens(listed):
    lexicon = Lexicon.read(listed, Units(columns=Columns(weight="freq")), "kta")
    assert lexicon.weights == (9, 1, 2)
    assert lexicon.ngrams().log_prob("kat") > Lexicon.read(listed, Units(), "kta").ngrams().log_prob("kat")


def test_what_is_refused(listed):
    with pytest.raises(InputError, match=r"no word consists of the grammar's segments .*--phonotactics-units is space"):
        Lexicon.read(listed, Units(), "pbm", option="--phonotactics-units")
    with pytest.raises(InputError, match="the order of the n-grams is 0") as refused:
        Lexicon.read(listed, Units()).ngrams(0)
    assert refused.value.path == listed
