"""Nodes of the graph back to text: as a function of one call a line, or as one nested expression."""

from __future__ import annotations

from jbatt.program.constants import literal
from jbatt.program.graph import CALL, CONST, INPUT, INVOKE, PRIM, Graph


def to_source(graph: Graph, node: int, name: str = "solve") -> str:
    """`def name(I):` with variables x1, x2... and O for the result.

    Only what the node needs is written, in the order of ids, so equal bodies of one graph give equal texts.
    """
    names: dict[int, str] = {}
    lines = [f"def {name}(I):"]
    for each in graph.reachable(node):
        kind = graph.kind[each]
        if kind in (CALL, INVOKE):
            variable = "O" if each == node else f"x{len(lines)}"
            head, args = _parts(graph, each)
            function = head if isinstance(head, str) else names[head]
            lines.append(f"    {variable} = {function}({', '.join([names[arg] for arg in args])})")
            names[each] = variable
        else:
            names[each] = _leaf(graph, each)
    lines.append(f"    return {names[node]}")
    return "\n".join(lines) + "\n"


def canonical(graph: Graph, node: int, limit: int = 2000) -> str:
    """The inlined expression: `fill(I, THREE, ofcolor(I, FIVE))`.

    Shared parts are written once for each use, which can grow exponentially with the size of the graph: writing stops
    at `limit` characters, and the text then ends with `...`.
    """
    pieces: list[str] = []
    length = 0
    todo: list[int | str] = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, int) and graph.kind[each] in (CALL, INVOKE):
            head, args = _parts(graph, each)
            todo.append(")")
            for arg in reversed(args[1:]):
                todo += [arg, ", "]
            if args:
                todo.append(args[0])
            todo += ["(", head]
            continue
        text = each if isinstance(each, str) else _leaf(graph, each)
        pieces.append(text)
        length += len(text)
        if length > limit:
            return "".join(pieces)[:limit] + "..."
    return "".join(pieces)


def one_call(graph: Graph, node: int, names: dict[int, str], limit: int = 200) -> str:
    """The node as one call: arguments by their names where they have one, otherwise written out."""
    if graph.kind[node] not in (CALL, INVOKE):
        return names.get(node) or _leaf(graph, node)
    head, args = _parts(graph, node)
    function = head if isinstance(head, str) else names.get(head) or canonical(graph, head, limit)
    given = [
        names.get(a)
        or (_leaf(graph, a) if graph.kind[a] not in (CALL, INVOKE) else one_call(graph, a, names))
        for a in args
    ]
    return f"{function}({', '.join(given)})"


def _parts(graph: Graph, node: int) -> tuple[int | str, tuple[int, ...]]:
    """What a call or an invoke applies, and to what."""
    args = graph.args[node]
    return (graph.payload[node], args) if graph.kind[node] == CALL else (args[0], args[1:])


def _leaf(graph: Graph, node: int) -> str:
    kind, payload = graph.kind[node], graph.payload[node]
    if kind == INPUT:
        return "I"
    assert kind in (CONST, PRIM)
    return literal(payload) if kind == CONST else str(payload)
