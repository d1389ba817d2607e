"""Dumps are read as they were written, of several processes too, and what is damaged is said in one line."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from fairseq_phonology.attention.dump.reader import AttentionDump, DumpWriter
from fairseq_phonology.errors import InputError
from tests.helpers import REPOSITORY
from tests.helpers.dumped import manifest, told, with_norms, word, write

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def test_what_is_written_is_read(tmp_path):
    rng = np.random.default_rng(1)
    written = [
        word(0, ur="h a k m u n", sr="h a ŋ m u n", cross=rng.dirichlet(np.ones(7), (2, 3, 7)).astype(np.float32)),
        word(1, ur="ㄱㅓ 짓 k͈", sr="k ʌ", reference=None),
        word(2, ur="", sr="", reference=()),
    ]
    dump = AttentionDump(write(tmp_path / "dump", written[1:], written[:1], words=3))
    assert len(dump) == 3 and dump.complete and dump.kinds == ("cross", "encoder")
    assert dump.require_complete() is dump.require_kind("cross") is dump
    for old, new in zip(written, dump, strict=True):
        assert (new.id, new.row, new.rank) == (old.id, old.row, old.rank)
        assert (new.underlying, new.surface, new.reference) == (old.underlying, old.surface, old.reference)
        for name in ("cross", "encoder", "log_probs"):
            array = getattr(new, name)
            assert array.dtype == np.float32 and np.array_equal(array, getattr(old, name))
        assert new.decoder is None


def test_words_are_found_by_id_and_row_best_hypothesis_first(tmp_path):
    nbest = [word(row, rank, sr="h a ŋ" if rank else "h a k") for row in (2, 0, 1) for rank in (1, 0, 2)]
    dump = AttentionDump(write(tmp_path / "dump", nbest[:4], nbest[4:], words=3))
    assert len(dump) == 3 and [record.row for record in dump] == [0, 1, 2]
    assert dump["w2"].rank == 0 and dump["w2"].surface == ("h", "a", "k") and told(dump["w2"].cross) == 2
    assert [record.rank for record in dump.hypotheses("w1")] == [0, 1, 2]
    assert dump.row(1).id == "w1" and told(dump.hypotheses(1)[2].encoder) == 1.2
    assert [(record.row, record.rank) for record in dump.records()] == [(r, k) for r in range(3) for k in range(3)]
    assert "w1" in dump and "w3" not in dump and dump.ids() == ["w0", "w1", "w2"]


def test_iteration_crosses_blocks(tmp_path):
    long = " ".join("a" * 30)
    batch = [word(row, ur=long, sr=long) for row in range(200)]  # 2 x 3 x 31 x 31 floats a word: over a block of 2^20
    dump = AttentionDump(write(tmp_path / "dump", batch, words=200))
    assert [told(record.cross) for record in dump] == list(range(200))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        pytest.param(lambda dump: dump["w 1"], "has no word 'w 1'; similar ids: w1, w0", id="near"),
        pytest.param(lambda dump: dump["xyz"], "has no word 'xyz'; it has w0, w1", id="far"),
        pytest.param(lambda dump: dump.row(9), "has no row 9; it has 2 words, rows counted from 0", id="row"),
        pytest.param(
            lambda dump: dump.require_kind("decoder"),
            "has no decoder attention, only cross, encoder; write it with --attention-kinds cross,encoder,decoder",
            id="kind",
        ),
    ],
)
def test_what_is_not_there(tmp_path, ask, message):
    dump = AttentionDump(write(tmp_path / "dump", [word(0), word(1)], words=2))
    with pytest.raises(InputError) as error:
        ask(dump)
    assert str(error.value) == f"{tmp_path / 'dump'}: {message}"
    with pytest.raises(TypeError, match=r"for sample 1 of the data set, dump.row\(1\)"):
        dump[1]


def test_an_id_of_two_words_is_asked_for_by_row(tmp_path):
    dump = AttentionDump(write(tmp_path / "dump", [word(0, id="x"), word(1, id="x")]))
    with pytest.raises(InputError, match=r"2 words are called 'x': row 0 of .*, row 1 of .*; ask for one by its row"):
        dump["x"]


def test_shards_of_several_processes_read_as_one_dump(tmp_path):
    folder = tmp_path / "dump"
    programs = [
        f"""
import sys
sys.argv[0] = "fairseq-phonology"
from tests.helpers.dumped import *
with DumpWriter({str(folder)!r}, manifest(words=10, shard="{n} of 4"), "0000{n}") as writer:
    for row in range({n}, 40, 4):
        writer.write([word(row)])
"""
        for n in range(4)
    ]
    running = [
        subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, env=ENVIRONMENT) for program in programs
    ]
    assert [process.wait() for process in running] == [0] * 4
    dump = AttentionDump(folder)
    assert dump.complete and [record.row for record in dump] == list(range(40)) and dump["w39"].row == 39
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["words_written"] == 40


def test_a_missing_shard_makes_the_dump_incomplete(tmp_path):
    with DumpWriter(tmp_path / "dump", manifest(1, shard="1 of 2"), "00000") as writer:
        writer.write([word(0)])
    with pytest.warns(UserWarning, match="is incomplete: 1 word, 1 of 2 shards finished"):
        dump = AttentionDump(tmp_path / "dump")
    assert dump["w0"].row == 0 and dump.words_expected is None


def test_an_incomplete_dump_says_how_many_words(tmp_path):
    with pytest.warns(UserWarning, match=r"dump is incomplete: 2 of 1,000 words$"):
        dump = AttentionDump(write(tmp_path / "dump", [word(0), word(0, 1), word(1)], words=1000))
    assert not dump.complete and [record.id for record in dump] == ["w0", "w1"]
    with pytest.raises(InputError, match="incomplete: 2 of 1,000 words; write the dump again"):
        dump.require_complete()


def test_several_dumps_as_one(tmp_path):
    folders = [
        write(tmp_path / "a", [word(0), word(1)]),
        write(tmp_path / "b", [word(0, id="b0")], kinds=["cross", "encoder"]),
    ]
    dump = AttentionDump(folders)
    assert len(dump) == 3 and dump["b0"].row == 0 and dump.row(1).id == "w1" and dump.ids() == ["w0", "w1", "b0"]
    with pytest.raises(InputError, match=r"2 words are called 0: row 0 of .*a, row 0 of .*b"):
        dump.row(0)
    with pytest.raises(InputError, match="was given twice"):
        AttentionDump([folders[0], folders[0]])
    other = write(tmp_path / "c", [word(0)], checkpoint_sha256="b" * 64)
    with pytest.raises(
        InputError, match=r"c: is of another model than .*a \(checkpoint bbbbbbbbbbbb, not aaaaaaaaaaaa\)"
    ):
        AttentionDump([folders[0], other])


def edit(path, old, new):
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def cut(path, size):
    path.write_bytes(path.read_bytes()[:size])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(lambda d: edit(d / "manifest.json", '"beam": 5', '"beam": 1'),
                     "manifest.json: was changed after it was written", id="edited manifest"),
        pytest.param(lambda d: edit(d / "manifest.json", '"format_version": 2', '"format_version": 1'),
                     "manifest.json: format version 1; this fairseq_phonology reads version 2, in which all data have "
                     "checksums; run fairseq-generate again", id="format version"),
        pytest.param(lambda d: cut(d / "manifest.json", 50), "manifest.json: is no JSON", id="cut manifest"),
        pytest.param(lambda d: cut(d / "attention-00000.h5", 3000), "00000.h5: damaged or changed: it has 3,000 of",
                     id="cut shard"),
        pytest.param(lambda d: (d / "attention-00000.h5").unlink(), "00000.h5: missing: the manifest names it",
                     id="missing shard"),
        pytest.param(lambda d: (d / "manifest.json").unlink(), "dump: no manifest.json in it: not an attention dump",
                     id="no manifest"),
        pytest.param(lambda d: cut(d / "attention-00000.h5", 0) or (d / "attention-00009.h5").write_text(""),
                     "attention-00009.h5: the manifest does not name it", id="foreign shard"),
        pytest.param(lambda d: (d / "attention-00000.h5").write_bytes(bytes((d / "attention-00000.h5").stat().st_size)),
                     "00000.h5: damaged or changed: the checksum of what is not data", id="zeros"),
    ],
)  # fmt: skip
def test_damage_is_told_in_one_line(tmp_path, damage, message):
    folder = write(tmp_path / "dump", [word(0)], words=1)
    damage(folder)
    with pytest.raises(InputError) as error:
        list(AttentionDump(folder))
    assert message in str(error.value) and "\n" not in str(error.value)


def test_no_folder_and_no_dump(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such folder"):
        AttentionDump(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file: not a folder"):
        AttentionDump(tmp_path / "file")
    with pytest.raises(InputError, match="file: not a folder: attention needs a folder of its own"):
        DumpWriter(tmp_path / "file", manifest())


def test_norms_are_read_as_they_were_written(tmp_path):
    batches = [with_norms(2), with_norms(1, ur="h", sr="h a")], [with_norms(0, ur="", sr="")]
    dump = AttentionDump(write(tmp_path / "dump", *batches, words=3, norms=True))
    assert dump.norms and dump.require_norms() is dump and dump.manifest["norms"] is True
    for old, new in zip(sorted([*batches[0], *batches[1]], key=lambda one: one.row), dump, strict=True):
        assert new.has_norms and new.decoder_norms is None
        for name in ("cross", "encoder", "cross_norms", "encoder_norms", "log_probs"):
            assert np.array_equal(getattr(new, name), getattr(old, name)), name
    assert (dump["w1"].norms("encoder") == 3.25).all() and dump.row(1).norms("cross").shape == (2, 3, 3, 2)


def test_a_dump_without_norms_says_so(tmp_path):
    """Among them one whose manifest is older than norms: it is read, and other shards of its run may join it."""
    folder = tmp_path / "dump"
    with DumpWriter(folder, manifest(1, shard="0 of 2"), "00000") as writer:
        writer.write([word(0)])
    found = json.loads((folder / "manifest.json").read_text("utf-8"))
    del found["norms"]
    from fairseq_phonology.attention.dump.manifest import _checksum

    (folder / "manifest.json").write_text(json.dumps({**found, "sha256": _checksum(found)}), "utf-8")
    with pytest.warns(UserWarning, match="1 of 2 shards"):
        dump = AttentionDump(folder)
    assert not dump.norms and dump["w0"].cross_norms is None and not dump["w0"].has_norms
    with pytest.raises(InputError, match="dump: has weights and no norms; write it with --attention-norms"):
        dump.require_norms()
    with pytest.raises(InputError, match=r"its norms is different.*false, now true"):
        DumpWriter(folder, manifest(1, shard="1 of 2", norms=True), "00001")
    with DumpWriter(folder, manifest(1, shard="1 of 2"), "00001") as writer:
        writer.write([word(1)])
    assert AttentionDump(folder).complete


def test_of_several_dumps_all_need_norms(tmp_path):
    folders = [write(tmp_path / "a", [with_norms(0)], norms=True), write(tmp_path / "b", [word(1)])]
    assert AttentionDump(folders[0]).norms and not AttentionDump(folders).norms


def test_an_unfinished_shard_has_its_norms(tmp_path):
    writer = DumpWriter(tmp_path / "dump", manifest(9, norms=True))
    writer.write([with_norms(1), with_norms(0)])
    writer.write([with_norms(2)])
    with pytest.warns(UserWarning, match="3 of 9 words"):
        dump = AttentionDump(tmp_path / "dump")
    for row, record in enumerate(dump):
        assert told(record.cross) == row and (record.cross_norms == 2 * row + 0.5).all()
        assert (record.encoder_norms == 3 * row + 0.25).all()
