"""Every test of figures runs with a Korean font and without one."""

import pytest

from tests.helpers import example_study


@pytest.fixture(scope="module", autouse=True)
def _both_letterings(hangul_is_drawn):
    """Widths of labels depend on the font: nothing may be cut off either way."""


@pytest.fixture(scope="module")
def study():
    """A crossed design with planted heads."""
    return example_study.grid_study(each=(9, 8))


@pytest.fixture(scope="module")
def words():
    """Nine real words, each with its own 2 x 2."""
    return example_study.quads_study(9)
