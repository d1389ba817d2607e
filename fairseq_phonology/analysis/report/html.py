"""HTML pages that hold everything and open offline: templates, style, scripts, pictures."""

from __future__ import annotations

import base64
import hashlib
import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...files import write_file
from ...text import count, drawable, listed, number, signed, typeset
from ..figures.registered import PLACES, Picture

if TYPE_CHECKING:
    from jinja2 import Environment

_PAGE = Path(__file__).with_name("page")
_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def write_page(template: str, content: Mapping[str, Any], path: Path, folder: Path = _PAGE) -> None:
    """Write a page, replacing what is there in one step. The same content makes the same file.

    Args:
        template: name of a file in ``folder``, which may extend and import those of ``page``, beside this one.
        content: what the template asks for, `code` among it; ``version`` is that of the package.
        path: of the page.
        folder: of the template.

    Raises:
        InputError: it cannot be written.
    """
    version = importlib.import_module(__package__.partition(".")[0]).__version__
    write_file(path, _environment(True, folder).get_template(template).render({"version": version, **content}))


def paragraphs(template: str, **content: Any) -> list[str]:
    """Plain text from a template in which empty lines part paragraphs; other line ends are spaces.

    Args:
        template: name of a file beside this one, in ``page``. Each paragraph is a template of its own.
        content: what the template asks for.
    """
    environment, text = _environment(False), (_PAGE / template).read_text(encoding="utf-8")
    made = (environment.from_string(each).render(content) for each in re.split(r"\n\s*\n", text))
    return [each for each in (re.sub(r"[ \n]+", " ", text).strip(" ") for text in made) if each]


def template_text(template: str, **content: Any) -> str:
    """A text file from a template beside this one, in ``page``."""
    return _environment(False).get_template(template).render(content) + "\n"


def _environment(autoescape: bool, *folders: Path) -> Environment:
    """Templates of the folders, and of ``page``, with the writers of numbers and lists as filters."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    how = {"autoescape": autoescape, "undefined": StrictUndefined, "finalize": _seen if autoescape else None}
    made = Environment(loader=FileSystemLoader([*folders, _PAGE]), **how)
    made.filters |= {"count": count, "listed": listed, "number": number, "signed": signed, "typeset": typeset}
    return made


def _seen(value: Any) -> Any:
    """A text of anybody's with what is not seen, or turns the direction of writing, written out."""
    return drawable(value) if type(value) is str else value  # what is HTML already is of a type of its own


def pictures(figures: Mapping[str, Picture]) -> dict[str, list[dict[str, Any]]]:
    """Place -> its figures with their captions, numbered in the order of the page.

    Raises:
        InputError: a file is of another kind, or cannot be read.
    """
    found: dict[str, list[dict[str, Any]]] = {place: [] for place in PLACES}
    for place, shown in found.items():
        for name, figure in figures.items():
            if figure.place == place:
                words = {"title": figure.caption.title, "text": figure.caption.text, "alt": figure.caption.alternative}
                shown.append({"name": name, "data": as_address(figure.file), **words})
    for n, each in enumerate((each for shown in found.values() for each in shown), 1):
        each["number"] = n
    return found


def as_address(file: Path) -> str:
    """An SVG or PNG as a ``data:`` address.

    Raises:
        InputError: it is of another kind, or cannot be read.
    """
    kind = _TYPES.get(file.suffix.lower())
    if kind is None:
        raise InputError(f"a figure is {' or '.join(_TYPES)}; found {file.suffix or 'no ending'}", file)
    try:
        data = base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file) from None
    return f"data:{kind};base64,{data}"


def code(*scripts: str, style: Path | None = None) -> dict[str, Any]:
    """The pages' style and a page's scripts, and the hashes by which the browser knows them from anything else.

    Args:
        scripts: names of files in ``page``.
        style: a style sheet that is added to that of all pages.
    """
    from markupsafe import Markup

    css, *texts = (_text(_PAGE / name) for name in ("page.css", *scripts))
    css += _text(style) if style else ""
    hashes = {"css": _hash(css), "scripts": [_hash(text) for text in texts]}
    return {"css": Markup(css), "scripts": [Markup(text) for text in texts], "hashes": hashes}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
