"""The response variable of each word of a condition: attention at a position, log-odds of a candidate, exact match."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...attention.dump.reader import AttentionDump
from ...attention.record import AttentionRecord
from ...errors import InputError
from ...phonology.alignment import align
from ...phonology.grammar import Grammar
from ...phonology.natural_classes import Inventory, panphon_features
from ...phonology.transcription import EDGE
from ...stimuli.items import Item
from ...text import count, listed
from ..design.conditions import Conditions, ListedWord, check_column
from .collect import is_forced, matched, with_progress
from .events import Head
from .measures import log_odds_of, renormalized
from .outcome import Outcomes, as_seen, position_in
from .queries import neighbors_of, regions_of

REGIONS = ("word-initial", "word-final", "preceding", "following")
TARGET = "target_index"
_SYLLABLE = re.compile(r"syllable [+-]?\d+")
SCALE, MASS, RIGHT = "log_odds", "mass", "exact_match"
FORCED = "The dump was made under forced decoding of the gold SRs: the model's own errors are not in it."
NO_GOLD = "The words have no gold SR: none is left out for an error."


@dataclass(frozen=True)
class Measured:
    """What was measured of each word of a list.

    Attributes:
        columns: what the arrays' columns are: heads, or names of models.
        values: by scale: ``log_odds``, of attention also ``mass``; ``exact_match``.  # -> words x columns
        included: of each word, whether its item enters the tests.  # -> words, bool
        why: of each word, why it does not; empty where it does.
        surface, reference: of each word the model's SR and the gold one, where one model's are known.
        reason: what a word that is included has, in words; empty where no word can fail.
        notes: what has to be said of the measure.
        left_out: words of the dump that the list does not have.
    """

    columns: tuple[Head, ...] | tuple[str, ...]
    values: dict[str, np.ndarray]
    included: np.ndarray
    why: tuple[str, ...]
    surface: tuple[tuple[str, ...], ...] = ()
    reference: tuple[tuple[str, ...], ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def scale(self) -> str:
        """The scale of the tests."""
        return next(iter(self.values))


def attention_of(
    dump: AttentionDump, words: Sequence[ListedWord], asked: Conditions, outcomes: Outcomes | None, path: object = None
) -> Measured:
    """Log-odds and mass of the weight at the position that is looked at, of all heads.

    Args:
        dump: complete, with attention of the kind that is asked for.
        words: of the levels.
        asked: where the weight is looked at, and from which step.
        outcomes: of a process, for its decision step; None: the step that emits what corresponds to the target.
        path: of the list, for messages.

    Raises:
        InputError: words that the dump lacks or knows as others, a column or a position that is not there.
    """
    dump.require_complete().require_kind(asked.kind)
    places = Places(words, asked, outcomes, path)
    by_id = matched(dump, words)
    found: dict[str, tuple[np.ndarray, np.ndarray, str]] = {}
    surfaces: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for record in with_progress(dump):
        word = by_id.get(record.id)
        if word is None:
            continue
        surfaces[word.id] = record.surface, places.gold(word, record) or ()
        found[word.id] = _at_place(places, word, record, asked)
    layers, heads = next(iter(found.values()))[0].shape
    columns = tuple(Head(asked.kind, _query(asked), m + 1, n + 1) for m in range(layers) for n in range(heads))
    log_odds, mass = (np.array([found[word.id][n].ravel() for word in words]) for n in (0, 1))
    why = tuple(found[word.id][2] for word in words)
    has_gold = all(surfaces[word.id][1] for word in words)
    return Measured(
        *(columns, {SCALE: log_odds, MASS: mass}, np.array([not each for each in why]), why),
        *(tuple(surfaces[word.id][n] for word in words) for n in (0, 1)),
        reason="the gold segment at the query step" if has_gold else "a query",
        notes=(*places.notes, *([] if has_gold else [NO_GOLD]), *([FORCED] if is_forced(dump) else [])),
        left_out=len(dump) - len(words),
    )


def exact_match_of(dumps: Mapping[str, AttentionDump], words: Sequence[ListedWord]) -> Measured:
    """Whether each word is right as a whole, in each model; errors are what is measured, so that no word is left out.

    Raises:
        InputError: words that a dump lacks or knows as others, or a word without gold SR.
    """
    right, surface, reference = np.zeros((len(words), len(dumps))), {}, {}
    number = {word.id: n for n, word in enumerate(words)}
    for model, dump in enumerate(dumps.values()):
        by_id = matched(dump.require_complete(), words)
        for record in with_progress(dump):
            word = by_id.get(record.id)
            if word is None:
                continue
            _seen(word, record.underlying)
            gold = word.sr if record.reference is None else record.reference
            if gold is None:
                raise InputError(f"word {word.id!r} has no gold SR, in the dump or in the list: exact match needs one")
            right[number[word.id], model] = record.surface == gold
            surface[word.id], reference[word.id] = record.surface, gold
    of = ({}, {}) if len(dumps) > 1 else (surface, reference)
    forms = (tuple(each[word.id] for word in words) if each else () for each in of)
    return Measured(tuple(dumps), {RIGHT: right}, np.ones(len(words), bool), ("",) * len(words), *forms)


class Places:
    """Of each word the step that attends and the positions that are looked at.

    Raises:
        InputError: a column that the list does not have; no way to know the step.
    """

    def __init__(self, words: Sequence[ListedWord], asked: Conditions, outcomes: Outcomes | None, path: object):
        self.asked, self.outcomes, self.path, self.notes = asked, outcomes, path, []
        columns = list(words[0].more) if words else []
        self.has_target = TARGET in columns
        if asked.query:
            check_column(asked.query, columns, "--query", path)
        if asked.kind == "encoder" and not self.has_target:
            raise InputError(f"attention of the encoder is that of the target, and there is no column {TARGET}", path)
        if not asked.query and not self.has_target:
            raise InputError(
                f"which step attends? There is no column {TARGET} (position in the UR of the segment that is emitted), "
                "and no --query COLUMN (position in the SR, from 0)",
                path,
            )
        self.look_at = self._look_at(columns)
        self.inventory = outcomes.grammar.inventory if outcomes else _inventory(words)
        if outcomes is None and not asked.query and asked.kind == "cross":
            self.notes.append(
                "The query is the step that emits what corresponds to the target in the gold SR, by alignment; with "
                "--grammar and --process it is the decision step."
            )

    @property
    def grammar(self) -> Grammar | None:
        """Whose syllables and segments these are; None where it is not known."""
        return self.outcomes and self.outcomes.grammar

    def positions(self, word: ListedWord, record: AttentionRecord) -> list[int]:
        """The positions that are looked at, in the UR as the model saw it.

        Raises:
            InputError: beyond the word, or no such place in it.
        """
        if self.look_at in word.more:
            return [position_in(word.ur, record.underlying, n) for n in self._indices(word, self.look_at)]
        center = self.target(word, record) or 0  # the ends of a word need none
        seen = record.underlying
        regions = neighbors_of(seen, center) if self.grammar is None else regions_of(self.grammar, seen, center)
        places = [n for n in regions.get(self.look_at, ()) if seen[n] != EDGE]
        if not places:
            raise InputError(f"word {word.id!r} has no {self.look_at}", self.path, word.line or None)
        return places

    def target(self, word: ListedWord, record: AttentionRecord) -> int | None:
        """The position of the target in the UR as the model saw it; None without the column."""
        return position_in(word.ur, record.underlying, self._index(word, TARGET)) if self.has_target else None

    def gold(self, word: ListedWord, record: AttentionRecord) -> tuple[str, ...] | None:
        """The gold SR: of the dump, of the list, of the grammar; None where none is known."""
        gold = word.sr if record.reference is None else record.reference
        if gold is None and self.outcomes is not None:
            return self.outcomes.derive(word.ur, word.id).surface
        return gold

    def step(self, word: ListedWord, record: AttentionRecord) -> tuple[int | None, int | None, str]:
        """The step of the model's SR that attends, the position in the UR of what it emits, and why it is left out."""
        gold = self.gold(word, record)
        target = self.target(word, record)
        if self.outcomes is not None and not self.asked.query:
            item = Item(word.id, word.ur, gold, target_index=self._index(word, TARGET), line=word.line)
            event = self.outcomes.of(item, record).event
            why = "" if event.included else "another segment at the decision step"
            return event.step, target, "no decision step" if event.step is None else why
        right = record.surface if gold is None else gold
        if self.asked.query:
            step = self._index(word, self.asked.query, right, "SR")
            target = align(record.underlying, right, self.inventory).underlying_of(step) if target is None else target
        else:
            step = align(record.underlying, right, self.inventory).surface_of(target)
            if step is None:
                return None, target, "the target has no segment in the SR"
        if record.surface == right:
            return step, target, ""
        if step == len(right):
            return len(record.surface), target, "another segment at the query step"
        own = align(right, record.surface, self.inventory).surface_of(step)
        wrong = own is None or record.surface[own] != right[step]
        return own, target, "another segment at the query step" if wrong else ""

    def _look_at(self, columns: Sequence[str]) -> str:
        """The column, or the region, that is looked at."""
        name = self.asked.look_at
        if not name:
            raise InputError(
                "which position is looked at? --look-at names a column of positions in the UR, from 0 (trigger: "
                f"trigger_index), or one of {', '.join(REGIONS)}, syllable 0",
                self.path,
            )
        for column in (f"{name}_index", name):
            if column in columns:
                return column
        if name in REGIONS or _SYLLABLE.fullmatch(name):
            if not self.has_target and name not in REGIONS[:2]:
                raise InputError(f"--look-at {name} is beside the target, and there is no column {TARGET}", self.path)
            if name not in REGIONS and self.grammar is None:
                raise InputError(f"--look-at {name} needs the syllables of --grammar and --process", self.path)
            return name if name in REGIONS else f"syllable {int(name.split()[1]):+d}".replace("+0", "0")
        raise InputError(
            f"--look-at is {name!r}; allowed: a column of positions ({listed(columns)}), or {', '.join(REGIONS)}, "
            "syllable 0",
            self.path,
        )

    def _index(self, word: ListedWord, column: str, of: Sequence[str] | None = None, form: str = "UR") -> int:
        found = self._indices(word, column, of, form)
        if len(found) > 1:
            raise InputError(f"{column} is {word.more[column]!r}; allowed: one position", self.path, word.line or None)
        return found[0]

    def _indices(
        self, word: ListedWord, column: str, of: Sequence[str] | None = None, form: str = "UR"
    ) -> tuple[int, ...]:
        """Positions in a cell, checked; in the SR the step that emits the end is one more."""
        of, text = word.ur if of is None else of, word.more[column].strip()
        last = len(of) - (form == "UR")
        allowed = f"a position in the {form}, from 0 to {last}" + (", or several" if form == "UR" else "")
        parts = re.split(r"[\s,;]+", text) if text else []
        if not parts or not all(re.fullmatch(r"\d+", part) for part in parts):
            raise InputError(f"{column} is {text!r}; allowed: {allowed}", self.path, word.line or None)
        beyond = next((part for part in parts if int(part) > last), None)
        if beyond is not None:
            what = f"the {form} of {word.id!r} has {count(len(of), 'segment')}"
            raise InputError(f"{column} is {beyond}, and {what}; allowed: {allowed}", self.path, word.line or None)
        found = tuple(dict.fromkeys(map(int, parts)))
        edge = next((n for n in found if n < len(of) and of[n] == EDGE), None)
        if edge is not None:
            raise InputError(f"{column} is {edge}, a morpheme edge; allowed: a segment", self.path, word.line or None)
        return found


def _at_place(
    places: Places, word: ListedWord, record: AttentionRecord, asked: Conditions
) -> tuple[np.ndarray, np.ndarray, str]:
    """Log-odds and mass of all heads, and why the word is left out."""
    _seen(word, record.underlying)
    weights = record.weights(asked.kind)
    positions = places.positions(word, record)
    step, target, why = places.step(word, record)
    number = target if asked.kind == "encoder" else step
    if number is None:
        nothing = np.full(weights.shape[:2], np.nan)
        return nothing, nothing, why or "no query"
    row = weights[None, :, :, number]
    own = np.zeros((1, row.shape[-1] - 1), bool)
    own[0, positions] = True
    log_odds = log_odds_of(row, -1, own, [-1 if target is None or target in positions else target])[0]
    mass = renormalized(row, -1)[0][..., positions].sum(-1)
    return log_odds, mass, why or ("no other segment" if np.isnan(log_odds).any() else "")


def _seen(word: ListedWord, underlying: tuple[str, ...]) -> None:
    """Is it the same word?

    Raises:
        InputError: it is another.
    """
    as_seen(Item(word.id, word.ur, ()), underlying)


def _query(asked: Conditions) -> str:
    return "target" if asked.kind == "encoder" else asked.query or "decision"


def _inventory(words: Iterable[ListedWord]) -> Inventory:
    """Features of the words' segments, for alignment, as far as they are known."""
    segments = {
        unicodedata.normalize("NFC", one) for word in words for form in (word.ur, word.sr or ()) for one in form
    }
    return Inventory(one for one in sorted(segments - {EDGE}) if panphon_features(one) is not None)
