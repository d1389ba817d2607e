"""From dumps and checkpoints to a folder of results: what the verbs do, as Python functions.

Nothing here needs torch until a model is run.
"""

from ..contrasts.analyze import Options
from ..interventions.run import Running
from .attention import AttentionStudy, analyze
from .interventions import InterventionStudy, intervene
from .over_time import dynamics

__all__ = ["AttentionStudy", "InterventionStudy", "Options", "Running", "analyze", "dynamics", "intervene"]
