"""Labels of these figures are placed by their measured width, with any font: one lettering is enough."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _both_letterings():
    """Instead of both fonts."""
