"""Every kind of output, and what is none."""

import dataclasses

import pytest

from fairseq_phonology.analysis.errors.outputs import read_output
from fairseq_phonology.corpus.columns import Columns
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from tests.helpers import dumped
from tests.helpers.generated import WORDS, output, word

UNITS = Units(keep_edges=True)
FORMS = [tuple(tuple(form.split()) for form in one) for one in WORDS]


def forms(found):
    return [(one.ur, one.sr, one.hypothesis) for one in found.answers]


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_generated_words_are_in_the_order_of_the_data(tmp_path):
    found = read_output(written(tmp_path / "g.txt", output(*WORDS)), UNITS)
    assert forms(found) == FORMS and [one.row for one in found.answers] == [0, 1, 2, 3, 4]
    parts = [written(tmp_path / f"g{n}.txt", "".join(word(m, *WORDS[m]) for m in (n, n + 2))) for n in (0, 1)]
    parts.append(written(tmp_path / "g2.txt", word(4, *WORDS[4])))
    assert forms(read_output(",".join(parts), UNITS)) == FORMS


def test_words_that_are_missing_are_said(tmp_path):
    path = written(tmp_path / "g.txt", word(0, *WORDS[0]) + word(3, *WORDS[3]))
    with pytest.raises(InputError, match=r"g\.txt: has 2 of 4 words, not 1 and 2: the run was broken off, .*--partial"):
        read_output(path, UNITS)
    assert [one.row for one in read_output(path, UNITS, partial=True).answers] == [0, 3]
    said = "INFO:fairseq_cli.generate:Translated 1,077 sentences (7,573 tokens) in 2.7s\n"
    with pytest.raises(InputError, match=r"has 1 of 1,077 words: "):
        read_output(written(tmp_path / "h.txt", word(0, *WORDS[0]) + said), UNITS)


def test_forms_without_blanks_need_their_units(tmp_path):
    lines = [line for n, one in enumerate(WORDS) for line in word(n, *one).splitlines()]
    joined = [line if line[0] == "P" else line.replace(" ", "") for line in lines]
    path = written(tmp_path / "g.txt", "\n".join(joined) + "\n")
    with pytest.raises(InputError, match=r"--post-process joined them; .*\(--ur-units, --sr-units\)"):
        read_output(path, UNITS)
    found = read_output(path, dataclasses.replace(UNITS, ur="ipa", sr="ipa"))
    assert forms(found) == FORMS and "read as ipa" in found.notes[0]


PREDICTIONS = "id,underlying,hypothesis,reference,correct\n" + "".join(
    f"w{n},{ur},{said},{sr},{said == sr:d}\n" for n, (ur, sr, said) in enumerate(WORDS)
)


def test_predictions(tmp_path):
    found = read_output(written(tmp_path / "valid_at_7.csv", PREDICTIONS), UNITS)
    assert forms(found) == FORMS and found.right == (3, 5)
    assert [(one.id, one.row, one.right) for one in found.answers][:3] == [
        ("w0", None, True),
        ("w1", None, True),
        ("w2", None, False),
    ]


def table(head, cells=lambda n, ur, sr, said: f"{ur}\t{sr}\t{said}"):
    return head + "".join(f"{cells(n, *one)}\n" for n, one in enumerate(WORDS))


TABLES = {
    "our words": (table("ur\tsr\thypothesis\n"), {}),
    "a gold column, and an output that is the hypothesis": (table("input\tgold\toutput\n"), {"hypothesis": "output"}),
    "yoyodyne's": (table("source\ttarget\tprediction\n"), {}),
    "by numbers": (
        table("", lambda n, ur, sr, said: f"{n}\t{said}\t{ur}\t{sr}"),
        {"hypothesis": "2", "columns": Columns(ur="3", sr="4", header=False)},
    ),
}


@pytest.mark.parametrize(("text", "how"), TABLES.values(), ids=TABLES)
def test_tables_of_other_programs(tmp_path, text, how):
    units = dataclasses.replace(UNITS, columns=how.get("columns", Columns()))
    found = read_output(written(tmp_path / "t.tsv", text), units, how.get("hypothesis", ""))
    assert forms(found) == FORMS and found.right is None


def test_a_table_in_ipa_with_an_empty_hypothesis_and_columns_that_travel(tmp_path):
    text = "item,ur,sr,pred,speaker\na,tʰak+m,tʰaŋm,,s1\n"
    found = read_output(written(tmp_path / "t.csv", text), dataclasses.replace(UNITS, ur="ipa", sr="ipa"))
    (one,) = found.answers
    assert (one.ur, one.sr, one.hypothesis) == (("tʰ", "a", "k", "+", "m"), ("tʰ", "a", "ŋ", "m"), ())
    assert one.columns["speaker"] == "s1" and one.columns["ur_text"] == "tʰak+m" and one.row == 0


def test_the_best_hypotheses_of_a_dump(tmp_path):
    records = [dumped.word(row, rank, sr=sr) for row, rank, sr in ((1, 0, "h a k"), (0, 0, "h a ŋ"), (0, 1, "h"))]
    folder = dumped.write(tmp_path / "dump", [records[1], records[2]], [records[0]], words=2)
    found = read_output(str(folder), UNITS)
    assert [(one.id, one.row, one.hypothesis) for one in found.answers] == [
        ("w0", 0, ("h", "a", "ŋ")),
        ("w1", 1, ("h", "a", "k")),
    ]
    forced = dumped.write(tmp_path / "forced", [records[0]], words=1, settings={"score_reference": True})
    with pytest.raises(InputError, match=r"is a dump of --score-reference"):
        read_output(str(forced), UNITS)


REFUSED = {
    "a log without words": ("2026-11-28 | INFO | fairseq_cli.train | epoch 001\n", "is a log without words"),
    "no hypotheses": (
        "ur\tsr\na\tb\n",
        "line 1: no column is called the hypotheses of a model; give",
    ),
    "two of them": (
        "ur\tsr\thyp\tpred\na\tb\tc\td\n",
        "several columns could be the hypotheses .*3 hyp, 4 pred",
    ),
    "no reference": ("ur\tprediction\na\tb\n", r"the SR, the reference, is in none of the columns \(ur, prediction\)"),
    "no header": ("p a\tp a\tp a\nk a\tk a\tp a\n", "the first line is no header: give the column of the hypotheses"),
    "forms without blanks": ("ur\tsr\thyp\n" + "pata\tpata\tpata\n" * 9, "--ur-units is space, which needs blanks"),
    "a control character": ("ur\tsr\thyp\np a\tp a\tp \x07\n", "line 2: hypothesis: .*control character"),
    "correct is no number": (PREDICTIONS.replace(",1\n", ",yes\n"), "line 2: correct is 'yes'; allowed: 0 or 1"),
    "an id twice": (PREDICTIONS.replace("w1,", "w0,"), "line 3: the id 'w0' is already on line 2"),
    "predictions of no words": (PREDICTIONS.splitlines()[0] + "\n", "has no words"),
    "nothing": ("", "is empty"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_output_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_output(written(tmp_path / "x.tsv", text), UNITS)


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_output(str(tmp_path / "none.txt"), UNITS)
    with pytest.raises(InputError, match=r"no manifest\.json in it: not an attention dump"):
        read_output(str(tmp_path), UNITS)
    with pytest.raises(InputError, match="only its outputs are joined by commas"):
        read_output(",".join(written(tmp_path / f"{n}.csv", PREDICTIONS) for n in "ab"), UNITS)
