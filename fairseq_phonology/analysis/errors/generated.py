"""What fairseq-generate printed: the best hypothesis of each word, read so that no broken line becomes a word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import InputError
from ...text import listed

_TAGGED = re.compile(r"([STHDP])-(\d+)\t")  # others, as A- of --print-alignment, are not read
_SCORED = re.compile(r"Generate .*: exact match = [\d.]+ % \((\d+)/(\d+)\)")
_FORCED = "no score, because --score-reference"
_TRANSLATED = re.compile(r".*\bTranslated ([\d,]+) sentences")
_RARELY = 0.05  # of the words: their lines are broken; of more, --post-process joined what the model had apart


@dataclass
class Generated:
    """One word.

    Attributes:
        line: of its first line, from 1.
        ur, sr, hypothesis: texts; None where there is no such line.
        steps: scores of the hypothesis, that of its end among them; None where there is no such line.
    """

    line: int
    ur: str | None = None
    sr: str | None = None
    hypothesis: str | None = None
    detokenized: str | None = None
    steps: int | None = None

    @property
    def surface(self) -> str:
        """The hypothesis as the scorer sees it: the D- line, in older outputs the H- line."""
        return self.hypothesis if self.detokenized is None else self.detokenized


@dataclass
class GenerateOutput:
    """The words of one file or of the shards of one run.

    Attributes:
        words: sample number -> word.
        right: how many the scorer of this package counted as right, and of how many; None where it was not used.
        expected: how many words fairseq says it translated; None where it does not.
        joined: has --post-process joined segments, so that lengths and scores do not fit?
    """

    words: dict[int, Generated] = field(default_factory=dict)
    right: tuple[int, int] | None = None
    expected: int | None = None
    joined: bool = False


def is_generated(text: str) -> bool:
    """Whether a text has lines of fairseq-generate."""
    return re.search(r"(?m)^(?:.*\r)?[SH]-\d+\t", text) is not None


def read_generated(files: Iterable[tuple[Path, str]]) -> GenerateOutput:
    """Read the output of one run.

    Of several hypotheses (``--nbest``) the first counts, which is the best. Lines between, of logs and warnings, are no
    words.

    Args:
        files: path and text of each; several are the shards of one run.

    Raises:
        InputError: a word that is there twice, as in a log of two runs; a line that another program's output broke;
            gold SRs that were scored and not generated; no hypotheses.
    """
    found = GenerateOutput()
    for path, text in files:
        own: dict[int, Generated] = {}
        for number, line in enumerate(text.split("\n"), 1):
            _read_line(_unbroken(line, path, number), number, own, found, path)
        _check_whole(own, path)
        found.joined |= _check_steps(own, path)
        if (twice := next((n for n in own if n in found.words), None)) is not None:
            raise InputError(f"S-{twice} is in an earlier file, too: no shard of the same run", path, own[twice].line)
        found.words |= own
    return found


def _unbroken(line: str, path: Path, number: int) -> str:
    """The line without the progress bar that may stand before it.

    Raises:
        InputError: something was written into a line of a word.
    """
    *bars, line = line.removesuffix("\r").split("\r")
    if any(map(_TAGGED.search, bars)) or (bars and (tag := _TAGGED.search(line)) and tag.start()):
        raise InputError(
            "a progress bar was written into the lines of the words; keep standard output alone (no 2>&1), or give "
            "fairseq-generate --no-progress-bar",
            path,
            number,
        )
    return line


def _read_line(line: str, number: int, own: dict[int, Generated], found: GenerateOutput, path: Path) -> None:
    if (match := _TAGGED.match(line)) is None:
        if _FORCED in line:
            raise InputError(
                "is of --score-reference: the gold SRs were scored, and nothing was generated; run fairseq-generate "
                "without it",
                path,
                number,
            )
        if scored := _SCORED.match(line):
            right, words = found.right or (0, 0)
            found.right = right + int(scored[1]), words + int(scored[2])
        elif translated := _TRANSLATED.match(line):
            found.expected = (found.expected or 0) + int(translated[1].replace(",", ""))
        return
    tag, n, rest = match[1], int(match[2]), line[match.end() :]
    word = own.setdefault(n, Generated(number))
    if (tag == "S" and word.ur is not None) or (tag == "T" and word.sr is not None):
        raise InputError(
            f"{tag}-{n} is on line {word.line} already: a log of several runs; give the output of one run, and several "
            "runs as several files",
            path,
            number,
        )
    if tag in "ST":
        setattr(word, "ur" if tag == "S" else "sr", rest)
    elif tag in "HD":
        what = "hypothesis" if tag == "H" else "detokenized"
        _, tab, text = rest.partition("\t")
        if not tab:
            raise InputError(f"{tag}-{n} lacks its text: the run was broken off here", path, number)
        if getattr(word, what) is None:
            setattr(word, what, text)
    elif word.steps is None:
        word.steps = len(rest.split())


def _check_whole(words: dict[int, Generated], path: Path) -> None:
    """Every word has the lines that the others have.

    Raises:
        InputError: one lacks a line.
    """
    for tag, name in (("S", "ur"), ("T", "sr"), ("H", "hypothesis"), ("D", "detokenized"), ("P", "steps")):
        lacking = [n for n, word in words.items() if getattr(word, name) is None]
        if lacking and (tag == "H" or len(lacking) < len(words)):
            n = lacking[-1]
            raise InputError(f"the word {n} has no line {tag}-{n}: the run was broken off", path, words[n].line)


def _check_steps(words: dict[int, Generated], path: Path) -> bool:
    """A hypothesis has a score for each segment and one for its end; returns whether --post-process joined segments.

    It has fewer segments, too, where a model says begin-of-word symbols, of which fairseq writes nothing.

    Raises:
        InputError: in a few words it is not so.
    """
    scored = {n: word.steps - 1 for n, word in words.items() if word.steps is not None}
    forms = {n: {len(text.split()) for text in (words[n].hypothesis, words[n].surface)} for n in scored}
    short = [n for n in scored if len(forms[n]) == 1 and max(forms[n]) < scored[n]]
    wrong = [n for n in scored if forms[n] != {scored[n]} and n not in short]
    if wrong and len(wrong) < len(words) and len(wrong) <= max(1, _RARELY * len(words)):
        n = wrong[0]
        raise InputError(
            f"H-{n} and D-{n} have {listed(map(str, sorted(forms[n])))} segments, and P-{n} {words[n].steps} scores, "
            "of which one is of the end: something else was written into these lines, or the run was broken off; keep "
            "standard output alone (no 2>&1)",
            path,
            words[n].line,
        )
    apart = any(forms[n] == {scored[n]} and scored[n] > 1 for n in scored)  # joined, it would be one segment
    return bool(wrong) or (not apart and any(forms[n] != {0} for n in short))
