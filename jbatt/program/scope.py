"""What the names of a file stand for outside its functions, and how a call's arguments find their parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jbatt.dsl.parameters import PARAMETERS
from jbatt.program.constants import CONSTANTS, Value
from jbatt.program.graph import CALL, CONST, INPUT, INVOKE, PRIM, Graph

Key = int | tuple[int | str, ...]


class Scope:
    """The global names, and their nodes.

    `nodes` is what the variables of a function are looked up in: the node of each global name and literal that was met,
    and under "fill(" the name that a call of `fill` has in the graph. A constant gets its node when it is first used,
    so a graph only holds what programs mention.
    """

    def __init__(self, graph: Graph, constants: Mapping[str, Value] | None = None) -> None:
        self.graph = graph
        self.constants = CONSTANTS | dict(constants or {})
        # A constant of the file may have a primitive's name; it then hides it, as in Python.
        self.primitives = {name: spec for name, spec in PARAMETERS.items() if name not in self.constants}
        self.nodes: dict[str, int | str] = {name + "(": name for name in self.primitives}

    def __contains__(self, name: object) -> bool:
        return name in self.constants or name in self.primitives

    def need(self, name: str) -> None:
        """Gives a global name its node."""
        if name not in self.nodes:
            if name in self.constants:
                self.nodes[name] = self.graph.const(self.constants[name])
            else:
                self.nodes[name] = self.graph.prim(name)

    def need_literal(self, value: Value) -> str:
        """Gives a literal its node; returns the key it has in `nodes`."""
        key = repr(value)
        if key not in self.nodes:
            self.nodes[key] = self.graph.const(value)
        return key

    def build(self, key: Key) -> int:
        """The node for what a step looked up: one node id, or the parts of a call. Raises ValueError with a reason."""
        if isinstance(key, int):
            return key
        head, args = key[0], key[1:]
        if isinstance(head, str):
            return self.graph.call(head, args)  # type: ignore[arg-type]
        kind = self.graph.kind[head]
        if kind == PRIM:
            bind(self.graph.payload[head], len(args), ())
        elif kind not in (CALL, INVOKE):
            what = {CONST: "a constant", INPUT: "the input grid"}[kind]
            raise ValueError(f"a call of {what}, expected a function")
        return self.graph.invoke(head, args)  # type: ignore[arg-type]


def bind(primitive: str, given: int, keywords: Sequence[str]) -> list[int]:
    """The places in (positional arguments + keyword arguments) to take a primitive's arguments from.

    Raises ValueError with what is wrong, in words.
    """
    parameters = PARAMETERS[primitive]
    count = len(parameters)
    if given == count and not keywords:
        return list(range(count))
    wanted = ", ".join("/".join(names) for names in parameters)
    if given > count or (not keywords and given < count):
        plural = "s" if count > 1 else ""
        raise ValueError(f"{primitive} takes {count} argument{plural} ({wanted}), got {given}")
    places: list[int | None] = [*range(given), *[None] * (count - given)]
    for place, keyword in enumerate(keywords, start=given):
        position = next((i for i, names in enumerate(parameters) if keyword in names), None)
        if position is None:
            raise ValueError(f"{primitive} has no parameter '{keyword}', expected {wanted}")
        if places[position] is not None:
            raise ValueError(f"{primitive} got two values for its parameter '{keyword}'")
        places[position] = place
    missing = ["/".join(names) for names, place in zip(parameters, places, strict=True) if place is None]
    if missing:
        raise ValueError(f"{primitive} takes {count} arguments ({wanted}), missing: {', '.join(missing)}")
    return [place for place in places if place is not None]
