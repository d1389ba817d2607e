"""Do READMEs and guide show what the studies print? Their commands and outputs beside the logs of finished studies.

``python -m tests.helpers.readmes demo`` (``make check-readme``) runs nothing: each difference is listed, and the exit
status is 2. An output of a page is the block without a language that follows a block of commands. Of each command that
a study gave as well, the output must be the study's, line breaks and lines left out (``...``) apart.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from tests.helpers import REPOSITORY

LOGS = ("logs/*.log", "*/logs/*.log")  # of the study in a folder, and of those in folders of this folder
PAGES = ["README.md", "README.ko.md", "user_dir_examples/*/README.md", "docs/guide/*.md"]

_FENCE = re.compile(r"^```(.*)$")
_GAP = re.compile(r"^(\.\.\.|…)$")  # of a page: lines or words that are left out
_VERBS = ("fairseq-phonology", "python", "Rscript")  # the second word is part of their name
_ANCHOR = 3  # words in a row that show where in an output a page is


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its lines and the number of the first of them."""

    language: str
    lines: list[str]
    first: int


@dataclass(frozen=True)
class Difference:
    """What a page shows, and what the run has in its place."""

    page: Path
    line: int
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{_shown(self.page)}, line {self.line}: found {self.found!r}, expected {self.expected!r}"


@dataclass(frozen=True)
class Given:
    """A command in the log of a study, the words of what it printed, and the folder of the study."""

    folder: str
    command: list[str]
    words: list[str]

    def inside(self, words: list[str]) -> list[str]:
        """Words of a page, whose paths may be seen from the top of the project, as the study has them."""
        up = "../" * (self.folder.count("/") + 1)
        return [
            f"{up}{word}"
            if word.startswith("user_dir_examples/")
            else "$(fairseq-phonology user-dir)"
            if word == "fairseq_phonology"
            else word.removeprefix(f"{self.folder}/")
            for word in words
        ]


@dataclass
class Compared:
    """The differences, how many outputs were compared, and the commands of pages that the run did not give."""

    differences: list[Difference] = field(default_factory=list)
    outputs: int = 0
    others: list[str] = field(default_factory=list)


def _shown(page: Path) -> Path:
    return page.relative_to(REPOSITORY) if page.is_relative_to(REPOSITORY) else page


def check(dest: Path, root: Path = REPOSITORY) -> int:
    """Print every difference between the pages and the studies in a folder; returns the exit status, 0 or 2."""
    said = transcript(dest)
    if not said:
        print(f"error: {dest}: no study with logs (no {LOGS[0]}); run it first: make demo")
        return 2
    found = Compared()
    for page in sorted(path for pattern in PAGES for path in root.glob(pattern)):
        compare(page, said, found)
    for line in [*found.differences, *(f"not compared: {other}" for other in found.others)]:
        print(line)
    number = len(found.differences)
    print(f"{found.outputs} outputs of READMEs and guide compared with the run in {dest}: {number} differences")
    return 2 if found.differences else 0


def transcript(dest: Path) -> list[Given]:
    """Each command in the logs of the studies of a folder."""
    said = []
    for path in (path for pattern in LOGS for path in sorted(dest.glob(pattern))):
        folder = path.parents[1].relative_to(dest.parent).as_posix()
        for part in re.split(r"^\$ ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            said.append(Given(folder, shlex.split(command), _words(output)))
    return said


def compare(page: Path, said: list[Given], found: Compared) -> None:
    """Add what is different in one page."""
    for commands, output in outputs(page):
        given = [of_run for command in commands for of_run in said if _is_same(of_run.inside(command), of_run.command)]
        if not given:
            names = ", ".join(" ".join(command[: 2 if command[0] in _VERBS else 1]) for command in commands)
            found.others.append(f"{_shown(page)}, line {output.first}: this run gave no such command ({names})")
            continue
        found.outputs += 1
        whole = [word for of_run in said for word in of_run.words]
        shown = Block("", [" ".join(given[0].inside(line.split())) for line in output.lines], output.first)
        found.differences += differences(page, shown, [word for of_run in given for word in of_run.words], whole)


def outputs(page: Path) -> Iterator[tuple[list[list[str]], Block]]:
    """The outputs of a page, each after the commands, as words, that it is of; an output may show some itself."""
    variables: dict[str, str] = {}
    commands: list[list[str]] = []
    for block in blocks(page):
        if block.language or not commands:
            commands = list(commands_of(block.lines, variables)) if block.language == "sh" else []
            continue
        part = Block("", [], block.first)
        for number, line in enumerate(block.lines, block.first):
            if not line.startswith("$ "):
                part.lines.append(line)
                continue
            if any(map(str.strip, part.lines)):
                yield commands, part
            commands, part = list(commands_of([line.removeprefix("$ ")], variables)), Block("", [], number + 1)
        yield commands, part


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, and its headings as empty ones."""
    inside: Block | None = None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if inside is None and fence:
            inside = Block(fence[1], [], number + 1)
        elif inside is not None and line == "```":
            yield inside
            inside = None
        elif inside is not None:
            inside.lines.append(line)
        elif line.startswith("#"):  # an output does not belong to a command of another section
            yield Block("text", [], number)


def commands_of(lines: list[str], variables: dict[str, str]) -> Iterator[list[str]]:
    """Commands as words; assignments go to ``variables``."""
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if len(words) == 1 and (assigned := re.fullmatch(r"(\w+)=(.*)", words[0])):
            variables[assigned[1]] = assigned[2]
        elif words:
            yield [re.sub(r"\$(\w+)", lambda name: variables.get(name[1], name[0]), word) for word in words]


def _is_same(command: list[str], given: list[str]) -> bool:
    """Is the command of a page the one that was given? It may leave out options of no interest, and say so by ``…``."""
    verb = 2 if command[0] in _VERBS else 1
    shown = [word for word in command if not _GAP.match(word)]
    return shown[:verb] == given[:verb] and set(shown) <= set(given)


def differences(page: Path, output: Block, run: list[str], whole: list[str]) -> list[Difference]:
    """Where an output of a page is not in that of its commands, nor anywhere in the whole run, as words."""
    found = []
    for chunk in _chunks(output):
        words = [word for word, _ in chunk]
        # of the whole run: a page may say in words which further commands were given
        if _where(words, run) is None and _where(words, whole) is None:
            found += _beside(page, chunk, words, run) or _beside(page, chunk, words, whole) or [_nowhere(page, chunk)]
    return found


def _chunks(output: Block) -> Iterator[list[tuple[str, int]]]:
    """Words between two gaps or empty lines, each with the number of its line."""
    chunk: list[tuple[str, int]] = []
    for number, line in enumerate(output.lines, output.first):
        for word in _words(line) or ([] if line.strip() else ["..."]):
            if _GAP.match(word):
                if chunk:
                    yield chunk
                chunk = []
            else:
                chunk.append((word, number))
    if chunk:
        yield chunk


def _words(text: str) -> list[str]:
    return text.replace("−", "-").split()  # print has another minus


def _where(words: list[str], run: list[str]) -> int | None:
    """Where in the output of the run these words stand in a row."""
    first = words[0]
    starts = (start for start, word in enumerate(run) if word == first)
    return next((start for start in starts if run[start : start + len(words)] == words), None)


def _beside(page: Path, chunk: list[tuple[str, int]], words: list[str], run: list[str]) -> list[Difference]:
    """Word by word beside the place of the run that is most like it; nothing where none is."""
    anchor = SequenceMatcher(None, run, words, autojunk=False).find_longest_match()
    if anchor.size < min(_ANCHOR, len(words)):
        return []
    begin = max(0, anchor.a - anchor.b)
    window = run[begin : begin + len(words) + 20]
    found = []
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, window, words, autojunk=False).get_opcodes():
        outside = kind == "delete" and (b1 == 0 or b2 == len(words))  # what the run has before and after
        if kind != "equal" and not outside:
            expected = window[a1 : a1 + (b2 - b1)] if b2 == len(words) else window[a1:a2]
            line = chunk[min(b1, len(chunk) - 1)][1]
            found.append(Difference(page, line, " ".join(words[b1:b2]), " ".join(expected)))
    return found


def _nowhere(page: Path, chunk: list[tuple[str, int]]) -> Difference:
    first = " ".join(word for word, _ in chunk[:12])
    return Difference(page, chunk[0][1], first, "nothing like it in the output of the run")


if __name__ == "__main__":
    sys.exit(check(Path(sys.argv[1])))
