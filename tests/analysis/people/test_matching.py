import numpy as np
import pytest

from fairseq_phonology.analysis.people.human import read_human
from fairseq_phonology.analysis.people.matching import alike, match, of_mean
from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.corpus.candidates import Candidate
from fairseq_phonology.errors import InputError
from tests.helpers.people import scores_of, table


def human(tmp_path, header, *rows, **how):
    return read_human(table(tmp_path / "people.tsv", header, rows), **how)


def test_pairs_are_found_by_item_and_form_or_variant_and_all_else_is_named(tmp_path):
    scores = scores_of(np.zeros((1, 3)))
    rows = [("i0", "ba0", 1, 2), ("i1", "blocked", 1, 2), ("i1", "other", 1, 2), ("nonce", "ba", 1, 2)]
    found = match(scores, human(tmp_path, "item sr k n", *rows))
    assert [(one.item, one.variant) for one in found.candidates] == [("i0", "applied"), ("i1", "blocked")]
    said = " | ".join(found.notes)
    assert "1 form matched without the blanks" in said and "1 item not among the scores, left out: nonce" in said
    assert "1 candidate not among the scores, left out: other of i1" in said
    assert "1 item of the scores without human data, left out: i2" in said
    assert "no responses for 2 candidates (b b 0 of i0, b a 1 of i1); they count only in the shares" in said


def test_items_are_found_by_their_ur_without_tags(tmp_path):
    candidates = tuple(Candidate("7", ("g", "o", "<PST>"), (*"go", end), end) for end in "dt")
    scores = Scores(("m",), candidates, np.log([[0.5, 0.25]]))
    found = match(scores, human(tmp_path, "item lemma form rating", (1, "go", "god", 3)))
    assert found.numbers.tolist() == [0] and any("items matched by their UR" in one for one in found.notes)


def test_items_are_found_by_their_ur_with_tags_which_tell_items_apart(tmp_path):
    candidates = tuple(
        Candidate(tag, ("g", "o", f"<{tag}>"), ("g", *end), end) for tag in ("PST", "PRS") for end in "dt"
    )
    scores = Scores(("m",), candidates, np.log([[0.5, 0.25, 0.5, 0.25]]))
    found = match(scores, human(tmp_path, "ur sr rating", ("g o <PRS>", "gd", 3), ("go<PST>", "gt", 3)))
    assert found.numbers.tolist() == [1, 2]
    with pytest.raises(InputError, match="the UR go is that of the items PST and PRS"):
        match(scores, human(tmp_path, "ur sr rating", ("go", "gd", 3)))
    with pytest.raises(InputError, match="found g u <PST>; the scores have g o <PST>, g o <PRS>; give"):
        match(scores, human(tmp_path, "ur sr rating", ("g u <PST>", "gd", 3)))
    plain = scores_of(np.zeros((1, 1)))
    assert match(plain, human(tmp_path, "ur sr rating", ("b a 0 <PST>", "ba0", 3))).numbers.tolist() == [0]


def test_choices_between_two_candidates_of_one_label_are_refused(tmp_path):
    candidates = tuple(Candidate("go", ("g", "o"), ("g", end), "past") for end in "dt")
    rows = [("go", "gd", 1, 2), ("go", "gt", 1, 2)]
    with pytest.raises(InputError, match="past is the variant of both candidates of go; give each its own"):
        match(Scores(("m",), candidates, np.log([[0.5, 0.25]])), human(tmp_path, "item sr k n", *rows))


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("item sr k n", ("x", "ba0", 1, 2), "no item is among the scores: found x; the scores have i0"),
        ("item sr k n", ("i0", "x", 1, 2), "no candidate is among the scores: found x of i0"),
        ("item ur sr k n", ("i0", "other", "ba0", 1, 2), "the item i0 has the UR other, and b a 0 in the scores"),
    ],
)
def test_what_has_nothing_in_common_is_refused(tmp_path, header, row, said):
    with pytest.raises(InputError, match=said):
        match(scores_of(np.zeros((1, 2))), human(tmp_path, header, row))


def test_two_rows_for_one_candidate_are_refused(tmp_path):
    rows = [("i0", "ba0", 1, 2), ("i0", "applied", 1, 2)]
    with pytest.raises(InputError, match="line 3: b a 0 of i0 was in line 2"):
        match(scores_of(np.zeros((1, 1))), human(tmp_path, "item sr k n", *rows))


def test_a_candidate_that_nobody_chose_has_none_and_choices_of_other_forms_do_not_count(tmp_path):
    rows = [("p1", "i0", "applied"), ("p2", "i0", "applied"), ("p3", "i0", "something")]
    found = match(scores_of(np.zeros((1, 1))), human(tmp_path, "participant item choice", *rows))
    assert [(one.k, one.n) for one in found.human.rows] == [(2, 2), (0, 2)]
    np.testing.assert_array_equal(found.human.sums, [[1, 0], [1, 0], [0, 0]])
    np.testing.assert_array_equal(found.human.numbers, [[1, 1], [1, 1], [0, 0]])


def test_a_candidate_that_nobody_chose_has_the_columns_of_its_item_alone(tmp_path):
    rows = [("p1", "i0", "applied", 9, "x"), ("p1", "i1", "applied", 9, "y"), ("p2", "i1", "blocked", 2, "y")]
    found = match(scores_of(np.zeros((1, 2))), human(tmp_path, "participant item choice freq verb", *rows))
    assert [one.columns for one in found.human.rows] == [
        {"freq": "9", "verb": "x"},
        {"verb": "x"},  # the frequency of another form is not its own
        {"freq": "9", "verb": "y"},
        {"freq": "2", "verb": "y"},
    ]


def test_morpheme_edges_do_not_part_the_forms_of_two_lists(tmp_path):
    candidates = [Candidate("1", ("k", "a", "+", "n"), (form,), form) for form in "ab"]
    scores = Scores(("m",), tuple(candidates), np.log([[0.5, 0.5]]))
    assert len(match(scores, human(tmp_path, "ur sr k n", ("kan", "a", 1, 2), ("kan", "b", 1, 2))).numbers) == 2


def test_an_ensemble_is_the_mean_share_also_where_shares_are_near_1():
    odds = np.array([[0.0, 40.0], [2.0, 45.0]])
    share = 1 / (1 + np.exp(-odds[:, 0]))
    found = of_mean(odds)
    assert found[0] == pytest.approx(np.log(share.mean() / (1 - share.mean())))
    assert found[1] == pytest.approx(-np.log((np.exp(-40.0) + np.exp(-45.0)) / 2))


def test_items_are_alike_that_differ_in_a_third_of_their_segments(tmp_path):
    urs = ("spling", "kling", "spling", "dap")
    candidates = tuple(Candidate(f"i{n}", tuple(ur), (*ur, v), v) for n, ur in enumerate(urs) for v in "ab")
    rows = [(f"i{n}", "a", 1, 2) for n in range(4)]
    found = alike(match(Scores(("m",), candidates, -np.ones((1, 8))), human(tmp_path, "item variant k n", *rows)))
    assert found.tolist() == [[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]]
