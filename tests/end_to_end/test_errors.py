"""``fairseq-phonology errors`` on what the real commands wrote: all say the same of the same model."""

from __future__ import annotations

import re

import pytest

from fairseq_phonology.analysis.errors.summary import read_summary
from fairseq_phonology.commands import main
from tests.helpers import toy


@pytest.fixture(scope="module")
def generated(trained, grammar_file, tmp_path_factory):
    """What fairseq-generate printed of the test words, three hypotheses each, and the dump that it wrote."""
    folder = tmp_path_factory.mktemp("errors")
    done = toy.fairseq(
        *("generate", trained.data, "--user-dir", toy.USER_DIR, "--task", "phonology", "--gen-subset", "test"),
        *("--path", trained.save_dir / "checkpoint_best.pt", "--beam", "3", "--nbest", "3", "--cpu"),
        *("--grammar", grammar_file, "--print-alignment", "hard", "--save-attention", folder / "dump"),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (folder / "generate.txt").write_text(done.stderr + done.stdout, encoding="utf-8")
    return folder, done.stdout


def summary(tmp_path, *words):
    assert main(["errors", *map(str, words), "--out", str(tmp_path / "errors"), "--overwrite"]) == 0
    return read_summary(tmp_path / "errors").models[0]


def test_it_counts_as_fairseq_generate_does(generated, grammar_file, tmp_path):
    folder, printed = generated
    found = summary(tmp_path, folder / "generate.txt", "--grammar", grammar_file)
    right, words, per = re.search(r"\((\d+)/(\d+)\).* PER = ([\d.]+)", printed).groups()
    assert (found.right, found.words) == (int(right), int(words)) and 0 < found.right < found.words
    assert f"{found.per:.2f}" == per
    (one,) = found.processes
    row = re.search(r"nasalization\s+(\d+) of (\d+)\s.*%\s+(\d+) of \d+\s.*%\s+(\d+) of (\d+) ", printed).groups()
    assert [one.applied, one.due, one.failed, one.overapplied, one.not_due] == list(map(int, row))


def test_a_dump_says_the_same(generated, tmp_path):
    folder, _ = generated
    one, other = (summary(tmp_path, folder / name) for name in ("generate.txt", "dump"))
    assert (one.right, one.edits, one.segments) == (other.right, other.edits, other.segments)


def test_predictions_say_what_history_says(trained, tmp_path):
    *_, last = [row for row in toy.history(trained.save_dir) if row["subset"] == "valid"]
    found = summary(tmp_path, trained.save_dir / "predictions" / f"valid_at_{last['updates']}.csv")
    assert found.words == 101 and found.exact_match == pytest.approx(float(last["exact_match"]), abs=0.01)
