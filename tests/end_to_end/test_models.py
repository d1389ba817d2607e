"""Free exact match agrees with greedy generation for every kind of model and criterion that it claims to serve."""

from __future__ import annotations

import pytest

from tests.helpers import toy

RDROP = ["--criterion", "label_smoothed_cross_entropy_with_rdrop", "--rdrop-alpha", "1"]
LSTM_SIZE = ["--encoder-embed-dim", "32", "--encoder-hidden-size", "32", "--decoder-embed-dim", "32"]
LSTM_SIZE += ["--decoder-hidden-size", "32", "--decoder-out-embed-dim", "32"]
FCONV_SIZE = ["--encoder-embed-dim", "32", "--encoder-layers", "[(32, 3)] * 2", "--decoder-embed-dim", "32"]
FCONV_SIZE += ["--decoder-layers", "[(32, 3)] * 2", "--decoder-out-embed-dim", "32"]
ADAPTIVE = ["--criterion", "adaptive_loss", "--adaptive-softmax-cutoff", "8", "--ddp-backend", "legacy_ddp"]

KINDS = {
    "R-drop, padding on the other side": (toy.SMALL, [*RDROP, "--left-pad-target", "--left-pad-source"]),
    "adaptive softmax": ([*toy.SMALL, "--no-share"], ADAPTIVE),
    "lstm": (["--arch", "lstm", *LSTM_SIZE], ["--criterion", "cross_entropy", "--update-freq", "2"]),
    "fconv": (["--arch", "fconv", *FCONV_SIZE], []),
}


@pytest.mark.parametrize("model, options", KINDS.values(), ids=KINDS)
def test_agreement(corpus, tmp_path, model, options):
    variants = toy.unassimilated(corpus)
    corpus = toy.with_variants(corpus, tmp_path / "data", variants)
    if "--no-share" in model:  # tied embeddings and an adaptive softmax exclude each other
        model = ["transformer" if part == "transformer_phonology_tiny" else part for part in model[:-1]]
    arguments = toy.train_arguments(corpus, tmp_path, *toy.CHOOSING, "--save-predictions", *options, epochs=4)
    start = arguments.index("--arch")
    arguments[start : start + len(toy.SMALL)] = model
    if "--label-smoothing" in arguments and any(name in options for name in ("cross_entropy", "adaptive_loss")):
        start = arguments.index("--label-smoothing")
        del arguments[start : start + 2]
    done = toy.fairseq("train", *arguments)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    row = toy.history(tmp_path)[-1]
    if "--update-freq" in options:
        assert row["updates"] == str(4 * 21)

    done = toy.fairseq(
        *("generate", corpus, "--user-dir", toy.USER_DIR, "--task", "phonology", *toy.QUIET, "--batch-size", "101"),
        *("--path", tmp_path / "checkpoint_last.pt", "--gen-subset", "valid", "--beam", "1"),
    )
    assert done.returncode == 0, done.stderr
    underlying, hypotheses, references = (toy.generated(done.stdout, prefix) for prefix in "SHT")
    right = [hypotheses[n] in variants.get(underlying[n], [references[n]]) for n in range(101)]
    predicted = toy.read_csv(tmp_path / "predictions" / f"valid_at_{row['updates']}.csv")
    assert len(predicted) == len(hypotheses) == 101
    assert [word["hypothesis"] for word in predicted] == [hypotheses[n] for n in range(101)]
    assert [word["correct"] for word in predicted] == [str(int(one)) for one in right]
    assert float(row["exact_match"]) == pytest.approx(100 * sum(right) / 101)


def test_patience_counts_validations_between_saves(corpus, tmp_path):
    """--validate-interval-updates validates without saving: in the history, never among the best."""
    done = toy.train(
        *(corpus, tmp_path, *toy.CHOOSING, "--validate-interval-updates", "10", "--patience", "3", "--lr", "1e-9"),
        *("--keep-best-checkpoints", "5", "--no-epoch-checkpoints"),
        epochs=9,
    )
    assert "early stop since valid performance hasn't improved for last 3 runs" in done.stdout
    rows = toy.history(tmp_path)
    # the fourth validation is the third without improvement; it stops the run, and that saves
    assert [int(row["updates"]) for row in rows] == [10, 20, 30, 40]
    assert [row["kept"] for row in rows] == ["0", "0", "0", "1"]
    assert [path.name for path in tmp_path.glob("checkpoint.best*")] == ["checkpoint.best_exact_match_0.000_at_40.pt"]
