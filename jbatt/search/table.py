"""The values of one kind: rows of a batch, and for each value its task, its cost and how it was made."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jbatt.engine.batch import Batch, concatenate, take


class Origin(NamedTuple):
    """How a value was made: a rule's index and the numbers of its arguments in their kinds' tables; a constant has rule -1
    and stands in `args` itself, the input has rule -2."""

    rule: int
    args: tuple


class Table:
    """Values of a kind for several tasks. A value is one row for each demo of its task, one after another.

    task, cost, start: int[m]; origin: a list.
    """

    def __init__(self, examples: np.ndarray):
        self.examples = examples
        self.task: list[int] = []
        self.cost: list[int] = []
        self.start: list[int] = []
        self.origin: list[Origin] = []
        self._parts: list[Batch] = []
        self._rows = 0
        self._index: dict[tuple[int, int], list[int]] = {}

    def __len__(self) -> int:
        return len(self.task)

    def add(self, value: Batch, tasks: np.ndarray, cost: int, origins: list[Origin]) -> range:
        """Add values with the rows of `value`, in order; their numbers."""
        first = len(self.task)
        sizes = self.examples[tasks]
        starts = self._rows + np.cumsum(sizes) - sizes
        self.start += starts.tolist()
        self.task += tasks.tolist()
        self.cost += [cost] * len(tasks)
        self.origin += origins
        self._parts.append(value)
        self._rows += value.n
        for number, task in enumerate(tasks.tolist(), first):
            self._index.setdefault((task, cost), []).append(number)
        return range(first, len(self.task))

    def at(self, task: int, cost: int) -> list[int]:
        """The values of a task that have this cost."""
        return self._index.get((task, cost), [])

    def rows(self, numbers: np.ndarray) -> Batch:
        """The rows of these values, value after value."""
        if len(self._parts) > 1:
            self._parts = [concatenate(self._parts)]
        starts = np.array(self.start, np.int64)[numbers]
        sizes = self.examples[np.array(self.task, np.int64)[numbers]]
        return take(self._parts[0], spans(starts, sizes))


def spans(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The rows starts[k], starts[k] + 1, ... for each k, one span after another."""
    total = int(sizes.sum())
    return np.arange(total) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)


class Part:
    """Some of the values of a table, by the table's own numbers."""

    def __init__(self, table: Table):
        self.table = table
        self.rows = table.rows
        self._index: dict[tuple[int, int], list[int]] = {}

    def add(self, number: int, task: int, cost: int) -> None:
        """A value that is in the table."""
        self._index.setdefault((task, cost), []).append(number)

    def at(self, task: int, cost: int) -> list[int]:
        """The values of a task that have this cost."""
        return self._index.get((task, cost), [])
