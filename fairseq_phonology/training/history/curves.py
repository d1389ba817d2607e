"""The picture of a run: losses above, exact match below, the best validation marked.

Drawn after every validation, so it must be fast, and without pyplot, so that it leaves no state behind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...corpus.variants import MOST_FREQUENT
from ...files import picture_format, save_picture
from ...text import drawable, shortened
from .choice import Choice, Row, Run, choice_of, key_of
from .rates import added_rates

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito, "Color Universal Design" (2008): told apart with any color vision; the styles tell them apart in gray
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)))
_TRAINING = "#5A5A5A"
_LEGEND = {"frameon": False, "fontsize": "small", "borderaxespad": 0.2, "handlelength": 2.6, "columnspacing": 1.4}
# endings of the columns that say how often a process applied where it is not due, and failed where it is
_OVERAPPLIED, _FAILED = "_overapplied", "_failed"
_TRAINED = "_training"  # and that say how often a process with a rate applies in the training words
_MARKED_POINTS = 40  # with more, the markers of neighboring points run into each other

Line = tuple[list[float], list[float]]  # x, y; points that were not measured are left out


@dataclass
class CurvesDisplay:
    """Curves of one run: compute with `from_rows`, then `plot`.

    Attributes:
        unit: what the x axis counts: ``epoch``, or ``updates`` where epochs have several validations.
        train_loss: x and training loss (in bits a segment), as fairseq reports it.
        valid_loss: subset -> x and validation loss.
        exact_match: subset -> x and exact match in %; empty for runs that did not measure it.
        most_frequent: subset -> x and which share of its right words with variants is the most frequent one, in %.
        processes: process or added metric -> x and its value on the first subset, in %.
        overapplied: process -> x and how often it applied where it is not due, in %.
        trained: process with a rate, or one in a stratum -> its rate in the training words, in %.
        best: the validation whose checkpoint is kept as the best; None where none is, or it is not among those drawn.
        choice: by what it was chosen.
        in_percent: are processes and added metrics known to be in %?
        axes_: what was drawn on, after `plot`.
        figure_: the figure it belongs to, after `plot`.
    """

    unit: str
    train_loss: Line
    valid_loss: dict[str, Line]
    exact_match: dict[str, Line]
    most_frequent: dict[str, Line] = field(default_factory=dict)
    processes: dict[str, Line] = field(default_factory=dict)
    overapplied: dict[str, Line] = field(default_factory=dict)
    trained: dict[str, float] = field(default_factory=dict)
    best: Row | None = None
    choice: Choice = field(default_factory=Choice)
    in_percent: bool = True
    axes_: list[Axes] = field(default_factory=list)
    figure_: Figure | None = None

    @classmethod
    def from_rows(cls, rows: Iterable[Row] | Run, last: int | None = None, processes: bool = False) -> CurvesDisplay:
        """Compute the curves.

        Args:
            rows: rows of a history, which tell which checkpoints are kept; or a run, which also tells by what.
            last: keep only that many epochs, the latest ones.
            processes: also the columns beyond those that every history has, as far as they are rates, on panels of
                their own.
        """
        run = rows if isinstance(rows, Run) else _run_of(rows)
        best = run.choice.best(run.rows)
        rows = last_epochs(run.rows, last)
        validations = [row for row in rows if row["subset"]]
        subsets = dict.fromkeys(row["subset"] for row in validations)
        first = [row for row in validations if row["subset"] == next(iter(subsets))]
        several = len({row["epoch"] for row in first}) < len(first)
        unit = "updates" if several and all(row["updates"] is not None for row in rows) else "epoch"
        by_subset = {name: [row for row in validations if row["subset"] == name] for name in subsets}
        extra = [name for name in added_rates(first)[0] if name != MOST_FREQUENT] if processes else []
        added = _measured({name: _line(first, unit, name) for name in extra})
        trained = {name.removesuffix(_TRAINED): y[-1] for name, (_, y) in added.items() if name.endswith(_TRAINED)}
        # by stratum, where there are several
        whole = [name for name in trained if any(other.startswith(f"{name}_in_") for other in trained)]
        other_kinds = (_OVERAPPLIED, _FAILED, _TRAINED)
        return cls(
            unit=unit,
            train_loss=_line(list({key_of(row): row for row in rows}.values()), unit, "train_loss"),
            valid_loss=_measured({name: _line(some, unit, "valid_loss") for name, some in by_subset.items()}),
            exact_match=_measured({name: _line(some, unit, "exact_match") for name, some in by_subset.items()}),
            most_frequent=_measured({name: _line(some, unit, MOST_FREQUENT) for name, some in by_subset.items()}),
            processes={n: line for n, line in added.items() if not n.endswith(other_kinds) and n not in whole},
            overapplied={n.removesuffix(_OVERAPPLIED): line for n, line in added.items() if n.endswith(_OVERAPPLIED)},
            trained={name: rate for name, rate in trained.items() if name not in whole and name in added},
            best=best if best in rows else None,
            choice=run.choice,
            in_percent=run.in_percent,
        )

    def plot(self, ax: Axes | list[Axes] | None = None) -> CurvesDisplay:
        """Draw; never shows.

        Args:
            ax: axes for the losses, exact match, processes where due and where not due; by default a new figure with
                as many as there is data for. What has no axes is left out.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        panels = [self._plot_losses]
        panels += [self._plot_exact_match] if self.exact_match else []
        panels += [self._plot_processes] if self.processes else []
        panels += [self._plot_overapplied] if self.overapplied else []
        if ax is None:
            axes = _new_axes(len(panels), width=8.0 if self.processes else 6.4)
        else:
            axes = list(ax) if isinstance(ax, (list, tuple)) or hasattr(ax, "__len__") else [ax]
        for draw, each in zip(panels, axes, strict=False):
            draw(each)
        for each in axes:
            each.spines[["top", "right"]].set_visible(False)
            each.grid(axis="y", color="0.9", linewidth=0.6)
            each.set_axisbelow(True)
            each.xaxis.get_major_locator().set_params(integer=True)
            each.margins(x=0.02)
        axes[-1].set_xlabel(self.unit)
        self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _plot_losses(self, ax: Axes) -> None:
        _draw(ax, self.train_loss, "training", _TRAINING, 0)
        for n, (subset, line) in enumerate(self.valid_loss.items()):
            _draw(ax, line, _subset_label(subset), COLORS[n % len(COLORS)], n)
        self._mark_best(ax, "valid_loss", named=not self.exact_match)
        ax.set_ylabel("loss (bits)")
        _legend(ax)

    def _plot_exact_match(self, ax: Axes) -> None:
        for n, (subset, line) in enumerate(self.exact_match.items()):
            _draw(ax, line, _subset_label(subset), COLORS[n % len(COLORS)], n)
        label = "most frequent variant (% of right)"  # once: the colors are those of the subsets
        for n, subset in enumerate(self.exact_match):
            if line := self.most_frequent.get(subset):
                ax.plot(*line, color=COLORS[n % len(COLORS)], linestyle=DASHES[2], linewidth=1.0, label=label)
                label = None
        self._mark_best(ax, "exact_match", named=True)
        ax.set_ylabel("exact match (% of words)")
        _legend(ax, 2 if label is None and len(self.exact_match) > 1 else 3)

    def _plot_processes(self, ax: Axes) -> None:
        self._plot_by_process(ax, self.processes)
        for name, rate in self.trained.items():
            ax.axhline(rate, color=self._style(name)[0], linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
        if self.trained:
            ax.plot([], [], color=_TRAINING, linewidth=0.9, linestyle=(0, (1, 2)), label="its rate in training")
        added = "added metrics (%)" if self.in_percent else "added metrics (as logged)"
        ax.set_ylabel("applied where due (%)" if self.overapplied else added)
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), **_LEGEND)

    def _plot_overapplied(self, ax: Axes) -> None:
        self._plot_by_process(ax, self.overapplied)
        ax.set_ylabel("applied where not due (%)")
        if lone := [line for line in ax.lines if line.get_label() in self.overapplied.keys() - self.processes.keys()]:
            ax.legend(handles=lone, loc="upper left", bbox_to_anchor=(1, 1), **_LEGEND)

    def _plot_by_process(self, ax: Axes, lines: dict[str, Line]) -> None:
        for name, line in lines.items():
            _draw(ax, line, name.replace("_in_", " in ") if name in self.trained else name, *self._style(name))
        self._mark_best(ax, "", named=False)

    def _style(self, name: str) -> tuple[str, int]:
        """Color and number of the dashes of a process, the same on both panels."""
        n = list({**self.processes, **self.overapplied}).index(name)
        return COLORS[n % len(COLORS)], n // len(COLORS)

    def _mark_best(self, ax: Axes, column: str, named: bool) -> None:
        if self.best is None:
            return
        x, y = self.best[self.unit], self.best.get(column)
        ax.axvline(x, color="0.55", linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        if y is not None and math.isfinite(y):
            style = {"color": "black", "markersize": 10, "markeredgecolor": "white", "zorder": 5, "clip_on": False}
            ax.plot([x], [y], "*", label=self._best_label() if named else None, **style)

    def _best_label(self) -> str:
        value, metric = self.best.get(self.choice.column), self.choice.metric
        score = f"{value:.2f} %" if metric == "exact_match" else f"{metric} {value:.3f}"
        at = f", update {self.best['updates']}" if self.unit == "updates" else ""
        return f"best: epoch {self.best['epoch']}{at} ({score})"


def _run_of(rows: Iterable[Row]) -> Run:
    rows = list(rows)
    return Run(rows, choice_of(rows))


def last_epochs(rows: Iterable[Row], last: int | None) -> list[Row]:
    """The rows of the ``last`` latest epochs; all of them for None."""
    rows = list(rows)
    if last is None:
        return rows
    kept = sorted({row["epoch"] for row in rows})[-last:] if last > 0 else []
    return [row for row in rows if row["epoch"] in kept]


def draw_curves(rows: Iterable[Row] | Run, path: str | Path, last: int | None = None, processes: bool = False) -> None:
    """Draw a run to a PNG, SVG or PDF file, replacing what is there in one step.

    Args:
        rows: rows of a history, or a run.
        path: the picture; its ending chooses the format.
        last: keep only that many epochs, the latest ones.
        processes: also accuracy per process and added metrics.

    Raises:
        InputError: another ending, or the file cannot be written.
    """
    picture_format(path)  # before anything is drawn
    save_picture([CurvesDisplay.from_rows(rows, last, processes).plot().figure_], path)


def _new_axes(panels: int, width: float) -> list[Axes]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, (2.6 if panels < 3 else 2.0) * panels + 0.4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return list(figure.subplots(panels, 1, sharex=True, squeeze=False)[:, 0])


def _draw(ax: Axes, line: Line, label: str, color: str, n: int) -> None:
    x, y = line
    marker = "." if len(x) <= _MARKED_POINTS else None
    ax.plot(x, y, color=color, linestyle=DASHES[n % len(DASHES)], marker=marker, linewidth=1.4, label=_plain(label))


def _plain(label: str) -> str:
    """A label that matplotlib takes for no formula."""
    return shortened(drawable(label)).replace("$", r"\$")


def _legend(ax: Axes, columns: int = 3) -> None:
    """Above the panel, where it never covers a curve."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, **_LEGEND)


def _line(rows: list[Row], unit: str, name: str) -> Line:
    points = [(row[unit], row.get(name)) for row in rows]
    points = [(x, y) for x, y in points if isinstance(y, (int, float)) and math.isfinite(y)]
    return [x for x, _ in points], [y for _, y in points]


def _measured(lines: dict[str, Line]) -> dict[str, Line]:
    return {name: line for name, line in lines.items() if line[0]}


def _subset_label(subset: str) -> str:
    return "validation" if subset == "valid" else f"validation: {subset}"
