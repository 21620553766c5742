"""What a data set is once it has been read: pairs of grids, tasks, and sets of tasks with a digest."""

from __future__ import annotations

import difflib
import hashlib
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jbatt.errors import JbattError

Grid = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False, repr=False)
class Pair:
    """One example. input: int8[h, w], output: int8[h', w'] or None where it is not known; colours 0 to 9.

    The arrays are read-only; a writable one is copied, so that nothing changes under a digest.
    Raises JbattError for another type, dtype or number of dimensions, an empty grid, or another colour.
    """

    input: Grid
    output: Grid | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "input", _frozen("input", self.input))
        if self.output is not None:
            object.__setattr__(self, "output", _frozen("output", self.output))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pair):
            return NotImplemented
        return _same(self.input, other.input) and _same(self.output, other.output)

    def __hash__(self) -> int:
        return hash((self.input.shape, self.input.tobytes()))

    def __repr__(self) -> str:
        height, width = self.input.shape
        if self.output is None:
            return f"Pair({height}x{width} -> unknown)"
        return f"Pair({height}x{width} -> {self.output.shape[0]}x{self.output.shape[1]})"

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import pair_html

        return pair_html(self)


@dataclass(frozen=True, repr=False)
class Task:
    """A task: its id, its demo pairs (outputs known) and its test pairs (outputs known or None)."""

    id: str
    demos: tuple[Pair, ...]
    tests: tuple[Pair, ...]

    @cached_property
    def judging_order(self) -> tuple[int, ...]:
        """Numbers of the demo pairs, the one with the fewest cells first; of equal ones the first stays first.

        The first demo in this order that is not right, or has no answer, decides the program's status.
        """
        cells = [p.input.size + (0 if p.output is None else p.output.size) for p in self.demos]
        return tuple(sorted(range(len(cells)), key=lambda k: cells[k]))

    def __repr__(self) -> str:
        return f"Task({self.id!r}, {len(self.demos)} demos, {len(self.tests)} tests)"

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import task_html

        return task_html(self)


@dataclass(frozen=True, repr=False)
class TaskSet:
    """Tasks in order, where they came from (as the user wrote it), and the digest of their content.

    Make one with `TaskSet.of`, which computes the digest. Raises JbattError if an id occurs twice.
    """

    source: str
    tasks: tuple[Task, ...]
    digest: str

    def __post_init__(self) -> None:
        if len(self._index) < len(self.tasks):
            twice = [id for id, count in Counter(task.id for task in self.tasks).items() if count > 1]
            raise JbattError(f"{self.source}: more than one task has the id {', '.join(twice[:5])}")

    @classmethod
    def of(cls, source: str, tasks: Iterable[Task]) -> TaskSet:
        """The set of `tasks`, with its digest."""
        tasks = tuple(tasks)
        return cls(source, tasks, digest(tasks))

    def __len__(self) -> int:
        return len(self.tasks)

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def __contains__(self, item: object) -> bool:
        """Whether a task with this id (or this very task, by content) is in the set."""
        return item in self._index if isinstance(item, str) else item in self.tasks

    def __getitem__(self, key: str | int) -> Task:
        """The task with this id, or at this index. An unknown id raises JbattError, an index IndexError."""
        if not isinstance(key, str):
            return self.tasks[key]
        if key not in self._index:
            raise self._unknown([key])
        return self.tasks[self._index[key]]

    def __repr__(self) -> str:
        return f"TaskSet({self.source!r}, {len(self)} tasks, digest {self.digest})"

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import tasks_html

        return tasks_html(self)

    def select(
        self, ids: str | Iterable[str] | None = None, start: int = 0, limit: int | None = None
    ) -> TaskSet:
        """The tasks named by `ids`, in that order (all where it is None), then `limit` of them from `start`.

        An id given twice counts once. The result may be empty. Its digest is that of the tasks it holds.
        Raises JbattError for an unknown id (with close matches) and for a negative `start` or `limit`.
        """
        for name, value in (("start", start), ("limit", limit or 0)):
            if value < 0:
                raise JbattError(f"{self.source}: {name} is {value}, expected 0 or more")
        chosen = self.tasks
        if ids is not None:
            wanted = list(dict.fromkeys([ids] if isinstance(ids, str) else ids))
            unknown = [id for id in wanted if id not in self._index]
            if unknown:
                raise self._unknown(unknown)
            chosen = tuple(self.tasks[self._index[id]] for id in wanted)
        return TaskSet.of(self.source, chosen[start : None if limit is None else start + limit])

    @cached_property
    def _index(self) -> dict[str, int]:
        return {task.id: position for position, task in enumerate(self.tasks)}

    def _unknown(self, ids: list[str]) -> JbattError:
        shown = []
        for id in ids[:5]:
            close = difflib.get_close_matches(id, self._index, n=3)
            shown.append(f"{id!r} (close: {', '.join(close)})" if close else f"{id!r}")
        if len(ids) > 5:
            shown.append(f"and {len(ids) - 5} more")
        known = ", ".join(task.id for task in self.tasks[:2])
        advice = "" if any("close" in text for text in shown) else f"; its ids are like {known}"
        return JbattError(
            f"{self.source}: none of its {len(self)} tasks has the id {', '.join(shown)}{advice}"
        )


def digest(tasks: Iterable[Task]) -> str:
    """Hex digits of a 16-byte blake2b over ids, pairs, shapes and cells; tasks in the order of their ids.

    File names, JSON formatting and the order of tasks do not change it; any cell does, and so does the
    order of the pairs in a task, and whether an output is known.
    """
    parts = [b"jbatt tasks 1"]
    sizes = struct.Struct("<II").pack
    for task in sorted(tasks, key=lambda task: task.id):
        name = task.id.encode("utf-8", "surrogatepass")
        parts += (sizes(len(name), 0), name, sizes(len(task.demos), len(task.tests)))
        for pair in task.demos + task.tests:
            for grid in (pair.input, pair.output):
                # No grid is empty, so 0x0 can stand for an output that is not known.
                parts += (sizes(0, 0),) if grid is None else (sizes(*grid.shape), grid.tobytes())
    return hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()


def _frozen(name: str, grid: object) -> Grid:
    if not isinstance(grid, np.ndarray) or grid.dtype != np.int8 or grid.ndim != 2 or not grid.size:
        found = f"{grid.dtype}{list(grid.shape)}" if isinstance(grid, np.ndarray) else type(grid).__name__
        raise JbattError(f"Pair.{name}: found {found}, expected int8[h, w] with at least one cell")
    if grid.view(np.uint8).max() > 9:  # unsigned, so that this finds negative cells too
        raise JbattError(f"Pair.{name}: cells from {grid.min()} to {grid.max()}, expected 0 to 9")
    if grid.flags.writeable:
        grid = grid.copy()
        grid.flags.writeable = False
    return grid


def _same(one: Grid | None, other: Grid | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.array_equal(one, other))
