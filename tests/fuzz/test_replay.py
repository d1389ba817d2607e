"""Every input that is kept is read, or refused by the tool's own error, in one line."""

import pytest

from tests.fuzz import targets
from tests.fuzz.corpus import inputs


@pytest.mark.parametrize("name", targets.TARGETS)
def test_no_input_is_a_crash(name):
    for data in inputs(name):
        said = targets.refused(name, data)
        assert "\n" not in said, data
