"""Lists in other units than they were read in are refused, with the units that fit."""

import pytest

from fairseq_phonology.corpus.pairs import Units, read_words
from fairseq_phonology.corpus.wrong_units import check_units, units_that_fit
from fairseq_phonology.errors import InputError

KNOWN = {"h", "a", "k", "m", "u", "n", "t͡ɕ", "i", "p", "+"}


@pytest.fixture
def checked(tmp_path):
    def checked(text, units):
        (tmp_path / "own.tsv").write_text(text, encoding="utf-8")
        words = read_words(str(tmp_path / "own.tsv"), Units(units, units))
        check_units(words, KNOWN, "the model's", "--ur-units", units)
        return words

    return checked


@pytest.mark.parametrize(
    ("texts", "units"),
    [
        (["학문", "집", "x"], "hangul-ur"),
        (["t͡ɕip", "hak"], "ipa"),
        (["h a k", "m u n"], "space"),
        (["xyz", "zyx"], ""),
    ],
)
def test_units_that_fit(texts, units):
    assert units_that_fit(texts, KNOWN) == units


def test_no_word_of_known_segments(checked):
    with pytest.raises(InputError, match=r"own\.tsv: no word is made of the model.s segments \(학문, 집\); --ur-units"):
        checked("ur\n학문\n집\n", "space")
    with pytest.raises(InputError, match="--ur-units is space; allowed: space, ipa"):
        checked("ur\nvoz\nzov\n", "space")


def test_one_word_is_enough_and_so_are_known_segments_beside_new_ones(checked):
    assert len(checked("ur\nh a k\nhak\n", "space")) == len(checked("ur\nh a x\nx a k\n", "space")) == 2
