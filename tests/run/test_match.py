import numpy as np
import pytest

from jbatt import JbattError, read_programs, read_source
from jbatt.run.match import distinct, match, task_of
from jbatt.tasks import Task, TaskSet
from jbatt.tasks.task import Pair

GRID = np.zeros((1, 1), np.int8)


def tasks(*ids: str) -> TaskSet:
    return TaskSet.of("test", tuple(Task(i, (Pair(GRID, GRID),), ()) for i in ids))


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("solve_00d62c1b", "00d62c1b"),
        ("verify_00d62c1b", "00d62c1b"),
        ("solve_00d62c1b__c0007", "00d62c1b"),
        ("solve_00d62c1b_2", "00d62c1b"),
        ("solve_my_task_3", "my_task"),
        ("solve_00d62c1bx", "00d62c1b"),
        ("solve_", None),
        ("solve_ffffffff", None),
        ("mine", None),
    ],
)
def test_names_point_to_tasks(name, task):
    assert task_of(name, {"00d62c1b", "my_task"}) == task


def test_by_name_and_all():
    source = "def solve_a(I):\n    return I\n\ndef solve_b__x(I):\n    return rot90(I)\n\ndef solve_b(I):\n    return 1 + 1\n"
    programs = read_source(source)
    named = match(programs, tasks("a", "b", "c"), "name")
    assert [(c.task.id, len(c.programs), len(c.rejected)) for c in named] == [("a", 1, 0), ("b", 1, 1)]
    every = match(programs, tasks("a", "b", "c"), "all")
    assert [(c.task.id, len(c.programs)) for c in every] == [("a", 2), ("b", 2), ("c", 2)]


def test_a_program_counts_once_whatever_it_is_tried_on(tmp_path):
    source = "def solve_a(I):\n    return I\n\ndef solve_b(I):\n    return rot90(I)\n\ndef solve_b_(I):\n    return 1 + 1\n"
    programs = read_source(source)
    assert [distinct(match(programs, tasks("a", "b", "c"), how)) for how in ("name", "all")] == [3, 3]
    file = tmp_path / "many.py"
    file.write_text("".join(f"def solve_a__{k}(I):\n    return canvas({k}, UNITY)\n\n" for k in range(1200)))
    unread = match(read_programs(file), tasks("a", "b"), "name")
    assert distinct(unread) == 1200 and not unread[0]._programs, "they are counted before they are read"


def test_no_candidate_is_an_error():
    with pytest.raises(JbattError, match="--match all"):
        match(read_source("def f(I):\n    return I\n"), tasks("a"), "name")
