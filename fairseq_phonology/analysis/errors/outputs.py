"""What a model said of words, in whichever file: fairseq-generate's, predictions, a dump, another program's table."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...attention.dump.reader import AttentionDump
from ...corpus.columns import find
from ...corpus.fit import check_blanks
from ...corpus.headings import plain, role_of
from ...corpus.pairs import Word, read_words
from ...corpus.signs import Cleaner
from ...corpus.tables import read_rows
from ...corpus.units import Units
from ...corpus.variants import Form
from ...errors import InputError
from ...files import read_csv, read_lines
from ...text import count, listed
from ...training.callbacks import PREDICTION_COLUMNS
from ..events.collect import is_forced
from .generated import is_generated, read_generated

PREDICTIONS = list(PREDICTION_COLUMNS)  # the header of our own
_HYPOTHESIS = {"hypothesis", "hyp", "hypo", "prediction", "predictions", "predicted", "pred", "예측", "예측형", "가설"}
_REFERENCE = {"reference", "ref", "gold", "goldsr", "정답"}
_SHOWN = 5


@dataclass(frozen=True)
class Answer:
    """What a model said of one word.

    Attributes:
        id: the user's name for it; its number in the data set, from 0, where there is none.
        row: that number; None where only the id is known.
        ur: underlying segments as the model saw them, symbols of tags included.
        sr: the reference; None where there is none.
        hypothesis: the model's surface segments.
        right: whether the output says that it is right; None where it does not say.
        columns: the further columns of a table.
    """

    id: str
    row: int | None
    ur: Form
    sr: Form | None
    hypothesis: Form
    right: bool | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """What a model said of a list of words.

    Attributes:
        path: of the file, of several shards as they were given.
        kind: what it is, in words.
        answers: in the order of the data set.
        right: right words, words, as the output itself counts them; None where it does not.
        notes: what was assumed.
    """

    path: str
    kind: str
    answers: tuple[Answer, ...]
    right: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()


def read_output(source: str, units: Units, hypothesis: str = "", partial: bool = False) -> Output:
    """Read one output.

    Args:
        source: a file that fairseq-generate printed, or the shards of one run, joined by commas; predictions; the
            folder of an attention dump; a table with UR, SR and hypothesis.
        units: how the words of a table, or of an output with ``--post-process``, are written.
        hypothesis: the column of the hypotheses of a table; by heading where nothing is given.
        partial: take an output of which words are missing.

    Raises:
        InputError: it cannot be read, or is not whole.
    """
    path = Path(source)
    if path.is_dir():
        return _of_dump(path, partial)
    paths = [path] if path.exists() or "," not in source else [Path(part) for part in source.split(",")]
    texts = [_text(each) for each in paths]
    if any(map(is_generated, texts)):
        return _of_generate(source, list(zip(paths, texts, strict=True)), units, partial)
    if len(paths) > 1:
        raise InputError("has no line of fairseq-generate (H-0 ...); only its outputs are joined by commas", paths[0])
    if " | INFO | " in texts[0][:20000] or texts[0].startswith("INFO:"):
        raise InputError("is a log without words (no line H-0 ...): of another command, or of --quiet", path)
    first = next(read_csv(path), (1, []))[1]
    return _of_predictions(path) if first == PREDICTIONS else _of_table(path, units, hypothesis)


def _text(path: Path) -> str:
    """The text of a file, its line ends as they are."""
    read_lines(path)  # refuses what is no text
    return path.read_bytes().decode("utf-8-sig", errors="replace")


def _of_generate(source: str, files: Sequence[tuple[Path, str]], units: Units, partial: bool) -> Output:
    found = read_generated(files)
    path, rows = files[0][0], sorted(found.words)
    missing = sorted(set(range(rows[-1] + 1)) - set(rows))
    if not partial and (missing or found.expected not in (None, len(rows))):
        of = max(rows[-1] + 1, found.expected or 0)
        named = f", not {listed(map(str, missing[:_SHOWN]))}" if missing else ""
        raise InputError(
            f"has {len(rows):,} of {count(of)}{named}: the run was broken off, left words out (--skip-invalid-size-"
            "inputs-valid-test), or was one of several shards (give them all, joined by commas); --partial takes those "
            "that are there",
            path,
        )
    notes: list[str] = []
    read = _Segments(units, found.joined, path, notes)
    answers = []
    for n in rows:
        word = found.words[n]
        sr = None if word.sr is None else read(word.sr, "sr", word.line)
        answers.append(Answer(str(n), n, read(word.ur or "", "ur", word.line), sr, read(word.surface, "sr", word.line)))
    right = None if partial else found.right
    return Output(source, "output of fairseq-generate", tuple(answers), right, tuple(notes))


class _Segments:
    """Makes segments of the forms of an output of fairseq-generate."""

    def __init__(self, units: Units, joined: bool, path: Path, notes: list[str]):
        self._units, self._path = units, path
        self._own = any(getattr(units, form) != "space" for form in ("ur", "sr"))
        self._clean = Cleaner(units)
        if joined and not self._own:
            raise InputError(
                "the hypotheses have fewer segments than scores: --post-process joined them; run fairseq-generate "
                "without it, or say how the forms are written (--ur-units, --sr-units)",
                path,
            )
        if joined:
            notes.append(f"{path}: --post-process joined segments; read as {units.ur} (URs), {units.sr} (SRs)")

    def __call__(self, text: str, form: str, line: int) -> Form:
        if not self._own:
            return tuple(text.split())
        try:
            return self._units.segmented(self._clean(text, getattr(self._units, form)), form)
        except InputError as error:
            raise InputError(error.message, self._path, line) from None


def _of_dump(path: Path, partial: bool) -> Output:
    with AttentionDump(path) as dump:
        if not partial:
            dump.require_complete()
        if is_forced(dump):
            raise InputError(
                "is a dump of --score-reference: its SRs are the gold ones, and nothing was generated", path
            )
        answers = tuple(Answer(id, row, ur, reference, sr) for id, row, ur, sr, reference in dump.forms())
    return Output(str(path), "attention dump", answers)


def _of_predictions(path: Path) -> Output:
    answers, ids = [], {}
    for line, cells in list(read_csv(path))[1:]:
        if len(cells) != len(PREDICTIONS):
            raise InputError(f"has {count(len(cells), 'column')}; expected {', '.join(PREDICTIONS)}", path, line)
        id, ur, hypothesis, reference, correct = cells
        if correct not in ("0", "1"):
            raise InputError(f"correct is {correct!r}; allowed: 0 or 1", path, line)
        if id in ids:
            raise InputError(f"the id {id!r} is already on line {ids[id]}", path, line)
        ids[id] = line
        sr = tuple(reference.split()) or None
        answers.append(Answer(id, None, tuple(ur.split()), sr, tuple(hypothesis.split()), correct == "1"))
    if not answers:
        raise InputError("has no words", path)
    right = sum(answer.right for answer in answers)
    return Output(str(path), "predictions", tuple(answers), (right, len(answers)))


def _of_table(path: Path, units: Units, hypothesis: str) -> Output:
    notes: list[str] = []
    columns = units.columns
    rows = read_rows(path, columns.separator)
    cells = [cell.strip() for cell in rows[0][1]]
    sr = columns.sr
    if columns.header or (columns.header is None and any(map(role_of, cells))):
        at = _hypothesis_at(cells, hypothesis, path)
        hypothesis, sr = cells[at], sr or _reference(cells, at, path)
    if not hypothesis:
        raise InputError(
            "the first line is no header: give the column of the hypotheses, as in --hypothesis-column 3; if it is a "
            "header, --header",
            path,
            rows[0][0],
        )
    columns = dataclasses.replace(columns, sr=sr, variant=hypothesis)
    units = dataclasses.replace(units, columns=columns)
    words = read_words(str(path), units, notes, used=None)
    if words[0].sr is None:
        raise InputError("has no column of SRs, the references; name it (--sr-column)", path)
    check_blanks(words, units)
    clean = Cleaner(units)
    answers = [_answer(n, word, units, clean) for n, word in enumerate(words)]
    return Output(str(path), "table", tuple(answers), None, tuple(notes))


def _hypothesis_at(cells: Sequence[str], given: str, path: Path) -> int:
    """The position of the column of the hypotheses."""
    if given:
        return find(given, list(cells), range(1, len(cells) + 1), str(path), "--hypothesis-column")
    fitting = [n for n, cell in enumerate(cells) if plain(cell) in _HYPOTHESIS]
    if len(fitting) == 1:
        return fitting[0]
    found = ", ".join(f"{n} {cell}" for n, cell in enumerate(cells, 1))
    raise InputError(
        ("several columns could be" if fitting else "no column is called")
        + f" the hypotheses of a model; give --hypothesis-column; columns found: {found}",
        path,
        1,
    )


def _reference(cells: Sequence[str], hypothesis: int, path: Path) -> str:
    """The heading of the SRs, which must not be taken for the hypotheses."""
    fitting = {n: 1 for n, cell in enumerate(cells) if plain(cell) in _REFERENCE}
    roles = {n: role_of(cell) for n, cell in enumerate(cells)}
    fitting = fitting or {n: role[1] for n, role in roles.items() if role and role[0] == "sr"}
    fitting.pop(hypothesis, None)
    best = [n for n, rank in fitting.items() if rank == min(fitting.values())]
    if len(best) == 1:
        return cells[best[0]]
    which = f"could be {listed((cells[n] for n in best), 'or')}" if best else "is in none of the columns"
    raise InputError(f"the SR, the reference, {which} ({', '.join(cells)}); give --sr-column", path, 1)


def _answer(n: int, word: Word, units: Units, clean: Cleaner) -> Answer:
    try:
        hypothesis = units.segmented(clean(word.variant, units.sr), "sr") if word.variant else ()
    except InputError as error:
        raise InputError(f"hypothesis: {error.message}", word.path, word.line) from None
    texts = {"ur_text": word.ur_text} if word.ur_text != " ".join(word.ur) else {}
    return Answer(word.id or str(n), None if word.id else n, word.ur, word.sr, hypothesis, None, texts | word.more)
