"""What cannot be done right is refused in one line with exit status 2; a checkpoint with code never runs it."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch

from fairseq_phonology.commands import main
from fairseq_phonology.loading import load_checkpoint
from tests.helpers import toy

EVALUATION = ["--user-dir", toy.USER_DIR, "--task", "phonology", *toy.QUIET]


@pytest.mark.parametrize(
    "options, wanted",
    [
        (["--best-checkpoint-metric", "exact_match"], "needs --maximize-best-checkpoint-metric"),
        ([*toy.CHOOSING, "--best-checkpoint-metric", "exactmatch"], "this validation has loss, "),
        (["--source-lang", "xx"], "dictionaries found here: dict.sr.txt, dict.ur.txt"),
        (["--valid-subset", "dev"], "found here: test, train, valid"),
        (["--grammar", "/no/such/grammar.toml"], "/no/such/grammar.toml"),
        (["--lr", "1e5"], "training has diverged after 1 updates (gradients are Nan/Inf): lower --lr"),
        (
            [*toy.CHOOSING, "--batch-size", 8, "--max-valid-steps", 2],
            "after 24 of its 37 words, the shortest: exact_match of these",
        ),
        (["--criterion", "label_smoothed_cross_entropy_with_ctc"], "needs a model with an output for CTC"),
        (["--share-all-embeddings"], "requires a joined dictionary: the two sides"),
    ],
    ids=[
        *("no maximize", "unknown metric", "no dictionary", "no subset", "no grammar", "no numbers", "not all words"),
        *("no criterion for words", "no joined dictionary"),
    ],
)
def test_fairseq_train_refuses(small_corpus, tmp_path, options, wanted):
    toy.refused(toy.train(small_corpus, tmp_path, *options, check=False, epochs=1), wanted)
    assert not list(tmp_path.glob("checkpoint*"))


def test_a_grammar_of_another_corpus_is_refused_at_the_first_step(small_corpus, tmp_path):
    word = (small_corpus.parent / "valid.ur").read_text(encoding="utf-8").splitlines()[0]
    grammar = tmp_path / "other.toml"
    grammar.write_text('[inventory]\nsegments = "b d"\n', encoding="utf-8")
    done = toy.train(small_corpus, tmp_path / "run", "--grammar", grammar, check=False, epochs=1)
    toy.refused(done, "the grammar derives none of the 37 references", f"from /{word}/")
    assert "begin validation" not in done.stdout
    assert not list(tmp_path.glob("run/*"))


@pytest.mark.parametrize(
    "options, wanted",
    [
        (["--beam", "0"], "--beam 0: allowed: 1 (greedy) or more"),
        (["--num-shards", "99", "--shard-id", "2"], "--num-shards 99 of 13 batches leaves shards without words"),
    ],
    ids=str,
)
def test_fairseq_generate_refuses(trained, options, wanted):
    path = trained.save_dir / "checkpoint_best.pt"
    toy.refused(toy.fairseq("generate", trained.data, *EVALUATION, "--path", path, "--batch-size", 8, *options), wanted)


class _Code:
    """Unpickles by running a command that leaves a trace."""

    def __init__(self, trace: Path):
        self.trace = trace

    def __reduce__(self):
        return os.system, (f"touch {self.trace}",)


@pytest.fixture(scope="module")
def hostile(trained, tmp_path_factory) -> tuple[Path, Path]:
    """A checkpoint_last.pt that carries code, and the trace that the code would leave."""
    folder = tmp_path_factory.mktemp("hostile")
    checkpoint = load_checkpoint(trained.save_dir / "checkpoint_best.pt")
    checkpoint["extra_state"]["more"] = _Code(folder / "trace")
    torch.save(checkpoint, folder / "checkpoint_last.pt")
    return folder / "checkpoint_last.pt", folder / "trace"


def _run(name: str, data: Path, path: Path):
    size = ["--batch-size", "8", *(["--buffer-size", "8"] if name == "interactive" else [])]
    return toy.fairseq(name, data, *EVALUATION, "--path", path, *size, stdin="p a t\n")


@pytest.mark.parametrize("name", ["train", "generate", "validate", "interactive"])
def test_a_checkpoint_with_code_is_refused(trained, hostile, name):
    path, trace = hostile
    done = toy.train(trained.data, path.parent, check=False) if name == "train" else _run(name, trained.data, path)
    toy.refused(done, "it carries code or an object of its own (posix.system)", "refused; nothing in it was run")
    assert "weights_only" not in done.stdout + done.stderr
    assert not trace.exists()


def test_score_refuses_code(trained, hostile, tmp_path, capsys):
    path, trace = hostile
    (tmp_path / "list.tsv").write_text("item\tur\tsr\nw\tp a\tp a\n", encoding="utf-8")
    asked = ["--data", trained.data, "--candidates", tmp_path / "list.tsv", "--out", tmp_path / "out"]
    assert main(["score", *map(str, [path, *asked])]) == 2
    assert "it carries code or an object of its own (posix.system)" in capsys.readouterr().err
    assert not trace.exists() and not (tmp_path / "out").exists()


def test_from_pretrained_refuses_code(trained, hostile):
    from fairseq.models.transformer import TransformerModel

    from fairseq_phonology import InputError

    path, trace = hostile
    with pytest.raises(InputError, match=r"it carries code .*\(posix.system\).* refused") as caught:
        TransformerModel.from_pretrained(str(path.parent), path.name, str(trained.data), user_dir=str(toy.USER_DIR))
    assert "weights_only" not in str(caught.value)
    assert not trace.exists()


def test_a_bare_pickle_is_refused(trained, tmp_path):
    path, trace = tmp_path / "checkpoint.pt", tmp_path / "trace"
    path.write_bytes(pickle.dumps(_Code(trace)))
    done = _run("generate", trained.data, path)
    toy.refused(done, "is a pickle, but none that fairseq-train wrote")
    assert "weights_only" not in done.stdout + done.stderr
    assert not trace.exists()


@pytest.mark.parametrize("command", ["generate", "validate"])
def test_what_is_no_checkpoint_is_refused(trained, command):
    done = _run(command, trained.data, trained.save_dir / "history.csv")
    toy.refused(done, "history.csv: is a text file that begins with 'epoch,updates,")


def test_the_trap_works(hostile):
    """Guards the tests above: loaded without the restricted unpickler, the code does run."""
    path, trace = hostile
    torch.load(path, weights_only=False)
    assert trace.exists()
    trace.unlink()
