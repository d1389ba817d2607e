"""What other verbs found of the same model, for the report of `analyze`: folders of `intervene` and `dynamics`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError

if TYPE_CHECKING:
    from .dynamics.reading import Learned
    from .interventions.effects import Causal


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
    from .interventions.reading import read_causal

    found = read_causal(folder)
    _check_process(found.process, process, folder)
    own, dumped = found.facts.get("checkpoint_sha256"), manifest.get("checkpoint_sha256")
    if own and dumped and own != dumped:
        raise InputError(f"is of another model than the dump (checkpoint {own[:12]}, the dump's {dumped[:12]})", folder)
    return found


def learned_in(folder: str | Path | None, process: str, manifest: Mapping[str, Any]) -> Learned | None:
    """What is in a folder of `dynamics`; None where none is given. Arguments as `causal_in`.

    Raises:
        InputError: it is no such folder, of another process, or of a run that the dump's checkpoint is not from, as
            far as the folder says which checkpoints were followed.
    """
    if folder is None:
        return None
    from .dynamics.reading import read_dynamics

    found = read_dynamics(folder)
    _check_process(found.process, process, folder)
    followed, dumped = found.facts.get("checkpoint_sha256"), manifest.get("checkpoint_sha256")
    if followed and dumped and dumped not in followed.values():
        there, left_out = found.facts.get("checkpoints_there"), "of another run"
        if there and there > len(followed):
            left_out = f"of another run, or left out by --every or --at-most ({len(followed)} of {there} were followed)"
        raise InputError(f"the dump's checkpoint {dumped[:12]} is not among those followed: {left_out}", folder)
    return found


def _check_process(found: str, asked: str, folder: str | Path) -> None:
    if found != asked:
        raise InputError(f"is about {found!r}, not {asked!r}", folder)
