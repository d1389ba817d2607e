"""Figures of a study, for a paper and for the report: each computes first, then draws on any axes.

A module here that registers a figure (`register_figure`) is found by itself: adding a figure is adding a file.
"""

import importlib
import pkgutil

from .registered import Caption, Picture, ReportFigure, register_figure
from .saving import save_figure, save_figures

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)

__all__ = ["Caption", "Picture", "ReportFigure", "register_figure", "save_figure", "save_figures"]
