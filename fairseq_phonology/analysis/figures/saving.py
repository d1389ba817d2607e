"""Every figure of a place as PNG and SVG: the same results make the same files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import write_whole
from .registered import Picture, figures_of

FORMATS = ("png", "svg")


def save_figures(place: str, folder: str | Path, *found: Any) -> dict[str, Picture]:
    """Draw and write every registered figure of a place, as far as there is data.

    Args:
        place: one of `PLACES`.
        folder: where to; made if it is not there.
        found: what the figures of this place are made from; see `register_figure`.

    Returns:
        Name of each figure -> its SVG, with its caption; the PNG lies beside it.

    Raises:
        InputError: a function returned something else, or a file cannot be written.
    """
    from tqdm import tqdm

    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror or error}", folder) from None
    written = {}
    made = tqdm(figures_of(place).items(), "figures", delay=1, disable=not sys.stderr.isatty(), leave=False)
    for name, make in made:
        display = make(*found)
        if display is None:
            continue
        if not hasattr(display, "figure_") or not hasattr(display, "caption"):
            raise InputError(f"figure {name!r} returned {type(display).__name__}; allowed: ReportFigure, or None")
        if display.figure_ is None:
            display.plot()
        for ending in FORMATS:
            save_figure(display, folder / f"{name}.{ending}")
        written[name] = Picture(folder / f"{name}.svg", display.caption, place)
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
    metadata = {"Date": None} if ending == "svg" else {}  # neither the date nor random ids
    with matplotlib.rc_context({"svg.hashsalt": "figures", "svg.fonttype": "path"}):
        write_whole(path, lambda file: display.figure_.savefig(file, format=ending, metadata=metadata))
