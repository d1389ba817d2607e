"""Combinations of options that stock fairseq would take and quietly do wrong with."""

from __future__ import annotations

from argparse import Namespace
from types import SimpleNamespace

import pytest

pytest.importorskip("fairseq")

from fairseq_phonology import InputError
from fairseq_phonology.files.lock import HOST
from fairseq_phonology.training import config

without_gpu = pytest.mark.skipif("__import__('torch').cuda.is_available()", reason="there is a GPU")
GOOD = {
    "eval_bleu": False,
    "eval_beam": 0,
    "best_checkpoint_metric": "exact_match",
    "maximize_best_checkpoint_metric": True,
    "keep_best_checkpoints": 3,
    "no_epoch_checkpoints": False,
    "no_last_checkpoints": False,
    "save_attention": None,
    "attention_norms": False,
    "resume_attention": False,
    "path": None,
    "num_shards": 1,
    "shard_id": 0,
    "score_reference": False,
    "scoring": "exact_match",
    "grammar": None,
    "callbacks": "",
    "save_interval": 1,
    "validate_interval": 1,
    "max_valid_steps": None,
    "fp16": False,
    "bf16": False,
    "memory_efficient_fp16": False,
    "memory_efficient_bf16": False,
    "max_source_positions": 1024,
    "max_target_positions": 1024,
}


@pytest.fixture
def grammar(tmp_path):
    """A grammar whose one process is called nasalization."""
    path = tmp_path / "toy.toml"
    text = '[inventory]\nsegments = "k m ŋ a"\n[[process]]\nname = "nasalization"\nrules = "k -> ŋ / _ m"\n'
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"best_checkpoint_metric": "loss", "maximize_best_checkpoint_metric": False},
        {"best_checkpoint_metric": "per", "maximize_best_checkpoint_metric": False, "eval_beam": 5},
        {"no_epoch_checkpoints": True},
        {"no_last_checkpoints": True},
        {"no_epoch_checkpoints": True, "no_last_checkpoints": True, "keep_best_checkpoints": -1},
        {"best_checkpoint_metric": "nasalization"},
        {"max_valid_steps": 0},
        {"save_attention": "dump", "path": "model.pt", "num_shards": 2, "shard_id": 1},
        {"path": "model.pt", "score_reference": True},
        {"path": "model.pt", "score_reference": True, "scoring": SimpleNamespace(_name="exact_match")},
        {"path": "model.pt", "scoring": "wer"},
        {"fp16": True, "memory_efficient_fp16": True},
    ],
    ids=str,
)
def test_taken(change):
    given = SimpleNamespace(**GOOD | change)
    config.check_always(given)
    config.check_training(given)
    assert vars(given) == GOOD | change


@pytest.mark.parametrize(
    "change, named",
    [
        ({"maximize_best_checkpoint_metric": False}, "needs --maximize-best-checkpoint-metric"),
        ({"best_checkpoint_metric": "loss"}, "--maximize-best-checkpoint-metric with loss"),
        ({"best_checkpoint_metric": "per", "eval_beam": 5}, "--maximize-best-checkpoint-metric with per"),
        (
            {"best_checkpoint_metric": "per", "maximize_best_checkpoint_metric": False},
            "--best-checkpoint-metric per needs --eval-beam N",
        ),
        ({"no_epoch_checkpoints": True, "no_last_checkpoints": True}, "leave one of the two out"),
        ({"best_checkpoint_metric": "a/b"}, "a file name"),
        ({"eval_bleu": True}, "--eval-bleu"),
        ({"max_source_positions": 0}, "--max-source-positions 0: allowed: 1 or more"),
        ({"validate_interval": 0}, "--validate-interval 0: allowed: 1 or more"),
        ({"save_interval": 0}, "--save-interval 0: allowed: 1 or more"),
        ({"max_valid_steps": -1}, "--max-valid-steps -1: allowed: 0 or more"),
        ({"eval_beam": -1}, "--eval-beam -1"),
        (
            {"eval_beam": 10**9},
            "the beam must be positive, or 0 for no generation; up to 1,000",
        ),
        ({"keep_best_checkpoints": -2}, "--keep-best-checkpoints -2: allowed: -1 or more"),
        pytest.param({"fp16": True}, "--fp16 needs a GPU", marks=without_gpu),
        pytest.param({"bf16": True}, "--bf16 needs a GPU", marks=without_gpu),
        ({"save_attention": "dump"}, "--save-attention works only with fairseq-generate and fairseq-interactive"),
        ({"attention_norms": True, "path": "model.pt"}, "--attention-norms needs --save-attention DIR"),
        ({"path": "model.pt", "num_shards": 2, "shard_id": 2}, "--shard-id 2: with --num-shards 2"),
        (
            {"path": "model.pt", "interactive": SimpleNamespace(input="nothing")},
            "nothing: is no file that is there; --input of fairseq-interactive",
        ),
        ({"path": "model.pt", "score_reference": True, "scoring": "bleu"}, "--scoring bleu with --score-reference"),
        ({"path": "model.pt", "score_reference": True, "grammar": "toy.toml"}, "--grammar with --score-reference"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused(change, named):
    cfg = SimpleNamespace(**GOOD | change)
    with pytest.raises(InputError) as caught:
        config.check_always(cfg)
        config.check_training(cfg)
    assert named in str(caught.value)


@pytest.mark.parametrize("metric", ["nasalization", "nasalization_overapplied", "nasalization_failed"])
@pytest.mark.parametrize("maximize", [True, False])
def test_a_process_chooses_in_its_own_direction(grammar, metric, maximize):
    choice = {"best_checkpoint_metric": metric, "maximize_best_checkpoint_metric": maximize}
    cfg = SimpleNamespace(**GOOD | choice | {"grammar": grammar})
    if maximize == (metric == "nasalization"):
        config.check_training(cfg)
        return
    with pytest.raises(InputError, match=rf"{metric} .*keep the worst model"):
        config.check_training(cfg)


@pytest.mark.parametrize("metric", ["nasalization", "nasalization_failed", "nasalization_training"])
def test_a_process_with_a_rate_chooses_nothing(grammar, metric):
    with open(grammar, "a", encoding="utf-8") as file:
        file.write("rate = 0.5\n")
    choice = {"best_checkpoint_metric": metric, "maximize_best_checkpoint_metric": True, "grammar": grammar}
    with pytest.raises(InputError, match=rf"{metric}: nasalization has a rate, so that its share is no accuracy"):
        config.check_training(SimpleNamespace(**GOOD | choice))


@pytest.mark.parametrize(
    "options, said",
    [
        ({"beam": 0}, "--beam 0: allowed: 1"),
        ({"max_len_b": 0}, "--max-len-b 0 with --min-len 1"),
        ({"min_len": 300, "max_len_b": 200}, "--max-len-b 200 with --min-len 300"),
        ({"beam": 5, "nbest": 9}, "--nbest 9 with --beam 5: allowed: 1 to 5"),
        ({"beam": 5, "nbest": 0}, "--nbest 0 with --beam 5"),
        ({"lenpen": float("nan")}, "--lenpen nan: allowed: a number"),
        ({"unkpen": float("inf")}, "--unkpen inf: allowed: a number"),
        ({"max_len_a": -1, "max_len_b": 200}, "--max-len-a -1: allowed: 0 or more"),
        ({"min_len": -3}, "--min-len -3: allowed: 0 or more"),
        ({}, None),
        ({"max_len_a": 1.5, "max_len_b": 0}, None),
        ({"min_len": 1, "max_len_a": 0, "max_len_b": 1, "beam": 1}, None),
    ],
    ids=str,
)
def test_options_of_generation(options, said):
    if said is None:
        return config.check_generation(SimpleNamespace(**options))
    with pytest.raises(InputError, match=said):
        config.check_generation(SimpleNamespace(**options))


def test_every_option_of_the_command_line_explains_itself():
    own = [name for name in config.PhonologyConfig.__dataclass_fields__ if not hasattr(config.TranslationConfig, name)]
    fields = [config.PhonologyConfig.__dataclass_fields__[name] for name in own]
    # those that read another part of fairseq's configuration must stay off the command line
    silent = {field.name for field in fields if "help" not in field.metadata}
    assert silent == {field.name for field in fields if str(field.default).startswith("${")}
    assert {"eval_beam", "save_predictions", "grammar"} <= set(own) - silent


def test_data_that_a_killed_overwrite_has_put_aside_are_there_again(tmp_path, capsys):
    (tmp_path / f".data.4242@{HOST}.old" / "bin").mkdir(parents=True)
    (tmp_path / f".data.4242@{HOST}.old" / "bin" / "dict.ur.txt").write_text("a 1\n")
    (tmp_path / f".data.4242@{HOST}.old" / "bin" / "dict.sr.txt").write_text("a 1\n")
    config.check_data(Namespace(data=str(tmp_path / "data" / "bin"), source_lang="ur", target_lang="sr"))
    assert "it is put back as it was" in capsys.readouterr().err


def test_a_grammar_of_the_command_line_must_be_there_and_one_of_the_training_need_not(caplog, monkeypatch):
    monkeypatch.setattr(config.logger, "propagate", True)
    for arguments in (["--grammar", "gone.toml"], ["--grammar=gone.toml"]):
        with pytest.raises(InputError, match=r"gone\.toml"):
            config.check_grammar(Namespace(grammar="gone.toml"), arguments)
    of_training = Namespace(grammar="gone.toml")
    config.check_grammar(of_training, ["--grammar"])
    assert of_training.grammar is None and "the grammar of training, is gone" in caplog.text


def test_what_fairseq_says_of_a_model_that_it_cannot_build_is_told():
    said = r"^--share-all-embeddings requires a joined dictionary: .*--joined-dictionary makes one of both"
    with pytest.raises(InputError, match=said), config.model_in_our_words():
        raise ValueError("--share-all-embeddings requires a joined dictionary")
    with pytest.raises(InputError, match=r"divisible by num_heads \(--encoder-embed-dim"), config.model_in_our_words():
        raise AssertionError("embed_dim must be divisible by num_heads")
    with pytest.raises(ValueError, match="another"), config.model_in_our_words():
        raise ValueError("another")
