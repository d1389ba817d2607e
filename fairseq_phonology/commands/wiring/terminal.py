"""What stands in the terminal around the verbs: the way from word lists to a report, color, the next command."""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ...text import columns as width_of
from ...text import shown

if TYPE_CHECKING:
    from ...analysis.models.results import Models

BOLD, RED, DIM = "1", "1;31", "2"
_PAINT = f"\x1b{secrets.token_hex(8)}"  # before a style of our own, so that nobody else's text can have one
_LIST = "stimuli.tsv"
# words in capitals, as in CHECKPOINT, stand for what a verb cannot know


def say(*lines: object, to: TextIO | None = None, end: str = "\n") -> None:
    """Print lines, each in one line whatever texts of other people are in it; see `shown`.

    Args:
        lines: of our own words and anybody's, styles by `paint`.
        to: the stream; None: standard output.
        end: of a line.
    """
    stream = sys.stdout if to is None else to
    for line in lines:
        parts = re.split(f"{_PAINT}(\\[[0-9;]+m)", str(line))  # text, style, text, ...
        text = "".join(f"\x1b{part}" if n % 2 else shown(part) for n, part in enumerate(parts))
        print(text, end=end, file=stream, flush=True)


def say_next(command: str, *then: str) -> None:
    """Print the next command, and what comes after it."""
    say(f"{paint('next:', BOLD)} {command}")
    for one in then:
        say(f"{paint('then:', BOLD)} {one}")


def say_written(out: str, files: Iterable[tuple[str, str]]) -> None:
    """Print the folder that was made and what is in it: name, description."""
    files = list(files)
    width = max(len(name) for name, _ in files) + 2
    say("", f"written: {out}", *(f"  {name:<{width}}{what}" for name, what in files))


def say_over_models(models: Models, out: str) -> None:
    """Print the verdict over all models, and what was written."""
    from ...analysis.pipeline.folders import FILES

    say("", models.sentence, *([models.warning] if models.warning else []), *models.caveats)
    say_written(out, (*FILES, (f"{models.names[0]}/ ...", "one folder for each model, with the files of that model")))


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """The text in a style of the terminal, for `say`; as it is where ``stream`` (standard output) is none, or none is
    wanted."""
    return f"{_PAINT}[{style}m{text}{_PAINT}[0m" if _has_color(sys.stdout if stream is None else stream) else text


def _has_color(stream: TextIO) -> bool:
    """Source: https://no-color.org; of Windows only the terminals that say that they know ANSI sequences."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    return os.name != "nt" or any(name in os.environ for name in ("WT_SESSION", "ANSICON", "TERM"))


def aligned(rows: Sequence[Sequence[str]], left: Sequence[int] = (0,), indent: str = "  ") -> list[str]:
    """Lines of a table, columns to the right but for those of ``left``; wide characters count as two."""
    if not rows:
        return []
    rows = [[shown(text) for text in row] for row in rows]
    widths = [max(width_of(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            text + " " * (width - width_of(text)) if n in left else " " * (width - width_of(text)) + text
            for n, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(indent + "  ".join(cells).rstrip())
    return lines


def quoted(*words: object) -> str:
    """Words of a command line as the shell of this system takes them."""
    texts = [str(word) for word in words]
    return subprocess.list2cmdline(texts) if os.name == "nt" else shlex.join(texts)


def user_dir() -> str:
    """What ``--user-dir`` takes: the package's folder, by its bare name where it lies in the working directory."""
    package = Path(__file__).resolve().parents[2]
    return package.name if package.parent == Path.cwd() else str(package)


def say_what_follows(verb: str, args: argparse.Namespace) -> None:
    """The last line of the verbs whose next command follows from their options alone; the others say it themselves."""
    if verb in _FOLLOWS:
        say_next(*_FOLLOWS[verb](args))


def _after_heatmap(args: argparse.Namespace) -> list[str]:
    return [_ours("analyze", args.dump, "--grammar", "GRAMMAR", "--process", "NAME", "--out", "analysis")]


def _after_analyze(args: argparse.Namespace) -> list[str]:
    out, dumps = Path(args.out), _several(args.dump)
    report = quoted(out / "report.html")
    if getattr(args, "interventions", None) or getattr(args, "condition", None) or not args.stimuli:
        return [f"open {report} in a browser"]
    checkpoints = ["CHECKPOINT"] * len(dumps)
    words = [*checkpoints, *_question(args), "--attention", out / "summary.json"]
    beside = out.with_name(f"{out.name}-interventions")
    return [f"open {report} in a browser", _ours("intervene", *words, "--out", beside)]


def _after_intervene(args: argparse.Namespace) -> list[str]:
    dumps = ["DUMP"] * len(_several(args.checkpoint))
    analyze = _ours("analyze", *dumps, *_question(args), "--interventions", args.out, "--out", "analysis")
    return [f"open {quoted(Path(args.out) / 'report.html')} in a browser", analyze]


def _after_dynamics(args: argparse.Namespace) -> list[str]:
    return [_ours("analyze", "DUMP", *_question(args), "--dynamics", args.out, "--out", "analysis")]


def _after_power(args: argparse.Namespace) -> list[str]:
    if args.words:
        return [_ours("stimuli", args.grammar or "GRAMMAR", *_process(args), "--from-words", "LIST", "--out", _LIST)]
    sizes = [word for name in ("stems", "suffixes") for word in _largest(name, getattr(args, name))]
    return [_ours("stimuli", args.grammar or "GRAMMAR", *_process(args), *sizes, "--out", _LIST)]


def _largest(name: str, numbers: str | None) -> list[str]:
    return [f"--{name}", str(max(int(number) for number in numbers.split(",")))] if numbers else []


def _process(args: argparse.Namespace) -> list[str]:
    return ["--process", args.process or "NAME"]


def _question(args: argparse.Namespace) -> list[str]:
    """The grammar, the process and the words, as they were given."""
    from .options import list_words

    words = ["--grammar", args.grammar, "--process", args.process, "--stimuli", args.stimuli]
    words += [word for name in ("ur", "sr") for word in _units(name, getattr(args, f"{name}_units"))]
    words += list_words(args)
    return [*words, *(word for name in args.include for word in ("--with", name))]


def _units(name: str, units: str | None) -> list[str]:
    return [f"--{name}-units", units] if units not in (None, "space") else []


def _several(given: str | Sequence[str]) -> Sequence[str]:
    return [given] if isinstance(given, str) else given


def _ours(*words: object) -> str:
    return quoted("fairseq-phonology", *words)


_FOLLOWS: dict[str, Callable[[argparse.Namespace], Iterable[str]]] = {
    "heatmap": _after_heatmap,
    "power": _after_power,
    "analyze": _after_analyze,
    "intervene": _after_intervene,
    "dynamics": _after_dynamics,
}

# a line is what lies on disk, then the command that makes it or looks at it; paths are examples
_WAY = """\
grammar.toml           inventory, syllables, processes, controls
  │                      {grammar} grammar.toml
  │                      {nonce} grammar.toml --n 10000 --out pairs.tsv
  ▼
pairs.tsv              id, ur, sr; or pairs of your own
  │                      {prepare} pairs.tsv --split .9,.1 --dest data
  ▼
data/bin
  │                      fairseq-train data/bin --user-dir "$({user-dir})" ...
  ▼                      (prepare prints the whole command)
checkpoints/           the best by whole words, history.csv, curves.png
  │                      {curves} checkpoints
  │                      {checkpoints} checkpoints
  │                      fairseq-generate data/bin --gen-subset valid ... > generate.txt
  │                      {errors} generate.txt --words data/valid.tsv --out errors
  │                      {dynamics} checkpoints ... --out dynamics
  │                      {score} CHECKPOINT ... --candidates candidates.tsv --out scores
  │                      {compare} scores --human ratings.tsv --out comparison
  │
  │  stimuli.tsv       words to which no other process applies
  │    │                 {power}
  │    │                 {stimuli} grammar.toml --process NAME --out stimuli.tsv
  │    ▼                 {prepare} stimuli.tsv --dictionaries data/bin --dest stimuli-data
  │  stimuli-data/bin
  ├────┘                 fairseq-generate stimuli-data/bin ... --save-attention attention
  │                      {untrained} CHECKPOINT --out untrained.pt
  ▼
attention/             every layer and head of every word
  │                      {heatmap} attention ID --all --out words.pdf
  │                      {intervene} CHECKPOINT ... --out interventions
  │                      {analyze} attention ... --interventions interventions ...
  ▼
analysis/report.html   does the model attend to the trigger, does it use it? And events.csv.gz, for R"""


def workflow(verbs: dict[str, str]) -> list[str]:
    """The picture, and below it the verbs that it has no place for.

    Args:
        verbs: all of them, with their lines of help.
    """
    lines = _WAY.splitlines()
    bold = {verb: paint(f"fairseq-phonology {verb}", BOLD) for verb in verbs}
    picture = [line.format_map(bold) for line in lines]
    rest = [verb for verb in verbs if f"{{{verb}}}" not in _WAY]
    also = [line for verb in rest for line in (f"also: {bold[verb]}", f"      {verbs[verb]}")]
    end = paint("fairseq-phonology VERB --help shows a verb's options and a real example; --help, all verbs.", DIM)
    return [*picture, *([""] if also else []), *also, "", end]
