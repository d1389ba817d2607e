"""Signs that are no segments: left out, mended, refused, and counted."""

import pytest

from fairseq_phonology.corpus.signs import Cleaner, is_symbol, signs_to_strip, visible
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from tests.helpers.listed import read


def test_signs_are_left_out_and_counted(tmp_path):
    units = Units("ipa", "ipa", strip=signs_to_strip("ˈ . / [ ] ˌ"))
    found, notes = read(tmp_path, "ur\tsr\n/kata/\t[ˈka.ta]\n/pa/\t[ˈpa]\n", units)
    assert found == [("k a t a", "k a t a"), ("p a", "p a")]
    assert notes == ["--strip left out ˈ 2, . 1, / 4, [ 2, ] 2; in no word: ˌ"]


def test_marks_are_left_out_of_composed_letters_and_invisible_signs_by_code(tmp_path):
    units = Units("ipa", "ipa", strip=signs_to_strip("U+0301 U+200B"))
    found, notes = read(tmp_path, "ur\tsr\nká\tk\u200ba\n", units)
    assert found == [("k a", "k a")] and notes == ["--strip left out ◌\u0301 1, U+200B 1"]


def test_look_alikes_are_mended_in_transcriptions_only(tmp_path):
    units = Units("grapheme", "space", normalize_ipa=True)
    found, notes = read(tmp_path, "ur\tsr\ng:a\u200d\tg a: <g>\n", units)
    assert found == [("g : a", "ɡ aː <g>")]
    assert notes == ["--normalize-ipa mended U+200D -> nothing 1, g (U+0067) -> ɡ 1, : (U+003A) -> ː 1"]


def test_slashes_and_brackets_around_a_form_are_mended(tmp_path):
    units = Units("ipa", "ipa", normalize_ipa=True)
    found, notes = read(tmp_path, "ur\tsr\n/kata/\t[ka/ta]\n/ka/ta/\tka\n", units)
    assert found == [("k a t a", "k a / t a"), ("/ k a / t a /", "k a")]
    assert notes == ["--normalize-ipa took /.../ from around 1 word and took [...] from around 1 word"]
    assert read(tmp_path, "ur\tsr\n[ka]\tka\n", Units("grapheme", "ipa", normalize_ipa=True))[0][0][0] == "[ k a ]"


@pytest.mark.parametrize("letter", "\u200b\u200c\u200d\u200e\u200f\u00ad\ufeff\u2060\u3164\ufe0f")
@pytest.mark.parametrize("units", ["space", "ipa", "grapheme", "jamo"])
def test_what_is_not_seen_is_refused(tmp_path, letter, units):
    with pytest.raises(InputError, match=rf"line 3: SR: .* contains U\+{ord(letter):04X} .*which is not seen; --norm"):
        read(tmp_path, f"ur\tsr\nka\tka\nka\tk{letter}a\n", Units(units, units))
    assert read(tmp_path, f"ur\tsr\nka\tk{letter}a\n", Units(units, units, normalize_ipa=True))[0][0][1] in (
        "k a",
        "ka",
    )


def test_nothing_to_do_is_said():
    cleaner = Cleaner(Units(strip=(".",), normalize_ipa=True))
    assert cleaner("k a", "space") == "k a"
    assert cleaner.notes() == ["--strip left out nothing; in no word: .", "--normalize-ipa mended nothing"]


def test_print():
    assert [visible(one) for one in ("a", "\u200b", "\u00a0", "\u0325")] == ["a", "U+200B", "U+00A0", "◌\u0325"]
    assert [is_symbol(one) for one in ("<PST>", "<", "<>", "a")] == [True, False, False, False]
