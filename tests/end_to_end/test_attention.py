"""`--save-attention` through the real commands: every word, under its id, in order, and nothing else changed."""

from __future__ import annotations

import dataclasses
import re
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from fairseq_phonology.attention.dump.reader import AttentionDump
from fairseq_phonology.commands import main
from tests.helpers import forked, toy

COMMON = ["--user-dir", toy.USER_DIR, "--task", "phonology", *toy.QUIET]
ALL = ["--attention-kinds", "cross,encoder,decoder"]


def _generate(trained, dump: Path | None, *more, path: Path | str | None = None):
    saving = [] if dump is None else ["--save-attention", dump]
    path = path or trained.save_dir / "checkpoint_best.pt"
    arguments = [trained.data, *COMMON, "--path", path, "--gen-subset", "test", "--batch-size", "30", *saving, *more]
    return toy.fairseq("generate", *arguments)


def _lines(stdout: str, prefixes: str = "STHDP") -> list[list[str]]:
    """Fields of the lines about words, in the order printed."""
    found = [line.split("\t") for line in stdout.splitlines()]
    return [fields for fields in found if fields[0][:1] in prefixes and fields[0][1:2] == "-"]


def _right_of_words(stdout: str) -> tuple[int, int]:
    return tuple(map(int, re.search(r"exact match = \S+ % \((\d+)/(\d+)\)", stdout).groups()))


def _same(record, other, atol: float = 1e-6) -> None:
    assert (record.underlying, record.surface, record.kinds) == (other.underlying, other.surface, other.kinds)
    for kind in record.kinds:
        np.testing.assert_allclose(record.weights(kind), other.weights(kind), atol=atol)


@pytest.fixture(scope="module")
def saved(trained, tmp_path_factory):
    """A dump of all kinds of the two best of a beam of 5, and what was printed."""
    folder = tmp_path_factory.mktemp("attention") / "dump"
    done = _generate(trained, folder, *ALL, "--beam", "5", "--nbest", "2")
    assert done.returncode == 0, done.stderr[-3000:]
    return AttentionDump(folder), done.stdout


def test_what_is_printed_stays_the_same(trained, saved):
    plain = _generate(trained, None, "--beam", "5", "--nbest", "2")
    assert _lines(plain.stdout) == _lines(saved[1])


def test_every_word_with_its_hypotheses(saved):
    dump, stdout = saved
    assert len(dump) == dump.manifest["words_expected"] == 101 and dump.complete
    assert dump.manifest["beam"] == 5 and dump.manifest["subset"] == "test"
    underlying, gold = toy.generated(stdout, "S"), toy.generated(stdout, "T")
    printed = {prefix: {} for prefix in "HP"}
    for label, *fields in _lines(stdout, "HP"):
        printed[label[0]].setdefault(int(label[2:]), []).append(fields[-1])
    for number in range(101):
        ranked = dump.hypotheses(number)
        assert [record.rank for record in ranked] == [0, 1]
        for record, surface, scores in zip(ranked, printed["H"][number], printed["P"][number], strict=True):
            assert (record.id, record.row) == (str(number), number)
            assert record.underlying == tuple(underlying[number].split())
            assert record.reference == tuple(gold[number].split())
            assert record.surface == tuple(surface.split())
            # fairseq prints logarithms to the base 2, four digits
            expected = np.array(scores.split(), dtype=float) * np.log(2)
            np.testing.assert_allclose(record.log_probs, expected, atol=1e-4)
            record.check()
            assert record.cross.shape[:2] == record.encoder.shape[:2] == record.decoder.shape[:2] == (1, 2)


def test_shards_read_as_one_dump(trained, saved, tmp_path):
    counts = []
    for shard in ("1", "0"):
        done = _generate(trained, tmp_path / "dump", *ALL, "--beam", "5", "--num-shards", "2", "--shard-id", shard)
        counts.append(_right_of_words(done.stdout))
    assert tuple(map(sum, zip(*counts, strict=True))) == _right_of_words(saved[1])
    assert len(list((tmp_path / "dump").glob("attention-*.h5"))) == 2
    dump = AttentionDump(tmp_path / "dump")
    assert dump.complete and [record.row for record in dump] == list(range(101))
    for record, other in zip(dump, saved[0], strict=True):
        _same(record, other)


def test_norms_beside_the_weights(trained, saved, tmp_path):
    """The same words and weights, in shards, with norms that its check believes; refused without a dump."""
    for shard in ("0", "1"):
        more = ["--beam", "5", "--num-shards", "2", "--shard-id", shard, "--attention-norms"]
        done = _generate(trained, tmp_path / "dump", *ALL, *more)
        assert done.returncode == 0, done.stderr[-3000:]
    dump = AttentionDump(tmp_path / "dump")
    assert dump.complete and dump.norms and not saved[0].norms and len(dump) == 101
    for record, other in zip(dump, saved[0], strict=True):
        _same(record, other)
        record.check()
        assert record.has_norms and all(record.norms(kind).max() > 0 for kind in record.kinds)
    toy.refused(_generate(trained, None, "--attention-norms"), "--attention-norms needs --save-attention DIR")


def test_score_reference_looks_at_the_gold_sr_and_replaces_a_dump_on_demand(trained, saved, tmp_path):
    shutil.copytree(saved[0].paths[0], tmp_path / "dump")
    done = _generate(trained, tmp_path / "dump", *ALL, "--score-reference", "--overwrite-attention")
    assert done.returncode == 0, done.stderr[-3000:]
    dump = AttentionDump(tmp_path / "dump")
    scores = {int(label[2:]): fields[-1] for label, *fields in _lines(done.stdout, "P")}
    assert len(dump) == 101
    for record in dump:
        record.check()
        assert record.surface == record.reference
        expected = np.array(scores[record.row].split(), dtype=float) * np.log(2)
        np.testing.assert_allclose(record.log_probs, expected, atol=1e-4)
    assert "no score, because --score-reference compares each reference with itself" in done.stdout.splitlines()[-1]


def test_a_score_of_the_references_against_themselves_is_refused(trained):
    done = _generate(trained, None, "--score-reference", "--scoring", "chrf")
    toy.refused(done, "--scoring chrf with --score-reference would score the references against themselves")


def test_options_that_join_segments_are_refused_before_a_dump_begins(trained, tmp_path):
    done = _generate(trained, tmp_path / "dump", "--post-process", "letter")
    toy.refused(done, "--post-process (--remove-bpe) letter with --scoring exact_match: segments would be joined")
    assert "H-" not in done.stdout and not (tmp_path / "dump").exists()


def test_interactive_keeps_the_order_of_the_lines(trained, saved, tmp_path):
    words = list(saved[0])[:13]
    lines = [" ".join(record.underlying) for record in words]
    lines.insert(3, lines[9])  # twice, and in two buffers
    words.insert(3, words[9])
    done = toy.fairseq(
        *("interactive", trained.data, *COMMON, "--path", trained.save_dir / "checkpoint_best.pt"),
        *("--save-attention", tmp_path / "dump", *ALL, "--beam", "5", "--buffer-size", "5", "--batch-size", "2"),
        "--attention-norms",
        stdin="".join(f"{line}\n" for line in lines),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    dump = AttentionDump(tmp_path / "dump")
    assert len(dump) == dump.manifest["words_expected"] == 14 and dump.complete
    hypotheses = toy.generated(done.stdout, "H")
    for number, (record, other) in enumerate(zip(dump, words, strict=True)):
        assert (record.id, record.row, record.reference) == (str(number), number, None)
        assert " ".join(record.surface) == hypotheses[number]
        _same(record, other)
        assert record.check().has_norms


def test_interactive_reads_fairseqs_own_symbols_as_unknown_segments(trained, tmp_path):
    done = toy.fairseq(
        *("interactive", trained.data, *COMMON, "--path", trained.save_dir / "checkpoint_best.pt"),
        *("--save-attention", tmp_path / "dump", "--buffer-size", "1"),
        stdin="p <pad> t\n</s> \x1b[2J\nm a n\n",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "unknown to the model in 'p <pad> t': <pad>" in done.stdout + done.stderr
    assert "</s>, \\x1b[2J" in done.stdout + done.stderr
    underlying = [record.underlying for record in AttentionDump(tmp_path / "dump")]
    assert underlying == [("p", "<unk>", "t"), ("<unk>", "<unk>"), ("m", "a", "n")]


def test_words_left_out_are_not_expected(trained, tmp_path):
    # with EOS, words of three syllables have ten symbols
    limit = ["--max-source-positions", "8", "--skip-invalid-size-inputs-valid-test"]
    done = _generate(trained, tmp_path / "dump", *limit)
    assert done.returncode == 0, done.stderr[-3000:]
    dump = AttentionDump(tmp_path / "dump")
    assert 0 < len(dump) == dump.manifest["words_expected"] < 101 and dump.complete
    assert {record.row for record in dump} == set(toy.generated(done.stdout, "H"))
    assert max(len(record.underlying) for record in dump) == 6
    assert dump.kinds == ("cross", "encoder")


def test_ids_and_segments_come_from_prepares_table(trained, tmp_path):
    """The user's own ids, and segments that the model does not know as the user wrote them."""
    table = trained.data.parent / "test.tsv"
    forms = [(trained.data.parent / f"test.{side}").read_text(encoding="utf-8").splitlines() for side in ("ur", "sr")]
    rows = [f"w{n:03d}\t{ur}\t{sr}" for n, (ur, sr) in enumerate(zip(*forms, strict=True))]
    table.write_text("\n".join(["id\tur\tsr", *rows]) + "\n", encoding="utf-8")
    try:
        assert _generate(trained, tmp_path / "dump", "--attention-kinds", "cross").returncode == 0
    finally:
        table.unlink()
    dump = AttentionDump(tmp_path / "dump")
    assert dump.ids() == [f"w{n:03d}" for n in range(101)]
    assert dump["w007"].row == 7 and dump["w007"].encoder is None


def test_ids_come_from_prepares_table_where_there_are_no_srs_too(trained, tmp_path):
    words = [line.split() for line in (trained.data.parent / "test.ur").read_text(encoding="utf-8").splitlines()[:9]]
    (tmp_path / "my.tsv").write_text(
        "\n".join(["id\tur", *(f"a{n}\t{' '.join(word)}" for n, word in enumerate(words, 1))]) + "\n", encoding="utf-8"
    )
    data = tmp_path / "data"
    assert main(["prepare", str(tmp_path / "my.tsv"), "--dictionaries", str(trained.data), "--dest", str(data)]) == 0
    bare = dataclasses.replace(trained, data=data / "bin")
    assert _generate(bare, tmp_path / "dump", "--attention-kinds", "cross").returncode == 0
    dump = AttentionDump(tmp_path / "dump")
    assert dump.ids() == [f"a{n}" for n in range(1, 10)]
    assert dump["a3"].underlying == tuple(words[2]) and dump["a3"].reference is None


def test_an_existing_dump_is_refused(trained, saved):
    done = _generate(trained, saved[0].paths[0], *ALL, "--beam", "5", "--nbest", "2")
    toy.refused(done, "holds 101 words of this model already", "--overwrite-attention")


KILL = """
import os, signal
from fairseq_phonology.attention.dump import part
append, calls = part.PartWriter.append, []
def dying(self, records):
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(append(self, records))
part.PartWriter.append = dying
from fairseq_cli.generate import cli_main
cli_main()
"""


def test_a_killed_dump_is_resumed_to_what_an_undisturbed_run_writes(trained, saved, tmp_path):
    folder, options = tmp_path / "dump", [*ALL, "--beam", "5", "--nbest", "2"]
    given = [trained.data, *COMMON, "--path", trained.save_dir / "checkpoint_best.pt", "--gen-subset", "test"]
    given += ["--batch-size", "30", "--save-attention", folder, *options]
    (tmp_path / "fairseq-generate").write_text(KILL)
    killed = forked.run([str(tmp_path / "fairseq-generate"), *map(str, given)], None, None, 60)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    said = "holds 60 of 101 words of this model, which can be read, of a run that did not end; --resume-attention"
    toy.refused(_generate(trained, folder, *options), said, "--overwrite-attention all of them again")
    done = _generate(trained, folder, *options, "--resume-attention")
    assert done.returncode == 0 and "60 of 101 words are there" in done.stdout + done.stderr
    for name in ("attention-00000.h5", "manifest.json"):
        assert (folder / name).read_bytes() == (saved[0].paths[0] / name).read_bytes()
    # what is printed is of all words, too; the dump has its numbers in float32, from another pass
    due, found = _lines(saved[1]), _lines(done.stdout)
    assert [fields[:1] for fields in found] == [fields[:1] for fields in due]
    for one, other in zip(found, due, strict=True):
        if one[0][0] in "ST":
            assert one == other
        else:
            numbers = [[float(each) for each in fields[1].split()] for fields in (one, other)]
            np.testing.assert_allclose(*numbers, atol=1.1e-4 if one[0][0] == "P" else 5e-6)  # P- lines are rounded
            assert one[2:] == other[2:]
    ends = [[line for line in out.splitlines() if line.startswith("Generate test")] for out in (done.stdout, saved[1])]
    assert len(ends[0]) == 1 and ends[0] == ends[1]


def test_an_ensemble_is_refused(trained, tmp_path):
    best = trained.save_dir / "checkpoint_best.pt"
    toy.refused(
        _generate(trained, tmp_path / "dump", path=f"{best}:{best}"), "ensemble of 2 models", "one --path at a time"
    )
    assert not (tmp_path / "dump").exists()


def test_gold_srs_of_more_words_than_one_pass_takes(trained, tmp_path):
    done = _generate(
        trained, tmp_path / "dump", "--score-reference", "--gen-subset", "train", "--batch-size", "400",
        "--attention-kinds", "cross,encoder", "--max-tokens", "20000",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    dump = AttentionDump(tmp_path / "dump")
    assert len(dump) == 2001 and dump.complete
    for number in (0, 700, 2000):
        record = dump.row(number)
        assert record.surface == record.reference
        record.check()


def test_shards_of_other_words_or_other_options_are_refused(trained, tmp_path):
    first = ("--num-shards", "2", "--shard-id", "0", "--beam", "2")
    second = ("--num-shards", "2", "--shard-id", "1", "--beam", "2")
    assert _generate(trained, tmp_path / "dump", *first).returncode == 0
    other = shutil.copytree(trained.data, tmp_path / "bin")
    for path in other.glob("valid.*"):  # other words of the same name
        shutil.copy(path, other / path.name.replace("valid", "test"))
    done = _generate(dataclasses.replace(trained, data=other), tmp_path / "dump", *second)
    toy.refused(done, "data_sha256 is different")
    toy.refused(_generate(trained, tmp_path / "dump", *second, "--max-len-b", "3"), "settings is different")


def test_a_table_of_other_words_does_not_name_them(trained, tmp_path):
    table = trained.data.parent / "test.tsv"
    lines = [line.split() for line in (trained.data.parent / "test.ur").read_text(encoding="utf-8").splitlines()]
    # the same lengths, other words: the first two of one length have changed places
    length = len(lines[0])
    other = next(n for n in range(1, 101) if len(lines[n]) == length and lines[n] != lines[0])
    lines[0], lines[other] = lines[other], lines[0]
    rows = [f"w{n}\t{' '.join(ur)}\t{toy.surface(' '.join(ur))}\n" for n, ur in enumerate(lines)]
    table.write_text("id\tur\tsr\n" + "".join(rows), encoding="utf-8")
    try:
        done = _generate(trained, tmp_path / "dump")
    finally:
        table.unlink()
    assert done.returncode == 0 and "has other words than the binarized test" in done.stdout + done.stderr
    assert AttentionDump(tmp_path / "dump").ids()[:2] == ["0", "1"]


def test_interactive_that_is_refused_half_way_leaves_an_unfinished_dump(trained, tmp_path):
    done = toy.fairseq(
        *("interactive", trained.data, *COMMON, "--path", trained.save_dir / "checkpoint_best.pt"),
        *("--buffer-size", "2", "--max-tokens", "20", "--save-attention", tmp_path / "dump"),
        stdin="p a t\nm a n\nk a t\n" + "p a " * 20 + "\n",
    )
    toy.refused(done, "--max-tokens is too small")
    with pytest.warns(UserWarning):
        dump = AttentionDump(tmp_path / "dump")
    assert len(dump) == 2 and not dump.complete
