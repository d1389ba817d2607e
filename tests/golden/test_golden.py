"""Every number that the analysis writes is what it was, to the last digit; `remake` says how the files are made.

To the last digit where numpy computes with the same instructions as when the files were made. Elsewhere two numbers
may differ by `RELATIVE` and `ABSOLUTE`: log-odds are of single precision, and their sixth digit, which is the last
one written, depends on the order in which vector instructions add.
"""

from __future__ import annotations

import re

import pytest

from tests.golden.cases import CASES, EXPECTED, recorded
from tests.golden.remake import MADE_WITH, golden, instructions

RELATIVE, ABSOLUTE = 1e-5, 2e-6
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")  # whole numbers count


@pytest.fixture(scope="module")
def exact() -> bool:
    return MADE_WITH.read_text(encoding="utf-8").strip() == instructions()


@pytest.mark.parametrize("case", CASES)
def test_every_number_is_what_it_was(case, tmp_path, exact):
    was, now = golden(case), recorded(case, tmp_path / case)
    assert sorted(now) == sorted(was)
    for name in was:
        other = [
            f"line {n}:\n  was {old}\n  is  {new}"
            for n, (old, new) in enumerate(zip(was[name], now[name], strict=False), 1)
            if old != new and (exact or not close(old, new))
        ]
        assert not other, f"{case}/{name}: {len(other)} lines differ\n" + "\n".join(other[:5])
        assert len(now[name]) == len(was[name]), f"{case}/{name} has {len(now[name])} lines, not {len(was[name])}"


def close(old: str, new: str) -> bool:
    """Are two lines the same but for the last digits of fractions?"""
    if NUMBER.sub("#", old) != NUMBER.sub("#", new):
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(float(b) == pytest.approx(float(a), rel=RELATIVE, abs=ABSOLUTE) for a, b in pairs)


def test_close_is_the_last_digit():
    assert close("a,0.257087,3", "a,0.257086,3")
    assert not close("a,0.257087,3", "a,0.2571,3") and not close("a,0.257087,3", "a,0.257087,4")


def test_every_case_has_golden_files():
    assert sorted(path.name for path in EXPECTED.iterdir() if path.is_dir()) == sorted(CASES)
