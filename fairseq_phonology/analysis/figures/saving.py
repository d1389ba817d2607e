"""Every figure of a study as PNG and SVG: the same study makes the same files."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ..contrasts.study import Study
from ..events.events import Head
from ..interventions.effects import Causal
from .attention_and_effect import AttentionAndEffectDisplay, Looks
from .cells import cell_events, main_family
from .effect_map import EffectMapDisplay
from .routes import RoutesDisplay
from .segments import SegmentsDisplay
from .sink import SinkDisplay
from .units import UnitsDisplay
from .window import WindowDisplay

FORMATS = ("png", "svg")


def available(study: Study) -> dict[str, Any]:
    """Name of the file -> class of the display, for the figures that the study has data for."""
    family = main_family(study)
    displays: dict[str, Any] = {}
    views = study.events.views
    if views and np.isfinite(views[0].mass[cell_events(study)["TR"]]).any():
        displays["window"] = WindowDisplay
    if family is not None:
        displays["effect-map"] = EffectMapDisplay
    if study.design is not None:
        displays["units"] = UnitsDisplay
    if "window" in displays:
        displays["sink"] = SinkDisplay
    if family is not None and study.design is not None and any(family.segments.values()):
        displays["segments"] = SegmentsDisplay
    return displays


def save_figures(study: Study, folder: str | Path) -> dict[str, Path]:
    """Draw and write ``window``, ``effect-map``, ``units``, ``sink`` and ``segments``, as far as there is data.

    Args:
        study: what was measured and tested.
        folder: where to; made if it is not there.

    Returns:
        Name of each figure -> its SVG; the PNG lies beside it.

    Raises:
        InputError: a file cannot be written.
    """
    from tqdm import tqdm

    displays = available(study).items()
    made = tqdm(displays, "figures", delay=1, disable=not sys.stderr.isatty(), leave=False)
    return save_displays(((name, display.from_study(study)) for name, display in made), folder)


def save_causal_figures(
    causal: Causal, folder: str | Path, looks: Mapping[Head, Looks] | None = None
) -> dict[str, Path]:
    """Draw and write ``routes`` and, if what the heads look at is given, ``attention-and-effect``.

    Args:
        causal: what was tested.
        folder, returns and raises: as `save_figures`.
        looks: of the same model's heads.
    """
    displays = [("routes", RoutesDisplay.from_causal(causal))]
    with contextlib.suppress(ValueError):  # no head has both
        displays.append(("attention-and-effect", AttentionAndEffectDisplay.from_causal(causal, looks or {})))
    return save_displays(displays, folder)


def save_drawn(drawn: Mapping[str, Any], folder: str | Path) -> dict[str, Path]:
    """Write what is drawn already, by name: anything with a ``figure_``.

    Args:
        folder, returns and raises: as `save_figures`.
    """
    return save_displays(drawn.items(), folder)


def save_displays(displays: Iterable[tuple[str, Any]], folder: str | Path) -> dict[str, Path]:
    """Draw and write displays by name; returns and raises as `save_figures`."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror or error}", folder) from None
    written = {}
    for name, display in displays:
        drawn = display.plot() if display.figure_ is None else display
        for ending in FORMATS:
            written[name] = folder / f"{name}.{ending}"  # the SVG is the last
            save_figure(drawn, written[name])
    return written


def save_figure(display: Any, path: str | Path) -> None:
    """Write a drawn display at its print size, replacing what is there in one step.

    Args:
        display: drawn.
        path: the picture; its ending, ``.png`` or ``.svg``, chooses the format.

    Raises:
        InputError: another ending, or the file cannot be written.
    """
    import matplotlib

    path = Path(path)
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise InputError("the name of a figure ends in .png or .svg", path)
    temporary = path.with_name(f".{path.name}.tmp")
    metadata = {"Date": None} if ending == "svg" else {}  # neither the date nor random ids
    try:
        with matplotlib.rc_context({"svg.hashsalt": "figures", "svg.fonttype": "path"}):
            display.figure_.savefig(temporary, format=ending, metadata=metadata)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror or error}", path) from None
