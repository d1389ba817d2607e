"""What every figure has in common: nothing cut off, nothing left behind, the same study makes the same files."""

import hashlib
import sys

import matplotlib
import numpy as np
import pytest

from fairseq_phonology.analysis import figures
from fairseq_phonology.analysis.contrasts.study import Verdict
from fairseq_phonology.analysis.events.events import Event, Head
from fairseq_phonology.analysis.figures import style
from fairseq_phonology.analysis.figures.effect_map import EffectMapDisplay
from fairseq_phonology.analysis.figures.registered import figures_of
from fairseq_phonology.analysis.figures.segments import SegmentsDisplay
from fairseq_phonology.analysis.figures.sink import SinkDisplay
from fairseq_phonology.analysis.figures.units import UnitsDisplay
from fairseq_phonology.analysis.figures.window import WindowDisplay
from fairseq_phonology.errors import InputError
from tests.helpers import example_study as example
from tests.helpers.drawn import texts, ticks_of

ALL = ["window", "effect-map", "units", "segments", "sink"]
STUDIES = {
    "3 x 4": lambda: example.grid_study(each=(12, 11)),
    "1 x 1": lambda: example.grid_study(1, 1, each=(5, 5), planted={(0, 0): "response"}),
    "6 x 8": lambda: example.grid_study(6, 8, each=(4, 5), baseline=False),
    "12 x 12": lambda: example.grid_study(12, 12, each=(4, 4), baseline=False),
    "long names": lambda: example.grid_study(each=(4, 4), suffixes=(10, 8), long=True, baseline=False),
    "far triggers": lambda: example.grid_study(each=(6, 5), far=True),
    "words": lambda: example.quads_study(),
    "long words": lambda: example.quads_study(long=True),
    "two kinds": lambda: example.two_kinds_study(),
    "90 words": lambda: example.quads_study(90),
    "plain list": lambda: example.plain_study(),
    "nothing tested": lambda: example.plain_study(families=False),
}


def displays_of(study):
    """Name of each figure -> its display, for the figures that the study has data for."""
    made = {name: make(study) for name, make in figures_of("attention").items()}
    return {name: display for name, display in made.items() if display is not None}


@pytest.fixture(scope="module", params=STUDIES)
def drawn(request, hangul_is_drawn):
    study = STUDIES[request.param]()
    displays = {name: display.plot() for name, display in displays_of(study).items()}
    for display in displays.values():
        display.figure_.draw_without_rendering()  # so that everything has its place
    return displays


def test_nothing_is_cut_off(drawn):
    for name, display in drawn.items():
        page = display.figure_.bbox
        for text, box in texts(display.figure_).items():
            assert box.x0 >= -1 and box.y0 >= -1, f"{name}: {text.get_text()!r}"
            assert box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1, f"{name}: {text.get_text()!r}"


def test_labels_of_an_axis_do_not_run_into_each_other(drawn):
    for name, display in drawn.items():
        renderer = display.figure_.canvas.get_renderer()
        for ax in display.figure_.axes:
            for axis in (ax.xaxis, ax.yaxis):
                boxes = [label.get_window_extent(renderer).shrunk(0.9, 0.7) for label in ticks_of(axis)]
                for n, box in enumerate(boxes[1:]):
                    assert not box.overlaps(boxes[n]), f"{name}: {ticks_of(axis)[n]}"


def test_titles_legends_and_axis_labels_keep_apart(drawn):
    for name, display in drawn.items():
        figure = display.figure_
        boxes = texts(figure)
        own = [text for text in (figure._suptitle, figure._supxlabel) if text is not None]
        own += [part for ax in figure.axes for part in (ax.xaxis.label, ax.yaxis.label, ax.title, ax._left_title)]
        own = [text for text in own if text in boxes]
        notes = [text for ax in figure.axes for text in ax.texts if text in boxes]
        for n, one in enumerate(own):
            for other in own[:n] + notes:
                assert not boxes[one].shrunk(0.98, 0.9).overlaps(boxes[other]), f"{name}: {one} {other}"


def test_width_fits_a_journal_and_letters_can_be_read(drawn):
    for display in drawn.values():
        width = display.figure_.get_size_inches()[0] * 25.4
        assert style.COLUMN - 0.1 <= width <= style.PAGE + 0.1
        assert min(text.get_fontsize() for text in texts(display.figure_)) >= 4.5


def test_the_same_study_makes_the_same_files(tmp_path):
    def digests(folder):
        study = example.grid_study(1, 2, each=(4, 4), baseline=False)
        written = figures.save_figures("attention", folder, study)
        assert list(written) == ALL and all(each.file.suffix == ".svg" for each in written.values())
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}

    first = digests(tmp_path / "a" / "figures")
    assert sorted(first) == sorted(f"{name}.{ending}" for name in ALL for ending in ("png", "svg"))
    assert first == digests(tmp_path / "b")
    assert "<dc:date>" not in (tmp_path / "b" / "window.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("study", "names"),
    [
        pytest.param("plain list", ["window", "effect-map", "sink"], id="plain list"),
        pytest.param("nothing tested", ["window", "sink"], id="nothing tested"),
        pytest.param("words", ALL, id="words"),
    ],
)
def test_only_what_there_is_data_for(study, names):
    assert list(displays_of(STUDIES[study]())) == names


def test_a_study_in_which_nothing_counts_has_no_figures(tmp_path):
    study = example.plain_study(families=False)
    study.events.events = [Event(e.item, e.surface, e.reference, "other", e.step) for e in study.events.events]
    assert figures.save_figures("attention", tmp_path, study) == {}
    with pytest.raises(ValueError, match="no event is included"):
        WindowDisplay.from_study(study)


def test_drawing_leaves_nothing_behind():
    before = dict(matplotlib.rcParams)
    study = example.quads_study()
    for display in displays_of(study).values():
        display.plot()
    assert dict(matplotlib.rcParams) == before
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_draws_on_given_axes():
    from matplotlib.figure import Figure

    axes = list(Figure().subplots(1, 2))
    study = example.grid_study(each=(5, 5))
    for display in (WindowDisplay, UnitsDisplay, SinkDisplay, SegmentsDisplay):
        drawn = display.from_study(study).plot(axes)
        assert drawn.axes_ == axes and drawn.figure_ is axes[0].get_figure()
        assert display.from_study(study).plot(Figure().subplots()).figure_ is not None
    one = EffectMapDisplay.from_study(study, ["salience"]).plot(axes[0])
    assert one.axes_[0, 0] is axes[0]
    with pytest.raises(ValueError, match="3 panels do not fit on one axes"):
        EffectMapDisplay.from_study(study).plot(axes[0])


def test_an_unknown_head_is_named():
    study = example.grid_study(each=(4, 4))
    for display in (WindowDisplay, UnitsDisplay, SinkDisplay):
        with pytest.raises(ValueError, match=r"no head 9\.1 of cross with the query decision"):
            display.from_study(study, Head("cross", "decision", 9, 1))
        with pytest.raises(ValueError, match=r"no head 1\.1 of encoder with the query target"):
            display.from_study(study, Head("encoder", "target", 1, 1))


def test_hangul_and_ipa_in_one_figure(hangul_is_drawn):
    display = UnitsDisplay.from_study(example.quads_study()).plot()
    assert display.fonts == ["DejaVu Sans", *["NanumGothic"] * hangul_is_drawn]
    labels = [label.get_text() for label in display.axes_[0].get_yticklabels()]
    assert ("학문" if hangul_is_drawn else "hagmun") in labels and labels[-1] == "mean"


def test_long_names_of_words_are_shortened(hangul_is_drawn):
    display = UnitsDisplay.from_study(example.quads_study(long=True)).plot()
    labels = [label.get_text() for label in display.axes_[0].get_yticklabels()]
    assert ("학문학문학문학…" if hangul_is_drawn else "hagmunhagmunh…") in labels


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "figures").write_text("a file")
    with pytest.raises(InputError, match="cannot be made"):
        figures.save_figures("attention", tmp_path / "figures", example.plain_study(families=False))


def test_only_png_and_svg(tmp_path):
    with pytest.raises(InputError, match=r"\.png or \.svg"):
        figures.save_figure(SinkDisplay.from_study(example.plain_study()).plot(), tmp_path / "sink.gif")


@pytest.mark.parametrize("study", ["3 x 4", "long names", "far triggers"])
def test_names_of_units_keep_apart(study):
    of = STUDIES[study]()
    display = UnitsDisplay.from_study(of).plot()
    marked = [name for panel in display.panels for names in panel.names.values() for name in names if "͈" in name]
    assert marked, "a name with a mark below"
    boxes = texts(display.figure_)
    for ax in display.axes_:
        names = [box for text, box in boxes.items() if text in ax.texts and text.get_fontsize() == 7]
        for n, box in enumerate(names):
            assert ax.bbox.y0 <= box.y0 and box.y1 <= ax.bbox.y1
            assert not any(box.overlaps(other) for other in names[:n])


@pytest.mark.parametrize(
    ("places", "gap", "within", "expected"),
    [
        pytest.param([0, 5], 1, (), [0, 5], id="far apart"),
        pytest.param([0, 0, 0], 1, (), [-1, 0, 1], id="all at one place"),
        pytest.param([3, 2.9, 0], 1, (), [3.45, 2.45, 0], id="in any order"),
        pytest.param([0, 0, 0], 1, (0, 9), [0, 1, 2], id="not below the axis"),
        pytest.param([9, 9, 7.5], 1, (0, 9), [8, 9, 7], id="not above it"),
    ],
)
def test_labels_are_spread(places, gap, within, expected):
    assert style.spread(places, gap, *within) == pytest.approx(expected)


def test_no_outline_where_no_claim_may_be_made():
    study = example.grid_study(each=(5, 5))
    study.verdict = Verdict("withheld", "")
    display = EffectMapDisplay.from_study(study).plot()
    assert not any(claims.any() for claims in display.claims.values())
    assert "No claim may be made" in display.figure_._supxlabel.get_text()


@pytest.mark.parametrize("study", ["6 x 8", "12 x 12"])
def test_every_unit_is_within_the_limits_of_its_panel(study):
    """Panels share their limits: the names of the first must not fix them before the second has its points."""
    of = STUDIES[study]()
    display = UnitsDisplay.from_study(of)
    for panel in display.panels[1:]:
        panel.values.update({group: values - 3 for group, values in panel.values.items()})
    for ax in display.plot().axes_:
        low, high = sorted(ax.get_ylim())
        for line in ax.lines:
            assert low <= np.nanmin(line.get_ydata()) <= np.nanmax(line.get_ydata()) <= high
