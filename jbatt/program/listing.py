"""A program's text line by line, with the node of the graph that each line makes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from jbatt.errors import JbattError
from jbatt.program.chunks import cut
from jbatt.program.constants import Value
from jbatt.program.functions import Function, walk
from jbatt.program.graph import CALL, INVOKE, Graph
from jbatt.program.records import Program
from jbatt.program.scope import Scope
from jbatt.program.source import assigned_constant
from jbatt.program.statements import RETURN, Outside
from jbatt.program.writer import one_call


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a program: a statement, or a call inside one.

    number: the line of the file; target: the variable that it makes, "return", or "" for a call inside a statement;
    text: the statement as it is written, or the call with the names of its arguments; node: its id in the graph.
    """

    number: int
    target: str
    text: str
    node: int


def listing(program: Program, graph: Graph) -> list[Line]:
    """What the program does, in order; a call inside a statement comes before the statement.

    `return O` after the line that makes O is left out: it shows nothing new. Raises JbattError where the text does not
    make the program's node, which happens only if its lines were changed after reading.
    """
    for whole in (False, True):
        function, scope = _parsed(program, graph, whole)
        lines = _lines(program, graph, function, scope)
        if lines is not None:
            return lines
    raise JbattError(f"{program.file}:{program.line}: {program.name} is not there any more; read it again")


def _lines(program: Program, graph: Graph, function: Function | None, scope: Scope) -> list[Line] | None:
    """The lines of a syntax tree; None where it does not make the program's node."""
    if function is None:
        return None
    before = program.line - function.lineno
    text = "\n".join(program.lines[program.line - 1 : before + (function.end_lineno or 0)])
    texts = {s.lineno: _text(text, s, function.lineno - 1) for s in function.body}
    lines: list[Line] = []
    names: dict[int, str] = {graph.input(): "I"}
    known: set[int] = set()
    root = None
    try:
        for step, node in walk(function, scope):
            if step.target == RETURN:
                root = node
                if node in names:
                    continue
            inner = step.target.startswith("(")
            if inner and node in known:
                continue
            known.add(node)
            statement = max((n for n in texts if n <= step.line), default=function.lineno)
            shown = one_call(graph, node, names) if inner else texts.get(statement, step.target)
            lines.append(Line(step.line + before, "" if inner else step.target, shown, node))
            if not inner and graph.kind[node] in (CALL, INVOKE):
                names[node] = step.target
    except Outside:
        return None
    return lines if root == program.root else None


def _parsed(program: Program, graph: Graph, whole: bool) -> tuple[Function | None, Scope]:
    """The program's syntax tree, and a scope with the constants of its file.

    Files of candidates have thousands of functions, so only the program's own text and what stands between functions is
    parsed, as the reader does; the whole file where that was not enough.
    """
    constants: dict[str, Value] = {}
    plain = Scope(graph)
    if whole:
        module = _module("\n".join(program.lines))
        functions = [n for n in module if isinstance(n, Function) and n.lineno == program.line]
        loose = [module]
    else:
        functions = [n for n in _module(program.source) if isinstance(n, Function)]
        chunks = [c for c in cut(program.lines) if c.loose]
        loose = [_module("\n".join(program.lines[c.start : c.end])) for c in chunks]
    for statement in (s for part in loose for s in part if not isinstance(s, Function)):
        constants.update(assigned_constant(statement, plain) or {})
    return (functions[0] if len(functions) == 1 else None), Scope(graph, constants)


def _module(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _text(text: str, statement: ast.stmt, before: int) -> str:
    """The statement as it is written, on one line; `before`: lines of the syntax tree that `text` begins after."""
    ast.increment_lineno(statement, -before)
    found = ast.get_source_segment(text, statement)
    ast.increment_lineno(statement, before)
    return " ".join((found or ast.unparse(statement)).split())
