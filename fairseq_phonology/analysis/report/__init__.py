"""The report: one page that holds the verdict, what it rests on, and the words to look at."""

from .explorer import ExplorerData, explorer_data
from .page import write_report

__all__ = ["ExplorerData", "explorer_data", "write_report"]
