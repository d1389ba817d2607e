"""Pictures of a study, for a paper and for the report: each computes first, then draws on any axis."""

from .attention_and_effect import AttentionAndEffectDisplay, looks_of, read_looks
from .effect_map import EffectMapDisplay
from .models import ModelsDisplay, save_models_figures
from .routes import RoutesDisplay
from .saving import available, save_causal_figures, save_figure, save_figures
from .segments import SegmentsDisplay
from .sink import SinkDisplay
from .units import UnitsDisplay
from .window import WindowDisplay

__all__ = [
    "AttentionAndEffectDisplay",
    "EffectMapDisplay",
    "ModelsDisplay",
    "RoutesDisplay",
    "SegmentsDisplay",
    "SinkDisplay",
    "UnitsDisplay",
    "WindowDisplay",
    "available",
    "looks_of",
    "read_looks",
    "save_causal_figures",
    "save_figure",
    "save_figures",
    "save_models_figures",
]
