"""What two machines are compared by, and the table of them; the machines themselves are set up by hand."""

from __future__ import annotations

import subprocess

import pytest

from tests.helpers import REPOSITORY
from tests.machines.__main__ import _why, table
from tests.machines.results import compared, found


def study(folder, exact="98.5", hypothesis="h a ŋ m u n", score="-0.25", wall="12.5"):
    (folder / "models").mkdir(parents=True)
    (folder / "nonce.tsv").write_text("id\tur\nw1\th a k m u n\n", encoding="utf-8")
    (folder / "models" / "history.csv").write_text(f"epoch,exact_match,wall\n1,{exact},{wall}\n", encoding="utf-8")
    lines = f"2026 | INFO | 3 s\nS-0\th a k m u n\nH-0\t{score}\t{hypothesis}\n"
    (folder / "generate.txt").write_text(lines, encoding="utf-8")
    return found(folder)


def test_runs_agree_but_for_the_clock_and_rounding(tmp_path):
    first = study(tmp_path / "a")
    assert str(compared(first, study(tmp_path / "b", wall="99"))) == "identical"
    close = compared(first, study(tmp_path / "c", score="-0.250002"))
    assert close.largest == pytest.approx(2e-6) and str(close) == "same texts; numbers within 2e-06"
    other = compared(first, study(tmp_path / "d", hypothesis="h a k m u n"))
    assert str(other) == "1 of 3 files differ in more than numbers, generate.txt first"
    (tmp_path / "c" / "more.csv").write_text("a\n1\n", encoding="utf-8")
    assert compared(first, found(tmp_path / "c")).other == ["more.csv"]


def test_table_has_failed_environments_and_says_why(tmp_path):
    one = {
        "python": "python3.11",
        "torch": "2.13.0",
        "date": "2026-11-28",
        "machine": "Linux x86_64",
        "tests": ["tests"],
    }
    versions = {"Python": "3.11.7", "torch": "2.13.0", "numpy": "2.4.6", "scipy": "1.17.1"}
    measured = {"versions": versions, "counts": {"passed": 8, "failed": 1, "skipped": 2}, "failing": ["tests.a::b"]}
    whole = {**one, **measured, "setup": "4 min", "test_seconds": 660.0, "found": study(tmp_path / "a")}
    log = tmp_path / "setup.txt"
    log.write_text("WARNING: an error of no account\nERROR: No matching distribution\nmake: *** [setup] Error 1\n")
    broken = {**one, "python": "python3.14", "failed": f"setup: {_why(log)}"}
    assert table([whole, {**whole}, broken]).splitlines() == [
        "Tested: tests, on 2026-11-28, Linux x86_64.",
        "",
        "| Python | torch | numpy | scipy | Set up | Passed | Failed | Skipped | Tests took | The study's results |",
        "|---|---|---|---|---|---|---|---|---|---|",
        "| 3.11.7 | 2.13.0 | 2.4.6 | 1.17.1 | 4 min | 8 | 1 | 2 | 11 min | the first |",
        "| 3.11.7 | 2.13.0 | 2.4.6 | 1.17.1 | 4 min | 8 | 1 | 2 | 11 min | identical |",
        "| python3.14 | 2.13.0 |  |  | failed |  |  |  |  | not run |",
        "",
        "- python3.14, torch 2.13.0: setup: ERROR: No matching distribution",
        "- python3.11, torch 2.13.0: tests.a::b",
        "- python3.11, torch 2.13.0: tests.a::b",
    ]


def test_debian_installs_what_the_guide_names():
    script = REPOSITORY / "tests" / "machines" / "debian.sh"
    done = subprocess.run(["bash", script], capture_output=True, text=True)
    assert done.returncode == 2 and "debian.sh trixie" in done.stdout
    (line,) = [line for line in script.read_text(encoding="utf-8").splitlines() if line.startswith("packages=")]
    program = f"project={REPOSITORY}; {line}; echo $packages"
    named = subprocess.run(["bash", "-c", program], capture_output=True, text=True).stdout.split()
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")  # which names each where it is missing
    assert named == [name for name in named if f"(Debian: apt-get install {name})" in makefile] != []
