"""Every input that is kept is read, or refused by the tool's own error, in one line."""

import importlib.util
import subprocess
import sys

import pytest

from tests.fuzz import targets
from tests.fuzz.corpus import inputs


@pytest.mark.parametrize("name", targets.TARGETS)
def test_no_input_is_a_crash(name):
    for data in inputs(name):
        said = targets.refused(name, data)
        assert "\n" not in said, data


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs atheris: pip install -e .[fuzz]")
@pytest.mark.parametrize("name", targets.TARGETS)
def test_a_search_finds_no_other(tmp_path, name):
    command = [sys.executable, "-m", "tests.fuzz", name, "--minutes", "0.5", "--dest", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
