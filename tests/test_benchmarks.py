"""What `make bench` computes from its measurements, by hand; nothing is timed here."""

import importlib
import math
import re
import sys

import pytest

from tests.helpers import REPOSITORY

BENCHMARKS = REPOSITORY / "benchmarks"

pytestmark = pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="benchmarks are not part of the distribution")


@pytest.fixture
def module(monkeypatch):
    """A program of the benchmarks, and what it imports, which nothing else finds."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    yield importlib.import_module
    for path in BENCHMARKS.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3, 30, 300], 1), ([2, 200, 20_000], 2), ([5, 5, 5], 0), ([0, 30, 300], 1), ([0, 0, 3], math.nan)],
    ids=["linear", "square", "flat", "too-short-to-measure", "one-point"],
)
def test_the_exponent_is_the_slope_of_the_logarithms(module, values, expected):
    found = module("results").exponent([1_000, 10_000, 100_000], values)
    assert found == pytest.approx(expected, nan_ok=True)


def test_a_section_is_made_anew_and_the_others_stay(module):
    results = module("results")
    text = "# Measured\n\nold words\n\n## A (1,000 words)\n\n| x |\n\n## B: of all\n\n### part\n\ny\n\n## Own\n\nz\n"
    assert list(results.sections_of(text)) == ["A", "B", "Own"]
    made = {"B": "## B: of all\n\nnew\n\n", "C": "## C\n\n" + "\n".join(results.table([("what", "1 x", "")]))}
    found = results.with_sections(text, made, ["C", "B", "A"])
    assert list(results.sections_of(found)) == ["C", "B", "A", "Own"]
    assert found.startswith(results.HEAD) and "## A (1,000 words)\n\n| x |\n\n## Own\n\nz\n" in found
    assert (
        "| what | 1 x |  |\n\n## B: of all\n\nnew\n\n## A" in found and "old words" not in found and "part" not in found
    )
    assert results.with_sections(found, {}, ["C", "B", "A"]) == found


def test_the_stored_results_have_a_section_of_each_name_once(module):
    text = (BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## .*", text, re.MULTILINE)
    assert len(headings) == len(module("results").sections_of(text)) and "Calibration" in module("results").sections_of(
        text
    )


def test_readme_describes_every_section():
    """And `make bench` knows it by that name."""
    known = re.findall(r'^    "(\w+)": f?"', (BENCHMARKS / "run.py").read_text(encoding="utf-8"), re.MULTILINE)
    described = re.findall(r"^\| `(\w+)` \|", (BENCHMARKS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(known) == sorted(described) and len(known) == 20


def test_the_epoch_is_chosen_by_words_or_by_loss(module):
    rows = [("1", 90.0, 1.5), ("2", 95.0, 1.2), ("3", 95.0, 1.1), ("4", 94.0, 1.0), ("5", 93.0, 1.0)]
    history = [{"epoch": e, "exact_match": str(x), "valid_loss": str(loss)} for e, x, loss in rows]
    assert module("selection").chosen(history) == {"exact match": 3, "loss": 4}


def test_shares_of_a_profile(module):
    step_three = module("step_three")
    stats = {
        ("/x/checkpoints/ranking.py", 1, "loss"): (1, 1, 0.0, 4.0, {}),
        ("/x/training/predictions.py", 1, "of"): (9, 9, 0.0, 2.0, {}),
        ("/x/commands/checkpoints.py", 1, "_scorer"): (1, 1, 0.0, 1.0, {}),
        ("/x/other.py", 1, "loss"): (1, 1, 5.0, 5.0, {}),
    }
    shares = dict(step_three.shares(stats, 10.0))
    assert shares["forward passes"] == pytest.approx(0.4) and shares["generating wrong words"] == pytest.approx(0.2)
    assert shares["the rest"] == pytest.approx(0.3) and sum(shares.values()) == pytest.approx(1)


def test_words_a_second_leave_start_up_out(module):
    Used = module("setting").Used
    peers = module("peers")
    one, several = [Used(10, 0, 0)], [Used(30, 0, 0)]
    assert peers.speeds(one, several) == [peers.MORE * peers.setting.TRAIN / 20]
    with pytest.raises(RuntimeError, match="idle machine"):
        peers.speeds(several, one)


def test_whole_processes_are_compared_round_by_round(module):
    setting = module("setting")
    calls = []
    programs = {name: lambda name=name: calls.append(name) or setting.Used(len(calls), 0, 0) for name in "ab"}
    found = setting.in_turns(programs, 3)
    assert calls == list("ababab") and setting.seconds(found["a"]) == 3
    assert setting.ratio(found["b"], found["a"]) == "1.33 x (median of 3, deviation 0.13)"  # 2, 4/3, 6/5
