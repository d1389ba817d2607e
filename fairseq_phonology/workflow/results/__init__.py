"""What a study found: read from its folder, said in the terminal, handed on as a page, a table and an archive."""

from .found import Results
from .read import read_results
from .said import say_results

__all__ = ["Results", "read_results", "say_results"]
