"""Dictionaries of any language names are found, with their direction; what does not follow from the files is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.training.dictionaries import Dictionaries, find_dictionaries, read_dictionary


def folder_of(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("p 3\na 2\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("names", "given", "expected"),
    [
        (["dict.ur.txt", "dict.sr.txt"], (), ("ur", "sr")),
        (["dict.ur.txt", "dict.sr.txt", "dict.xx.txt", "train.xx-ur.xx.idx"], (), ("ur", "sr")),
        (["dict.xx.g.txt", "dict.xx.p.txt", "train.xx.g-xx.p.xx.g.bin"], (), ("xx.g", "xx.p")),
        (["dict.xx.g.txt", "dict.xx.p.txt", "valid1.xx.p-xx.g.xx.g"], (), ("xx.p", "xx.g")),
        (
            ["dict.ady.graphemes.txt", "dict.ady.phonemes.txt", "test.ady.graphemes-ady.phonemes.ady.graphemes.idx"],
            (),
            ("ady.graphemes", "ady.phonemes"),
        ),
        (["dict.pt-br.txt", "dict.pt.txt", "train.pt-pt-br.pt-br.idx"], (), ("pt", "pt-br")),
        (["dict.a.txt", "dict.b.txt"], ("b",), ("b", "a")),
        (["dict.a.txt", "dict.b.txt"], (None, "b"), ("a", "b")),
        (["dict.a.txt", "dict.b.txt", "dict.c.txt"], ("c", "a"), ("c", "a")),
        (["dict.a.txt", "dict.b.txt", "dict.c.txt", "train.a-b.a.idx", "train.c-b.b.idx"], ("c",), ("c", "b")),
    ],
    ids=[
        *("ours", "ours-among-others", "dots", "raw", "sigmorphon", "hyphens", "source", "target", "both"),
        "of-several-pairs",
    ],
)
def test_direction(tmp_path, names, given, expected):
    folder_of(tmp_path / "bin", *names)
    for path in (tmp_path, tmp_path / "bin"):
        found = find_dictionaries(path, *given)
        assert (found.source, found.target) == expected
        assert found.folder == tmp_path / "bin"
        assert found.segments() == ({"p", "a"}, {"p", "a"})


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        ([], (), "expected dict.ur.txt and dict.sr.txt; dictionaries found here: none"),
        (["dict.src.txt"], (), "expected dict.ur.txt and dict.sr.txt; dictionaries found here: dict.src.txt"),
        (
            ["dict.a.txt", "dict.b.txt"],
            (),
            "which side is underlying? no data set is here, of the dictionaries dict.a.txt, dict.b.txt; give "
            "--source-lang a --target-lang b, or --source-lang b --target-lang a",
        ),
        (
            ["dict.a.txt", "dict.b.txt", "train.a-b.a.bin", "train.b-a.b.bin"],
            (),
            "which side is underlying? more than one direction is here, of the dictionaries dict.a.txt, dict.b.txt; "
            "give --source-lang a --target-lang b, or --source-lang b --target-lang a",
        ),
        (["dict.a.txt", "dict.b.txt"], ("c",), "--source-lang c: no dict.c.txt; dictionaries found here: dict.a.txt,"),
    ],
    ids=["nothing", "one", "no-data", "both-directions", "unknown"],
)
def test_what_the_files_do_not_tell_is_asked(tmp_path, names, given, message):
    folder_of(tmp_path, *names)
    with pytest.raises(InputError) as caught:
        find_dictionaries(tmp_path, *given)
    assert message in str(caught.value)


def test_options_are_for_other_names_than_ours_alone(tmp_path):
    assert Dictionaries(tmp_path).options == []
    assert Dictionaries(tmp_path, "xx.g", "xx.p").options == ["--source-lang", "xx.g", "--target-lang", "xx.p"]


def test_a_data_set_is_of_a_direction(tmp_path):
    folder_of(tmp_path, "test.a-b.a.idx", "test1.b-a.b.idx")
    assert [Dictionaries(tmp_path, "a", "b").has(subset) for subset in ("test", "test1")] == [True, False]


def test_a_symbol_that_may_stand_twice_is_one_symbol(tmp_path):
    """fairseq marks it by a third column."""
    path = tmp_path / "dict.a.txt"
    path.write_text("p 3\n<unk> 0 #fairseq:overwrite\n# 2\na 1 \n", encoding="utf-8")
    assert read_dictionary(path) == {"p", "<unk>", "#", "a"}
