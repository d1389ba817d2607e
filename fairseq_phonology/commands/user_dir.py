"""``fairseq-phonology user-dir``: where the installed package lies, for fairseq's ``--user-dir``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EXAMPLE = "fairseq-phonology user-dir"
_USE = 'fairseq-train data/bin --user-dir "$(fairseq-phonology user-dir)" --task phonology ...'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(args: argparse.Namespace) -> None:
    """Print the path and nothing else: a shell puts it into another command."""
    print(Path(__file__).resolve().parents[1])
    if sys.stdout.isatty():
        print(f"use: {_USE}", file=sys.stderr)
