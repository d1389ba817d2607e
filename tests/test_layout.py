"""Imports point down only, never in a circle, and the parts that need neither torch nor fairseq import neither."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(importlib.util.find_spec("fairseq_phonology").origin).resolve().parent
# they know nobody but each other
GROUND = {"errors", "text", "files", "registry"}
KNOWLEDGE = {*GROUND, "phonology", "corpus", "stimuli"}
BELOW = {  # room -> rooms it may enter; task, commands, workflow and the package itself know all
    "errors": {"text"},
    "text": set(),
    "files": {"errors", "text"},
    "registry": {"errors"},
    "loading": {"errors", "files", "text"},
    "phonology": GROUND,
    "corpus": {*GROUND, "phonology"},
    "stimuli": {*GROUND, "phonology", "corpus"},
    "training": {*KNOWLEDGE, "loading"},
    "attention": {*KNOWLEDGE, "loading"},
    "analysis": {*KNOWLEDGE, "loading", "training", "attention"},
}
ANALYSIS = (  # each may enter those before it
    *(
        "provenance",
        "design",
        "events",
        "statistics",
        "withheld",
        "evidence",
        "criteria",
        "contrasts",
        "interventions",
        "models",
        "dynamics",
        "people",
        "errors",
    ),
    *("figures", "report", "pipeline"),
)


def modules():
    """Every module of the package, as ``analysis.figures.units``, with its file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"), path


NAMES = dict(modules())


def imported(name):
    """The modules of the package that a module imports, wherever in it."""
    path = NAMES[name]
    parts = ["fairseq_phonology", *path.relative_to(PACKAGE).with_suffix("").parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = parts[: len(parts) - node.level] if node.level else []
            base += node.module.split(".") if node.module else []
            found = [[*base, alias.name] for alias in node.names] if base[:1] == ["fairseq_phonology"] else []
        elif isinstance(node, ast.Import):
            found = [alias.name.split(".") for alias in node.names if alias.name.startswith("fairseq_phonology.")]
        else:
            continue
        for each in found:
            whole, above = ".".join(each[1:]), ".".join(each[1:-1])
            if whole in NAMES or above:
                yield whole if whole in NAMES else above


def rooms(name, depth):
    """The rooms that a module imports from: parts of the names at a depth, its own apart."""
    own = name.split(".")[: depth + 1]
    for other in imported(name):
        parts = other.split(".")
        if parts[:depth] == own[:depth] and len(parts) > depth and parts[depth] != own[depth]:
            yield parts[depth]


@pytest.mark.parametrize("room", BELOW)
def test_imports_point_down(room):
    for name in NAMES:
        if name.split(".")[0] == room:
            climbing = set(rooms(name, 0)) - BELOW[room]
            assert not climbing, f"{name} imports {climbing}"


@pytest.mark.parametrize("room", ANALYSIS)
def test_imports_inside_analysis_point_down(room):
    for name in NAMES:
        if name.split(".")[:2] == ["analysis", room]:
            climbing = set(rooms(name, 1)) - set(ANALYSIS[: ANALYSIS.index(room)])
            assert not climbing, f"{name} imports {climbing}"


def test_every_room_of_analysis_has_its_place():
    found = {name.split(".")[1] for name in NAMES if name.startswith("analysis.")}
    assert found <= set(ANALYSIS), found - set(ANALYSIS)


def circles():
    """Circles of imports between modules, each as it is found first."""
    graph = {name: sorted(set(imported(name)) - {name}) for name in NAMES}
    done, found = set(), []

    def walk(name, way):
        if name in way:
            found.append([*way[way.index(name) :], name])
        elif name not in done:
            for other in graph[name]:
                walk(other, [*way, name])
            done.add(name)

    for name in graph:
        walk(name, [])
    return found


def test_no_imports_in_a_circle():
    # the package registers its task, which knows all; that is the one way back up
    assert [circle for circle in circles() if "" not in circle and "__init__" not in circle] == []


def test_the_check_sees_an_import_that_climbs():
    assert "training" in set(rooms("task", 0))


def test_what_needs_neither_torch_nor_fairseq_works_without_them():
    program = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "fairseq", "sacrebleu"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "fairseq" else find(name, package)
import fairseq_phonology as fp
nasalization = fp.Process.parse("k -> ŋ / _ m")
print(nasalization.apply("a k m".split(), fp.Inventory("a k ŋ m".split())), fp.segment("학", "hangul-ur"))
from fairseq_phonology.training import process_accuracy
from fairseq_phonology.training.history import curves, history
import pkgutil, importlib
from fairseq_phonology import analysis
for module in pkgutil.walk_packages(analysis.__path__, "fairseq_phonology.analysis."):
    importlib.import_module(module.name)
assert "torch" not in sys.modules and "fairseq" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=PACKAGE.parent,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "('a', 'ŋ', 'm') ('h', 'a', 'k')"


def test_verbs_print_through_one_function():
    """`say`, which shows what a terminal would obey; `print` only of what holds no text of anybody's, or is shown."""
    rooms = ("commands", "workflow")
    own = {
        "commands.wiring.terminal",
        "commands.user_dir",
        "workflow.engine.progress",
        "workflow.engine.run",
        "workflow.trainer",
    }
    for name in NAMES:
        if name.split(".")[0] in rooms and name not in own:
            nodes = ast.walk(ast.parse(NAMES[name].read_text(encoding="utf-8")))
            found = [node.lineno for node in nodes if isinstance(node, ast.Name) and node.id == "print"]
            assert not found, f"{name} prints in line {found[0]}"
