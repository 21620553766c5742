"""A program's text line by line, with the node of the graph that each line makes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from jbatt.errors import JbattError
from jbatt.program.functions import Function, walk
from jbatt.program.graph import CALL, INVOKE, Graph
from jbatt.program.records import Program
from jbatt.program.scope import Scope
from jbatt.program.source import assigned_constant
from jbatt.program.statements import RETURN
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
    function, scope = _parsed(program, graph)
    rows = "\n".join(program.lines).split("\n")[program.line - function.lineno :]
    texts = {s.lineno: _text(rows, s) for s in function.body}
    lines: list[Line] = []
    names: dict[int, str] = {graph.input(): "I"}
    for step, node in walk(function, scope):
        statement = max((n for n in texts if n <= step.line), default=function.lineno)
        inner = step.target.startswith("(")
        if step.target == RETURN and node in names:
            continue
        text = one_call(graph, node, names) if inner else texts[statement]
        number = step.line + program.line - function.lineno
        if inner and any(line.node == node for line in lines):
            continue
        lines.append(Line(number, "" if inner else step.target, text, node))
        if not inner and graph.kind[node] in (CALL, INVOKE):
            names[node] = step.target
    return lines


def _parsed(program: Program, graph: Graph) -> tuple[Function, Scope]:
    """The program's syntax tree, and a scope with the constants of its file."""
    constants = {}
    try:
        module = ast.parse("\n".join(program.lines))
        functions = [n for n in module.body if isinstance(n, Function) and n.lineno == program.line]
        for node in module.body:
            constants.update(assigned_constant(node, Scope(graph)) or {})
    except (SyntaxError, ValueError, RecursionError):  # another function of the file does not parse
        module = ast.parse(program.source)
        functions = [n for n in module.body if isinstance(n, Function)]
        for text in program.lines:
            constants.update(_constant_line(text, graph))
    if len(functions) != 1:
        raise JbattError(
            f"{program.file}:{program.line}: {program.name} is not there any more; read it again"
        )
    return functions[0], Scope(graph, constants)


def _text(rows: list[str], statement: ast.stmt) -> str:
    """The statement as it is written, on one line."""
    found = ast.get_source_segment("\n".join(rows[: statement.end_lineno]), statement)
    return " ".join((found or ast.unparse(statement)).split())


def _constant_line(text: str, graph: Graph) -> dict:
    if not text[:1].isidentifier() or "=" not in text:
        return {}
    try:
        return assigned_constant(ast.parse(text).body[0], Scope(graph)) or {}
    except (SyntaxError, ValueError, IndexError):
        return {}
