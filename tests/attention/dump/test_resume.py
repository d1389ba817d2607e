"""A dump that was interrupted goes on to the very bytes of an undisturbed one; two writers never meet in one shard."""

import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology.attention.dump.reader import AttentionDump, DumpWriter
from fairseq_phonology.attention.record import KINDS, AttentionRecord
from fairseq_phonology.errors import InputError
from tests.helpers import REPOSITORY
from tests.helpers.dumped import manifest, told, word, write

pytestmark = pytest.mark.filterwarnings("ignore:.*is incomplete")
BATCHES = [word(row, rank) for row in (3, 0) for rank in (0, 1)], [word(1)], [word(4), word(2)]


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def interrupted(folder, batches, **changes):
    """As a killed process leaves it."""
    pid = os.fork()
    if not pid:
        writer = DumpWriter(folder, manifest(5, **changes))
        for batch in batches:
            writer.write(batch)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    return folder


@pytest.mark.parametrize("done", range(4))
def test_a_resumed_dump_is_the_undisturbed_one(tmp_path, done):
    folder = interrupted(tmp_path / "dump", BATCHES[:done])
    with DumpWriter(folder, manifest(5), resume=True) as writer:
        assert len(writer) == sum(len({record.row for record in batch}) for batch in BATCHES[:done])
        for batch in BATCHES:
            writer.write([record for record in batch if record.row not in writer])
        if done:
            first, second = writer.hypotheses(3)
            assert (first.rank, second.rank) == (0, 1) and told(second.cross) == 3.1
    assert bytes_of(folder) == bytes_of(write(tmp_path / "other", *BATCHES, words=5))
    (folder / "attention-00000.part").mkdir()  # killed right before it was removed
    with DumpWriter(folder, manifest(5), resume=True) as writer:  # all is there, and stays
        assert len(writer) == 5 and told(writer.hypotheses(2)[0].cross) == 2
    assert bytes_of(folder) == bytes_of(tmp_path / "other")


def test_from_the_first_batch_on_that_is_damaged_words_are_written_again(tmp_path):
    folder = interrupted(tmp_path / "dump", BATCHES)
    path = folder / "attention-00000.part" / "cross.f32"
    data = bytearray(path.read_bytes())
    data[sum(record.cross.nbytes for record in BATCHES[0]) + 5] ^= 1
    path.write_bytes(data)
    with DumpWriter(folder, manifest(5), resume=True) as writer:
        assert [row for row in range(5) if row in writer] == [0, 3]
        for batch in BATCHES[1:]:
            writer.write(batch)
    assert bytes_of(folder) == bytes_of(write(tmp_path / "other", *BATCHES, words=5))


def test_the_message_counts_the_words_that_are_there(tmp_path):
    folder = interrupted(tmp_path / "dump", BATCHES[:2])
    with pytest.raises(InputError) as error:
        DumpWriter(folder, manifest(5))
    assert str(error.value) == (
        f"{folder}: holds 3 of 5 words of this model, which can be read, of a run that did not end; --resume-attention "
        "writes the others, --overwrite-attention all of them again"
    )
    assert [record.row for record in AttentionDump(folder)] == [0, 1, 3]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"checkpoint_sha256": "b" * 64}, "holds the attention of another model (checkpoint aaaaaaaaaaaa, now bbbb"),
        ({"data_sha256": "d"}, 'its data_sha256 is different (null, now "d")'),
        ({"kinds": ["cross"]}, "it is of --attention-kinds cross,encoder, now cross"),
        ({"norms": True}, "its norms is different (false, now true)"),
        ({"settings": {"beam": 5, "lenpen": 1}}, "its settings is different (lenpen: 2, now 1)"),
        ({"shard": "0 of 2"}, "its shards_expected is different (1, now 2)"),
        ({"words_expected": 6}, "its shard 00000 is of 5 words, now 6"),
    ],
)
def test_only_the_same_run_is_resumed(tmp_path, changes, message):
    same = {"settings": {"beam": 5, "lenpen": 2}, "words_expected": 5}
    folder = interrupted(tmp_path / "dump", BATCHES[:1], settings=same["settings"])
    before = bytes_of(folder / "attention-00000.part")
    with pytest.raises(InputError, match=re.escape(message)):
        DumpWriter(folder, manifest(**{**same, **changes}), resume=True)
    assert bytes_of(folder / "attention-00000.part") == before


def test_a_finished_shard_with_words_missing_is_not_resumed(tmp_path):
    folder = write(tmp_path / "dump", BATCHES[0], words=5)
    with pytest.raises(InputError, match="is finished with 2 of 5 words; nothing can be added"):
        DumpWriter(folder, manifest(5), resume=True)
    with pytest.raises(InputError, match="either overwritten or resumed"):
        DumpWriter(folder, manifest(5), overwrite=True, resume=True)


def test_a_record_is_written_once_and_is_one(tmp_path):
    writer = DumpWriter(tmp_path / "dump", manifest())
    writer.write([word(0)])
    for record, message in (
        (word(0), "word 'w0': row 0, rank 0 was written before"),
        (word(1, id="\ud800"), "a character cannot be encoded in UTF-8"),
        (word(1, id="a\0"), "or is NUL"),
        (word(1, cross=np.full((2, 3, 4, 4), np.nan, np.float32)), "word 'w1', cross, layer 1, .* is not finite"),
        (word(1, cross=np.full((2, 3, 4, 4), 0.2, np.float32)), "the weights do not sum to one"),
    ):
        with pytest.raises(ValueError, match=message):
            writer.write([record])
    writer.close()
    assert AttentionDump(tmp_path / "dump").ids() == ["w0"]


@pytest.mark.parametrize("option", [{}, {"overwrite": True}, {"resume": True}])
def test_the_second_writer_of_a_shard_is_refused(tmp_path, option):
    folder = tmp_path / "dump"
    with DumpWriter(folder, manifest(2)) as writer:
        writer.write([word(0)])
        with pytest.raises(InputError, match=rf"dump: is being written: process {os.getpid()} on .*name another"):
            DumpWriter(folder, manifest(2), **option)
        with pytest.raises(InputError, match="is being written" if option.get("overwrite") else "is different"):
            DumpWriter(folder, manifest(2, subset="other", shard="1 of 2"), "00001", **option)
        writer.write([word(1)])
    assert AttentionDump(folder).ids() == ["w0", "w1"]
    assert sorted(bytes_of(folder)) == ["attention-00000.h5", "manifest.json"]


FULL = """
import resource, signal, sys
sys.argv[0] = "fairseq-phonology"
from tests.helpers.dumped import *
from fairseq_phonology.errors import InputError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = DumpWriter({folder!r}, manifest(words=200))
for row in range(100):
    writer.write([word(row)])
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    writer.close()
except InputError as error:
    print(error)
    sys.exit(2)
"""


def test_a_disk_that_is_full_while_a_dump_is_sealed(tmp_path):
    """One line, an ordinary end of the process, and all words can be read."""
    folder = tmp_path / "dump"
    program = FULL.format(folder=str(folder))
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout == (
        f"{folder}: cannot be written: File too large; 100 words before this can be read, and --resume-attention goes "
        "on from there\n"
    )
    assert sorted(path.name for path in folder.iterdir()) == ["attention-00000.part", "manifest.json"]
    assert [record.row for record in AttentionDump(folder)] == list(range(100))
    with DumpWriter(folder, manifest(200), resume=True) as writer:
        writer.write([word(row) for row in range(200) if row not in writer])
    assert [told(record.cross) for record in AttentionDump(folder)] == list(range(200))


FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
IDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=5)
WORDS = st.text(st.characters(exclude_categories=("Cs", "Zs"), exclude_characters="\0"), min_size=1, max_size=3)


@st.composite
def dumps(draw):
    """Records of random kinds, layers, heads and lengths."""
    kinds = draw(
        st.lists(st.sampled_from(KINDS), min_size=1, unique=True).map(lambda some: sorted(some, key=KINDS.index))
    )
    norms, layers, heads = draw(st.booleans()), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    records = []
    for row in draw(st.lists(st.integers(0, 2**40), unique=True, max_size=4)):
        for rank in range(draw(st.integers(1, 2))):
            ur, sr = (tuple(draw(st.lists(WORDS, max_size=4))) for _ in range(2))
            u, s = len(ur) + 1, len(sr) + 1
            shapes = {"cross": (s, u), "encoder": (u, u), "decoder": (s, s)}
            arrays = {}
            for kind in kinds:
                shape = (layers, heads, *shapes[kind])
                arrays[kind] = rng.dirichlet(np.full(shape[3], 0.1), shape[:3]).astype(np.float32)
                if norms:
                    extremes = np.array([0, 1e-45, 1e-38, 1, 3.4e38], np.float32)
                    lengths = rng.choice(extremes, shape)
                    arrays[f"{kind}_norms"] = np.where(arrays[kind] > 0, lengths, 0).astype(np.float32)
            log_probs = -np.abs(np.array(draw(st.lists(FLOATS, min_size=s, max_size=s)), np.float32))
            reference = draw(st.none() | st.just(sr))
            records.append(AttentionRecord(draw(IDS), row, rank, ur, sr, reference, log_probs, **arrays))
    return kinds, norms, records


def same(one, other):
    for name in AttentionRecord.__slots__:
        first, second = getattr(one, name), getattr(other, name)
        if isinstance(first, np.ndarray):
            assert second.dtype == np.float32 and first.tobytes() == second.tobytes(), name
        else:
            assert first == second, name


@given(dumps())
def test_what_is_written_is_read(tmp_path_factory, made):
    kinds, norms, records = made
    folder = tmp_path_factory.mktemp("dump")
    about = {"kinds": kinds, "norms": norms, "words_expected": None}
    due = sorted(records, key=lambda record: (record.row, record.rank))
    writer = DumpWriter(folder, about)
    half = len({record.row for record in records}) // 2
    rows = sorted({record.row for record in records})
    for some in (rows[half:], rows[:half]):
        writer.write([record for record in records if record.row in some])
    for _ in range(2):  # while it grows, and finished
        found = list(AttentionDump(folder).records())
        assert len(found) == len(due)
        for one, other in zip(due, found, strict=True):
            same(one, other)
        writer.close()
