"""The library's way in: trace a program, draw a grid."""

from __future__ import annotations

from typing import Any

from jbatt.errors import JbattError
from jbatt.program import ProgramSet
from jbatt.run.library import _chosen, _grid
from jbatt.see.notebook import Drawing, draw
from jbatt.see.trace import Trace
from jbatt.see.trace import trace as _trace
from jbatt.tasks.task import Pair


def trace(
    source: str | ProgramSet,
    on: Pair | Any,
    name: str | None = None,
    *,
    expected: Any = None,
    timeout: float = 10.0,
) -> Trace:
    """Evaluate a program on one grid and keep what each line makes.

    source: ARC-DSL text or a program set; `name` chooses where there are several. on: a pair of a task, or a grid int[h, w];
    expected: the grid that should come out, where `on` is no pair. timeout: seconds. Gives a Trace: `.steps`, `.output`,
    `.status`, `.reason`; drawn in a notebook, and by `.show()` in a terminal. Raises JbattError for bad arguments; what
    goes wrong inside the program is the status of a step.
    """
    program, programs = _chosen(source, name)
    if isinstance(on, Pair):
        if expected is not None:
            raise JbattError("a pair has its own expected output: give a grid, or no `expected`")
        return _trace(program, programs, on.input, on.output, timeout=timeout)
    wanted = None if expected is None else _grid(expected)
    return _trace(program, programs, _grid(on), wanted, timeout=timeout)


__all__ = ["Drawing", "Trace", "draw", "trace"]
