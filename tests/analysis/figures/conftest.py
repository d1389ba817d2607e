"""Every test of figures runs with a Korean font and without one."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _both_letterings(hangul_is_drawn):
    """Widths of labels depend on the font: nothing may be cut off either way."""
