"""What a study has found so far, read once from its folder: trainings, lists of words, the verdicts of every question.

Only what the study asks for is read, and only of the checkpoints that are there: a folder that an earlier version of
the study file left, or a result of a model that was trained again since, is none of its results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...analysis.errors.summary import read_summary
from ...errors import InputError
from ...files import read_csv, read_json
from ...training.history.history import FILE_NAME, read_history, recorded_choice
from .. import layout
from ..steps import jobs
from ..study import Study
from .found import Question, Results, Run, Stamp, Tested
from .verdicts import (
    ATTENDS,
    CONDITION,
    DYNAMICS,
    PEOPLE,
    SCORES,
    STIMULI,
    USES,
    Finding,
    finding_in,
    is_of,
    of_attention,
    of_interventions,
    shares,
)  # fmt: skip


def read_results(study: Study, stale: Collection[str] = ()) -> Results:
    """Read what a study has found so far.

    Args:
        study: as its file is now.
        stale: outputs of steps that are due again, from the folder of the study: what lies there is not read.

    Raises:
        InputError: a result cannot be read, or is not what its place says.
    """
    return _Reader(study, frozenset(stale)).results()


class _Reader:
    """Reads one folder; notes what it took from where."""

    def __init__(self, study: Study, stale: frozenset[str]):
        self.study, self.dest, self.stale = study, Path(study.dest), stale
        self.path = self.dest  # of the summary that was read last
        self.folders: list[Path] = []
        self.versions: dict[str, dict[str, None]] = {}
        self.runs = {(model, seed): self._run(model, seed) for model in study.models for seed in study.seeds}

    def results(self) -> Results:
        """All of it."""
        try:
            questions = tuple(self._questions())
        except InputError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            wrong = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            raise InputError(f"is not what this version writes ({wrong}): run the study again", self.path) from None
        lists = tuple(dict.fromkeys(job.wildcards["list"] for job in jobs(self.study) if job.rule == "errors"))
        tested = [self._tested(name, run) for name in lists for run in self.runs.values()]
        versions = {name: tuple(sorted(each)) for name, each in sorted(self.versions.items())}
        runs, folders = tuple(self.runs.values()), tuple(dict.fromkeys(self.folders))
        return Results(self.study, lists, runs, tuple(filter(None, tested)), questions, folders, versions, self.stale)

    def _there(self, rule: str, **wildcards: object) -> Path | None:
        """The folder of a step that is done."""
        made = layout.outputs(rule, **wildcards)
        done = not self.stale.intersection(made) and all((self.dest / path).is_file() for path in made)
        return Path(layout.folder(rule, **wildcards)) if done else None

    def _run(self, model: str, seed: int) -> Run:
        stamp, folder = None, self.dest / layout.save_dir(model, seed)
        (path,) = layout.outputs("train", model=model, seed=seed)
        if self._there("train", model=model, seed=seed):
            stamp = read_json(self.dest / path, Stamp, "stamp of a finished training")
            self._note(stamp.versions)
            self.folders.append(Path(layout.save_dir(model, seed)))
        begun = stamp or not (self.dest / path).is_file()  # else the old one is there until it is trained anew
        rows = read_history(folder / FILE_NAME) if begun and (folder / FILE_NAME).is_file() else []
        size = self.study.models[model].size
        return Run(model, seed, size, stamp, rows, recorded_choice(folder, rows).best(rows))

    def _note(self, versions: Mapping[str, str] | None) -> None:
        for name, version in (versions or {}).items():
            self.versions.setdefault(name, {})[str(version)] = None

    def _summary(
        self, folder: Path | None, model: str, seeds: Sequence[int], process: str = "", whole: bool = True
    ) -> dict[str, Any] | None:
        """The ``summary.json`` in a folder; None if there is none, or of something that the study does not ask now."""
        if folder is None:
            return None
        self.path = self.dest / folder / "summary.json"
        found = read_json(self.path, dict[str, Any], "summary.json")
        current = {stamp.checkpoint_sha256 if (stamp := self.runs[model, seed].stamp) else "" for seed in seeds}
        if not is_of(found, current, whole) or (process and found.get("process") != process):
            return None
        self.folders.append(folder)
        about = found.get("about") or {}
        self._note(about.get("versions"))
        self._note((about.get("manifest") or {}).get("library_versions"))
        return found

    def _tested(self, name: str, run: Run) -> Tested | None:
        which = {"list": name, "model": run.model, "seed": run.seed}
        folder, tested = self._there("errors", **which), self._there("test", **which)
        if run.stamp is None or folder is None or tested is None:
            return None
        dump = self.dest / layout.tested(**which) / "manifest.json"
        if dump.is_file():
            manifest = read_json(dump, dict[str, Any], "manifest of a dump")
            if manifest.get("checkpoint_sha256") not in (None, run.stamp.checkpoint_sha256):
                return None
            self._note(manifest.get("library_versions"))
        self.folders.append(tested)
        (_, header), *rows = read_csv(self.dest / folder / "errors.csv")
        wrong = tuple(dict(zip(header, cells, strict=False)) for _, cells in rows)
        errors = next(iter(read_summary(self.dest / folder).models), None)
        if errors is None:
            raise InputError("has no model in its summary.json: run the study again", self.dest / folder)
        heatmaps = {}
        for word in self.study.lists[name].heatmaps:
            if self._there("heatmap", **which, word=layout.safe(word)):
                (heatmaps[word],) = layout.outputs("heatmap", **which, word=layout.safe(word))
        return Tested(name, *run.key, folder.as_posix(), errors, wrong, heatmaps)

    def _questions(self) -> Iterator[Question]:
        study = self.study
        for name, stimuli in study.stimuli.items():
            for model in study.models:
                yield self._of_stimuli(name, stimuli.process, model)
        for name in study.conditions:
            for model in study.models:
                yield self._of_condition(name, model)
        for model in study.models if study.candidates is not None else ():
            yield self._of_scores(model)
        for name in study.human:
            for model in study.models:
                yield self._alone(PEOPLE, name, model, self._there("compare", human=name, model=model))

    def _over(self, rule: str, **which: object) -> Path | None:
        """The folder of a step over the one seed of the study, or over all of them."""
        seeds = self.study.seeds
        return self._there(f"{rule}_all", **which) if len(seeds) > 1 else self._there(rule, **which, seed=seeds[0])

    def _of_stimuli(self, name: str, process: str, model: str) -> Question:
        study, several = self.study, len(self.study.seeds) > 1
        which: dict[str, Any] = {"set": name, "model": model}
        analysis = self._summary(place := self._over("analyze", **which), model, study.seeds, process)
        pages: dict[str, str] = {}
        numbers: dict[int, dict[str, Any]] = {seed: {} for seed in study.seeds}
        findings: dict[str, Finding | None] = {ATTENDS: finding_in(ATTENDS, analysis)}
        if analysis is not None:
            self._page(pages, "report on attention" if several else "report", place)
        if study.interventions is not None:
            single = {
                seed: self._summary(self._there("intervene", **which, seed=seed), model, [seed], process)
                for seed in study.seeds
            }
            for seed, summary in single.items():
                numbers[seed] |= of_interventions(summary) if summary else {}
            if several:
                whole = self._summary(of_all := self._there("intervene_all", **which), model, study.seeds, process)
                if whole is not None:
                    self._page(pages, "report on use", of_all)
                    own = {Path(layout.folder("intervene", **which, seed=seed)) for seed in study.seeds}
                    self.folders = [folder for folder in self.folders if folder not in own]  # of_all has them, too
            else:
                whole = single[study.seeds[0]]
                if whole is not None and analysis is None:
                    self._page(pages, "report on use", self._there("intervene", **which, seed=study.seeds[0]))
                if analysis is not None and analysis.get("interventions"):  # says what is attended to beside it
                    whole = {"verdict": analysis["interventions"]}
            findings[USES] = finding_in(USES, whole)
        for seed, own, summary in self._each(place, analysis, model, process):
            numbers[seed] = of_attention(summary) | numbers[seed]
            if several:
                self._page(pages, f"seed {seed}", own)
        for seed in study.seeds if study.dynamics is not None else ():
            summary = self._summary(self._there("dynamics", **which, seed=seed), model, [seed], process)
            findings[f"{DYNAMICS}, seed {seed}" if several else DYNAMICS] = finding_in(DYNAMICS, summary)
        return Question(STIMULI, name, model, process, findings, pages, numbers)

    def _each(
        self, place: Path | None, analysis: Mapping[str, Any] | None, model: str, process: str
    ) -> Iterator[tuple[int, Path, dict[str, Any]]]:
        """Of every seed the folder and the summary of its own analysis."""
        if place is None or analysis is None:
            return
        if "models" not in analysis:
            yield self.study.seeds[0], place, dict(analysis)
            return
        own = [run for run in self.runs.values() if run.model == model and run.stamp]
        seeds = {run.stamp.checkpoint_sha256: run.seed for run in own}
        for row in analysis["models"]:
            seed, folder = seeds.get(row["checkpoint"]), place / row["name"]
            summary = self._summary(folder, model, [seed], process) if seed is not None else None
            if summary is not None:
                yield seed, folder, summary

    def _of_condition(self, name: str, model: str) -> Question:
        """Of attention each seed has a verdict and a page of its own."""
        seeds, which = self.study.seeds, {"condition": name, "model": model}
        if len(seeds) == 1:
            return self._alone(CONDITION, name, model, self._there("condition", **which, seed=seeds[0]))
        if self.study.conditions[name].over_models:
            return self._alone(CONDITION, name, model, self._there("condition_all", **which))
        findings: dict[str, Finding | None] = {}
        pages: dict[str, str] = {}
        process = ""
        for seed in seeds:
            found = self._summary(folder := self._there("condition", **which, seed=seed), model, [seed], whole=False)
            findings[f"{CONDITION}, seed {seed}"] = finding_in(CONDITION, found)
            if found is not None:
                process = found.get("process") or ""
                self._page(pages, f"seed {seed}", folder)
        return Question(CONDITION, name, model, process, findings, pages)

    def _of_scores(self, model: str) -> Question:
        pages: dict[str, str] = {}
        folder = self._there("score", model=model)
        found = self._summary(folder, model, self.study.seeds)
        if found is not None:
            pages["scores.csv"] = f"{folder.as_posix()}/scores.csv"
        return Question(SCORES, "candidates", model, "", {SCORES: shares(found)}, pages)

    def _alone(self, kind: str, name: str, model: str, folder: Path | None) -> Question:
        """A question with one verdict and one page."""
        pages: dict[str, str] = {}
        found = self._summary(folder, model, self.study.seeds, whole=False)
        if found is not None:
            self._page(pages, "report", folder)
        return Question(kind, name, model, (found or {}).get("process") or "", {kind: finding_in(kind, found)}, pages)

    def _page(self, pages: dict[str, str], name: str, folder: Path) -> None:
        path = folder / "report.html"
        if (self.dest / path).is_file():
            pages[name] = path.as_posix()
