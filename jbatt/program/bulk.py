"""Reads many functions at once: what `jbatt.program.lines` does one by one, with tables that compiled code looks lines and nodes up in.

A line is understood in Python when it is first met, and is a number from then on. numba must be there.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from jbatt.compiled.reading import (
    ALWAYS,
    BLANK,
    HEADER,
    NEVER,
    REFUSED,
    RETURNS,
    STATEMENT,
    entered,
    hashes_of,
    line_numbers,
    roots_of,
    trimmed,
)
from jbatt.dsl.parameters import PARAMETERS
from jbatt.growing import Growing
from jbatt.program.graph import CALL, INVOKE, Graph
from jbatt.program.meanings import Meaning, is_blank, is_return, meaning_of, parameter_of
from jbatt.program.scope import Scope
from jbatt.program.statements import RETURN, Step

PRIMITIVES = list(PARAMETERS)
_NAMED = np.array([*PRIMITIVES, None], object)
NUMBERS = {name: number for number, name in enumerate(PRIMITIVES)}


class _Table:
    """Numbers by hash, open-addressed: int32, -1 where it is free, at most half full."""

    def __init__(self) -> None:
        self.held = np.full(1024, -1, np.int32)

    def make_room(self, wanted: int, hashes: np.ndarray) -> np.ndarray:
        """Room for so many; hashes: of those in it."""
        if 2 * wanted > len(self.held):
            self.held = np.full(1 << int(4 * wanted).bit_length(), -1, np.int32)
            entered(self.held, hashes, 0, len(hashes))
        return self.held


class BulkReader:
    """Knows the lines that it has met, in one scope."""

    def __init__(self, scope: Scope):
        self.scope = scope
        self._lines, self._kept = _KnownLines(scope), Growing(np.uint8)
        self._table = _Table()
        self._hashes, self._places = Growing(np.uint64), Growing(np.int64)
        self._places.add([0])
        self._nodes = _KnownNodes(scope.graph)
        self._read = 0

    def read(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Of some functions the nodes that they return, -1 where this is not the way to read one, and how many lines they have.

        Each text is ASCII, begins with `def` and a name, and has nothing but blank lines after the function. Returns int64[n] twice.
        """
        raw = np.frombuffer("".join(texts).encode(), np.uint8)
        ends = np.cumsum(list(map(len, texts)), dtype=np.int64)
        begins = np.append(0, ends[:-1])
        most = trimmed(raw, begins, ends)
        numbers, firsts = self._numbered(raw, begins, ends, most)
        lines, nodes = self._lines, self._nodes
        tables = nodes.make_room(lines.steps_in(numbers), lines.keys_in(numbers))
        roots, counts = np.empty(len(begins), np.int64), np.empty(len(begins), np.int64)
        stop = roots_of(
            numbers, firsts, *lines.arrays(), self._read, nodes.input, lines.result, *tables, nodes.known, roots, counts
        )  # fmt: skip
        self._read += len(begins)
        nodes.learn(stop)
        return roots, counts

    def _numbered(
        self, raw: np.ndarray, begins: np.ndarray, ends: np.ndarray, most: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of all lines, of which there are `most`, and where those of each function begin."""
        known, kept, hashes, places = self._hashes.size, self._kept, self._hashes, self._places
        table = self._table.make_room(known + most, hashes.rows)
        numbers, firsts = np.empty(most, np.int32), np.empty(len(begins) + 1, np.int64)
        kept.make_room(int((ends - begins).sum()))
        now = line_numbers(
            raw, begins, ends, table, hashes.make_room(most), places.make_room(most), kept.held, known, numbers, firsts
        )  # fmt: skip
        hashes.size, places.size = now, now + 1
        new = places.rows[known:]
        text = kept.held[new[0] : new[-1]].tobytes().decode()
        kept.size = int(new[-1])
        self._lines.learn([text[a:b] for a, b in pairwise((new - new[0]).tolist())])
        return numbers[: firsts[-1]], firsts


class _KnownLines:
    """What lines mean, by their numbers.

    kinds, steps: of each line what it is, and where its steps begin; targets, first_keys: of each step the name it makes, and where
    its keys begin; keys: names. A header has one step, which is not done: its target is the parameter.
    """

    def __init__(self, scope: Scope):
        self.scope = scope
        self.kinds, self.steps, self.targets = Growing(np.int8), Growing(np.int32), Growing(np.int32)
        self.first_keys, self.keys = Growing(np.int32), Growing(np.int32)
        self.steps.add([0])
        self.first_keys.add([0])
        self._names: dict[str, int] = {}
        self._values, self._given = Growing(np.int32), Growing(np.int32)
        self.result = self._name(RETURN)

    def learn(self, lines: list[str]) -> None:
        """New lines, which get the next numbers."""
        kinds, steps, targets, first_keys, keys = [], [], [], [], []
        made, used = self.targets.size, self.keys.size
        name = self._name
        for line in lines:
            kind, meaning = self._understood(line)
            kinds.append(kind)
            for step in meaning:
                targets.append(name(step.target))
                keys += [name(key) for key in step.keys]
                first_keys.append(used + len(keys))
            steps.append(made + len(targets))
        for array, new in (
            (self.kinds, kinds),
            (self.steps, steps),
            (self.targets, targets),
            (self.first_keys, first_keys),
            (self.keys, keys),
        ):
            array.add(new)

    def _understood(self, line: str) -> tuple[int, Meaning]:
        if line[:1] == "(":
            parameter = parameter_of(line, self.scope)
            return (REFUSED, ()) if parameter is None else (HEADER, (Step(parameter, (), 1),))
        if is_blank(line):
            return BLANK, ()
        meaning = meaning_of(line, self.scope)
        if meaning is None:
            return REFUSED, ()
        return RETURNS if is_return(meaning) else STATEMENT, meaning

    def arrays(self) -> list[np.ndarray]:
        """What compiled code looks lines and names up in."""
        lines = (self.kinds, self.steps, self.targets, self.first_keys, self.keys)
        return [a.held for a in (*lines, self._values, self._given)]

    def steps_in(self, numbers: np.ndarray) -> int:
        """How many steps lines have."""
        return int(np.diff(self.steps.held[: self.steps.size])[numbers].sum())

    def keys_in(self, numbers: np.ndarray) -> int:
        """How many keys the steps of lines have."""
        begin = self.first_keys.held[self.steps.held[: self.steps.size]]
        return int(np.diff(begin)[numbers].sum())

    def _name(self, text: str) -> int:
        found = self._names.get(text)
        if found is None:
            found = self._names[text] = len(self._names)
            node = self.scope.nodes.get(text)
            self._given.add([NEVER if node is None else ALWAYS])
            self._values.add([0 if node is None else -1 - NUMBERS[node] if isinstance(node, str) else node])
        return found


class _KnownNodes:
    """The nodes of a graph as arrays: of each the parts it is made of, a primitive's as -1 - its number; none where it is no call."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.input = graph.input()
        self.known = 0
        self._table = _Table()
        self._hashes, self._firsts, self._parts = Growing(np.uint64), Growing(np.int64), Growing(np.int32)
        self._callable = Growing(np.bool_)
        self._firsts.add([0])

    def make_room(self, more: int, parts: int) -> tuple[np.ndarray, ...]:
        """What compiled code looks nodes up in, all of the graph's, with room for so many more, of so many parts."""
        self._take_in()
        table = self._table.make_room(self.known + more, self._hashes.rows)
        hashes, firsts, of = (
            self._hashes.make_room(more),
            self._firsts.make_room(more),
            self._parts.make_room(parts),
        )
        return table, hashes, firsts, of, self._callable.make_room(more)

    def learn(self, stop: int) -> None:
        """Give the graph the nodes up to `stop`, which compiled code has made."""
        first = self.known
        places = self._firsts.held[first : stop + 1]
        heads = self._parts.held[places[:-1]]
        is_call = heads < 0
        names = _NAMED[np.where(is_call, -1 - heads, len(PRIMITIVES))]
        self.graph.extend(names.tolist(), _rows(self._parts.held, places[:-1] + is_call, places[1:]))
        self._set_size(stop, int(places[-1]))

    def _take_in(self) -> None:
        """Nodes that others have made."""
        graph, first = self.graph, self.known
        for node in range(first, len(graph)):
            kind, args = graph.kind[node], graph.args[node]
            parts = (-1 - NUMBERS[graph.payload[node]], *args) if kind == CALL else args
            self._parts.add(list(parts))
            self._firsts.add([self._parts.size])
            self._callable.add([kind in (CALL, INVOKE)])
        stop = len(graph)
        if stop > first:
            hashes_of(self._firsts.held, self._parts.held, first, stop, self._hashes.make_room(stop - first))
            table = self._table.make_room(stop, self._hashes.rows)
            entered(table, self._hashes.held, first, stop)
            self._set_size(stop, self._parts.size)

    def _set_size(self, nodes: int, parts: int) -> None:
        self.known = self._hashes.size = self._callable.size = nodes
        self._firsts.size, self._parts.size = nodes + 1, parts


def _rows(values: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> list[tuple[int, ...]]:
    """`values[begin:end]` for each place as a tuple: those of one length at once."""
    made = np.empty(len(begins), object)
    sizes = ends - begins
    for size in np.unique(sizes).tolist():
        which = np.flatnonzero(sizes == size)
        columns = [values[begins[which] + k].tolist() for k in range(size)]
        made[which] = np.fromiter(zip(*columns, strict=True), object, len(which))
    return made.tolist()
