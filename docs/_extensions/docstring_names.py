"""How the docstrings of this project are read: Google style, with names between single backticks.

`name` becomes a link where the API reference has exactly one such thing in reach, and code everywhere else. The same
resolves annotations, which say ``HeatmapDisplay`` and mean the one that there is.
"""

import importlib
import re
import sys

from docutils import nodes
from sphinx import addnodes
from sphinx.domains.python._object import PyObject
from sphinx.ext.napoleon import GoogleDocstring

_FIELD = re.compile(r":ivar ([^:]+, [^:]+):(.*)")


def role(name, rawtext, text, lineno, inliner, options=None, content=()):
    """The default role."""
    env = inliner.document.settings.env
    reference = addnodes.pending_xref(
        rawtext, refdomain="", reftype="docstring-name", reftarget=text.removesuffix("()"), refwarn=False
    )
    for key in ("py:module", "py:class"):
        reference[key] = env.ref_context.get(key)
    reference["refdoc"] = env.docname
    reference += nodes.literal(rawtext, text, classes=["xref"])
    return [reference], []


def resolve(app, env, node, contnode):
    """The one object of that name: the class's own before the module's before any other.

    What a docstring names and the reference does not show stays code. An annotation is let through if there is such a
    thing; if not, the build says so.
    """
    by_name = node["reftype"] == "docstring-name"
    if not by_name and node.get("refdomain") != "py":
        return None
    target, module = node["reftarget"], node.get("py:module")
    found = _object(env.get_domain("py").objects, target, module, node.get("py:class"))
    if found is None:
        return contnode if by_name or _exists(target) else None
    name, entry = found
    uri = app.builder.get_relative_uri(node["refdoc"], entry.docname)
    link = nodes.reference("", "", internal=True, refuri=f"{uri}#{entry.node_id}", reftitle=name)
    link += contnode
    return link


def _object(objects, target, module, owner):
    for inside in ((module, owner), (module,), ()):
        name = ".".join(filter(None, (*inside, target)))
        if name in objects:
            return name, objects[name]
    ends = {id(entry): (name, entry) for name, entry in objects.items() if name.endswith(f".{target}")}
    pages = {(entry.docname, entry.node_id): (name, entry) for name, entry in ends.values()}
    return next(iter(pages.values())) if len(pages) == 1 else None


def _exists(target):
    room, _, name = target.rpartition(".")
    if not room:  # what is shown may come from another module than the one that it is public in
        ours = [each for name, each in sys.modules.items() if name.startswith("fairseq_phonology.")]
        return any(name in vars(each) for each in ours)
    try:
        return hasattr(importlib.import_module(room), name)
    except ImportError:
        return False


def one_field_each(app, what, name, obj, options, lines):
    """``low, high: ...`` under Attributes means both, as it does under Args."""
    made = []
    for line in lines:
        field = _FIELD.match(line)
        if not field:
            made.append(line)
            continue
        *others, last = (each.strip() for each in field[1].split(","))
        made += [f":ivar {each}: {{{last}}}" for each in others]
        made.append(f":ivar {last}:{field[2]}")
    # the text stands below the last of them, lines and all: the others get it, too
    lines[:] = _with_texts(made)


def _with_texts(lines):
    made, n = [], 0
    while n < len(lines):
        borrowed = re.match(r":ivar (\w+): \{(\w+)\}$", lines[n])
        if not borrowed:
            made.append(lines[n])
            n += 1
            continue
        start = next(m for m in range(n, len(lines)) if lines[m].startswith(f":ivar {borrowed[2]}:"))
        end = next((m for m in range(start + 1, len(lines)) if lines[m][:1] not in ("", " ")), len(lines))
        first = lines[start].removeprefix(f":ivar {borrowed[2]}:")
        made += [f":ivar {borrowed[1]}:{first}", *lines[start + 1 : end]]
        n += 1
    return made


def without_factories(app, what, name, obj, options, signature, returned):
    """``<factory>``, which is what inspect calls an empty list of a dataclass, is no Python."""
    return (signature or "").replace("<factory>", "...") or signature, returned


def with_dashes(app, doctree):
    """Between a parameter and what it is, where Sphinx writes two hyphens."""
    for text in list(doctree.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))


def setup(app):
    # a property's docstring is prose: napoleon would read "Number: the head" as a type and a text
    GoogleDocstring._parse_attribute_docstring = GoogleDocstring._consume_to_end
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # as our docstrings say
    app.add_role("docstring-name", role)
    app.connect("missing-reference", resolve)
    app.connect("autodoc-process-docstring", one_field_each, priority=600)  # after napoleon
    app.connect("doctree-read", with_dashes)
    app.connect("autodoc-process-signature", without_factories)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
