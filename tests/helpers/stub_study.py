"""A study of four steps that take a moment, on the real engine: what the verb does around the steps is under test.

``python -m tests.helpers.stub_study study STUDY ...`` is ``fairseq-phonology study STUDY ...`` with another workflow.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

sys.argv[0] = "fairseq-phonology"  # by which the package knows that it need not import fairseq

from fairseq_phonology.commands import main  # noqa: E402
from fairseq_phonology.workflow import steps, trainer  # noqa: E402
from fairseq_phonology.workflow.engine import progress, run  # noqa: E402
from fairseq_phonology.workflow.results import due as records  # noqa: E402
from fairseq_phonology.workflow.steps import Job  # noqa: E402
from fairseq_phonology.workflow.study import Study  # noqa: E402

SEEDS = "1", "2"


def jobs(study: Study) -> list[Job]:
    """The steps of ``stub.smk``."""

    def job(rule: str, command: str, inputs: tuple[str, ...], **wildcards: str) -> Job:
        return Job(rule, wildcards, command, inputs, (), study.dest)

    trainings = [
        job("train", f"the runner -- fairseq-train data/bin --seed {seed}", ("nonce.tsv",), model="model", seed=seed)
        for seed in SEEDS
    ]
    stamps = tuple(out for training in trainings for out in training.outputs)
    nonce = job("nonce", "fairseq-phonology nonce grammar.toml --n 3 --out nonce.tsv", ())
    return [nonce, *trainings, job("index", "python3 -m fairseq_phonology.workflow.results.index", stamps)]


def due(study: Study) -> set[str]:
    """What is not there of the first outputs, which the steps make."""
    return {job.outputs[0] for job in jobs(study) if not (study.dest / job.outputs[0]).exists()}


if __name__ == "__main__":
    steps.jobs = progress.jobs = run.jobs = records.jobs = jobs
    run.SNAKEFILE = Path(__file__).with_name("stub.smk")
    trainer.check_study = lambda *_, **__: None
    run.due = progress.due = due
    run.read_results = lambda _, stale: SimpleNamespace(found="models/model/2.json" not in stale, stale=stale)
    run.say_results = lambda results: ["the results", *sorted(results.stale)]
    sys.exit(main())
