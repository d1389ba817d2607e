"""Long texts that users see are compared with files: sentences, captions, tables, what a command prints.

A test takes the fixture `snapshot` and calls it with a text, or with several lines:

    def test_methods(snapshot):
        snapshot(methods(study))                      # snapshots/test_text/test_methods.txt beside the test's file
        snapshot(caption(study), "caption")           # snapshots/test_text/test_methods.caption.txt
        snapshot([row.sentence for row in rows], "rows")

When a sentence is meant to change, run the test with ``pytest --remake-snapshots`` and read ``git diff``: the files
hold one sentence or clause a line. Numbers that matter are computed in tests, not looked up in snapshots.
"""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

import pytest


def laid_out(text: str) -> str:
    """One sentence or clause a line, so that a difference is seen; what follows within a paragraph is indented."""
    sentence = r"(?<=[a-z\d)%”’»][.?!]) +(?<!et al\. )(?=[“‘(]?[A-Z\d])"
    return re.sub(rf"{sentence}|(?<=;) +", "\n    ", text.strip()) + "\n"


def file_of(test: pytest.Item, part: str = "") -> Path:
    """The snapshot of a test, or of a part of it: in ``snapshots/`` beside the test's file."""
    name = re.sub(r"[^\w.+-]+", "-", test.name.replace("[", ".", 1).removesuffix("]")).strip("-")
    return test.path.parent / "snapshots" / test.path.stem / f"{name}{'.' if part else ''}{part}.txt"


def compare(text: str | Iterable[str], path: Path, remake: bool) -> None:
    """Fail, and show the difference, where a text is not what its snapshot has.

    Args:
        text: a text or its lines.
        path: the snapshot.
        remake: write the snapshot instead.
    """
    now = laid_out(text if isinstance(text, str) else "\n".join(text))
    if remake:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now, encoding="utf-8", newline="\n")
        return
    if not path.exists():
        pytest.fail(f"there is no {path}; make it with --remake-snapshots, and read it", pytrace=False)
    was = path.read_text(encoding="utf-8")
    if now != was:
        lines = difflib.unified_diff(was.splitlines(), now.splitlines(), "was", "is", n=1, lineterm="")
        pytest.fail("\n".join([f"{path} (--remake-snapshots if this is meant)", *lines]), pytrace=False)
