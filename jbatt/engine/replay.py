"""Lowering by recipes: the nodes of one graph, each by playing back what a call of its shape was lowered to before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from jbatt.engine.recipes import Recipe, Unfit, recipe, shared
from jbatt.engine.slots import Traced

if TYPE_CHECKING:
    from jbatt.engine.lower import Lowered

NO_SHAPE = -1
"""The shape of what has none: an exception, or a container of functions."""
NOTHING: list[int] = []


@dataclass(slots=True)
class _Ready:
    """A recipe with the operations' numbers and tables in one lowered graph; for exact shapes, so that its result has one."""

    recipe: Recipe
    steps: list[tuple]
    shape: int


class Replay:
    """Lowers the nodes of a graph in their order. All methods take the same `Lowered`: one that held it would be a cycle.

    shapes, slots: for each node the exact shape of its value, and the slots in it.
    """

    def __init__(self) -> None:
        self.recipes = shared()
        self.shapes: list[int] = []
        self.slots: list[list[int]] = []
        self._ready: dict[tuple, _Ready] = {}
        self._steps: dict[int, tuple[Recipe, list[tuple]]] = {}

    def extend(self, low: Lowered, nodes: list[int]) -> None:
        """Lower these nodes, each after its arguments."""
        shapes, slots, ready = self.shapes, self.slots, self._ready
        values, payload, given = low.values, low.graph.payload, low.graph.args
        shapes += [NO_SHAPE] * (len(values) - len(shapes))
        slots += [NOTHING] * (len(values) - len(slots))
        for node in nodes:
            args = given[node]
            held = slots[args[0]] if len(args) == 1 else [s for a in args for s in slots[a]]
            key: tuple = (payload[node], *[shapes[a] for a in args])
            if len(held) > 1 and len(set(held)) < len(held):
                key = (*key, tuple(map(held.index, held)))
            found = ready.get(key) if args else None
            if found is not None:
                made = self._played(low, found, args, held)
            elif NO_SHAPE in key and (wrong := _wrong(values, args)) is not None:
                values[node] = wrong  # without shape and slots, as its arguments
                continue
            else:
                made = self._new(low, args, node, key, held)
            values[node], shapes[node], slots[node] = self._plainly(low, node) if made is None else made

    def _played(self, low: Lowered, found: _Ready, args: tuple[int, ...], held: list[int]) -> tuple | None:
        """Value, shape and slots by a recipe; None where an operation gives one of the arguments, as none did before."""
        about = found.recipe
        if about.error is not None:
            return about.error, NO_SHAPE, []
        ops, several = low.op, len(held) > 1
        registers = held.copy()
        add = registers.append
        for number, table, take, single, base, width in found.steps:
            taken = take(registers)
            made = table.get(taken)
            if made is None:
                made = table[taken] = 3 * len(ops)
                ops.append(number)
                low.args.append((taken,) if single else taken)
                low.base.append(base)
            elif several and made in held:
                return None
            add(made)
            if width > 1:
                add(made + 1)
                if width > 2:
                    add(made + 2)
        if about.build is None:
            slot = registers[about.place]
            return Traced(about.type, slot, about.const), found.shape, [slot]
        value = about.build(registers, [low.values[a] for a in args])
        return value, found.shape, [registers[k] for k in about.slots]

    def _new(
        self, low: Lowered, args: tuple[int, ...], node: int, key: tuple, held: list[int]
    ) -> tuple | None:
        """Value, shape and slots of a node of a shape that was not met in this graph."""
        if not args or NO_SHAPE in key:
            return None
        recipes = self.recipes
        known = recipes.known.get(key)
        if known is not None:
            self._ready[key] = found = self._bound(low, *known)
            return self._played(low, found, args, held)
        plain = recipes.plain(key)
        made = recipes.made.get(key) or recipes.made.get(plain)
        if made is None:
            value, recorder = low.recorded(node, held)
            ends = accumulate((len(self.slots[a]) for a in args), initial=0)
            spans = [range(*pair) for pair in pairwise(ends)]
            try:
                made = recipe(recorder, spans, [low.values[a] for a in args], value)
            except Unfit:
                return value, *self._shape(low, value, args)
            recipes.made[key if recorder.constants else plain] = made
        played = self._played(low, self._bound(low, made, NO_SHAPE), args, held)
        if played is None:
            return None
        value = played[0]
        shape, own = self._shape(low, value, args)
        recipes.known[key] = made, shape
        self._ready[key] = self._bound(low, made, shape)
        return value, shape, own

    def _bound(self, low: Lowered, made: Recipe, shape: int) -> _Ready:
        """A recipe, whose result has this shape, with the numbers and tables of operations."""
        found = self._steps.get(id(made))
        if found is None:
            steps = []
            for op, *step in made.steps:
                number = low.number(op)
                steps.append((number, low.tables[number], *step))
            found = self._steps[id(made)] = made, steps
        return _Ready(made, found[1], shape)

    def _plainly(self, low: Lowered, node: int) -> tuple:
        """Value, shape and slots of a node without a recipe."""
        value = low.lower(node)
        return value, *self._shape(low, value, low.graph.args[node])

    def _shape(self, low: Lowered, value, args: tuple[int, ...]) -> tuple[int, list[int]]:
        """The shape of a value that was made of these nodes, and the slots in it."""
        if isinstance(value, Exception):
            return NO_SHAPE, []
        known = {id(low.values[a]): (self.shapes[a], self.slots[a]) for a in args}
        slots: list[int] = []
        try:
            return self.recipes.shape(low, value, known, slots), slots
        except Unfit:
            return NO_SHAPE, []


def _wrong(values: list[Any], nodes: tuple[int, ...]) -> Exception | None:
    """What the first of these nodes without a value has instead."""
    for node in nodes:
        value = values[node]
        if isinstance(value, Exception):
            return value
    return None
