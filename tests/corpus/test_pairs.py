"""Word lists: what is read, what is refused and in which words, how they are split, what is reported."""

import unicodedata

import pytest

from fairseq_phonology.corpus.findings import report, unknown_segments
from fairseq_phonology.corpus.pairs import (
    Units,
    Word,
    check_units,
    name_words,
    read_words,
    split_by_ratio,
    units_that_fit,
)
from fairseq_phonology.errors import InputError

SPACE = Units()


def write(folder, content, name="words.tsv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return str(path)


def forms(words):
    return [(" ".join(word.ur), " ".join(word.sr or ())) for word in words]


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
    assert notes[0].endswith("words.tsv: no header; column 1 is the UR, column 2 the SR")


def test_a_first_word_that_looks_like_a_header(tmp_path):
    path = write(tmp_path, "ur\tʔur\nan\tʔan\n")
    assert len(read_words(path, Units("ipa", "ipa"), header=False)) == 2


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
        ("k\tg\n".encode("utf-16"), ", line 1: is UTF-16; save it as UTF-8"),
        ("k a\tg a\nt a\td\ta\n", r", line 2: found 3 columns; expected 2 \(ur, sr\), tabs between them"),
        ("ur\tsr\n1\tk a\tg a\n", r"found 3 columns; expected 2 \(ur, sr\).*row\.names = FALSE"),
        ("k a\tg a\n\nt a\td a\n", ", line 2: is empty; every line must contain a word"),
        ("k a\t\n", ", line 1: the SR is empty; it needs one segment or more; write ∅ if nothing is left"),
        ("k a\tg a\n \td a\n", ", line 2: the UR is empty; it needs one segment or more"),
        (
            "k <unk>\tg a\n",
            r", line 1: UR: '<unk>' in 'k <unk>' is one of fairseq's own symbols \(</s>, <pad>, <s>, <unk>\)",
        ),
        ("k a\tg\x07a\n", r", line 1: SR: 'g\\x07a' contains a control character \(U\+0007\); remove it"),
        (
            "k a\tg \ufffd\n",
            r"line 1: SR: .* contains the mark of a character lost in an earlier conversion \(U\+FFFD\)",
        ),
        ("word\tsr\nk a\tg a\n", ", line 1: a column for the SR and none for the UR; name that one ur"),
        ("ur\tsr\tUR\nk\tg\tk\n", ", line 1: two columns of the header are called 'ur'"),
        ("ur\tsr\t\nk\tg\tk\n", ", line 1: a column of the header has no name"),
        ("id\tur\tsr\na\tk\tg\na\tt\td\n", ", line 3: the id 'a' is already on line 2; ids must differ"),
        ("id\tur\tsr\n\tk\tg\n", ", line 2: the id is empty; give every word one, or remove the column"),
        ("id,ur,sr\n1,k a,g a\n", ", line 1: columns are divided by commas or semicolons; tabs are needed"),
    ],
    ids=[
        *("empty", "header-only", "not-utf8", "utf16", "tab-in-cell", "row-names", "blank-line", "no-sr", "no-ur"),
        *("reserved", "control", "lost", "no-ur-column", "ur-twice", "nameless", "same-id", "empty-id", "commas"),
    ],
)
def test_unusable_list_is_named(tmp_path, content, message):
    with pytest.raises(InputError, match=rf"words\.tsv{message}" if message.startswith((":", ",")) else message):
        read_words(write(tmp_path, content), SPACE)


def test_unreadable_units_name_the_line(tmp_path):
    with pytest.raises(InputError, match=r"words\.tsv, line 2: UR: 'kuk': 'k' .* is not a Hangul syllable"):
        read_words(write(tmp_path, "국\tk u k\nkuk\tk u k\n"), Units("hangul-ur"))


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


# ---- ids and splits


def word(ur, sr="x", path="w.tsv", line=1, **more):
    surface = None if sr is None else tuple(sr.split())
    return Word(tuple(ur.split()), surface, ur, sr or "", path, line, **more)


def test_made_ids_are_those_of_fairseqs_samples():
    words = [word("a"), word("b", id="mine"), word("c")]
    name_words(words, "test")
    assert [w.id for w in words] == ["test-0", "mine", "test-2"]


def test_split_keeps_a_ur_together_and_the_order():
    words = [word(f"a{n % 40}", line=n) for n in range(100)]
    parts = split_by_ratio(words, [0.8, 0.1, 0.1], seed=1)
    assert sum(map(len, parts)) == 100
    assert [abs(len(part) - size) <= 2 for part, size in zip(parts, (80, 10, 10), strict=True)] == [True] * 3
    urs = [{w.ur for w in part} for part in parts]
    assert not (urs[0] & urs[1] or urs[0] & urs[2] or urs[1] & urs[2])
    assert all([w.line for w in part] == sorted(w.line for w in part) for part in parts)


def test_split_is_the_seeds():
    words = [word(f"a{n}", line=n) for n in range(50)]
    lines = [[w.line for w in split_by_ratio(words, [8, 1, 1], seed)[1]] for seed in (1, 1, 2)]
    assert lines[0] == lines[1] == [1, 7, 13, 30, 36] != lines[2]


def test_too_few_words_to_split():
    with pytest.raises(InputError, match=r"2 different URs are too few to split 0\.8,0\.1,0\.1: every part needs one"):
        split_by_ratio([word("a"), word("b"), word("b")], [0.8, 0.1, 0.1], seed=1)


# ---- the report


def test_report_counts_and_shows_the_first_cases():
    train = [
        word("k a", "g a", "t.tsv", 1),
        word("k a", "g a", "t.tsv", 2),
        word("k a", "k a", "t.tsv", 3),
        word("t i", "s i", "t.tsv", 4),
    ]
    valid = [word("k a", "g a", "v.tsv", 1), word("p o", "p o", "v.tsv", 2)]
    lines = report({"train": train, "valid": valid})
    text = "\n".join(lines)
    assert lines[0] == "train        4 words  UR 2-2, SR 2-2 segments"
    assert "underlying segments (6): a 4  k 4  i 1  o 1  p 1  t 1" in lines
    assert (
        "duplicates: pairs that repeat an earlier one of their split: 1\n  t.tsv, line 2: k a -> g a, as on line 1"
        in text
    )
    assert (
        "with several SRs, of which a model can get one right: 1\n  k a -> g a (t.tsv, line 1), k a (t.tsv, line 3)"
        in text
    )
    assert (
        "leaks: valid words whose UR is in an earlier split: 1\n  v.tsv, line 1: k a -> g a, in t.tsv, line 1" in text
    )
    assert (
        "underlying segments of valid that are not in the training words: 2 (p 1  o 1), in 1 word, read as <unk>"
        in text
    )
    assert "Unicode: forms not in normal form C, converted to it: 0" in lines


def test_report_shows_five_cases_and_counts_the_rest():
    text = "\n".join(report({"train": [word("a", "a", line=n) for n in range(1, 9)]}))
    assert "their split: 7\n" in text and "line 6: a -> a, as on line 1\n  ... and 2 more" in text


def test_report_on_mixed_normal_forms():
    texts = ["국", unicodedata.normalize("NFD", "국")]
    words = [Word(("k",), ("k",), text, "k", "w.tsv", n) for n, text in enumerate(texts, 1)]
    assert any(
        line.endswith("converted to it: 1; 1 others are composed: the lists mix normal forms")
        for line in report({"train": words})
    )


def test_report_with_a_models_dictionaries():
    lines = report({"test": [word("k a"), word("q a", None, line=2)]}, ({"k", "a"}, {"x"}), {("k", "a")})
    text = "\n".join(lines)
    assert "leaks: words whose UR the model was trained on: 1\n  w.tsv, line 1: k a -> x" in text
    assert "underlying segments of test that are not in the dictionaries: 1 (q 1), in 1 word, read as <unk>" in text


def test_histogram_by_hand():
    lines = report({"train": [word("a b", "x"), word("a", "x"), word("a", "x")]})
    at = next(n for n, line in enumerate(lines) if line.startswith("segments "))
    assert lines[at + 1].split() == ["1", "2", "#" * 20, "3", "#" * 30]
    assert lines[at + 2].split() == ["2", "1", "#" * 10, "0"]


def test_unknown_segments():
    counts, holders = unknown_segments([word("k q q"), word("k")], {"k"}, "underlying")
    assert counts == {"q": 2} and len(holders) == 1


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
