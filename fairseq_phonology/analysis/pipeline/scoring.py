"""`score`: how probable candidates are in a model, or in several: from checkpoints and a list to a table."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from ...corpus.candidates import Candidate, Segments, check_candidates, lone, lone_line, merged, read_candidates
from ...corpus.fit import check_units, untagged_line
from ...corpus.lexicon import PHONOTACTICS, Lexicon
from ...corpus.pairs import Word
from ...corpus.prepared import training_rows
from ...corpus.units import Units
from ...errors import InputError
from ...files import write_csv, write_json
from ...phonology.grammar import Grammar
from ...phonology.phonotactics.ngrams import ORDER
from ...phonology.transcription import EDGE
from ...stimuli.alternatives import alternatives
from ...text import count, decimal, listed, rounded
from ..interventions.run import Running
from ..people.application import APPLICATION, Application, applications, lines, table
from ..people.scores import COLUMNS, TABLE, Scores
from ..provenance import OfGrammar, Provenance
from .about import grammar_of, name_of, package
from .beside import check_different, sha256
from .folders import files_named, files_of, model_names, named_for, output
from .question import Say

if TYPE_CHECKING:
    from ...training.likelihood import Likelihood

FILES = (
    (TABLE, "every model x candidate: log-probability, share, rank; the model's own form, missing mass"),
    ("segments.csv.gz", "the surprisal of every segment"),
    (APPLICATION, "of a process with a rate: share of application by stratum, beside the rate in training"),
    ("summary.json", "what was scored, by which models; mean shares"),
    ("figures/", "shares by item, all models, PNG and SVG"),
)
_SHOWN = 5  # words that a line names
_BATCH = 128


def score(
    checkpoints: str | Path | Sequence[str | Path],
    candidates: str | Path | Sequence[Candidate],
    out: str | Path | None = None,
    *,
    grammar: str | Path | Grammar | None = None,
    process: str = "",
    include: Collection[str] = (),
    nbest: int = 0,
    phonotactics: str | Path | Lexicon | None = None,
    ngram: int = ORDER,
    units: Units | None = None,
    running: Running | None = None,
    overwrite: bool = False,
    say: Say | None = None,
) -> Scores:
    """How probable are these SRs in a model, or in several?

    Args:
        checkpoints: a file of fairseq-train; or a list, each of another model. ``a.pt:b.pt`` (``;`` on Windows) is an
            ensemble, as for fairseq-generate: one model whose probabilities are the mean of both at every step.
        candidates: the list, as `read_candidates` reads it, or what it holds. With a grammar, or with ``nbest``, it may
            be a list of words without SRs.
        out: new folder for tables and figures: see `FILES`. None: nothing is written.
        grammar, process, include: make the candidates: the SR of each word with the process applied, and with it
            blocked; ``include`` names optional processes that apply. SRs of the list are then only compared with these.
        nbest: add so many of the most probable SRs that each model has; every model scores the union.
        phonotactics: a word list, segments with blanks between, of whose SRs the n-grams give the candidates a column
            ``phonotactics``.
        ngram: the order of these.
        units: how the lists are written; by default segments with blanks between.
        running: how the checkpoints are run.
        overwrite: replace a folder that `score` made earlier.
        say: receives a line for each assumption, and for each thing to know.

    Returns:
        The scores: ``rows()`` gives the table.

    Raises:
        InputError: files that cannot be used, a candidate that a model cannot be given. Nothing is left half-written.
    """
    say, running, units = (
        say or (lambda line: None),
        running or Running(batch_size=_BATCH),
        units or Units(keep_edges=True),
    )
    given = [checkpoints] if isinstance(checkpoints, str | Path) else list(checkpoints)
    if (grammar is None) != (not process):
        missing, found = ("--grammar", "--process") if grammar is None else ("--process", "--grammar")
        raise InputError(f"found {found} without {missing}; the two make the candidates of each word")
    if nbest < 0:
        raise InputError(f"--nbest is {nbest}; allowed: 0 or more")
    folder = output(out, overwrite, "score", FILES)
    with folder as place:
        path, words = _read(candidates, units, say)
        asked = _Asked(grammar, process, include)
        found = asked.candidates(words, path, say) if grammar is not None else words
        if not nbest and (bare := next((one for one in found if not one.sr), None)):
            raise InputError(
                "the list has no SRs; name their column (--sr-column), or give --grammar and --process, or --nbest",
                *(path, bare.line or None),
            )
        with _quiet():
            models, hashes = _opened(given, running)
            _check(models, found, path, units, say)
            scores = _scored(models, found, nbest)
        if phonotactics is not None:
            scores = _with_phonotactics(scores, phonotactics, ngram, say)
        if line := lone_line(scores.candidates):
            say(line)
        _compare_with_chance(scores, models, say)
        applied = asked.applications(scores, models, running, say)
        for line in lines(applied):
            say(line)
        if place is not None:
            options = {"with": list(include), "nbest": nbest} | ({"ngram": ngram} if phonotactics is not None else {})
            about = Provenance(
                "scores",
                grammar=asked.about,
                checkpoint_sha256=hashes,
                items=name_of(path),
                options=options,
                versions=package(),
            )
            _write(scores, applied, about, place)
    return scores


class _Asked:
    """A grammar that makes the candidates, and what may be said of it."""

    def __init__(self, grammar: str | Path | Grammar | None, process: str, include: Collection[str]):
        self.process, self.include, self.about = process, include, OfGrammar()
        self.grammar = grammar if isinstance(grammar, Grammar | None) else Grammar.load(grammar)
        if include and self.grammar is None:
            raise InputError("found --with; allowed only with --grammar FILE, whose optional processes it names")
        for name in include:
            if not self.grammar.process(name).optional:
                optional = ", ".join(one.name for one in self.grammar.processes if one.optional) or "there is none"
                raise InputError(f"--with is {name!r}, which applies anyway; allowed: an optional process ({optional})")
        if self.grammar is not None:
            self.about = grammar_of(self.grammar, process, None if grammar is self.grammar else Path(grammar))

    def candidates(self, words: Sequence[Candidate], path: str | None, say: Say) -> list[Candidate]:
        """Two of each word that the process can change."""
        made = alternatives(self.grammar, self.process, words, self.include, path)
        if made.alike:
            say(f"{_named(made.alike)} not scored: the SR is the same with {self.process} and with it blocked")
        if made.neither:
            say(
                f"{_named(made.neither)} whose SR in the list is neither that with {self.process} nor that with it "
                f"blocked; the two are scored{self._others()}"
            )
        if not made.candidates:
            raise InputError(f"no word has another SR with {self.process} blocked: nothing to score", path)
        return list(made.candidates)

    def _others(self) -> str:
        """The other processes with a rate, for which an SR may be neither of the two."""
        names = [
            one.name
            for one in self.grammar.processes
            if one.variable and one.name != self.process and (not one.optional or one.name in self.include)
        ]
        return f" ({listed(names)}, which may apply or not, applies in both)" if names else ""

    def applications(
        self, scores: Scores, models: dict[str, Likelihood], running: Running, say: Say
    ) -> tuple[Application, ...]:
        """The shares of application of a process with a rate, with its rate in the training words where they are."""
        if self.grammar is None or not self.grammar.process(self.process).variable:
            return ()
        data = running.data or next(iter(models.values())).task.cfg.data
        folder = Path(str(data).split(os.pathsep)[0])
        try:
            rows = training_rows(folder)
            if rows is None:
                say(f"the rate in training is not known: no train.tsv with the columns ur and sr beside {folder}")
            return applications(scores, self.grammar, self.process, self.include, rows)
        except InputError as error:
            say(f"the rate in training is not known: {error}")
            return applications(scores, self.grammar, self.process, self.include, None)


def _named(items: Sequence[str]) -> str:
    return f"{count(len(items))} ({', '.join(items[:_SHOWN])}{', ...' if len(items) > _SHOWN else ''})"


def _read(candidates: str | Path | Sequence[Candidate], units: Units, say: Say) -> tuple[str | None, list[Candidate]]:
    """The list's name, and what it holds."""
    if not isinstance(candidates, str | Path):
        found = list(candidates)
        if not found:
            raise InputError("no candidate was given")
        check_candidates(found)
        return None, found
    notes: list[str] = []
    found = read_candidates(str(candidates), units, notes, taken=COLUMNS)
    for note in notes:
        say(note)
    return str(candidates), found


def _quiet() -> AbstractContextManager[None]:
    from ...training.checkpoints.loaded import quiet_fairseq

    return quiet_fairseq()


def _opened(checkpoints: Sequence[str | Path], running: Running) -> tuple[dict[str, Likelihood], dict[str, str]]:
    """The models by name, and the SHA-256 of the files."""
    from ...loading import check_file
    from ...training.checkpoints.loaded import load_model
    from ...training.likelihood import Likelihood

    if not checkpoints:
        raise InputError("no checkpoint was given")
    hashes = {}
    for checkpoint in checkpoints:
        for part in files_of(checkpoint):
            check_file(part)
            hashes[part] = sha256(part)
    # two ensembles may share a model, and a model of an ensemble may stand beside it
    whole = ["".join(sorted(hashes[part] for part in files_of(one))) for one in checkpoints]
    check_different(checkpoints, whole)
    models = {}
    for name, checkpoint in zip(model_names(checkpoints), checkpoints, strict=True):
        parts = [load_model(part, running.data, running.cpu, running.user_dir) for part in files_of(checkpoint)]
        models[name] = Likelihood(parts, running.batch_size)
    return models, {name: hashes[file] for file, name in files_named(hashes).items()}


def _check(
    models: dict[str, Likelihood], candidates: Sequence[Candidate], path: str | None, units: Units, say: Say
) -> None:
    """Refuse what a model cannot be given, before anything is computed."""
    without = [name for name, model in models.items() if EDGE not in model.source]
    if without and any(EDGE in one.ur for one in candidates):
        whose = "the model was" if len(models) == 1 else f"{listed(without)} were"
        say(f"morpheme edges (+) are left out of the URs, as {whose} trained without")
    seen = set()
    for name, model in models.items():
        symbols = (tuple(model.source.symbols), tuple(model.target.symbols))
        if symbols in seen:
            continue
        seen.add(symbols)
        if line := untagged_line((one.ur for one in candidates), symbols[0][model.source.nspecial :]):
            say(line)
        if path is not None:
            words = [
                Word(one.ur, one.sr, " ".join(one.ur), " ".join(one.sr), path, one.line)
                for one in candidates
                if one.source == "given"
            ]
            for form in ("ur", "sr") if words and words[0].sr else ("ur",) if words else ():
                known = symbols[form == "sr"]
                check_units(words, known, "the model's", f"--{form}-units", getattr(units, form), form == "sr")
        for one in candidates:
            try:
                model.check(_ur(one, model), one.sr)
            except InputError as error:
                whose = "" if len(models) == 1 else f" (model {name})"
                raise InputError(error.message + whose, path, one.line or None) from None


def _ur(candidate: Candidate, model: Likelihood) -> Segments:
    """What the model is given: no morpheme edges if it was trained without."""
    return candidate.ur if EDGE in model.source else tuple(s for s in candidate.ur if s != EDGE)


def _scored(models: dict[str, Likelihood], given: Sequence[Candidate], nbest: int) -> Scores:
    """All models on the same candidates."""
    items = list({one.item: one for one in given}.values())
    candidates = [one for one in given if one.sr]
    if nbest:
        candidates = _with_nbest(models, items, candidates, nbest)
    steps, greedy = [], []
    with _bar("scoring", len(models) * len(candidates)) as bar:
        for model in models.values():
            found = model.score([(_ur(one, model), one.sr) for one in candidates], bar.update)
            steps.append(tuple(one.steps for one in found))
            best = {one.item: one.sr for one, own in zip(candidates, found, strict=True) if own.greedy}
            others = [one for one in items if one.item not in best]  # only what is no candidate must be generated
            bar.total += len(others)
            forms = model.generate([_ur(one, model) for one in others], progress=bar.update)
            best |= {one.item: some[0] for one, some in zip(others, forms, strict=True)}
            greedy.append(best)
    order = dict.fromkeys(one.item for one in candidates)
    log_prob = np.array([[step.sum() for step in forms] for forms in steps])
    best = tuple(tuple(forms[item] for item in order) for forms in greedy)
    return Scores(tuple(models), tuple(candidates), log_prob, best, tuple(steps))


def _with_nbest(
    models: dict[str, Likelihood], items: Sequence[Candidate], candidates: list[Candidate], nbest: int
) -> list[Candidate]:
    """The candidates, and each model's own most probable SRs: all models are asked about the union."""
    with _bar("n-best", len(models) * len(items)) as bar:
        for model in models.values():
            forms = model.generate([_ur(one, model) for one in items], nbest, bar.update)
            pairs = [(one, sr) for one, some in zip(items, forms, strict=True) for sr in some]
            own = [
                replace(one, sr=sr, variant="", source="nbest", columns={} if one.sr else one.columns, line=0)
                for one, sr in pairs
            ]
            candidates = merged(candidates, own)
    for name, model in models.items():  # what one model says, another may not know
        for one in candidates:
            try:
                model.check(_ur(one, model), one.sr)
            except InputError as error:
                raise InputError(f"{error.message} (model {name}; a form of another model's n best)") from None
    return candidates


def _bar(what: str, total: int) -> tqdm:
    return tqdm(total=total, desc=what, unit=" words", delay=1, disable=None, leave=False)


def _with_phonotactics(scores: Scores, phonotactics: str | Path | Lexicon, ngram: int, say: Say) -> Scores:
    """The candidates with a column of log-probability by n-grams."""
    notes: list[str] = []
    if not isinstance(phonotactics, Lexicon):
        phonotactics = Lexicon.read(str(phonotactics), Units(), notes=notes, surface=True)
    segments = dict.fromkeys(
        s for forms in (phonotactics.urs, (one.sr for one in scores.candidates)) for f in forms for s in f
    )
    ngrams = replace(phonotactics, known=tuple(segments)).ngrams(ngram)
    for note in notes:
        say(note)
    if PHONOTACTICS in scores.columns:
        raise InputError(f"the list has a column {PHONOTACTICS} already; rename it, or leave --phonotactics out")
    made = tuple(
        replace(one, columns={PHONOTACTICS: decimal(ngrams.log_prob(one.sr), 4), **one.columns})
        for one in scores.candidates
    )
    return replace(scores, candidates=made)


def _compare_with_chance(scores: Scores, models: dict[str, Likelihood], say: Say) -> None:
    """A model that gives candidates less than chance has most likely been given data of another."""
    for (name, model), values in zip(models.items(), scores.per_segment, strict=True):
        symbols = len(model.target) - model.target.nspecial + 1
        if values.mean() < -np.log(symbols) - 1:
            say(
                f"warning: {name} gives the candidates less than chance ({decimal(values.mean())} a segment; all "
                f"{symbols} symbols alike would have {decimal(-np.log(symbols))}): are data and units those of its "
                "training?"
            )


def _write(scores: Scores, applied: Sequence[Application], about: Provenance, folder: Path) -> None:
    from ..figures import save_figures

    with named_for(folder, "cannot be written"):
        scores.write(folder / TABLE)
        scores.write_segments(folder / "segments.csv.gz")
        if applied:
            write_csv(folder / APPLICATION, table(applied, scores.models))
        best = np.array([scores.is_best[:, numbers].any(1) for numbers in scores.items.values()])
        summary = {
            "about": about.as_json(),
            "models": [
                {"model": name, "items_whose_best_is_a_candidate": int(own), "missing": rounded(float(missing.mean()))}
                for name, own, missing in zip(scores.models, best.sum(0), scores.missing, strict=True)
            ],
            "items": len(scores.items),
            "candidates": len(scores.candidates),
            "without_alternative": lone(scores.candidates),
            "mean_shares": scores.mean_shares(),
        }
        write_json(folder / "summary.json", summary)
        save_figures("scores", folder / "figures", scores)
