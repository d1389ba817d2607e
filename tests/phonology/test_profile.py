"""Orthography profiles: the results of ``segments`` 2.4.0 on the same files, and what is refused with file and line."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.profile import Profile
from fairseq_phonology.phonology.transcription import segment

TABLE = """Grapheme\tIPA\tNote
a\ta\t
aa\taː\tlong
b\tb\t
ch\tt͡ʃ\t
c\tk\t
h\tNULL\tsilent
ng\tŋ\t
n\tn\t
g\tɡ\t
gg\tɡ ɡ\t
abc\tX\t
ú\tu\t
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="profile.tsv", encoding="utf-8"):
        (tmp_path / name).write_text(text, encoding=encoding)
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("word", "graphemes", "ipa"),
    [
        pytest.param("aachang", "aa ch a ng", "aː t͡ʃ a ŋ", id="two letters, one segment"),
        pytest.param("aaa", "aa a", "aː a", id="the longest first"),
        pytest.param("angga", "a ng g a", "a ŋ ɡ a", id="from left to right"),
        pytest.param("aggha", "a gg h a", "a ɡ ɡ a", id="one to two, one to nothing"),
        pytest.param("abch", "abc h", "X", id="the longest even where a shorter one leaves a better rest"),
        pytest.param("ú", "ú", "u", id="composed"),
    ],
)
def test_agrees_with_the_library_segments(written, word, graphemes, ipa):
    path = written(TABLE)
    assert Profile.load(path).segment(word) == graphemes.split()
    assert Profile.load(path, "IPA").segment(word) == ipa.split()


def test_any_normal_form_blanks_and_morpheme_edges(written):
    profile = Profile.load(written(TABLE, encoding="utf-8-sig"))
    assert segment("u\u0301b", "profile", profile=Profile({"ú": ("ú",), "b": ("b",)})) == ("ú", "b")
    assert segment("ang+a cha", "profile", keep_edges=True, profile=profile) == ("a", "ng", "+", "a", "␣", "ch", "a")
    assert segment("ang+a", "profile", profile=profile) == ("a", "ng", "a")


def test_a_row_that_ends_early_has_empty_cells(written):
    assert Profile.load(written("Grapheme\tIPA\na\tb\nx\n"), "IPA").segment("xa") == ["b"]


def test_the_edges_of_a_word(written):
    path = written("Grapheme\tIPA\n^s\tz\ns\ts\nas$\ts\na\ta\n^\tNULL\n$\tNULL\n")
    assert Profile.load(path).segment("sasas") == ["s", "a", "s", "as"]
    assert Profile.load(path, "IPA").segment("sasas") == ["z", "a", "s", "s"]
    assert Profile.load(written("Grapheme\n^s\ns\na\n")).segment("sas") == ["s", "a", "s"]


def test_the_end_of_a_word_alone():
    profile = Profile({"s": ("s",), "a": ("a",), "as$": ("as$",)})
    assert profile.segment("sasas") == ["s", "a", "s", "as"]


def test_what_is_not_used_is_said(written, tmp_path):
    path = written(TABLE)
    assert Profile.load(path, "IPA").notes == (f"{path}: not used: column Note",)
    (tmp_path / "profile.rules").write_text("a, b\n", encoding="utf-8")
    assert Profile.load(path, "IPA").notes == (
        f"{path}: not used: column Note",
        f"{tmp_path / 'profile.rules'}: not used: rules are not applied, only the profile is",
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("Letter\tIPA\na\ta\n", 1, "a column 'Grapheme', separated by tabs; found: Letter", id="header"),
        pytest.param("Grapheme,IPA\na,a\n", 1, "found: Grapheme,IPA", id="commas"),
        pytest.param("Grapheme\tIPA\n\ta\n", 2, "nothing in the column Grapheme", id="empty"),
        pytest.param("Grapheme\tIPA\na\tb\na\tc\n", 3, "'a' is listed before with another IPA", id="twice"),
        pytest.param("Grapheme\tIPA\na\tb\tc\n", 2, "3 cells under 2 columns", id="too many cells"),
        pytest.param("Grapheme\tLeft\tIPA\na\tb\tc\n", 2, "'a' has a context (Left = 'b')", id="context"),
        pytest.param('{"tables": []}\nx\n', 1, "is a description (JSON)", id="metadata"),
        pytest.param("Grapheme\n", None, "found 1 lines", id="nothing listed"),
    ],
)
def test_what_is_no_profile_is_refused(written, text, line, message):
    path = written(text)
    with pytest.raises(InputError) as error:
        Profile.load(path, "IPA" if "IPA" in text.splitlines()[0] else "Grapheme")
    assert message in str(error.value)
    assert (error.value.path, error.value.line) == (path, line)


def test_what_cannot_be_read(written, tmp_path):
    with pytest.raises(InputError, match="No such file"):
        Profile.load(tmp_path / "none.tsv")
    with pytest.raises(InputError, match="not UTF-8"):
        Profile.load(written(TABLE, encoding="utf-16"))
    path = written(TABLE)
    with pytest.raises(InputError) as error:
        Profile.load(path).segment("axa")
    assert str(error.value) == f"'axa': 'x' (U+0078) begins no grapheme of {path}; add a line for it"
