"""What lowering a call comes to, remembered by what it depends on.

Which operations a call is lowered to depends on the *shapes* of its arguments, not on their slots: on their types, on how
functions are made, on which of the values in them are the same, and for `power` on the values of constants. Calls of
mutated programs come in few shapes, so the definitions of primitives run once for each, and leave a *recipe*: operations
whose arguments are *registers*, first the slots in the arguments, then those of the operations before.

Recipes name no graph, so all graphs of a process share them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from operator import itemgetter
from typing import Any, NamedTuple

from jbatt.dsl.domain import Choice, Closure, Fixed
from jbatt.engine.slots import Traced

MOST_SLOTS = 64
"""In one value. Functions that hold the same ones many times over are lowered without recipes."""
MOST_RECIPES = 1 << 17
"""Beyond so many the next graph begins anew."""

Build = Callable[[list[int], list[Any]], Any]
"""Makes a value from registers and arguments."""


class Unfit(Exception):
    """A value or a call that has no shape: it is lowered without a recipe."""


class Recorder:
    """What is noted while a call is lowered.

    held: the slots in its arguments; steps: operation, slots that it takes, its first slot, whether it has a row for each
    example; compared: whether it mattered which values are equal, constants: whether the values of constants did; unfit: whether
    something else did that a shape does not tell.
    """

    __slots__ = ("compared", "constants", "held", "steps", "unfit")

    def __init__(self, held: list[int]):
        self.held = held
        self.steps: list[tuple[tuple, tuple[int, ...], int, bool]] = []
        self.compared = self.constants = False
        self.unfit = False


class Recipe(NamedTuple):
    """The operations of a call, and its result.

    steps: for each the operation, what takes its slots from the registers, whether that is one slot rather than a tuple of them,
    whether it has a row for each example, and how many registers it fills (with its slots 3 n, 3 n + 1, ...). The result is the exception `error`; or a value of `type` in register `place`;
    or, where there is no type, what `build` makes. slots: the registers that are in the result, in their order.
    """

    steps: tuple[tuple[tuple, itemgetter, bool, bool, int], ...]
    error: Exception | None = None
    type: Any = None
    const: Any = None
    place: int = -1
    build: Build | None = None
    slots: tuple[int, ...] = ()


class Recipes:
    """Shapes by number, and recipes by shapes.

    A shape is *exact*, with the values of constants, or *plain*, without. made: recipes by primitive (None where a function
    value is applied), shapes of the arguments (all exact or all plain), and which of their slots are equal, if any. known: by exact
    shapes the recipe and the shape of its result.
    """

    def __init__(self) -> None:
        self.made: dict[tuple, Recipe] = {}
        self.known: dict[tuple, tuple[Recipe, int]] = {}
        self._numbers: dict[tuple, int] = {}
        self._plain: dict[int, int] = {}
        self._next = count()

    def plain(self, key: tuple) -> tuple:
        """The key with the plain shapes."""
        return tuple([self._plain[part] if isinstance(part, int) else part for part in key])

    def _number(self, shape: tuple) -> int:
        found = self._numbers.get(shape)
        # `setdefault` is atomic: threads that meet a shape at the same time get the same number.
        return self._numbers.setdefault(shape, next(self._next)) if found is None else found

    def shape(self, lowered, value, known: dict[int, tuple[int, list[int]]], slots: list[int]) -> int:
        """The exact shape of a value; the slots in it are added to `slots`. Raises Unfit.

        known: shape and slots of the values that have these `id`s.
        """
        if id(value) in known:
            number, held = known[id(value)]
            slots += held
        elif isinstance(value, Traced) and value.slot is not None:
            if value.slot % 3:
                raise Unfit
            slots.append(value.slot)
            node = value.slot // 3
            # Whether it is a constant matters where what is wrong in an argument counts (`Lowered.strict`).
            about = (value.type, lowered.ops[lowered.op[node]][0] == "const", lowered.base[node])
            number = self._number(("value", *about, value.const))
            if value.const is None:
                self._plain[number] = number
            else:
                self._plain[number] = plain = self._number(("some constant", *about))
                self._plain[plain] = plain
        else:
            about, parts = taken_apart(value)
            shapes = [self.shape(lowered, p, known, slots) for p in parts]
            number = self._number((*about, *shapes))
            self._plain[number] = plain = self._number((*about, *[self._plain[s] for s in shapes]))
            self._plain[plain] = plain
        if number < 0 or len(slots) > MOST_SLOTS:
            raise Unfit
        return number


_recipes = Recipes()


def shared() -> Recipes:
    """The recipes of this process."""
    global _recipes
    if len(_recipes.known) > MOST_RECIPES:
        _recipes = Recipes()
    return _recipes


def recipe(recorded: Recorder, spans: list[range], args: list, result: Any) -> Recipe:
    """The recipe of a call that gave `result`, or raised it. Raises Unfit.

    spans: for each argument which of the recorded slots are in it. If the result has constants, that is noted.
    """
    if recorded.unfit:
        raise Unfit
    if isinstance(result, Exception):
        if recorded.compared:
            raise Unfit  # no operations are played that would show an equality by chance
        return Recipe((), result.with_traceback(None))
    made = {first: (op, taken, base) for op, taken, first, base in recorded.steps}
    if not made.keys().isdisjoint(recorded.held):
        raise Unfit  # an operation gives what is an argument as well; with others of the same shape it may not
    used = {slot for _, taken, _ in made.values() for slot in taken}
    register: dict[int, int] = {}
    for k, slot in enumerate(recorded.held):
        register.setdefault(slot, k)
    size, steps = len(recorded.held), []
    for first, (op, taken, base) in made.items():
        width = 3 if first + 2 in used else 2 if first + 1 in used else 1
        take = itemgetter(*[register[slot] for slot in taken])
        steps.append((op, take, len(taken) == 1, base, width))
        register |= {first + k: size + k for k in range(width)}
        size += width
    if isinstance(result, Traced) and result.slot in made:
        recorded.constants |= result.const is not None
        place = register[result.slot]
        return Recipe(tuple(steps), None, result.type, result.const, place, None, (place,))
    writer = _Result(recorded, register, {id(a): k for k, a in enumerate(args)}, spans)
    build = writer.build(result)
    return Recipe(tuple(steps), build=build, slots=tuple(writer.slots))


class _Result:
    """Makes the function that makes a call's result."""

    def __init__(
        self, recorded: Recorder, register: dict[int, int], number: dict[int, int], spans: list[range]
    ):
        self.recorded, self.register, self.number, self.spans = recorded, register, number, spans
        self.slots: list[int] = []

    def build(self, value) -> Build:
        k = self.number.get(id(value))
        if k is not None:
            self.slots += self.spans[k]
            return lambda registers, args: args[k]
        if isinstance(value, Traced) and value.slot is not None:
            self.recorded.constants |= value.const is not None
            place, kind, const = self.register.get(value.slot, -1), value.type, value.const
            if place < 0:
                raise Unfit
            self.slots.append(place)
            return lambda registers, args: Traced(kind, registers[place], const)
        about, parts = taken_apart(value)
        builds = [self.build(p) for p in parts]
        return lambda registers, args: put_together(about, [b(registers, args) for b in builds])


def taken_apart(value) -> tuple[tuple, tuple]:
    """What kind of a value it is, and what it is made of. Raises Unfit."""
    if isinstance(value, Closure):
        return ("closure", value.name, value.args is None), value.args or ()
    if isinstance(value, Fixed):
        return ("fixed", value.kind), value.values
    if isinstance(value, Choice):
        return ("choice",), (value.condition, value.a, value.b)
    if isinstance(value, Traced) and value.parts:
        return ("parts", value.type), value.parts
    raise Unfit  # the items of a container of functions


def put_together(about: tuple, parts: list) -> Any:
    """The value that was taken apart."""
    kind = about[0]
    if kind == "closure":
        return Closure(about[1], None if about[2] else tuple(parts))
    if kind == "fixed":
        return Fixed(about[1], tuple(parts))
    if kind == "choice":
        return Choice(*parts)
    return Traced(about[1], None, None, tuple(parts))
