"""One process at a time: living, killed and forked ones, other hosts, and file systems without locks."""

import errno
import fcntl
import json
import os
import re
import signal
import socket
import threading
import time

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.files import Lock, lock, training_lock

OTHER = {"host": "node7", "pid": 4242, "since": 0.0}


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".out.lock"


def take(path, **more):
    return Lock(path, path.with_name("out"), "is being written", "name another --out", **more)


def elsewhere(path, word, until):
    """Another process that takes it, writes ``word`` (``no`` if it is refused) and holds it until something is read."""
    if (child := os.fork()) == 0:
        try:
            with take(path):
                os.write(word, b"held")
                os.read(until, 1)
        except InputError:
            os.write(word, b"no")
        finally:
            os._exit(0)
    return child


def taken_elsewhere(path):
    """What becomes of another process that tries to take it."""
    word, until = os.pipe(), os.pipe()
    os.close(until[1])
    os.waitpid(elsewhere(path, word[1], until[0]), 0)
    return os.read(word[0], 9)


@pytest.fixture
def held(path):
    """Another process that holds it."""
    word, until = os.pipe(), os.pipe()
    child = elsewhere(path, word[1], until[0])
    assert os.read(word[0], 9) == b"held"
    yield child
    for end in (*word, *until):
        os.close(end)


def kill(process):
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def test_a_second_one_is_refused_and_told_who_has_it(path):
    with take(path) as first, pytest.raises(InputError) as refused:
        assert first.left is None and path.exists()
        take(path)
    who = rf"process {os.getpid()} on {re.escape(socket.gethostname())}, since \d{{4}}-\d\d-\d\d \d\d:\d\d"
    way = rf"wait for it, or end it \(kill {os.getpid()}\), or name another --out"
    assert re.fullmatch(rf"{re.escape(str(path.parent))}/out: is being written: {who}; {way}", str(refused.value))
    assert not path.exists()
    with take(path):
        pass


def test_one_that_is_killed_leaves_word_and_no_lock(path, held):
    with pytest.raises(InputError, match=f"is being written: process {held} on "):
        take(path)
    kill(held)
    with take(path) as own:
        assert own.left.pid == held and not own.left.lives
    assert not path.exists()


def test_a_forked_child_neither_holds_nor_frees_it(path):
    with take(path) as own:
        read, write = os.pipe()
        if (child := os.fork()) == 0:
            os.close(write)
            own.free()  # as at its end
            os.read(read, 1)
            os._exit(0)
        os.close(read)
        time.sleep(0.05)
        assert path.exists()
    try:
        assert taken_elsewhere(path) == b"held"  # though the child still lives
    finally:
        os.close(write)
        os.waitpid(child, 0)


def test_one_that_waits_begins_at_the_end_of_the_other(path):
    """Who that was it does not take for one that was killed."""
    done, first = [], take(path)

    def second():
        with take(path, wait=done.append) as own:
            done.append(own.left or "second")

    waiting = threading.Thread(target=second)
    waiting.start()
    while not done:
        time.sleep(0.01)
    assert done[0].startswith(f"process {os.getpid()} on ")
    done.append("first")
    first.free()
    waiting.join(10)
    assert done[1:] == ["first", "second"] and not path.exists()


def test_one_that_waited_looks_whether_the_file_is_still_the_one_of_this_name(path):
    """Another one took it between the end of the first and the lock of this one, which is that of a removed file."""
    done, first = [], take(path)

    def wait(who):
        first.free()
        third = take(path)

        def end():
            done.append("third")
            third.free()

        threading.Timer(0.1, end).start()

    with take(path, wait=wait):
        assert done == ["third"]


def test_one_that_waited_reads_who_had_it_last(path, held):
    def wait(who):
        path.write_text(json.dumps(OTHER))
        kill(held)

    with take(path, wait=wait) as own:
        assert own.left.host == "node7"


def test_ctrl_c_while_the_file_system_does_not_answer(path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    closed, close = [], os.close
    monkeypatch.setattr(fcntl, "flock", interrupted)
    monkeypatch.setattr(os, "close", lambda file: closed.append(file) or close(file))
    with pytest.raises(KeyboardInterrupt):
        take(path)
    assert len(closed) == 1


def test_windows_removes_no_file_that_is_open(path, monkeypatch):
    monkeypatch.setattr(lock, "fcntl", None)
    still, closed, close, unlink = [], [], os.close, os.unlink
    monkeypatch.setattr(os, "close", lambda file: closed.append(file) or close(file))
    monkeypatch.setattr(os, "unlink", lambda name: unlink(name) if closed else still.append(name))
    with take(path):
        assert path.exists()
    assert not path.exists() and not still and len(closed) == 1


def test_what_is_left_of_another_host_can_be_refused_and_stays(path):
    path.write_text(json.dumps(OTHER))

    def check(holder):
        raise InputError(f"was {holder}")

    with pytest.raises(InputError, match=r"was process 4242 on node7, since 19(69|70)"):
        take(path, check=check)
    assert json.loads(path.read_text()) == OTHER
    path.unlink()
    with pytest.raises(InputError, match="was None"):
        take(path, check=check)
    assert not path.exists()


@pytest.fixture
def no_locks(monkeypatch):
    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)


@pytest.mark.skipif(not lock._born(os.getpid()), reason="the system does not say when a process was started")
def test_without_locks_of_the_file_system_a_living_process_is_known(path, held, no_locks):
    with pytest.raises(InputError, match=f"is being written: process {held} on "):
        take(path)
    kill(held)
    with take(path) as own:
        assert own.left.pid == held


@pytest.mark.skipif(not lock._born(os.getpid()), reason="the system does not say when a process was started")
def test_without_locks_of_the_file_system_one_may_wait_for_the_end_of_a_living_process(path, held, no_locks):
    said, end = [], threading.Timer(0.1, kill, [held])

    def wait(who):
        said.append(who)
        end.start()

    with take(path, wait=wait) as own:
        assert own.left.pid == held and not own.left.lives
    assert len(said) == 1 and said[0].startswith(f"process {held} on ")


def test_without_locks_a_process_does_not_take_itself_for_another(path, no_locks):
    with take(path) as first, take(path) as second:
        assert first.left is None and second.left.pid == os.getpid()


def test_without_locks_another_host_is_said(path, no_locks, capsys):
    path.write_text(json.dumps(OTHER))
    with take(path):
        pass
    said = capsys.readouterr().err
    assert said.startswith(f"note: {path.with_name('out')}: this file system has no locks; process 4242 on node7, ")
    assert len(said.splitlines()) == 1


def test_a_second_process_does_not_train_in_the_same_folder(tmp_path):
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        training_lock(tmp_path / "run")
        os.write(write, b"x")
        signal.pause()
    assert os.read(read, 1) == b"x"
    try:
        with pytest.raises(
            InputError, match=rf"run: is trained in: process {child} on .*, or name another --save-dir$"
        ):
            training_lock(tmp_path / "run")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    for _ in range(2):  # one after the other, in a notebook
        training_lock(tmp_path / "run")
    training_lock(tmp_path / "run").free()
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", '{"host":', '{"host":1}', '{"host":"a' + "x" * 5000], ids=range(5))
def test_a_damaged_record_is_none(path, content):
    path.write_text(content)
    with take(path) as own:
        assert own.left is None


def test_a_file_that_cannot_be_made(path, tmp_path):
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        take(tmp_path / "none" / "x.lock")


def test_all_users_may_lock_what_one_has_made(path):
    before = os.umask(0o077)
    try:
        with take(path):
            assert path.stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


def test_what_another_user_has_made_is_locked_though_not_written(path, monkeypatch):
    path.touch()
    real = os.open

    def opened(name, flags, *more):
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(name, flags, *more)

    monkeypatch.setattr(os, "open", opened)
    with take(path), pytest.raises(InputError, match="is being written: another process; wait for it, or name"):
        take(path)


def test_many_at_once_never_hold_it_together(path):
    inside, most = [], []

    def work():
        for _ in range(20):
            with take(path, wait=lambda who: None):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 80 and not path.exists()


def as_old_lock(path, mine):
    mine.write_text(json.dumps(OTHER, separators=(",", ":")))
    os.link(mine, path)


NO_LOCKS = {
    "is a symbolic link": lambda path, mine: path.symlink_to(mine),
    r"is a file that has another name, too \(a hard link\)": lambda path, mine: os.link(mine, path),
    "is a file that has another name, too": as_old_lock,
    "is a file of something else": lambda path, mine: path.write_text("words"),
    "is a folder": lambda path, mine: path.mkdir(),
    "is no ordinary file": lambda path, mine: os.mkfifo(path),
}


@pytest.mark.parametrize(("said", "make"), NO_LOCKS.items(), ids=range(len(NO_LOCKS)))
def test_what_is_no_lock_stays_and_is_named(path, tmp_path, said, make):
    (mine := tmp_path / "mine.txt").write_text("words")
    make(path, mine)
    before = path.lstat().st_ino, mine.read_text(), path.is_file() and path.read_text()
    with pytest.raises(InputError, match=rf"\.out\.lock: {said}.*, where the lock of .*out belongs; move it away"):
        take(path)
    assert (path.lstat().st_ino, mine.read_text(), path.is_file() and path.read_text()) == before


def test_what_has_taken_the_name_of_the_lock_is_not_removed(path):
    with take(path):
        path.unlink()
        path.write_text("words")
    assert path.read_text() == "words"
