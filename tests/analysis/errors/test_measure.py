"""Whole words, segments, lengths, processes: counted by hand; and what the tables and the summary say of them."""

import csv
import gzip
import json
import math

import pytest

from fairseq_phonology.analysis.errors.measure import Group, Process, measure
from fairseq_phonology.analysis.errors.outputs import Answer, Output
from fairseq_phonology.analysis.errors.summary import read_summary, summarize, write_summary
from fairseq_phonology.analysis.errors.tables import write_tables
from fairseq_phonology.errors import InputError
from tests.helpers.generated import GRAMMAR, TABLE, WORDS

SECOND = [sr for _, sr, _ in WORDS[:4]] + ["t a"]  # hypotheses of a second model: one deletion


def form(text):
    return tuple(text.split())


def output(hypotheses=None, path="g.txt", **changes):
    said = hypotheses or [one[2] for one in WORDS]
    some = [
        Answer(str(n), n, form(ur), form(sr), form(said))
        for n, ((ur, sr, _), said) in enumerate(zip(WORDS, said, strict=True))
    ]
    return Output(path, "", tuple(some), **changes)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "test.tsv").write_text(TABLE, encoding="utf-8")
    (folder / "train.tsv").write_text(
        "id\tur\tsr\n1\th a k m u n\th a ŋ m u n\n2\tp a p i k\tp a p i k\n", encoding="utf-8"
    )
    (folder / "toy.toml").write_text(GRAMMAR, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def both(files):
    how = {"table": str(files / "test.tsv"), "training": str(files / "train.tsv"), "grammar": str(files / "toy.toml")}
    return measure([output(), output(SECOND, "h.txt")], ["first", "second"], **how)


def test_words_edits_and_lengths(both):
    assert both.right.tolist() == [[True, True, False, True, False], [True] * 4 + [False]]
    assert both.edits.tolist() == [[0, 0, 1, 0, 2], [0, 0, 0, 0, 1]]
    assert both.segments(0) == 6 + 3 + 5 + 4 + 3
    assert both.lengths(0) == [Group("3", 2, 1), Group("4", 1, 1), Group("5", 1, 0), Group("6", 1, 1)]


def test_what_training_had(both):
    # h a k m u n is a training word; t is no segment of training; the others have new pairs
    assert both.unseen(0) == [Group("unseen segment", 1, 0), Group("unseen pair", 3, 2), Group("training word", 1, 1)]


def test_processes(both):
    # due in three words, of which k u k m i keeps its k; three have a stop elsewhere, of which t a k gets ŋ for k
    assert both.processes(0) == [Process("nasalization", "", False, 3, 2, 1, 3, 1)]
    assert both.processes(1) == [Process("nasalization", "", False, 3, 3, 0, 3, 0)]
    assert both.processes_of(0, 2) == {"due": ["nasalization"], "failed": ["nasalization"], "overapplied": []}
    assert both.processes_of(0, 4) == {"due": [], "failed": [], "overapplied": ["nasalization"]}


def test_the_summary_is_read_back(both, tmp_path):
    write_summary(both, {"versions": {}}, tmp_path / "summary.json")
    found = read_summary(tmp_path)
    assert found == summarize(both)
    first, second = found.models
    assert (first.model, first.input, first.words, first.right, first.exact_match) == ("first", "g.txt", 5, 3, 60.0)
    assert (first.low, first.high) == (23.0724, 88.2379)  # Wilson
    assert (first.edits, first.segments, first.per) == (3, 21, 14.2857) and first.most_frequent_variant is None
    assert first.processes[0].due == 3 and second.processes[0].applied == 3
    assert (found.mean.exact_match, found.mean.lowest, found.mean.highest) == (70, 60, 80)
    assert found.mean.deviation == pytest.approx(math.sqrt(200), abs=1e-3) and found.mean.per == pytest.approx(9.52381)
    assert (found.words, found.left_out, found.list) == (5, 0, both.table)
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["about"] == {"versions": {}}


def rows(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables(both, tmp_path):
    write_tables(both, tmp_path)
    errors = rows(tmp_path / "errors.csv")
    assert [(one["model"], one["id"]) for one in errors] == [("first", "w2"), ("first", "w4"), ("second", "w4")]
    assert errors[0] == {
        **{"model": "first", "id": "w2", "ur": "k u k m i", "hypothesis": "k u k m i", "reference": "k u ŋ m i"},
        **{"edits": "1", "due": "nasalization", "failed": "nasalization", "overapplied": ""},
        **{"unseen": "#k ku uk mi i#", "gloss": "gloss 2"},
    }
    words = rows(tmp_path / "words.csv.gz")
    assert len(words) == 10 and [one["right"] for one in words[:5]] == ["1", "1", "0", "1", "0"]
    assert words[4]["length"] == "3" and words[4]["group"] == "unseen segment"
    confusions = rows(tmp_path / "confusions.csv")
    assert [(one["gold"], one["produced"], one["n"], one["of"], one["example"]) for one in confusions] == [
        ("∅", "i", "1", "52", "w4"),
        ("k", "∅", "1", "4", "w4"),
        ("k", "ŋ", "1", "4", "w4"),
        ("ŋ", "k", "1", "6", "w2"),
    ]
    assert {(one["left"], one["right"]) for one in rows(tmp_path / "contexts.csv")} == {
        ("a", "#"),
        ("u", "m"),
        ("k", "#"),
    }
    lengths = rows(tmp_path / "lengths.csv")
    assert [one for one in lengths if one["model"] == "all" and one["length"] == "3"] == [
        {"model": "all", "length": "3", "words": "2", "right": "1", "exact_match": "50", "low": "", "high": ""}
    ]
    assert [one["words"] for one in rows(tmp_path / "unseen.csv")] == ["1", "3", "1"] * 3
    process = rows(tmp_path / "processes.csv")[0]
    shares = [process[f"{what}_share"] for what in ("applied", "failed", "overapplied")]
    assert shares == ["66.6667", "33.3333", "33.3333"]
    assert process["rate_of_grammar"] == process["places_in_training"] == ""


def test_a_segment_called_nothing_is_told_from_nothing(tmp_path):
    some = Output("g.txt", "", (Answer("0", 0, form("a"), form("∅"), form("∅ a")),))
    write_tables(measure([some], ["g"]), tmp_path)
    assert rows(tmp_path / "confusions.csv")[0]["gold"] == "(nothing)"


def test_columns_of_the_users_that_are_called_as_ours(tmp_path):
    some = Output("g.txt", "", (Answer("0", 0, form("a"), form("a"), form("e"), columns={"model": "m", "due": ""}),))
    write_tables(measure([some], ["g"]), tmp_path)
    assert rows(tmp_path / "errors.csv")[0]["model_column"] == "m"
    assert not (tmp_path / "processes.csv").exists() and not (tmp_path / "unseen.csv").exists()


# ---- variants, unknown segments, what outputs count themselves


@pytest.fixture
def varied(tmp_path):
    (tmp_path / "test.tsv").write_text(TABLE, encoding="utf-8")
    rows = "k u k m i\tk u k m i\t3\t0.75\nk u k m i\tk u ŋ m i\t1\t0.25\nt a k\tt a k\t1\t.5\nt a k\tt a ŋ\t1\t.5\n"
    (tmp_path / "variants.tsv").write_text(f"ur\tsr\tweight\tshare\n{rows}", encoding="utf-8")
    return str(tmp_path / "test.tsv")


def test_any_variant_is_right_and_the_nearest_is_compared(varied):
    found = measure([output(right=(4, 5))], ["g"], table=varied)
    assert found.right.tolist() == [[True, True, True, True, False]] and found.most_frequent_variant(0) == (1, 1)
    assert found.references[0][4] == form("t a ŋ")  # one edit from t a ŋ i, and t a k two
    assert found.edits.tolist() == [[0, 0, 0, 0, 1]]
    assert "2 of 5 words have several variants" in found.notes[-1]


def test_an_output_that_counts_other_words_as_right_is_refused():
    with pytest.raises(InputError, match=r"g\.txt: says that 4 of 5 words are right, and its lines that 3 of 5 are"):
        measure([output(right=(4, 5))], ["g"])
    assert measure([output(right=(3, 5))], ["g"]).right.sum() == 3


def answered(hypothesis, reference, right):
    return Output("p.csv", "", (Answer("w0", None, form("a"), form(reference), form(hypothesis), right),))


def test_what_predictions_call_right(varied):
    assert measure([answered("b", "a", True)], ["p"]).right.all()  # a variant that only they know of
    assert not measure([answered("a <unk>", "a <unk>", False)], ["p"]).right.any()
    with pytest.raises(InputError, match="word w0: correct is 0, and the hypothesis is the reference or a variant"):
        measure([answered("a", "a", False)], ["p"])
    some = Output("p.csv", "", (Answer("w2", None, form("k u k m i"), form("k u ŋ m i"), form("k u"), True),))
    with pytest.raises(InputError, match="word w2: correct is 1, and the hypothesis is neither the reference nor"):
        measure([some], ["p"], table=varied, partial=True)


def test_a_segment_that_the_model_does_not_know_is_never_right():
    some = Output("g.txt", "", (Answer("0", 0, form("a <unk>"), form("a <<unk>>"), form("a <unk>")),))
    found = measure([some], ["g"])
    assert not found.right.any() and found.edits.tolist() == [[1]]


def test_words_that_the_grammar_does_not_derive_are_said(files):
    some = [*output().answers, Answer("5", 5, form("a k n"), form("a k n"), form("a k n"))]
    found = measure([Output("g.txt", "", tuple(some))], ["g"], grammar=str(files / "toy.toml"))
    assert found.processes(0) == [Process("nasalization", "", False, 3, 2, 1, 3, 1)]
    assert "1 of 6 words are not what" in found.notes[-1] and summarize(found).left_out == 1


RATED = GRAMMAR.replace('name = "nasalization"', 'name = "nasalization"\nrate = 0.25')


def test_of_a_variable_process_the_share_of_application_beside_training(files, tmp_path):
    (tmp_path / "rated.toml").write_text(RATED, encoding="utf-8")
    found = measure([output()], ["g"], grammar=str(tmp_path / "rated.toml"), training=str(files / "train.tsv"))
    (one,) = found.processes(0)
    assert (one.variable, one.due, one.applied, one.rate_of_grammar) == (True, 3, 2, 0.25)
    assert (one.trained_due, one.trained) == (1, 1)  # h a k m u n
    assert summarize(found).models[0].processes[0].rate_in_training == 1


def test_where_the_grammar_derives_nothing_all_else_is_said(tmp_path):
    (tmp_path / "toy.toml").write_text(GRAMMAR.replace("p t k", "b d ɡ").replace("p ->", "b ->").replace("t ->", "d ->")
                                       .replace("k ->", "ɡ ->"), encoding="utf-8")  # fmt: skip
    found = measure([output()], ["g"], grammar=str(tmp_path / "toy.toml"))
    assert found.processes(0) == [] and found.accuracy is None and found.right.sum() == 3
    assert found.notes[-1].startswith("no accuracy per process: the grammar derives none of the 5 references")
    assert summarize(found).left_out == 5
