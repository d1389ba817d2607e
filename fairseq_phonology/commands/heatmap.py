"""``fairseq-phonology heatmap``: pictures of the attention for single words."""

from __future__ import annotations

import argparse
import re
from contextlib import ExitStack
from pathlib import Path

from tqdm import tqdm

from ..attention.dump.reader import AttentionDump
from ..attention.record import KINDS, AttentionRecord
from ..corpus.prepared import check_same, read_prepared
from ..errors import InputError
from ..files import new_file, picture_format
from ..text import listed
from .wiring.numbers import Number
from .wiring.terminal import say

EXAMPLE = "fairseq-phonology heatmap attention 학문 거짓말 --all --out words.pdf"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("dump", metavar="DUMP", help="folder that fairseq-generate --save-attention wrote")
    add(
        "word",
        metavar="WORD",
        nargs="+",
        help="id of a word, or row:N for sample N of the data set, from 0; with --words also a UR",
    )
    add(
        "--words",
        metavar="TSV",
        help="list that prepare wrote for the data set, such as test.tsv: a WORD may then be a UR of it, in "
        "segments or as you wrote it",
    )
    add(
        "--out",
        metavar="FILE",
        required=True,
        help="the picture: .png, .svg or .pdf; several words are drawn on the pages of one PDF, or else each in a file "
        "of its own: words.png becomes words-학문.png, words-거짓말.png, and words-row7.png for row:7",
    )
    add("--overwrite", action="store_true", help="replace pictures that are there")
    add("--kind", choices=KINDS, help="kind of attention (default: cross, else the first in the dump)")
    add(
        "--norms",
        action="store_true",
        help="norms of the weighted value vectors (fairseq-generate --attention-norms) instead of weights; the "
        "values of each query add up to 1",
    )
    add("--layer", type=Number(1, 10_000), metavar="L", help="this layer, from 1 (default: the mean over all)")
    add("--head", type=Number(1, 10_000), metavar="H", help="this head of that layer, from 1 (default: the mean)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--all", action="store_true", help="draw every layer and head, or every head of --layer")
    how.add_argument(
        "--mean", action="store_true", help="draw the mean over heads, and without --layer over layers (default)"
    )


def run(args: argparse.Namespace) -> None:
    """Find all words, draw all pictures, then write them."""
    out = Path(args.out)
    ending = picture_format(out)
    if args.mean and args.head is not None:
        raise InputError(f"found --mean (over heads) and --head {args.head} (one of them); allowed: one of the two")
    words = list(dict.fromkeys(args.word))
    names = _Listed(args.words, args.dump) if args.words else None
    paths = _paths(out, words, ending)
    with ExitStack() as files:
        places = [files.enter_context(new_file(path, args.overwrite, {"list": args.words})) for path in paths]
        _draw(args, words, names, places)
    for path in paths:
        say(f"picture: {path}")


def _draw(args: argparse.Namespace, words: list[str], names: _Listed | None, places: list[Path]) -> None:
    """All words into one file, or each into its own."""
    from ..attention.heatmap import HeatmapDisplay, save_heatmaps

    with AttentionDump(args.dump) as dump:
        if args.kind:
            dump.require_kind(args.kind)
        if args.norms:
            dump.require_norms()
        records = [_find(dump, word, names) for word in words]
    displays = []
    for record in tqdm(records, unit=" words", delay=1, disable=None, leave=False):
        try:
            display = HeatmapDisplay.from_record(record, args.kind, args.layer, args.head, args.all, args.norms)
        except ValueError as error:
            raise InputError(str(error), args.dump) from None
        try:
            displays.append(display.plot())
        except ValueError as error:
            raise InputError(f"word {record.id}: {error}", args.dump) from None
    for place, drawn in zip(places, [displays] if len(places) == 1 else [[each] for each in displays], strict=True):
        save_heatmaps(drawn, place)


class _Listed:
    """The list of ``--words``, by UR; of another data set than the dump's, it is refused."""

    def __init__(self, table: str, dump: str):
        self._rows, self._table, self._dump = read_prepared(table), table, dump
        self.samples: dict[str, list[int]] = {}  # UR -> the samples that have it
        for n, row in enumerate(self._rows):
            for ur in {row["ur"], row.get("ur_text", row["ur"])}:
                self.samples.setdefault(ur, []).append(n)

    def record(self, dump: AttentionDump, ur: str) -> AttentionRecord:
        """The record of the first sample that has a UR."""
        n = self.samples[ur][0]
        try:
            return dump.row(n)
        except InputError as error:
            why = f"{ur!r} is row {n} of {self._table}: a list of other words, or the dump is not whole"
            raise InputError(f"{error.message}; {why}", error.path) from None

    def check(self, record: AttentionRecord) -> None:
        """Refuse a record whose UR is not that of its row in the list."""
        if record.row >= len(self._rows):
            raise InputError(f"has no word {record.id!r}, which {self._dump} has: a list of other words", self._table)
        ur = self._rows[record.row]["ur"].split()
        check_same(record.id, "UR", record.underlying, ur, self._dump, self._table)


def _find(dump: AttentionDump, word: str, names: _Listed | None) -> AttentionRecord:
    samples = names.samples.get(word, []) if names else []
    if word in dump:  # an id that looks like a row, or like a UR, is still an id
        record, samples = dump[word], []
    elif sample := re.fullmatch(r"row:(\d+)", word):
        record, samples = dump.row(int(sample[1])), []
    elif samples:
        record = names.record(dump, word)
    else:
        record = dump[word]
    if names:
        names.check(record)
    if len(samples) > 1:
        raise InputError(f"several words are {word!r}: {listed([f'row:{n}' for n in samples])}; name one of these")
    return record


def _paths(out: Path, words: list[str], ending: str) -> list[Path]:
    """One file for one word or a PDF, else one a word."""
    if len(words) == 1 or ending == "pdf":
        return [out]
    # letters of any script; what a file system may not like becomes _
    names = [re.sub(r"[^\w.+-]", "_", re.sub(r"^row:", "row", word)) for word in words]
    twice = [word for word, name in zip(words, names, strict=True) if names.count(name) > 1]
    if twice:
        raise InputError(
            f"the words {', '.join(twice)} would be drawn into the same file; give the name of a PDF, "
            "which has a page for each"
        )
    return [out.with_name(f"{out.stem}-{name}{out.suffix}") for name in names]
