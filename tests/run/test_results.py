import json

import numpy as np

from jbatt.engine.interpreter import Answer
from jbatt.run.results import Result, judge, results_digest
from jbatt.tasks import Task
from jbatt.tasks.task import Pair

A, B = np.zeros((2, 2), np.int8), np.ones((2, 2), np.int8)
TASK = Task("t", (Pair(A, A), Pair(A, B)), (Pair(A, A), Pair(A, None)))


def answers(*kinds) -> list[Answer]:
    return [Answer("ok", k) if isinstance(k, np.ndarray) else Answer(k, reason=k) for k in kinds]


def test_judged_on_demos_alone():
    assert judge(TASK, answers(A, B, B, A)) == ("solved", "", [1000, 1000], [0, None])
    assert judge(TASK, answers(A, A, A, A)) == ("failed", "", [1000, 0], [1000, None])


def test_a_definite_answer_outweighs_an_unknown_one():
    assert judge(TASK, answers("capacity", A, A, A))[0] == "failed"
    assert judge(TASK, answers("capacity", "error", A, A))[0] == "error"
    assert judge(TASK, answers("capacity", B, A, A)) == ("capacity", "capacity", [None, 1000], [1000, None])
    assert judge(TASK, answers("timeout", "timeout", "timeout", "timeout"))[0] == "timeout"
    assert judge(TASK, answers("error", B, "error", A)) == ("error", "error", [0, 1000], [0, None])


def result(**changes) -> Result:
    fields = {
        "task": "t", "program": "p", "file": "f.py", "line": 1, "body": "b", "status": "solved", "demos": [1000], "tests": [],
    }  # fmt: skip
    return Result(**{**fields, **changes})


def test_digest_ignores_places_and_order_but_no_result():
    one, two = result(), result(program="q", status="failed", demos=[3])
    digest = results_digest([one, two])
    assert results_digest([two, result(file="elsewhere.py", line=9)]) == digest
    for change in ({"status": "error"}, {"demos": [999]}, {"tests": [1000]}, {"body": "c"}, {"task": "u"}):
        assert results_digest([two, result(**change)]) != digest


def test_a_line_of_json():
    record = json.loads(result().to_json())
    assert "reason" not in record
    assert json.loads(result(reason="why").to_json())["reason"] == "why"
