"""What a task's demo pairs suggest: colours that come or go, and symmetries that explain them. Tests are not looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jbatt.tasks import Task

_TURNS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "hmirror": np.flipud,
    "vmirror": np.fliplr,
    "dmirror": np.transpose,
    "cmirror": lambda g: np.transpose(g[::-1, ::-1]),
    "rot90": lambda g: np.rot90(g, -1),
    "rot180": lambda g: np.rot90(g, 2),
    "rot270": lambda g: np.rot90(g, 1),
}


@dataclass(frozen=True)
class Hints:
    """colours: those that some demo's output gains or loses, ascending, or all of its demos' where none does.

    turns: names of the mirrors and turns that leave every demo's output, or every demo's input, as it is, or that make
    the one of the other.
    """

    colours: tuple[int, ...] = ()
    turns: tuple[str, ...] = ()


def hints(task: Task) -> Hints:
    """What the demo pairs of a task suggest."""
    changed: set[int] = set()
    present: set[int] = set()
    pairs = [(d.input, d.output) for d in task.demos if d.output is not None]
    for given, expected in pairs:
        before, after = set(np.unique(given).tolist()), set(np.unique(expected).tolist())
        changed |= before ^ after
        present |= before | after
    turns = [
        name
        for name, turn in _TURNS.items()
        if pairs
        and (
            all(np.array_equal(turn(expected), expected) for _, expected in pairs)
            or all(np.array_equal(turn(given), given) for given, _ in pairs)
            or all(np.array_equal(turn(given), expected) for given, expected in pairs)
        )
    ]
    return Hints(tuple(sorted(changed or present)), tuple(turns))
