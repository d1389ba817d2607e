"""Options of ``fairseq-phonology study``; how it runs is in tests/workflow/engine/test_run.py."""

import importlib.util

import pytest

from fairseq_phonology.commands import main


@pytest.fixture
def study(tmp_path):
    (tmp_path / "pairs.tsv").write_text("ur\tsr\na k\ta k\n", encoding="utf-8")
    (tmp_path / "s.toml").write_text('[words]\npairs = "pairs.tsv"\n', encoding="utf-8")
    return str(tmp_path / "s.toml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--jobs", "0"], "--jobs is 0; allowed: 1 or more"),
        (["--until", "trian"], "no step of this study is called 'trian'; did you mean train? steps: prepare, train, "),
        (["--", "--snakefile", "x"], "--snakefile cannot be passed on to Snakemake: the workflow is that of"),
        (["--", "-sx"], "-sx cannot be passed on to Snakemake"),
        (["--", "--direc=x"], "--direc=x cannot be passed on to Snakemake: --dest names the folder of the study"),
        (["--", "--config", "study=x"], "--config cannot be passed on to Snakemake: the study file says what is done"),
        (["--", "--until", "train"], "--until cannot be passed on to Snakemake: --until stands before the --"),
        (["--", "--drop-metadata"], "--drop-metadata cannot be passed on to Snakemake: by Snakemake's records a study"),
    ],
)
def test_refused_before_anything_runs(study, tmp_path, words, said, capsys):
    assert main(["study", study, *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("fairseq-phonology study: error: ") and said in line
    assert not (tmp_path / "s").exists()


def test_it_takes_a_study_file(capsys):
    assert main(["study"]) == 2
    assert (
        "found no study file; type fairseq-phonology study STUDY.toml, or study --new FOLDER" in capsys.readouterr().err
    )


@pytest.mark.parametrize(("name", "extra"), [("snakemake", "study"), ("fairseq", "train")])
def test_what_is_missing_is_named_with_its_extra(name, extra, study, monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda wanted, *rest: None if wanted == name else find(wanted, *rest)
    )
    assert main(["study", study]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"study needs {name}, which is not installed" in line and f"pip install 'fairseq_phonology[{extra}]'" in line


def test_a_new_study_is_one_that_can_be_read(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["study", "--new", "my study"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "next: fairseq-phonology study 'my study/study.toml'"
    assert main(["study", "--new", "my study"]) == 2
    assert main(["study", "x.toml", "--new", "other"]) == 2
    assert "--new FOLDER writes a study file, and takes none" in capsys.readouterr().err


def test_the_help_says_what_is_passed_on(capsys):
    with pytest.raises(SystemExit):
        main(["study", "--help"])
    assert "-- --executor slurm" in capsys.readouterr().out
