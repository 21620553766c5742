"""Parts of a graph as plain data, for another process with the same jbatt."""

from __future__ import annotations

from typing import Any

from jbatt.program.graph import CALL, CONST, INPUT, PRIM, Graph

Content = tuple[list[str], list[Any], list[tuple[int, ...]]]
"""Of each node its kind, its payload, and the numbers of its arguments."""


def taken(graph: Graph, nodes: list[int], number: dict[int, int]) -> Content:
    """The content of nodes, each after its arguments; their numbers, from `len(number)` on, are added to `number`."""
    kind, payload, args = graph.kind, graph.payload, graph.args
    for node in nodes:
        number[node] = len(number)
    return (
        [kind[n] for n in nodes],
        [payload[n] for n in nodes],
        [tuple([number[a] for a in args[n]]) for n in nodes],
    )


def added(graph: Graph, content: Content, nodes: list[int]) -> None:
    """Add what was taken from one graph to another. nodes: by number what was added before, which what is added now comes after."""
    for kind, payload, args in zip(*content, strict=True):
        own = [nodes[a] for a in args]
        if kind == INPUT:
            node = graph.input()
        elif kind == CONST:
            node = graph.const(payload)
        elif kind == PRIM:
            node = graph.prim(payload)
        elif kind == CALL:
            node = graph.call(payload, own)
        else:
            node = graph.invoke(own[0], own[1:])
        nodes.append(node)
