"""Figures over all models of a study: the curves of every training, and exact match by the number of training words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...analysis.figures import style
from ...analysis.figures.registered import Caption, Display
from ...text import count, counted, listed, percent_of
from ...training.history.curves import COLORS, DASHES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .found import Results, Run

_PANELS = {"valid_loss": "validation loss (bits)", "exact_match": "exact match (% of words)"}
VALIDATION = "validation"


@dataclass(kw_only=True)
class CurvesOfSeeds(Display):
    """Validation loss and exact match by epoch: compute with `from_results`, then `plot`.

    Attributes:
        lines: model -> seed -> column of the history -> epochs and values.
        best: model and seed -> column -> epoch and value of the best validation.
    """

    lines: dict[str, dict[int, dict[str, tuple[list[float], list[float]]]]]
    best: dict[tuple[str, int], dict[str, tuple[float, float]]]

    @classmethod
    def from_results(cls, results: Results) -> CurvesOfSeeds | None:
        """Of every training that has a validation; None if none has."""
        runs = [run for run in results.runs if run.rows]
        if not any(_validations(run) for run in runs):
            return None
        lines: dict[str, dict[int, dict[str, tuple[list[float], list[float]]]]] = {}
        for run in runs:
            lines.setdefault(run.model, {})[run.seed] = {name: _line(run, name) for name in _PANELS}
        best = {run.key: {n: (run.best["epoch"], run.best[n]) for n in _PANELS if run.best.get(n) is not None}
                for run in runs if run.best}  # fmt: skip
        letters, fonts = style.letter(lines)
        drawn = {letters[model]: seeds for model, seeds in lines.items()}
        best = {(letters[model], seed): each for (model, seed), each in best.items()}
        return cls(lines=drawn, best=best, caption=_curves_caption(results, runs), fonts=fonts)

    def plot(self) -> CurvesOfSeeds:
        """Draw on a new figure; never shows.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            trainings = [line for seeds in self.lines.values() for line in seeds.values()]
            shown = [name for name in _PANELS if any(line[name][0] for line in trainings)]
            figure, axes = _new(len(shown), 78)
            for ax, name in zip(axes, shown, strict=True):
                for n, (model, seeds) in enumerate(self.lines.items()):
                    look = {"color": COLORS[n % len(COLORS)], "linestyle": DASHES[n // len(COLORS) % len(DASHES)]}
                    for m, (seed, line) in enumerate(seeds.items()):
                        ax.plot(*line[name], linewidth=0.8, alpha=0.85, label=model if m == 0 else None, **look)
                        if name in (best := self.best.get((model, seed), {})):
                            ax.plot(*best[name], "o", markersize=3.2, color=look["color"], zorder=3)
                ax.set(xlabel="epoch", ylabel=_PANELS[name])
                ax.xaxis.get_major_locator().set_params(integer=True)
                style.tidy(ax)
            if len(self.lines) > 1:
                axes[-1].legend(loc="lower right", ncols=1 if len(self.lines) < 7 else 2)
            self.axes_, self.figure_ = axes, figure
        return self


@dataclass(kw_only=True)
class LearningCurve(Display):
    """Exact match by the number of training words: compute with `from_results`, then `plot`.

    Attributes:
        panels: list -> model without its size -> training words -> exact match of every seed, in %.
    """

    panels: dict[str, dict[str, dict[int, list[float]]]]

    @classmethod
    def from_results(cls, results: Results) -> LearningCurve | None:
        """Of every finished list, and of validation; None without several sizes."""
        if len({run.size for run in results.runs if run.size is not None}) < 2:
            return None
        panels: dict[str, dict[str, dict[int, list[float]]]] = {}
        runs = {run.key: run for run in results.runs if run.size is not None and run.stamp}
        points = [(VALIDATION, run, run.best["exact_match"]) for run in runs.values()
                  if run.best and run.best.get("exact_match") is not None]  # fmt: skip
        points += [(each.list, runs[each.model, each.seed], each.errors.exact_match) for each in results.tested
                   if (each.model, each.seed) in runs]  # fmt: skip
        for name, run, value in points:
            base = run.model.removesuffix(f"-{run.size}")
            panels.setdefault(name, {}).setdefault(base, {}).setdefault(run.size, []).append(value)
        if not panels:
            return None
        _, fonts = style.letter([*panels, *(model for each in panels.values() for model in each)])
        return cls(panels=panels, caption=_learning_caption(results, panels), fonts=fonts)

    def plot(self) -> LearningCurve:
        """Draw on a new figure; never shows.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

        letters, _ = style.letter([*self.panels, *(model for each in self.panels.values() for model in each)])
        sizes = sorted({size for each in self.panels.values() for points in each.values() for size in points})
        with style.drawing(self.fonts):
            figure, axes = _new(len(self.panels), 72)
            for ax, (name, models) in zip(axes, self.panels.items(), strict=True):
                for n, (model, points) in enumerate(models.items()):
                    color, dash = COLORS[n % len(COLORS)], DASHES[n % len(DASHES)]
                    places = sorted(points)
                    ax.plot(places, [sum(points[x]) / len(points[x]) for x in places], color=color, linestyle=dash,
                            linewidth=1.1, label=letters[model])  # fmt: skip
                    for x in places:
                        ax.plot([x] * len(points[x]), points[x], "o", markersize=3.6, markerfacecolor="none",
                                markeredgecolor=color, markeredgewidth=0.8)  # fmt: skip
                ax.set_xscale("log")
                ax.xaxis.set_major_locator(FixedLocator(sizes))
                ax.xaxis.set_minor_locator(NullLocator())
                ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
                ax.set(xlabel="training words (log scale)", ylabel=_PANELS["exact_match"])
                ax.set_title(letters[name], loc="left", **style.heading(letters[name], self.fonts))
                style.tidy(ax)
            if len(self.panels[name]) > 1:
                axes[-1].legend(loc="lower right")
            self.axes_, self.figure_ = axes, figure
        return self


def _new(panels: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with panels beside each other, two in a row."""
    columns = min(panels, 2)
    rows = -(-panels // 2)
    figure = style.new_figure(style.PAGE if columns > 1 else style.COLUMN + 20, height * rows)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for spare in axes[panels:]:
        spare.remove()
    return figure, axes[:panels]


def _validations(run: Run) -> list[dict]:
    """Of the first subset, which also chooses the best checkpoint."""
    rows = [row for row in run.rows if row["subset"]]
    return [row for row in rows if row["subset"] == rows[0]["subset"]]


def _line(run: Run, name: str) -> tuple[list[float], list[float]]:
    points = [(row["epoch"], row[name]) for row in _validations(run) if row.get(name) is not None]
    return [x for x, _ in points], [y for _, y in points]


def _curves_caption(results: Results, runs: list[Run]) -> Caption:
    models, seeds = list(results.study.models), results.study.seeds
    of = counted(len(models), "model") if len(models) > 1 else "the model"
    whose = f"{of} with {counted(len(seeds), 'seed')}{' each' if len(models) > 1 else ''}"
    going = sum(run.stamp is None for run in results.runs)
    text = (
        f"A line is one training of {whose}; a point marks the validation whose checkpoint is the best: most words "
        "right, then the lower loss, then the earlier."
        + (f" Colors tell the models apart: {listed(models)}." if len(models) > 1 else "")
        + (f" {count(going, 'training')} of {len(results.runs)} not finished." if going else "")
    )
    ends = [run.best["exact_match"] for run in runs if run.best and run.best.get("exact_match") is not None]
    low, high = (percent_of(end, 100, 1) for end in (min(ends, default=0), max(ends, default=0)))
    reached = f" The best validations have {low.removesuffix(' %')} to {high} of words right." if ends else ""
    alt = f"Curves of {count(len(runs), 'training')} by epoch.{reached}"
    return Caption("Validation loss and exact match by epoch.", text, alt)


def _learning_caption(results: Results, panels: dict[str, dict[str, dict[int, list[float]]]]) -> Caption:
    means = [
        f"{name}, {model}: "
        + ", ".join(f"{percent_of(sum(points[x]), 100 * len(points[x]), 1)} with {x:,}" for x in sorted(points))
        for name, models in panels.items()
        for model, points in models.items()
    ]
    text = (
        "A circle is one seed, the line their mean; no test between sizes or models is made. "
        "The training words of a smaller size are among those of a larger one."
    )
    return Caption("Exact match by the number of training words.", text, f"Mean exact match. {'; '.join(means)}.")
