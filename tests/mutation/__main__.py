"""Run the tests that reach a changed line against each change: ``python -m tests.mutation [MODULE ...]``.

Every test file runs once under coverage.py, which says which tests run which lines. Then each mutant lives in a fork of
a process that has imported everything: the code of its functions is exchanged, and the tests that reach the line run,
the shortest first, until one fails. What an import runs, a table or a default, is imported changed instead. Results and
what was measured are kept in ``.mutation``, so that a second run asks for what survived alone.
"""

from __future__ import annotations

import argparse
import collections
import functools
import importlib.machinery
import json
import random
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from tqdm import tqdm

from .forks import ended, forked, quiet
from .kept import IMPORT, KEPT, KILLED, PACKAGE, ROOT, UNREACHED, chosen_for, keep, key_of, known_of, reach_of
from .mutants import Mutant, mutants
from .warm import OPTIONS, Warm

EXPLAINED = Path(__file__).with_name("explained.toml")
# parts of the package -> the tests that are asked
SUITES = {
    "phonology": "phonology properties/test_alignment.py properties/test_natural_classes.py "
    "properties/test_notation.py properties/test_phonotactics.py properties/test_process.py "
    "properties/test_syllables.py properties/test_transcription.py training/test_process_accuracy.py",
    "analysis/statistics": "analysis/statistics analysis/test_criteria.py analysis/people/test_statistics.py "
    "analysis/contrasts/test_by_hand.py",
    "analysis/criteria": "analysis/test_criteria.py analysis/statistics analysis/contrasts/test_verdict.py "
    "analysis/contrasts/test_tests.py analysis/contrasts/test_conditions.py analysis/interventions/test_verdict.py",
    "attention": "attention/test_capture.py attention/test_exchange.py attention/test_knockout.py "
    "attention/test_norms.py",
    "training/exact_match": "training/test_exact_match.py training/test_generated.py training/test_scorer.py",
}
MODULES = [
    *("phonology", "analysis/statistics", "analysis/criteria.py", "training/exact_match.py"),
    *(f"attention/{name}.py" for name in "capture edges exchange intervened knockout multihead places".split()),
]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=MODULES, help="files or folders under fairseq_phonology")
    parser.add_argument("--sample", type=int, metavar="N", help="this many mutants of each file, drawn with --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--imports", type=int, default=0, metavar="N", help="also N of what an import runs, each in a new import: slow"
    )
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="for the tests that one mutant is given, the shortest"
    )
    parser.add_argument("--again", action="store_true", help="also what lived in any run before and is not explained")
    parser.add_argument("--table", action="store_true", help="print what is known, and run nothing")
    options = parser.parse_args()
    found = [path for name in options.modules for path in files_of(PACKAGE / name)]
    for suite, files in _by_suite(found).items():
        if not options.table:
            _run(suite, files, options)
    print(_table(found))


def files_of(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _by_suite(files: Iterable[Path]) -> dict[str, list[Path]]:
    suites = collections.defaultdict(list)
    for path in files:
        name = path.relative_to(PACKAGE).as_posix()
        suites[next(suite for suite in SUITES if name.startswith(suite))].append(path)
    return suites


def _run(suite: str, files: Sequence[Path], options: argparse.Namespace) -> None:
    import matplotlib.pyplot  # noqa: F401  what the forks need not import again: nothing of ours
    import panphon  # noqa: F401
    import scipy.stats  # noqa: F401

    if suite in ("attention", "training/exact_match"):
        import fairseq.trainer  # noqa: F401
        import torch

        torch.set_num_threads(1)
    tests = [str(ROOT / "tests" / name) for name in SUITES[suite].split()]
    every = _by_suite(path for name in MODULES for path in files_of(PACKAGE / name))
    modules = sorted({*every[suite], *files})
    wanted = {}
    for path in files:
        every, drawn = mutants(path.read_text(encoding="utf-8")), random.Random(f"{options.seed} {path.name}")
        inside = [one for one in every if one.inside]
        chosen = drawn.sample(inside, min(len(inside), options.sample or len(inside)))
        outside = [one for one in every if not one.inside]
        chosen += drawn.sample(outside, min(len(outside), options.imports))
        known = known_of(path)["mutants"]
        alive = {key for key, status in known.items() if status != KILLED} - _explained(path)
        asked = {key_of(one) for one in chosen} - known.keys() | (alive if options.again else set())
        wanted[path] = [one for one in every if key_of(one) in asked]
    forked(
        functools.partial(pytest.main, [*OPTIONS, *tests], plugins=[Warm(suite, modules, wanted, options.seconds)]),
        None,
    )
    if not options.imports:
        return
    reach = json.loads(reach_of(suite).read_text())
    with tqdm([(path, one) for path, some in wanted.items() for one in some], desc=f"{suite}, imported") as bar:
        for path, one in bar:
            known = known_of(path)
            if known["mutants"].get(key_of(one)) in (None, IMPORT):
                chosen = chosen_for(path, one, reach, options.seconds)
                status = ended(forked(functools.partial(_imported, path, one, chosen), 200)) if chosen else UNREACHED
                known["mutants"][key_of(one)] = status
                keep(path, known)


def _explained(path: Path) -> set[str]:
    """The mutants of a module that are known to live for a reason."""
    reasons = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    return {key for keys in reasons.get(path.relative_to(PACKAGE).as_posix(), {}).values() for key in keys}


def _imported(path: Path, mutant: Mutant, chosen: Sequence[tuple[str, float]]) -> int:
    """Run tests with a module that is changed before anything imports it."""
    quiet(None)
    code, load = mutant.code(str(path)), importlib.machinery.SourceFileLoader.get_code
    importlib.machinery.SourceFileLoader.get_code = lambda self, name: (
        code if self.path == str(path) else load(self, name)
    )
    files = KEPT / "files" / "pytest"
    return int(pytest.main([*OPTIONS, "-x", f"--basetemp={files}", *(f"{ROOT}/{name}" for name, _ in chosen)]))


def _table(files: Sequence[Path]) -> str:
    """Markdown: how many of each file's mutants are killed, explained and neither; and those."""
    rows, left = [], []
    total = collections.Counter()
    for path in files:
        name, every = path.relative_to(PACKAGE).as_posix(), mutants(path.read_text(encoding="utf-8"))
        lines = {key_of(one): one.line for one in every}
        known = {key: status for key, status in known_of(path)["mutants"].items() if key in lines and status != IMPORT}
        own = _explained(path)
        alive = {key: status for key, status in known.items() if status != KILLED}
        counts = collections.Counter(
            mutants=len(every),
            run=len(known),
            killed=len(known) - len(alive),
            explained=sum(key in own for key in alive),
            survived=sum(key not in own for key in alive),
        )
        if every:
            rows.append((name, counts))
            total += counts
        left += [f"{name}:{lines[key]}: {key} ({status})" for key, status in alive.items() if key not in own]
        left += [f"{name}: {key} (explained, and there is none)" for key in sorted(own - lines.keys())]
        left += [f"{name}: {key} (explained, and killed)" for key in sorted(own & known.keys() - alive.keys())]
    heads = ("mutants", "run", "killed", "explained", "survived")
    table = [("file", *heads), ("---", *("---:" for _ in heads))]
    table += [(name, *(f"{counts[head]:,}" for head in heads)) for name, counts in [*rows, ("all", total)]]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in table), "", *left])


if __name__ == "__main__":
    main()
