"""The compact data of a report page: everything once, told apart by numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from jbatt.engine.interpreter import OK, Answer
from jbatt.run.output import place
from jbatt.run.results import STATUSES
from jbatt.see.palette import COLORS, OTHER
from jbatt.see.report.load import LoadedRun
from jbatt.see.report.predict import Key, nearest_first

BEYOND = "+"
"""A cell of a colour above 9."""


class Numbers:
    """Distinct things in the order they came, each with its number."""

    def __init__(self) -> None:
        self.of: dict[Any, int] = {}

    def __call__(self, thing: Any) -> int:
        return self.of.setdefault(thing, len(self.of))

    def __iter__(self):
        return iter(self.of)


def page_data(run: LoadedRun, predicted: dict[Key, list[Answer]]) -> dict[str, Any]:
    """What the page's script reads (see `page/report.js`).

    tasks: id, number of demo pairs, pairs as texts of digits, rows with "/" between. rows, near misses first: task,
    program, file, line, status, demo scores, test scores, reason, source, prediction (numbers; -1 where there is none).
    sources: line numbers into `lines`, since candidates of one task share most of their lines.
    """
    tasks, files, reasons, lines, sources, outputs = (Numbers() for _ in range(6))
    rows: list[list[Any]] = []
    predictions: list[list[int]] = []
    known: dict[Key, int] = {}
    for r in nearest_first(run.results):
        program = run.program(r)
        source = -1 if program is None else sources(tuple(lines(s) for s in program.source.splitlines()))
        key = (r.task, r.body or "")
        if key in predicted and key not in known:
            known[key] = len(predictions)
            predictions.append([outputs(output_text(a)) for a in predicted[key]])
        rows.append(
            [
                tasks(r.task),
                r.program,
                files(place(run.folder, r.file)),
                r.line if program is None else program.line,
                STATUSES.index(r.status),
                r.demos,
                r.tests,
                reasons(r.reason),
                source,
                known.get(key, -1),
            ]
        )
    return {
        "folder": str(run.folder),
        "summary": run.summary,
        "notes": run.notes,
        "statuses": list(STATUSES),
        "palette": [*COLORS, OTHER],
        "tasks": [_task(run, t) for t in tasks],
        "files": list(files),
        "reasons": list(reasons),
        "lines": list(lines),
        "sources": [list(s) for s in sources],
        "outputs": list(outputs),
        "predictions": predictions,
        "rows": rows,
    }


def grid_text(grid: np.ndarray) -> str:
    """Rows of digits with "/" between; BEYOND for colours above 9."""
    return "/".join("".join(str(c) if c < 10 else BEYOND for c in row) for row in grid.tolist())


def output_text(answer: Answer) -> str:
    """A prediction's grid, or "!" and why there is none."""
    if answer.status == OK and answer.grid is not None:
        return grid_text(answer.grid) if answer.grid.size else "!an empty grid"
    return f"!{answer.reason or answer.status}"


def _task(run: LoadedRun, name: str) -> list[Any]:
    task = run.tasks[name]
    pairs = [
        [grid_text(p.input), None if p.output is None else grid_text(p.output)]
        for p in task.demos + task.tests
    ]
    return [name, len(task.demos), pairs]
