"""Reads functions of one call a line without parsing them: each distinct line is understood once.

Most lines of mutated or enumerated candidates are equal to the letter to lines seen before. A line is turned into its
steps when it is first met; from then on, reading it is a dict lookup, and running it one `itemgetter` call that makes
the interning key of its node from the variables in scope. Parsing the same text with `ast` takes about twenty times as
long.

Only what this module is sure of is read here. At anything else in a function (another indentation, a statement over
several lines, code after the return, a variable named like a primitive, an error) `read` gives up, and the function is
read with `ast`, which has the last word.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from itertools import chain
from keyword import iskeyword
from operator import itemgetter
from typing import Any

from jbatt.program.scope import Scope, bind
from jbatt.program.statements import RETURN, Outside, steps_of

_HEADER = re.compile(r"\(([A-Za-z_]\w*)(?:: ?([A-Za-z_]\w*))?\)(?: ?-> ?([A-Za-z_]\w*))?: *", re.ASCII)
"""What comes after `def name`."""
_CALL = re.compile(r"    ([A-Za-z_]\w*) = ([A-Za-z_]\w*)\((\w+(?:, \w+)*)\)", re.ASCII)
_BLANK = re.compile(r"[ \t]*(?:#.*)?")
_SMALL = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
MAX_LINE = 1 << 16
"""Characters of a line that is parsed here; longer ones are left to `ast` with its own limit."""

_BOOLS = {"True": True, "False": False}

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

    def _function(self, parameter: str, body: str) -> tuple[int, int] | None:
        """The node that a function returns, and how many lines it has."""
        lines = body.rstrip(" \t\n").split("\n")
        while len(lines) > 1 and _BLANK.fullmatch(lines[-1]):
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
        match = _HEADER.fullmatch(head)
        if match is None:
            return None
        parameter, *annotations = match.groups("")
        if iskeyword(parameter) or any(map(iskeyword, annotations)) or parameter in self.scope:
            return None
        self._parameters[head] = parameter
        return parameter

    def _learn(self, line: str, kind: dict[str, _Shape]) -> _Shape | None:
        """Makes a line known; its shape if it is of this kind (the returns, or the other statements)."""
        if line not in self._refused:
            if _BLANK.fullmatch(line):
                self._statements[line] = ()
            elif (shape := self._plain_call(line)) is not None:
                self._statements[line] = shape
            else:
                self._any_statement(line)
        return kind.get(line)

    def _plain_call(self, line: str) -> _Shape | None:
        """`    x1 = fill(I, THREE, x2)`, without `ast`: nearly every line of nearly every program."""
        match = _CALL.fullmatch(line)
        if match is None:
            return None
        scope = self.scope
        target, function, text = match.groups()
        if target in scope or iskeyword(target):
            return None
        names = text.split(", ")
        for name in names:
            if name in scope.nodes:
                continue
            if name in scope:
                scope.need(name)
            elif name[0].isdigit():
                if not _SMALL.fullmatch(name):
                    return None
                scope.need_literal(int(name))
            elif name in _BOOLS:
                scope.need_literal(_BOOLS[name])
        if function in scope.primitives:
            try:
                bind(function, len(names), ())
            except ValueError:
                return None
            function += "("
        elif function in scope:
            return None
        return ((target, itemgetter(function, *names)),)

    def _any_statement(self, line: str) -> None:
        """Everything else that is a whole statement on one line, indented by four spaces."""
        scope = self.scope
        if len(line) <= MAX_LINE and line[:4] == "    " and not line[4:5].isspace():
            try:
                statements = ast.parse(line[4:]).body
                steps = steps_of(statements[0], scope, lambda name: name.id not in scope)
                if len(statements) == 1 and not any(step.target in scope for step in steps):
                    kind = self._returns if isinstance(statements[0], ast.Return) else self._statements
                    kind[line] = tuple([(step.target, itemgetter(*step.keys)) for step in steps])
                    return
            except (SyntaxError, ValueError, RecursionError, MemoryError, Outside):
                pass
        self._refused.add(line)
