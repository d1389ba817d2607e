"""One row a validation: history.csv, logs of fairseq-train, curves."""

from .history import load_history

__all__ = ["load_history"]
