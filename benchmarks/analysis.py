"""How long does `analyze` take, how much memory, and does twice the words take twice the time? By the real command."""

from __future__ import annotations

import itertools
import tempfile
import time
from pathlib import Path

import setting

from fairseq_phonology.analysis.contrasts.analyze import analyze
from fairseq_phonology.analysis.events.collect import collect
from fairseq_phonology.analysis.events.tables import write_events, write_regions, write_words
from fairseq_phonology.attention.dump.reader import AttentionDump
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import read_stimuli, write_stimuli
from tests.helpers import planted

LAYERS, HEADS = 6, 4
KINDS = ("cross", "encoder")  # what --save-attention writes where nothing is said
STEMS = (32, 320)  # of each class; with 8 + 8 suffixes 1,024 and 10,240 words
GRAMMAR = """
language = "planted"

[inventory]
segments = "p t k s f h m n ŋ a i u"

[[process]]
name = "nasalization"
rules = ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]
"""


def prepare(folder: Path, stems: int) -> int:
    """A grammar, stimuli and a dump of them in ``folder``; the number of words."""
    folder.mkdir()
    (folder / "grammar.toml").write_text(GRAMMAR, encoding="utf-8")
    items = planted.crossed_items(stems=stems, suffixes=8)
    write_stimuli(folder / "stimuli.tsv", items)
    effects = [planted.Effect("response", 2.0, 5, 3), planted.Effect("salience", 3.0, 6, 2)]
    planted.planted_dump(folder / "dump", items, LAYERS, HEADS, effects, kinds=KINDS)
    return len(items)


def command(folder: Path) -> list[object]:
    """The command on what is in ``folder``."""
    line = ["fairseq-phonology", "analyze", folder / "dump", "--grammar", folder / "grammar.toml"]
    return [*line, "--process", "nasalization", "--stimuli", folder / "stimuli.tsv", "--out", folder / "out"]


def parts(folder: Path) -> dict[str, float]:
    """Seconds of its parts: the stimuli, the events, all families of tests, the tables."""
    grammar, dump = Grammar.load(folder / "grammar.toml"), AttentionDump(folder / "dump")
    times = [time.perf_counter()]
    items = read_stimuli(folder / "stimuli.tsv", grammar, "nasalization")
    times.append(time.perf_counter())
    collect(dump, items, grammar, "nasalization", progress=False)
    times.append(time.perf_counter())
    study = analyze(dump, grammar, "nasalization", items)
    times.append(time.perf_counter())
    for write, name in ((write_events, "events.csv.gz"), (write_words, "words.csv"), (write_regions, "regions.csv")):
        write(study.events, folder / name)
    times.append(time.perf_counter())
    stimuli, events, whole, tables = (end - start for start, end in itertools.pairwise(times))
    return {"stimuli": stimuli, "events": events, "tests": whole - events, "tables": tables}


def rows() -> list[tuple[str, str, str]]:
    """(what, measured, target) of each row."""
    found, made = [], {}
    what = f"`analyze`, {LAYERS * HEADS} heads, cross and encoder"
    setting.WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=setting.WORK) as name:
        for stems in STEMS:
            folder = Path(name) / str(stems)
            words = prepare(folder, stems)
            made[words] = setting.used(*command(folder))
            target = "< 30 s, < 1 GiB" if stems == STEMS[-1] else ""
            took = f"{made[words].seconds:.1f} s, {made[words].mebibytes:,.0f} MiB at most"
            found.append((f"{what}: {words:,} words", took, target))
        shares = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in parts(folder).items())
    (few, short), (many, long) = made.items()
    found.append((f"of these for {many:,} words, without figures and report", shares, ""))
    ratio = f"{long.seconds / short.seconds:.1f} x the time for {many / few:.0f} x the words"
    found.append(("linear in words", ratio, f"<= {many / few:.0f} x"))
    return found


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
