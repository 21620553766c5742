"""Kaggle's `submission.json`: {task id: [{"attempt_1": grid, "attempt_2": grid} for each test input]}."""

from __future__ import annotations

import json
import reprlib
from pathlib import Path
from typing import Any

import numpy as np

from jbatt.errors import JbattError
from jbatt.tasks import Task, TaskSet
from jbatt.tasks.check import At, describe, grid_from_json
from jbatt.tasks.json_file import parse_json, read_text, shown

NAMES = ("attempt_1", "attempt_2")
PLACEHOLDER = ((0, 0), (0, 0))
"""What stands where there is no attempt: the format asks for a grid."""

Attempts = list[list[np.ndarray]]
"""For each test input of a task its attempts int8[h, w], best first."""


def to_json(tasks: TaskSet, attempts: dict[str, Attempts]) -> str:
    """The text of a submission with every task of the set. Missing attempts repeat the first one, or are 2x2 zeros."""
    made = {}
    for task in tasks:
        rows = []
        for k in range(len(task.tests)):
            grids = [g.tolist() for g in attempts.get(task.id, [[]] * len(task.tests))[k]]
            grids = (grids or [PLACEHOLDER]) * 2
            rows.append(dict(zip(NAMES, grids, strict=False)))
        made[task.id] = rows
    return json.dumps(made, separators=(",", ":"))


def write(path: Path, tasks: TaskSet, attempts: dict[str, Attempts]) -> None:
    """Write a submission, whole or not at all. Raises JbattError where that fails."""
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text(to_json(tasks, attempts) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as e:
        raise JbattError(f"{path}: cannot be written: {e.strerror}") from None


def read(path: Path, tasks: TaskSet) -> dict[str, Attempts]:
    """The attempts of a submission, for those of the tasks that it has.

    Raises JbattError where it is not one for these tasks: a task that is not among them, a wrong number of test inputs, or
    something that is not a grid.
    """
    file = shown(path)
    if not path.exists():
        raise JbattError(f"{file}: no such file, expected a submission.json as jbatt submit writes it")
    data = parse_json(read_text(path), file)
    if type(data) is not dict:
        raise JbattError(f"{file}: found {describe(data)}, expected an object of attempts by task id")
    unknown = sorted(id for id in data if id not in tasks)
    if unknown:
        raise JbattError(
            f"{file}: task {reprlib.repr(unknown[0])} is not in {tasks.source}"
            + (f", and {len(unknown) - 1} more are not" if len(unknown) > 1 else "")
            + "; score it with the --tasks that it was made for"
        )
    return {t.id: _attempts(data[t.id], t, file) for t in tasks if t.id in data}


def _attempts(rows: Any, task: Task, file: str) -> Attempts:
    if type(rows) is not list or len(rows) != len(task.tests):
        found = f"{len(rows)} entries" if type(rows) is list else describe(rows)
        At(file, task.id).fail(
            f"found {found}, expected a list of {len(task.tests)}, one for each test input"
        )
    attempts: Attempts = []
    for k, row in enumerate(rows):
        if type(row) is not dict or not set(NAMES) <= set(row):
            At(file, task.id, f"[{k}]").fail(
                f"found {describe(row)}, expected an object with the keys {NAMES[0]!r} and {NAMES[1]!r}"
            )
        attempts.append([grid_from_json(row[name], At(file, task.id, f"[{k}].{name}")) for name in NAMES])
    return attempts
