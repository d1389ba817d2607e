"""How many words a model is given at a time: as many as are asked for, and fewer where they are long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")
CELLS = 2**22  # words x longest x longest: weights of one head in one pass, 16 MiB


def parts(
    items: Iterable[_Item], symbols: Callable[[_Item], int], most: int, cells: int = CELLS
) -> Iterator[list[_Item]]:
    """The items in their order, in parts that bound the memory of attention, which grows with the square of the length.

    Parts of words of up to 64 symbols have ``most`` items, where that is 1,024 or fewer.

    Args:
        items: best sorted by length.
        symbols: of the longer side of an item, EOS included.
        most: items in a part.
        cells: room of a part, items x (symbols of the longest) ** 2. An item that needs more stands alone.
    """
    part: list[_Item] = []
    longest = 0
    for item in items:
        longest = max(longest, symbols(item))
        if part and len(part) >= room(longest, most, cells):
            yield part
            part, longest = [], symbols(item)
        part.append(item)
    if part:
        yield part


def room(symbols: int, most: int, cells: int = CELLS) -> int:
    """How many words of that many symbols make one part; arguments as of `parts`."""
    return max(1, min(most, cells // max(symbols, 1) ** 2))
