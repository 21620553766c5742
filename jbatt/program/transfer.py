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


def added(graph: Graph, content: Content) -> None:
    """Add what was taken to a graph that holds nothing but what was taken from one graph, in order: nodes are their numbers there.

    Each was one of its own where it was taken, so none is looked for. What is interned in such a graph comes after `indexed`.
    """
    kind, payload, args = content
    graph.kind += kind
    graph.payload += payload
    graph.args += args


def indexed(graph: Graph) -> Graph:
    """The graph, able to find its nodes."""
    keys = {CONST: lambda payload, args: ("=", repr(payload)), INPUT: lambda payload, args: ("",)}
    keys |= {PRIM: lambda payload, args: (payload,), CALL: lambda payload, args: (payload, *args)}
    for node, (kind, payload, args) in enumerate(zip(graph.kind, graph.payload, graph.args, strict=True)):
        graph.index[keys[kind](payload, args) if kind in keys else args] = node
    return graph
