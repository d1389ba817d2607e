"""A toy run followed through the real command: its figures are those of its validations; and what is refused."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from fairseq_phonology.commands import main
from tests.helpers import toy

PROCESS = "nasalization"
STEMS = [f"{cv} {c}" for cv in ("p a", "t i", "k u") for c in "ptk"]
STEMS += [f"{cv} {c}" for cv in ("p a", "t i", "k u", "m a") for c in "mn"]
SUFFIXES = "m a t|n i k|m u p|n a p|m i t|n u k|m a k|n i t|p a t|t i k|k u p|t a n|p i k|t u p|k a t|p u n".split("|")


@pytest.fixture(scope="module")
def stimuli(tmp_path_factory):
    """Nine and eight stems x eight and eight suffixes, of the corpus's own language; and a list without stems."""
    path = tmp_path_factory.mktemp("stimuli") / "stimuli.tsv"
    lines = ["id\tur\tstem\tsuffix\ttarget_class\ttrigger_class\ttarget_index\ttrigger_index"]
    for stem in STEMS:
        for suffix in SUFFIXES:
            classes = f"{'C' if stem[-1] in 'mn' else 'T'}\t{'R' if suffix[0] in 'mn' else 'N'}"
            lines.append(f"w{len(lines)}\t{stem} {suffix}\t{stem}\t{suffix}\t{classes}\t2\t3")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    few = [line for line in lines if not (line.split("\t")[4] == "T" and not line.split("\t")[2].startswith("p a"))]
    path.with_name("small.tsv").write_text("\n".join(few) + "\n", encoding="utf-8")
    plain = [line.split("\t") for line in lines]
    plain = ["\t".join([*fields[:2], *fields[4:]]) for fields in plain]
    path.with_name("plain.tsv").write_text("\n".join(plain) + "\n", encoding="utf-8")
    return path


def follow(run, grammar, stimuli, out, *more) -> int:
    """The command, in this process; the later of two options wins."""
    words = ["dynamics", run, "--grammar", grammar, "--process", PROCESS, "--stimuli", stimuli, "--out", out, "--cpu"]
    return main([str(word) for word in (*words, *more)])


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def followed(trained, grammar_file, stimuli, tmp_path_factory):
    out = tmp_path_factory.mktemp("followed") / "out"
    assert follow(trained.save_dir, grammar_file, stimuli, out) == 0
    return out


def test_every_checkpoint_with_what_its_validation_said(trained, followed):
    rows = read(followed / "dynamics.csv")
    assert [row["checkpoint"] for row in rows] == [f"checkpoint{n}.pt" for n in (1, 2, 3, 4)]
    said = [row for row in toy.history(trained.save_dir) if row["subset"] == "valid"]
    for row, validation in zip(rows, said, strict=True):
        assert row["epoch"] == validation["epoch"] and row["updates"] == validation["updates"]
        assert float(row["exact_match"]) == pytest.approx(float(validation["exact_match"]), abs=1e-4)
    best = max(said, key=lambda row: (float(row["exact_match"]), -float(row["valid_loss"])))
    assert [row["epoch"] for row in rows if row["best"] == "1"] == [best["epoch"]]
    # half learned by then: what follows the target matters
    assert float(rows[0]["decided"]) < float(rows[-1]["decided"]) and 0 <= float(rows[-1][PROCESS]) <= 100
    assert float(rows[-1]["intact"]) > float(rows[-1]["minimal_pair"]) and rows[-1]["distinguishes"] == "1"


def test_tables_summary_and_figure_agree(followed):
    summary = json.loads((followed / "summary.json").read_text(encoding="utf-8"))
    rows, heads = read(followed / "dynamics.csv"), read(followed / "heads.csv")
    assert len(heads) == 4 * 2  # one layer with two heads
    chosen = [row for row in heads if row["chosen"] == "1"]
    assert [row["response_mass"] for row in chosen] == [row["response_mass"] for row in rows]
    best = [row for row in heads if row["epoch"] == next(row["epoch"] for row in rows if row["best"] == "1")]
    largest = max(best, key=lambda row: float(row["response_mass"]))
    assert (summary["head"]["layer"], summary["head"]["head"]) == (int(largest["layer"]), int(largest["head"]))
    assert summary["checkpoints"] == 4 and summary["about"]["validations"] == {"from_history": 0, "made": 4}
    for row in rows:
        if row["distinguishes"] == "1":
            share = float(row["effect_cross"]) / float(row["effect_minimal_pair"])
            assert float(row["share_cross"]) == pytest.approx(share, rel=1e-4)
    assert sorted(path.name for path in (followed / "figures").iterdir()) == ["dynamics.png", "dynamics.svg"]


def test_a_history_with_the_processes_is_believed(trained, followed, grammar_file, stimuli, tmp_path, capsys):
    """Of three checkpoints, one validation is made again; another head, and named."""
    run = tmp_path / "run"
    shutil.copytree(trained.save_dir, run)
    found = {row["epoch"]: row[PROCESS] for row in read(followed / "dynamics.csv")}
    with open(run / "history.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    with open(run / "history.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[*header, PROCESS], *([*row, found[row[0]]] for row in rows)])
    head = json.loads((followed / "summary.json").read_text(encoding="utf-8"))["head"]
    other = f"{head['layer']}.{3 - head['head']}"
    assert follow(run, grammar_file, stimuli, tmp_path / "out", "--at-most", "3", "--head", other) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["about"]["validations"] == {"from_history": summary["checkpoints"], "made": 0}
    assert summary["about"]["checkpoints_there"] == 4 and summary["head"]["head"] == 3 - head["head"]
    rows = read(tmp_path / "out" / "dynamics.csv")
    before = {row["epoch"]: row for row in read(followed / "dynamics.csv")}
    for row in rows:
        same = ("exact_match", PROCESS, "decided", "intact", "effect_cross")
        assert [row[name] for name in same] == [before[row["epoch"]][name] for name in same]
    said = capsys.readouterr().out
    assert f"head {other} (cross-attention): named by --head" in said and summary["sentence"] in said


def test_what_is_refused(trained, grammar_file, stimuli, tmp_path, capsys):
    def refused(*more, run=trained.save_dir, out=tmp_path / "out", stimuli=stimuli) -> str:
        assert follow(run, grammar_file, stimuli, out, *more) == 2
        assert not out.exists() or [path.name for path in out.iterdir()] == ["mine.txt"]
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith("fairseq-phonology dynamics: error: "), lines
        return lines[0]

    assert "no process 'harmony'; it has: nasalization" in refused("--process", "harmony")
    assert "--batch-size is 0; allowed: 1 or more" in refused("--batch-size", "0")
    assert "--every is 0; allowed: 1 or more" in refused("--every", "0")
    assert "--at-most is 2; allowed: 3 or more" in refused("--at-most", "2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fairseq_phonology.analysis.pipeline.over_time._validations", None)  # never asked
        assert "--head 3.1: no such head; there are 1.1, 1.2" in refused("--head", "3.1")
        patch.setattr("fairseq_phonology.analysis.pipeline.over_time.saved_checkpoints", None)
        assert "plain.tsv: the words have no design" in refused(stimuli=stimuli.with_name("plain.tsv"))
        small = "small.tsv: too small a design (3 T and 8 C stems; needed: 4 T and 4 C or more)"
        assert small in refused(stimuli=stimuli.with_name("small.tsv"))
    assert "no data set 'dev'; found here:" in refused("--subset", "dev")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").touch()
    assert "mine.txt, which dynamics did not make" in refused("--overwrite", out=taken)
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(trained.save_dir / "checkpoint1.pt", run)
    assert "run: holds one checkpoint (checkpoint1.pt, epoch 1)" in refused(run=run)
    (run / "checkpoint2.pt").write_text("no checkpoint", encoding="utf-8")
    assert "checkpoint2.pt: is a text file" in refused(run=run)
