"""Snapshots of long texts: what is compared, what a difference shows, and that none is left without its test."""

import ast

import pytest

from tests.helpers import REPOSITORY, snapshots


def test_a_difference_is_shown_sentence_by_sentence(tmp_path):
    path = tmp_path / "snapshots" / "test_a" / "test_b.txt"
    with pytest.raises(pytest.fail.Exception, match=r"there is no .*; make it with --remake-snapshots"):
        snapshots.compare("One. Two.", path, remake=False)
    snapshots.compare("One way. Two ways (p = .01). See Smith et al. and H. Lee.", path, remake=True)
    assert path.read_text("utf-8") == "One way.\n    Two ways (p = .01).\n    See Smith et al. and H. Lee.\n"
    snapshots.compare("One way. Two ways (p = .01). See Smith et al. and H. Lee.", path, remake=False)
    with pytest.raises(pytest.fail.Exception) as error:
        snapshots.compare(["One way. Two ways (p = .02). See Smith et al. and H. Lee."], path, remake=False)
    assert "-    Two ways (p = .01).\n+    Two ways (p = .02).\n" in error.value.msg and "One" in error.value.msg


@pytest.mark.parametrize("value", ["it's 1/2 [a]"])
def test_a_name_for_every_case(request, value):
    path = snapshots.file_of(request.node, "part")
    assert path.name == "test_a_name_for_every_case.it-s-1-2-a.part.txt"
    assert path.parent == REPOSITORY / "tests" / "snapshots" / "test_snapshots"


def test_every_snapshot_has_its_test():
    for path in (REPOSITORY / "tests").rglob("snapshots/*/*.txt"):
        file = path.parents[2] / f"{path.parent.name}.py"
        names = {
            node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
        }
        assert path.name.split(".")[0] in names, f"{path}: remove it"
