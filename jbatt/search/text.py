"""Programs as text that depends on nothing but the expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jbatt.program import Program
from jbatt.program.graph import CALL, CONST, INPUT, INVOKE, Graph


def program_text(graph: Graph, root: int, name: str = "solve") -> str:
    """A program as ARC-DSL, its lines in the order in which a walk from the result needs them.

    `Graph.to_source` writes lines in the order of ids, which is that in which programs came into the graph.
    """
    own = Graph()
    made: dict[int, int] = {}
    todo = [root]
    while todo:
        node = todo[-1]
        missing = [a for a in graph.args[node] if a not in made]
        if missing:
            todo += reversed(missing)
            continue
        todo.pop()
        kind, payload, args = graph.kind[node], graph.payload[node], [made[a] for a in graph.args[node]]
        if kind == INPUT:
            made[node] = own.input()
        elif kind == CONST:
            made[node] = own.const(payload)
        elif kind == CALL:
            made[node] = own.call(payload, args)
        elif kind == INVOKE:
            made[node] = own.invoke(args[0], args[1:])
        else:
            made[node] = own.prim(payload)
    return own.to_source(made[root], name)


def written(graph: Graph, programs: Sequence[Program], file: str) -> tuple[str, list[Program]]:
    """The text of a file with these programs, and the programs as they stand in it."""
    texts = [graph.to_source(p.root, p.name) for p in programs]
    lines = "\n\n".join(texts).splitlines()
    placed, line = [], 1
    for p, text in zip(programs, texts, strict=True):
        height = text.count("\n")
        placed.append(replace(p, file=file, line=line, lines=lines, end=line + height - 1))
        line += height + 2
    return "\n".join(lines) + "\n", placed
