"""From dumps and checkpoints to a folder of results: what the verbs do, as Python functions.

Nothing here needs torch until a model is run.
"""

from ..contrasts.analyze import Options
from ..design.conditions import Conditions
from ..interventions.run import Running
from ..people.columns import HumanColumns
from ..people.comparison import CompareOptions
from .attention import AttentionStudy, analyze
from .interventions import InterventionStudy, intervene
from .over_time import dynamics
from .people import compare
from .scoring import score

__all__ = [
    "AttentionStudy",
    "CompareOptions",
    "HumanColumns",
    "Conditions",
    "InterventionStudy",
    "Options",
    "Running",
    "analyze",
    "compare",
    "dynamics",
    "intervene",
    "score",
]
