"""Word lists: what is read, what is refused and in which words, how they are split, what is reported."""

import random
import unicodedata

import pytest

from fairseq_phonology.corpus.columns import Columns
from fairseq_phonology.corpus.pairs import read_words
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from tests.helpers.listed import forms, write

SPACE = Units()


# ---- reading


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("ur\tsr\nk a\tg a\n", [("k a", "g a")]),
        ("gloss\tSurface form\tUnderlying_Form\nx\tg a\tk a\n", [("k a", "g a")]),
        ("k a\tg a\nt a\td a\n", [("k a", "g a"), ("t a", "d a")]),
        ("k a\nt a\n", [("k a", ""), ("t a", "")]),
        ("\ufeffur\tsr\r\nk a\tg a\r\n\r\n", [("k a", "g a")]),
        ("k a\tg a\rt a\td a", [("k a", "g a"), ("t a", "d a")]),
        ('"ur"\t"sr"\n"k a"\t"g a"\n', [("k a", "g a")]),
        ('ur\tsr\n"k a"\t"g a"\n', [('"k a"', '"g a"')]),
    ],
    ids=["header", "other-headings", "no-header", "ur-only", "bom-crlf", "old-mac", "quoted-by-r", "x-sampa-stress"],
)
def test_read(tmp_path, content, expected):
    assert forms(read_words(write(tmp_path, content), SPACE)) == expected


def test_ids_further_columns_and_lines_are_kept(tmp_path):
    (word,) = read_words(write(tmp_path, "id\tur\tgloss\tsr\nw7\tk a\tnose \tg a\n"), SPACE)
    assert (word.id, word.more, word.line) == ("w7", {"gloss": "nose "}, 2)


def test_further_columns_without_header_are_numbered(tmp_path):
    notes = []
    (word,) = read_words(write(tmp_path, "k a\tg a\tnose\n"), SPACE, notes)
    assert word.more == {"column3": "nose"}
    assert [note.partition("words.tsv: ")[2] for note in notes] == [
        "no header; column 1 is the UR, column 2 the SR (--header, --ur-column, --sr-column)",
        "columns that are not used, and stay beside the words: column3",
    ]


def test_a_first_word_that_looks_like_a_header(tmp_path):
    path = write(tmp_path, "ur\tʔur\nan\tʔan\n")
    assert len(read_words(path, Units("ipa", "ipa", columns=Columns(header=False)))) == 2


def test_parallel_files(tmp_path):
    ur, sr = write(tmp_path, "k a\nt a\n", "x.ur"), write(tmp_path, "g a\nd a\n", "x.sr")
    assert forms(read_words(f"{ur},{sr}", SPACE)) == [("k a", "g a"), ("t a", "d a")]


def test_units_and_normal_forms(tmp_path):
    path = write(tmp_path, unicodedata.normalize("NFD", "학문\thaŋmun\n"))
    assert forms(read_words(path, Units("hangul-ur", "ipa"))) == [("h a k m u n", "h a ŋ m u n")]
    assert forms(read_words(path, Units("jamo", "ipa")))[0][0] == " ".join(unicodedata.normalize("NFD", "학문"))


def test_morpheme_edges_on_request(tmp_path):
    path = write(tmp_path, "굳+이\tk u t͡ɕ i\n")
    assert forms(read_words(path, Units("hangul-ur")))[0][0] == "k u t i"
    assert forms(read_words(path, Units("hangul-ur", keep_edges=True)))[0][0] == "k u t + i"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": is empty; expected one word a line"),
        ("ur\tsr\n", ": has a header and no words"),
        (b"k a\tg a\nt a\td \xb0\n", ", line 2: byte 0xb0 is not UTF-8; save the file as UTF-8"),
        ("k\tg\n".encode("utf-32"), ", line 1: is UTF-32; save it as UTF-8"),
        (
            'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\n',
            ", line 1: is a TextGrid of Praat; save",
        ),
        (
            '"ooTextFile"\r\n"TextGrid"\r\n0\r\n'.encode("utf-16"),
            ", line 1: is a TextGrid of Praat; save",
        ),
        ("k a\tg a\nt a\td\ta\n", r", line 2: found 3 columns; expected 2, as in line 1 \(k a, g a\)"),
        ("ur\tsr\nx\tk a\tg a\n", r"found 3 columns; expected 2, as in line 1 \(ur, sr\).*row\.names = FALSE"),
        ("k a\tg a\n\nt a\td a\n", ", line 2: is empty; every line must contain a word"),
        ("t a\tg a\nk a\t\n", ", line 2: the SR is empty; it needs one segment or more; write ∅ if nothing is left"),
        ("k a\tg a\n \td a\n", ", line 2: the UR is empty; it needs one segment or more"),
        (
            "k <unk>\tg a\n",
            r", line 1: UR: '<unk>' in 'k <unk>' is one of fairseq's own symbols \(</s>, <pad>, <s>, <unk>, <<unk>>\)",
        ),
        ("k a\tg\x07a\n", r", line 1: SR: 'g\\x07a' contains a control character \(U\+0007\); remove it"),
        (
            "k a\tg \ufffd\n",
            r"line 1: SR: .* contains the mark of a character lost in an earlier conversion \(U\+FFFD\)",
        ),
        ("x\tsr\nk a\tg a\n", r", line 1: looks like a header \('sr' is the heading of a column\) that does not say"),
        ("ur\tsr\tUR\nk\tg\tk\n", ", line 1: two columns of the header are called 'ur'"),
        ("id\tur\tsr\na\tk\tg\na\tt\td\n", ", line 3: the id 'a' is already on line 2; ids must differ"),
        (
            "id\tur\tsr\n=1+1\tk\tg\n\\=1+1\tt\td\n",
            r"the id '=1\+1' \(\\=1\+1 is read so, too\) is already",
        ),
        ("id\tur\tsr\n\tk\tg\n", ", line 2: the id is empty; give every word one, remove the column, or give another"),
    ],
    ids=[
        *(
            "empty",
            "header-only",
            "not-utf8",
            "utf32",
            "praat",
            "praat-short",
            "tab-in-cell",
            "row-names",
            "blank-line",
            "no-sr",
            "no-ur",
        ),
        *("reserved", "control", "lost", "no-ur-column", "ur-twice", "same-id", "same-unmarked", "empty-id"),
    ],
)
def test_unusable_list_is_named(tmp_path, content, message):
    with pytest.raises(InputError, match=rf"words\.tsv{message}" if message.startswith((":", ",")) else message):
        read_words(write(tmp_path, content), SPACE)


def test_unreadable_units_name_the_line(tmp_path):
    with pytest.raises(InputError, match=r"words\.tsv, line 2: UR: 'kuk': 'k' .* is not a Hangul syllable"):
        read_words(write(tmp_path, "국\tk u k\nkuk\tk u k\n"), Units("hangul-ur"))


def test_faults_name_the_column_that_was_taken(tmp_path):
    with pytest.raises(InputError, match=r"line 3: the SR \(column IPA\) is empty"):
        read_words(write(tmp_path, "ur\tIPA\nk a\tg a\nt a\t\n"), SPACE)
    with pytest.raises(InputError, match=r"line 2: UR \(column word\): 'kuk': 'k' .* is not a Hangul syllable"):
        read_words(write(tmp_path, "word\tsr\nkuk\tk\n"), Units("hangul-ur"))


def test_punctuation_of_a_spelling_names_the_option(tmp_path):
    path = write(tmp_path, "책.\tk\n")
    with pytest.raises(InputError, match=r"'\.' \(U\+002E\) .* is not a Hangul syllable.*; --strip .* leaves signs"):
        read_words(path, Units("hangul-ur"))
    assert forms(read_words(path, Units("hangul-ur", strip=(".",)))) == [("t͡ɕʰ ɛ k", "k")]


def test_parallel_files_must_match(tmp_path):
    ur, sr = write(tmp_path, "k a\nt a\n", "x.ur"), write(tmp_path, "g a\n", "x.sr")
    with pytest.raises(InputError, match=r"x\.sr: has 1 lines, but .*x\.ur has 2"):
        read_words(f"{ur},{sr}", SPACE)
    edge = write(tmp_path, "+\nb\n", "y.sr")
    with pytest.raises(InputError, match=r"y\.sr, line 1: the SR is empty"):
        read_words(f"{ur},{edge}", SPACE)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.tsv: No such file"):
        read_words(str(tmp_path / "nowhere.tsv"), SPACE)


_FILES = [
    *("ur\tsr\tn\nka ta\tga da\t1\nta\tda\t2\n", "기저형;표면형\n국물;궁물\n"),
    *(";;; c\nA  AH0\nA(1)  EY1\n", '"ur" "n"\n"1" "k" 3\n'),
]
_PIECES = [
    *('\t,;"\n #\x00+', "\r\n", "  ", ";;;", "ˈ", "\u0301", "\u200b"),
    *("ur", "id", "NA", "한", "<s>", "column1", ""),
]


def test_damaged_lists_are_read_or_refused_in_one_line(tmp_path):
    """Lists with pieces put in at random: never another error."""
    chance = random.Random(1)
    refused = 0
    for _ in range(200):
        text = chance.choice(_FILES)
        for at in (chance.randrange(len(text)) for _ in range(chance.randint(1, 5))):
            text = text[:at] + chance.choice(_PIECES) + text[at + chance.choice((0, 0, 1, 3)) :]
        columns = Columns(
            ur=chance.choice(["", "", "1", "ur"]), tags=chance.choice([(), ("3",)]), header=chance.choice([None, True])
        )
        units = Units(chance.choice(["space", "ipa", "grapheme", "hangul-ur"]), strip=(".",), columns=columns)
        try:
            words = read_words(write(tmp_path, text.encode(chance.choice(["utf-8", "utf-8", "utf-16"]))), units)
            assert all(word.ur for word in words)
        except InputError as error:
            assert "\n" not in str(error)
            refused += 1
    assert 30 < refused < 190


@pytest.mark.parametrize("weight", ["1e308", "1e-300", "5e15"])
def test_weights_whose_sums_or_shares_are_no_numbers_are_refused(tmp_path, weight):
    path = tmp_path / "list.tsv"
    path.write_text(f"ur\tsr\tn\np a\tp a\t{weight}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2: n is .*; allowed for --weight: 0, or a number from 1e-15 to 1e"):
        read_words(str(path), Units(columns=Columns(weight="n")))


def test_a_cell_longer_than_any_word_is_refused(tmp_path):
    path = tmp_path / "list.tsv"
    path.write_text(f"ur\tsr\n{'a' * 20_000}\tb\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2: UR: has 20,000 characters; allowed: up to 10,000; does each word"):
        read_words(str(path), Units("ipa", "ipa"))
