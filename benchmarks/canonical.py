"""ARC-DSL with its sets run through in jbatt's canonical order, to tell answers that depend on CPython's order.

The reference's own text is run, with `frozenset` and `set` replaced by subclasses that iterate in canonical order
(docs/exactness.md) and whose operators stay in the subclass; set displays and comprehensions become calls of them.
Everything that looks at items one by one, such as `max`, `next(iter(...))` or `tuple`, goes through `__iter__`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reference import load

from jbatt.values.encode import canonical_key


def load_canonical(reference: Path) -> dict[str, Any]:
    """The names that programs may use, as `reference.load` gives them, with ordered sets."""
    return load(reference, {"frozenset": OrderedFrozenSet, "set": OrderedSet}, Displays().visit)


def ordered(items: Iterator) -> list:
    """Items in canonical order; those that have none, such as functions, as they come."""
    found = list(items)
    if len(found) < 2:
        return found
    try:
        return sorted(found, key=canonical_key)
    except TypeError:
        return found


class OrderedFrozenSet(frozenset):
    """A frozenset that iterates in canonical order, which is found once."""

    _ordered: list | None = None

    def __iter__(self) -> Iterator:
        if self._ordered is None:
            self._ordered = ordered(super().__iter__())
        return iter(self._ordered)


class OrderedSet(set):
    """A set that iterates in canonical order."""

    def __iter__(self) -> Iterator:
        return iter(ordered(super().__iter__()))


def _stays(kind: type, base: type, name: str) -> None:
    """Let a method of the base class give a set of the subclass."""
    inherited = getattr(base, name)

    def method(self: Any, *others: Any) -> Any:
        found = inherited(self, *others)
        return found if found is NotImplemented else kind(found)

    method.__name__ = name
    setattr(kind, name, method)


_OPERATORS = ("and", "or", "sub", "xor", "rand", "ror", "rsub", "rxor")
_METHODS = ("union", "intersection", "difference", "symmetric_difference", "copy")
for _kind, _base in ((OrderedFrozenSet, frozenset), (OrderedSet, set)):
    for _name in (*(f"__{operator}__" for operator in _OPERATORS), *_METHODS):
        _stays(_kind, _base, _name)


class Displays(ast.NodeTransformer):
    """`{a, b}` and `{f(x) for x in xs}` as calls of `set`, which a namespace can replace."""

    def visit_Set(self, node: ast.Set) -> ast.AST:
        self.generic_visit(node)
        items = ast.Tuple(elts=node.elts, ctx=ast.Load())
        return self._call(node, items)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        self.generic_visit(node)
        return self._call(node, ast.GeneratorExp(elt=node.elt, generators=node.generators))

    @staticmethod
    def _call(node: ast.AST, items: ast.expr) -> ast.AST:
        name = ast.Name(id="set", ctx=ast.Load())
        return ast.fix_missing_locations(
            ast.copy_location(ast.Call(func=name, args=[items], keywords=[]), node)
        )
