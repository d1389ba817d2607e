"""What the figures of errors call things."""

from __future__ import annotations

from ....text import counted
from ...errors.measure import Errors


def models_in_words(found: Errors) -> str:
    """``one model``, ``six models together``."""
    number = len(found.names)
    return counted(number, "model") + (" together" if number > 1 else "")
