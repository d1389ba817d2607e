"""Text files of every usual kind become rows of cells; what is assumed is said."""

import codecs

import pytest

from fairseq_phonology.corpus.tables import read_rows
from fairseq_phonology.errors import InputError
from fairseq_phonology.files import read_lines
from tests.helpers.listed import write

TABLE = "ur\tsr\r\n국물\t궁물\r\n"


def rows(folder, content, separator=None):
    """The rows without their lines, and what was said."""
    notes, path = [], write(folder, content)
    found = read_rows(path, separator, notes)
    return [cells for _, cells in found], [note.removeprefix(f"{path}: ") for note in notes]


@pytest.mark.parametrize("content", ["a\tb\nc\td\n", "\ufeffa\tb\r\nc\td\r\n\r\n\t\r\n", "a\tb\rc\td"])
def test_tabs(tmp_path, content):
    assert rows(tmp_path, content) == ([["a", "b"], ["c", "d"]], [])


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("ur,sr,gloss\nk a,g a,nose\n", [["ur", "sr", "gloss"], ["k a", "g a", "nose"]]),
        ('ur, sr, gloss\nk a, g a, "a, ""b"""\n', [["ur", "sr", "gloss"], ["k a", "g a", 'a, "b"']]),
        ("k a;g a;3,5\nt a;d a;4,5\n", [["k a", "g a", "3,5"], ["t a", "d a", "4,5"]]),
        ("walk,walked,V;PST\nsee,saw,V;PST\n", [["walk", "walked", "V;PST"], ["see", "saw", "V;PST"]]),
        ('ur,sr,gloss\nka,ga,"a\tb\nc"\n,,\n', [["ur", "sr", "gloss"], ["ka", "ga", "a b c"]]),
    ],
    ids=["commas", "quotes", "decimal-commas", "unimorph", "tab-and-line-break-in-a-cell"],
)
def test_csv(tmp_path, content, cells):
    found, (note,) = rows(tmp_path, content)
    assert found == cells
    assert note == f"columns are separated by {'semicolons' if ';3,5' in content else 'commas'} (--separator)"


def test_lines_of_rows_are_those_of_the_file(tmp_path):
    path = write(tmp_path, 'sep=,\nur,sr\n"k\na",ga\nta,da\n')
    assert [line for line, _ in read_rows(path)] == [2, 3, 5]


def test_comments_above_the_table(tmp_path):
    found, notes = rows(tmp_path, "# my words\n# from the book\nur\tsr\nka\tga\n")
    assert found == [["ur", "sr"], ["ka", "ga"]] and notes == ["2 lines above the table, with # before, left out"]
    assert rows(tmp_path, "# ur\tsr\nka\tga\n")[0][0] == ["# ur", "sr"]
    assert rows(tmp_path, "# a\nk a\n")[0] == [["# a"], ["k a"]]


def test_separator_that_excel_wrote(tmp_path):
    found, notes = rows(tmp_path, "sep=;\r\nur;sr\r\nka;g,a\r\n")
    assert found == [["ur", "sr"], ["ka", "g,a"]] and notes == ["line 1 (sep=;) is no row of the table"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("ka,ga;da\nta,da;ga\n", "has columns whether commas or semicolons separate them; give --separator comma or"),
        ('ur,sr,g\nka,ga,"a" b\nta,da,x\n', r"line 2: .* expected after .* between commas a cell with a quotation"),
        (";;; a\n;;; b\n", "has no words: every line begins with ;;;"),
    ],
    ids=["both", "quotes-inside", "comments-only"],
)
def test_unclear_tables_are_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        rows(tmp_path, content)


def test_separator_by_option(tmp_path):
    assert rows(tmp_path, "ka,ga;da\nta,da;ga\n", "comma")[0] == [["ka", "ga;da"], ["ta", "da;ga"]]
    assert rows(tmp_path, "ka  ga\nta da\n", "blank")[0] == [["ka", "ga"], ["ta", "da"]]
    assert rows(tmp_path, "k,a\nt,a\n", "none") == ([["k,a"], ["t,a"]], [])
    with pytest.raises(InputError, match="the separator is 'x'; allowed: tab, comma"):
        rows(tmp_path, "ka,ga\n", "x")


def test_tables_of_r(tmp_path):
    cells = [["ur", "n"], ["1", "k a", "3"], ["2", 't "a"', "4"]]
    found, notes = rows(tmp_path, '"ur" "n"\n"1" "k a" 3\n"2" "t ""a""" 4\n')
    assert found == cells and notes == ["columns are separated by blanks (--separator)"]
    found, notes = rows(tmp_path, '"ur"\t"n"\n"1"\t"k a"\t3\n"2"\t"t ""a"""\t4\n')
    assert found == cells and notes == ["quotation marks around the cells removed"]


def test_marks_that_excel_put_around_single_cells(tmp_path):
    found, notes = rows(tmp_path, 'ur\tsr\tgloss\nka\tga\t"a, b"\nta\tda\t"a ""b"""\npa\tba\t"x"\n')
    assert [cells[2] for cells in found] == ["gloss", "a, b", 'a "b"', '"x"']
    assert notes == ['quotation marks around 2 cells removed, such as "a, b"']


def test_stress_of_x_sampa_is_no_quotation_mark(tmp_path):
    assert rows(tmp_path, 'ur\tsr\n"kat@\t"kat@\n')[0][1] == ['"kat@', '"kat@']


def test_two_blanks_or_more(tmp_path):
    found, notes = rows(tmp_path, "UR       SR\nk a      g a\nt a t a  d a\n")
    assert found == [["UR", "SR"], ["k a", "g a"], ["t a t a", "d a"]]
    assert notes == ["columns are separated by two blanks or more (--separator)"]
    assert rows(tmp_path, "k a t a\nt a  d a\n")[0] == [["k a t a"], ["t a  d a"]]


CMUDICT = """\
;;; # The dictionary
;;; and its comments
'BOUT  B AW1 T
,COMMA  K AA1 M AH0
"QUOTE  K W OW1 T
READ  R EH1 D
READ(1)  R IY1 D
"""


@pytest.mark.parametrize("newer", [False, True])
def test_cmudict(tmp_path, newer):
    """Since 2014 it has one blank, small letters, variants from 2 and comments behind #."""
    content = CMUDICT.lower().replace(";;; ", ";;; ") if newer else CMUDICT
    if newer:
        content = "\n".join(
            f"{word} {phones.upper()}{' # foreign' * (word == 'read')}"
            for word, _, phones in (line.partition("  ") for line in content.splitlines()[2:])
        )
    found, notes = rows(tmp_path, content)
    read = "read" if newer else "READ"
    assert [cells for cells in found if cells[0] == read] == [[read, "R EH1 D"], [read, "R IY1 D"]]
    assert len(found) == 5 and found[1][1] == "K AA1 M AH0"
    said = "read as a CMUdict: a word, a blank or two, ARPAbet phones"
    assert notes == [
        *(["2 lines that begin with ;;; are comments, left out"] if not newer else []),
        f"{said}; 1 comment behind # left out (--separator)" if newer else f"{said} (--separator)",
        f"the numbers of 1 variant, as in {read}(1), are no part of the words",
    ]


def test_one_comment_is_one(tmp_path):
    assert rows(tmp_path, ";;; of 1998\nREAD  R EH1 D\n")[1][0] == "1 line that begins with ;;; is a comment, left out"


def test_numbers_in_parentheses_are_letters_elsewhere(tmp_path):
    assert rows(tmp_path, "ka\tg a\nka(1)\tk a\n")[0] == [["ka", "g a"], ["ka(1)", "k a"]]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("marked", [True, False])
def test_utf16(tmp_path, encoding, marked):
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}[encoding]
    found, notes = rows(tmp_path, mark * marked + TABLE.encode(encoding))
    assert found == [["ur", "sr"], ["국물", "궁물"]]
    assert notes == [f"is {encoding.upper()}, and read as that"]


def test_zero_bytes_are_no_utf16(tmp_path):
    assert rows(tmp_path, "ur\tsr\nka\tga\x00\n")[0][1] == ["ka", "ga\x00"]


def test_older_korean_encoding_is_named(tmp_path):
    with pytest.raises(
        InputError, match=r"line 2: byte 0x[0-9a-f]+ \(of CP949\?\) is not UTF-8; save the file as UTF-8"
    ):
        read_lines(write(tmp_path, TABLE.encode("cp949")))
    with pytest.raises(InputError, match="byte 0xe9 is not UTF-8"):
        read_lines(write(tmp_path, "caf\xe9\tka\n".encode("latin-1")))
