"""The graph of the machine's steps, in which equal steps are one, and what is wrong with which of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from jbatt.engine.machine import joins, once, rewrite
from jbatt.engine.machine.known import Known, Rule, of_constant, rule_of
from jbatt.engine.machine.loop import Sizes
from jbatt.engine.machine.table import table

FROM_VALUE = frozenset(
    ["items_of_list", "items_of_indices", "items_of_object", "items_of_struct"]
    + ["items_of_drawn_indices", "items_of_drawn_object"]
)
"""Steps whose heads have what is wrong with their argument."""
HEADS_FROM_HEADS = frozenset(
    ["keep", "permute", "cross_heads", "also_wrong", "pairs_where", "zip_first", "concat"]
)
FROM_HEADS = frozenset(["build", "union", "united_lines", "scatter_pairs", "scatter_cells"])
"""Steps whose heads, or values, have what is wrong with the heads among their arguments."""
WIDEST = 6
"""Arguments of a step."""
UNITES, HEADS_OF_VALUE, JOINS, HEADS_OF_HEADS, OF_HEADS, STRICT = (1 << k for k in range(6))
"""How a step has what is wrong with its arguments."""


class NoStep(Exception):
    """The machine has no step for this."""


def passing(name: Any) -> int:
    """How steps of a name have what is wrong with their arguments, as bits."""
    unites = name == "union" or name[-1] == "united"
    each = [
        (UNITES, unites),
        (HEADS_OF_VALUE, name in FROM_VALUE),
        (JOINS, name == "pairs_where"),
        (HEADS_OF_HEADS, name in HEADS_FROM_HEADS or name[-1] == "united"),
        (OF_HEADS, name in FROM_HEADS or name[-1] == "united"),
        (STRICT, name == "strict"),
    ]
    return sum(bit for bit, holds in each if holds)


class _About(NamedTuple):
    """What holds for all steps of a name. known: of their rows, or what tells it of each; instead: what may give a cheaper one;
    passes: as `passing` says."""

    known: Known | Rule
    instead: rewrite.Instead | None
    passes: int


class StepGraph:
    """Steps by number: op (an index into `names`), args (references), x and y, and what is `known` of their rows.

    A *reference* is twice a step's number, and one more for its heads.
    """

    def __init__(self, side: int):
        self.opcodes = table(side).opcodes
        self.names: list[Any] = []
        self.numbers: dict[Any, int] = {}
        self.op: list[int] = []
        self.args: list[tuple[int, ...]] = []
        self.x: list[int] = []
        self.y: list[int] = []
        self.constants: list[tuple[int, ...]] = []
        self._constants: dict[tuple, int] = {}
        self.known: list[Known] = []
        self._steps: dict[tuple, int] = {}
        self._about: list[_About] = []
        self.spreads: set[int] = set()
        """References of `spread` steps."""
        self.bases: list[once.Repeated | None] = []
        """For each step the repeated list for each of whose items it has a row."""
        self.made_of: dict[int, tuple] = {}
        """Of steps that were taken instead of another one, its name and its arguments."""
        self.moved: dict[tuple[int, once.Repeated], int | None] = {}
        """For rows for all repetitions of a list those for the list itself, None where there are none: what `once` has found."""

    def step(self, name, *args: int, x: int = 0, y: int = 0) -> int:
        """The reference of a step's values."""
        number = self.numbers.get(name)
        key = (self.named(name) if number is None else number, args, x, y)
        found = self._steps.get(key)
        return self._new(key) if found is None else found

    def named(self, name) -> int:
        """The number of a step's name. Raises NoStep."""
        if name not in self.opcodes:
            raise NoStep
        number = self.numbers.setdefault(name, len(self.names))
        if number == len(self.names):
            self.names.append(name)
            self._about.append(_About(rule_of(name), rewrite.instead_of(name), passing(name)))
        return number

    def _new(self, key: tuple[int, tuple[int, ...], int, int]) -> int:
        """The reference of a step that was not asked for before."""
        number, args, x, y = key
        name, about = self.names[number], self._about[number]
        spreads, bases = self.spreads, self.bases
        base = found = None
        for ref in args:  # most steps have nothing to do with what is repeated
            if ref in spreads or bases[ref >> 1] is not None:
                found = once.once(self, name, args, x, y)
                if found is not None:
                    self._steps[key] = found
                    return found
                base = once.base(self, name, args)
                break
        if about.instead is not None:
            found = about.instead(self, args, x)
        if found is None:
            found = 2 * len(self.op)
            rule = about.known
            if name == "constant":
                rule = of_constant(self.constants[x])
            elif not isinstance(rule, Known):
                known = self.known
                rule = rule(args, x, y, lambda ref: known[ref >> 1])
            self.op.append(number)
            self.args.append(args)
            self.x.append(x)
            self.y.append(y)
            self.known.append(rule)
            bases.append(base)
            if name == "spread":
                spreads.add(found)
        else:
            self.made_of[found >> 1] = name, args
        self._steps[key] = found
        return found

    def many(self, name, *args: int, x: int = 0, y: int = 0) -> tuple[int, int]:
        """The references of a step's heads and values."""
        values = self.step(name, *args, x=x, y=y)
        return values + 1, values

    def constant(self, words: tuple[int, ...]) -> int:
        """The reference of one row of these words."""
        number = self._constants.get(words)
        if number is None:
            if len(self.constants) == Sizes().constants:
                raise NoStep
            number = self._constants[words] = len(self.constants)
            self.constants.append(words)
        return self.step("constant", x=number)

    def _wrong_with(self, ref: int) -> int | None:
        """What has what can be wrong with a value: of lists of clean items that are their heads. None: nothing can be."""
        if ref & 1:
            return ref
        if self.known[ref >> 1].clean:
            return None
        args = self.args[ref >> 1]
        if self.names[self.op[ref >> 1]] == "build" and self.known[args[1] >> 1].clean:
            return args[0]
        return ref

    def _carries(self, made: int, ref: int, depth: int = 8) -> bool:
        """Whether what is wrong with a value is certainly wrong with one made from it, as far as a few steps tell."""
        if made == ref:
            return True
        if not depth:
            return False
        number = made >> 1
        replaced = self.made_of.get(number)
        if replaced is None:
            how, args = self._about[self.op[number]].passes, self.args[number]
        else:
            how, args = passing(replaced[0]), replaced[1]
        if not how:
            return False
        if how & UNITES:
            # They have what is wrong with each of the items as well, as a list of them has.
            of, its = self.names[self.op[ref // 2]], self.args[ref // 2]
            if of == "build" and its[0] == args[0]:
                name = replaced[0] if replaced else self.names[self.op[number]]
                item, its = self.names[self.op[its[1] // 2]], self.args[its[1] // 2]
                if self.args[ref // 2] == args or ((*item, "united") == name and its == args[1:]):
                    return True
        if made & 1 and how & HEADS_OF_VALUE:
            return self._carries(args[0], ref, depth - 1)
        if made & ref & 1 and how & JOINS and joins.pairs_of(self, ref) == (args[0], args[2]):
            return True
        only_heads = how & (HEADS_OF_HEADS if made & 1 else OF_HEADS)
        if only_heads or how & STRICT:
            for arg in args:
                if (arg & 1 or not only_heads) and self._carries(arg, ref, depth - 1):
                    return True
        return False
