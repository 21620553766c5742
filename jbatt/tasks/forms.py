"""The forms of one JSON file: a task, a flat list of pairs, or Kaggle's many tasks with solutions beside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from jbatt.errors import JbattError
from jbatt.tasks.check import At, checked_id, describe, grid_from_json, task_from_json, task_from_pairs
from jbatt.tasks.json_file import read_json, shown
from jbatt.tasks.task import Grid, Pair, Task

_ONE_TASK = "a task (an object with the keys 'train' and 'test') or a list of pairs with 'input' and 'output'"


def task_of_file(path: Path) -> Task:
    """The task of a file that holds one: in ARC's form or as a flat list of pairs. Its id is the file's stem.

    Raises JbattError.
    """
    data = read_json(path)
    if _is_one_task(data):
        return _one_task(data, path)
    advice = "; if it holds many tasks, name the file itself instead of its folder" if data else ""
    raise JbattError(f"{shown(path)}: found {_outline(data)}, expected {_ONE_TASK}{advice}")


def tasks_of_file(path: Path) -> list[Task]:
    """The tasks of a file in any of the forms, by id. Raises JbattError."""
    data = read_json(path)
    if _is_one_task(data):
        return [_one_task(data, path)]
    if isinstance(data, dict) and any(isinstance(value, dict) for value in data.values()):
        tasks = tasks_by_id(data, shown(path))
        solutions = path.with_name(path.name.replace("challenges", "solutions"))
        # lexists: a broken link to the solutions is an error, not the same as no solutions.
        if solutions.name != path.name and os.path.lexists(solutions):
            return _solved(tasks, read_json(solutions), shown(solutions))
        return tasks
    advice = ""
    if "solutions" in path.name:
        challenges = path.name.replace("solutions", "challenges")
        advice = f"; this looks like a file of solutions: name {shown(challenges)}, they are read with it"
    raise JbattError(
        f"{shown(path)}: found {_outline(data)}, expected {_ONE_TASK}, or an object of tasks by id{advice}"
    )


def tasks_by_id(data: dict[str, Any], file: str) -> list[Task]:
    """The tasks of an object {id: task}, by id. `file` is for messages. Raises JbattError."""
    return [task_from_json(data[id], id, file) for id in sorted(data)]


def _is_one_task(data: Any) -> bool:
    return isinstance(data, list) or (isinstance(data, dict) and ("train" in data or "test" in data))


def _one_task(data: Any, path: Path) -> Task:
    build = task_from_pairs if isinstance(data, list) else task_from_json
    return build(data, checked_id(path.stem, shown(path)), shown(path))


def _outline(data: Any) -> str:
    """`data` in a few words; an object with its first keys, which tell what sort of file it is."""
    if not isinstance(data, dict) or not data:
        return describe(data)
    keys = [ascii(key[:20]) for key in list(data)[:3]]
    return f"an object with the keys {', '.join(keys)}{', ...' if len(data) > 3 else ''}"


def _solved(tasks: list[Task], solutions: Any, file: str) -> list[Task]:
    """The tasks with the test outputs of a solutions object {id: [grid, ...]}, a grid for every test."""
    if not isinstance(solutions, dict):
        raise JbattError(
            f"{file}: found {describe(solutions)}, expected an object of lists of grids by task id"
        )
    unknown = sorted(set(solutions) - {task.id for task in tasks})
    if unknown:
        At(file, ascii(unknown[0])).fail("is not in the challenges file")
    return [_with_outputs(task, solutions, file) for task in tasks]


def _with_outputs(task: Task, solutions: dict[str, Any], file: str) -> Task:
    at = At(file, task.id)
    if task.id not in solutions:
        at.fail("is in the challenges file, but has no solutions here")
    outputs = solutions[task.id]
    if type(outputs) is not list:
        at.fail(f"found {describe(outputs)}, expected a list of test outputs")
    if len(outputs) != len(task.tests):
        at.fail(f"has {len(outputs)} test outputs, expected {len(task.tests)} as in the challenges file")
    tests = []
    for i, (test, data) in enumerate(zip(task.tests, outputs, strict=True)):
        place = At(file, task.id, f"test[{i}].output")
        output: Grid = grid_from_json(data, place)
        if test.output is not None and not np.array_equal(test.output, output):
            place.fail("differs from the output in the challenges file")
        tests.append(Pair(test.input, output))
    return Task(task.id, task.demos, tuple(tests))
