"""Words and what was said of them, put together; what of them the training words had."""

import pytest

from fairseq_phonology.analysis.errors.outputs import Answer, Output
from fairseq_phonology.analysis.errors.words import NEW, PAIR, SEEN, SEGMENT, TRAINED, Training, Word, words_of
from fairseq_phonology.errors import InputError
from tests.helpers.generated import TABLE, WORDS


def form(text):
    return tuple(text.split())


def output(*answers, path="g.txt"):
    return Output(path, "", tuple(answers))


def answers(by_row=True, words=WORDS, **changes):
    return [
        Answer(str(n) if by_row else f"w{n}", n if by_row else None, form(ur), form(sr), form(said), **changes)
        for n, (ur, sr, said) in enumerate(words)
    ]


@pytest.fixture
def table(tmp_path):
    (tmp_path / "test.tsv").write_text(TABLE, encoding="utf-8")
    return str(tmp_path / "test.tsv")


@pytest.mark.parametrize("by_row", [True, False], ids=["by number", "by id"])
def test_the_list_gives_ids_and_columns(table, by_row):
    words, (said,) = words_of([output(*answers(by_row)[::-1])], table)
    assert [word.id for word in words] == ["w0", "w1", "w2", "w3", "w4"] and words[1].columns == {"gloss": "gloss 1"}
    assert [" ".join(one.hypothesis) for one in said] == [said for *_, said in WORDS]


def test_ids_that_are_numbers_of_the_data_set(table):
    numbered = [Answer(str(n), None, form(ur), None, form(said)) for n, (ur, _, said) in enumerate(WORDS)]
    words, _ = words_of([output(*numbered)], table)
    assert [(word.id, word.sr) for word in words] == [(f"w{n}", form(sr)) for n, (_, sr, _) in enumerate(WORDS)]


def test_without_a_list_the_words_are_those_of_the_output():
    words, _ = words_of([output(*answers()), output(*answers())])
    assert [(word.id, " ".join(word.ur)) for word in words] == [(str(n), ur) for n, (ur, *_) in enumerate(WORDS)]


def test_segments_that_the_model_does_not_know_are_those_of_the_list(table):
    some = answers()
    some[0] = Answer("0", 0, form("h a <unk> m u n"), form("h a <<unk>> m u n"), form("h a ŋ m u n"))
    words, _ = words_of([output(*some)], table)
    assert (words[0].ur, words[0].sr) == (form("h a k m u n"), form("h a ŋ m u n"))


def test_variants_lie_beside_the_list(table, tmp_path):
    rows = "ur\tsr\tweight\tshare\nk u k m i\tk u k m i\t3\t0.75\nk u k m i\tk u ŋ m i\t1\t0.25\n"
    (tmp_path / "variants.tsv").write_text(rows, encoding="utf-8")
    words, _ = words_of([output(*answers())], table)
    assert words[2].variants == (form("k u k m i"), form("k u ŋ m i")) and words[0].variants == ()
    (tmp_path / "variants.tsv").write_text(rows.replace("k u ŋ m i", "k u m i"), encoding="utf-8")
    with pytest.raises(InputError, match=r"variants\.tsv beside it has k u k m i, k u m i for k u k m i, and not"):
        words_of([output(*answers())], table)


def test_other_words_than_those_of_the_list_are_refused(table):
    other = answers()
    other[3] = Answer("3", 3, form("a n n a"), form("a n n a"), form("a n n a"))
    with pytest.raises(InputError, match=rf"g\.txt: word 3: the UR is a n n a, and a k n a in {table}"):
        words_of([output(*other)], table)
    other[3] = Answer("3", 3, form("a k n a"), form("a n n a"), form("a n n a"))
    with pytest.raises(InputError, match=r"word 3: the SR is a n n a, and a ŋ n a in"):
        words_of([output(*other)], table)
    with pytest.raises(InputError, match=r"has 4 of the 5 words of .*; --partial takes those that are there"):
        words_of([output(*answers()[:4])], table)
    assert len(words_of([output(*answers()[1:3])], table, partial=True)[0]) == 2
    more = [*answers(), Answer("5", 5, ("a",), ("a",), ("a",))]
    with pytest.raises(InputError, match=r"has no word '5', which g\.txt has: a list of other words"):
        words_of([output(*more)], table)


def test_models_of_different_words_are_refused():
    with pytest.raises(InputError, match=r"h\.txt: has other words than g\.txt: 4 words here, 5 there"):
        words_of([output(*answers()), output(*answers()[:4], path="h.txt")])
    other = answers(words=[("h a k m i", "h a ŋ m i", "h"), *WORDS[1:]])
    with pytest.raises(InputError, match=r"h\.txt: word 0: the UR is h a k m i, and h a k m u n in g\.txt"):
        words_of([output(*answers()), output(*other, path="h.txt")])


def test_words_without_references_are_refused(tmp_path):
    bare = [Answer(str(n), n, form(ur), None, form(said)) for n, (ur, _, said) in enumerate(WORDS)]
    with pytest.raises(InputError, match=r"g\.txt: has no reference of the word 0 \(no T- line\).*\(--words\)"):
        words_of([output(*bare)])
    (tmp_path / "test.tsv").write_text("id\tur\n" + "".join(f"{n}\t{ur}\n" for n, (ur, *_) in enumerate(WORDS)))
    with pytest.raises(InputError, match="has no reference of the word 0"):
        words_of([output(*bare)], str(tmp_path / "test.tsv"))


def test_length_is_without_edges_and_tags():
    assert Word("", form("h a k + i # <unk> <PST>"), ()).length == 5


@pytest.fixture
def trained(tmp_path):
    (tmp_path / "train.tsv").write_text("id\tur\tsr\n1\tp a k\tp a k\n2\tk + i <PST>\tk i t\n", encoding="utf-8")
    return Training.read(str(tmp_path / "train.tsv"))


@pytest.mark.parametrize(
    ("ur", "sr", "group", "what"),
    [
        ("p a k", "p a k", TRAINED, ""),
        ("k + i", "k i", NEW, ""),  # the tag is no segment beside i
        ("p a k <PST>", "p a k", NEW, ""),
        ("k a p", "k a p", PAIR, "ka ap p#"),
        ("p a m", "p a k", SEGMENT, "m"),
        ("p a k", "p a ŋ", SEGMENT, "ŋ"),
        ("p a k <PL>", "p a k", SEGMENT, "<PL>"),
    ],
)
def test_what_the_training_words_do_not_have(trained, ur, sr, group, what):
    word = Word("", form(ur), form(sr))
    assert (trained.group(word), trained.unseen(word)) == (group, what)


def test_dictionaries_know_segments_alone(tmp_path):
    for name, segments in (("ur", "p a"), ("sr", "p a ŋ")):
        (tmp_path / f"dict.{name}.txt").write_text("".join(f"{s} 3\n" for s in segments.split()), encoding="utf-8")
    found = Training.read(str(tmp_path))
    assert found.group(Word("", form("a p"), form("a ŋ"))) == SEEN
    assert found.group(Word("", form("a k"), form("a p"))) == SEGMENT and found.rows is None


def test_what_is_no_training_list_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"has no dict\.ur\.txt and dict\.sr\.txt; give the training words"):
        Training.read(str(tmp_path))
    (tmp_path / "train.tsv").write_text("id\tur\n1\tp\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no column 'sr': not the training words"):
        Training.read(str(tmp_path / "train.tsv"))
