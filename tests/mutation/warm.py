"""A session of pytest that has imported all: it measures what its tests reach, and runs them against mutants."""

from __future__ import annotations

import collections
import functools
import gc
import json
import os
import resource
import shutil
import sys
import time
import types
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from tqdm import tqdm

from .forks import AGAIN, ended, forked, quiet
from .kept import (
    IMPORT,
    KEPT,
    PACKAGE,
    ROOT,
    SURVIVED,
    UNREACHED,
    chosen_for,
    digest_of,
    keep,
    key_of,
    known_of,
    reach_of,
)
from .mutants import Mutant

OPTIONS = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "--import-mode=importlib"]

TABLE = "_panphon_table"  # what takes a second and runs nothing of ours: kept from fork to fork

KILLER = KEPT / "files" / "killer"  # which test has noticed a mutant


class Warm:
    """A session of pytest that has collected the tests; each test file and each mutant runs in a fork of it."""

    """Args:
        suite: what the tests are called.
        modules: whose lines are measured.
        wanted: the mutants of each of them.
        most: seconds of the processor, for the tests that one mutant is given.
    """

    def __init__(self, suite: str, modules: Sequence[Path], wanted: dict[Path, list[Mutant]], most: float):
        self.suite, self.modules, self.wanted, self.most = suite, modules, wanted, most

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        session.items = [item for item in session.items if not item.get_closest_marker("long")]
        self.by_file = collections.defaultdict(list)
        for item in session.items:
            self.by_file[item.path].append(item)
        (KEPT / "files").mkdir(parents=True, exist_ok=True)
        for cache in _live()[1]:
            if cache.__name__ == TABLE:
                cache()
        reach = self._reach(session.config)
        functions, caches = _live()
        names = {item.nodeid: item for item in session.items}
        killers: list[str] = []  # the tests that noticed something last, first: they often notice the next, too
        mutated = [(path, one) for path, some in self.wanted.items() for one in some]
        for path, one in tqdm(mutated, desc=self.suite):
            known = known_of(path)
            if not one.inside:
                known["mutants"].pop(key_of(one), None)
            elif not (chosen := chosen_for(path, one, reach, self.most)):
                known["mutants"][key_of(one)] = UNREACHED
            else:
                first = {name: n for n, name in enumerate(killers)}
                chosen.sort(key=lambda one: first.get(one[0], len(first)))
                items = [(names[name], 2 + int(5 * seconds)) for name, seconds in chosen]
                work = functools.partial(_exchanged, session.config, path, one, items, functions, caches)
                status = ended(forked(work, 60 + 20 * sum(seconds for _, seconds in chosen)))
                if KILLER.is_file():
                    name = KILLER.read_text()
                    killers = [name, *(each for each in killers if each != name)][:20]
                at_import = one.line in reach["import"].get(path.relative_to(PACKAGE).as_posix(), ())
                known["mutants"][key_of(one)] = IMPORT if status == SURVIVED and at_import else status
                shutil.rmtree(KEPT / "files", ignore_errors=True)
                (KEPT / "files").mkdir()
            keep(path, known)
        return True

    def _reach(self, config: pytest.Config) -> dict:
        """Which tests run which lines, and in what time; measured again where the test file or a module is new."""
        kept = reach_of(self.suite)
        sources = digest_of(*self.modules)
        before = json.loads(kept.read_text()) if kept.is_file() else {}
        files = before.get("files", {}) if before.get("sources") == sources else {}
        if "import" not in before or before.get("sources") != sources:
            output = KEPT / "files" / "import.json"
            forked(functools.partial(_measured_import, config, list(self.by_file), self.modules, output), None)
            before["import"] = json.loads(output.read_text())
        for path in tqdm(self.by_file, desc=f"{self.suite}, reach"):
            name, digest = path.relative_to(ROOT).as_posix(), digest_of(path)
            if files.get(name, {}).get("sha256") != digest:
                output = KEPT / "files" / "reach.json"
                output.unlink(missing_ok=True)
                if forked(functools.partial(_measured, config, self.by_file[path], self.modules, output), 600):
                    print(f"{name}: its tests fail, or take too long, and are not asked")
                    files[name] = {"sha256": digest, "seconds": {}, "lines": {}}
                else:
                    files[name] = {"sha256": digest, **json.loads(output.read_text())}
                kept.write_text(json.dumps({"sources": sources, "import": before["import"], "files": files}))
        return {"import": before["import"], "files": {name: files[name] for name in sorted(files)}}


def _measured_import(config: pytest.Config, tests: Sequence[Path], modules: Sequence[Path], output: Path) -> None:
    """The lines of the package that the import of the tests runs."""
    import coverage

    quiet(config)
    forget()
    measured = coverage.Coverage(data_file=None, include=[*map(str, modules)], config_file=False)
    measured.start()
    pytest.main([*OPTIONS, "--collect-only", *map(str, tests)])
    measured.stop()
    data = measured.get_data()
    lines = {Path(path).relative_to(PACKAGE).as_posix(): data.lines(path) for path in data.measured_files()}
    output.write_text(json.dumps(lines))


def _measured(config: pytest.Config, items: Sequence[pytest.Item], modules: Sequence[Path], output: Path) -> int:
    """Seconds of each test of a file, and the lines that each runs; a fixture's count for all after it."""
    import coverage

    quiet(config)
    failed = _Failed()
    config.pluginmanager.register(failed)
    measured = coverage.Coverage(data_file=None, include=[*map(str, modules)], config_file=False)
    measured.set_option("run:disable_warnings", ["no-data-collected"])  # a test may make errors of warnings
    seconds, lines, shared = {}, {}, collections.defaultdict(set)

    def taken() -> dict[str, set[int]]:
        measured.stop()
        data = measured.get_data()
        found = {Path(path).relative_to(PACKAGE).as_posix(): set(data.lines(path)) for path in data.measured_files()}
        measured.erase()
        return found

    class Steps:
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_setup(self, item: pytest.Item):
            measured.start()
            try:
                return (yield)
            finally:
                for path, own in taken().items():
                    shared[path] |= own

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_call(self, item: pytest.Item):
            measured.start()
            try:
                return (yield)
            finally:
                own = taken()
                lines[item.nodeid] = {path: sorted(own.get(path, set()) | shared[path]) for path in {*own, *shared}}

    config.pluginmanager.register(Steps())
    for item, after in zip(items, [*items[1:], None], strict=True):
        start = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        seconds[item.nodeid] = round(time.process_time() - start, 3)
        if failed.there:
            return 1
    output.write_text(json.dumps({"seconds": seconds, "lines": lines}))
    return 0


class _Failed:
    there = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.there |= report.failed


def _live() -> tuple[dict[tuple, list[types.FunctionType]], list]:
    """The functions of the package by name and line, and whatever caches what they gave."""
    functions = collections.defaultdict(list)
    own = str(PACKAGE)
    for each in gc.get_objects():
        if isinstance(each, types.FunctionType) and each.__code__.co_filename.startswith(own):
            functions[_name(each.__code__)].append(each)
    caches = [each for each in gc.get_objects() if isinstance(each, functools._lru_cache_wrapper)]
    names = ("fairseq_phonology", "tests", "conftest")
    return functions, [each for each in caches if str(each.__module__).startswith(names)]


def _name(code: types.CodeType) -> tuple:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _codes(code: types.CodeType) -> Iterable[types.CodeType]:
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield each
            yield from _codes(each)


def _exchanged(config, path, mutant, items, functions, caches) -> int:
    """Run tests, each in seconds of the processor, with the code of the functions exchanged; AGAIN where the module
    must be imported instead."""
    quiet(config)
    codes = collections.defaultdict(list)
    for code in _codes(mutant.code(str(path))):
        codes[_name(code)].append(code)
    changed = 0
    for name, several in codes.items():
        for function in functions.get(name, ()):
            if len(several) > 1:
                return AGAIN
            if function.__code__ != several[0]:
                if len(function.__code__.co_freevars) != len(several[0].co_freevars):
                    return AGAIN
                function.__code__ = several[0]
                changed += 1
    if not changed:
        return AGAIN
    for cache in caches:
        if cache.__name__ != TABLE or mutant.place == TABLE:
            cache.cache_clear()
    config.pluginmanager.register(_Stop())
    for (item, seconds), (after, _) in zip(items, [*items[1:], (None, 0)], strict=True):
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds, resource.RLIM_INFINITY))
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
    return 0


class _Stop:
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            KILLER.write_text(report.nodeid)
            os._exit(1)


def forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("fairseq_phonology", "conftest")]:
        del sys.modules[name]
    for name in [name for name in sys.modules if name.startswith("tests.") and "mutation" not in name]:
        del sys.modules[name]
