"""Set the project up with each Python and torch, run the tests, and compare what one study finds: ``make matrix``.

Each environment is a copy of this folder under ``build/matrix``, set up by its own ``make setup``. What was measured is
kept there as JSON, so that the table can be made of several runs; the environments themselves are removed, since each
takes gigabytes. It needs nothing but Python, and changes nothing outside ``build/matrix`` and the table.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .results import compared, found

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "matrix"
NEWEST = "newest"
STUDY = """
grammar = "user_dir_examples/korean_nasalization/korean.toml"
process = "obstruent-nasalization"
seeds = 1

[words]
nonce = 1000
keep_edges = true

[model]
epochs = 8
encoder_layers = 1
decoder_layers = 1

[stimuli.designed]
stems = 8
suffixes = 4
"""
_LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "build", "demo", "dist", "work", "__pycache__", "*.egg-info")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--python",
        nargs="+",
        default=["python3.11", "python3.12", "python3.13"],
        help="interpreters, or paths to them",
    )
    parser.add_argument(
        "--torch", nargs="+", default=["2.13.0", NEWEST], help=f"releases; {NEWEST}: the newest that pip finds"
    )
    parser.add_argument("--tests", nargs="+", default=["tests"], help="files or folders of tests (all)")
    parser.add_argument("--workers", type=int, default=2, help="tests that run at once (2)")
    parser.add_argument("--study", type=Path, help="the study that is compared (a small one; the demo's takes longer)")
    parser.add_argument("--again", action="store_true", help="also what is finished")
    parser.add_argument("--keep", action="store_true", help="leave the environments there, to be used again")
    parser.add_argument("--out", type=Path, default=WORK / "tested.md", help="the table (build/matrix/tested.md)")
    args = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    for python in args.python:
        for torch in args.torch:
            kept = WORK / f"{Path(python).name}-torch-{torch}.json"
            if args.again or not kept.is_file():
                kept.write_text(json.dumps(_tried(python, torch, args), indent=1), encoding="utf-8")
    args.out.write_text(table([json.loads(path.read_text()) for path in sorted(WORK.glob("*.json"))]), encoding="utf-8")
    print(args.out.read_text(encoding="utf-8"), end="")


def _tried(python: str, torch: str, args: argparse.Namespace) -> dict[str, Any]:
    """What one environment came to."""
    folder = WORK / f"{Path(python).name}-torch-{torch}"
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
    constraints, pinned = folder / "constraints.txt", "" if torch == NEWEST else f"torch=={torch}\n"
    before = constraints.read_text(encoding="utf-8")
    if (text := re.sub(r"^torch==.*\n", pinned, before, flags=re.MULTILINE)) != before:
        constraints.write_text(text, encoding="utf-8")
    tried: dict[str, Any] = {"python": python, "torch": torch, "date": str(datetime.date.today())}
    tried |= {"machine": f"{platform.system()} {platform.machine()}", "tests": args.tests}
    try:
        there = (folder / ".venv" / "ready").is_file()
        seconds = _run(folder, "setup", ["make", "setup", f"PYTHON={python}"])
        tried["setup"] = "kept" if there else f"{seconds / 60:.0f} min"
        tried |= _versions(folder)
        tried |= _tested(folder, args)
        study = folder / "small.toml" if args.study is None else folder / args.study.resolve().relative_to(ROOT)
        if args.study is None:
            study.write_text(STUDY, encoding="utf-8")
        tried["study"] = "small" if args.study is None else str(args.study)
        command = [".venv/bin/fairseq-phonology", "study", str(study), "--dest", "results", "--jobs", "1"]
        tried["study_seconds"] = _run(folder, "study", command)
        tried["found"] = found(folder / "results")
    except subprocess.CalledProcessError as error:
        tried["failed"] = f"{error.cmd}: {_why(folder / f'{error.cmd}.txt')}"
    if not args.keep:
        shutil.rmtree(folder / ".venv", ignore_errors=True)
    return tried


def _run(folder: Path, name: str, command: list[str]) -> float:
    """Seconds of a command that succeeds; what it prints goes to ``NAME.txt``. For each torch pip has a cache of its
    own, since fairseq's wheel is made for one, and its name does not say which."""
    print(f"{folder.name}: {' '.join(command)}", file=sys.stderr, flush=True)
    begin = time.monotonic()
    environment = {**os.environ, "PIP_CACHE_DIR": str(WORK / f"pip-{folder.name.partition('-torch-')[2]}")}
    with (folder / f"{name}.txt").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, name)
    return time.monotonic() - begin


def _why(log: Path) -> str:
    """The last line that speaks of an error, or the last."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    ours = [line for line in lines if not line.startswith(("make:", "WARNING"))]
    return next((line for line in reversed(ours) if "error" in line.lower()), (ours or ["(nothing printed)"])[-1])[:200]


def _versions(folder: Path) -> dict[str, Any]:
    """Of the libraries that the numbers come from; that they import is asked, too."""
    program = (
        "import json, platform, fairseq, numpy, scipy, torch\n"
        "print(json.dumps({'versions': {'Python': platform.python_version(), 'torch': torch.__version__,"
        " 'numpy': numpy.__version__, 'scipy': scipy.__version__}}))"
    )
    (folder / "versions.py").write_text(program, encoding="utf-8")
    _run(folder, "versions", [".venv/bin/python", "versions.py"])
    return json.loads((folder / "versions.txt").read_text(encoding="utf-8").splitlines()[-1])


def _tested(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """The counts of pytest, its seconds, and the names of what failed."""
    report = folder / "tests.xml"
    command = [".venv/bin/python", "-m", "pytest", "-q", "-n", str(args.workers), "--dist", "worksteal"]
    begin = time.monotonic()
    try:
        _run(folder, "pytest", [*command, f"--junitxml={report}", *args.tests])
    except subprocess.CalledProcessError:
        if not report.is_file():
            raise
    suite = ElementTree.parse(report).getroot().find("testsuite")
    counts = {name: int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")}
    failed = counts["failures"] + counts["errors"]
    names = [
        f"{case.get('classname')}::{case.get('name')}"
        for case in suite.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]
    passed = counts["tests"] - failed - counts["skipped"]
    return {
        "test_seconds": time.monotonic() - begin,
        "counts": {"passed": passed, "failed": failed, "skipped": counts["skipped"]},
        "failing": names,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: one row for each environment, and below it what failed."""
    complete = [row for row in rows if "found" in row]
    lines = [
        "| Python | torch | numpy | scipy | Set up | Passed | Failed | Skipped | Tests took | The study's results |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        versions, counts = row.get("versions", {}), row.get("counts", {})
        same = "not run"
        if "found" in row:
            same = "the first" if row is complete[0] else str(compared(complete[0]["found"], row["found"]))
        cells = [versions.get("Python", row["python"]), versions.get("torch", row["torch"])]
        cells += [versions.get("numpy", ""), versions.get("scipy", "")]
        cells += [row.get("setup", "failed")]
        cells += [str(counts.get(name, "")) for name in ("passed", "failed", "skipped")]
        cells += [f"{row['test_seconds'] / 60:.0f} min" if "test_seconds" in row else "", same]
        lines.append(f"| {' | '.join(cells)} |")
    notes = [f"- {row['python']}, torch {row['torch']}: {row['failed']}" for row in rows if "failed" in row]
    notes += [f"- {row['python']}, torch {row['torch']}: {name}" for row in rows for name in row.get("failing", [])]
    ran = sorted({(row["date"], row["machine"], " ".join(row["tests"])) for row in rows})
    said = [f"Tested: {tests}, on {date}, {machine}." for date, machine, tests in ran]
    return "\n".join([*said, "", *lines, *([""] if notes else []), *notes, ""])


if __name__ == "__main__":
    main()
