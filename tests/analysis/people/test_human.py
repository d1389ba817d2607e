import numpy as np
import pytest

from fairseq_phonology.analysis.people.columns import HumanColumns
from fairseq_phonology.analysis.people.human import read_human
from fairseq_phonology.errors import InputError
from tests.helpers.people import table


def read(tmp_path, header, *rows, **how):
    return read_human(table(tmp_path / "people.tsv", header, rows), **how)


def refused(tmp_path, header, *rows, **how):
    with pytest.raises(InputError) as caught:
        read(tmp_path, header, *rows, **how)
    return str(caught.value)


def test_counts(tmp_path):
    human = read(tmp_path, "item variant k n age", ("i", "a", 3, 4, 20), ("i", "b", 1, 4, 20))
    assert human.kind == "counts" and human.scale == (0, 1)
    assert [(one.value, one.k, one.n, one.line, one.columns) for one in human.rows] == [
        (0.75, 3, 4, 2, {"age": "20"}),
        (0.25, 1, 4, 3, {"age": "20"}),
    ]
    assert human.notes[-1].endswith(
        "item = item, variant = variant, k = k, n = n; not used: age (--item-column and so on)"
    )


def test_k_without_n_is_of_all_that_the_items_candidates_have(tmp_path):
    human = read(tmp_path, "item sr k", ("i", "a", 3), ("i", "b", 1))
    assert [one.n for one in human.rows] == [4, 4] and "sum of k" in human.notes[-1]


def test_proportions(tmp_path):
    human = read(tmp_path, "ur sr proportion n", ("u", "a", 0.25, 8))
    assert human.kind == "counts" and (human.rows[0].k, human.rows[0].n) == (2, 8)
    human = read(tmp_path, "ur sr proportion", ("u", "a", 0.25))
    assert human.kind == "ratings" and human.scale == (0, 1) and "--n-column" in human.notes[-1]


def test_ratings_without_header_by_number(tmp_path):
    path = tmp_path / "people.tsv"
    path.write_text("u\ta\tV\t4.5\nu\tb\tV\t2\n", encoding="utf-8")
    human = read_human(path, HumanColumns(ur="1", sr="2", rating="4"))
    assert [one.value for one in human.rows] == [4.5, 2] and human.scale == (1, 7)
    assert any("no header" in note for note in human.notes) and any("1 to 7 (--scale" in note for note in human.notes)


def test_columns_of_trials_are_those_that_do_not_vary_within_a_candidate(tmp_path):
    rows = [("p1", "i", "a", 3, 20, "x", 7), ("p2", "i", "a", 5, 60, "x", 8), ("p1", "j", "a", 1, 20, "y", 7)]
    human = read(tmp_path, "participant item sr rating age length list", *rows, scale=(1, 7))
    assert [one.columns for one in human.rows] == [{"length": "x"}, {"length": "y"}]
    assert any("age and list differ between the trials of a candidate" in note for note in human.notes)


def test_choices_of_participants(tmp_path):
    rows = [("p1", "i", "a"), ("p2", "i", "b"), ("p3", "i", "a"), ("p1", "j", "a")]
    human = read(tmp_path, "participant item choice", *rows)
    assert human.chosen and human.participants == ("p1", "p2", "p3")
    assert [(one.item, one.sr, one.k, one.n) for one in human.rows] == [
        ("i", "a", 2, 3),
        ("i", "b", 1, 3),
        ("j", "a", 1, 1),
    ]
    np.testing.assert_array_equal(human.sums, [[1, 0, 1], [0, 1, 0], [1, 0, 0]])
    np.testing.assert_array_equal(human.numbers, [[1, 1, 1], [1, 1, 0], [1, 1, 0]])


def test_ratings_of_participants_have_mean_and_deviation(tmp_path):
    rows = [("p1", "i", "a", 2), ("p2", "i", "a", 6), ("p1", "i", "b", 4)]
    human = read(tmp_path, "pid item sr rating", *rows, scale=(0, 7))
    first, second = human.rows
    assert (first.value, first.n) == (4, 2) and first.sd == pytest.approx(np.std([2, 6], ddof=1))
    assert np.isnan(second.sd) and human.kind == "ratings"


def test_ratings_within_participants_lose_what_is_each_ones_own(tmp_path):
    rows = [("p1", "i", "a", 2), ("p1", "i", "b", 4), ("p2", "i", "a", 5), ("p2", "i", "b", 7)]
    human = read(tmp_path, "pid item sr rating", *rows, within="center")
    assert [one.value for one in human.rows] == [3.5, 5.5] and human.rows[0].sd == 0 and human.centered == "center"
    spread = np.std([2, 4, 5, 7])
    human = read(tmp_path, "pid item sr rating", *rows, within="z")
    assert [one.value for one in human.rows] == pytest.approx([4.5 - spread, 4.5 + spread])


@pytest.mark.parametrize(
    ("header", "rows", "how", "said"),
    [
        ("item sr k n", [("i", "a", 5, 4)], {}, "line 2: k is 5 and n is 4; allowed: k up to n"),
        ("item sr k n", [("i", "a", 1.5, 4)], {}, "line 2: k is 1.5; allowed: 0, 1, 2"),
        ("item sr k n", [("i", "a", 0, 0)], {}, "line 2: n is 0; allowed: 1, 2, 3"),
        ("item sr k n", [("i", "a", "x", 4)], {}, "line 2: k is 'x', not a number"),
        ("item sr k n", [("i", "a", "1_1", 40)], {}, "line 2: k is '1_1', not a number"),
        ("item sr k n", [("i", "a", 1, 4), ("i", "a", 1, 4)], {}, "line 3: i, a was in line 2"),
        ("item sr rating", [("i", "a", 8)], {}, "line 2: rating is 8, and no scale is given; without one it is 1-7"),
        ("item sr rating", [("i", "a", 8)], {"scale": (0, 5)}, "line 2: rating is 8; allowed: 0 to 5 (--scale"),
        ("item sr rating", [("i", "a", 3)], {"scale": (5, 5)}, "the scale is 5-5; allowed: a low and a higher"),
        ("item sr proportion", [("i", "a", 25)], {}, "line 2: proportion is 25; allowed: 0 to 1 (a share"),
        ("item sr gender", [("i", "a", "f")], {}, "no column has the responses; give --k-column"),
        ("item sr k n rating", [("i", "a", 1, 2, 3)], {}, "the responses could be k (k) or rating (rating); give --k"),
        ("sr k n", [("a", 1, 2)], {}, "no column says the item; give --item-column"),
        ("item k n", [("i", 1, 2)], {}, "no column says the candidate; give --sr-column"),
        ("item choice", [("i", "a")], {}, "a choice needs a participant"),
        ("item sr pid rating", [("i", "a", "p", 3), ("i", "a", "p", 4)], {}, "line 3: participant p responded to i, a"),
        ("item sr pid rating", [("i", "a", "", 3)], {}, "line 2: participant is empty"),
        ("item sr pid k", [("i", "a", "p", 2)], {}, "line 2: k is 2; allowed: 0 or 1" ),
        ("item sr k n", [("", "a", 1, 2)], {}, "line 2: item is empty"),
        ("item sr k n", [("i", "", 1, 2)], {}, "line 2: has no candidate"),
        ("item sr k n", [("i", "a", "NA", 2)], {}, "has no response in column 'k'"),
        ("item sr rating", [("i", "a", 3)], {"within": "z"}, "has no participants"),
        ("pid item choice", [("p", "i", "a")], {"within": "z"}, "holds choices"),
        ("pid item sr rating", [("p", "i", "a", 3)], {"within": "x"}, "-participants is 'x'; allowed: center, z"),
        ("item sr k n", [("i", "a", 1, 2)], {"columns": HumanColumns(k="y")}, "--k-column is 'y'; columns found: 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_line(tmp_path, header, rows, how, said):
    assert said in refused(tmp_path, header, *rows, **how)


def test_judgments_of_each_candidate_by_itself_may_sum_to_more_than_n(tmp_path):
    human = read(tmp_path, "item sr k n", ("i", "a", 15, 20), ("i", "b", 12, 18), separate=True)
    assert human.separate and [one.n for one in human.rows] == [20, 18] and "(--separate)" in human.notes[-1]
    rows = [("i", "a", "p", 1), ("i", "b", "p", 1)]
    assert [one.k for one in read(tmp_path, "item sr pid k", *rows, separate=True).rows] == [1, 1]


def test_a_rounded_proportion_is_of_the_nearest_whole_number(tmp_path):
    human = read(tmp_path, "item sr proportion n", ("i", "a", ".33", 24), ("i", "b", "0,67", 24))
    assert [(one.k, one.value) for one in human.rows] == [(8, 8 / 24), (16, 16 / 24)] and "are rounded" in human.notes[
        -1
    ]
    human = read(tmp_path, "item sr proportion n", ("i", "a", ".335", 200), ("i", "b", ".67", 200))  # .665, rounded
    assert sum(one.k for one in human.rows) == 201


def test_row_names_of_r_are_read_as_prepare_reads_them(tmp_path):
    path = tmp_path / "people.txt"
    path.write_text('"item"\t"sr"\t"k"\t"n"\n"1"\t"i"\t"a"\t3\t4\n"2"\t"j"\t"a"\t1\t4\n', encoding="utf-8")
    human = read_human(path)
    assert [(one.item, one.k) for one in human.rows] == [("i", 3), ("j", 1)]
    assert any("row names, as R writes them" in note for note in human.notes)


def test_a_column_that_an_option_uses_is_not_said_to_be_unused(tmp_path):
    human = read(tmp_path, "item sr k n freq age", ("i", "a", 3, 4, 1, 20), used={"freq"})
    assert "; not used: age (" in human.notes[0]


TWO = [("i", "a", 9, 12), ("i", "b", 4, 12)]
BOTH = "line 3: the counts of the 2 candidates of i sum to 13, and n is 12; allowed: choices among an item's candidates"
PERCENT = "line 2: proportion is 0.41 of n = 20, which no whole number is (8 would be 0.4, 9 0.45)"


@pytest.mark.parametrize(
    ("header", "rows", "how", "said"),
    [
        ("item sr k n", TWO, {}, BOTH),
        ("item sr k n", [("i", "a", 3, 12), ("i", "b", 3, 11)], {}, "line 3: n of i is 11, and 12 in line 2; allowed"),
        ("item sr k", [("i", "a", 3), ("i", "b", 3), ("j", "a", 3)], {}, "line 4: has k and no n, and j has one row"),
        ("item sr k", [("i", "a", 0), ("i", "b", 0)], {}, "line 2: k is 0 in all rows of i; leave it out"),
        ("item sr k", [("i", "a", 1), ("i", "b", 2)], {"separate": True}, "line 2: has k and no n, and each candidate"),
        (
            "item sr pid k",
            [("i", "a", "p", 1), ("i", "b", "p", 1)],
            {},
            "line 2: participant p has k = 1 for 2 of the 2",
        ),
        (
            "item sr pid k",
            [("i", "a", "o", 1), ("i", "b", "o", 0), ("i", "a", "p", 1), ("i", "b", "p", 1)],
            {},
            "line 4: participant p has k = 1 for 2 of the 2",
        ),
        ("item sr pid k", [("i", "a", "p", 1), ("i", "b", "q", 0)], {}, "line 2: participant p has not a row for each"),
        ("item sr pid proportion", [("i", "a", "p", 0.4)], {}, "has participants and proportions; allowed: in each"),
        ("item sr pid rating n", [("i", "a", "p", 4, 2)], {}, "has participants and n; allowed: one response in each"),
        (
            "item sr k n",
            [("i", "a", "2,000", "3,000")],
            {},
            "line 2: k is '2,000'; allowed: a number without",
        ),
        ("item sr rating", [("i", "a", 3)], {"separate": True}, "--separate is for counts, and column 'rating' holds"),
        ("item sr k n", [("i", "a", 3, 4)], {"scale": (1, 7)}, "--scale is for ratings, and column 'k' holds counts"),
        ("item sr k n", [("i", "a", 3, 4)], {"variant": "x"}, "--of is 'x', and column 'sr' has the candidate of each"),
        ("item variant k n", [("i", "a", 3, 4)], {"variant": "x"}, "--of is 'x', and column 'variant' has"),
        ("item sr proportion n", [("i", "a", ".41", 20)], {}, PERCENT),
        ("item sr k n", [("i", "a", 3, 4), ("i", "b", 3)], {}, "line 3: found 3 columns; expected 4, as in line 1"),
    ],
)
def test_counts_that_choices_cannot_give_and_options_without_a_meaning_are_refused(tmp_path, header, rows, how, said):
    assert said in refused(tmp_path, header, *rows, **how)


def test_a_row_without_a_response_is_left_out_and_said(tmp_path):
    human = read(tmp_path, "item sr k n", ("i", "a", 1, 2), ("i", "b", "NA", 2))
    assert len(human.rows) == 1 and any("1 row without a response left out (line 3)" in one for one in human.notes)


def test_a_participant_may_respond_twice_if_that_is_said(tmp_path):
    rows = [("p", "i", "a", 3), ("p", "i", "a", 5)]
    assert read(tmp_path, "pid item sr rating", *rows, repeated=True).rows[0].value == 4


def test_all_rows_may_be_about_one_variant(tmp_path):
    human = read(tmp_path, "item k n", ("i", 1, 2), variant="applied")
    assert human.rows[0].variant == "applied"


def test_an_sd_over_the_width_of_the_scale_is_refused(tmp_path):
    path = table(tmp_path / "r.tsv", "item variant rating n sd", [("i0", "applied", 4, 10, 1e300)])
    with pytest.raises(InputError, match=r"line 2: sd is 1e\+300; allowed: 0 to 6, the width of the scale"):
        read_human(path)


@pytest.mark.parametrize(
    ("header", "columns", "said"),
    [
        ("item sr k n age age", {}, "line 1: two columns are called 'age'; give them different names"),
        ("item sr k n type varianttype", {}, "line 1: variant could be 'type' or 'varianttype'; give --variant-column"),
        ("item sr k n x y", {"ur": "x", "variant": "x"}, "column 'x' is used twice; allowed: one use of each column"),
    ],
)
def test_columns_that_could_be_others_are_refused(tmp_path, header, columns, said):
    assert said in refused(tmp_path, header, ("i", "a", 1, 4, "p", "q"), columns=HumanColumns(**columns))


def test_the_column_of_the_very_name_is_taken_and_a_share_of_k_and_n_is_theirs(tmp_path):
    human = read(tmp_path, "item sr k n proportion stem lemma ur", ("i", "a", 1, 4, 0.9, "x", "y", "z"))
    (row,) = human.rows
    assert (row.k, row.n, row.value) == (1, 4, 0.25) and "ur = ur" in human.notes[-1]
