"""What several models have in common: the model is the unit (DESIGN section 5, several models)."""

from __future__ import annotations

from collections.abc import Mapping

from .causal import Causal
from .interventions import Interventions
from .model_rows import FEWEST, ModelRow, Models, ModelTest, RouteEffect
from .study import Study

__all__ = ["FEWEST", "ModelRow", "ModelTest", "Models", "RouteEffect", "compare_causal", "compare_models"]


def compare_models(studies: Mapping[str, Study], seed: int = 1) -> Models:
    """Do models attend to the trigger of a process?

    Args:
        studies: name of the model -> its study, of the same process and items.
        seed: of splits, flips and resampling.

    Raises:
        InputError: fewer than two, or of different processes, grammars or designs.
    """
    raise NotImplementedError


def compare_causal(studies: Mapping[str, tuple[Interventions, Causal]], seed: int = 1) -> Models:
    """Do models use the trigger, and by which route?

    Args:
        studies: name of the model -> what became of it, and its statistics; of the same process and items.
        seed: of splits, flips and resampling.

    Raises:
        InputError: fewer than two, or of different processes, grammars or designs.
    """
    raise NotImplementedError
