"""Parts of words that the items of a condition share, and what may be claimed of them."""

import pytest

from fairseq_phonology.analysis.design.conditions import ListedWord
from fairseq_phonology.analysis.design.parts import shared_parts, too_few

LEVELS = ("a", "c")


def words(suffixes, stems=12, column=True, named=True):
    """Each stem with each suffix of the two levels; a word of an item in each level has the stem in common."""
    found = []
    for stem in range(stems):
        for level, own in zip(LEVELS, suffixes, strict=True):
            for suffix in own:
                more = {"suffix": suffix, "c": level} if column else {}
                ur = ("p", f"v{stem}", f"c{stem}", *suffix)
                found.append(ListedWord("w", ur, None, f"i{stem}" if named else f"{stem}{suffix}", level, more))
    return found


@pytest.mark.parametrize("column", [True, False])
def test_suffixes_that_repeat_are_found_by_their_column_or_by_the_urs(column):
    (part,) = shared_parts(words((("mu", "ma", "ne"), ("ta", "te")), column=column), LEVELS, "c")
    assert part.described == ("3 and 2 suffixes" if column else "3 and 2 endings")
    (why,) = too_few([part], LEVELS, 8)
    name = "suffixes" if column else "endings"
    assert why.startswith(f"the items of a level share {name} (3 {name} in a and 2 {name} in c), which are described")
    assert too_few([part], ["a"], 8) == []


def test_beginnings_are_found_as_well():
    turned = [ListedWord(w.id, w.ur[::-1], None, w.item, w.level, {}) for w in words((("mu", "ma"), ("ta", "te")))]
    assert shared_parts(turned, LEVELS, "c")[0].described == "2 and 2 beginnings"


def test_words_that_are_items_of_their_own_share_the_suffix_of_the_column():
    (part,) = shared_parts(words((("mu", "ma"), ("ta", "te")), named=False), LEVELS, "c")
    assert part.described == "2 and 2 suffixes"


def test_eight_suffixes_are_enough_and_the_same_ones_are_no_difference():
    many = [[f"{level}{n}" for n in range(8)] for level in "mt"]
    (part,) = shared_parts(words(many, 24), LEVELS, "c")
    assert too_few([part], LEVELS, 8) == []
    (same,) = shared_parts(words((("mu", "ma"), ("mu", "ma"))), LEVELS, "c")
    assert same.described == "2 suffixes" and too_few([same], LEVELS, 8) == []


def test_what_makes_the_level_and_what_does_not_repeat_is_not_shared():
    assert shared_parts(words((("mu",), ("ta",))), LEVELS, "c") == ()  # one suffix is the level
    assert shared_parts(words((("m", "n"), ("p", "t")), column=False), LEVELS, "c") == ()  # segments are
    own = [ListedWord("w", ("p", f"v{n}", f"{level}{n}", "a"), None, f"i{n}", level, {}) for n in range(9)
           for level in LEVELS]  # fmt: skip
    assert shared_parts(own, LEVELS, "c") == ()
    assert shared_parts(words((("mu", "ma"), ("ta", "te"))), LEVELS, "suffix") != ()  # by the URs then
