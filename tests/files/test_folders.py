"""What verbs make: whole or not at all, in place of nothing unasked, by one process at a time; what kills leave."""

import json
import multiprocessing
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.files import Lock, alone, folders, new_file, new_folder, restore
from fairseq_phonology.files.lock import HOST

OURS = re.compile("a.txt|figures")


def folder(dest, overwrite=False):
    return new_folder(dest, overwrite, "analyze", OURS, "--out")


def file(out, overwrite=False, **read):
    return new_file(out, overwrite, read)


def make(how, dest, text="new", overwrite=False):
    """A folder with one file, or a file, with this text."""
    with how(dest, overwrite) as work:
        (work / "a.txt" if how is folder else work).write_text(text)


def text_of(how, dest):
    return (dest / "a.txt" if how is folder else dest).read_text()


def beside(dest):
    """Names of what is there besides."""
    return sorted(path.name for path in dest.parent.iterdir() if path != dest)


both = pytest.mark.parametrize("how", [folder, file], ids=["folder", "file"])


@pytest.fixture
def dest(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    return tmp_path / "in" / "out.txt"


# ---- what is there


@both
def test_it_is_there_whole_or_not_at_all(how, dest):
    with pytest.raises(ZeroDivisionError), how(dest):
        assert beside(dest) == sorted([f".out.txt.{os.getpid()}@{HOST}.new", ".out.txt.lock"])
        1 / 0  # noqa: B018
    assert beside(dest) == [] and not dest.exists()
    make(how, dest)
    assert text_of(how, dest) == "new" and beside(dest) == []
    with pytest.raises(InputError, match="or add --overwrite"):
        make(how, dest)
    make(how, dest, "newer", overwrite=True)
    assert text_of(how, dest) == "newer" and beside(dest) == []
    if how is file:
        assert dest.stat().st_nlink == 1


def test_no_file_is_wanted():
    with file(None) as work:
        assert work is None


def test_parent_folders_are_made_and_go_with_a_failure(dest):
    deep = dest / "b" / "c"
    with pytest.raises(ZeroDivisionError), folder(deep):
        1 / 0  # noqa: B018
    assert not dest.exists()
    make(folder, deep)
    assert text_of(folder, deep) == "new" and beside(deep) == []


def test_errors_name_the_place_that_the_user_knows(dest):
    for error in (InputError("is bad", None), OSError(28, "No space left on device")):
        for how, inside in ((folder, "/a.txt"), (file, "")):
            with pytest.raises(InputError) as refused, how(dest) as work:
                hidden = work / "a.txt" if how is folder else work
                if isinstance(error, OSError):
                    raise OSError(*error.args, str(hidden))
                raise InputError("is bad", hidden)
            assert str(refused.value).startswith(f"{dest}{inside}: ") and ".new" not in str(refused.value)
    with pytest.raises(InputError, match=r"^elsewhere: is bad$"), folder(dest):
        raise InputError("is bad", "elsewhere")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (".", "is the folder that you are in; --out must name another"),
        ("..", "is not empty"),
        ("/", "is not empty"),
        ("hangs", "is a symbolic link to nothing; --out must name a folder"),
        ("plain", "is a file; --out must name a folder"),
        ("plain/out", "/plain is a file"),
        ("x" * 300, "cannot be made: File name too long"),
    ],
)
def test_places_for_no_folder(dest, place, said):
    def things():
        return {path.name: path.read_text() if path.is_file() else "" for path in Path().iterdir()}

    if place != ".":
        Path("hangs").symlink_to("nothing")
        Path("plain").write_text("mine")
    before = things()
    with pytest.raises(InputError, match=re.escape(said)):
        make(folder, place)
    assert things() == before


def test_only_the_own_result_is_replaced(dest):
    make(folder, dest)
    (dest / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds mine.txt, which analyze did not make: --overwrite would delete it"):
        make(folder, dest, overwrite=True)
    assert text_of(folder, dest) == "new"


@both
def test_a_link_stays_and_what_it_leads_to_is_made(how, dest):
    real = dest.with_name("real.txt")
    make(how, real)
    dest.symlink_to(real)
    make(how, dest, "newer", overwrite=True)
    assert dest.is_symlink() and text_of(how, real) == "newer" and beside(dest) == ["real.txt"]


def test_no_file_that_is_read_is_replaced(dest):
    dest.write_text("mine")
    for spelling in (dest, Path("out.txt"), Path("..", "in", "out.txt"), f"{dest},none"):
        with pytest.raises(InputError, match="--out is the list that is read; name another file"):
            file(dest, True, list=spelling).__enter__()
    assert dest.read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
@both
def test_a_folder_that_may_not_be_written(how, dest):
    dest.parent.chmod(0o555)
    try:
        with pytest.raises(InputError, match="cannot be made: Permission denied"):
            make(how, dest)
    finally:
        dest.parent.chmod(0o755)
    assert beside(dest) == []


# ---- what appears meanwhile


@both
@pytest.mark.parametrize(
    "appear",
    [
        lambda dest: (dest / "mine").mkdir(parents=True),
        lambda dest: dest.write_text("mine"),
        lambda dest: dest.symlink_to("nothing"),
    ],
    ids=["folder", "file", "link"],
)
def test_what_appears_meanwhile_stays_and_the_result_is_beside_it(how, appear, dest):
    with pytest.raises(InputError) as refused, how(dest) as work:
        (work / "a.txt" if how is folder else work).write_text("new")
        appear(dest)
        before = folders._seen(dest)
    kept = next(path for path in dest.parent.iterdir() if path != dest)
    assert str(refused.value) == (
        f"{dest}: was changed by another program meanwhile, and stays as it is; the result is in {kept}"
    )
    assert kept.name == ("out.txt.new" if how is folder else "out.new.txt") and text_of(how, kept) == "new"
    assert folders._seen(dest) == before and len(beside(dest)) == 1


def test_an_empty_folder_in_which_something_appears(dest):
    dest.mkdir()
    with pytest.raises(InputError, match="was changed by another program meanwhile"), folder(dest):
        (dest / "mine").touch()
    assert (dest / "mine").exists()
    (dest / "mine").unlink()
    dest.with_name("out.txt.new").rename(dest.with_name("out.txt.new1"))
    make(folder, dest)
    assert text_of(folder, dest) == "new"


@pytest.mark.parametrize(
    "change",
    [
        lambda dest: (dest / "mine").touch(),
        lambda dest: (dest / "figures" / "mine").touch(),
        lambda dest: (dest / "a.txt").write_text("changed by hand"),
        lambda dest: (dest / "a.txt").unlink(),
    ],
    ids=["file", "deep-file", "edit", "removal"],
)
def test_what_changes_before_it_is_replaced_stays(change, dest):
    make(folder, dest, "old")
    (dest / "figures").mkdir()
    with (
        pytest.raises(InputError, match=r"stays as it is; the result is in .*out\.txt\.new$"),
        folder(dest, True) as work,
    ):
        (work / "a.txt").write_text("new")
        change(dest)
        changed = folders._seen(dest)
    assert folders._seen(dest) == changed and beside(dest) == ["out.txt.new"]


def test_a_file_that_changes_before_it_is_replaced_stays(dest):
    dest.write_text("old")
    with pytest.raises(InputError, match=r"the result is in .*out\.new\.txt$"), file(dest, True) as work:
        work.write_text("new")
        dest.write_text("changed by hand")
    assert dest.read_text() == "changed by hand"


@both
def test_what_is_removed_meanwhile_is_not_missed(how, dest):
    make(how, dest, "old")
    with how(dest, True) as work:
        (work / "a.txt" if how is folder else work).write_text("new")
        dest.rename(dest.with_name("aside"))
    assert text_of(how, dest) == "new" and text_of(how, dest.with_name("aside")) == "old"


def test_where_a_file_system_has_no_links(dest, monkeypatch):
    def none(*_):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    make(file, dest)
    assert dest.read_text() == "new"
    dest.unlink()
    with pytest.raises(InputError, match="stays as it is"), file(dest) as work:
        work.touch()
        dest.write_text("mine")
    assert dest.read_text() == "mine"


# ---- kills


def killed(how, dest, at, overwrite=False):
    """A process that is killed while it makes this: within the block, or before the rename of this number."""
    if (child := os.fork()) == 0:
        renames, rename = [], os.rename

        def counted(*names):
            if len(renames) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            renames.append(names)
            rename(*names)

        os.rename = counted
        with how(dest, overwrite) as work:
            (work / "a.txt" if how is folder else work).write_text("half")
            if at is None:
                os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    return child


@both
def test_what_a_kill_leaves_half_made_is_removed_by_the_next_run(how, dest):
    assert len({killed(how, dest, None) for _ in range(3)}) == 3
    assert len(beside(dest)) == 2  # each removes what the one before left
    make(how, dest)
    assert text_of(how, dest) == "new" and beside(dest) == []


def test_a_kill_between_the_two_renames_loses_nothing(dest, capsys):
    make(folder, dest, "old")
    child = killed(folder, dest, at=1, overwrite=True)
    assert not dest.exists()
    with pytest.raises(InputError, match="is not empty"):
        make(folder, dest)
    said = f"note: {dest}: process {child} was killed while it replaced this; it is put back as it was\n"
    assert text_of(folder, dest) == "old" and capsys.readouterr().err == said
    killed(folder, dest, at=0, overwrite=True)
    make(folder, dest, overwrite=True)
    assert text_of(folder, dest) == "new" and beside(dest) == [] and capsys.readouterr().err == ""


def test_a_verb_that_reads_it_puts_it_back(dest, capsys):
    make(folder, dest, "old")
    killed(folder, dest, at=1, overwrite=True)
    restore(dest / "none" / "a.txt")
    assert text_of(folder, dest) == "old" and beside(dest) == [] and "put back" in capsys.readouterr().err
    restore(dest / "none" / "a.txt")
    assert capsys.readouterr().err == ""


def test_where_something_else_was_put_there_since_both_stay(dest, capsys):
    make(folder, dest, "old")
    killed(folder, dest, at=1, overwrite=True)
    make(folder, dest.with_name("other"), "mine")
    dest.with_name("other").rename(dest)
    make(folder, dest, overwrite=True)
    assert text_of(folder, dest) == "new" and text_of(folder, dest.with_name("out.txt.new")) == "old"
    assert beside(dest) == ["out.txt.new"] and "that is now in" in capsys.readouterr().err


def test_what_was_replaced_before_the_kill_goes(dest):
    make(folder, dest, "old")
    if (child := os.fork()) == 0:
        folders.shutil.rmtree = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        make(folder, dest, overwrite=True)
    os.waitpid(child, 0)
    assert text_of(folder, dest) == "new" and len(beside(dest)) == 2
    with pytest.raises(InputError, match="is not empty"):
        make(folder, dest)
    make(folder, dest, "newer", overwrite=True)
    assert text_of(folder, dest) == "newer" and beside(dest) == []


def test_ctrl_c_between_the_two_renames_puts_it_back(dest, monkeypatch):
    make(folder, dest, "old")
    rename, count = os.rename, []

    def interrupted(*names):
        rename(*names)
        count.append(1)
        if len(count) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(folder, dest, overwrite=True)
    assert text_of(folder, dest) == "old" and beside(dest) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["disk", "Ctrl-C"])
@pytest.mark.parametrize("appears", [False, True], ids=["gone", "appears"])
def test_what_cannot_be_put_back_is_kept_for_the_next_run(error, appears, dest, monkeypatch, capsys):
    """Nothing can be renamed any more after the first rename, or Ctrl-C is typed again and again."""
    make(folder, dest, "old")
    rename = os.rename

    def once(*names):
        rename(*names)
        monkeypatch.setattr(os, "rename", fail)
        if appears:
            dest.mkdir()
            (dest / "a.txt").write_text("another")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, "rename", once)
    with pytest.raises((InputError, KeyboardInterrupt)) as ended:
        make(folder, dest, overwrite=True)
    monkeypatch.setattr(os, "rename", rename)
    kept = dest.with_name(f".out.txt.{os.getpid()}@{HOST}.old")
    assert beside(dest) == [kept.name] and text_of(folder, kept) == "old"
    assert isinstance(error, KeyboardInterrupt) or f"what was there earlier is in {kept}" in str(ended.value)
    if appears:
        make(folder, dest, overwrite=True)
    else:
        restore(dest)
    assert text_of(folder, dest.with_name("out.txt.new") if appears else dest) == "old"
    assert "killed while it replaced" in capsys.readouterr().err


@both
def test_what_another_host_or_a_living_process_makes_is_left(how, dest, capsys):
    foreign = dest.with_name(".out.txt.4242@node7.new")
    foreign.mkdir()
    make(how, dest)
    assert beside(dest) == [foreign.name]
    left = f"process 4242 on node7 has left {foreign.name} beside it, unless it is still at work"
    assert capsys.readouterr().err == f"note: {dest}: {left}\n"
    foreign.rmdir()
    with (
        alone(dest, "--out"),
        pytest.raises(InputError, match=r"is being written: process \d+ on .*name another --out"),
    ):
        make(how, dest, overwrite=True)


def test_names_that_begin_alike_are_others(dest):
    dest.with_name(".out.txt.b.42@node7.new").mkdir()
    dest.with_name(".out.txt.42@node7.newer").mkdir()
    assert folders._left(dest) == []


# ---- races


RACES = 20


def contend(how, dest, overwrite, name, barrier):
    """Races of one process; the names of those that it won stay in a file."""
    won = []
    for race in range(RACES):
        barrier.wait()
        with suppress(InputError):
            make(how, dest.with_name(f"{race}.txt"), name * 9, overwrite)
            won.append(race)
    dest.with_name(name).write_text(json.dumps(won))


@both
@pytest.mark.parametrize("overwrite", [False, True], ids=["new", "overwrite"])
def test_of_two_at_once_one_wins_and_the_other_is_refused(how, overwrite, dest):
    """Twenty races of two processes that begin at the same moment."""
    for race in range(RACES if overwrite else 0):
        make(how, dest.with_name(f"{race}.txt"), "old")
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(2)
    processes = [fork.Process(target=contend, args=(how, dest, overwrite, name, barrier)) for name in "ab"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    won = {name: json.loads(dest.with_name(name).read_text()) for name in "ab"}
    for race in range(RACES):
        winners = [name for name in "ab" if race in won[name]]
        # one that begins after the end of the other replaces what it made, where it was asked to
        assert len(winners) == 1 or (overwrite and winners == ["a", "b"]), race
        assert text_of(how, dest.with_name(f"{race}.txt")) in [name * 9 for name in winners]
    assert len(beside(dest)) == RACES + 2


def test_a_lock_of_another_place_is_no_matter(dest):
    with Lock(dest.with_name(".other.lock"), dest, "busy", "other"):
        make(folder, dest)
    assert text_of(folder, dest) == "new"
