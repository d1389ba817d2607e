"""How do time and memory grow with the words? Whole commands on lists of 1,000 to 100,000 words, and growth.png.

Time is that of the cores, which hardly depends on what else runs. The seconds of the same command on a list of 100
words are taken from those of the others before the exponent is fitted: they are start-up. Sizes:
PHONOLOGY_BENCH_WORDS=1000,10000 in the environment leaves out the longest.
`intervene`, which forwards each word hundreds of times, has lists of its own, which are shorter.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import analysis
import setting
from results import Row, exponent
from setting import Used

SIZES = [int(n) for n in os.environ.get("PHONOLOGY_BENCH_WORDS", "1000,10000,100000").split(",")]
LEAST = 100  # words, for start-up
INTERVENED = (128, 512, 2048) if setting.SMALL else (128, 512, 2048, 8192)  # words, the first for start-up
OUT = setting.WORK / "growth"
SUFFIXES = 8  # of each class of the stimuli
PROCESS = "obstruent-nasalization"
MOST = 1.1  # allowed exponent


def _words(n: int) -> Path:
    """A list of nonce words."""
    path = OUT / f"words-{n}.tsv"
    if not path.is_file():
        setting.command("fairseq-phonology", "nonce", setting.GRAMMAR, "--n", n, "--seed", 8, "--out", path)
    return path


def _data(n: int) -> Path:
    """The same, binarized with the model's dictionaries, as the words that are tested."""
    folder = OUT / f"data-{n}"
    if not folder.is_dir():
        _prepare(n)
    return folder / "bin"


def _prepare(n: int) -> Used:
    line = ("--keep-edges", "--dictionaries", setting.prepared(), "--dest", OUT / f"data-{n}", "--overwrite")
    return setting.used("fairseq-phonology", "prepare", _words(n), *line)


def _validate(n: int) -> Used:
    line = ("--path", setting.trained("tiny"), "--valid-subset", "test", "--batch-size", 128, "--cpu")
    return setting.used("fairseq-validate", _data(n), "--user-dir", setting.USER_DIR, "--task", "phonology", *line)


def _generate(n: int) -> Used:
    line = ("--path", setting.trained("tiny"), "--gen-subset", "test", "--beam", 1, "--cpu", "--save-attention",
            OUT / "dump", "--overwrite-attention")  # fmt: skip
    return setting.used("fairseq-generate", _data(n), "--user-dir", setting.USER_DIR, "--task", "phonology", *line)


def _analyze(n: int) -> Used:
    folder = OUT / f"planted-{n}"
    if not folder.is_dir():
        shutil.rmtree(part := OUT / "part", ignore_errors=True)  # of a run that was stopped
        analysis.prepare(part, max(4, n // (4 * SUFFIXES)))
        part.rename(folder)
    shutil.rmtree(folder / "out", ignore_errors=True)
    return setting.used(*analysis.command(folder))


def _intervene(n: int) -> Used:
    stimuli, stems = OUT / f"stimuli-{n}.tsv", n // (4 * SUFFIXES)
    if not stimuli.is_file():
        setting.command("fairseq-phonology", "stimuli", setting.GRAMMAR, "--process", PROCESS, "--stems", stems,
                        "--suffixes", SUFFIXES, "--seed", 1, "--out", stimuli)  # fmt: skip
    line = ("--data", setting.prepared(), "--grammar", setting.GRAMMAR, "--process", PROCESS, "--stimuli", stimuli)
    return setting.used("fairseq-phonology", "intervene", setting.trained("tiny"), *line, "--cpu", "--out",
                        OUT / "effects", "--overwrite")  # fmt: skip


def _score(n: int) -> Used:
    line = ("--data", setting.prepared(), "--candidates", _candidates(n), "--cpu", "--overwrite")
    return setting.used("fairseq-phonology", "score", setting.trained("tiny"), *line, "--out", OUT / "scores")


def _candidates(n: int) -> Path:
    """Of each word its SR, and the SR with its last segment twice."""
    path = OUT / f"candidates-{n}.tsv"
    if not path.is_file():
        _data(n)
        rows = (OUT / f"data-{n}" / "test.tsv").read_text(encoding="utf-8").splitlines()
        place = {name: column for column, name in enumerate(rows[0].split("\t"))}
        lines = ["item\tur\tsr\n"]
        for word, row in enumerate(rows[1:]):
            cells = row.split("\t")
            ur, sr = cells[place["ur"]], cells[place["sr"]]
            lines += [f"w{word}\t{ur}\t{form}\n" for form in (sr, f"{sr} {sr.split()[-1]}")]
        path.write_text("".join(lines), encoding="utf-8")
    return path


VERBS: dict[str, Callable[[int], Used]] = {
    "prepare": _prepare,
    "validate": _validate,
    "generate + dump": _generate,
    "analyze": _analyze,
    "intervene": _intervene,
    "score": _score,
}


def figure(found: dict[str, dict[int, Used]], path: Path) -> None:
    """Seconds without start-up, where they can be told from it, and memory, by words; all logarithmic."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import NullLocator, StrMethodFormatter

    drawn, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, some in found.items():
        least, *sizes = some
        more = {n: some[n].of_cores - some[least].of_cores for n in sizes}
        told = [n for n in sizes if more[n] > some[least].of_cores / 20]
        axes[0].plot(told, [more[n] for n in told], "o-", label=name)
        axes[1].plot(sizes, [some[n].mebibytes for n in sizes], "o-", label=name)
    for one, what in zip(axes, ("seconds of a core, start-up left out", "memory at its highest, MiB"), strict=True):
        one.set(xscale="log", yscale="log", xlabel="words", ylabel=what)
        for axis in (one.xaxis, one.yaxis):
            axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    line = axes[0].axline((SIZES[0], 1), (10 * SIZES[0], 10), color=".7", linestyle=":", zorder=0)
    axes[0].legend([line], ["linear"], frameon=False, loc="lower right")
    axes[1].set_yticks([250, 500, 1000, 2000])
    axes[1].yaxis.set_minor_locator(NullLocator())
    axes[1].legend(frameon=False, bbox_to_anchor=(1.02, 1), loc="upper left")
    drawn.savefig(path, dpi=150)


def rows() -> Iterator[Row]:
    """(what, measured, target) of each row."""
    OUT.mkdir(exist_ok=True)
    found: dict[str, dict[int, Used]] = {}
    for name, verb in VERBS.items():
        least, *sizes = INTERVENED if name == "intervene" else (LEAST, *SIZES)
        verb(least)  # what it needs is made
        found[name] = some = {}
        for size in (least, *sizes):
            some[size] = verb(size)
            print(name, size, some[size], flush=True)
        times = [some[size].of_cores - some[least].of_cores for size in sizes]
        parts = ", ".join(f"{some[n].of_cores:.1f} s and {some[n].mebibytes:,.0f} MiB for {n:,}" for n in sizes)
        said = f"{parts}; start-up {some[least].of_cores:.1f} s; time ~ words^{exponent(sizes, times):.2f}"
        memory = exponent(sizes, [some[size].mebibytes for size in sizes])
        yield name, f"{said}, memory ~ words^{memory:.2f}", f"<= {MOST}"
    figure(found, setting.WORK / "growth.png" if setting.SMALL else Path(__file__).with_name("growth.png"))
