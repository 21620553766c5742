"""Reads functions of one call a line without parsing them: each distinct line is understood once.

Most lines of mutated or enumerated candidates are equal to the letter to lines seen before. A line is turned into its
steps when it is first met; from then on, reading it is a dict lookup, and running it one `itemgetter` call that makes
the interning key of its node from the variables in scope. Parsing the same text with `ast` takes about twenty times as
long.

Where a line has no meaning by itself (`jbatt.program.meanings`), `read` gives up, and the function is read with `ast`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from keyword import iskeyword
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from jbatt.program.chunks import Pieces
from jbatt.program.excerpt import Excerpt
from jbatt.program.meanings import is_blank, is_return, meaning_of, parameter_of
from jbatt.program.scope import Scope
from jbatt.program.statements import RETURN

if TYPE_CHECKING:
    from jbatt.program.bulk import BulkReader

# What a line does: the name it gives a value, and the function that makes the interning key from the variables.
_Shape = tuple[tuple[str, Callable[[dict[str, Any]], Any]], ...]


class LineReader:
    """Knows the lines it has met. For one scope: what a line means depends on the global names."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._parameters: dict[str, str] = {}
        self._statements: dict[str, _Shape] = {"": ()}
        self._returns: dict[str, _Shape] = {}
        self._refused: set[str] = set()
        self._functions: dict[str, tuple[int, int]] = {}
        self._bulk: BulkReader | None = None

    def read(self, text: str) -> tuple[str, int, int] | None:
        """The function of a text that begins with its `def`, and has nothing but blank lines after it.

        Its name, the node it returns, and how many lines it has; None if it must be read with `ast`.
        """
        cut = text.find("(")
        name, rest = text[4:cut], text[cut:]
        if text[:4] != "def " or not (name.isascii() and name.isidentifier()) or iskeyword(name):
            return None
        found = self._functions.get(rest)  # mutation and search often give the same program again
        if found is None:
            head, _, body = rest.partition("\n")
            parameter = self._parameters.get(head) or self._parameter(head)
            found = None if parameter is None else self._function(parameter, body)
            if found is None:
                return None
            self._functions[rest] = found
        return name, *found

    def in_bulk(self, functions: Pieces | Excerpt, numbers: list[int]) -> list[tuple[int, int]]:
        """Of some functions of a file the nodes that they return, and how many lines they have; -1 where `read` may be able to read one.

        numba must be there.
        """
        if self._bulk is None:
            from jbatt.program.bulk import BulkReader

            self._bulk = BulkReader(self.scope)
        roots, lines = self._bulk.read(functions.texts_of(numbers))
        return list(zip(roots.tolist(), lines.tolist(), strict=True))

    def _function(self, parameter: str, body: str) -> tuple[int, int] | None:
        """The node that a function returns, and how many lines it has."""
        lines = body.rstrip(" \t\n").split("\n")
        while len(lines) > 1 and is_blank(lines[-1]):
            lines.pop()
        last = self._returns.get(lines[-1]) or self._learn(lines[-1], self._returns)
        root = None if last is None else self._root(parameter, lines[:-1], last)
        return None if root is None else (root, 1 + len(lines))

    def _root(self, parameter: str, body: list[str], last: _Shape) -> int | None:
        """The node that a function of these lines and this return gives, None if it must be read with `ast`."""
        known = self._statements
        shapes = list(map(known.get, body))
        if None in shapes:
            shapes = [known[line] if line in known else self._learn(line, known) for line in body]
            if None in shapes:
                return None
        shapes.append(last)
        return self._run(parameter, shapes)  # type: ignore[arg-type]

    def _run(self, parameter: str, shapes: list[_Shape]) -> int | None:
        """The node that the lines return, None if one of them cannot be run.

        The variables live among the global names while the function is read, and are taken out afterwards: none of
        them has a global name. Copying the global names for each function would cost more.
        """
        scope = self.scope
        index, new_call, variables = scope.graph.index, scope.graph.new_call, scope.nodes
        variables[parameter] = scope.graph.input()
        try:
            for target, getter in chain.from_iterable(shapes):
                key = getter(variables)
                node = index.get(key)
                if node is None:
                    node = new_call(key) if type(key) is tuple and type(key[0]) is str else scope.build(key)
                variables[target] = node
            return variables[RETURN]  # type: ignore[return-value]
        except (KeyError, ValueError):
            return None  # An unknown name, or a call of what is no function.
        finally:
            del variables[parameter]
            for target, _ in chain.from_iterable(shapes):
                variables.pop(target, None)

    def _parameter(self, head: str) -> str | None:
        """The parameter in what comes after `def name` in a header, which is equal in nearly all of them."""
        parameter = parameter_of(head, self.scope)
        if parameter is not None:
            self._parameters[head] = parameter
        return parameter

    def _learn(self, line: str, kind: dict[str, _Shape]) -> _Shape | None:
        """Makes a line known; its shape if it is of this kind (the returns, or the other statements)."""
        if line not in self._refused:
            meaning = meaning_of(line, self.scope)
            if meaning is None:
                self._refused.add(line)
            else:
                known = self._returns if is_return(meaning) else self._statements
                known[line] = tuple([(step.target, itemgetter(*step.keys)) for step in meaning])
        return kind.get(line)
