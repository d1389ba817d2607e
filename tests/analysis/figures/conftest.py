"""The builder of studies lies beside the tests; every test runs with a Korean font and without one."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="module", autouse=True)
def _both_letterings(hangul_is_drawn):
    """Widths of labels depend on the font: nothing may be cut off either way."""
