"""Whole files, and files that are added to: another person's is neither written into nor taken for ours; archives."""

import os
import zipfile
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.files import check_own, new_only, write_file, write_json, write_zip
from fairseq_phonology.files.whole import replacing

LINKS = {"symbolic": os.symlink, "hard": os.link}


@pytest.fixture
def mine(tmp_path):
    """A file that no writer is told of."""
    path = tmp_path / "thesis.txt"
    path.write_text("years of work", encoding="utf-8")
    return path


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
@pytest.mark.parametrize("shared", [False, True])
def test_a_link_under_the_temporary_name_is_not_written_into(tmp_path, mine, link, shared):
    (folder := tmp_path / "run").mkdir()
    link(mine, folder / (f"history.csv.{os.getpid()}.tmp" if shared else "history.csv.tmp"))
    write_json(folder / "history.csv", [1], shared=shared)
    assert mine.read_text(encoding="utf-8") == "years of work" and mine.stat().st_nlink == 1
    assert [path.name for path in folder.iterdir()] == ["history.csv"] and not (folder / "history.csv").is_symlink()


def test_a_link_in_place_of_the_file_itself_is_replaced(tmp_path, mine):
    (path := tmp_path / "curves.png").symlink_to(mine)
    write_file(path, "picture")
    assert mine.read_text(encoding="utf-8") == "years of work" and not path.is_symlink()


def test_what_takes_the_temporary_name_meanwhile_is_neither_used_nor_removed(tmp_path, mine):
    with (
        pytest.raises(InputError, match=r"x\.txt\.tmp: was replaced by another program"),
        replacing(tmp_path / "x.txt") as own,
    ):
        own.unlink()
        own.symlink_to(mine)
    assert own.is_symlink() and not (tmp_path / "x.txt").exists()


def test_a_writer_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match=r"x\.txt: cannot be written: No space left"), replacing(tmp_path / "x.txt"):
        raise OSError(28, "No space left on device")
    assert not any(tmp_path.iterdir())


def test_a_folder_under_the_temporary_name_is_said(tmp_path):
    (tmp_path / "x.txt.tmp").mkdir()
    with pytest.raises(InputError, match=r"x\.txt\.tmp: is a folder, and x\.txt is written under this name"):
        write_file(tmp_path / "x.txt", "one")


def test_the_rights_of_a_new_file_are_those_of_any(tmp_path):
    write_file(tmp_path / "x.txt", "one")
    (tmp_path / "y.txt").write_text("one", encoding="utf-8")
    assert (tmp_path / "x.txt").stat().st_mode == (tmp_path / "y.txt").stat().st_mode


@pytest.mark.parametrize(("link", "said"), [(os.symlink, "is a symbolic link"), (os.link, "a hard link")], ids=LINKS)
def test_what_is_added_to_must_not_be_a_link(tmp_path, mine, link, said):
    check_own(tmp_path / "none", tmp_path, mine)
    link(mine, tmp_path / "train.log")
    with pytest.raises(InputError, match=rf"train\.log: .*{said}"):
        check_own(tmp_path / "none", tmp_path / "train.log")


def test_a_folder_that_is_a_link_is_none_of_ours(tmp_path):
    (tmp_path / "part").symlink_to(tmp_path)
    with pytest.raises(InputError, match="part: is a symbolic link, and what it leads to would be changed"):
        check_own(tmp_path / "part")


def test_new_only_takes_the_place_of_what_a_kill_left(tmp_path):
    (path := tmp_path / "x.tmp").write_text("half", encoding="utf-8")
    with new_only(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_what_another_writer_has_begun_is_left_alone(tmp_path, monkeypatch):
    path, rename = tmp_path / "x.txt", os.replace

    def and_another_begins(old, new):
        rename(old, new)
        Path(old).write_text("begun by another", encoding="utf-8")

    monkeypatch.setattr("fairseq_phonology.files.whole.os.replace", and_another_begins)
    write_file(path, "one")
    assert path.read_text(encoding="utf-8") == "one" and (tmp_path / "x.txt.tmp").exists()


def test_a_file_that_several_write_has_a_temporary_one_for_each(tmp_path):
    with replacing(tmp_path / "x.txt", shared=True) as own, replacing(tmp_path / "x.txt") as other:
        assert own != other
        own.write_text("own", encoding="utf-8")
        other.write_text("other", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_an_archive_is_the_same_bytes_wherever_its_files_lie(tmp_path):
    made = []
    for n, place in enumerate(("one", "two")):
        folder = tmp_path / place
        folder.mkdir()
        for name in ("b.csv", "a.png"):
            (folder / name).write_text(name * 100, encoding="utf-8")
            os.utime(folder / name, (n + 1, n + 1))
        files = {f"x/{name}": folder / name for name in ("b.csv", "a.png")}
        write_zip(folder / "all.zip", files)
        made.append((folder / "all.zip").read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(tmp_path / "one" / "all.zip") as archive:
        assert archive.namelist() == ["x/a.png", "x/b.csv"]
        assert archive.read("x/b.csv").decode() == "b.csv" * 100
    with pytest.raises(InputError, match="missing: cannot be read"):
        write_zip(tmp_path / "one" / "all.zip", {"missing": tmp_path / "missing"})
    assert (tmp_path / "one" / "all.zip").read_bytes() == made[0]  # what was there stays
