"""Numbers, p-values, shares, counts and lists as words, and what a terminal may show of other people's texts: the only
place that formats them, and that reads a number in a text.

Two styles: plain (``-.12``), for a terminal, CSV and JSON; and print (``−.12``, with a typographic minus), for pages
and figures. `typeset` turns a plain sentence into print.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

P_PLACES = 4  # of every p-value that is written: B = 9,999 tells .0001 from .0002
NONE = "–"  # in print, where there is no number
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def read_number(text: str, kind: type[float] | type[int] = float) -> float:
    """The number that a text says, as in ``3``, ``.5``, ``-1e-3``.

    Raises:
        ValueError: it says none. ``1_000`` is one to Python alone: elsewhere it is a slip.
    """
    if "_" in text:
        raise ValueError(f"{text!r} is no number")
    return kind(text)


def decimal(value: float, places: int = 2) -> str:
    """Plain, as the field writes shares and p-values: ``.05``, ``-.12``, ``1.00``."""
    text = f"{value:.{places}f}"
    bare = text.removeprefix("-")
    sign = "-" if text != bare and float(bare) else ""
    return sign + (bare[1:] if bare.startswith("0.") else bare)


def signed_plain(value: float) -> str:
    """Plain log-odds: ``+5.6``, ``-6.0``."""
    return f"{value:+.1f}"


def percent(share: float, limit: float | None = None) -> str:
    """Plain, of a share: ``97``, ``-3``; never ``-0``; ``19.6`` where it would read as the limit that it is under."""
    if limit is not None and share < limit and round(100 * share) == round(100 * limit):
        return f"{100 * share:.1f}"
    return f"{100 * share:.0f}".replace("-0", "0") if round(100 * share) == 0 else f"{100 * share:.0f}"


def number(value: float | None, places: int = 2, sign: bool = False) -> str:
    """In print: ``.18``, ``−.03``, ``1.00``, with ``sign`` ``+.18``; a dash where there is none."""
    if value is None or math.isnan(value):
        return NONE
    text = f"{abs(value):.{places}f}"
    lead = "" if not float(text) else "−" if value < 0 else "+" if sign else ""
    return lead + (text[1:] if text.startswith("0.") else text)


def signed(value: float) -> str:
    """Log-odds in print: ``+5.6``, ``−6.0``; a dash where there is none."""
    return NONE if math.isnan(value) else f"{round(value, 1) + 0.0:+.1f}".replace("-", "−")


def share(value: float) -> str:
    """A share in print, in percent: ``97``, ``−3``; a dash where there is none."""
    return NONE if math.isnan(value) else percent(value).replace("-", "−")


def percentage(part: float, whole: float) -> float:
    """100 * part / whole, as a number; nan of nothing."""
    return 100 * part / whole if whole else math.nan


def percent_of(part: float, whole: float, places: int = 2) -> str:
    """``99.65 %``; a dash of nothing."""
    return f"{part / whole:.{places}%}".replace("%", " %") if whole else NONE


def part_of(part: int, whole: int) -> str:
    """``1,995 of 2,000    99.8 %``, its percent aligned; a dash of nothing."""
    return f"{part:,} of {whole:,}  {percent_of(part, whole, 1):>7}" if whole else NONE


def p_value(value: float | None) -> str:
    """``.0120``, ``<.0001``; a dash where there is none."""
    if value is None or math.isnan(value):
        return NONE
    least = 10**-P_PLACES
    return f"<{number(least, P_PLACES)}" if value < least else number(value, P_PLACES)


def p_text(value: float | None) -> str:
    """``p = .0120``, ``p < .0001``, ``p not defined``."""
    text = p_value(value)
    if text == NONE:
        return "p not defined"
    return f"p {text[0]} {text[1:]}" if text[0] == "<" else f"p = {text}"


def tick(value: float, _: object = None, sign: bool = False) -> str:
    """A number at an axis, of as many digits as it has: ``0``, ``.50``, ``.005``, ``1``."""
    short = f"{abs(value):.4f}".rstrip("0")
    digits = max(2, len(short.partition(".")[2]))
    lead = "" if short in ("0.", "") else "−" if value < 0 else "+" if sign else ""
    return lead + (short.removesuffix(".") if short.endswith(".") else f"{abs(value):.{digits}f}".removeprefix("0"))


def typeset(text: str) -> str:
    """A plain sentence in print: the minus before its numbers, which no line parts from their percent sign."""
    return re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", re.sub(r"(?<![^\s\[(/])-(?=\.?\d)", "−", text))


def listed(names: Iterable[str], last: str = "and") -> str:
    """``a, b and c``."""
    *first, final = list(names) or [""]
    return f"{', '.join(first)} {last} {final}" if first else final


END_OF_WORD = "the end of the word"  # of the trigger `#`


def count(n: int, what: str = "word") -> str:
    """``1 word``, ``1,000 words``, ``2 processes``."""
    return f"{n:,} {what if n == 1 else plural(what)}"


def plural(what: str) -> str:
    """``words``, ``processes``, ``suffixes``."""
    return f"{what}{'es' if what.endswith(('s', 'x')) else 's'}"


def several(n: int, what: str) -> str:
    """``9 stems``, ``1 suffix``, ``1 item of level low``: of what is named in the plural."""
    one = re.sub(r"(?<=[sx])es\b|s\b", "", what, count=1)
    return f"{n:,} {one if n == 1 else what}"


def in_words(n: int) -> str:
    """``six``; ``13``."""
    return _WORDS[n] if n < len(_WORDS) else str(n)


def counted(n: int, what: str) -> str:
    """``one model``, ``six models``."""
    return f"{in_words(n)} {what}{'' if n == 1 else 's'}"


def duration(seconds: float) -> str:
    """``42 s``, ``5.2 minutes``, ``1.3 hours``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def about(seconds: float) -> str:
    """Of an estimate: ``less than a minute``, ``about 4 minutes``, ``about 1.2 hours``."""
    if seconds < 45:
        return "less than a minute"
    if seconds < 5400:
        return f"about {count(round(seconds / 60), 'minute')}"
    return f"about {seconds / 3600:.1f} hours"


def size(n: int) -> str:
    """Of a file, in decimal units: ``812 kB``, ``3.4 MB``."""
    return f"{n / 1e3:,.0f} kB" if n < 999_500 else f"{n / 1e6:,.1f} MB"


# control characters and lone surrogates, line and paragraph separators, what turns the direction of writing, and what
# takes no room; of the last only Arabic's signs around numbers are seen
_UNSEEN = frozenset(("Cc", "Cs", "Zl", "Zp", "Cf"))
_SEEN = frozenset((*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))
_FILLERS = frozenset((0x3164, 0xFFA0))  # of Hangul, where no syllable needs them


def is_unseen(character: str) -> bool:
    """Whether a terminal or a page obeys a character, or shows nothing of it; not so of combining marks and blanks."""
    code = ord(character)
    return code in _FILLERS or (unicodedata.category(character) in _UNSEEN and code not in _SEEN)


def shown(text: object) -> str:
    r"""A text of anybody's as a terminal may have it: in one line, with ``\x1b`` or ``\u202e`` for what `is_unseen`."""
    text = str(text)
    return text if text.isascii() and text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if not is_unseen(character):
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def drawable(text: str) -> str:
    """A text of anybody's as a picture or a page may have it: lines stay, the rest is as `shown`."""
    return text if text.isascii() and text.isprintable() else "\n".join(map(shown, text.split("\n")))


def shortened(text: str, most: int = 80) -> str:
    """With ``…`` in place of what is behind ``most`` characters without a blank: such a name fits into no picture."""
    return re.sub(rf"(\S{{{most - 1}}})\S{{2,}}", r"\1…", text)


def cut(text: object, most: int = 30) -> str:
    """A text of anybody's as a message quotes it: ``most`` characters of it, then ``...``."""
    text = str(text)
    return text if len(text) <= most else f"{text[:most]}..."


def columns(text: str) -> int:
    """Width of a text in Roman letters, as a terminal has it: marks take none, Hangul and its like take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c))


def segments_text(segments: Sequence[str] | str | None) -> str:
    """`` (p t k)``, `` (#, the end of the word)``; nothing without any."""
    named = f"#, {END_OF_WORD}" if tuple(segments or ()) == ("#",) else " ".join(segments or ())
    return f" ({named})" if segments else ""


def cell(value: Any) -> Any:
    """A value in a table: of a float six significant digits, nothing where there is none; all else as it is."""
    if isinstance(value, Real) and not isinstance(value, Integral):  # numpy's, too
        return "" if math.isnan(value) else f"{value:.6g}"
    return value


def log_probability(value: float) -> str:
    """In a table: nine significant digits, as many as single precision has; nothing where there is none."""
    return "" if math.isnan(value) else f"{value + 0.0:.9g}"


def rounded(value: float) -> float | None:
    """A number in JSON, equal to that of the tables: six significant digits; None where there is none."""
    return None if math.isnan(value) else float(f"{value:.6g}")
