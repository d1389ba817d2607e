"""How a word list is written: units, signs to leave out, columns."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from ..errors import InputError
from ..phonology.profile import GRAPHEME, Profile
from ..phonology.transcription import UNITS, WORD_EDGE, segment
from .columns import Columns

ALWAYS = ("ur", "sr", "keep_edges")  # what the record of a list has, whatever its value


@dataclass(frozen=True)
class Units:
    """How a list is written.

    Attributes:
        ur, sr: how words become segments: see `transcription.segment`.
        keep_edges: is ``+`` a segment?
        strip: signs that are left out before that.
        normalize_ipa: are look-alikes mended and invisible characters left out? See `ipa.normalize_ipa`.
        phrases: is a blank inside a word, of all units but ``space``, the symbol ``#``?
        profile: file of the orthography profile, for the units ``profile``.
        profile_column: what its graphemes become: see `Profile.load`; empty: themselves.
        columns: of the table; of one list, and so no part of the record that is kept for further lists.
    """

    ur: Literal[UNITS] = "space"
    sr: Literal[UNITS] = "space"
    keep_edges: bool = False
    strip: tuple[str, ...] = ()
    normalize_ipa: bool = False
    phrases: bool = False
    profile: str = ""
    profile_column: str = ""
    columns: Columns = field(default_factory=Columns)

    def record(self) -> dict[str, Any]:
        """For a file, without what is as usual."""
        usual = Units()
        found = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "columns"}
        return {name: value for name, value in found.items() if name in ALWAYS or value != getattr(usual, name)}

    @functools.cached_property
    def orthography(self) -> Profile | None:
        """The profile, if there is one.

        Raises:
            InputError: as `Profile.load`.
        """
        return Profile.load(self.profile, self.profile_column or GRAPHEME) if self.profile else None

    def segmented(self, text: str, form: str) -> tuple[str, ...]:
        """The segments of a word.

        Args:
            text: as the user wrote it.
            form: ``ur`` or ``sr``.

        Raises:
            InputError: as `transcription.segment`; a blank in a Hangul spelling, without ``phrases``.
        """
        units = getattr(self, form)
        parts = text.split() if units != "space" else []
        if len(parts) > 1 and units == "hangul-ur" and not self.phrases:
            raise InputError(f"{text.strip()!r} has a blank; --phrases reads the blanks between words as {WORD_EDGE}")
        if len(parts) < 2 or not self.phrases:
            return segment(text, units, self.keep_edges, self.orthography)
        words = [segment(part, units, self.keep_edges, self.orthography) for part in parts]
        return functools.reduce(lambda before, word: (*before, WORD_EDGE, *word), words)
