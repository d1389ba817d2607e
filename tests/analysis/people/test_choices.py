import numpy as np
import pytest

from fairseq_phonology.analysis.people.choices import choices, two_candidates
from fairseq_phonology.analysis.people.human import read_human
from fairseq_phonology.analysis.people.matching import match
from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.corpus.candidates import Candidate
from tests.helpers.people import table

A, B, C = "applied", "blocked", "deleted"


def matched(tmp_path, *rows, of=(A, B), header="item variant k n", **how):
    """Counts beside the scores of four items with these candidates."""
    candidates = tuple(Candidate(f"i{n}", ("b", f"{n}"), ("b", v[0], f"{n}"), v) for n in range(4) for v in of)
    scores = Scores(("m",), candidates, np.full((1, len(candidates)), -1.0))
    return match(scores, read_human(table(tmp_path / "people.tsv", header, rows), **how))


def pairs(*items, k=1, n=4):
    return [(f"i{at}", v, x, n) for at in items for v, x in ((A, k), (B, n - k))]


def test_two_candidates_whose_counts_sum_to_n_are_one_share(tmp_path):
    found = matched(tmp_path, ("i0", B, 3, 4), ("i0", A, 1, 4), ("i1", B, 2, 3), ("i1", A, 1, 3))
    first, other = two_candidates(found, B)
    assert (first.tolist(), other.tolist()) == ([1, 3], [0, 2])
    again, are = choices(found, B, notes := [])
    assert are and not notes and [(one.k, one.n) for one in again.human.rows] == [(1, 4), (3, 4), (1, 3), (2, 3)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*pairs(0, 1, 2), *(("i3", v, 1, 4) for v in (A, B, C))], "3 of 4 items have two candidates, applied and"),
        ([*pairs(0, 1, 2), ("i3", B, 1, 4), ("i3", C, 3, 4)], "3 of 4 items have two candidates, applied and another"),
        ([*pairs(0), ("i1", A, 1, 4)], "1 of 2 items has two candidates, applied and another; as not all have"),
        ([("i0", A, 1, 4), ("i1", A, 1, 4)], ""),
    ],
)
def test_a_table_of_which_not_every_item_has_two_candidates_stays_as_it_is(tmp_path, rows, said):
    found = matched(tmp_path, *rows, of=(A, B, C))
    again, are = choices(found, A, notes := [])
    assert again is found and not are and [said in note for note in notes] == ([True] if said else [])


def test_candidates_without_variants_are_the_first_and_the_second(tmp_path):
    rows = [("i0", "ba0", 1, 4), ("i0", "bb0", 3, 4), ("i1", "ba1", 1, 4)]
    found = matched(tmp_path, *rows, header="item sr k n")
    assert two_candidates(found, "")[0].tolist() == [0]
    choices(found, "", notes := [])
    assert "1 of 2 items has two candidates; as not all have" in notes[0]


def test_judgments_of_each_candidate_by_itself_stay_as_they_are(tmp_path):
    found = matched(tmp_path, *pairs(0, 1), ("i2", B, 4, 4), separate=True)
    assert choices(found, A, notes := []) == (found, False) and not notes


@pytest.mark.parametrize("lone", [A, B])
def test_the_other_of_a_candidate_that_has_all_responses_has_none(tmp_path, lone):
    found = matched(tmp_path, *pairs(0, 2, 3), ("i1", lone, 4, 4))
    again, are = choices(found, A, notes := [])
    assert are and again.numbers.tolist() == list(range(8)) and again.variants.tolist() == [A, B] * 4
    assert [one.k for one in again.human.rows[2:4]] == ([4, 0] if lone == A else [0, 4])
    assert [one.n for one in again.human.rows] == [4] * 8 and again.value[2:4].tolist() == [lone == A, lone == B]
    assert notes == [f"{found.human.path}: k is n in the only row of 1 item; the other candidate has k = 0: i1"]


@pytest.mark.parametrize(("of", "k"), [((A, B), 3), ((A, B, C), 4)])
def test_an_item_of_which_it_is_not_certain_what_else_was_chosen_is_left_out_by_name(tmp_path, of, k):
    found = matched(tmp_path, *pairs(0, 2, 3), ("i1", B, k, 4), of=of)
    again, are = choices(found, A, notes := [])
    assert are and {one.item for one in again.candidates} == {"i0", "i2", "i3"}
    left = "1 item with a count for one of two candidates left out (give the other, 0 too): i1"
    assert notes == [f"{found.human.path}: {left}"]


def test_participants_who_all_chose_the_one_candidate_chose_the_other_never(tmp_path):
    rows = [(f"p{who}", f"i{n}", v, int(v == A)) for who in range(3) for n in range(3) for v in (A, B)[: 2 - (n == 1)]]
    again, are = choices(matched(tmp_path, *rows, header="participant item variant k"), A, [])
    assert are and again.human.sums.tolist() == [[1, 0] * 3] * 3 and again.human.numbers.tolist() == [[1] * 6] * 3


def test_of_columns_the_candidate_that_is_added_has_those_of_its_item(tmp_path):
    rows = [("i0", A, 1, 4, "x", 1), ("i0", B, 3, 4, "x", 2), ("i1", A, 4, 4, "y", 3), ("i2", A, 2, 4, "z", 4)]
    rows.append(("i2", B, 2, 4, "z", 5))
    again, _ = choices(matched(tmp_path, *rows, header="item variant k n verb freq"), A, [])
    assert again.human.rows[2].columns == {"verb": "y", "freq": "3"} and again.human.rows[3].columns == {"verb": "y"}
