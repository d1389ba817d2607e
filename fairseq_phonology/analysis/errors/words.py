"""The words that models were asked about: from the prepared list, or from what the models' own output says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...corpus.prepared import UNKNOWN, Row, check_same, read_prepared
from ...corpus.signs import is_symbol
from ...corpus.variants import FILE_NAME, Form, read_variants
from ...errors import InputError
from ...phonology.transcription import EDGE, WORD_EDGE
from ...text import count
from ...training.dictionaries import read_dictionary
from .outputs import Answer, Output

SEGMENT, PAIR, NEW, TRAINED = "unseen segment", "unseen pair", "new word", "training word"
SEEN = "no unseen segment"  # where nothing but the dictionaries is known
GROUPS = (SEGMENT, PAIR, NEW, TRAINED, SEEN)


@dataclass(frozen=True)
class Word:
    """One word.

    Attributes:
        id: the user's name for it.
        ur: underlying segments as the model sees them, edges and symbols of tags included.
        sr: the reference.
        variants: all SRs that are right, most frequent first; none of a word with one SR.
        columns: the user's further columns.
    """

    id: str
    ur: Form
    sr: Form
    variants: tuple[Form, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Of the UR, in segments: without edges and symbols of tags."""
        return sum(map(is_segment, self.ur))


def wrong_word(id: str, ur: str, hypothesis: str, reference: str, columns: Mapping[str, str]) -> str:
    """``학문  /h a k m u n/ -> [h a k m u n], not [h a ŋ m u n]``: as the word is spelled, or else its id."""
    texts = (columns.get(name, "").strip() for name in ("ur_text", "word"))
    label = next((text for text in texts if text and text != ur), id)
    return f"{label}  /{ur}/ -> [{hypothesis}], not [{reference}]"


def is_segment(symbol: str) -> bool:
    """Whether a symbol of a UR is a segment, maybe one that the model does not know."""
    return symbol in UNKNOWN or not (symbol in (EDGE, WORD_EDGE) or is_symbol(symbol))


def words_of(
    outputs: Sequence[Output], table: str = "", partial: bool = False
) -> tuple[list[Word], list[list[Answer]]]:
    """The words, and what each model says of them, in their order.

    Args:
        outputs: one a model.
        table: the list that `prepare` wrote; words with several SRs are in ``variants.tsv`` beside it.
        partial: take outputs that lack words of the list.

    Raises:
        InputError: there are no references; the outputs are of different words, or of others than the list.
    """
    rows = read_prepared(table) if table else None
    variants = _variants(table)
    answers = [_in_order(output, rows, table) for output in outputs]
    for output, each in zip(outputs, answers, strict=True):
        if rows is not None and len(each) < len(rows) and not partial:
            raise InputError(
                f"has {len(each):,} of the {count(len(rows))} of {table}; --partial takes those that are there",
                output.path,
            )
    words = [
        _word(answer, None if rows is None else rows[place], variants, outputs[0].path, table)
        for place, answer in answers[0].items()
    ]
    for output, other in zip(outputs[1:], answers[1:], strict=True):
        if list(other) != list(answers[0]):
            here = f"{count(len(other))} here, {len(answers[0]):,} there"
            raise InputError(f"has other words than {outputs[0].path}: {here}", output.path)
        for word, answer in zip(words, other.values(), strict=True):
            _check_fit(answer, word.ur, word.sr, output.path, outputs[0].path)
    return words, [list(each.values()) for each in answers]


def _in_order(output: Output, rows: Sequence[Row] | None, table: str) -> dict[str | int, Answer]:
    """The answers by the place of their word: its row in the list, or else its name."""
    if rows is None:
        return {answer.id if answer.row is None else answer.row: answer for answer in output.answers}
    ids = {row["id"]: n for n, row in enumerate(rows)}
    named = all(answer.id in ids for answer in output.answers if answer.row is None)
    places: dict[int, Answer] = {}
    for answer in output.answers:
        place = answer.row
        if place is None:  # of a data set without prepare's table, the id is the number
            place = ids[answer.id] if named else int(answer.id) if answer.id.isdecimal() else len(rows)
        if place >= len(rows):
            raise InputError(f"has no word {answer.id!r}, which {output.path} has: a list of other words", table)
        places[place] = answer
    return dict(sorted(places.items()))


def _word(answer: Answer, row: Row | None, variants: Mapping[Form, tuple[Form, ...]], path: str, table: str) -> Word:
    if row is None:
        ur, sr, id, columns = answer.ur, answer.sr, answer.id, answer.columns
    else:
        ur, sr = tuple(row["ur"].split()), tuple(row["sr"].split()) if row.get("sr") else answer.sr
        _check_fit(answer, ur, sr or (), path, table)
        columns = {**answer.columns, **{name: cell for name, cell in row.items() if name not in ("id", "ur", "sr")}}
        id = row["id"]
    if not sr:
        raise InputError(
            f"has no reference of the word {id} (no T- line): SRs are needed; give the list that has them (--words)",
            path,
        )
    several = variants.get(ur, ())
    if several and sr not in several:
        raise InputError(
            f"{FILE_NAME} beside it has {', '.join(map(' '.join, several))} for {' '.join(ur)}, and not "
            f"{' '.join(sr)}, as the word {id} has: it is of other data; run prepare again, or move it away",
            table,
        )
    return Word(id, ur, sr, several, columns)


def _check_fit(answer: Answer, ur: Form, sr: Form, path: str, other: str) -> None:
    """Is the answer about this word? Segments that its model does not know fit any."""
    for form, own, known in (("UR", answer.ur, ur), ("SR", answer.sr, sr)):
        if own is not None and known:
            check_same(answer.id, form, own, known, path, other)


def _variants(table: str) -> dict[Form, tuple[Form, ...]]:
    path = Path(table).with_name(FILE_NAME) if table else None
    if path is None or not path.is_file():
        return {}
    return {ur: tuple(one.sr for one in some) for ur, some in read_variants(path).items()}


@dataclass(frozen=True)
class Training:
    """What the training words had.

    Attributes:
        path: where this is from.
        ur, sr: segments of the URs, symbols included, and of the SRs.
        pairs: segments of the URs that stand side by side, edges of the word included; None where only the dictionaries
            are known.
        urs: the URs.
        rows: the words by column; None where only the dictionaries are known.
    """

    path: str
    ur: frozenset[str]
    sr: frozenset[str]
    pairs: frozenset[tuple[str, str]] | None = None
    urs: frozenset[Form] = frozenset()
    rows: tuple[Row, ...] | None = None

    @classmethod
    def read(cls, path: str) -> Training:
        """From the list of training words that `prepare` wrote, or a folder with fairseq's dictionaries.

        Raises:
            InputError: it is neither.
        """
        if Path(path).is_dir():
            dictionaries = {each.name.split(".")[1]: each for each in sorted(Path(path).glob("dict.*.txt"))}
            if not {"ur", "sr"} <= set(dictionaries):
                raise InputError(
                    "has no dict.ur.txt and dict.sr.txt; give the training words (train.tsv) or the folder of the "
                    "binarized data",
                    path,
                )
            ur, sr = (frozenset(read_dictionary(dictionaries[form])) for form in ("ur", "sr"))
            return cls(path, ur, sr)
        rows = read_prepared(path)
        if "sr" not in rows[0]:
            raise InputError("has no column 'sr': not the training words", path, 1)
        urs = frozenset(tuple(row["ur"].split()) for row in rows)
        srs = {tuple(row["sr"].split()) for row in rows}
        pairs = frozenset(pair for ur in urs for pair in pairs_of(ur))
        return cls(path, frozenset().union(*urs), frozenset().union(*srs), pairs, urs, tuple(rows))

    def group(self, word: Word) -> str:
        """One of `GROUPS`: the first that is true of the word."""
        if self.new_segments(word):
            return SEGMENT
        if self.pairs is None:
            return SEEN
        if not self.pairs.issuperset(pairs_of(word.ur)):
            return PAIR
        return TRAINED if word.ur in self.urs else NEW

    def new_segments(self, word: Word) -> list[str]:
        """Symbols of the UR and segments of the reference that the training words do not have there."""
        new = [s for form, known in ((word.ur, self.ur), (word.sr, self.sr)) for s in form if s not in known]
        return list(dict.fromkeys(new))

    def unseen(self, word: Word) -> str:
        """What of the word the training words do not have: segments, else pairs; empty where there is nothing."""
        if new := self.new_segments(word):
            return " ".join(new)
        pairs = () if self.pairs is None else (pair for pair in pairs_of(word.ur) if pair not in self.pairs)
        return " ".join(dict.fromkeys(map("".join, pairs)))


def pairs_of(ur: Form) -> list[tuple[str, str]]:
    """The symbols of a UR two by two, the edges of the word as #, without symbols of tags."""
    inside = [s for s in ur if s in UNKNOWN or not is_symbol(s)]
    return list(zip([WORD_EDGE, *inside], [*inside, WORD_EDGE], strict=True))
