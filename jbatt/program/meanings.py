"""What single lines mean: the header of a function, a statement of one line, a blank one.

Only what is sure is told here. Anything else in a function (another indentation, a statement over several lines, a variable
named like a primitive, an error) has no meaning as a line, and the function is read with `ast`, which has the last word.
"""

from __future__ import annotations

import ast
import re
from keyword import iskeyword

from jbatt.program.scope import Scope, bind
from jbatt.program.statements import RETURN, Outside, Step, steps_of

_HEADER = re.compile(r"\(([A-Za-z_]\w*)(?:: ?([A-Za-z_]\w*))?\)(?: ?-> ?([A-Za-z_]\w*))?: *", re.ASCII)
"""What comes after `def name`."""
_CALL = re.compile(r"    ([A-Za-z_]\w*) = ([A-Za-z_]\w*)\((\w+(?:, \w+)*)\)", re.ASCII)
_BLANK = re.compile(r"[ \t]*(?:#.*)?")
_SMALL = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
MAX_LINE = 1 << 16
"""Characters of a line that is parsed here; longer ones are left to `ast` with its own limit."""

_BOOLS = {"True": True, "False": False}


Meaning = tuple[Step, ...]


def is_blank(line: str) -> bool:
    return _BLANK.fullmatch(line) is not None


def is_return(meaning: Meaning) -> bool:
    return bool(meaning) and meaning[-1].target == RETURN


def meaning_of(line: str, scope: Scope) -> Meaning | None:
    """The steps of a line of a function, none for a blank one. What it names has a node in the scope afterwards."""
    if is_blank(line):
        return ()
    return _plain_call(line, scope) or _any_statement(line, scope)


def parameter_of(head: str, scope: Scope) -> str | None:
    """The parameter in what comes after `def name` in a header."""
    match = _HEADER.fullmatch(head)
    if match is None:
        return None
    parameter, *annotations = match.groups("")
    if iskeyword(parameter) or any(map(iskeyword, annotations)) or parameter in scope:
        return None
    return parameter


def _plain_call(line: str, scope: Scope) -> Meaning | None:
    """`    x1 = fill(I, THREE, x2)`, without `ast`: nearly every line of nearly every program."""
    match = _CALL.fullmatch(line)
    if match is None:
        return None
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
    return (Step(target, (function, *names), 1),)


def _any_statement(line: str, scope: Scope) -> Meaning | None:
    """Everything else that is a whole statement on one line, indented by four spaces."""
    if len(line) > MAX_LINE or line[:4] != "    " or line[4:5].isspace():
        return None
    try:
        statements = ast.parse(line[4:]).body
        steps = steps_of(statements[0], scope, lambda name: name.id not in scope)
    except (SyntaxError, ValueError, RecursionError, MemoryError, Outside):
        return None
    if len(statements) != 1 or any(step.target in scope for step in steps):
        return None
    return tuple(steps)
