"""Pairs, tasks and sets as values: what they refuse, what a digest depends on, and selection."""

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from jbatt.errors import JbattError
from jbatt.tasks import Pair, Task, TaskSet
from jbatt.tasks.task import digest

GRIDS = arrays(np.int8, array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.integers(0, 9))
PAIRS = st.builds(Pair, GRIDS, GRIDS)
TASKS = st.builds(
    Task,
    st.text("0123456789abcdef", min_size=1, max_size=8),
    st.lists(PAIRS, min_size=1, max_size=3).map(tuple),
    st.lists(st.builds(Pair, GRIDS, st.none() | GRIDS), max_size=2).map(tuple),
)
TASK_LISTS = st.lists(TASKS, min_size=1, max_size=4, unique_by=lambda task: task.id)


def grid(*rows):
    return np.array(rows, np.int8)


def a_task(id, colour=1):
    return Task(id, (Pair(grid([colour, 2]), grid([3])),), (Pair(grid([4]), None),))


@pytest.fixture
def tasks():
    return TaskSet.of("some/source", [a_task(id) for id in ("007bbfb7", "00d62c1b", "017c7c7b", "025d127b")])


def test_arrays_are_read_only_and_cut_off_from_the_caller():
    mine = grid([1, 2], [3, 4])
    pair = Pair(mine, mine)
    mine[0, 0] = 9
    assert pair.input[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        pair.input[0, 0] = 9
    with pytest.raises(FrozenInstanceError):
        pair.input = mine


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((2, 2), np.int64), r"found int64\[2, 2\], expected int8\[h, w\]"),
        (np.zeros(3, np.int8), r"found int8\[3\], expected int8\[h, w\]"),
        (np.zeros((0, 3), np.int8), r"found int8\[0, 3\]"),
        ([[1]], "found list, expected"),
        (grid([1, -1]), "cells from -1 to 1, expected 0 to 9"),
        (grid([10]), "cells from 10 to 10, expected 0 to 9"),
    ],
)
def test_a_pair_refuses_other_arrays(value, message):
    with pytest.raises(JbattError, match=f"Pair.input: {message}"):
        Pair(value, None)
    with pytest.raises(JbattError, match=f"Pair.output: {message}"):
        Pair(grid([1]), value)


def test_pairs_compare_by_content():
    assert Pair(grid([1, 2]), None) == Pair(grid([1, 2]), None)
    assert hash(Pair(grid([1, 2]), None)) == hash(Pair(grid([1, 2]), None))
    assert Pair(grid([1, 2]), None) != Pair(grid([1], [2]), None)
    assert Pair(grid([1]), None) != Pair(grid([1]), grid([1]))
    assert Pair(grid([1]), None) != 1


def test_reprs_are_short(tasks):
    assert repr(tasks[0].demos[0]) == "Pair(1x2 -> 1x1)"
    assert repr(tasks[0].tests[0]) == "Pair(1x1 -> unknown)"
    assert repr(tasks[0]) == "Task('007bbfb7', 1 demos, 1 tests)"
    assert repr(tasks) == f"TaskSet('some/source', 4 tasks, digest {tasks.digest})"


def test_pickles(tasks):
    assert pickle.loads(pickle.dumps(tasks)) == tasks


def test_length_order_and_access(tasks):
    assert len(tasks) == 4
    assert [task.id for task in tasks] == ["007bbfb7", "00d62c1b", "017c7c7b", "025d127b"]
    assert tasks["017c7c7b"] is tasks[2] is tasks[-2]
    assert "017c7c7b" in tasks
    assert tasks[2] in tasks
    assert "x" not in tasks
    assert a_task("x") not in tasks
    with pytest.raises(IndexError):
        tasks[4]
    with pytest.raises(
        JbattError, match=r"some/source: none of its 4 tasks has the id '017c7c7' \(close: 017c7c7b"
    ):
        tasks["017c7c7"]


def test_an_id_may_occur_once():
    with pytest.raises(JbattError, match=r"^here: more than one task has the id b$"):
        TaskSet.of("here", [a_task("a"), a_task("b"), a_task("b", 2)])


def test_select_by_ids_keeps_the_order_asked_for(tasks):
    chosen = tasks.select(["025d127b", "007bbfb7", "025d127b"])
    assert [task.id for task in chosen] == ["025d127b", "007bbfb7"]
    assert chosen.source == "some/source"
    assert chosen.digest == digest([tasks["007bbfb7"], tasks["025d127b"]]) != tasks.digest
    assert [task.id for task in tasks.select("00d62c1b")] == ["00d62c1b"]


@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [(0, None, [0, 1, 2, 3]), (1, 2, [1, 2]), (3, 5, [3]), (0, 0, []), (9, 2, [])],
)
def test_select_by_range(tasks, start, limit, expected):
    chosen = tasks.select(start=start, limit=limit)
    assert list(chosen) == [tasks[i] for i in expected]
    assert chosen.digest == digest(tasks[i] for i in expected)


def test_select_by_ids_and_range(tasks):
    chosen = tasks.select(iter(["025d127b", "017c7c7b", "007bbfb7"]), start=1, limit=1)
    assert [task.id for task in chosen] == ["017c7c7b"]


def test_selecting_everything_keeps_the_digest(tasks):
    assert tasks.select() == tasks


def test_select_names_unknown_ids_with_close_matches(tasks):
    with pytest.raises(JbattError) as error:
        tasks.select(["007bbfb8", "007bbfb7", "zzz"])
    assert (
        str(error.value) == "some/source: none of its 4 tasks has the id '007bbfb8' (close: 007bbfb7), 'zzz'"
    )
    with pytest.raises(JbattError, match=r"'n4', and 3 more; its ids are like 007bbfb7, 00d62c1b$"):
        tasks.select([f"n{i}" for i in range(8)])


def test_select_refuses_negative_numbers(tasks):
    with pytest.raises(JbattError, match="some/source: start is -1, expected 0 or more"):
        tasks.select(start=-1)
    with pytest.raises(JbattError, match="some/source: limit is -2, expected 0 or more"):
        tasks.select(limit=-2)


def test_the_digest_is_pinned(tasks):
    # Results on disk are kept under it: a change here throws them all away.
    assert tasks.digest == "7afcac1446c0b10affc7fc80f481ad18"


@settings(deadline=None)  # the cores may be shared
@given(TASK_LISTS, st.randoms())
def test_the_digest_does_not_depend_on_the_order_of_tasks(tasks, random):
    before = digest(tasks)
    random.shuffle(tasks)
    assert digest(tasks) == before


@settings(deadline=None)  # the cores may be shared
@given(TASK_LISTS, st.data())
def test_the_digest_changes_with_any_cell(tasks, data):
    at = data.draw(st.integers(0, len(tasks) - 1))
    task = tasks[at]
    group = data.draw(st.sampled_from(["demos", "tests"] if task.tests else ["demos"]))
    pairs = list(getattr(task, group))
    which = data.draw(st.integers(0, len(pairs) - 1))
    side = data.draw(st.sampled_from(["input"] if pairs[which].output is None else ["input", "output"]))
    cells = getattr(pairs[which], side).copy()
    cell = tuple(data.draw(st.integers(0, n - 1)) for n in cells.shape)
    cells[cell] = (cells[cell] + data.draw(st.integers(1, 9))) % 10
    pairs[which] = replace(pairs[which], **{side: cells})
    changed = replace(task, **{group: tuple(pairs)})
    assert digest([*tasks[:at], changed, *tasks[at + 1 :]]) != digest(tasks)


def test_the_digest_tells_structure_apart():
    flat, tall, other = (Pair(cells, grid([1])) for cells in (grid([1, 2]), grid([1], [2]), grid([5])))
    variants = [
        [Task("a", (flat, other), ())],
        [Task("b", (flat, other), ())],
        [Task("a", (tall, other), ())],
        [Task("a", (other, flat), ())],
        [Task("a", (flat,), (other,))],
        [Task("a", (flat,), (replace(other, output=None),))],
        [Task("a", (flat,), ()), Task("b", (other,), ())],
        [],
    ]
    assert len({digest(variant) for variant in variants}) == len(variants)
