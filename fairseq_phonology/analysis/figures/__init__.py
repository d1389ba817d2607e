"""Pictures of a study, for a paper and for the report: each computes first, then draws on any axis."""

from .effect_map import EffectMapDisplay
from .saving import available, save_figure, save_figures
from .segments import SegmentsDisplay
from .sink import SinkDisplay
from .units import UnitsDisplay
from .window import WindowDisplay

__all__ = [
    "EffectMapDisplay",
    "SegmentsDisplay",
    "SinkDisplay",
    "UnitsDisplay",
    "WindowDisplay",
    "available",
    "save_figure",
    "save_figures",
]
