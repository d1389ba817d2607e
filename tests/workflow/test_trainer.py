"""Options of fairseq-train in a study file: refused by the study, or by fairseq's own parser."""

import io
import subprocess
import sys

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.workflow import trainer
from fairseq_phonology.workflow.study import read_study
from fairseq_phonology.workflow.trainer import check_study
from tests.helpers.small_study import with_model


@pytest.fixture
def asked(monkeypatch, capfd):
    """`check_study` asks fairseq in this process, which has imported it already; returns how often it asked."""
    times = []

    def run(program, input, **how):
        times.append(program)
        monkeypatch.setattr(sys, "stdin", io.StringIO(input))
        capfd.readouterr()
        trainer._answer()
        return subprocess.CompletedProcess(program, 0, stdout=capfd.readouterr().out, stderr="")

    monkeypatch.setattr(trainer.subprocess, "run", run)
    return times


@pytest.mark.parametrize(
    "options, said",
    [
        ("epochs = 2\ndroput = 0.1", "line 5: [model] droput: fairseq-train has no such option with --arch "),
        ("epocs = 2", "polynomial_decay; did you mean epochs? allowed: epochs, and what it has (--help)"),
        ("criterion = 'cross_entropy'\nlabel_smoothing = 0.1", "line 5: [model] label_smoothing: fairseq-train has no"),
        ("fp16 = 3", "line 4: [model] fp16: found 3; allowed: true or false"),
        (
            "lr_scheduler = 'fix'",
            "line 4: [model] lr_scheduler: found 'fix'; did you mean fixed? allowed: cosine, fixed",
        ),
        ("arch = 'transformer_phonology_tny'", "did you mean transformer_phonology_tiny? allowed: one of "),
        ("epochs = 3\nmax-sentences = 32", "line 5: [model] max_sentences: write batch_size"),
        ("encoder-layers = 'two'", "line 4: [model] argument --encoder-layers: invalid int value: 'two'"),
    ],
)
def test_an_option_that_fairseq_refuses_is_named_with_its_line(tmp_path, asked, options, said):
    study = read_study(with_model(tmp_path, f"[model]\n{options}"))
    with pytest.raises(InputError) as error:
        check_study(study)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert not study.dest.exists()


def test_what_was_found_right_is_not_asked_again_until_it_changes(tmp_path, asked):
    options = "[models.a]\nadam_betas = [0.9, 0.98]\nclip-norm = 0"
    check_study(read_study(with_model(tmp_path, options)), remember=False)
    for more in ("", "", "\n[models.b]"):
        check_study(read_study(with_model(tmp_path, options + more)))
    assert len(asked) == 3


def test_a_module_of_a_package_in_the_user_dir_is_looked_at(tmp_path):
    study = with_model(tmp_path, "")
    module = tmp_path / "own" / "models" / "__init__.py"
    module.parent.mkdir(parents=True)
    study.write_text('user_dir = "own"\n' + study.read_text(encoding="utf-8"), encoding="utf-8")
    digests = set()
    for text in ("", "changed = True"):
        module.write_text(text, encoding="utf-8")
        digests.add(trainer._digest(read_study(study)))
    assert len(digests) == 2


def test_the_task_says_what_it_cannot_do(tmp_path, asked):
    with pytest.raises(InputError, match=r"line 4: .model. --eval-bleu is not supported"):
        check_study(read_study(with_model(tmp_path, "[model]\neval_bleu = true")))


def test_a_model_without_attention_is_not_asked_about_it(written, asked):
    text = 'grammar = "toy.toml"\nprocess = "nasalization"\n[words]\nnonce = 9\n[model]\narch = "lstm"\n'
    with pytest.raises(InputError, match=r"line 6: .model. lstm .* no multi-head attention .*: stimuli = false at"):
        check_study(read_study(written(text)))
    maps = '[test.own]\nlist = "list.tsv"\nheatmaps = ["w1"]\n'
    with pytest.raises(InputError, match=r"says: no heatmaps in .test.own.$"):
        check_study(read_study(written("stimuli = false\n" + text + maps)))


def test_controls_of_stimuli_that_are_none_are_refused_before_anything_runs(written, asked):
    path = written('grammar = "toy.toml"\nprocess = "nasalization"\n[words]\nnonce = 9\n')
    grammar = path.with_name("toy.toml")
    grammar.write_text(grammar.read_text(encoding="utf-8").replace('["m", "ŋ"]', '["m", "p"]'), encoding="utf-8")
    with pytest.raises(InputError, match=r"toy.toml, line 9: .controls.nasalization. target: 'p' undergoes"):
        check_study(read_study(path))
    assert asked == []
