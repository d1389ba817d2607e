"""One run followed: the numbers drawn are those measured, all heads are there, nothing is cut off."""

import numpy as np
import pytest

from fairseq_phonology.analysis.dynamics.dynamics import Dynamics
from fairseq_phonology.analysis.figures import save_figures
from fairseq_phonology.analysis.figures.dynamics import DynamicsDisplay
from fairseq_phonology.errors import InputError
from tests.helpers.drawn import texts
from tests.helpers.followed import checkpoint, run, shot

EARLY = Dynamics(
    "nasalization",
    "toy",
    [checkpoint(n, 0, 0, shot(pair=0.1, distinguishes=False, cross=0.1)) for n in (1, 2)],
    0,
    "so",
)
EVERY = {"cross": 3, "encoder": 1, "decoder": 2, "cross_and_encoder": 4, "cross_and_decoder": 9}
PROGRESSIVE = Dynamics("nasalization", "", [checkpoint(n, 90, 90, shot((0.1, 0.2), **EVERY)) for n in (1, 2)], 1, "so")


@pytest.mark.parametrize("followed", [run(), EARLY, PROGRESSIVE], ids=["learned", "early", "progressive"])
def test_nothing_is_cut_off_or_covered(followed):
    figure = DynamicsDisplay.from_dynamics(followed).plot().figure_
    figure.draw_without_rendering()
    boxes, page = texts(figure), figure.bbox
    for text, box in boxes.items():
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1, text.get_text()
    shrunk = {text: box.shrunk(0.96, 0.8) for text, box in boxes.items()}
    for n, (one, box) in enumerate(shrunk.items()):
        for other, its in list(shrunk.items())[:n]:
            assert not box.overlaps(its), f"{one.get_text()!r} and {other.get_text()!r}"


def lines(ax):
    return [np.asarray(line.get_ydata(), float) for line in ax.get_lines()]


def drawn(ax, values):
    return any(one.shape == np.shape(values) and np.allclose(one, values, equal_nan=True) for one in lines(ax))


def test_the_numbers_drawn():
    followed = run()
    right, response, routes = DynamicsDisplay.from_dynamics(followed).plot().axes_
    assert (
        drawn(right, [0, 20, 50, 90, 90]) and drawn(right, [0, 55, 60, 100, 100]) and drawn(right, [0, 10, 25, 45, 45])
    )
    assert drawn(response, [0.1, 0.25, 0.15, 0.3, 0.4]) and drawn(
        response, [0, 0, 0, 0.1, 0.1]
    )  # the chosen; the other
    for route in followed.routes:
        assert drawn(routes, 100 * followed.share(route))
    assert drawn(routes, 100 * followed.share("cross", others=True)) and drawn(routes, [20, 20])
    points = {(float(one.get_xdata()[0]), float(one.get_ydata()[0])) for ax in (right, response, routes)
              for one in ax.get_lines() if len(one.get_xdata()) == 1}  # fmt: skip
    assert points == {(3, 50), (2, 55), (4, 0.3), (3, 50.0)}  # from where each stays up
    assert right.get_xlim() == routes.get_xlim() and routes.get_xlabel() == "epoch"


def test_without_shares_log_odds_are_drawn():
    display = DynamicsDisplay.from_dynamics(EARLY).plot()
    assert not display.in_shares and drawn(display.axes_[2], [0.1, 0.1]) and not drawn(display.axes_[2], [20, 20])
    assert display.axes_[2].get_ylabel() == "log-odds taken away" and display.best is None


def test_on_axes_that_are_given():
    from matplotlib.figure import Figure

    figure = Figure()
    display = DynamicsDisplay.from_dynamics(run())
    assert display.plot(figure.subplots(3)) is display and display.figure_ is figure


def test_the_legend_says_what_was_chosen_and_that_nothing_is_tested():
    figure = DynamicsDisplay.from_dynamics(run()).plot().figure_
    said = " ".join(text.get_text() for text in texts(figure)).replace("\n", " ").replace("\xa0", " ")
    for words in ("Head 2.1 (cross-attention): named by --head", "a description, with no tests over epochs", "20 %"):
        assert words in said


def test_the_files(tmp_path):
    path = save_figures("dynamics", tmp_path / "figures", run())["dynamics"].file
    assert path == tmp_path / "figures" / "dynamics.svg"
    first = path.read_bytes()
    save_figures("dynamics", tmp_path / "figures", run())
    assert path.read_bytes() == first and sorted(file.name for file in path.parent.iterdir()) == [
        "dynamics.png", "dynamics.svg",
    ]  # fmt: skip
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made"):
        save_figures("dynamics", tmp_path / "file" / "figures", run())
