"""All benchmarks; writes RESULTS.md beside itself. Usage: ``make bench``."""

from __future__ import annotations

import datetime
import logging
from pathlib import Path

logging.disable(logging.INFO)  # fairseq greets whoever imports it

import setting  # noqa: E402

import fairseq_phonology  # noqa: E402  (registers the task)


def main() -> None:
    setting.WORK.mkdir(exist_ok=True)
    for size in ("tiny", "small"):
        setting.trained(size)
    import analysis
    import attention
    import calibration
    import causal_calibration
    import condition_error_rates
    import interventions
    import model_calibration
    import people
    import scoring
    import sham
    import studies
    import training
    import validation

    lines = [
        "# Measured",
        "",
        f"One full run of `make bench` on {datetime.date.today()}: {setting.machine()},",
        f"fairseq_phonology {fairseq_phonology.__version__}. Ratios are within the run; seconds mean little elsewhere.",
        "",
        f"## Validation (transformer_phonology_small, {setting.VALID:,} words of nonce Korean)",
        "",
        "| What | Measured | Target |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {target} |" for what, measured, target in validation.rows()),
        "",
        f"## Training (transformer_phonology_small, {setting.TRAIN:,} words of nonce Korean)",
        "",
        "| What | Measured | Target |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {target} |" for what, measured, target in training.rows()),
        "",
        f"## Attention ({setting.VALID:,} words of nonce Korean; generation without printing)",
        "",
        "| What | Measured | Target |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {target} |" for what, measured, target in attention.rows()),
        "",
        "## Candidates (the probabilities of given SRs)",
        "",
        "| What | Measured | Target |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {target} |" for what, measured, target in scoring.rows()),
        "",
        f"## Interventions ({4 * interventions.STEMS * interventions.SUFFIXES} words of a crossed design)",
        "",
        "| What | Measured | Target |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {target} |" for what, measured, target in interventions.rows()),
        "",
        *causal_calibration.lines(),
        "## Analysis (the real command on dumps with planted effects, figures and report included)",
        "",
        "| What | Measured | Target |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {target} |" for what, measured, target in analysis.rows()),
        "",
        "## Studies (two seeds, three epochs, one question)",
        "",
        "| What | Measured | Target |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {target} |" for what, measured, target in studies.rows()),
        "",
        *calibration.lines(),
        *sham.lines(),
        *model_calibration.lines(),
        *condition_error_rates.lines(),
        *people.lines(),
    ]
    text = "\n".join(lines)
    print(text)
    Path(__file__).with_name("RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
