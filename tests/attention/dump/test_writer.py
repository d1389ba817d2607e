"""Dumps on disk: kills lose one batch at most, nothing is overwritten unasked, and the format is the documented one."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from fairseq_phonology.attention.dump.part import PartWriter
from fairseq_phonology.attention.dump.reader import AttentionDump, DumpWriter
from fairseq_phonology.attention.record import KINDS
from fairseq_phonology.errors import InputError
from tests.helpers import REPOSITORY
from tests.helpers.dumped import manifest, told, with_norms, word, write

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({}, "holds 1 word of this model already; give another folder, or", id="same"),
        pytest.param({"checkpoint_sha256": "b" * 64}, "holds the attention of another model (checkpoint aaaaaaaaaaaa, "
                     "now bbbbbbbbbbbb); give another folder", id="model"),
        pytest.param({"subset": "valid"}, "holds another dump of this model: its subset is different "
                     '("test", now "valid"); give another folder', id="subset"),
    ],
)  # fmt: skip
def test_an_existing_dump_is_kept_unless_told(tmp_path, changes, message):
    folder = write(tmp_path / "dump", [word(0)], words=1)
    with pytest.raises(InputError) as error:
        write(folder, [word(7)], words=1, **changes)
    assert str(error.value).startswith(f"{folder}: {message}")
    assert AttentionDump(folder).ids() == ["w0"]
    assert AttentionDump(write(folder, [word(7)], words=1, overwrite=True, **changes)).ids() == ["w7"]


@pytest.mark.parametrize("resume", [False, True])
def test_a_dump_of_other_kinds_names_the_option(tmp_path, resume):
    folder = write(tmp_path / "dump", [word(0)], model={"layers": {"cross": 1, "encoder": 1}})
    other = manifest(kinds=["cross"], model={"layers": {"cross": 1}})
    with pytest.raises(InputError, match="it is of --attention-kinds cross,encoder, now cross; give another folder"):
        DumpWriter(folder, other, resume=resume)


def test_overwriting_one_shard_leaves_those_of_the_same_run(tmp_path):
    folder = tmp_path / "dump"
    for n, row in enumerate((0, 1, 5)):
        with DumpWriter(folder, manifest(1, shard=f"{n % 2} of 2"), f"0000{n % 2}", overwrite=True) as writer:
            writer.write([word(row)])
    assert AttentionDump(folder).ids() == ["w1", "w5"]
    with DumpWriter(folder, manifest(1, shard="0 of 2", checkpoint_sha256="b"), "00000", overwrite=True):
        pass
    assert sorted(path.name for path in folder.iterdir()) == ["attention-00000.h5", "manifest.json"]


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    write(tmp_path, [word(0)])
    write(tmp_path, [word(0)], overwrite=True, subset="other")
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        pytest.param(word(0, kinds=("cross",)), "kinds cross; this dump has cross, encoder", id="kinds"),
        pytest.param(word(0, underlying=("h", "a b", "k")), "a segment is empty or has a blank in it", id="blank"),
    ],
)
def test_records_that_cannot_be_written(tmp_path, record, message):
    writer = DumpWriter(tmp_path / "dump", manifest())
    with pytest.raises(ValueError, match=message):
        writer.write([word(1), record])
    writer.close()
    writer.close()
    assert len(AttentionDump(tmp_path / "dump")) == 0
    with pytest.raises(ValueError, match="is closed"):
        writer.write([word(0)])


KILLED = """
import os, signal, sys
sys.argv[0] = "fairseq-phonology"
from tests.helpers.dumped import *
from fairseq_phonology.attention.dump import part, writer as dump_writer

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

writer = DumpWriter({folder!r}, manifest(words=9))
for row in (2, 0):
    writer.write([word(row), word(row + 1)])
append, count = part._append, [0]
def dying(file, data):
    count[0] += 1
    if count[0] == {at}:
        file.write(memoryview(data).cast("B")[:3])  # a kill in the midst of a system call
        file.flush()
        die()
    append(file, data)
part._append = dying
{patch}
writer.write([word(4), word(5)])
writer.close()
"""


@pytest.mark.parametrize(
    ("at", "patch", "words", "finished"),
    [
        *(pytest.param(n, "", 4, False, id=f"in file {n} of the batch") for n in (1, 2, 3, 4, 5)),
        pytest.param(0, "dump_writer.seal = die", 6, False, id="while the shard is made"),
        pytest.param(0, "dump_writer.os.replace = die", 6, False, id="before the shard is renamed"),
        pytest.param(0, "dump_writer.update_shard = die", 6, True, id="before the manifest knows"),
        pytest.param(0, "dump_writer.shutil.rmtree = die", 6, True, id="before the part is removed"),
    ],
)
def test_a_kill_loses_at_most_the_batch_in_flight(tmp_path, at, patch, words, finished):
    folder = tmp_path / "dump"
    program = KILLED.format(folder=str(folder), at=at, patch=patch)
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env=ENVIRONMENT)
    assert done.returncode == -signal.SIGKILL
    with pytest.warns(UserWarning, match=f"incomplete: {words} of 9 words"):
        dump = AttentionDump(folder)
    assert (folder / "attention-00000.h5").exists() == finished
    assert [record.row for record in dump] == list(range(words))
    for record in dump:
        assert told(record.cross) == told(record.encoder) == record.row
    assert dump["w3"].row == 3 and len(dump.ids()) == words
    with pytest.raises(InputError, match="--overwrite-attention"):
        DumpWriter(folder, manifest(words=9))
    assert AttentionDump(write(folder, [word(row) for row in range(9)], words=9, overwrite=True)).complete
    assert sorted(path.name for path in folder.iterdir()) == ["attention-00000.h5", "manifest.json"]


def test_finished_shards_are_read_beside_a_killed_one(tmp_path):
    folder = tmp_path / "dump"
    with DumpWriter(folder, manifest(2, shard="1 of 2"), "00001") as writer:
        writer.write([word(1), word(3)])
    writer = DumpWriter(folder, manifest(2, shard="0 of 2"), "00000")
    writer.write([word(2), word(0)])
    with pytest.warns(UserWarning, match="4 of 4 words, 1 of 2 shards finished"):
        dump = AttentionDump(folder)
    assert [record.row for record in dump] == [0, 1, 2, 3]
    writer.close()
    assert AttentionDump(folder).complete


def test_a_full_disk_is_told_and_leaves_what_was_written(tmp_path, monkeypatch):
    from fairseq_phonology.attention.dump import part

    writer = DumpWriter(tmp_path / "dump", manifest(2))
    writer.write([word(0)])
    append = part._append

    def full(file, data):
        append(file, data.tobytes()[:8])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(part, "_append", full)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        writer.write([word(9)])
    monkeypatch.undo()
    writer.write([word(1)])
    writer.close()
    dump = AttentionDump(tmp_path / "dump")
    assert dump.ids() == ["w0", "w1"] and told(dump["w1"].cross) == 1


@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("name", ["attention-00000.h5.tmp", "manifest.json.tmp"])
def test_links_under_temporary_names_are_not_written_into(tmp_path, link, name):
    (mine := tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with DumpWriter(folder := tmp_path / "dump", manifest(1)) as writer:
        writer.write([word(0)])
        link(mine, folder / name)
    assert mine.read_text(encoding="utf-8") == "years of work" and AttentionDump(folder).ids() == ["w0"]
    assert not any(path.is_symlink() for path in folder.iterdir())


@pytest.mark.parametrize("name", ["", "texts.jsonl", "cross.f32", "index.i64"])
def test_a_part_that_leads_elsewhere_is_refused(tmp_path, name):
    mine = tmp_path / "thesis"
    mine.touch() if name else mine.mkdir()
    part = tmp_path / "dump" / "attention-00000.part"
    (part if name else part.parent).mkdir(parents=True)
    (part / name if name else part).symlink_to(mine)
    with pytest.raises(InputError, match="is a symbolic link"):
        PartWriter(part, KINDS)
    assert not (any(mine.iterdir()) if mine.is_dir() else mine.stat().st_size)


def test_the_first_failure_is_the_one_that_is_told(tmp_path):
    with pytest.raises(ZeroDivisionError), DumpWriter(tmp_path / "dump", manifest(2)) as writer:
        writer.write([word(0)])
        raise ZeroDivisionError
    with pytest.warns(UserWarning, match="1 of 2 words"):
        assert AttentionDump(tmp_path / "dump").ids() == ["w0"]


def test_the_format_is_the_documented_one(tmp_path):
    import h5py

    folder = write(tmp_path / "dump", [word(0), word(1, reference=None)], words=2)
    with h5py.File(folder / "attention-00000.h5") as file:
        names = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        assert sorted(names) == sorted(
            "id row rank underlying surface reference has_reference log_probs weights/cross weights/encoder "
            "offset/cross offset/encoder offset/log_probs shape/cross shape/encoder shape/log_probs "
            "crc32/log_probs crc32/weights/cross crc32/weights/encoder".split()
        )
        assert file["weights/cross"].dtype == np.float32 and file["weights/cross"].shape == (2 * 2 * 3 * 4 * 4,)
        assert file["offset/cross"][:].tolist() == [0, 96] and file["shape/cross"][:].tolist() == [[2, 3, 4, 4]] * 2
        assert file["surface"].asstr()[0] == "h a ŋ" and file["has_reference"][:].tolist() == [1, 0]
    facts = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert facts["format_version"] == 2 and facts["words_written"] == facts["words_expected"] == 2
    assert facts["checkpoint_sha256"] == "a" * 64 and "h5py" in facts["library_versions"]


def test_norms_lie_as_their_weights_do(tmp_path):
    import h5py

    with_, without = (
        write(tmp_path / name, [made(0), made(1)], words=2, norms=norms)
        for name, made, norms in (("with", with_norms, True), ("without", word, False))
    )
    with h5py.File(with_ / "attention-00000.h5") as file, h5py.File(without / "attention-00000.h5") as plain:
        names = {}
        for each, found in ((file, "with"), (plain, "without")):
            names[found] = set()
            each.visit(names[found].add)
        checksums = {"crc32/norms", "crc32/norms/cross", "crc32/norms/encoder"}
        assert names["with"] - names["without"] == {"norms", "norms/cross", "norms/encoder"} | checksums
        assert names["without"] <= names["with"]
        assert file["norms/cross"].dtype == np.float32 and file["norms/cross"].shape == file["weights/cross"].shape
        start, size = file["offset/encoder"][1], file["shape/encoder"][1].prod()
        assert (file["norms/encoder"][start : start + size] == 3.25).all()


def test_a_shard_without_norms_does_not_join_a_dump_with_them(tmp_path):
    with DumpWriter(tmp_path / "dump", manifest(1, shard="0 of 2", norms=True), "00000") as writer:
        writer.write([with_norms(0)])
    with pytest.raises(InputError, match=r"its norms is different.*true, now false"):
        DumpWriter(tmp_path / "dump", manifest(1, shard="1 of 2"), "00001")


def test_records_lack_norms_that_the_dump_promises(tmp_path):
    writer = DumpWriter(tmp_path / "dump", manifest(norms=True))
    with pytest.raises(ValueError, match="word 'w0' has no norms beside its weights; this dump has them"):
        writer.write([word(0)])


@pytest.mark.parametrize("at", [1, 3, 5, 6, 7])
def test_a_kill_loses_at_most_the_batch_in_flight_with_norms(tmp_path, at):
    folder = tmp_path / "dump"
    program = KILLED.replace("word(row", "with_norms(row").replace("word(4), word(5)", "with_norms(4), with_norms(5)")
    program = program.replace("words=9", "words=9, norms=True")
    program = program.format(folder=str(folder), at=at, patch="")
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env=ENVIRONMENT)
    assert done.returncode == -signal.SIGKILL
    with pytest.warns(UserWarning, match="incomplete: 4 of 9 words"):
        dump = AttentionDump(folder)
    assert [record.row for record in dump] == [0, 1, 2, 3]
    for record in dump:
        assert told(record.cross) == record.row and (record.cross_norms == 2 * record.row + 0.5).all()
