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
    found, notes = read(tmp_path, "ur\tsr\n/kata/\t[ka.ta]\n", units)
    assert found == [("k a t a", "k a . t a")]
    assert notes == ["--normalize-ipa took /.../ from around 1 word and took [...] from around 1 word"]
    assert read(tmp_path, "ur\tsr\n[ka]\tka\n", Units("grapheme", "ipa", normalize_ipa=True))[0][0][0] == "[ k a ]"


@pytest.mark.parametrize(
    ("form", "units"),
    [
        *[("닭[닥]", "hangul-ur"), ("/닭/［닥］", "hangul-ur"), ("닭 → 닥", "hangul-ur")],
        *[("/kata/ [kada]", "ipa"), ("k a [ g a ]", "space")],
    ],
)
def test_ur_and_sr_in_one_cell_are_refused(tmp_path, form, units):
    with pytest.raises(InputError, match=r"has UR and SR in one cell; give them columns of their own$"):
        read(tmp_path, f"ur\tsr\n{form}\tx\n", Units(units, "grapheme", strip=("[", "]")))


def test_signs_that_part_no_two_forms_are_read(tmp_path):
    for form, units in [("/ka/", "ipa"), ("[ka]", "ipa"), ("ka~", "ipa"), ("te,foun", "ipa"), ("a~ t @", "space")]:
        assert read(tmp_path, f"ur\tsr\nk a\t{form}\n", Units("space", units))[0]
    assert read(tmp_path, "ur\tsr\nk <a/b>\t1,000\n", Units("space", "grapheme"))[0]
    for form in ("닭(닥)", "닭|닥", "닭 (닥)", "닭;닥"):
        with pytest.raises(InputError) as error:
            read(tmp_path, f"ur\tsr\n{form}\tx\n", Units("hangul-ur", "grapheme"))
        assert "--strip" not in str(error.value)


def test_blanks_of_other_kinds_are_read_and_counted(tmp_path):
    found, notes = read(tmp_path, "ur\tsr\nk\u00a0a\u00a0t\tk\u3000a\n\u00a0p a\tp a\n")
    assert found == [("k a t", "k a"), ("p a", "p a")]
    assert notes == [
        "2 no-break spaces (U+00A0) read as blanks",
        "1 ideographic space (U+3000) read as a blank",
    ]


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
