"""Readers of files that a stranger may have written, each as a function of bytes: to fuzz, and to replay.

A target reads its input with the tool's own function and may end in one way beside success: `InputError`.
"""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairseq_phonology.attention.dump import manifest as manifests
from fairseq_phonology.attention.dump.reader import AttentionDump, DumpWriter
from fairseq_phonology.corpus.candidates import check_candidates, lone_line, merged, read_candidates
from fairseq_phonology.corpus.columns import EQUAL, Columns
from fairseq_phonology.corpus.lexicon import Lexicon
from fairseq_phonology.corpus.pairs import read_words
from fairseq_phonology.corpus.prepared import read_prepared
from fairseq_phonology.corpus.splits import name_words
from fairseq_phonology.corpus.tables import SEPARATORS
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.corpus.variants import DRAW, REPEAT, read_variants, weigh
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.grammar.sections import _KEYS
from fairseq_phonology.phonology.notation import symbols
from fairseq_phonology.phonology.notation.rules import read_classes
from fairseq_phonology.phonology.process import MANNERS, Process
from fairseq_phonology.phonology.profile import Profile
from fairseq_phonology.stimuli.items import COLUMNS, read_stimuli, write_stimuli
from fairseq_phonology.training.history import history
from fairseq_phonology.training.history.curves import CurvesDisplay
from fairseq_phonology.workflow.reader import TOP
from fairseq_phonology.workflow.sections import SECTIONS
from fairseq_phonology.workflow.study import read_study
from tests.fuzz import shards
from tests.helpers import dumped
from tests.helpers.toy_grammar import toy_grammar


@functools.cache
def _folder() -> Path:
    """Where inputs lie while they are read: in memory, if there is such a place."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="fuzz", dir=memory if memory.is_dir() else None))


def _file(data: bytes, name: str = "input.txt") -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


def _chosen(data: bytes, choices: Sequence[Any]) -> Any:
    """The one that the first byte asks for: ``a`` for the first."""
    return choices[((data[0] if data else 0) - ord("a")) % len(choices)]


_HANGUL = Units("hangul-ur", "ipa", keep_edges=True, strip=("-", "."), phrases=True)
_COLUMNS = Columns("1", "2", "id", ("3",), True, EQUAL, header=True, repeated=True)
_UNITS = [
    Units(),
    Units("ipa", "ipa"),
    Units("ipa", "ipa", normalize_ipa=True, strip=("ˈ", "'")),
    Units("grapheme", "jamo"),
    _HANGUL,
    Units(columns=Columns(tags=("3",), weight="4")),
    Units(columns=Columns(weight=EQUAL, group="1")),
    Units("ipa", columns=Columns("ur", "sr", header=True)),
    Units("grapheme", "grapheme", columns=_COLUMNS),
    *(Units("grapheme", "grapheme", columns=Columns(separator=name)) for name in SEPARATORS),
]


def read_list(data: bytes) -> None:
    """A word list; which one of its kinds, and which units, is the first byte's to say."""
    first, path = data[:1].decode("latin-1"), _file(data[1:])
    if first == "P":
        read_prepared(path)
    elif first == "V":
        read_variants(path)
    elif first == "L":
        Lexicon.read(str(path), Units("grapheme", "grapheme")).ngrams()
    elif first == "O":
        profile = Profile.load(path)
        profile.segment("chat", "+")
    elif first == "2":
        ur, _, sr = data[1:].partition(b"\f")
        read_words(f"{_file(ur, 'ur.txt')},{_file(sr, 'sr.txt')}", Units("ipa", "ipa"), [])
    else:
        words = read_words(str(path), _chosen(data, _UNITS), [], used=None)
        name_words(words, "train")
        if words[0].weight is not None:
            for how in (REPEAT, DRAW):
                weigh({"train": words}, how, None, 1, True, "weight")


def read_grammar(data: bytes) -> None:
    """A grammar, and what it makes of a few words of its segments."""
    grammar = Grammar.load(_file(data, "grammar.toml"))
    segments = grammar.inventory.segments[:6]
    for stratum in grammar.strata or [""]:
        for ur in (segments, segments[::-1], (*segments[:2], "+", *segments[:4])):
            grammar.variants(ur, grammar.optional, stratum=stratum)


@functools.cache
def _toy() -> Grammar:
    return Grammar.load(_file(toy_grammar().encode(), "toy.toml"))


def read_rule(data: bytes) -> None:
    """A rule, applied to two words; the first byte chooses the manner of application."""
    inventory = _toy().inventory
    known = read_classes({"N": "[+nas]", "C": "[-syl]", "V": "[+syl]"}, inventory)
    manner = _chosen(data, MANNERS)
    for given in (None, known):
        process = Process.parse(data[1:].decode(errors="replace"), symbols=given, manner=manner)
        for word in ("p a n t + u s m", "i i k k h a"):
            process.apply_to(shards.form(word), inventory, _syllables())


@functools.cache
def _syllables():
    table = {"inventory": {"segments": "p a"}, "syllable": {"onsets": ["", "p"], "nuclei": ["a"], "codas": ["", "p"]}}
    return Grammar.from_table(table).syllables


def read_run(data: bytes) -> None:
    """A training log, or a ``history.csv``, and its curves."""
    run = history.load_run(_file(data, "log.txt"), [])
    CurvesDisplay.from_rows(run, processes=True)
    if all(row["updates"] is not None for row in run.rows):
        path = _file(history.to_csv(run.rows).encode(), "history.csv")
        history.read_history(path)


def read_manifest(data: bytes) -> None:
    """The manifest of a dump: with ``!`` first the bytes behind it, else changes of a sound one, whose checksum fits.

    Changes are JSON: objects are put into those that are there, and ``"-"`` takes out what is there.
    """
    folder = _copy(_dump())
    path = folder / manifests.FILE_NAME
    if data[:1] == b"!":
        path.write_bytes(data[1:])
    else:
        try:
            found = _changed(json.loads(path.read_bytes()), json.loads(data))
            found = found | {"sha256": manifests._checksum(found)} if isinstance(found, dict) else found
            path.write_text(json.dumps(found), encoding="utf-8")
        except (ValueError, RecursionError):
            return  # no changes
    _read_dump(folder)


def _changed(there: Any, changes: Any) -> Any:
    if not (isinstance(there, dict) and isinstance(changes, dict)):
        return changes
    found = {**there, **{key: _changed(there.get(key), value) for key, value in changes.items()}}
    return {key: value for key, value in found.items() if value != "-"}


def read_shard(data: bytes) -> None:
    """A shard: with ``P`` first one that still grows; bytes as they are, or a list of edits; see `shards`."""
    growing = data[:1] == b"P"
    folder = _copy(_growing() if growing else _dump())
    if growing:
        shards.write_part(folder, data[1:])
    else:
        shards.write(folder, data)
    _read_dump(folder)


_RECORDS = [dumped.word(0), dumped.word(1, ur="a", sr="a ŋ"), dumped.word(1, rank=1, ur="a", sr="a")]


@functools.cache
def _dump() -> Path:
    """A small dump of two words."""
    return dumped.write(_folder() / "dump", _RECORDS, words=2)


@functools.cache
def _growing() -> Path:
    """The same, of a run that did not end."""
    writer = DumpWriter(_folder() / "growing", dumped.manifest(words=2))
    writer.write(_RECORDS[:1])
    writer.write(_RECORDS[1:])
    shutil.copytree(_folder() / "growing", _folder() / "grown")
    writer.close()
    return _folder() / "grown"


def _copy(dump: Path) -> Path:
    folder = _folder() / "edited"
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(dump, folder)


def _read_dump(folder: Path) -> None:
    with AttentionDump(folder) as dump:
        repr(dump), dump.complete, dump.ids(), "w0" in dump
        for _ in dump.records():
            pass
        for _ in dump.forms():
            pass
        dump.row(0)


def read_items(data: bytes) -> None:
    """A list of stimuli, read with the units of the first byte, and written again."""
    units = _chosen(data, [None, Units("ipa", "ipa", keep_edges=True)])
    items = read_stimuli(_file(data[1:], "stimuli.tsv"), _toy(), "nasalization", units, notes=[])
    write_stimuli(_folder() / "again.tsv", items)
    if units is None:
        read_stimuli(_folder() / "again.tsv", _toy(), "nasalization", notes=[])


def read_list_of_candidates(data: bytes) -> None:
    """Candidates, read with the units of the first byte."""
    units = _chosen(data, _UNITS)
    candidates = read_candidates(str(_file(data[1:], "candidates.tsv")), units, [], taken=("share",))
    check_candidates(candidates)
    lone_line(merged(candidates, candidates))


@functools.cache
def _study_folder() -> Path:
    folder = _folder() / "study"
    folder.mkdir()
    (folder / "toy.toml").write_text(toy_grammar(), encoding="utf-8")
    (folder / "list.tsv").write_text("id\tur\tsr\n1\tp a\tp a\n", encoding="utf-8")
    return folder


def read_study_file(data: bytes) -> None:
    """A study file, beside a grammar ``toy.toml`` and a list ``list.tsv``."""
    read_study(_file(data, _study_folder() / "study.toml"))


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes:
        read: it, of bytes.
        seeds: files of the repository to begin with, as patterns, each with what stands before its bytes.
        words: of its format, for the fuzzer to put in.
    """

    read: Callable[[bytes], None]
    seeds: tuple[tuple[bytes, str], ...] = ()
    words: tuple[str, ...] = ()


_NOTATION = (
    *"-> → ⟶ ∅ 0 / _ ___ # ## $ + . * , ; ( ) { } [ ] | : α -α β ± [+nas] [-syl] [αback] [0cons] C₀ C₁ C₁² Cᵢ".split(),
    *"C V N p t k m n ŋ a i u s f h l 1 2 … < > ⟨ ⟩ σ = ' \" ʰ ̃".split(),
    *(*symbols.MARKS, *symbols.REFUSED, *symbols.MEANING),
)
_TOML = (
    *"\"\"\" ''' [[ ]] { } = true false inf nan -0 1e400 0x 1979-05-27 toy.toml list.tsv".split(),
    *dict.fromkeys(key for keys in _KEYS.values() for key in sorted(keys)),
)
_STUDY = (
    *(*TOP, *(f"\n[{name}]\n" for name in SECTIONS)),
    *dict.fromkeys(key for section in SECTIONS.values() for key in section.all_keys()),
)
_TABLE = (
    *("\t", "\r\n", "  ", '"', '""', "\f", "\ufeff", "\0", ";;; ", "AH0 K AE1 T", "(1)", "sep=;"),
    *"; , | ur sr UR SR id word 가 학문 t͡ɕ ʰ + # N;PL V;PST <PST> ∅ 1,5 nan inf 1e308 1e999 -1 <pad> </s>".split(),
    *(*COLUMNS, "T", "R", "C", "N", "item", "variant", "source", "share", "Grapheme", "weight", "pairs"),
)
_LOG = (
    *('{"epoch": 1, "valid_loss": "2.5", "valid_num_updates": "10"}', " | valid on 'valid' subset | loss 1 "),
    *("Loaded checkpoint x @ 5 updates", "training on 1 GPUs", "best_checkpoint_metric='wer'", "epoch 001 | "),
    *(
        "Saved checkpoint a/b.pt (epoch 1 @ 2 updates, score 3)",
        "maximize_best_checkpoint_metric=True",
        "\x1b[0m",
        "No existing checkpoint found",
    ),
    *"valid_ train_ best_ num_updates loss NaN Infinity 1e999 true null []".split(),
    *history.COLUMNS,
)
_MANIFEST = (
    *"format_version shards kinds norms words_expected shards_expected records bytes finished words_written".split(),
    *"checkpoint_sha256 null true false -1 1e999 NaN ../x 00000 [] {} cross encoder decoder 1".split(),
)

TARGETS = {
    "lists": Target(
        read_list,
        (
            (b"a", "user_dir_examples/english_past_tense/wug.tsv"),
            (b"e", "user_dir_examples/*/attested.tsv"),
            (b"b", "tests/grammars/*.tsv"),
            (b"d", "user_dir_examples/*/attested.tsv"),
        ),
        _TABLE,
    ),
    "grammars": Target(
        read_grammar,
        ((b"", "user_dir_examples/*/*.toml"), (b"", "tests/grammars/*.toml")),
        (*_TOML, *_NOTATION),
    ),
    "rules": Target(read_rule, (), _NOTATION),
    "logs": Target(read_run, ((b"", "tests/training/history/logs/*.txt"),), _LOG),
    "manifests": Target(read_manifest, (), _MANIFEST),
    "shards": Target(read_shard),
    "stimuli": Target(read_items, ((b"a", "user_dir_examples/*/attested.tsv"),), _TABLE),
    "candidates": Target(
        read_list_of_candidates,
        ((b"a", "user_dir_examples/english_past_tense/wug.tsv"),),
        _TABLE,
    ),
    "studies": Target(read_study_file, ((b"", "user_dir_examples/*/*.toml"),), (*_TOML, *_STUDY)),
}


def refused(name: str, data: bytes) -> str:
    """How a target answers to an input: the tool's own refusal; empty where the input is read.

    Raises:
        Exception: whatever else the reader let through; that is a fault of it.
    """
    try:
        TARGETS[name].read(data)
    except InputError as error:
        return str(error)
    return ""
