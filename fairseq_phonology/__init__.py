"""fairseq_phonology: train, choose and look into models that map underlying to surface forms.

Importing it registers the task, scorer and architectures with fairseq where fairseq is installed,
and lets checkpoints load through PyTorch's restricted unpickler. Nothing else happens.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import logging
import sys
from pathlib import Path

__version__ = "0.1.0"

# public name -> module that defines it; imported on first use, so that what needs no torch loads none
_PUBLIC = {
    "analyze": "analysis.pipeline.attention",
    "AttentionDump": "attention.dump.reader",
    "AttentionRecord": "attention.record",
    "compare": "analysis.pipeline.people",
    "CompareOptions": "analysis.people.comparison",
    "Conditions": "analysis.design.conditions",
    "dynamics": "analysis.pipeline.over_time",
    "HumanColumns": "analysis.people.columns",
    "Grammar": "phonology.grammar",
    "InputError": "errors",
    "intervene": "analysis.pipeline.interventions",
    "Inventory": "phonology.natural_classes",
    "Options": "analysis.contrasts.analyze",
    "PhonologyConfig": "task",
    "PhonologyTask": "task",
    "Process": "phonology.process",
    "ReportFigure": "analysis.figures.registered",
    "read_stimuli": "stimuli.items",
    "register_callback": "training.callbacks",
    "register_figure": "analysis.figures.registered",
    "Running": "analysis.interventions.run",
    "score": "analysis.pipeline.scoring",
    "Scores": "analysis.people.scores",
    "segment": "phonology.transcription",
    "ValidationCallback": "training.callbacks",
    "ValidationResult": "training.callbacks",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__():
    return sorted(set(globals()) | set(_PUBLIC))


def _on_our_command_line() -> bool:
    """Our own verbs, and the workflow of a study, import fairseq themselves where they need it: it costs seconds."""
    run = dict(itertools.pairwise(sys.orig_argv)).get("-m", "")  # of python -m MODULE
    program = Path(sys.argv[0] if sys.argv else "").stem
    return program in ("fairseq-phonology", "snakemake") or run.partition(".")[0] in (__name__, "snakemake")


def register() -> None:
    """Make the task, scorer and architectures known to fairseq, and let checkpoints load safely.

    Importing fairseq asks for the debugging lines of every library: one of its models calls
    ``logging.basicConfig(level=logging.DEBUG)``. Where fairseq is imported here first, that has no effect; where it was
    imported before, h5py, hydra, matplotlib and pillow are kept from it, unless a level was set for them.
    """
    root, handler = logging.getLogger(), logging.NullHandler()
    root.addHandler(handler)  # where a handler is, basicConfig does nothing
    try:
        importlib.import_module(f"{__name__}.task")
    finally:
        root.removeHandler(handler)
    if root.level == logging.DEBUG:
        for library in map(logging.getLogger, ("h5py", "hydra", "matplotlib", "PIL")):
            if library.level == logging.NOTSET:
                library.setLevel(logging.INFO)


if importlib.util.find_spec("fairseq") is not None and not _on_our_command_line():
    register()
