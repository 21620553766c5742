"""From parsed JSON to tasks. What is wrong is named by file, task, pair and row, with what was expected."""

from __future__ import annotations

import reprlib
from itertools import chain
from typing import Any, NamedTuple, NoReturn

import numpy as np

from jbatt.errors import JbattError
from jbatt.tasks.task import Grid, Pair, Task

_COLOURS = bytes(range(10))


class At(NamedTuple):
    """A place in the data: the file as messages show it, the task's id, and e.g. `train[2].input`."""

    file: str
    task: str
    place: str = ""

    def fail(self, what: str) -> NoReturn:
        """Raise JbattError: where, then `what`."""
        where = f"{self.file}: task {self.task}"
        raise JbattError(f"{where}: {self.place}: {what}" if self.place else f"{where}: {what}")


def task_from_json(data: Any, id: str, file: str) -> Task:
    """A task from `{"train": [pair, ...], "test": [pair, ...]}`; other keys are ignored.

    Demo outputs are required. A test output may be missing or null, and there may be no tests at all.
    Raises JbattError.
    """
    at = At(file, checked_id(id, file), "")
    if type(data) is not dict:
        at.fail(f"found {describe(data)}, expected an object with the keys 'train' and 'test'")
    for key in ("train", "test"):
        if key not in data:
            at.fail(f"the key {key!r} is missing, expected 'train' and 'test'")
        if type(data[key]) is not list:
            At(file, id, key).fail(f"found {describe(data[key])}, expected a list of pairs")
    if not data["train"]:
        At(file, id, "train").fail("the list is empty, expected at least one pair")
    demos = (_pair(pair, At(file, id, f"train[{i}]"), True) for i, pair in enumerate(data["train"]))
    tests = (_pair(pair, At(file, id, f"test[{i}]"), False) for i, pair in enumerate(data["test"]))
    return Task(id, tuple(demos), tuple(tests))


def task_from_pairs(data: Any, id: str, file: str) -> Task:
    """A task without tests from a flat list of pairs, as generated data sets have it. Raises JbattError."""
    at = At(file, checked_id(id, file))
    if type(data) is not list:
        at.fail(f"found {describe(data)}, expected a list of pairs")
    if not data:
        at.fail("the list is empty, expected at least one pair")
    return Task(id, tuple(_pair(pair, At(file, id, f"[{i}]"), True) for i, pair in enumerate(data)), ())


def grid_from_json(data: Any, at: At) -> Grid:
    """int8[h, w], read-only, from a list of h >= 1 rows of w >= 1 colours 0 to 9; of any size.

    Raises JbattError that names the place `at`, the row and the column.
    """
    # Whole grids at once where all is well, about 10 us a grid; only a wrong grid is looked at cell by cell.
    # Types are compared exactly since True would pass for 1.
    if type(data) is list and set(map(type, data)) == {list}:
        cells = list(chain.from_iterable(data))
        if len(set(map(len, data))) == 1 and set(map(type, cells)) == {int}:
            try:
                packed = bytes(cells)
            except ValueError:  # outside 0..255
                _explain(data, at)
            if not packed.translate(None, _COLOURS):
                return np.frombuffer(packed, np.int8).reshape(len(data), len(data[0]))
    _explain(data, at)


def checked_id(id: str, file: str) -> str:
    """`id`, if it can stand in tables, messages and file names. Raises JbattError where it cannot."""
    if not id or not id.isprintable():
        raise JbattError(f"{file}: the task id {id!r} is empty or not printable")
    return id


def describe(value: Any) -> str:
    """A JSON value in a few words, for messages: however large it is, a short text."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    return f"the string {reprlib.repr(value)}" if isinstance(value, str) else reprlib.repr(value)


def _pair(data: Any, at: At, output_required: bool) -> Pair:
    file, task, place = at
    if type(data) is not dict:
        at.fail(f"found {describe(data)}, expected an object with the keys 'input' and 'output'")
    if "input" not in data:
        at.fail("the key 'input' is missing")
    if "output" not in data and output_required:
        at.fail("the key 'output' is missing; only a test pair may be without it")
    output = data.get("output")
    return Pair(
        grid_from_json(data["input"], At(file, task, f"{place}.input")),
        None
        if output is None and not output_required
        else grid_from_json(output, At(file, task, f"{place}.output")),
    )


def _explain(data: Any, at: At) -> NoReturn:
    """Raise the error for the first thing wrong with a grid."""
    if type(data) is not list:
        at.fail(f"found {describe(data)}, expected a grid: a list of rows of colours 0 to 9")
    if not data:
        at.fail("the grid is empty, expected at least one row")
    for i, row in enumerate(data):
        if type(row) is not list:
            at.fail(f"row {i} is {describe(row)}, expected a list of colours 0 to 9")
        if not row and i == 0:
            at.fail("row 0 is empty, expected at least one cell")
        if len(row) != len(data[0]):
            at.fail(f"row {i} has {len(row)} cells, expected {len(data[0])} as in row 0")
        for j, cell in enumerate(row):
            if type(cell) is not int or not 0 <= cell <= 9:
                at.fail(f"row {i}, column {j} is {describe(cell)}, expected a whole number from 0 to 9")
    raise AssertionError("a grid was refused without a reason")
