"""Imports point down only, and the parts that need neither torch nor fairseq import neither."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(importlib.util.find_spec("fairseq_phonology").origin).resolve().parent
BELOW = {  # room -> rooms it may enter; task, commands and the package itself know all
    "phonology": set(),
    "refusal": {"phonology"},  # both know the one exception, InputError, and nothing else
    "loading": {"phonology", "refusal"},
    "folders": {"phonology"},
    "registry": {"phonology"},
    "training": {"phonology", "loading", "folders", "registry"},
    "attention": {"phonology", "loading"},
    "analysis": {"phonology", "attention", "registry"},
    "experiments": {"phonology", "loading", "folders", "training", "attention", "analysis", "task"},
}


def imported_rooms(path):
    """The rooms of the package that a module imports, wherever in the module."""
    parts = ["fairseq_phonology", *path.relative_to(PACKAGE).with_suffix("").parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = parts[: len(parts) - node.level] if node.level else []
            base += node.module.split(".") if node.module else []
            names = [base] if len(base) > 1 else [[*base, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        else:
            continue
        yield from (name[1] for name in names if name[0] == "fairseq_phonology" and len(name) > 1)


@pytest.mark.parametrize("room", BELOW)
def test_imports_point_down(room):
    folder = PACKAGE / room
    files = list(folder.rglob("*.py")) if folder.is_dir() else list(PACKAGE.glob(f"{room}.py"))
    for path in files:
        climbing = set(imported_rooms(path)) - BELOW[room] - {room}
        assert not climbing, f"{path.name} imports {climbing}"


def test_the_check_sees_an_import_that_climbs(tmp_path):
    assert "training" in set(imported_rooms(PACKAGE / "task.py"))


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
from fairseq_phonology.training import curves, history, process_accuracy
from fairseq_phonology.analysis import intervene, intervention_table
from fairseq_phonology import experiments
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
