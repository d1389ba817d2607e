"""Figures by name: a function that makes one, in which place of which page it stands, and the words around it.

Ours register as a user's do: every module of this folder is imported by `figures`, so that a figure is one file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...registry import Registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# place of a figure -> what the function that makes it gets
PLACES = {
    "attention": "a Study",
    "interventions": "a Causal, and the HeadEffects of heads",
    "dynamics": "a Dynamics",
    "models": "a Models",
    "scores": "a Scores",
    "people": "a Comparison",
    "conditions": "a ConditionStudy",
    "errors": "an Errors",
}
FIGURES = Registry("figure", "register_figure")
_STANDS: dict[str, tuple[str, int]] = {}  # name of a figure -> its place, and its rank there


@dataclass(frozen=True)
class Caption:
    """The words around a figure.

    Attributes:
        title: a phrase that ends in a full stop.
        text: how to read it, and the numbers.
        alt: what stands in for it where it cannot be seen; the title by default.
    """

    title: str = ""
    text: str = ""
    alt: str = ""

    @property
    def alternative(self) -> str:
        """The alt text, or the title."""
        return self.alt or self.title


@dataclass(kw_only=True)
class Display:
    """A figure of ours: holds what is drawn, and draws it with ``plot``. Each class adds its data.

    Attributes:
        caption: the words around it.
        fonts: font families, each for what those before it lack.
        axes_: axes that were drawn on, after ``plot``; of several a list.
        figure_: the figure they belong to, after ``plot``.
    """

    caption: Caption = field(default_factory=Caption)
    fonts: list[str] = field(default_factory=list)
    axes_: Any = None
    figure_: Figure | None = None


@dataclass(frozen=True)
class ReportFigure:
    """A figure of one's own and the words around it, in the report.

    Attributes:
        figure_: drawn, without pyplot: ``matplotlib.figure.Figure(layout="constrained")``.
        title, text, alt: as in `Caption`.
    """

    figure_: Figure
    title: str
    text: str = ""
    alt: str = ""

    @property
    def caption(self) -> Caption:
        """The words around it."""
        return Caption(self.title, self.text, self.alt)


@dataclass(frozen=True)
class Picture:
    """A figure that was written.

    Attributes:
        file: SVG or PNG.
        caption: the words around it.
        place: where it stands, one of `PLACES`.
    """

    file: Path
    caption: Caption
    place: str = "attention"


def register_figure(name: str, place: str = "attention", rank: int = 100) -> Callable:
    """Add a figure to the report: a decorator for a function that makes it.

    The function is called once, after all tests. It returns a `ReportFigure`, or a `Display`; or None where there is
    nothing to draw. The figure is written to ``figures/NAME.png`` and ``.svg``, and stands in the report.

    Args:
        name: of the files.
        place: where it stands, which decides what the function gets: ``attention`` (a `Study`), ``interventions`` (a
            `Causal`, and a dictionary from heads to what their attention does), ``dynamics`` (a `Dynamics`),
            ``models`` (a `Models`), ``scores`` (a `Scores`), ``people`` (a `Comparison`), ``conditions`` (a
            `ConditionStudy`) or ``errors`` (an `Errors`, in the folder of the verb of that name).
        rank: figures of a place stand in this order; ours are below 100.

    Raises:
        InputError: no such place; a name that is taken, or not made of small letters, digits and inner hyphens.
    """
    if place not in PLACES:
        raise InputError(f"figure {name!r} has the place {place!r}; allowed: {', '.join(PLACES)}")
    put = FIGURES.register(name)

    def register(make: Callable) -> Callable:
        made = put(make)  # a name that is taken is refused, and what has it keeps its place
        _STANDS[name] = place, rank
        return made

    return register


def figures_of(place: str) -> dict[str, Callable[..., Any]]:
    """Name of each figure of that place -> the function that makes it, in order."""
    names = [name for name in FIGURES.names if _STANDS[name][0] == place]
    return {name: FIGURES.find(name) for name in sorted(names, key=lambda name: _STANDS[name][1])}
