"""``fairseq-phonology heatmap``: files, their names, and one line for what cannot be drawn."""

import re

import numpy as np
import pytest

from fairseq_phonology import AttentionDump, AttentionRecord
from fairseq_phonology.attention.dump.reader import DumpWriter
from fairseq_phonology.commands import main


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heatmap") / "dump"
    return written(folder, ["hak", "hal", "a/b", "a?b"])


def written(folder, ids, urs=(), **norms):
    """A dump of uniform weights; ``urs``: of three segments each, "h a k" unless said otherwise."""
    shared = {"checkpoint_sha256": "a", "kinds": ["cross", "encoder"], "words_expected": len(ids), "norms": bool(norms)}
    weights = dict.fromkeys(["cross", "encoder"], np.full((2, 3, 4, 4), 0.25, np.float32)) | norms
    with DumpWriter(folder, shared) as writer:
        for row, (id, ur) in enumerate(zip(ids, urs or ["h a k"] * len(ids), strict=True)):
            ur = tuple(ur.split())
            writer.write([AttentionRecord(id, row, 0, ur, ur, ur, np.zeros(4, np.float32), **weights)])
    return folder


def test_norms(dump, tmp_path, capsys):
    norms = np.random.default_rng(1).random((2, 3, 4, 4), np.float32)
    normed = written(tmp_path / "normed", ["hak"], cross_norms=norms, encoder_norms=norms)
    for option in ([], ["--norms"]):
        out = str(tmp_path / f"w{len(option)}.svg")
        assert main(["heatmap", str(normed), "hak", "--out", out, "--layer", "1", "--head", "2", *option]) == 0
    assert (tmp_path / "w0.svg").read_bytes() != (tmp_path / "w1.svg").read_bytes()
    capsys.readouterr()
    assert main(["heatmap", str(dump), "hak", "--norms", "--out", str(tmp_path / "no.png")]) == 2
    assert f"{dump}: has weights and no norms; write it with --attention-norms" in capsys.readouterr().err
    assert not (tmp_path / "no.png").exists()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("words", "out", "made"),
    [
        pytest.param(["hak"], "w.png", ["w.png"], id="one word"),
        pytest.param(["row:2"], "w.svg", ["w.svg"], id="by row"),
        pytest.param(["hak", "a/b", "row:1"], "w.png", ["w-a_b.png", "w-hak.png", "w-row1.png"], id="a file a word"),
        pytest.param(["hak", "hal", "hak"], "w.pdf", ["w.pdf"], id="a page a word"),
    ],
)
def test_files(dump, tmp_path, capsys, words, out, made):
    assert main(["heatmap", str(dump), *words, "--out", str(tmp_path / out)]) == 0
    assert names(tmp_path) == made
    *lines, following = capsys.readouterr().out.splitlines()
    assert following.startswith(f"next: fairseq-phonology analyze {dump} ")
    assert sorted(lines) == [f"picture: {tmp_path / name}" for name in made]
    if out.endswith("pdf"):
        assert len(re.findall(rb"/Type /Page\b", (tmp_path / out).read_bytes())) == 2


@pytest.mark.parametrize(
    "options",
    [
        ["--all"],
        ["--all", "--layer", "2"],
        ["--mean"],
        ["--layer", "1"],
        ["--layer", "1", "--head", "3"],
        ["--kind", "encoder"],
    ],
    ids=" ".join,
)
def test_options(dump, tmp_path, options):
    assert main(["heatmap", str(dump), "hak", "--out", str(tmp_path / "w.png"), *options]) == 0
    assert (tmp_path / "w.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["hax"], "{dump}: has no word 'hax'; similar ids: hak, hal", id="unknown id"),
        pytest.param(["hak", "row:9"], "{dump}: has no row 9; it has 4 words, rows counted from 0", id="unknown row"),
        pytest.param(
            ["hak", "--out", "{tmp}/w.jpg"], "{tmp}/w.jpg: a picture's name ends in .png, .svg, .pdf", id="ending"
        ),
        pytest.param(
            ["hak", "--out", "{tmp}/no/w.png"], "{tmp}/no/w.png: cannot write: no such folder {tmp}/no", id="folder"
        ),
        pytest.param(
            ["hak", "--kind", "decoder"],
            "{dump}: has no decoder attention, only cross, encoder; write it "
            "with --attention-kinds cross,encoder,decoder",
            id="kind",
        ),
        pytest.param(
            ["hak", "--layer", "3"],
            "{dump}: no layer 3: the cross-attention of this model has layers 1 to 2",
            id="layer",
        ),
        pytest.param(
            ["hak", "--head", "1"],
            "{dump}: head 1 and a head without a layer: give --layer and --head for one head, or neither",
            id="head alone",
        ),
        pytest.param(
            ["hak", "--layer", "1", "--head", "1", "--mean"],
            "found --mean (over heads) and --head 1 (one of them); allowed: one of the two",
            id="head and mean",
        ),
        pytest.param(
            ["a/b", "a?b"],
            "the words a/b, a?b would be drawn into the same file; give the name of a PDF, which has a page for each",
            id="same file",
        ),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(dump, tmp_path, capsys, arguments, message):
    arguments = [each.format(tmp=tmp_path) for each in arguments]
    if "--out" not in arguments:
        arguments += ["--out", str(tmp_path / "w.png")]
    assert main(["heatmap", str(dump), *arguments]) == 2
    error = capsys.readouterr().err
    assert error == f"fairseq-phonology heatmap: error: {message.format(dump=dump, tmp=tmp_path)}\n"
    assert names(tmp_path) == []


def test_a_picture_that_is_there_is_replaced_when_asked(dump, tmp_path, capsys):
    (tmp_path / "w-hal.png").write_text("own", encoding="utf-8")
    line = ["heatmap", str(dump), "hak", "hal", "--out", str(tmp_path / "w.png")]
    assert main(line) == 2 and names(tmp_path) == ["w-hal.png"]
    assert capsys.readouterr().err.endswith("w-hal.png: exists; name another file or add --overwrite\n")
    assert main([*line, "--overwrite"]) == 0
    assert (tmp_path / "w-hal.png").read_bytes().startswith(b"\x89PNG")


def test_no_dump(tmp_path, capsys):
    assert main(["heatmap", str(tmp_path), "hak", "--out", str(tmp_path / "w.png")]) == 2
    assert "no manifest.json in it: not an attention dump" in capsys.readouterr().err


def test_public_names(dump):
    record = AttentionDump(dump)["hak"]
    assert isinstance(record, AttentionRecord) and record.plot().figure_ is not None


def test_a_word_is_named_by_its_ur(tmp_path, capsys):
    """As segments, or as the user wrote it; an id comes first."""
    table = tmp_path / "test.tsv"
    dump = written(tmp_path / "dump", ["hak", "hal", "x", "y"], ["h a k", "h a l", "h a l", "m a n"])
    rows = ["hak\th a k\t학", "hal\th a l\t할", "x\th a l\thak", "y\tm a n\t만"]
    table.write_text("id\tur\tur_text\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    drawn = {}
    for word in ("학", "h a k", "hak", "만", "row:3"):
        out = tmp_path / f"{len(drawn)}.svg"
        assert main(["heatmap", str(dump), word, "--words", str(table), "--out", str(out)]) == 0
        drawn[word] = out.read_bytes()
    assert drawn["학"] == drawn["h a k"] == drawn["hak"] != drawn["만"]
    assert drawn["만"] == drawn["row:3"]
    capsys.readouterr()
    out = ["--out", str(tmp_path / "no.svg")]
    assert main(["heatmap", str(dump), "h a l", "--words", str(table), *out]) == 2
    assert "several words are 'h a l': row:1 and row:2; name one of these" in capsys.readouterr().err
    assert main(["heatmap", str(dump), "없", "--words", str(table), *out]) == 2
    assert "없" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["h a l", "m a n", "row:0", "hak"])
def test_a_list_of_other_words_is_refused(tmp_path, capsys, word):
    """However the word is named: its row there is another word, and no row of that list can be told either."""
    dump = written(tmp_path / "dump", ["hak", "hal"], ["h a k", "h <unk> l"])
    table, out = tmp_path / "valid.tsv", tmp_path / "w.svg"
    table.write_text("id\tur\na\th a l\nb\tm a n\nc\th a l\n", encoding="utf-8")
    assert main(["heatmap", str(dump), word, "--words", str(table), "--out", str(out)]) == 2
    id, own, there = ("hal", "h <unk> l", "m a n") if word == "m a n" else ("hak", "h a k", "h a l")
    expected = f"{dump}: word {id}: the UR is {own}, and {there} in {table}: other words, or in another order\n"
    assert capsys.readouterr().err == f"fairseq-phonology heatmap: error: {expected}" and not out.exists()
    table.write_text("id\tur\nhak\th a k\nhal\th a l\n", encoding="utf-8")  # a segment that the model does not know
    assert main(["heatmap", str(dump), "h a l", "--words", str(table), "--out", str(out)]) == 0
    table.write_text("id\tur\nhak\th a k\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["heatmap", str(dump), "hal", "--words", str(table), "--out", str(out), "--overwrite"]) == 2
    error = capsys.readouterr().err
    assert f"{table}: has no word 'hal', which {dump} has: a list of other words" in error
    table.write_text("id\tur\na\th a k\nb\th a l\nc\tm a n\n", encoding="utf-8")
    assert main(["heatmap", str(dump), "m a n", "--words", str(table), "--out", str(out), "--overwrite"]) == 2
    error = capsys.readouterr().err
    assert f"rows counted from 0; 'm a n' is row 2 of {table}: a list of other words, or the dump is not" in error
