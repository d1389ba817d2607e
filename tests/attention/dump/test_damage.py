"""What is not as it was written is never read as numbers: one line names it. Most of these dumps have checksums that
fit, so that each check is needed by itself."""

import os
import random

import h5py
import numpy as np
import pytest

from fairseq_phonology.attention.dump.reader import AttentionDump, DumpWriter
from fairseq_phonology.commands import main
from fairseq_phonology.errors import InputError
from tests.helpers.damaged import Changed
from tests.helpers.dumped import manifest, told, with_norms, word, write


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "dump", [word(0), word(0, 1), word(1, ur="a", sr="", reference=None)], words=2)


def refused(folder):
    """The line that is said."""
    with pytest.raises(InputError) as error:
        list(AttentionDump(folder).records())
    assert "\n" not in str(error.value)
    return str(error.value)


def put(name, value, at=0):
    """A change of one number."""

    def change(changed):
        changed.array(name)[at] = value

    return change


VALUES = {  # data set, value, what is said
    "NaN": ("weights/cross", np.nan, "word 'w0', cross, layer 1, head 1, query 1: a weight is not finite"),
    "infinite": ("weights/encoder", np.inf, "word 'w0', encoder, layer 1, head 1, query 1: a weight is not finite"),
    "negative": ("weights/cross", -0.5, "word 'w0', cross, layer 1, head 1, query 1: a weight is negative"),
    "sum": ("weights/cross", 0.6, "word 'w0', cross, layer 1, head 1, query 1: the weights do not sum to one"),
    "log prob": ("log_probs", np.nan, "word 'w0': log_probs must be 0 or less; found nan"),
    "above one": ("log_probs", 1.0, "word 'w0': log_probs must be 0 or less; found 1.0"),
    "row": ("row", -1, "damaged or changed: a row or a rank is negative"),
    "rank": ("rank", -1, "damaged or changed: a row or a rank is negative"),
    "order": ("row", 5, "damaged or changed: rows and ranks are not in order, or not different"),
    "same": ("rank", 1, "damaged or changed: rows and ranks are not in order, or not different"),
    "no length": ("shape/cross", 0, "damaged or changed: weights/cross and its shapes do not fit"),
    "length": ("shape/cross", 3, "damaged or changed: weights/cross and its shapes do not fit"),
    "2^31": ("shape/cross", 2**31 - 1, "damaged or changed: weights/cross and its shapes do not fit"),
    "negative shape": ("shape/log_probs", -4, "damaged or changed: log_probs and its shapes do not fit"),
    "offset": ("offset/encoder", 2**62, "damaged or changed: weights/encoder and its shapes do not fit"),
    "negative offset": ("offset/encoder", -1, "damaged or changed: weights/encoder and its shapes do not fit"),
    "segments": ("underlying", b"h a", "word 'w0' with 2 underlying and 3 surface segments: cross has shape"),
    "UTF-8": ("id", b"\xff\xfe", "damaged or changed: id: 'utf-8' codec can't decode byte 0xff"),
}


@pytest.mark.parametrize("case", VALUES)
def test_values(folder, case):
    name, value, message = VALUES[case]
    changed = Changed(folder)
    put(name, value)(changed)
    assert message in refused(changed.seal())


def test_layers_and_heads_are_the_same_in_every_word(folder):
    changed = Changed(folder)
    changed.array("shape/cross")[:2] = 3, 2
    assert "weights/cross has different layers or heads in different words" in refused(changed.seal())


def set_in(*path):
    *path, value = path

    def change(changed):
        found = changed.manifest
        for key in path[:-1]:
            found = found[key]
        found[path[-1]] = value

    return change


def without(*path):
    *path, last = path

    def change(changed):
        found = changed.manifest
        for key in path:
            found = found[key]
        del found[last]

    return change


SHARD = "shards", "00000"
SETS = *SHARD, "data_sets"
FIELDS = [  # change of the manifest, what is said
    (without("kinds"), "it lacks 'kinds'"),
    (set_in("kinds", []), "kinds"),
    (set_in("kinds", "cross"), 'kinds is "cross", not a list'),
    (set_in("kinds", ["cross", "self"]), "kinds 2 is"),
    (set_in("kinds", ["cross", "cross"]), "kinds has cross, cross; allowed: each once"),
    (set_in("kinds", ["cross", "decoder"]), "is missing"),
    (set_in("kinds", ["cross"]), "is no data set of this dump"),
    (set_in("norms", 1), "norms is 1, not true or false"),
    (set_in("norms", True), "is missing"),
    (set_in("shards", []), "shards is [], not an object"),
    (set_in("shards", None), "shards is null, not an object"),
    (set_in("shards", {"00000": 5}), "not an object"),
    (set_in("shards_expected", 0), "shards_expected is 0, not a number >= 1"),
    (set_in("shards_expected", "1"), 'shards_expected is "1", not a number'),
    (set_in("words_written", -2), "words_written is -2, not a number >= 0"),
    (set_in("words_written", 3), "words_written is 3, which is not the sum over its shards"),
    (set_in("words_expected", 2.5), "words_expected is 2.5, not a number"),
    (set_in("updates", "0"), 'updates is "0", not a number'),
    (set_in("updates", -1), "updates is -1, not a number >= 0"),
    (set_in("settings", [1]), "settings is [1], not an object"),
    (set_in("model", {"layers": {"cross": -3}}), "not a number"),
    (set_in("model", 5), "model is 5, not an object"),
    (set_in("beam", "five"), 'beam is "five", not a number'),
    (set_in("dictionaries", {"ur": "abc"}), "not a list"),
    (set_in("library_versions", None), "library_versions is null, not an object"),
    (set_in("checkpoint_sha256", 5), "checkpoint_sha256 is 5, not a text"),
    (set_in("format_version", "2"), "format version 2"),
    (set_in("format_version", None), "format version None"),
    (without("format_version"), "it has no format_version"),
    (set_in("shards", {"../x": {"words_expected": 2, "finished": False}}), "shard '../x'; allowed: names of letters"),
    (set_in("shards", {"/x": {"words_expected": 2, "finished": False}}), "shard '/x'; allowed: names of letters"),
    (set_in(*SHARD, "finished", "yes"), "shard 00000: finished is 'yes', not true or false"),
    (set_in(*SHARD, "records", -1), "shard 00000: records is -1, not a number >= 0"),
    (set_in(*SHARD, "records", 2**29), "id is not 536,870,912 texts of one size"),
    (set_in(*SHARD, "bytes", 1 << 40), "bytes"),
    (without(*SHARD, "bytes"), "shard 00000: it lacks 'bytes'"),
    (without(*SHARD, "data_sets"), "shard 00000: it lacks 'data_sets'"),
    (without(*SETS, "row"), "row is missing"),
    (set_in(*SETS, "row", [0, 8]), "data_sets"),
    (set_in(*SETS, "row", [-8, 24, 1]), "data_sets"),
    (set_in(*SETS, "row", [0, 1 << 40, 1]), "row lies at byte 0 to 1,099,511,627,776, outside or within another"),
    (set_in(*SETS, "../x", [0, 0, 0]), "../x is no data set of this dump"),
]


@pytest.mark.parametrize(("change", "message"), FIELDS, ids=range(len(FIELDS)))
def test_fields_of_the_manifest(folder, change, message):
    changed = Changed(folder)
    change(changed)
    said = refused(changed.write())
    assert message in said and (said.startswith(f"{folder}/manifest.json: ") or "attention-00000.h5: " in said)


def test_counts_that_disagree_with_the_shard(folder):
    changed = Changed(folder)
    changed.entry["words_written"] = changed.manifest["words_written"] = 3
    assert "has 2 words; the manifest says 3" in refused(changed.write())
    changed = Changed(folder)
    changed.entry["words_written"] = changed.manifest["words_written"] = 2
    changed.manifest["shards"]["00001"] = changed.entry
    assert "shards are 2, shards_expected 1" in refused(changed.write())


@pytest.mark.parametrize(
    ("about", "message"),
    [
        (
            {"model": {"heads": {"cross": 9}}},
            "has 3 heads of cross attention, and the manifest says 9: of another dump",
        ),
        ({"model": {"layers": {"encoder": 1}}}, "has 2 layers of encoder attention, and the manifest says 1"),
        ({"dictionaries": {"surface": ["h", "a"]}}, "word 'w0': its SR has 'ŋ', which is not in the dictionary of the"),
    ],
)
def test_a_manifest_of_another_model(folder, about, message):
    changed = Changed(folder)
    changed.manifest.update(about)
    assert message in refused(changed.write())
    with pytest.raises(InputError, match="of another dump, or changed"):
        [*AttentionDump(folder).forms()]


def test_a_word_is_in_one_shard(tmp_path):
    for n in (0, 1):
        with DumpWriter(tmp_path / "dump", manifest(2, shard=f"{n} of 2"), f"0000{n}") as writer:
            writer.write([word(n), word(7)])
    assert "row 7 is in two shards" in refused(tmp_path / "dump")


def test_a_field_that_stands_twice(folder):
    path = folder / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"beam":', '"beam": 1, "beam":'), "utf-8")
    assert "manifest.json: is no JSON: 'beam' is named twice" in refused(folder)


def test_every_byte_counts(folder):
    """A byte that is another is found wherever it is, or changes nothing that is read."""
    path = folder / "attention-00000.h5"
    data, rng = path.read_bytes(), random.Random(1)
    for at in {*range(0, len(data), 97), *rng.sample(range(len(data)), 40)}:
        bad = bytearray(data)
        bad[at] ^= 1 << rng.randrange(8)
        path.write_bytes(bad)
        refused(folder)
    path.write_bytes(data)
    assert len(list(AttentionDump(folder).records())) == 3


def test_a_damaged_word_is_named_and_the_others_can_be_read(folder):
    changed = Changed(folder)
    changed.array("weights/cross")[-1] += 0.01
    dump = AttentionDump(folder)
    assert told(dump["w0"].cross) == 0
    with pytest.raises(InputError, match=r"h5: word 'w1': the weights/cross are not those that were written"):
        dump["w1"]


def other_type(file, dtype=None, **how):
    values = file["weights/cross"][:]
    del file["weights/cross"]
    file.create_dataset("weights/cross", data=values, dtype=dtype, **how)


def replaced(link):
    def change(file):
        del file["id"]
        file["id"] = link

    return change


def external(file):
    del file["id"]
    file.create_dataset("id", (3,), "S8", external=[("/etc/passwd", 0, 24)])


def virtual(file):
    del file["log_probs"]
    layout = h5py.VirtualLayout((9,), "<f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (9,))
    file.create_virtual_dataset("log_probs", layout)


@pytest.mark.parametrize("fitting", [False, True], ids=["as it is", "checksums made to fit"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda file: other_type(file, "<f2"), id="float16"),
        pytest.param(lambda file: other_type(file, chunks=(16,)), id="chunked"),
        pytest.param(lambda file: other_type(file, chunks=(16,), compression="gzip"), id="compressed"),
        pytest.param(replaced(h5py.SoftLink("/underlying")), id="soft link"),
        pytest.param(replaced(h5py.ExternalLink("/etc/passwd", "/x")), id="external link"),
        pytest.param(external, id="external storage"),
        pytest.param(virtual, id="virtual data set"),
    ],
)
def test_what_hdf5_would_follow_or_unpack_is_not(folder, change, fitting):
    """Where all checksums are made to fit, the numbers are those that lie where the manifest says, and none else."""
    due = [(record.id, record.cross.tolist()) for record in AttentionDump(folder).records()]
    with h5py.File(folder / "attention-00000.h5", "r+") as file:
        change(file)
    if not fitting:
        assert "h5: damaged or changed: " in refused(folder)
        return
    Changed(folder).seal()
    try:
        found = [(record.id, record.cross.tolist()) for record in AttentionDump(folder).records()]
    except InputError:
        return
    assert found == due


def as_link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def as_pipe(path):
    path.unlink()
    os.mkfifo(path)


def as_device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("name", ["manifest.json", "attention-00000.h5"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(as_link, "is a symbolic link; a dump consists of files", id="link"),
        pytest.param(as_pipe, "is a pipe or a device, not a file", id="pipe"),
        pytest.param(as_device, "is a symbolic link", id="device"),
        pytest.param(lambda path: path.unlink() or path.mkdir(), "is a folder", id="folder"),
    ],
)
def test_files_that_are_none(folder, name, change, said):
    change(folder / name)
    assert f"{name}: {said}" in refused(folder)


@pytest.mark.parametrize("name", ["index.i64", "texts.jsonl", "cross.f32"])
@pytest.mark.filterwarnings("ignore:.*is incomplete")
def test_a_part_is_guarded_too(tmp_path, name):
    writer = DumpWriter(tmp_path / "dump", manifest(9))
    writer.write([word(0)])
    writer.write([word(1)])
    path = tmp_path / "dump" / "attention-00000.part" / name
    data = bytearray(path.read_bytes())
    data[-8] ^= 1
    path.write_bytes(data)
    if name == "index.i64":  # as after a kill: the batch is not there
        assert [record.id for record in AttentionDump(tmp_path / "dump")] == ["w0"]
    else:
        assert "part: " in refused(tmp_path / "dump")
    as_pipe(path)
    assert f"{name}: is a pipe or a device, not a file" in refused(tmp_path / "dump")


def test_norms_that_are_none(tmp_path):
    changed = Changed(write(tmp_path / "dump", [with_norms(0)], norms=True))
    put("norms/encoder", np.inf, -1)(changed)
    assert "word 'w0', encoder, layer 2, head 3, query 4: a norm is not finite" in refused(changed.seal())


def test_memory_is_bounded_by_the_file(folder):
    """Whatever is declared, nothing is allocated that the file does not have."""
    import tracemalloc

    for name, (begin, _, _) in list(Changed(folder).data_sets.items()):
        changed = Changed(folder)
        changed.data_sets[name] = [begin, 2**40, 0]
        changed.entry["records"] = 2**29
        changed.entry["words_written"] = changed.manifest["words_written"] = 2**29
        changed.write()
        tracemalloc.start()
        refused(folder)
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
        tracemalloc.stop()


def test_a_verb_says_it_in_one_line(folder, tmp_path, capsys):
    changed = Changed(folder)
    put("weights/cross", np.nan)(changed)
    changed.seal()
    assert main(["heatmap", str(folder), "w0", "--out", str(tmp_path / "x.png")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "attention-00000.h5: word 'w0', cross, layer 1, head 1, query 1: a weight is not finite" in line
