"""The library's way in: validate programs, call one on a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jbatt.engine.interpreter import OK, Interpreter
from jbatt.engine.whole import Whole
from jbatt.errors import JbattError
from jbatt.program import Program, ProgramSet, read_source
from jbatt.run.passes import make
from jbatt.run.settings import Settings, with_options
from jbatt.run.validate import Validation
from jbatt.run.validate import validate as _validate
from jbatt.store.executables import ExecutableStore
from jbatt.tasks import Task, TaskSet
from jbatt.values.flags import ERROR


def validate(
    programs: ProgramSet | str,
    tasks: TaskSet | Task,
    *,
    match: str = "name",
    timeout: float = 10.0,
    full_scores: bool = False,
    passes: Sequence[Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Validation:
    """Run programs on tasks.

    programs: what `jbatt.read_programs` gives, or ARC-DSL source text. tasks: what `jbatt.load_tasks` gives, or one
    task. match: "name" (`solve_<id>` belongs to task <id>) or "all". timeout: seconds for each candidate, on the examples that are evaluated together.
    full_scores: evaluate every pair of every candidate, also where its status is decided. passes: names of those to run with,
    or objects of a pass's class (default: all of jbatt's own; an empty list: none). settings: "pass.key" -> value, as in
    {"early-exit.first": 2}. Gives a Validation: `.results`, `.statuses`, `.solved_tasks`, `.digest`, `.seconds`, `.kernels`. Raises JbattError for bad
    arguments; what goes wrong inside a program is its result's status.
    """
    if isinstance(programs, str):
        programs = read_source(programs)
    if isinstance(tasks, Task):
        tasks = TaskSet.of(tasks.id, (tasks,))
    chosen = make(with_options(Settings(), passes, settings or {}))
    return _validate(
        programs,
        tasks,
        match=match,
        timeout=timeout,
        full_scores=full_scores,
        passes=chosen,
        store=ExecutableStore(),
    )


class Solver:
    """A program that can be called on a grid.

    grid: int[h, w] array or list of rows, colours 0 to 9. Gives int8[h, w]. Raises JbattError where the program raises,
    does not fit or does not give a grid.
    """

    def __init__(self, program: Program, programs: ProgramSet, timeout: float = 10.0):
        self.program, self.timeout = program, timeout
        self._graph = programs.graph
        self._interpreter: Interpreter | None = None

    def __call__(self, grid: Any) -> np.ndarray:
        return self.map([grid])[0]

    def map(self, grids: list[Any]) -> list[np.ndarray]:
        """The program on several grids at once."""
        if self._interpreter is None:
            self._interpreter = Interpreter(self._graph, store=ExecutableStore())
        answers = self._interpreter.run([self.program.root], [_grid(g) for g in grids], self.timeout)[0]
        outputs = []
        for k, answer in enumerate(answers):
            if answer.status != OK or answer.grid is None:
                raise JbattError(f"{self.program.name} on grid {k}: {answer.status}: {answer.reason}")
            outputs.append(answer.grid)
        return outputs

    @property
    def source(self) -> str:
        """The program in canonical form, one call a line."""
        return self._graph.to_source(self.program.root, self.program.name)

    def __repr__(self) -> str:
        return f"<Solver {self.program.name} {self.program.body[:12]}>\n{self.source}"

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import program_html

        return program_html(self.program)


class Compiled(Solver):
    """A program as one XLA executable, jitted and vmapped: for thousands of grids, or inside research code.

    `function` takes and gives batches as arrays: GridRow(plane int8[n, U, U], h int32[n], w int32[n]) to (GridRow, flags
    uint8[n]), see `jbatt.values`; it can be used under `jax.jit`. Called on a grid, or with `map` on several, it gives what a
    Solver gives; grids that do not fit the executable's arrays are evaluated by the interpreter.
    """

    def __init__(self, program: Program, programs: ProgramSet, side: int = 32, items: int = 32):
        super().__init__(program, programs)
        self._whole = Whole(programs.graph, program.root, side, items, ExecutableStore())
        self.function = self._whole.function

    def map(self, grids: list[Any]) -> list[np.ndarray]:
        """The program on several grids at once."""
        arrays = [_grid(g) for g in grids]
        found, flags = self._whole.run(arrays)
        raised = np.flatnonzero(flags & ERROR)
        if len(raised):
            raise JbattError(f"{self.program.name} on grid {raised[0]}: error: the reference raises here")
        missing = [k for k, f in enumerate(found) if f is None]
        others = super().map([arrays[k] for k in missing]) if missing else []
        outputs = dict(enumerate(found)) | dict(zip(missing, others, strict=True))
        return [outputs[k] for k in range(len(arrays))]  # type: ignore[misc]


def compile(
    source: str | ProgramSet, name: str | None = None, *, side: int = 32, items: int = 32
) -> Compiled:
    """A program compiled as a whole, from ARC-DSL source text or a program set; `name` chooses among several.

    side: of the planes (32, 64, 128 or 256); items: room in each container. Compiling takes seconds: it pays for hundreds
    of grids. What is compiled is kept, so that the next process loads it. Raises JbattError for a program that is not typed or does not give a grid.
    """
    return Compiled(*_chosen(source, name), side=side, items=items)


def solver(source: str | ProgramSet, name: str | None = None) -> Solver:
    """A callable program from ARC-DSL source text or a program set; `name` chooses where there are several."""
    return Solver(*_chosen(source, name))


def _chosen(source: str | ProgramSet, name: str | None) -> tuple[Program, ProgramSet]:
    programs = read_source(source) if isinstance(source, str) else source
    if programs.rejected and not programs.programs:
        raise JbattError(str(programs.rejected[0]))
    found = [p for p in programs.programs if name is None or p.name == name]
    if len(found) != 1:
        names = ", ".join(p.name for p in programs.programs[:10])
        raise JbattError(
            f"expected one program{f' named {name}' if name else ''}, found {len(found)} of: {names}"
        )
    return found[0], programs


def _grid(grid: Any) -> np.ndarray:
    try:
        array = np.asarray(grid)
    except ValueError:
        raise JbattError("a grid is a rectangle of integers; these rows differ in length") from None
    if array.ndim != 2 or not array.size or array.dtype.kind not in "iu":
        raise JbattError(f"a grid is a non-empty 2-d array of integers, not {array.dtype}{list(array.shape)}")
    if array.min() < 0 or array.max() > 9:
        raise JbattError("the colours of a grid lie in 0..9")
    return array.astype(np.int8)
