"""Lists that are not written as was said."""

from functools import partial

import pytest

from fairseq_phonology.corpus.fit import check_blanks, check_spaced, check_units, units_that_fit
from fairseq_phonology.corpus.pairs import read_words
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from tests.helpers.listed import write

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
    with pytest.raises(
        InputError, match=r"own\.tsv: no word consists of the model.s segments \(학문, 집\); --ur-units"
    ):
        checked("ur\n학문\n집\n", "space")
    with pytest.raises(InputError, match="--ur-units is space; allowed: space, ipa"):
        checked("ur\nvoz\nzov\n", "space")


def test_one_word_is_enough_and_so_are_known_segments_beside_new_ones(checked):
    assert len(checked("ur\nh a k\nhak\n", "space")) == len(checked("ur\nh a x\nx a k\n", "space")) == 2


@pytest.mark.parametrize(
    ("lines", "units", "message"),
    [
        (
            "aard\taarden\nbeen\tbenen\n",
            Units(),
            "--ur-units is space, which needs blanks .* 2 of 2 URs are one",
        ),
        ("aard\taarden\nbeen\tbenen\n", Units(), r"\(aard, been\); give --ur-units grapheme \(a spelling\) or ipa"),
        ("k a\tˈkʰa\nt a\tˈtʰa\n", Units(), r"--sr-units is space.*\(ˈkʰa, ˈtʰa\); give --sr-units ipa \(IPA without"),
        (
            "국물\tk u ŋ\n밥\tp a p\n",
            Units(),
            r"give --ur-units hangul-ur \(a spelling read as a UR\), jamo or",
        ),
        ("국물\tk u ŋ\n밥\tp a p\n", Units("hangul-ur", "profile"), r"--sr-units is profile.*give --sr-units space$"),
        ("kat\tk a t\ntak\tt a k\n", Units("ipa", "ipa"), r"--sr-units is ipa, and in 2 of 2 SRs there are blanks "),
    ],
    ids=["spelling", "advice", "ipa", "hangul", "profile", "spaced"],
)
def test_blanks_between_segments_are_there_as_was_said(tmp_path, lines, units, message):
    path = write(tmp_path, lines)
    with pytest.raises(InputError, match=rf"words\.tsv: .*{message}"):
        check_blanks(read_words(path, units, check=partial(check_spaced, units=units)), units)


@pytest.mark.parametrize(
    ("lines", "units"),
    [
        ("k a\tg a\nt\td\n", Units()),
        ("a\tb\nc\td\n", Units()),
        ("ab\td\nc d\tx y\n", Units()),
        ("ka ta pa\tga da ba\nmu tu tu\tma ta ta\n", Units("grapheme", "grapheme")),
    ],
    ids=["spaced", "single", "some", "phrases"],
)
def test_blanks_that_are_right_pass(tmp_path, lines, units):
    words = read_words(write(tmp_path, lines), units, check=partial(check_spaced, units=units))
    assert check_blanks(words, units) is None and len(words) == 2
