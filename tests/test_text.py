"""Numbers and p-values as words."""

import numpy as np
import pytest

from fairseq_phonology.text import duration, number, p_text, read_number, several, shown, size, tick


@pytest.mark.parametrize(
    ("value", "sign", "text"),
    [
        (0.125, False, ".12"),
        (-0.034, False, "−.03"),
        (-0.004, True, ".00"),
        (1.0, False, "1.00"),
        (0.2, True, "+.20"),
        (-1.5, False, "−1.50"),
    ],
)
def test_numbers(value, sign, text):
    assert number(value, sign=sign) == text


@pytest.mark.parametrize(("text", "value"), [("3", 3), (" .5 ", 0.5), ("-1e-3", -0.001), ("+2", 2)])
def test_numbers_in_a_text(text, value):
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["1_0", "1_000.5", ".5_0", "1,5", "x", "", "0x1"])
def test_what_is_no_number(text):
    for kind in (int, float):
        with pytest.raises(ValueError):
            read_number(text, kind)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "1"), (-1.0, "−1"), (0.5, ".50"), (-0.25, "−.25"), (0.005, ".005"), (2.5, "2.50"), (1e-12, "0")],
)
def test_ticks(value, text):
    assert tick(value) == text
    assert tick(value, sign=True) == ("" if text[0] in "0−" else "+") + text


@pytest.mark.parametrize(
    ("p", "text"), [(0.00002, "p < .0001"), (0.0123, "p = .0123"), (1.0, "p = 1.0000"), (np.nan, "p not defined")]
)
def test_p_values(p, text):
    assert p_text(p) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(42.4, "42 s"), (99, "99 s"), (312, "5.2 minutes"), (5399, "90.0 minutes"), (4680 * 2, "2.6 hours")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("n", "text"),
    [(400, "0 kB"), (812_300, "812 kB"), (999_600, "1.0 MB"), (3_440_000, "3.4 MB"), (2_100_000_000, "2,100.0 MB")],
)
def test_sizes(n, text):
    assert size(n) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x1b[2Jb\x00\x07\x85\x9b", r"a\x1b[2Jb\x00\x07\x85\x9b"),
        ("one\nline\r\tonly\u2028\u2029", r"one\nline\r\tonly\u2028\u2029"),
        ("\u202eabc\u2066\u200f\u061c", r"\u202eabc\u2066\u200f\u061c"),
        ("\u200b\u200d\u2060\ufeff\xad\u3164\U000e0041", r"\u200b\u200d\u2060\ufeff\xad\u3164\U000e0041"),
        ("\udcff\ud800", r"\udcff\ud800"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text, seen):
    assert shown(text) == seen == shown(seen)


@pytest.mark.parametrize(
    "text", ["", "학문 hakmun", "t͡ʃ ŋ̊ ã́ kʰ", "سلام שָׁלוֹם", "a\u3000b\xa0c", "C:\\new", "᎐ \ue000", "\u06dd"]
)
def test_letters_and_marks_of_any_script_stay(text):
    assert shown(text) == text


@pytest.mark.parametrize(
    ("n", "what", "text"),
    [
        (9, "stems", "9 stems"),
        (1, "stems", "1 stem"),
        (1, "suffixes", "1 suffix"),
        (1, "classes", "1 class"),
        (1, "items of level nouns", "1 item of level nouns"),
        (1000, "items", "1,000 items"),
    ],
)
def test_one_of_several(n, what, text):
    assert several(n, what) == text
