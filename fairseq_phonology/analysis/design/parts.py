"""Parts of words that the items of a condition share: four suffixes on sixty stems are a sample of four suffixes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...text import count, listed, plural
from .conditions import ListedWord

PARTS = ("stem", "suffix", "prefix", "affix", "root", "base")  # columns that name a part of the word
_OFTEN = 2  # items for each of its values, from which a part is shared


@dataclass(frozen=True)
class SharedPart:
    """A part that repeats over the items of a level, so that these are no sample of it.

    Attributes:
        name: of the column; or ``ending``, ``beginning``: what the words of an item do not have in common.
        of: level -> its values.
    """

    name: str
    of: dict[str, frozenset[str]]

    @property
    def described(self) -> str:
        """Its number and name: ``8, 4 and 4 suffixes``, ``8 suffixes`` of levels that have the same ones."""
        values = list(self.of.values())
        sizes = [len(values[0])] if len(set(values)) == 1 else [len(own) for own in values]
        return f"{listed([f'{n:,}' for n in sizes], 'and')} {plural(self.name)}"


def shared_parts(words: Sequence[ListedWord], levels: Sequence[str], condition: str) -> tuple[SharedPart, ...]:
    """What the items of a level share: by the columns that name it, or of items in all levels by their URs.

    A part that is one in every level is what makes the level, and nothing that the level is a sample of.

    Args:
        words: of the items that are compared.
        levels: of the condition.
        condition: its column.
    """
    columns = [name for name in PARTS if name != condition and words and all(word.more.get(name) for word in words)]
    found = [_shared(name, [word.more[name] for word in words], words, levels) for name in columns]
    if not any(found):
        found = [_edge(words, levels)]
    return tuple(part for part in found if part is not None)


def too_few(parts: Sequence[SharedPart], levels: Iterable[str], least: int) -> list[str]:
    """Why levels are described: they have parts of their own, and too few of them. None where they have the same."""
    found, levels = [], list(levels)
    for part in parts:
        own = {level: len(part.of[level]) for level in levels}
        if min(own.values()) < least and len({part.of[level] for level in levels}) > 1:
            sizes = listed([f"{count(n, part.name)} in {level}" for level, n in own.items()])
            needed = f"a claim needs {least} in each level"
            found.append(f"the items of a level share {plural(part.name)} ({sizes}), which are described; {needed}")
    return found


def _shared(name: str, values: Sequence[str], words: Sequence[ListedWord], levels: Sequence[str]) -> SharedPart | None:
    """The part, if it is shared in a level."""
    of = {level: frozenset(v for v, word in zip(values, words, strict=True) if word.level == level) for level in levels}
    items = {level: len({word.item for word in words if word.level == level}) for level in levels}
    if all(len(own) <= 1 for own in of.values()):
        return None
    return SharedPart(name, of) if any(_OFTEN * len(of[level]) <= items[level] for level in levels) else None


def _edge(words: Sequence[ListedWord], levels: Sequence[str]) -> SharedPart | None:
    """What is left of each UR without the longer of the beginning and the end that all words of its item have."""
    by_item: dict[str, list[tuple[str, ...]]] = {}
    for word in words:
        by_item.setdefault(word.item, []).append(word.ur)
    first, last = ({item: _alike([ur[::step] for ur in urs]) for item, urs in by_item.items()} for step in (1, -1))
    ending = sum(first.values()) >= sum(last.values())
    rests = [word.ur[first[word.item] :] if ending else word.ur[: len(word.ur) - last[word.item]] for word in words]
    if max(map(len, rests), default=0) < 2:  # a segment is what levels are made of
        return None
    return _shared("ending" if ending else "beginning", [" ".join(rest) for rest in rests], words, levels)


def _alike(urs: Sequence[Sequence[str]]) -> int:
    """Number of segments that all begin with."""
    return next((n for n, each in enumerate(zip(*urs, strict=False)) if len(set(each)) > 1), min(map(len, urs)))
