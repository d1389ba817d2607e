"""HTML pages that hold everything and open offline: templates, style, scripts, pictures."""

from __future__ import annotations

import base64
import hashlib
import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import InputError

_PAGE = Path(__file__).with_name("page")
_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def write_page(template: str, content: Mapping[str, Any], path: Path) -> None:
    """Write a page, replacing what is there in one step. The same content makes the same file.

    Args:
        template: name of a file beside this one, in ``page``.
        content: what the template asks for, `code` among it; ``version`` is that of the package.
        path: of the page.

    Raises:
        InputError: it cannot be written.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        lstrip_blocks=False,
    )
    version = importlib.import_module(__package__.partition(".")[0]).__version__
    text = environment.get_template(template).render({"version": version, **content})
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror or error}", path) from None


def picture(file: Path) -> str:
    """An SVG or PNG as a ``data:`` address.

    Raises:
        InputError: another kind of file, or one that cannot be read.
    """
    kind = _TYPES.get(file.suffix.lower())
    if kind is None:
        raise InputError(f"a figure is {' or '.join(_TYPES)}; found {file.suffix or 'no ending'}", file)
    try:
        data = base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file) from None
    return f"data:{kind};base64,{data}"


def code(*scripts: str) -> dict[str, Any]:
    """The pages' style and a page's scripts, and the hashes by which the browser knows them from anything else.

    Args:
        scripts: names of files in ``page``.
    """
    from markupsafe import Markup

    css, *texts = ((_PAGE / name).read_text(encoding="utf-8").replace("\r\n", "\n") for name in ("page.css", *scripts))
    hashes = {"css": _hash(css), "scripts": [_hash(text) for text in texts]}
    return {"css": Markup(css), "scripts": [Markup(text) for text in texts], "hashes": hashes}


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
