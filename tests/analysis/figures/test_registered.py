"""``analyze --user-dir``: figures of one's own in the folder, in the report, and the ways in which one goes wrong."""

import sys

import pytest

import fairseq_phonology as fp
from fairseq_phonology import commands
from fairseq_phonology.analysis.figures import Caption, Picture, save_figures
from fairseq_phonology.analysis.figures import registered as registered_figures
from fairseq_phonology.analysis.report import write_report
from fairseq_phonology.registry import Registry, load_user_dir
from tests.helpers import EXAMPLES, example_study

EXAMPLE = EXAMPLES / "own_report"


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    """A registry of this test's own."""
    registry = Registry("figure", "register_figure")
    monkeypatch.setattr(registered_figures, "FIGURES", registry)
    return registry


def drawn():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1])
    return figure


def test_figures_come_last_in_the_report_with_their_own_words(tmp_path):
    study = example_study.grid_study(each=(4, 4), baseline=False)

    @fp.register_figure("a-window-of-mine")
    def mine(of):
        assert of is study
        return fp.ReportFigure(drawn(), "Mine & yours.", "Read it <so>.", "A line.")

    fp.register_figure("nothing")(lambda of: None)
    written = save_figures("attention", tmp_path / "figures", study)
    assert {name: each.file for name, each in written.items()} == {
        "a-window-of-mine": tmp_path / "figures" / "a-window-of-mine.svg"
    }
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"a-window-of-mine.svg", "a-window-of-mine.png"}
    ours = {"sink": Picture(written["a-window-of-mine"].file, Caption("Ours.")), **written}
    write_report(tmp_path / "report.html", study, figures=ours)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.index('id="figure-sink"') < page.index('id="figure-a-window-of-mine"')
    assert "<b>Figure 2. Mine &amp; yours.</b> Read it &lt;so&gt;." in page and 'alt="A line."' in page


def test_the_title_stands_in_for_a_missing_alt_text(tmp_path):
    fp.register_figure("bare")(lambda study: fp.ReportFigure(drawn(), "Bare."))
    written = save_figures("attention", tmp_path, example_study.plain_study())
    assert written["bare"].caption.alternative == "Bare."


def test_what_is_no_figure_is_refused_by_name(tmp_path):
    fp.register_figure("wrong")(lambda study: drawn())
    with pytest.raises(fp.InputError, match="figure 'wrong' returned Figure; allowed: ReportFigure, or None"):
        save_figures("attention", tmp_path, example_study.plain_study())
    with pytest.raises(fp.InputError, match="figure 'late' has the place 'end'; allowed: attention, interventions"):
        fp.register_figure("late", place="end")


def test_a_name_of_ours_is_taken(monkeypatch):
    monkeypatch.undo()
    before = list(registered_figures.figures_of("attention"))
    with pytest.raises(fp.InputError, match=r"the figure 'window' is registered twice: by fairseq_phonology\.analysis"):
        fp.register_figure("window")(lambda study: None)
    assert list(registered_figures.figures_of("attention")) == before


def test_the_example_draws(tmp_path, figures):
    sys.modules.pop(EXAMPLE.name, None)
    load_user_dir(EXAMPLE)
    assert figures.names == ("by-length",)
    written = save_figures("attention", tmp_path, example_study.grid_study(each=(4, 4), baseline=False))["by-length"]
    assert written.file.stat().st_size > 1000 and written.caption.title.startswith("Head 3.2 by length")
    assert save_figures("attention", tmp_path, example_study.plain_study()) == {}


def test_a_user_dir_that_is_not_there_ends_before_any_work(tmp_path, capsys):
    options = ("analyze", "dump", "--grammar", "g", "--process", "p", "--out", str(tmp_path / "out"))
    assert commands.main([*options, "--user-dir", str(tmp_path / "lab")]) == 2
    assert "lab: is not a user-dir: it has no __init__.py" in capsys.readouterr().err
