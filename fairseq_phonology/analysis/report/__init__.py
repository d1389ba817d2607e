"""The report: one page that holds the verdict, what it rests on, and the words to look at."""

from .page import write_report
from .sections.explorer import ExplorerData, explorer_data

__all__ = ["ExplorerData", "explorer_data", "write_report"]
