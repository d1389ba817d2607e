"""Which column is what: read right or refused, never shifted; what is assumed, and what is not used, is said."""

import pytest

from fairseq_phonology.corpus.columns import Columns
from fairseq_phonology.corpus.headings import role_of
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from tests.helpers.listed import read

PAIRS = [("k a", "g a"), ("t a", "d a"), ("p a", "b a")]


def table(header, *rows, separator="\t"):
    return "".join(separator.join(cells) + "\n" for cells in ([header] if header else []) + [list(row) for row in rows])


def units(**columns):
    return Units(columns=Columns(**columns))


def named(ur, sr, more=""):
    return (
        f"header; UR = {ur}, SR = {sr}{more} (other columns: --ur-column, --sr-column, --id-column; "
        "--no-header: it is a word)"
    )


@pytest.mark.parametrize(
    "header",
    ["ur\tsr", "UR\tSR", "UF\tSF", "# ur\tsr", "Underlying form\tSurface_Form", "기저형\t표면형", "/UR/\t[SR]"],
)
def test_sure_headings_are_read_without_a_word(tmp_path, header):
    assert read(tmp_path, table(header.split("\t"), *PAIRS)) == (PAIRS, [])


@pytest.mark.parametrize(
    "header",
    [
        *("lemma\tform", "Lemma\tSurface", "input\toutput", "Word\tPronunciation", "source\ttarget"),
        *("단어\t발음", "표기\t발음 (IPA)", "UR_IPA\tSR (IPA)", "orthography\tIPA", "phonemic\tphonetic", "word\tsr"),
    ],
)
def test_usual_headings_are_read_and_said(tmp_path, header):
    ur, sr = header.split("\t")
    assert read(tmp_path, table([ur, sr], *PAIRS)) == (PAIRS, [named(ur, sr)])


def test_columns_in_another_order_with_ids(tmp_path):
    rows = [[sr, str(n), ur] for n, (ur, sr) in enumerate(PAIRS)]
    assert read(tmp_path, table(["form", "ID", "lemma"], *rows)) == (PAIRS, [named("lemma", "form", ", id = ID")])


def test_a_sure_heading_comes_before_others(tmp_path):
    rows = [["x", ur, sr] for ur, sr in PAIRS]
    found, notes = read(tmp_path, table(["word", "ur", "sr"], *rows))
    assert found == PAIRS and notes == ["columns that are not used, and stay beside the words: word"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id\tBegriff\n1\tk a\n2\tt a\n",
            r"line 1: looks like a header \('id' is the heading of a column\) that does not ",
        ),
        ("id\tBegriff\n1\tk a\n2\tt a\n", "--no-header if it is a word; columns found: 1 id, 2 Begriff"),
        ("form\tfɔːm\nbird\tbɜːd\n", "'form' is the heading of a column"),
        ("word\twɜːd\nbird\tbɜːd\n", "'word' is the heading of a column"),
        ("Wurzel\tlaut\tAnzahl\nka\tga\t3\nta\tda\t4\n", "'Anzahl' above numbers"),
        ("SEG\tcons\nk\t+\na\t-\n", "'cons' above cells without letters"),
        ("Stamm\tLaut\nk a\tg a\nt a\td a\n", "'Stamm' above words with blanks between their segments"),
        ("Wurzel\tForm 1\tgloss\nka\tga\tnose\nta\tda\thand\n", "'gloss' is the heading of a column"),
        ("Wurzel\tLautgestalt\nka\tga\nta\tda\n", "'Lautgestalt' above words without capitals"),
        ("Stamm\tLautgestalt\n국물\tkuŋ\n밥\tpap\n", "'Stamm' above words in Hangul letters"),
        ("글자\t소리들\nkuk\tkuŋ\npap\tpap\n", "'글자' above words in Latin letters"),
        (
            "grafia\ttranscr\n" + "".join(f"ko{v}{w}\tkʌ{v}{w}\n" for v in "aeiou" for w in "aeiou"),
            "'transcr' has t, which no transcription below it has",
        ),
        (
            "word\tlemma\tform\na\tb\tc\n",
            "the UR could be 'word' or 'lemma'; give --ur-column; columns found: 1 ",
        ),
        ("lemma\tform\tIPA\na\tb\tc\n", "the SR could be 'form' or 'IPA'; give --sr-column"),
        ("lemma\tform\tform\na\tb\tc\n", "two columns of the header are called 'form'"),
        (
            "1\tka\tga\n2\tta\tda\n",
            r"column1 would be the UR, but holds numbers \(1, 2\); give --ur-column and",
        ),
        ("w1\tka\tga\nw2\tta\tda\n", r"column1 would be the UR, but holds names that count up \(w1, w2\); give --ur-c"),
        ("Stamm\tÄußerung\nKa\tga\nTa\tda\n", "'Äußerung' above words without capitals"),
        ("ka\t1.5\tga\nta\t2\tda\n", "column2 would be the SR, but holds numbers"),
        (
            "walk\tV;PST\twalked\nsee\tV;PST\tsaw\n",
            r"holds features \(V;PST\).*\(and --tag-columns 2 for the f",
        ),
        ("ka\t\tga\nta\t\tda\n", "column 2 is empty, and there is no header to say which of the others is the UR"),
        ("\tka\tga\n\tta\tda\n", "column 1 is empty, and there is no header"),
        ("ur\tsr\nka\tga\nta\n", r"line 3: found 1 column; expected 2, as in line 1 \(ur, sr\)"),
        ("ur\tsr\nka\tga\tx\nta\tda\n", "line 2: found 3 columns; expected 2"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, text, Units("grapheme", "grapheme"))


@pytest.mark.parametrize(
    "text",
    [
        "학문\thaŋmun\tword\n국물\tkuŋmul\tsoup\n밥\tpap\trice\n",
        "ᆯ지\tɭ t͡ɕ i\n가\tk a\n나무\tn a m u\n",
        "θ\tθ\nka\tga\nta\tda\n",
        "a\ta\nk a\tg a\nt a\td a\n",
        "Xaver\tksaːvɐ\n" + "".join(f"ko{v}{w}\tkʌ{v}{w}\n" for v in "aeiou" for w in "aeiou"),
    ],
    ids=["gloss", "rare-letter", "greek", "one-segment", "names"],
)
def test_a_first_word_is_a_word(tmp_path, text):
    found, notes = read(tmp_path, text, Units("grapheme", "grapheme"))
    assert len(found) == len(text.splitlines()) and notes[0].startswith(
        "no header; column 1 is the UR, column 2 the SR"
    )


def test_header_by_option(tmp_path):
    text = "form\tfɔːm\nbird\tbɜːd\n"
    found, _ = read(tmp_path, text, Units("grapheme", "grapheme", columns=Columns(header=False)))
    assert found[0] == ("f o r m", "f ɔ ː m")
    found, _ = read(tmp_path, "a\tb\nk\tg\n", units(header=True, ur="1", sr="2"))
    assert found == [("k", "g")]
    with pytest.raises(InputError, match="no column of the header is the UR; give --ur-column; columns found: 1 a"):
        read(tmp_path, "a\tb\nk\tg\n", units(header=True))


def test_columns_by_name_and_by_number(tmp_path):
    rows = [[sr, "x", ur] for ur, sr in PAIRS]
    found, notes = read(tmp_path, table(["Laut", "Nr", "Stamm"], *rows), units(ur="stamm", sr="Laut"))
    assert found == PAIRS and notes == ["columns that are not used, and stay beside the words: Nr"]
    for ur, sr in (("3", "1"), ("column3", "column1")):
        found, notes = read(tmp_path, table(None, *rows), units(ur=ur, sr=sr))
        assert found == PAIRS
        assert notes[0] == "no header; column 3 is the UR, column 1 the SR (--header, --ur-column, --sr-column)"
    assert read(tmp_path, table(None, *rows), units(ur="3"))[0] == [(ur, "") for ur, _ in PAIRS]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"ur": "root"}, "--ur-column is 'root'; columns found: 1 ur, 2 sr, 3 gloss"),
        ({"ur": "4"}, "--ur-column is '4'; columns found"),
        ({"tags": ("gloss", "x")}, "--tag-columns is 'x'"),
        ({"weight": "n"}, "--weight is 'n'"),
        ({"group": "n"}, "--split-by is 'n'"),
        ({"ur": "gloss", "sr": "gloss"}, "column 'gloss' is used twice; allowed: one use of each column"),
        ({"ur": "ur", "tags": ("ur",)}, "column 'ur' is used twice"),
    ],
)
def test_columns_that_are_not_there(tmp_path, columns, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, "ur\tsr\tgloss\nk\tg\tx\n", units(**columns))


def test_a_column_that_is_used_otherwise_is_no_ur(tmp_path):
    found, notes = read(tmp_path, "lemma\tword\tform\nx\tk\tg\n", units(ur="word", group="lemma"))
    assert found == [("k", "g")] and notes == [named("word", "form")]


def test_empty_columns_never_shift(tmp_path):
    rows = [[ur, sr, "", "x"] for ur, sr in PAIRS]
    found, notes = read(tmp_path, table(["ur", "sr", "", "gloss"], *rows))
    assert found == PAIRS
    assert notes == ["column 3 is empty, and left out", "columns that are not used, and stay beside the words: gloss"]
    found, notes = read(tmp_path, "".join(f"{ur}\t{sr}\t\n" for ur, sr in PAIRS))
    assert found == PAIRS and notes[0] == "column 3 is empty, and left out"
    assert read(tmp_path, "ur\tsr\n" + "".join(f"{ur}\t{sr}\t\t\n" for ur, sr in PAIRS)) == (PAIRS, [])


def test_an_empty_cell_of_the_header_alone(tmp_path):
    """As in the Turkish list of Belth 2024."""
    found, notes = read(tmp_path, table(["UF", "SF", "", "Freq"], *([*pair, "3"] for pair in PAIRS)))
    assert found == PAIRS
    assert notes[0] == "the header has 4 cells, 1 of them empty, and every other line has 3: read as UF, SF, Freq"
    with pytest.raises(InputError, match="line 2: found 2 columns; expected 4"):
        read(tmp_path, table(["UF", "SF", "", "Freq"], *PAIRS))


def test_row_names_of_r(tmp_path):
    rows = [[str(n), *pair] for n, pair in enumerate(PAIRS, 1)]
    found, notes = read(tmp_path, table(["ur", "sr"], *rows))
    assert found == PAIRS and "row names, as R writes them (column `row`)" in notes[0]
    found, notes = read(tmp_path, table(["", "ur", "sr"], *rows, separator=","))
    assert found == PAIRS and "column 1 has no heading, and is called column1" in notes


def test_missing_values_are_pointed_out(tmp_path):
    _, notes = read(tmp_path, "ur\tsr\nk a\tg a\nt a\tNA\n")
    assert notes == ["NA, which may be a missing value, is read as a word (first on line 3)"]


def test_features_are_pointed_out(tmp_path):
    _, notes = read(tmp_path, "k\tg\tV;PST\nt\td\tV;PRS;3;SG\n")
    assert notes[1].endswith("column3 (--tag-columns column3 puts its features behind the URs)")


def test_missing_sr_is_said_where_a_column_is_not_used(tmp_path):
    assert read(tmp_path, "ur\tʔur\na\tb\n")[1] == [
        "columns that are not used, and stay beside the words: ʔur; no column is the SR (--sr-column)"
    ]


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("UR", ("ur", 1)),
        ("Surface Form (IPA)", ("sr", 1)),
        ("ur_text", ("ur", 3)),
        ("kata", None),
        ("t a g", None),
        ("ID", ("id", 1)),
    ],
)
def test_roles_of_headings(heading, role):
    assert role_of(heading) == role
