"""What other verbs found of the same model, for the report of `analyze`: a folder of `intervene`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..phonology.errors import InputError

if TYPE_CHECKING:
    from ..analysis.causal import Causal


def causal_in(folder: str | Path | None, process: str, manifest: Mapping[str, Any]) -> Causal | None:
    """What is in a folder of `intervene`; None where none is given.

    Args:
        folder: which.
        process: that `analyze` asks about.
        manifest: of its dump.

    Raises:
        InputError: it is no such folder, of another process, or of another checkpoint than the dump.
    """
    if folder is None:
        return None
    from ..analysis.causal_reading import read_causal

    found = read_causal(folder)
    if found.process != process:
        raise InputError(f"is about {found.process!r}, not {process!r}", folder)
    own, dumped = found.facts.get("checkpoint_sha256"), manifest.get("checkpoint_sha256")
    if own and dumped and own != dumped:
        raise InputError(f"is of another model than the dump (checkpoint {own[:12]}, the dump's {dumped[:12]})", folder)
    return found
