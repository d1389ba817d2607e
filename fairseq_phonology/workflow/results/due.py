"""Which results are not of what a study asks for now."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import read_json
from ..steps import Job, jobs
from ..study import Study

_RECORDS = Path(".snakemake")  # of what was made: by which command, of which files


def due(study: Study) -> frozenset[str]:
    """Outputs of the steps that are to be done, for the first time or again.

    As Snakemake plans it, from its records: what is not there, was interrupted, was made by another command or of other
    files of the user's, is older than what it is made of, or is made of what is due itself.

    Args:
        study: as its file is now.

    Returns:
        Paths from the folder of the study. Where there are no records, all.
    """
    made, interrupted = _made(study), dict(_records(study.dest / _RECORDS / "incomplete"))
    found: set[str] = set()
    for job in jobs(study):  # each after those that it needs
        if (
            found.intersection(job.inputs)
            or interrupted.keys() & set(job.outputs)
            or not all(path in made and (study.dest / path).is_file() for path in job.outputs)
            or not all(_made_as_asked(made[path], job) for path in job.outputs)
            or _is_older(job)
        ):
            found.update(job.outputs)
    return frozenset(found)


def unrecorded(study: Study) -> list[str]:
    """Outputs that are there, and nothing says what they were made for: Snakemake takes them for what is asked for."""
    made = _made(study)
    outputs = (path for job in jobs(study) for path in job.outputs if path not in made)
    return [path for path in outputs if (study.dest / path).exists()]


def _made(study: Study) -> dict[str, dict[str, Any]]:
    """Output -> Snakemake's record of it; one that a kill or a full disk has cut short is none."""
    found = {}
    for path, file in _records(study.dest / _RECORDS / "metadata"):
        with suppress(InputError):
            found[path] = read_json(file, dict[str, Any], "record of Snakemake")
    return found


def _records(folder: Path) -> Iterator[tuple[str, Path]]:
    """Path of an output -> its record, whose name is that path; a long one is a folder in a folder."""
    for file in folder.rglob("*"):
        with suppress(ValueError):  # another file, such as .DS_Store
            name = "".join(part.removeprefix("@") for part in file.relative_to(folder).parts)
            path = urlsafe_b64decode(name).decode("utf-8")
            if file.is_file():
                yield path, file


def _made_as_asked(record: dict[str, Any], job: Job) -> bool:
    params = record.get("params") or ()
    return repr(job.command) in params and repr(job.digests) in params


def _is_older(job: Job) -> bool:
    try:
        made, of = ([(job.dest / path).stat().st_mtime_ns for path in paths] for paths in (job.outputs, job.inputs))
    except FileNotFoundError:  # the engine, at work already, has just removed it
        return True
    return max(of, default=0) > min(made)
