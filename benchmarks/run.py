"""All benchmarks, or the sections that are named, into RESULTS.md beside this file.

Usage: ``make bench``, or ``make bench SECTIONS=step_three,peers``; README.md says what each measures and how long that
takes. With PHONOLOGY_BENCH=small in the environment everything is small, to try the programs: nothing is written.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import logging
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

logging.disable(logging.INFO)  # fairseq greets whoever imports it

import results  # noqa: E402
import setting  # noqa: E402

import fairseq_phonology  # noqa: E402  (registers the task)

RESULTS = Path(__file__).with_name("RESULTS.md")
KOREAN = f"{setting.VALID:,} words of nonce Korean"
# module -> heading of the rows that it has; "" of one that writes its own section
SECTIONS = {
    "validation": f"Validation (transformer_phonology_small, {KOREAN})",
    "step_three": f"Step three (20 checkpoints of transformer_phonology_small, {KOREAN}; whole processes)",
    "training": f"Training (transformer_phonology_small, {setting.TRAIN:,} words of nonce Korean)",
    "peers": f"Peers (3 + 3 layers, 128/512, 4 heads; {setting.TRAIN:,} words of nonce Korean)",
    "learning": f"Learning (3 + 3 layers, 128/512, 4 heads; {setting.TRAIN:,} words of nonce Korean)",
    "selection": "Selection (by exact match against by loss: words of the test list that are right)",
    "attention": f"Attention ({KOREAN}; generation without printing)",
    "commands": f"Commands ({KOREAN}; whole processes)",
    "start_up": "Start-up (`--help` of every verb; whole processes)",
    "scoring": "Candidates (the probabilities of given SRs)",
    "interventions": "Interventions (words of a crossed design)",
    "causal_calibration": "",
    "analysis": "Analysis (the real command on dumps with planted effects, figures and report included)",
    "growth": "Growth (time and memory of whole processes, with the words)",
    "studies": "Studies (two seeds, three epochs, one question)",
    "calibration": "",
    "sham": "",
    "model_calibration": "",
    "condition_error_rates": "",
    "people": "",
}
ORDER = [
    *("Validation", "Step three", "Training", "Peers", "Learning", "Selection", "Attention", "Commands", "Start-up"),
    *("Candidates", "Studies", "Analysis", "Growth", "Interventions", "Use", "Calibration", "Sham contrasts"),
    *("Several models", "Conditions", "Models beside people"),
]


def section(name: str) -> Iterator[str]:
    """One section, with the day and the machine behind its heading."""
    machine, begin = setting.machine(), time.monotonic()
    module, heading = importlib.import_module(name), SECTIONS[name]
    heading, *lines = [f"## {heading}", "", *results.table(module.rows())] if heading else module.lines()
    minutes = (time.monotonic() - begin) / 60
    yield from (heading, "")
    yield (
        f"Of {datetime.date.today()}, {machine}; fairseq_phonology {fairseq_phonology.__version__}; "
        f"took {minutes:.0f} minutes."
    )
    yield from lines if lines[:1] == [""] else ["", *lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    known = ", ".join(SECTIONS)
    parser.add_argument("sections", nargs="?", default="", help=f"separated by commas; by default all: {known}")
    names = [name for name in parser.parse_args().sections.split(",") if name] or list(SECTIONS)
    if unknown := [name for name in names if name not in SECTIONS]:
        parser.error(f"no section {', '.join(unknown)}; known: {known}")
    setting.WORK.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")  # fairseq's about torch
    for name in names:
        text = "\n".join(section(name))
        print(text, flush=True)
        if setting.SMALL:
            continue
        # after each, so that nothing is lost where one fails
        written = results.with_sections(RESULTS.read_text(encoding="utf-8"), results.sections_of(text), ORDER)
        RESULTS.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
