"""Lists with a column of conditions: levels, items, within and between, and what is refused."""

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.levels import contrasts_of
from fairseq_phonology.analysis.design.conditions import (
    Conditions,
    check_column,
    check_repeats,
    design_of,
    item_column,
    read_conditions,
)
from fairseq_phonology.errors import InputError
from tests.helpers.leveled import HEADERS, rows, write_list

ASKED = Conditions("context")


def read(tmp_path, cells, asked=ASKED, headers=HEADERS, notes=None):
    return read_conditions(write_list(tmp_path / "list.tsv", cells, headers), asked, notes=notes)


def test_every_item_in_all_levels_is_within(tmp_path):
    notes = []
    words, levels = read(tmp_path, rows(4), notes=notes)
    design = design_of(words, levels)
    assert levels == ("a", "b", "c") and design.within and design.sizes == {"a": 4, "b": 4, "c": 4}
    assert notes[-1].endswith("levels of context (--levels): a, b, c")
    assert design.described == "4 items, each in a, b and c."


def test_every_item_in_one_level_is_between(tmp_path):
    words, levels = read(tmp_path, rows(3, within=False), Conditions("context", ("c", "a")))
    design = design_of(words, levels)
    assert not design.within and design.sizes == {"c": 3, "a": 3} and len(words) == 6
    assert design.described == "Items in one level each: 3 in c and 3 in a."
    assert design.items_of("a") == ("a0", "a1", "a2")


def test_without_a_column_of_items_each_word_is_one(tmp_path):
    notes = []
    cells = [[*row[:3], *row[4:]] for row in rows(3)]
    words, levels = read(tmp_path, cells, headers=[name for name in HEADERS if name != "item"], notes=notes)
    assert not design_of(words, levels).within
    assert any("no column item (--item): each word is an item of its own" in note for note in notes)


def test_words_of_an_item_and_level_are_averaged(tmp_path):
    cells = rows(2, ("a", "b"))
    cells.append(["more", *cells[0][1:]])
    words, levels = read(tmp_path, cells)
    design = design_of(words, levels)
    values = np.arange(5.0)[:, None]
    np.testing.assert_array_equal(design.taken(values)[..., 0], [[2.0, 1.0], [2.0, 3.0]])
    assert {level: mean[0] for level, mean in design.cell_means(design.taken(values)).items()} == {"a": 2.0, "b": 2.0}


def test_one_word_as_two_items_of_a_level_is_refused(tmp_path):
    """A table of trials has it once for each participant: its lines are one item."""
    cells = rows(3, within=False)
    again = ["again", *cells[0][1:3], "other", *cells[0][4:]]
    words, _ = read(tmp_path, [*cells, again])
    with pytest.raises(InputError) as error:
        check_repeats(words, ASKED, "list.tsv")
    assert str(error.value) == (
        "list.tsv, line 11: level 'a' has the word 'p a k m i t i p' as item 'a0' (line 2) and as item "
        "'other', with which a model does the same; allowed: one item for a word, which may have several lines (--item "
        "COLUMN)"
    )
    for change in ({3: "a0"}, {1: "t a k m i t"}, {6: "1"}):  # one item, another word, another place that is looked at
        words, _ = read(tmp_path, [*cells, [change.get(n, cell) for n, cell in enumerate(again)]])
        check_repeats(words, ASKED, "list.tsv")


def test_within_items_a_word_may_stand_with_several(tmp_path):
    """A neutral word, say, that is compared with many: what items share is found and said."""
    words, levels = read(tmp_path, rows(6, ("a", "b")))
    assert design_of(words, levels).within and len({word.ur for word in words}) == 3
    check_repeats(words, ASKED, "list.tsv")


def test_an_item_with_an_excluded_word_leaves_whole(tmp_path):
    words, levels = read(tmp_path, rows(5))
    included = np.ones(15, bool)
    included[4] = False  # item 1, level b
    design, lost = design_of(words, levels).without(included, "the gold segment")
    assert design.items == ("i0", "i2", "i3", "i4") and lost.stems_excluded == {"item": (1, 5)}
    assert lost.cells == {"a": (5, 5), "b": (5, 4), "c": (5, 5)} and lost.whole == "items"
    assert lost.lines()[1].split() == "b 4 of 5 words with the gold segment".split()
    assert design.taken(np.arange(15.0)[:, None])[1].ravel().tolist() == [6, 7, 8]


def test_between_items_only_that_item_leaves(tmp_path):
    words, levels = read(tmp_path, rows(3, within=False))
    included = np.ones(9, bool)
    included[[0, 3]] = False
    design, lost = design_of(words, levels).without(included, "x")
    assert design is None and lost.stems_excluded["a"] == (2, 3)
    assert lost.reasons_withheld == ("errors leave too few items (1 in a, 3 in b and 3 in c); needed: 2 in each",)


@pytest.mark.parametrize(
    "asked, what",
    [
        (Conditions("contxt"), "--condition is 'contxt'; the columns are item, context, target_index and trigger_index "
                               r"\(is 'context' meant\?\)"),
        (Conditions("context", ("a", "d")), "no word has the level 'd' of --levels; context has the levels 'a', 'b'"),
        (Conditions("context", ("a",)), "1 level to compare; allowed: two or more"),
        (Conditions("context", ("a", "a")), "the level 'a' is in --levels twice"),
        (Conditions("context", item="stem"), "--item is 'stem'"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, asked, what):
    with pytest.raises(InputError, match=what):
        read(tmp_path, rows(3), asked)


def test_an_item_that_lacks_a_level_is_named(tmp_path):
    words, levels = read(tmp_path, rows(3)[:-1])
    with pytest.raises(
        InputError, match=r"list\.tsv, line 8: item 'i2' is in a and b, and not in c; allowed: every item"
    ):
        design_of(words, levels, tmp_path / "list.tsv")


@pytest.mark.parametrize("within, where", [(True, "in each level"), (False, "in level 'a'")])
def test_one_item_is_refused(tmp_path, within, where):
    words, levels = read(tmp_path, rows(1, within=within))
    with pytest.raises(InputError, match=f"one item {where}; a test over items needs 2"):
        design_of(words, levels)


def test_an_empty_item_is_refused_and_empty_levels_are_told(tmp_path):
    cells, notes = rows(3), []
    cells[0][4] = ""
    words, _ = read(tmp_path, cells, Conditions("context", ("b", "c")), notes=notes)
    assert len(words) == 6
    assert [note.split(": ")[1] for note in notes[-2:]] == ["1 word without a level of context",
                                                           "words of other levels, not compared"]  # fmt: skip
    cells[1][3] = ""
    with pytest.raises(InputError, match="line 3: the item is empty"):
        read(tmp_path, cells)


def test_a_crossed_design_and_conditions_are_weighted_alike(tmp_path):
    """Within items the four cells of a 2 x 2 with its weights are what real words have."""
    words, levels = read(tmp_path, rows(6, ("TR", "TN", "CR", "CN")))
    design = design_of(words, levels)
    (contrast,) = contrasts_of(["TR - TN - CR + CN"], levels)
    values = np.random.default_rng(1).normal(size=(24, 3))
    reduced, (axis,) = design.weighted(design.taken(values), contrast)
    cells = values.reshape(6, 4, 3)
    np.testing.assert_allclose(reduced, cells[:, 0] - cells[:, 1] - cells[:, 2] + cells[:, 3])
    assert axis[1] == (1.0,)


def test_scored_items_are_items_and_a_list_without_further_columns_is_said_to_have_none():
    notes = []
    assert item_column(Conditions("x"), ["x"], "scores", notes, scored=True) == ""
    assert item_column(Conditions("x"), ["x"], "list.tsv", notes) == ""
    assert notes[0].startswith("scores: each item that was scored is an item of its own (--item COLUMN")
    assert notes[1] == "list.tsv: no column item (--item): each word is an item of its own"
    with pytest.raises(InputError, match="--condition is 'x'; there is no column besides those of UR, SR and id"):
        check_column("x", [], "--condition", "scores")
