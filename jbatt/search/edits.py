"""Edits of a program: each names a node, and what stands there afterwards. Types are checked before nodes are made.

A `Site` is one use of a value: argument `place` of call `user`. An edit gives the user a new name or a new argument; the
program above it is built again around it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, NamedTuple

import jbatt.dsl
from jbatt.dsl.domain import Closure, Unsupported, coercion_cost
from jbatt.dsl.registry import REGISTRY
from jbatt.program.graph import CALL, CONST, INPUT, INVOKE, PRIM, Graph
from jbatt.program.infer import Inference, Typed
from jbatt.search.hints import Hints
from jbatt.search.language import Production, alike, by_result, takes_colour
from jbatt.values.types import BOOLEAN, FUNCTION, GRID, INTEGER, PAIR

PREFER = 0.5
"""How often a colour or a turn is taken from the hints, where they have one."""
DIRECTIONS = tuple((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
SIZES = (
    (0, 0),
    (0, 2),
    (2, 0),
    (1, 2),
    (2, 1),
    (2, 2),
    (3, 3),
    (1, 3),
    (3, 1),
    (4, 4),
    (5, 5),
    (9, 9),
    (10, 10),
)
NUMBERS = tuple(range(-2, 11))


class Site(NamedTuple):
    """One use of a value."""

    user: int
    place: int


@dataclass(frozen=True)
class Change:
    """What `user` becomes."""

    user: int
    payload: Any
    args: tuple[int, ...]


class Typing:
    """The types of a graph's nodes, and of nodes that are not made yet."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.inference = Inference(graph)
        jbatt.dsl.load()
        self._kinds: list[Any] = []
        self._alternatives: dict[tuple, list[str]] = {}
        self.names = {k: sorted(n for n in REGISTRY if REGISTRY[n].arity == k) for k in range(1, 5)}

    def kind(self, node: int) -> Any:
        """The type of a node; None where it has none or is a container of functions."""
        return self._kind(self.number(node))

    def _kind(self, number: int) -> Any:
        kinds, types = self._kinds, self.inference.types
        for found in types[len(kinds) :] if number >= len(kinds) else ():
            known = FUNCTION if isinstance(found, Closure) else None
            kinds.append(found.type if isinstance(found, Typed) else known)
        return kinds[number]

    def number(self, node: int) -> int:
        """The number of a node's type."""
        numbers = self.inference.type_of
        if node >= len(numbers):
            self.inference.extend(len(self.graph))
        return numbers[node]

    def alternatives(self, name: str, numbers: tuple[int, ...], result: Any) -> list[str]:
        """Other primitives that give a value of type `result` for arguments of these types, by name."""
        key = (name, numbers, result)
        known = self._alternatives.get(key)
        if known is None:
            known = self._alternatives[key] = [
                n
                for n in self.names[len(numbers)]
                if n != name
                and (number := self.applied(CALL, n, numbers)) is not None
                and self._kind(number) is result
            ]
        return known

    def is_grid(self, number: int) -> bool:
        """Whether values of this type can be a program's result."""
        found = self.inference.types[number]
        return isinstance(found, Typed) and coercion_cost(found.type, GRID) < 1000

    def applied(self, kind: str, payload: Any, numbers: tuple[int, ...]) -> int | None:
        """The number of the type that a node on arguments of these types has; None where it has none."""
        number = self.inference.applied(kind, payload, numbers)
        return None if isinstance(self.inference.types[number], Unsupported) else number


def rebuilt(typing: Typing, root: int, nodes: list[int], change: Change) -> int | None:
    """The root of the program with a change; None, with no node made, where that would be ill-typed.

    nodes: what the root is made of, ascending.
    """
    graph = typing.graph
    numbers: dict[int, int] = {}
    above: list[int] = []
    changed = {change.user}
    for node in nodes:
        if node == change.user:
            payload, args = change.payload, change.args
        elif node > change.user and not changed.isdisjoint(graph.args[node]):
            payload, args = graph.payload[node], graph.args[node]
            changed.add(node)
            above.append(node)
            if numbers.keys().isdisjoint(args):
                continue
        else:
            continue
        given = tuple([numbers[a] if a in numbers else typing.number(a) for a in args])
        number = typing.applied(graph.kind[node], payload, given)
        if number is None:
            return None
        if number != typing.number(node):
            numbers[node] = number
    if root not in changed or not typing.is_grid(numbers.get(root, typing.number(root))):
        return None
    made = {change.user: _make(graph, graph.kind[change.user], change.payload, change.args)}
    for node in above:
        args = tuple([made.get(a, a) for a in graph.args[node]])
        made[node] = _make(graph, graph.kind[node], graph.payload[node], args)
    return made[root]


def _make(graph: Graph, kind: str, payload: Any, args: tuple[int, ...]) -> int:
    return graph.call(payload, args) if kind == CALL else graph.invoke(args[0], args[1:])


class Editor:
    """Draws edits. pool: nodes of other programs by type, from which arguments may be taken (crossover)."""

    def __init__(self, typing: Typing, pool: dict[Any, list[int]]):
        self.typing, self.pool = typing, pool
        self.graph = typing.graph
        self.kinds = (
            self.constant,
            self.primitive,
            self.argument,
            self.insertion,
            self.deletion,
            self.function,
            None,
        )

    def edited(self, root: int, draw: random.Random, hints: Hints, tries: int = 8) -> int | None:
        """A well-typed program that differs from `root` by one edit; None where none was found in some tries."""
        nodes = self.graph.reachable(root)
        sites = [
            Site(n, k)
            for n in nodes
            if self.graph.kind[n] in (CALL, INVOKE)
            for k in range(len(self.graph.args[n]))
        ]
        for _ in range(tries):
            kind = draw.choice(self.kinds)
            found: int | None = None
            if kind is None:
                found = self.around(root, nodes, draw, hints)
            elif sites:
                change = kind(sites, nodes, draw, hints)
                found = None if change is None else rebuilt(self.typing, root, nodes, change)
            if found is not None and found != root:
                return found
        return None

    def _with(self, site: Site, arg: int) -> Change | None:
        args = self.graph.args[site.user]
        if arg == args[site.place] or (self.graph.kind[site.user] == INVOKE and site.place == 0):
            # A function that is applied: `invoke` of a bare primitive would be another kind of node.
            if arg == args[site.place] or self.graph.kind[arg] == PRIM:
                return None
        return Change(
            site.user, self.graph.payload[site.user], (*args[: site.place], arg, *args[site.place + 1 :])
        )

    # Kinds of edits -----------------------------------------------------------------------------------------------

    def constant(
        self, sites: list[Site], nodes: list[int], draw: random.Random, hints: Hints
    ) -> Change | None:
        """A constant becomes another of its family."""
        graph = self.graph
        places = [s for s in sites if graph.kind[graph.args[s.user][s.place]] == CONST]
        if not places:
            return None
        site = draw.choice(places)
        value = graph.payload[graph.args[site.user][site.place]]
        name = graph.payload[site.user] if graph.kind[site.user] == CALL else ""
        return self._with(site, graph.const(_other_constant(value, name, site.place, draw, hints)))

    def primitive(
        self, sites: list[Site], nodes: list[int], draw: random.Random, hints: Hints
    ) -> Change | None:
        """A primitive becomes another of its signature, called or as a function."""
        graph = self.graph
        user = draw.choice(sites).user
        functions = [s for s in sites if s.user == user and graph.kind[graph.args[user][s.place]] == PRIM]
        if functions and (graph.kind[user] != CALL or draw.random() < 0.5):
            site = draw.choice(functions)
            others: tuple[str, ...] | list[str] = alike(graph.payload[graph.args[user][site.place]])
            return self._with(site, graph.prim(draw.choice(others))) if others else None
        if graph.kind[user] != CALL:
            return None
        others = self._same_signature(user)
        turns = [t for t in hints.turns if t in others]
        if turns and draw.random() < PREFER:
            others = turns
        return Change(user, draw.choice(others), graph.args[user]) if others else None

    def argument(
        self, sites: list[Site], nodes: list[int], draw: random.Random, hints: Hints
    ) -> Change | None:
        """An argument becomes another value of its type, of this program or of another."""
        site = draw.choice(sites)
        kind = self.typing.kind(self.graph.args[site.user][site.place])
        if kind is None:
            return None
        other = self._value(kind, nodes, draw)
        return None if other is None else self._with(site, other)

    def insertion(
        self, sites: list[Site], nodes: list[int], draw: random.Random, hints: Hints
    ) -> Change | None:
        """A call is put around an argument; of a function, a composition."""
        site = draw.choice(sites)
        arg = self.graph.args[site.user][site.place]
        kind = self.typing.kind(arg)
        if kind is FUNCTION:
            return self._composition(site, arg, draw)
        choices = [p for p in by_result().get(kind, ()) if kind in p.args]
        call = self._call_with(arg, kind, choices, nodes, draw, hints)
        return None if call is None else self._with(site, call)

    def around(self, root: int, nodes: list[int], draw: random.Random, hints: Hints) -> int | None:
        """A call around the whole program, or one of its grids instead of it."""
        if draw.random() < 0.5:
            inner = [n for n in nodes if self.typing.kind(n) is GRID and n != root]
            return draw.choice(inner) if inner else None
        if self.typing.kind(root) is not GRID:
            return None
        return self._call_with(
            root, GRID, [p for p in by_result()[GRID] if GRID in p.args], nodes, draw, hints
        )

    def _call_with(
        self,
        arg: int,
        kind: Any,
        choices: list[Production],
        nodes: list[int],
        draw: random.Random,
        hints: Hints,
    ) -> int | None:
        """A call of one of these productions, `arg` of type `kind` among its arguments."""
        turns = [p for p in choices if p.name in hints.turns]
        if turns and draw.random() < PREFER:
            choices = turns
        if not choices:
            return None
        made = draw.choice(choices)
        place = draw.choice([k for k, t in enumerate(made.args) if t is kind])
        args: list[int] = []
        for k, t in enumerate(made.args):
            if k == place:
                args.append(arg)
                continue
            value = self._argument(made.name, k, t, nodes, draw, hints)
            if value is None:
                return None
            args.append(value)
        return self.graph.call(made.name, args)

    def deletion(
        self, sites: list[Site], nodes: list[int], draw: random.Random, hints: Hints
    ) -> Change | None:
        """A call is replaced by one of its arguments."""
        graph = self.graph
        places = [s for s in sites if graph.kind[graph.args[s.user][s.place]] in (CALL, INVOKE)]
        if not places:
            return None
        site = draw.choice(places)
        arg = graph.args[site.user][site.place]
        kind = self.typing.kind(arg)
        inner = [a for a in graph.args[arg] if self.typing.kind(a) is kind]
        return self._with(site, draw.choice(inner)) if inner else None

    def function(
        self, sites: list[Site], nodes: list[int], draw: random.Random, hints: Hints
    ) -> Change | None:
        """Two arguments change places: of a composition, of a call; or a function is bound from its other side."""
        graph = self.graph
        user = draw.choice(sites).user
        args, name = graph.args[user], graph.payload[user]
        if graph.kind[user] != CALL:
            return None
        if name in ("rbind", "lbind") and draw.random() < 0.5:
            return Change(user, "lbind" if name == "rbind" else "rbind", args)
        if len(args) < 2:
            return None
        i, j = draw.sample(range(len(args)), 2)
        swapped = list(args)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        return Change(user, name, tuple(swapped)) if args[i] != args[j] else None

    # What comes there ---------------------------------------------------------------------------------------------

    def _same_signature(self, user: int) -> list[str]:
        """Other primitives that give these arguments the same type."""
        graph, typing = self.graph, self.typing
        numbers = tuple([typing.number(a) for a in graph.args[user]])
        result = typing.kind(user)
        if result is None or result is FUNCTION:
            others = {"compose": ("matcher", "rbind", "lbind"), "chain": ("fork",), "fork": ("chain",)}
            return list(others.get(graph.payload[user], ()))
        return typing.alternatives(graph.payload[user], numbers, result)

    def _value(self, kind: Any, nodes: list[int], draw: random.Random) -> int | None:
        """A node of this type: of the program itself, or of another."""
        own = [n for n in nodes if self.typing.kind(n) is kind]
        pool = self.pool.get(kind, ())
        if pool and (not own or draw.random() < 0.4):
            return draw.choice(pool)
        return draw.choice(own) if own else None

    def _argument(
        self, name: str, place: int, kind: Any, nodes: list[int], draw: random.Random, hints: Hints
    ) -> int | None:
        if isinstance(kind, Closure):
            return self.graph.prim(kind.name)
        if kind in (INTEGER, BOOLEAN, PAIR) and draw.random() < 0.7:
            seed: Any = {INTEGER: 0, BOOLEAN: True, PAIR: draw.choice(((0, 0), (0, 1)))}[kind]
            return self.graph.const(_other_constant(seed, name, place, draw, hints))
        return self._value(kind, nodes, draw)

    def _composition(self, site: Site, function: int, draw: random.Random) -> Change | None:
        other = self.graph.prim(draw.choice(self.typing.names[1]))
        pair = (function, other) if draw.random() < 0.5 else (other, function)
        if self.typing.applied(CALL, "compose", tuple(self.typing.number(n) for n in pair)) is None:
            return None
        return self._with(site, self.graph.call("compose", pair))


def _other_constant(value: Any, name: str, place: int, draw: random.Random, hints: Hints) -> Any:
    """Another constant of the family: of the colours, where the argument is one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        # In a function (`rbind(fill, THREE)`) a digit may be a colour as well as a number.
        colour = takes_colour(name, place) or (name in ("rbind", "lbind", "matcher") and draw.random() < 0.5)
        family: tuple[Any, ...] = tuple(range(10)) if colour else NUMBERS
        if colour and hints.colours and draw.random() < PREFER:
            family = hints.colours
    elif len(value) == 2 and all(isinstance(v, int) for v in value):
        family = DIRECTIONS if value in DIRECTIONS and draw.random() < 0.8 else SIZES
    else:
        return value
    others = [v for v in family if v != value]
    return draw.choice(others) if others else value


def pool_of(typing: Typing, roots: list[int]) -> dict[Any, list[int]]:
    """What programs are made of, by type: calls that depend on the input, and functions."""
    graph = typing.graph
    pool: dict[Any, list[int]] = {}
    depends: set[int] = set()
    for node in graph.reachable(*roots):
        kind = graph.kind[node]
        if kind == INPUT or not depends.isdisjoint(graph.args[node]):
            depends.add(node)
        found = typing.kind(node)
        if found is not None and (node in depends or found is FUNCTION):
            pool.setdefault(found, []).append(node)
    return pool
