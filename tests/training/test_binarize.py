"""Binarized data that are cut short, damaged or of other dictionaries are refused with the file's name."""

from __future__ import annotations

import json
import re

import pytest

pytest.importorskip("fairseq")
import torch
from fairseq.data import indexed_dataset

from fairseq_phonology import InputError
from fairseq_phonology.files import sha256_of
from fairseq_phonology.training.binarize import check_data_set, check_record
from fairseq_phonology.training.dictionaries import Dictionaries, check_dictionary, check_symbols

WORDS = [[4, 5, 2], [6, 2], [4, 4, 4, 2]]


@pytest.fixture
def data(tmp_path):
    """Three words of three symbols, as fairseq-preprocess writes them, and prepare's record and table."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for side in ("ur", "sr"):
        prefix = str(folder / f"valid.ur-sr.{side}")
        builder = indexed_dataset.make_builder(f"{prefix}.bin", "mmap", vocab_size=7)
        for word in WORDS:
            builder.add_item(torch.tensor(word))
        builder.finalize(f"{prefix}.idx")
        (folder / f"dict.{side}.txt").write_text("a 5\nb 2\nc 1\n", encoding="utf-8")
    (tmp_path / "valid.tsv").write_text("id\tur\tsr\n1\ta b\ta b\n2\tc\tc\n3\ta a a\ta a a\n", encoding="utf-8")
    return Dictionaries(folder)


def _check(data, **options):
    check_data_set(data, "valid", (7, 7), **options)


def test_whole_data_pass(data):
    _check(data)
    _check(data, combine=True)
    (data.folder / "valid.ur-sr.sr.idx").unlink()
    (data.folder / "valid.ur-sr.sr.bin").unlink()
    _check(data)  # a list without SRs


def _edit(path, change):
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("ur.idx", lambda b: b[:-1], "has 61 bytes, and 62 for its 3 words: damaged or cut short"),
        ("ur.idx", lambda b: b[:20], "is no index of binarized words"),
        ("ur.idx", lambda b: b"", "is no index of binarized words"),
        ("ur.idx", lambda b: b"x" + b[1:], "is no index of binarized words"),
        ("ur.idx", lambda b: b[:18] + b"\xff" * 8 + b[26:], "has 62 bytes, and .* for its"),
        ("ur.idx", lambda b: b[:26] + b"\x09" + b[27:], "its lengths and places of words do not fit"),
        ("sr.bin", lambda b: b[:-2], "has 16 bytes, and 18 by its index"),
        ("sr.bin", lambda b: b"", "has 0 bytes, and 18 by its index"),
        ("sr.bin", lambda b: b"\x09" + b[1:], "has the symbol 9, and its dictionary has 7"),
        ("ur.bin", None, "is missing"),
        ("sr.idx", None, "is missing"),
    ],
    ids=lambda value: "" if callable(value) else str(value),
)
def test_damaged_files(data, name, change, said):
    path = data.folder / f"valid.ur-sr.{name}"
    path.unlink() if change is None else _edit(path, change)
    with pytest.raises(InputError, match=rf"{re.escape(path.name)}: {said}"):
        _check(data)


def test_other_numbers_of_words(data):
    builder = indexed_dataset.make_builder(str(data.folder / "valid.ur-sr.sr.bin"), "mmap", vocab_size=7)
    builder.add_item(torch.tensor([4, 2]))
    builder.finalize(str(data.folder / "valid.ur-sr.sr.idx"))
    with pytest.raises(InputError, match=r"sr\.idx: has 1 words, and 3 are on the other side"):
        _check(data)


def test_what_prepare_wrote(data):
    files = {path.name: sha256_of(path) for path in data.folder.iterdir()}
    (data.folder / "prepare.json").write_text(json.dumps({"sha256": files}), encoding="utf-8")
    _check(data)
    table = data.folder.parent / "valid.tsv"
    _edit(table, lambda b: b[: b.index(b"3")])
    with pytest.raises(InputError, match=r"valid\.tsv: has 2 words, and 3 were binarized"):
        _check(data)
    (data.folder / "dict.sr.txt").write_text("a 5\nc 1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"dict\.sr\.txt: is not what prepare wrote"):
        check_record(data.folder, r"dict\..*")


def test_no_such_data_set(data):
    with pytest.raises(InputError, match="no data set 'dev' of ur-sr; found here: valid"):
        check_data_set(data, "dev", (7, 7))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a 5\nb\n", "line 2: 'b' is no symbol with its count"),
        (b"a 5\nb 2\na 1\n", "line 3: 'a' stands in it twice"),
        ("a 5\nb 2\n".encode("utf-16"), "is not plain UTF-8"),
        (b"\xef\xbb\xbfa 5\n", "is not plain UTF-8"),
        (b"", "is empty"),
    ],
    ids=["no count", "twice", "UTF-16", "mark", "empty"],
)
def test_damaged_dictionaries(tmp_path, content, said):
    (tmp_path / "dict.ur.txt").write_bytes(content)
    with pytest.raises(InputError, match=said):
        check_dictionary(tmp_path / "dict.ur.txt")


@pytest.mark.parametrize(
    ("trained", "said"),
    [
        ([["a", "b"], ["b", "a"]], "the surface one here has the same segments in another order"),
        ([["a", "c"], ["a", "b"]], "the underlying one here has 'b' where its training had 'c'"),
        ([["a"], ["a", "b"]], "the underlying one here has 2 symbols, not 1"),
        ("ab", "is not two lists of symbols"),
    ],
    ids=str,
)
def test_other_dictionaries_than_those_of_the_training(trained, said):
    with pytest.raises(InputError, match=said):
        check_symbols(trained, ["a", "b"], ["a", "b"])


def test_the_same_dictionaries_and_a_checkpoint_that_does_not_say():
    check_symbols([["a"], ["b"]], ["a"], ["b"])
    check_symbols(None, ["a"], ["b"])
