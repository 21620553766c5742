"""The file that is handed in, and its score: every task of the data set counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import jbatt
from jbatt.errors import JbattError
from jbatt.submit.predict import predict
from jbatt.submit.score import score
from jbatt.submit.submission import read, to_json, write
from jbatt.tasks import Pair, Task, TaskSet


def grid(*rows):
    return np.array(rows, np.int8)


def pair(a, b):
    return Pair(a, b)


TASKS = TaskSet.of(
    "some tasks",
    [
        Task("a", (pair(grid([1]), grid([1])),), (pair(grid([1]), grid([1])), pair(grid([2]), grid([2])))),
        Task("b", (pair(grid([1]), grid([1])),), (pair(grid([3]), grid([3, 3])),)),
        Task("c", (pair(grid([1]), grid([1])),), (pair(grid([3]), grid([4])),)),
    ],
)


def test_written_and_read_again(tmp_path):
    attempts = {"a": [[grid([1])], [grid([5]), grid([2])]], "b": [[]]}
    write(tmp_path / "submission.json", TASKS, attempts)
    data = json.loads((tmp_path / "submission.json").read_text())
    assert set(data) == {"a", "b", "c"}
    assert data["a"] == [
        {"attempt_1": [[1]], "attempt_2": [[1]]},
        {"attempt_1": [[5]], "attempt_2": [[2]]},
    ]
    assert data["c"] == [{"attempt_1": [[0, 0], [0, 0]], "attempt_2": [[0, 0], [0, 0]]}]
    again = read(tmp_path / "submission.json", TASKS)
    assert np.array_equal(again["a"][1][1], grid([2]))


def test_every_task_of_the_data_set_counts():
    found = score(
        TASKS, {"a": [[grid([1]), grid([9])], [grid([5]), grid([2])]], "b": [[grid([3]), grid([3])]]}
    )
    assert [t.hits for t in found.tasks] == [(1, 2), (0,), (0,)]
    assert (found.outputs_right, found.outputs, found.tasks_solved, len(found.tasks)) == (2, 4, 1, 3)
    assert found.mean == pytest.approx(1 / 3)
    assert [t.missing for t in found.tasks] == [False, False, True]


def test_half_a_task_counts_half_in_the_mean():
    found = score(TASKS, {"a": [[grid([1])], [grid([7])]]})
    assert (found.outputs_right, found.tasks_solved) == (1, 0)
    assert found.mean == pytest.approx(1 / 6)


def test_unknown_outputs_cannot_be_scored():
    tasks = TaskSet.of("open", [Task("a", TASKS["a"].demos, (Pair(grid([1]), None),))])
    with pytest.raises(JbattError, match=r"task a are not known.*solutions"):
        score(tasks, {})
    assert json.loads(to_json(tasks, {}))["a"][0]["attempt_1"] == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "expected an object of attempts"),
        ({"z": []}, "'z' is not in some tasks"),
        ({"b": []}, "found 0 entries, expected a list of 1"),
        ({"b": [{"attempt_1": [[1]]}]}, r"\[0\].*'attempt_2'"),
        ({"b": [{"attempt_1": [[1]], "attempt_2": [[11]]}]}, r"\[0\]\.attempt_2.*11"),
        ({"b": [{"attempt_1": [[1]], "attempt_2": [[1], [1, 2]]}]}, r"\[0\]\.attempt_2"),
    ],
)
def test_what_is_no_submission_is_said(tmp_path, data, says):
    path = tmp_path / "submission.json"
    path.write_text(json.dumps(data))
    with pytest.raises(JbattError, match=says):
        read(path, TASKS)


def test_tests_outputs_play_no_part_in_prediction():
    programs = jbatt.read_source("def solve_67a3c6ac(I):\n    return vmirror(I)\n")
    tasks = jbatt.load_tasks("arc-agi-1/training").select(ids=["67a3c6ac", "007bbfb7"])
    blind = TaskSet.of(
        "blind", [Task(t.id, t.demos, tuple(Pair(p.input, None) for p in t.tests)) for t in tasks]
    )
    found = predict(programs, blind, jbatt.validate(programs, blind, match="all").results)
    assert found.solved == {"67a3c6ac"} and found.near == set()
    assert score(tasks, found.attempts).tasks_solved == 1


def test_the_commands(tmp_path):
    def run(*args, check=0):
        done = subprocess.run(
            [sys.executable, "-m", "jbatt_cli.cli", *args], capture_output=True, text=True, env=os.environ
        )
        assert done.returncode == check, done.stdout + done.stderr
        return done

    out, some = tmp_path / "submission.json", "67a3c6ac,007bbfb7,6150a2bd"
    programs = tmp_path / "p.py"
    programs.write_text(
        "def solve_67a3c6ac(I):\n    return vmirror(I)\n\ndef other(I):\n    return rot180(I)\n"
    )
    source = ("--tasks", "arc-agi-1/training")
    done = run("submit", *source, "--ids", some, "--programs", str(programs), "--out", str(out))
    assert "demos of 2 tasks" in done.stdout
    assert set(json.loads(out.read_text())) == set(some.split(","))
    found = json.loads(run("score", str(out), *source, "--json").stdout)
    assert (found["outputs_right"], found["outputs"], found["tasks"]) == (2, 416, 400)
    assert len(found["missing"]) == 397
    shown = run("score", str(out), *source).stdout
    assert "outputs 2/416" in shown and "tasks   2/400" in shown and "397 tasks" in shown
    assert "is not in arc-agi-1/evaluation" in run("score", str(out), check=2).stderr
    assert "folder that exists" in run("submit", "--out", str(tmp_path / "no" / "s.json"), check=2).stderr
