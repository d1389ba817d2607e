"""Small changes of a module, each of which some test should notice."""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS = {
    **{ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.LtE], ast.GtE: [ast.Gt, ast.Lt]},
    **{ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is]},
    **{ast.In: [ast.NotIn], ast.NotIn: [ast.In]},
}
_ARITHMETIC = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div},
    **{ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.LShift: ast.RShift},
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "argmin": "argmax", "argmax": "argmin"}
_SWAPPED = {ast.Break: ast.Continue, ast.Continue: ast.Break}


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        line: where it is.
        place: the function or class around it; empty in the module itself.
        inside: whether it is in the body of a function, and so not run by an import.
        change: ``before -> after``; with a number, where a function has several alike.
        tree: of the module.
        old, new: a node of it, and what it becomes.
    """

    line: int
    place: str
    inside: bool
    change: str
    tree: ast.Module
    old: ast.AST
    new: ast.AST

    def code(self, path: str) -> types.CodeType:
        """The changed module, with the line numbers of the module."""
        kind, fields = type(self.old), dict(vars(self.old))
        lines = {name: value for name, value in fields.items() if name.endswith(("lineno", "col_offset"))}
        self.old.__class__, self.old.__dict__ = type(self.new), {**vars(self.new), **lines}
        try:
            return compile(ast.fix_missing_locations(self.tree), path, "exec")
        finally:
            self.old.__class__, self.old.__dict__ = kind, fields


def mutants(source: str) -> list[Mutant]:
    """All changes of a module, in the order of its lines."""
    tree, found, seen = ast.parse(source), [], {}
    for node, place, inside in list(_nodes(tree, "", False)):
        for changed, shown in _changes(node):
            key = (place, f"{_text(node)} -> {shown}")
            seen[key] = seen.get(key, 0) + 1
            change = key[1] + (f" ({seen[key]})" if seen[key] > 1 else "")
            found.append(Mutant(node.lineno, place, inside, change, tree, node, changed))
    return found


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 100 else f"{text[:97]}..."


def _nodes(node: ast.AST, place: str, inside: bool) -> Iterator[tuple[ast.AST, str, bool]]:
    """The nodes that may be changed: neither annotations, docstrings, texts of messages nor what only types need."""
    if isinstance(node, ast.JoinedStr):
        children = [(child.value, inside) for child in node.values if isinstance(child, ast.FormattedValue)]
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        place = f"{place}.{node.name}".lstrip(".")
        function = isinstance(node, ast.FunctionDef)
        around = [*node.decorator_list, *(node.args.defaults + node.args.kw_defaults if function else node.bases)]
        children = [(child, inside) for child in around if child] + [(each, inside or function) for each in node.body]
    elif isinstance(node, ast.Lambda):
        children = [(node.body, inside)]
    else:
        skipped = {getattr(node, "annotation", None)}
        children = [(child, inside) for child in ast.iter_child_nodes(node) if child not in skipped]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return
    for child, within in children:
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.expr | ast.stmt | ast.comprehension):
            if not isinstance(child, ast.comprehension):
                yield child, place, within
            yield from _nodes(child, place, within)


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """What a node is changed into, and how that reads."""
    for new in _changed(node):
        yield new, "(removed)" if isinstance(new, ast.Pass) else _text(new)


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=ops):
            for n, operator in enumerate(ops):
                for other in _COMPARISONS[type(operator)]:
                    yield _with(node, ops=[*ops[:n], other(), *ops[n + 1 :]])
        case ast.BoolOp(op=op):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _ARITHMETIC:
            if not isinstance(op, ast.Mod) or not isinstance(node.left, ast.Constant):
                yield _with(node, op=_ARITHMETIC[type(op)]())
            if isinstance(node, ast.AugAssign):
                yield ast.Pass()
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(value=float(value)):
            yield ast.Constant(value * 2 if value else 1.0)
        case ast.Constant(value=str(value)) if " " not in value.strip():
            yield ast.Constant(f"{value}?" if value else "?")
        case ast.If() | ast.IfExp():
            yield _with(node, test=ast.Constant(True))
            yield _with(node, test=ast.Constant(False))
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp():
            for n, each in enumerate(node.generators):
                if each.ifs:
                    own = [*node.generators[:n], _with(each, ifs=[]), *node.generators[n + 1 :]]
                    yield _with(node, generators=own)
        case ast.Return(value=ast.AST() as value) if ast.unparse(value) != "None":
            yield ast.Return(None)
        case ast.Break() | ast.Continue():
            yield _SWAPPED[type(node)]()
        case ast.Expr() | ast.Raise() | ast.Delete() | ast.Assert():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield ast.Pass()
        case ast.Call(keywords=keywords):
            for keyword in keywords:
                if keyword.arg not in (None, "strict", "file"):
                    yield _with(node, keywords=[each for each in keywords if each is not keyword])
        case ast.Slice(lower=lower, upper=upper, step=step):
            if lower and not isinstance(lower, ast.Constant):
                yield ast.Slice(None, upper, step)
            if upper and not isinstance(upper, ast.Constant):
                yield ast.Slice(lower, None, step)
        case ast.Name(id=name) if name in _NAMES:
            yield _with(node, id=_NAMES[name])
        case ast.Attribute(attr=name) if name in _NAMES:
            yield _with(node, attr=_NAMES[name])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new
