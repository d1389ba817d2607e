"""Words with several SRs: every command finds the same ones right, whichever variant the model says."""

from __future__ import annotations

import re
import shutil
from collections import Counter

import pytest
from rapidfuzz.distance import Levenshtein

from fairseq_phonology import InputError
from fairseq_phonology.commands import main
from tests.helpers import toy

EVALUATION = ["--user-dir", str(toy.USER_DIR), "--task", "phonology", "--cpu", "--num-workers", "0"]


def _opened(checkpoint, data):
    """The model, its task with the validation words of some data, and these in batches."""
    from fairseq import checkpoint_utils

    overrides = {"data": str(data), "user_dir": str(toy.USER_DIR)}
    (model,), cfg, task = checkpoint_utils.load_model_ensemble_and_task([str(checkpoint)], arg_overrides=overrides)
    task.load_dataset("valid")
    batches = task.get_batch_iterator(task.dataset("valid"), max_sentences=16).next_epoch_itr(shuffle=False)
    return model.eval(), task.build_criterion(cfg.criterion), task, list(batches)


@pytest.fixture(scope="session")
def varied(trained, tmp_path_factory):
    """Data with variants, and of each validation word: UR, reference, variants, what greedy decoding says."""
    from fairseq_phonology.training.predictions import Hypotheses

    model, _, task, batches = _opened(trained.save_dir / "checkpoint_best.pt", trained.data)
    greedy = Hypotheses(task.build_generator, task.inference_step, 1)
    said = {n: one for b in batches for n, one in zip(b["id"].tolist(), greedy.of(model, b), strict=True)}
    text, words = task.target_dictionary.string, []
    for n, underlying in enumerate((trained.data.parent / "valid.ur").read_text("utf-8").splitlines()):
        reference, hypothesis = toy.surface(underlying), text(said[n])
        other = " ".join([*underlying.split()[:-1], "q"])  # which the model cannot produce
        kinds = [[], [reference, underlying], [hypothesis, other, reference], [other, reference, hypothesis]]
        some = list(dict.fromkeys(kinds[n % 4]))
        words.append((underlying, reference, some if len(some) > 1 else [], hypothesis))
    variants = {underlying: some for underlying, _, some, _ in words if some}
    return toy.with_variants(trained.data, tmp_path_factory.mktemp("varied"), variants), words


@pytest.fixture(scope="session")
def expected(varied):
    """By generation and comparison: who is right, and the rates."""
    from fairseq_phonology.training.exact_match import word_rates

    right, counts = [], Counter()
    for _, reference, variants, hypothesis in varied[1]:
        right.append(hypothesis in (variants or [reference]))
        if right[-1] and variants:
            counts.update(varied=1, most_frequent=hypothesis == variants[0])
        pairs = [(Levenshtein.distance(one.split(), hypothesis.split()), one) for one in variants or [reference]]
        edits, nearest = min(pairs, key=lambda pair: pair[0])
        counts.update(words=1, right=right[-1], edits=edits, segments=len(nearest.split()))
    assert 0 < counts["most_frequent"] < counts["varied"] < counts["right"] < counts["words"]
    assert any(ok and said != reference for ok, (_, reference, _, said) in zip(right, varied[1], strict=True))
    return right, word_rates(counts), counts


def test_validation_finds_the_words_that_generation_finds(trained, varied, expected):
    model, criterion, task, batches = _opened(trained.save_dir / "checkpoint_best.pt", varied[0])
    found, logs = {}, []

    def look(batch, sample):
        found.update(zip(batch.ids.tolist(), batch.correct.tolist(), strict=True))
        for row, symbols in batch.other_variant.items():
            assert task.target_dictionary.string(symbols) == varied[1][int(batch.ids[row])][3]
        return {}

    task.counts_from_batch, task.cfg.eval_beam = look, 1  # the beam only for per
    for batch in batches:
        logs.append(task.valid_step(batch, model, criterion)[2])
    assert [found[n] for n in range(len(found))] == expected[0]
    summed = Counter()
    for log in logs:
        summed.update({name.removeprefix("_count/"): int(n) for name, n in log.items() if name.startswith("_count/")})
    assert summed == expected[2]


def test_the_ranking_of_checkpoints(trained, varied, expected, tmp_path, capsys):
    shutil.copy(trained.save_dir / "checkpoint_best.pt", tmp_path / "a.pt")
    arguments = [str(tmp_path), "--data", str(varied[0]), "--cpu", "--out", str(tmp_path / "out")]
    assert main(["checkpoints", *arguments]) == 0
    (row,) = toy.read_csv(tmp_path / "out" / "scores.csv")
    rates = {name: float(row[name]) for name in ("exact_match", "per", "most_frequent_variant")}
    assert rates == pytest.approx(expected[1], rel=1e-5)
    words = toy.read_csv(tmp_path / "out" / "predictions" / "a.csv")
    assert [word["correct"] == "1" for word in words] == expected[0]
    assert [word["reference"] for word in words] == [reference for _, reference, *_ in varied[1]]
    assert f"{rates['most_frequent_variant']:.2f}\n" in capsys.readouterr().out
    assert main(["checkpoints", *arguments[:-1], str(tmp_path / "only"), "--scores-only"]) == 0
    (only,) = toy.read_csv(tmp_path / "only" / "scores.csv")
    assert only == {name: value for name, value in row.items() if name != "per"}
    # other variants, other scores
    table = varied[0].parent / "variants.tsv"
    there = table.read_text(encoding="utf-8")
    try:
        table.unlink()
        assert main(["checkpoints", *arguments]) == 0
    finally:
        table.write_text(there, encoding="utf-8")
    (row,) = toy.read_csv(tmp_path / "out" / "scores.csv")
    assert list(row)[-1] == "updates" and float(row["exact_match"]) < rates["exact_match"]


def test_a_validation_that_is_made_again(trained, varied, expected, grammar_file):
    from types import SimpleNamespace

    from fairseq_phonology.phonology.grammar import Grammar
    from fairseq_phonology.training.checkpoints.revalidation import Revalidation

    again = Revalidation(Grammar.load(grammar_file), "valid", str(varied[0]), cpu=True)
    row = again.of(SimpleNamespace(path=trained.save_dir / "checkpoint_best.pt"))
    assert {name: row[name] for name in ("exact_match", "most_frequent_variant")} == {
        name: rate for name, rate in expected[1].items() if name != "per"
    }


def test_the_score_of_generation(trained, varied, expected, capsys):
    from fairseq import options
    from fairseq.dataclass.utils import convert_namespace_to_omegaconf
    from fairseq_cli import generate

    parser = options.get_generation_parser()
    arguments = [str(varied[0]), *EVALUATION, "--path", str(trained.save_dir / "checkpoint_best.pt")]
    arguments += ["--gen-subset", "valid", "--beam", "1", "--scoring", "exact_match", "--batch-size", "16"]
    scorer = generate.main(convert_namespace_to_omegaconf(options.parse_args_and_arch(parser, arguments)))
    assert dict(scorer.counts()) == expected[2]
    rates, counts = expected[1], expected[2]
    line = capsys.readouterr().out.splitlines()[-1]
    share = f"{rates['most_frequent_variant']:.2f} % ({counts['most_frequent']}/{counts['varied']})"
    right = f"{rates['exact_match']:.2f} % ({counts['right']}/{counts['words']})"
    assert f"exact match = {right} | most frequent variant = {share} | WER" in line
    assert re.search(rf"PER = {rates['per']:.2f}\b", line)


def test_variants_of_other_data_are_refused(trained, varied, tmp_path):
    underlying, reference = varied[1][0][:2]
    data = toy.with_variants(trained.data, tmp_path, {underlying: ["p a", "t a"]})
    model, criterion, _, batches = _opened(trained.save_dir / "checkpoint_best.pt", data)
    with pytest.raises(InputError, match=f"has p a, t a for {underlying}, and not {reference}, as word 0"):
        _opened(trained.save_dir / "checkpoint_best.pt", data)[2].valid_step(batches[-1], model, criterion)
    (tmp_path / "bin" / "prepare.json").write_text('{"variants_sha256": "0"}', encoding="utf-8")
    with pytest.raises(InputError, match="is not the one that prepare made"):
        _opened(trained.save_dir / "checkpoint_best.pt", data)[2].valid_step(batches[0], model, criterion)
    (tmp_path / "variants.tsv").unlink()
    with pytest.raises(InputError, match=r"is missing, and .* has variants; copy it from where prepare wrote it"):
        _opened(trained.save_dir / "checkpoint_best.pt", data)[2].valid_step(batches[0], model, criterion)
