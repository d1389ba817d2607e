"""Figures that a user-dir adds to the report: a function from a `Study` to a `ReportFigure`, registered by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...registry import Registry
from ..contrasts.study import Study
from ..report.captions import Caption

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OURS = ("window", "effect-map", "units", "sink", "segments")  # of every study
_OF_OTHERS = ("routes", "attention-and-effect", "dynamics")  # where interventions or a run are shown as well
FIGURES = Registry("figure", "register_figure", (*OURS, *_OF_OTHERS))


@dataclass(frozen=True)
class ReportFigure:
    """A figure and the words around it, in the report.

    Attributes:
        figure_: drawn, without pyplot: ``matplotlib.figure.Figure(layout="constrained")``.
        title: a phrase that ends in a full stop.
        text: how to read it, and the numbers.
        alt: what stands in for it where it cannot be seen; the title by default.
    """

    figure_: Figure
    title: str
    text: str = ""
    alt: str = ""


def register_figure(name: str) -> Callable:
    """Add a figure to the report: a decorator for a function of a `Study`.

    ``analyze`` calls it once, after all tests, and writes what it returns to ``figures/NAME.png`` and ``.svg``, and to
    the report, after its own figures. It may return None where the study has nothing to draw.

    Raises:
        InputError: the name is taken, or not made of small letters, digits and inner hyphens.
    """
    return FIGURES.register(name)


def save_registered_figures(study: Study, folder: str | Path) -> tuple[dict[str, Path], dict[str, Caption]]:
    """Draw and write every figure that was registered and has something to draw.

    Returns:
        Name of each -> its SVG; name of each -> its caption.

    Raises:
        InputError: a function returned something else, or a file cannot be written.
    """
    from .saving import save_drawn

    drawn = {}
    for name in FIGURES.names:
        made = FIGURES.find(name)(study)
        if made is not None and not isinstance(made, ReportFigure):
            raise InputError(f"figure {name!r} returned {type(made).__name__}; allowed: ReportFigure, or None")
        if made is not None:
            drawn[name] = made
    captions = {name: Caption(made.title, made.text, made.alt or made.title) for name, made in drawn.items()}
    return (save_drawn(drawn, folder) if drawn else {}), captions
