"""Designs, events, dumps, models and runs for the tests; imported as ``from tests.helpers import designed``."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "user_dir_examples"
