"""Fonts of the tests: with a Korean font and without one, on every machine, whatever is installed there."""

import contextlib
from pathlib import Path

import pytest

from fairseq_phonology.attention import lettering


def write_hangul_font(path):
    """A font file with every Hangul syllable and letter, drawn as a box as wide and high as it may be.

    Its letters are wider than those of the usual fonts (1 em; .92 in Noto Sans CJK): what has room for these has room
    for those.
    """
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    corners = [(20, -120), (20, 880), (980, 880), (980, -120)]
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()
    box = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "box"])
    hangul = [*range(0x1100, 0x1200), *range(0x3131, 0x318F), *range(0xAC00, 0xD7A4)]
    font.setupCharacterMap(dict.fromkeys(hangul, "box"))
    font.setupGlyf({".notdef": box, "box": box})
    font.setupHorizontalMetrics({".notdef": (1000, 20), "box": (1000, 20)})
    font.setupHorizontalHeader(ascent=920, descent=-230)
    font.setupNameTable({"familyName": "NanumGothic", "styleName": "Regular"})
    font.setupOS2(sTypoAscender=920, sTypoDescender=-230, usWinAscent=920, usWinDescent=230)
    font.setupPost()
    font.save(path)


@contextlib.contextmanager
def fonts(*listed, found=()):
    """Within it there are the fonts that matplotlib brings, and these.

    Args:
        listed: files that matplotlib has in its list.
        found: files that lie where the system has its fonts, and are in no list.
    """
    from matplotlib import font_manager, get_data_path

    manager = font_manager.fontManager
    own = sorted(Path(get_data_path(), "fonts", "ttf").glob("DejaVu*.ttf"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manager, "ttflist", [])
        patch.setattr(font_manager, "findSystemFonts", lambda *_, **__: [str(file) for file in found])
        for file in (*own, *listed):
            manager.addfont(file)
        lettering.korean_font.cache_clear()
        lettering._warn_once.cache_clear()
        yield
        manager.addfont(own[0])  # which also forgets what was found by name
    lettering.korean_font.cache_clear()
    lettering._warn_once.cache_clear()
