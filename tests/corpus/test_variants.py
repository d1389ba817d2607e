"""Several SRs of a UR: proportions, draws, splits, and the table beside the data."""

import dataclasses
import itertools
import math
from collections import Counter

import pytest

from fairseq_phonology.corpus import variants as v
from fairseq_phonology.corpus.findings import report
from fairseq_phonology.errors import InputError
from tests.helpers.listed import word


def weighted(ur, sr, weight, line=1, **more):
    return dataclasses.replace(word(ur, sr, line=line), weight=weight, **more)


LIST = [weighted("a", "x", 2, 1, id="w1"), weighted("b", "y", 7, 2), weighted("a", "z", 3, 3, id="w2")]


def weigh(words, how=v.REPEAT, pairs=None, seed=1, joined=True, **splits):
    return v.weigh({"train": words, **splits}, how, pairs, seed, joined, "n")


def srs(words, ur="a"):
    return Counter(" ".join(one.sr) for one in words if one.ur == (ur,))


def test_every_ur_has_as_many_pairs_and_its_srs_their_proportion():
    made = weigh(LIST)
    assert made.pairs == made.exact == 5 and made.error == pytest.approx(0)
    assert srs(made.splits["train"]) == {"z": 3, "x": 2} and srs(made.splits["train"], "b") == {"y": 5}
    assert [one.id for one in made.splits["train"]][:5] == ["w2", "w2~2", "w2~3", "w1", "w1~2"]
    assert made.variants == {("a",): (v.Variant(("z",), 3, 0.6, 3), v.Variant(("x",), 2, 0.4, 2))}


def test_without_several_srs_the_words_are_as_they_were():
    words = [weighted("a", "x", 0), weighted("b", "x", 7)]
    made = weigh(words, valid=[weighted("c", "x", 1)])
    assert made.splits["train"] == words and not made.variants and made.pairs == 1


def test_rounding_is_bounded_and_told():
    made = weigh([weighted("a", "x", 0.93), weighted("a", "y", 0.07, 2)])
    assert (made.pairs, made.exact, srs(made.splits["train"])) == (10, 43, {"x": 9, "y": 1})
    assert made.error == pytest.approx(0.03)
    assert any(
        "error of a share .030 (--pairs-per-ur 43: under .0005)" in line
        for line in report({"train": LIST}, weighed=made)
    )
    # thirds of three decimals: nine pairs are nearer than ten
    made = weigh([weighted("a", "x", 0.667), weighted("a", "y", 0.333, 2)])
    assert made.pairs == 3 and srs(made.splits["train"]) == {"x": 2, "y": 1}


@pytest.mark.parametrize(
    "shares, number, expected",
    [((0.5, 0.5), 3, [2, 1]), ((0.36, 0.24, 0.24, 0.16), 10, [4, 2, 2, 2]), ((0.9, 0.1), 2, [2, 0]), ((1.0,), 4, [4])],
)
def test_largest_remainders(shares, number, expected):
    assert v.apportioned(shares, number) == expected


def test_draws_follow_the_weights_and_the_seed():
    words = [weighted(f"u{n}", sr, weight, n) for n in range(2000) for sr, weight in (("x", 3), ("y", 1))]
    made = [weigh(words, v.DRAW, seed=seed).splits["train"] for seed in (1, 1, 2)]
    assert len(made[0]) == 2000 and made[0] == made[1] != made[2]
    share = sum(one.sr == ("x",) for one in made[0]) / 2000
    assert abs(share - 0.75) < 4 * math.sqrt(0.75 * 0.25 / 2000)
    assert {len(weigh(LIST, v.DRAW, 7).splits["train"])} == {14}


def test_lines_of_one_pair_are_added_and_equal_lines_count_themselves():
    tokens = [word("a", sr, line=n) for n, sr in enumerate("xyxx", 1)]
    made = weigh(tokens)
    assert made.pairs == 4 and srs(made.splits["train"]) == {"x": 3, "y": 1}
    assert made.variants[("a",)][0] == v.Variant(("x",), 3, 0.75, 3)


def test_words_that_are_not_trained_on():
    others = [weighted("c", "y", 1, 1), weighted("c", "x", 2, 2), weighted("d", "x", 1, 3)]
    made = weigh(LIST, valid=others)
    assert [one.sr for one in made.splits["valid"]] == [("x",), ("x",)]  # one line a UR, its most frequent SR
    assert made.variants[("c",)][1] == v.Variant(("y",), 1, 1 / 3, 0)
    assert weigh(LIST, test=others, joined=False).splits["test"] == others  # lists of one's own stay


def test_a_weight_of_0_among_several():
    with pytest.raises(InputError, match="line 2: n is 0 for a -> y, which has other SRs, too"):
        weigh([weighted("a", "x", 1), weighted("a", "y", 0, 2)])


def test_a_split_by_another_column_may_not_part_variants():
    words = [weighted("a", "x", 1, 1, group="s1"), weighted("a", "y", 1, 2, group="s2")]
    with pytest.raises(InputError, match=r"line 2: a has variants in speaker s2 and s1 \(line 1\)"):
        v.check_groups(words, "speaker")
    v.check_groups([*words[:1], weighted("b", "y", 1, 3, group="s2")], "speaker")


def test_the_report_counts_variants_and_not_conflicts():
    words = [weighted("a", "x", 0.6), weighted("a", "y", 0.3, 2), weighted("b", "y", 1, 3)]
    text = "\n".join(report({"train": words}, weighed=weigh(words)))
    assert "variants: URs with several SRs, each of them right: 1 of 2 (2 SRs 1; mean share of the most" in text
    assert "most frequent SR .67, mean entropy .92 bits)\n  a -> x .67, y .33\n" in text
    assert "do not sum to 1, and are read as relative: 1\n  train: a 0.9\n" in text
    assert "training pairs: 6 of 2 URs, 3 each, the SRs of each in proportion to their weights\n" in text
    assert "conflicts" not in text
    assert "--weight equal, takes them as variants" in "\n".join(report({"train": words}))


def test_the_table_comes_back(tmp_path):
    made = weigh(LIST).variants
    v.write_variants(tmp_path / "variants.tsv", made)
    assert (tmp_path / "variants.tsv").read_text() == "ur\tsr\tweight\tshare\tpairs\na\tz\t3\t0.6\t3\na\tx\t2\t0.4\t2\n"
    assert v.read_variants(tmp_path / "variants.tsv") == made


@pytest.mark.parametrize(
    "text, message",
    [
        ("ur\tsr\n", "line 1: no column 'weight'; expected ur, sr, weight, share, pairs"),
        ("ur\tsr\tweight\tshare\na\tx\t1\n", "line 2: expected 4 cells"),
        ("ur\tsr\tweight\tshare\na\tx\t1\t0\n", "line 2: expected weight above 0, share between 0 and 1"),
        ("ur\tsr\tweight\tshare\na\tx\t1_0\t1\n", "line 2: expected weight above 0"),
        ("ur\tsr\tweight\tshare\na\tx\tnan\t1\n", "found weight 'nan', share '1', pairs ''"),
        ("ur\tsr\tweight\tshare\na\tx\t1\t.5\na\tx\t1\t.5\n", "line 3: a -> x stands here twice"),
        ("ur\tsr\tweight\tshare\na\tx\t1\t.5\na\ty\t1\t.4\n", "the shares of a sum to 0.9, not to 1"),
    ],
)
def test_tables_that_are_none(tmp_path, text, message):
    path = tmp_path / "variants.tsv"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        v.read_variants(path)
    assert message in str(refused.value)


def test_nearest():
    assert v.nearest("ab", ["abcd", "abd", "xb"]) == "abd"  # of two as near, the more frequent
    assert v.nearest("xb", ["ab", "xb"]) == "xb"


def test_groups_are_told_apart_in_any_order_of_the_lines():
    lines = [("x", "A"), ("y", "A"), ("x", "B")]
    for some in itertools.permutations(lines):
        words = [weighted("a", sr, 1, n, group=group) for n, (sr, group) in enumerate(some)]
        with pytest.raises(InputError, match="a has variants in grp"):
            v.check_groups(words, "grp")


def test_copies_take_no_id_of_another_word():
    words = [weighted("a", "x", 3, 1, id="w"), weighted("a", "y", 1, 2, id="w~2"), weighted("b", "x", 1, 3, id="u")]
    ids = [one.id for one in weigh(words, v.REPEAT).splits["train"]]
    assert len(set(ids)) == len(ids) and ids[:4] == ["w", "w~3", "w~4", "w~2"]


def test_words_that_are_left_out_have_no_pairs():
    weighed = weigh(LIST)
    (ur,) = weighed.variants
    kept = weighed.without(set(), {"train": []})
    assert kept.splits == {"train": []}
    assert [one.pairs for one in kept.variants[ur]] == [0, 0]
    assert [one.share for one in kept.variants[ur]] == [one.share for one in weighed.variants[ur]]
    assert weighed.without({ur}, weighed.splits) == weighed
