"""The Colab notebook, every cell in order, in a small size; and what it keeps of its own outputs."""

from __future__ import annotations

import re
import shutil
from fnmatch import fnmatch
from itertools import product
from pathlib import Path

import pytest

from tests.helpers import EXAMPLES, REPOSITORY

pytest.importorskip("fairseq")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

import nbformat
from nbclient.exceptions import CellExecutionError

import fairseq_phonology as fp
from fairseq_phonology.workflow.steps import jobs
from fairseq_phonology.workflow.study import read_study
from tests.helpers import run_notebook as runner
from tests.helpers.shared import made_once

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="the notebook's shell cells are for bash, as on Colab")

GRAMMAR = """
language = "toy"

[inventory]
segments = "p t k m n ŋ a i u"

[syllable]
onsets = ["p", "t", "k", "m", "n"]
nuclei = ["a", "i", "u"]
codas = ["", "", "p", "t", "k", "m", "n"]

[[process]]
name = "nasalization"
rules = ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]
apply = "right-to-left"

[controls.nasalization]
target = ["m", "n", "ŋ"]
trigger = ["p", "t", "k"]
"""
# of one's own: pairs, no list and no interventions; what it has not, the cells say
STUDY = """
grammar = "toy.toml"
process = "nasalization"
seeds = 1
baseline = false
interventions = false

[words]
pairs = "pairs.tsv"

[model]
encoder_layers = 1
decoder_layers = 1
decoder_attention_heads = 1
epochs = 2

[stimuli.own]
stems = 4
suffixes = 4
"""
NASALS = {"p": "m", "t": "n", "k": "ŋ"}


@pytest.fixture
def notebook():
    return nbformat.read(runner.NOTEBOOK, as_version=4)


def texts(cell) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """The notebook with the outputs of a small run, and its folder."""
    folder = made_once(tmp_path_factory, "small-notebook", run_small)
    return nbformat.read(folder / "ran.ipynb", as_version=4), folder


def run_small(folder):
    words = ["ur\tsr"]
    for o, v, coda, onset, w in product("pk", "ai", "ptkmn", "ptkmn", "au"):
        said = NASALS.get(coda, coda) if onset in "mn" else coda
        words.append(f"{o} {v} {coda} {onset} {w}\t{o} {v} {said} {onset} {w}")
    for name, text in {"toy.toml": GRAMMAR, "own.toml": STUDY, "pairs.tsv": "\n".join(words)}.items():
        (folder / name).write_text(text, encoding="utf-8")
    small = nbformat.read(runner.NOTEBOOK, as_version=4)
    runner.run(small, folder, {"STUDY": str(folder / "own.toml")})
    nbformat.write(small, folder / "ran.ipynb")


def test_every_cell_runs_in_order(ran):
    notebook, folder = ran
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code" and cell.source]
    done = [count for count in counts if count is not None]
    assert done == sorted(done) and len(done) >= len(counts) - 1  # but the one that installs
    assert texts(runner.tagged(notebook, "check")).startswith("ready: fairseq_phonology")
    assert "train      180 words" in texts(runner.tagged(notebook, "words"))
    assert texts(runner.tagged(notebook, "errors")).startswith("This study tests no list")
    assert texts(runner.tagged(notebook, "use")).startswith("This study has no stimuli, or no interventions")
    home = folder / "phonology" / "study"
    for name in ("models/model/1/checkpoint_best.pt", "index.html", "study.zip"):
        assert (home / name).is_file(), name


def test_the_curves_and_the_report_are_shown(ran):
    notebook, _ = ran
    (curves,) = runner.tagged(notebook, "curves").outputs
    assert "image/png" in curves.data
    (report,) = runner.tagged(notebook, "report").outputs
    assert report.data["text/html"].startswith("<iframe srcdoc=") and "&lt;script" in report.data["text/html"]


def test_each_step_and_each_log_that_is_named_is_of_the_demo(notebook):
    steps = jobs(read_study(EXAMPLES / "korean_nasalization" / "study.toml"))
    shell = [cell.source for cell in notebook.cells if cell.source.startswith("%%bash")]
    asked = re.findall(r"--until (\w+)", "\n".join(shell))
    assert asked == ["prepare", "train", "errors", "intervene"] and {*asked} <= {job.rule for job in steps}
    patterns = re.findall(r'"\$DEST"/(\S+)', "\n".join(shell))
    assert len(patterns) == 5
    assert [name for name in patterns if not any(fnmatch(str(job.log), name) for job in steps)] == []


def test_it_shows_the_study_of_the_demo(notebook):
    (shown,) = runner.tagged(notebook, "study").outputs
    file = EXAMPLES / "korean_nasalization" / "study.toml"
    assert shown.text == file.read_text(encoding="utf-8") + "\n"


def test_of_a_run_only_what_is_small_is_kept_and_no_path_of_the_machine(ran, monkeypatch):
    notebook, folder = ran
    monkeypatch.setattr(runner, "_LARGEST", 50_000)  # this report is small
    kept = nbformat.writes(runner.tidied(nbformat.from_dict(notebook), folder))
    assert len(kept) < 400_000 and "some megabytes" in kept
    assert str(folder) not in kept and str(REPOSITORY) not in kept


def test_a_failed_import_asks_for_a_restart(notebook, tmp_path):
    absent = nbformat.v4.new_code_cell(
        "import sys\nsys.modules['fairseq'] = None\nsys.modules['fairseq_phonology'] = None"
    )
    with pytest.raises(CellExecutionError, match="restart the kernel"):
        _execute([absent, runner.tagged(notebook, "check")], tmp_path)


def test_a_shell_cell_that_fails_stops_the_run(notebook, tmp_path):
    with pytest.raises(CellExecutionError, match="CalledProcessError"):
        _execute([runner.tagged(notebook, "train")], tmp_path)


def _execute(cells, folder: Path) -> None:
    from nbclient import NotebookClient

    book = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()


# ---- as it lies in the repository


def test_it_is_small_has_its_outputs_and_no_path_of_a_machine(notebook):
    text = runner.NOTEBOOK.read_text(encoding="utf-8")
    assert runner.NOTEBOOK.stat().st_size < 400_000
    assert not re.search(r"/(work|root|home|tmp|Users)/", text)
    assert notebook.metadata.kernelspec.name == "python3"
    with_outputs = [cell for cell in notebook.cells if cell.get("outputs")]
    assert len(with_outputs) >= 9 and "image/png" in runner.tagged(notebook, "curves").outputs[0].data
    assert not [output for cell in with_outputs for output in cell.outputs if output.output_type == "error"]


def test_each_cell_is_short_and_follows_words(notebook):
    before = None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 24, cell.source
        else:
            assert before is None or before.cell_type == "code" or before.source.startswith("# ")
        before = cell


def test_it_takes_the_sdist_of_this_version(notebook):
    assert f'SOURCE = "fairseq_phonology-{fp.__version__}.tar.gz"' in runner.tagged(notebook, "parameters").source


def test_what_it_installs_keeps_the_torch_that_is_there(notebook):
    install = runner.tagged(notebook, "install").source
    assert install.startswith("%%bash")
    _, build, fairseq, ours = (line for line in install.splitlines() if line.startswith("pip "))
    assert build.startswith("pip wheel") and "--no-build-isolation" in build and "--no-deps" in build
    assert "--no-deps" in fairseq and ".whl" in fairseq
    assert "isolation" not in ours, "what else has no wheel is built with what it asks for"
