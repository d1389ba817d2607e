"""R reads the same numbers from a dump as Python does."""

import functools
import os
import shutil
import subprocess

import numpy as np
import pytest

from fairseq_phonology.attention.dump.reader import AttentionDump, DumpWriter
from fairseq_phonology.attention.record import AttentionRecord
from tests.helpers import EXAMPLES

SCRIPT = EXAMPLES / "r" / "read_attention.R"


def rscript(*arguments, **environment):
    command = ["Rscript", "--vanilla", str(SCRIPT), *arguments]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **environment}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)


@functools.cache
def has(library):
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "--vanilla", "-e", f"library({library})"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two shards; no two of the axes are of one length, so that a swapped axis shows."""
    rng = np.random.default_rng(1)
    folder = tmp_path_factory.mktemp("r") / "dump"
    for n in (0, 1):
        shared = {"checkpoint_sha256": "a", "kinds": ["cross", "encoder", "decoder"], "norms": True}
        with DumpWriter(folder, {**shared, "shard": f"{n} of 2", "words_expected": 2}, f"0000{n}") as writer:
            for row, id in ((n, f"w{n}"), (n + 2, ("학문", "t͡ɕip")[n])):
                weights = {
                    kind: rng.dirichlet(np.ones(keys), (2, 3, queries)).astype(np.float32)
                    for kind, queries, keys in (("cross", 4, 5), ("encoder", 5, 5), ("decoder", 4, 4))
                }
                weights |= {f"{kind}_norms": 7 * each for kind, each in weights.items()}  # nothing to R but a data set
                ur, sr = ("h", "a", "k", "t͡ɕʰ"), ("h", "a", "ŋ")
                writer.write(
                    [AttentionRecord(id, row, rank, ur, sr, sr, np.zeros(4, np.float32), **weights) for rank in (1, 0)]
                )
    return folder


@pytest.mark.parametrize(
    ("library", "id", "kind"),
    [("rhdf5", "학문", "cross"), ("rhdf5", "t͡ɕip", "encoder"), ("rhdf5", "w1", "decoder"), ("hdf5r", "학문", "cross")],
)
def test_r_prints_what_python_reads(folder, library, id, kind):
    if not has(library):
        pytest.skip(f"Rscript with {library} is not installed")
    done = rscript(str(folder), id, kind, HDF5_LIBRARY=library)
    assert done.returncode == 0, done.stderr
    header, *lines = done.stdout.splitlines()
    assert header.split("\t") == ["layer", "head", "row", "column", "from", "to", "weight"]
    record = AttentionDump(folder)[id]
    weights = record.weights(kind)
    rows = [*(record.underlying if kind == "encoder" else record.surface), "EOS"]
    columns = ["EOS", *record.surface] if kind == "decoder" else [*record.underlying, "EOS"]
    due = [
        "\t".join([*(str(n + 1) for n in place), rows[place[2]], columns[place[3]], f"{weight:.8f}"])
        for place, weight in np.ndenumerate(weights)
    ]
    assert lines == due


@pytest.mark.skipif(not (has("rhdf5") or has("hdf5r")), reason="Rscript with rhdf5 or hdf5r is not installed")
def test_r_names_what_it_does_not_find(folder):
    done = rscript(str(folder), "nobody")
    assert done.returncode == 2 and done.stderr.splitlines()[-1] == f"error: no word nobody in {folder}"
    assert rscript(str(folder)).returncode == 2
    done = rscript(str(folder), "w1", "self")
    assert done.returncode == 2 and done.stderr.startswith("error: unknown kind self; known: cross, encoder, decoder")
