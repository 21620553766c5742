"""Parts of a graph as plain data, for another process with the same jbatt."""

from __future__ import annotations

from typing import Any

from jbatt.program.graph import CALL, CONST, INPUT, PRIM, Graph

Content = tuple[list[str], list[Any], list[list[int]]]
"""Of each node its kind, its payload, and the numbers of its arguments."""


def taken(graph: Graph, nodes: list[int], number: dict[int, int]) -> Content:
    """The content of nodes, each after its arguments; their numbers, from `len(number)` on, are added to `number`."""
    kind, payload, args = graph.kind, graph.payload, graph.args
    for node in nodes:
        number[node] = len(number)
    return (
        [kind[n] for n in nodes],
        [payload[n] for n in nodes],
        [[number[a] for a in args[n]] for n in nodes],
    )


def added(graph: Graph, content: Content, nodes: list[int]) -> None:
    """Add what was taken to another graph; `nodes[number]` is the node that has this number there."""
    for kind, payload, given in zip(*content, strict=True):
        args = [nodes[a] for a in given]
        if kind == CALL:
            node = graph.call(payload, args)
        elif kind == CONST:
            node = graph.const(payload)
        elif kind == INPUT:
            node = graph.input()
        else:
            node = graph.prim(payload) if kind == PRIM else graph.invoke(args[0], args[1:])
        nodes.append(node)
