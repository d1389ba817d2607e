"""One run of fairseq-train, and what validate, generate and interactive say about its checkpoints."""

from __future__ import annotations

import re
import shutil

import pytest

from fairseq_phonology.training.history.history import COLUMNS
from tests.helpers import toy

EVALUATION = ["--user-dir", toy.USER_DIR, "--task", "phonology", *toy.QUIET, "--batch-size", "16"]


@pytest.fixture(scope="session")
def best_row(trained) -> dict[str, str]:
    """The row of history.csv that checkpoint_best.pt should come from."""
    rows = [row for row in toy.history(trained.save_dir) if row["subset"] == "valid"]
    return min(rows, key=lambda row: (-float(row["exact_match"]), float(row["valid_loss"]), int(row["updates"])))


@pytest.fixture(scope="session")
def greedy(trained, grammar_file) -> str:
    """Output of fairseq-generate with beam 1 on the first validation subset."""
    done = toy.fairseq(
        *("generate", trained.data, *EVALUATION, "--path", trained.save_dir / "checkpoint_best.pt"),
        *("--gen-subset", "valid", "--beam", "1", "--grammar", grammar_file),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_history_has_every_validation_once(trained):
    rows = toy.history(trained.save_dir)
    assert list(rows[0]) == list(COLUMNS)
    # 2,001 words in batches of 50 make 41 updates an epoch: none is dropped
    expected = [(n, 41 * n, subset) for n in (1, 2, 3, 4) for subset in ("valid", "valid1")]
    assert [(int(row["epoch"]), int(row["updates"]), row["subset"]) for row in rows] == expected
    for subset in ("valid", "valid1"):
        lines = toy.log_lines(trained.stdout, subset)
        in_log = [float(line[f"{subset}_exact_match"]) for line in lines]
        assert [float(row["exact_match"]) for row in rows if row["subset"] == subset] == pytest.approx(in_log, abs=1e-3)
    train_losses = [float(line["train_loss"]) for line in toy.log_lines(trained.stdout, "train")]
    assert [float(row["train_loss"]) for row in rows[::2]] == pytest.approx(train_losses)
    walls = [float(row["wall"]) for row in rows]
    assert walls == sorted(walls) and walls[0] > 0
    assert (trained.save_dir / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_best_checkpoints_are_the_best(trained, best_row):
    from fairseq_phonology.loading import updates_of

    assert updates_of(trained.save_dir / "checkpoint_best.pt") == int(best_row["updates"])
    rows = [row for row in toy.history(trained.save_dir) if row["subset"] == "valid"]
    rows.sort(key=lambda row: (-float(row["exact_match"]), float(row["valid_loss"]), int(row["updates"])))
    best = {int(row["updates"]) for row in rows[:2]}
    files = list(trained.save_dir.glob("checkpoint.best*"))
    assert {updates_of(file) for file in files} == best and len(files) == 2
    assert {int(row["updates"]) for row in toy.history(trained.save_dir) if row["kept"] == "1"} == best


def test_the_run_gets_some_words_right_and_some_wrong(best_row):
    """What the agreement tests below stand on."""
    assert 10 < float(best_row["exact_match"]) < 100


def test_every_word_counts_in_training(trained):
    for line in toy.log_lines(trained.stdout, "train"):
        assert float(line["train_bsz"]) * 41 == pytest.approx(2001, abs=3)  # the log has one digit of the mean


def test_free_exact_match_agrees_with_greedy_generation_on_every_word(trained, best_row, greedy):
    hypotheses, references = toy.generated(greedy, "H"), toy.generated(greedy, "T")
    predicted = toy.read_csv(trained.save_dir / "predictions" / f"valid_at_{best_row['updates']}.csv")
    assert [int(row["id"]) for row in predicted] == list(range(101)) == sorted(hypotheses)
    for row in predicted:
        number = int(row["id"])
        assert row["reference"] == references[number] == toy.surface(row["underlying"])
        # right words were never generated in training, wrong ones were: both agree with the generator
        assert row["hypothesis"] == hypotheses[number]
        assert row["correct"] == str(int(hypotheses[number] == references[number]))
    right = sum(row["correct"] == "1" for row in predicted)
    assert float(best_row["exact_match"]) == pytest.approx(100 * right / 101)


def test_mixed_lengths_are_trained_on_as_the_option_says(small_corpus, tmp_path):
    runs = {"one": [], "any": ["--mix-lengths"], "again": ["--mix-lengths"]}
    found = {}
    for name, more in runs.items():
        toy.train(small_corpus, tmp_path / name, *toy.CHOOSING, "--dropout", "0", *more, epochs=1)
        (row,) = toy.history(tmp_path / name)
        found[name] = [row[column] for column in ("updates", "train_loss", "valid_loss")]
    assert found["any"] == found["again"]
    assert found["any"][0] == found["one"][0] and found["any"][1:] != found["one"][1:]


def test_words_without_references_are_said_to_have_no_score(trained, tmp_path):
    data = shutil.copytree(trained.data, tmp_path / "bin", ignore=shutil.ignore_patterns("test.ur-sr.sr.*"))
    done = toy.fairseq(
        *("generate", data, *EVALUATION, "--path", trained.save_dir / "checkpoint_best.pt"),
        *("--gen-subset", "test", "--beam", "1", "--scoring", "exact_match"),
    )
    assert done.returncode == 0, done.stderr
    assert len(toy.generated(done.stdout, "H")) == 101
    assert done.stderr.count("test has no sr side: hypotheses only, nothing to score them by") == 1


def test_scorer_line(greedy):
    """Without --scoring, too."""
    hypotheses, references = toy.generated(greedy, "H"), toy.generated(greedy, "T")
    right = sum(hypotheses[n] == references[n] for n in references)
    line = greedy.splitlines()[-4]
    percent = f"{100 * right / 101:.2f}"
    expected = rf"exact match = {percent} % \({right}/101\) \| WER = {100 - 100 * right / 101:.2f} \| PER = \d+\.\d\d"
    assert re.search(expected, line), line


def test_generate_ends_with_accuracy_per_process(greedy):
    """The only process is due at each place where UR and SR differ; a hypothesis as long has its segments there."""
    sources, hypotheses, references = (toy.generated(greedy, prefix) for prefix in "SHT")
    said, header, process = greedy.splitlines()[-3:]
    assert said.endswith("101 words, best hypotheses against the references:")
    assert re.split(r"\s{2,}", header) == ["process", "applied where due", "failed where due", "applied where not due"]
    words = [[forms[n].split() for forms in (sources, references, hypotheses)] for n in references]
    places = [set(zip(ur, sr, found, strict=True)) for ur, sr, found in words if len(found) == len(sr)]
    applied = sum(ur != sr == found for word in places for ur, sr, found in word)
    shown = re.fullmatch(r"nasalization +(\d+) of (\d+) +[\d.]+ % +(\d+) of \2 .* %", process)
    assert shown, process
    due = sum(ur != sr for word in words for ur, sr in zip(*word[:2], strict=True))
    assert int(shown[2]) == due and applied <= int(shown[1]) <= due


def test_validate_reports_what_training_did_and_writes_nothing(trained, best_row):
    before = {path: path.stat().st_mtime_ns for path in trained.save_dir.rglob("*")}
    done = toy.fairseq(
        *("validate", trained.data, *EVALUATION, "--path", trained.save_dir / "checkpoint_best.pt"),
        *("--valid-subset", "valid,valid1"),
    )
    assert done.returncode == 0, done.stderr
    for row in toy.history(trained.save_dir):
        if row["updates"] == best_row["updates"]:
            subset = row["subset"]
            (line,) = toy.log_lines(done.stdout, subset)
            assert float(line[f"{subset}_exact_match"]) == pytest.approx(float(row["exact_match"]), abs=1e-3)
    assert {path: path.stat().st_mtime_ns for path in trained.save_dir.rglob("*")} == before


def test_interactive_says_what_generate_says(trained, greedy, grammar_file):
    sources, hypotheses = toy.generated(greedy, "S"), toy.generated(greedy, "H")
    done = toy.fairseq(
        *("interactive", trained.data, "--user-dir", toy.USER_DIR, "--task", "phonology", *toy.QUIET, "--beam", "1"),
        *("--path", trained.save_dir / "checkpoint_best.pt", "--buffer-size", "5", "--batch-size", "5"),
        *("--grammar", grammar_file),
        stdin="".join(f"{sources[n]}\n" for n in range(13)),
    )
    assert done.returncode == 0, done.stderr
    assert toy.generated(done.stdout, "H") == {n: hypotheses[n] for n in range(13)}
    said, _, process = done.stdout.splitlines()[-3:]  # lines have no references
    assert said.endswith("13 words, best hypotheses against what the grammar derives:")
    assert process.startswith("nasalization ")


def test_from_pretrained(trained, greedy):
    from fairseq.models.transformer import TransformerModel

    model = TransformerModel.from_pretrained(
        str(trained.save_dir), "checkpoint_best.pt", str(trained.data), user_dir=str(toy.USER_DIR)
    )
    sources, hypotheses = toy.generated(greedy, "S"), toy.generated(greedy, "H")
    chosen = range(0, 101, 10)
    assert model.translate([sources[n] for n in chosen], beam=1) == [hypotheses[n] for n in chosen]


def test_combined_subsets_count_together(corpus, tmp_path):
    toy.train(corpus, tmp_path, *toy.CHOOSING, "--combine-valid-subsets", "--save-predictions", epochs=1)
    assert len(toy.read_csv(tmp_path / "predictions" / "valid_at_41.csv")) == 101 + 53
