"""Parts of a graph as plain data, for another process with the same jbatt."""

from __future__ import annotations

from typing import Any

from jbatt.program.graph import Graph

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


def added(graph: Graph, content: Content) -> None:
    """Add what was taken to a graph that holds nothing but what was taken from one graph, in order: nodes are their numbers there.

    Each node was one of its own where it was taken, so none is looked for, and nothing can be interned in this graph.
    """
    kind, payload, args = content
    graph.kind += kind
    graph.payload += payload
    graph.args += map(tuple, args)
