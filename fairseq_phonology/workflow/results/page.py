"""``index.html``: what a study found, with links to every report, and what was run."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...analysis.figures.registered import Picture
from ...analysis.figures.style import capitalized
from ...analysis.report import conditions, models
from ...analysis.report.html import as_address, code, write_page
from ...analysis.report.sections import verdict
from ...analysis.statistics.over_models import FEWEST
from ...analysis.statistics.proportions import wilson
from ...errors import InputError
from ...files import read_toml, sha256_of
from ...text import NONE, count, counted, duration, listed, number, percent_of, typeset
from .. import layout
from ..reads import place
from ..steps import jobs
from .found import Question, Results, Tested, named
from .verdicts import ASKED, ATTENDS, CONDITION, DYNAMICS, PEOPLE, SCORES, STIMULI, USES, Finding, kind_of

_TEMPLATES = Path(__file__).with_name("page")
Cell = tuple[str, Any]  # text, sort key
_LABELS = {  # what is asked -> strength -> tone, sign, label, as in the report
    ATTENDS: {name: (name, *label) for name, label in verdict.ATTENDS.items()},
    USES: {name: (name, *label) for name, label in verdict.USES.items()},
    CONDITION: conditions.LABELS,
}
_OTHERS = {
    DYNAMICS: ("descriptive", "…", "Described: one run"),
    PEOPLE: ("descriptive", "ρ", "Described: correlation with people"),
    SCORES: ("descriptive", "…", "Described, not claimed"),
}
_UNFINISHED = ("unfinished", "…", "Not finished")
_KINDS = {
    STIMULI: "{process}: {name} stimuli",
    CONDITION: "condition: {name}",
    PEOPLE: "models beside people: {name}",
    SCORES: "probability of the candidates",
}
_MANY, _MOST = 2, 12  # questions of which the caveats, trainings of which the table is not folded


def write_study_page(results: Results, pictures: Mapping[str, Picture], path: Path) -> None:
    """Write the page; the same results make the same file.

    Args:
        results: of a study, finished or not.
        pictures: the figures over all models, by name.
        path: of the page.

    Raises:
        InputError: a figure cannot be read, or the page not be written.
    """
    study = results.study
    grammar = _grammar(results)
    figures = [
        {"name": name, "number": n, "data": as_address(each.file), "title": each.caption.title,
         "text": each.caption.text, "alt": each.caption.alternative}
        for n, (name, each) in enumerate(pictures.items(), 1)
    ]  # fmt: skip
    content = {
        **{"title": study.name, "subtitle": _subtitle(results, grammar), "unfinished": results.unfinished},
        **{"questions": [_question(results, n, each) for n, each in enumerate(results.questions, 1)]},
        **{"overview": _overview(results), "exact_match": _exact_match(results), "every": _every(results)},
        **{"folded": len(results.questions) > _MANY, "long": len(results.runs) > _MOST, "figures": figures},
        **{"one": len(study.seeds) == 1, "seeds": len(study.seeds), "few": FEWEST},
        **{"errors": _errors(results), "facts": _facts(results, grammar), "files": _files(results)},
        **{
            "commands": _commands(results),
            "text": _text(study.path),
            "grammar": grammar,
            "study_file": study.path.name,
        },
        **code("page.js", style=_TEMPLATES / "index.css"),
    }
    write_page("index.html.jinja", content, path, _TEMPLATES)


def _subtitle(results: Results, grammar: Mapping[str, Any] | None) -> str:
    """``obstruent-nasalization in Korean; one model, six seeds``."""
    study, several = results.study, len(results.study.models) > 1
    language = f" in {grammar['language']}" if grammar and grammar["language"] else ""
    trained = f"{counted(len(study.models), 'model')}, {counted(len(study.seeds), 'seed')}{' each' if several else ''}"
    return f"{listed(study.processes)}{language}; {trained}" if study.processes else trained


# --- verdicts


def _label(finding: Finding | None, asked: str) -> tuple[str, str, str]:
    """Tone, sign and label of a verdict, as its report has them."""
    if finding is None:
        return _UNFINISHED
    labels = models.LABELS if finding.over_models and asked in (ATTENDS, USES) else _LABELS.get(asked, {})
    return labels.get(finding.strength) or _OTHERS.get(asked) or ("descriptive", "…", "Described, not claimed")


def _heading(question: Question) -> str:
    return capitalized(_KINDS[question.kind].format(process=question.process, name=question.name))


def _question(results: Results, n: int, question: Question) -> dict[str, Any]:
    """A question with its verdicts, a box each, and links to its reports."""
    parts = []
    for asked, finding in question.findings.items():
        tone, sign, label = _label(finding, kind_of(asked))
        part = {"strength": tone, "sign": sign, "label": label, "asked": capitalized(_asked(asked)), "figures": [],
                "reading": "", "caveats": [], "more": [], "headline": "", "detail": "", "warning": ""}  # fmt: skip
        if finding is not None:
            first = r"(?<=[:.]) " if asked in (ATTENDS, USES) else r"(?<=\.) "
            headline, detail = re.split(first, f"{typeset(finding.sentence)} ", maxsplit=1)
            part |= {"headline": headline, "detail": detail.strip(), "more": list(map(typeset, finding.caveats))}
            part["warning"] = typeset(finding.warning)
        elif asked == USES and len(results.study.seeds) > 1:
            done = sum(USES in numbers for numbers in question.numbers.values())
            part["detail"] = f"Interventions are there for {done} of {count(len(results.study.seeds), 'seed')}."
        parts.append(part)
    links = [(name, quote(page)) for name, page in question.pages.items()]
    heading = _heading(question) + (f", {question.model}" if len(results.study.models) > 1 else "")
    return {"heading": heading, "parts": parts, "links": links, "id": f"question-{n}"}


def _asked(asked: str) -> str:
    """In words; with the seed where there is one of each."""
    kind, comma, seed = asked.partition(",")
    return f"{ASKED[kind]}{comma}{seed}"


def _overview(results: Results) -> dict[str, Any] | None:
    """Every question with the labels of its verdicts; None of a single one."""
    if len(results.questions) < 2:
        return None
    rows, several = [], len(results.study.models) > 1
    asked = dict.fromkeys(kind_of(one) for question in results.questions for one in question.findings)
    for n, question in enumerate(results.questions, 1):
        cells = [(_heading(question), n), *([(question.model, question.model)] if several else [])]
        for which in asked:
            labels = [_label(finding, which)[1:] for one, finding in question.findings.items() if kind_of(one) == which]
            cells.append(("; ".join(dict.fromkeys(" ".join(label) for label in labels)) or NONE, ""))
        rows.append(_row(cells, f"#question-{n}"))
    columns = ["question", *(["model"] if several else []), *(ASKED[which] for which in asked)]
    return {"columns": columns, "rows": rows, "wordy": False}


# --- words


def _exact_match(results: Results) -> dict[str, Any]:
    """Exact match of validation and of every list, by model: over seeds mean, lowest, highest and n."""
    study, several, models_there = results.study, len(results.study.seeds) > 1, len(results.study.models) > 1
    rows = []
    for name in (None, *results.lists):  # None: validation
        for model in study.models:
            tested = [] if name is None else results.of(name, model)
            values = [each.errors.exact_match for each in tested] if name else results.validated(model)
            counts = dict.fromkeys(f"{each.errors.words:,}" for each in tested)
            n = listed(counts) if name else results.validated_words
            bounds = [bound for each in tested for bound in (each.errors.low, each.errors.high)]
            lines = [(name or "validation", values, bounds, n)]
            known = [each.errors for each in tested if each.errors.trained]
            if known and known[0].new:  # some, and not all
                shares = [one.new_right / one.new for one in known]
                bounds = [100 * bound for share in shares for bound in wilson(share, known[0].new)]
                lines.append((f"{name}: not trained on", [100 * x for x in shares], bounds, f"{known[0].new:,}"))
            elif known:
                lines[0] = (f"{name}: all trained on", *lines[0][1:])
            for label, values, bounds, n in lines:
                cells = [(label, len(rows)), *([(model, model)] if models_there else []), _mean(values)]
                cells.append(_range(values if several else bounds))
                cells += [(f"{len(values)} of {len(study.seeds)}", len(values))] if several else []
                rows.append(_row([*cells, (n or NONE, "")]))
    columns = ["words", *(["model"] if models_there else [])]
    columns += (
        ["mean (%)", "lowest to highest", "seeds", "n"]
        if several
        else ["exact match (%)", "95 % interval over words", "n"]
    )
    return {"columns": columns, "rows": rows, "wordy": False}


def _row(cells: list[Cell], link: str = "") -> dict[str, Any]:
    """Of `table_of`."""
    return {"claim": False, "unmet": "", "cells": cells, "link": link}


def _percent(value: float, places: int = 2) -> str:
    """``99.26``, without the sign, which stands in the heading."""
    return percent_of(value, 100, places).removesuffix(" %")


def _mean(values: Sequence[float], places: int = 2) -> Cell:
    if not values:
        return NONE, ""
    mean = sum(values) / len(values)
    return _percent(mean, places), mean


def _range(values: Sequence[float], places: int = 2) -> Cell:
    return (
        (f"{_percent(min(values), places)} to {_percent(max(values), places)}", min(values)) if values else (NONE, "")
    )


def _every(results: Results) -> dict[str, Any]:
    """Every model with every seed."""
    columns = ["model", "seed", "epochs", "best\nepoch", "validation\nloss (bits)", "validation\nexact match (%)"]
    columns += [f"{name}\nexact match (%)" for name in results.lists] + ["training"]
    rows = []
    for n, run in enumerate(results.runs):
        best = run.best or {}
        done = {each.list: each.errors.exact_match for each in results.tested if each.key == run.key}
        time = (duration(run.stamp.seconds), run.stamp.seconds) if run.stamp and run.stamp.seconds else (NONE, "")
        rows.append(_row([
            (run.model, n), (str(run.seed), run.seed), _whole(max((row["epoch"] for row in run.rows), default=None)),
            _whole(best.get("epoch")), _loss(best.get("valid_loss")), _one(best.get("exact_match")),
            *(_one(done.get(name)) for name in results.lists), time if run.stamp else ("not finished", ""),
        ]))  # fmt: skip
    return {"columns": columns, "rows": rows, "wordy": False}


def _whole(value: int | None) -> Cell:
    return (f"{value:,}", value) if value is not None else (NONE, "")


def _loss(value: float | None) -> Cell:
    return (number(value, 3), value) if value is not None else (NONE, "")


def _one(value: float | None) -> Cell:
    return (_percent(value), value) if value is not None else (NONE, "")


def _errors(results: Results) -> list[dict[str, Any]]:
    """Of every list a table of the processes, by model: how often each applied, failed, and applied where not due."""
    study, tables = results.study, []
    several = len(study.models) > 1
    columns = ["process", "due", "applied\nwhere due (%)", "failed\nwhere due (%)", "not due"]
    columns += ["applied where\nnot due (%)"]
    for name in results.lists:
        tested = {model: results.of(name, model) for model in study.models}
        rows = [row for model, found in tested.items() for row in _of_processes(found, model if several else "")]
        rated = any(len(row["cells"]) > len(columns) for row in rows)
        wide = [*columns, *(["rate in\nthe grammar", "rate in\ntraining"] if rated else [])]
        for row in rows:
            row["cells"] += [(NONE, "")] * (len(wide) - len(row["cells"]))
        table = {"columns": wide, "rows": rows, "wordy": False} if rows else None
        done = [each for found in tested.values() for each in found]
        links = [(f"every wrong word, {named(study, *each.key)}", quote(f"{each.folder}/errors.csv")) for each in done]
        links += [
            (f"heat map of {word}, {named(study, *each.key)}", quote(path))
            for each in done
            for word, path in each.heatmaps.items()
        ]
        if links:
            tables.append({"list": name, "table": table, "links": links, "rated": rated})
    return tables


def _of_processes(tested: Sequence[Tested], model: str) -> Iterator[dict[str, Any]]:
    """A row for every process of one list and model: shares over seeds, mean (lowest to highest)."""
    found: dict[tuple[str, str], list[Any]] = {}
    for each in tested:
        for process in each.errors.processes:
            found.setdefault((process.process, process.stratum), []).append(process)
    for n, ((name, stratum), counts) in enumerate(found.items()):
        first = counts[0]
        label = ", ".join(filter(None, (name, stratum and f"in {stratum}", model)))
        cells: list[Cell] = [(label, n)]
        cells += [_counts(c.due for c in counts), _shares([(c.applied, c.due) for c in counts]),
                  _shares([(c.failed, c.due) for c in counts]),
                  _counts(c.not_due for c in counts if c.not_due is not None),
                  _shares([(c.overapplied, c.not_due) for c in counts if c.not_due])]  # fmt: skip
        if first.variable:
            cells += [_loss(first.rate_of_grammar), _loss(first.rate_in_training)]
        yield _row(cells)


def _counts(values: Iterable[int]) -> Cell:
    values = list(values)
    if not values:
        return NONE, ""
    same = min(values) == max(values)
    return (f"{values[0]:,}" if same else f"{min(values):,} to {max(values):,}"), min(values)


def _shares(parts: Sequence[tuple[int, int]]) -> Cell:
    values = [100 * part / whole for part, whole in parts if whole]
    if not values:
        return NONE, ""
    mean, key = _mean(values, 1)
    return f"{mean} ({parts[0][0]:,})" if len(parts) == 1 else f"{mean} ({_range(values, 1)[0]})", key


# --- what was run


def _facts(results: Results, grammar: Mapping[str, Any] | None) -> list[tuple[str, list[str]]]:
    """Study, models, time, machine and versions: name, lines."""
    study = results.study
    stamps = [run.stamp for run in results.runs if run.stamp]
    seconds = [stamp.seconds for stamp in stamps if stamp.seconds is not None]
    words = sorted({stamp.words for stamp in stamps if stamp.words is not None})
    versions = {"python": (platform.python_version(),), **results.versions}
    with suppress(importlib.metadata.PackageNotFoundError):
        versions["snakemake"] = (importlib.metadata.version("snakemake"),)
    took = duration(sum(seconds)) if seconds else ""
    if len(seconds) > 1:
        took = f"{duration(min(seconds))} to {duration(max(seconds))} each, {took} in all"
    rows = [
        ("Study file", [study.path.name]),
        ("Grammar", [grammar["name"], grammar["citation"]] if grammar else []),
        ("Processes", list(study.processes)),
        ("Models", [listed(study.models)]),
        ("Seeds", [listed(map(str, study.seeds))]),
        ("Training words", [listed(f"{n:,}" for n in words)]),
        ("Training", [f"{len(stamps)} of {count(len(results.runs), 'training')} finished", took]),
        ("Machine", sorted({stamp.machine for stamp in stamps})),
        ("Versions", [", ".join(f"{name} {' and '.join(each)}" for name, each in versions.items())]),
    ]
    return [(name, kept) for name, lines in rows if (kept := [line for line in lines if line])]


def _grammar(results: Results) -> dict[str, str] | None:
    """The grammar's file: name, language, citation, text."""
    study = results.study
    if study.grammar is None:
        return None
    path = Path(study.dest) / study.grammar
    text, found = _text(path), {}
    with suppress(InputError):
        found = read_toml(path)[1]
    return {"name": path.name, "text": text, **{key: str(found.get(key, "")) for key in ("language", "citation")}}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _files(results: Results) -> list[tuple[str, str]]:
    """What the steps read of the user's, the data that they made, checkpoints: path as in the commands, SHA-256."""
    study, steps = results.study, jobs(results.study)
    given = [path for job in steps for path in job.reads]
    made = []
    for job in steps:
        if not results.stale.intersection(job.outputs):
            if job.rule in ("prepare", "prepare_size"):
                folder = layout.data(job.wildcards.get("size"))
                made += [f"{folder}/{split}.tsv" for split in ("train", "valid", "test")]
            made += job.outputs if job.rule == "stimuli" else ()
    found = {name: place(name, study.dest) for name in (*given, *made)}
    rows = [(name, sha256_of(path)) for name, path in found.items() if path.is_file()]
    return rows + [(run.stamp.checkpoint, run.stamp.checkpoint_sha256) for run in results.runs if run.stamp]


def _commands(results: Results) -> list[str]:
    """Every command as its log has it, in the order of the work."""
    found = []
    for job in jobs(results.study):
        log = job.dest / job.log
        if log.is_file() and not results.stale.intersection(job.outputs):
            with log.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    if not line.startswith("$ "):
                        break
                    found.append(line[2:].rstrip("\n"))
    return found
