"""Files of a hundred megabytes under a limit of memory: one line, and no more memory than the limit."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterable

import pytest

from fairseq_phonology.commands import main

SPLIT = ("--split", ".5,.5", "--dest", "new")
MEGABYTE = 1_000_000


def _limited(folder, argv: Iterable[str], gigabytes: int) -> tuple[int, str]:
    """Status and standard error of a verb, in a fork that may take so much memory and a minute."""
    if (child := os.fork()) == 0:
        status = 99
        try:
            os.chdir(folder)
            sys.stderr = open("said", "w", encoding="utf-8")  # noqa: SIM115 (the process ends)
            resource.setrlimit(resource.RLIMIT_AS, (gigabytes << 30,) * 2)
            resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
            status = main([*argv])
            sys.stderr.flush()
        finally:
            os._exit(status)
    _, how = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(how), (folder / "said").read_text(encoding="utf-8")


def _write(folder, name: str, parts: Iterable[bytes]) -> None:
    with open(folder / name, "wb") as file:
        file.writelines(parts)


@pytest.mark.parametrize(
    ("argv", "size", "said"),
    [
        (["prepare", "big.tsv", *SPLIT], 300, "has 300,000,000 bytes; allowed: up to 200,000,000"),
        (["grammar", "big.tsv"], 100, "has 100,000,000 bytes; allowed: up to 10,000,000"),
        (["study", "big.tsv", "--dest", "new"], 100, "has 100,000,000 bytes; allowed: up to 10,000,000"),
    ],
    ids=["list", "grammar", "study"],
)
def test_what_is_too_large_is_not_read(tmp_path, argv, size, said):
    with open(tmp_path / "big.tsv", "wb") as file:
        file.truncate(size * MEGABYTE)  # takes no room on the disk
    status, err = _limited(tmp_path, argv, 4)
    assert status == 2 and said in err and len(err.splitlines()) == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "parts", "said"),
    [
        ("line.tsv", [b"ur\tsr\n", b"a " * 50 * MEGABYTE], "line 2: a line of 100,000,000 characters"),
        ("cell.csv", [b'ur,sr\n"', b"a " * 25 * MEGABYTE, b'",a\n'], "line 2: a line of 50,000,004 characters"),
        ("columns.tsv", [b"a\t" * 10 * MEGABYTE], "line 1: a line of 20,000,000 characters"),
        ("open.csv", [b'ur,sr\n"a,b\n', b"a,b\n" * 5 * MEGABYTE], ""),
    ],
    ids=["line", "cell", "columns", "a quotation mark that is never closed"],
)
def test_lists_without_end(tmp_path, name, parts, said):
    _write(tmp_path, name, parts)
    status, err = _limited(tmp_path, ["prepare", name, *SPLIT], 2)
    assert status == 2 and said in err and len(err.splitlines()) == 1
    assert not (tmp_path / "new").exists()
