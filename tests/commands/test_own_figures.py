"""``analyze --user-dir``: figures of one's own in the folder, in the report, and the ways in which one goes wrong."""

import sys

import pytest

import fairseq_phonology as fp
from fairseq_phonology import commands
from fairseq_phonology.analysis.figures import available
from fairseq_phonology.analysis.figures import registered as registered_figures
from fairseq_phonology.analysis.figures.registered import OURS, save_registered_figures
from fairseq_phonology.analysis.report import write_report
from fairseq_phonology.registry import Registry, load_user_dir
from tests.helpers import EXAMPLES, example_study

EXAMPLE = EXAMPLES / "own_report"


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    """A registry of this test's own."""
    registry = Registry("figure", "register_figure", OURS)
    monkeypatch.setattr(registered_figures, "FIGURES", registry)
    return registry


def drawn():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1])
    return figure


def test_the_names_that_are_ours_are_all_of_ours():
    study = example_study.grid_study(each=(4, 4))
    assert set(available(study)) == set(OURS)


def test_figures_come_last_in_the_report_with_their_own_words(tmp_path):
    study = example_study.grid_study(each=(4, 4), baseline=False)

    @fp.register_figure("a-window-of-mine")
    def mine(of):
        assert of is study
        return fp.ReportFigure(drawn(), "Mine & yours.", "Read it <so>.", "A line.")

    fp.register_figure("nothing")(lambda of: None)
    paths, captions = save_registered_figures(study, tmp_path / "figures")
    assert paths == {"a-window-of-mine": tmp_path / "figures" / "a-window-of-mine.svg"}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"a-window-of-mine.svg", "a-window-of-mine.png"}
    ours = {"sink": paths["a-window-of-mine"], **paths}
    write_report(study, tmp_path / "report.html", ours, captions=captions)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.index('id="figure-sink"') < page.index('id="figure-a-window-of-mine"')
    assert "<b>Figure 2. Mine &amp; yours.</b> Read it &lt;so&gt;." in page and 'alt="A line."' in page


def test_the_title_stands_in_for_a_missing_alt_text(tmp_path):
    fp.register_figure("bare")(lambda study: fp.ReportFigure(drawn(), "Bare."))
    _, captions = save_registered_figures(example_study.plain_study(), tmp_path)
    assert captions["bare"].alt == "Bare."


def test_what_is_no_figure_is_refused_by_name(tmp_path):
    fp.register_figure("wrong")(lambda study: drawn())
    with pytest.raises(fp.InputError, match="figure 'wrong' returned Figure; allowed: ReportFigure, or None"):
        save_registered_figures(example_study.plain_study(), tmp_path)
    with pytest.raises(fp.InputError, match="fairseq_phonology has a figure 'window' itself; its own: window, effect"):
        fp.register_figure("window")


def test_the_example_draws(tmp_path, figures):
    sys.modules.pop(EXAMPLE.name, None)
    load_user_dir(EXAMPLE)
    assert figures.names == ("by-length",)
    paths, captions = save_registered_figures(example_study.grid_study(each=(4, 4), baseline=False), tmp_path)
    assert paths["by-length"].stat().st_size > 1000 and captions["by-length"].title.startswith("Head 3.2 by length")
    assert save_registered_figures(example_study.plain_study(), tmp_path) == ({}, {})


def test_a_user_dir_that_is_not_there_ends_before_any_work(tmp_path, capsys):
    options = ("analyze", "dump", "--grammar", "g", "--process", "p", "--out", str(tmp_path / "out"))
    assert commands.main([*options, "--user-dir", str(tmp_path / "lab")]) == 2
    assert "lab: is no user-dir: there is no __init__.py in it" in capsys.readouterr().err
