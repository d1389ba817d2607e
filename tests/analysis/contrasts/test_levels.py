"""Contrasts as one writes them."""

import pytest

from fairseq_phonology.analysis.contrasts.levels import contrasts_of
from fairseq_phonology.errors import InputError

ABC = ("a", "b", "c")


@pytest.mark.parametrize(
    "text, levels, weights",
    [
        ("a - c", ABC, (1, 0, -1)),
        ("a + c - 2 b", ABC, (1, -2, 1)),
        ("-b+a", ABC, (1, -1, 0)),
        ("1/2 a + .5*c − b", ABC, (0.5, -1, 0.5)),
        ("2 - 1", ("1", "2"), (-1, 1)),
        ("2 2 - 2 1", ("1", "2"), (-2, 2)),
        ("un-expected - un", ("un", "un-expected"), (-1, 1)),
        ("very low - low", ("low", "very low"), (-1, 1)),
        ("1/3 a + 2/3 b - c", ABC, (1 / 3, 2 / 3, -1)),
    ],
)
def test_they_are_read(text, levels, weights):
    (found,) = contrasts_of([text], levels)
    assert found.weights == pytest.approx(weights)


@pytest.mark.parametrize(
    "texts, what",
    [
        (["a - d"], "'a - d' cannot be read; allowed: the levels 'a', 'b' and 'c' with .* as in a [+] b - 2 c"),
        (["a b"], "cannot be read"),
        ([""], "cannot be read"),
        (["1/0 a - b"], "cannot be read"),
        (["a + b"], "the weights sum to 2; allowed: weights that sum to 0"),
        (["a - a"], "every weight is 0"),
        (["a - b", "2 b - 2 a"], "is 'a - b' times a number"),
    ],
)
def test_what_is_refused(texts, what):
    with pytest.raises(InputError, match=what):
        contrasts_of(texts, ABC)


def test_none_given_is_each_against_each():
    assert [each.name for each in contrasts_of((), ABC)] == ["a - b", "a - c", "b - c"]


def test_a_difference_is_told_from_other_contrasts():
    pair, curve = contrasts_of(["c - a", "a + c - 2 b"], ABC)
    assert pair.pair == ("c", "a") and curve.pair is None
    assert (pair.size, curve.size) == (1, 2) and pair.compared == (0, 2)
    assert curve.printed == "a + c − 2 b"
