import json
from dataclasses import asdict
from hashlib import blake2b

import numpy as np

from jbatt.engine.outcome import CAPACITY_, ERROR_, NONE_, OK_, TIMEOUT_, UNSUPPORTED_, Outcome
from jbatt.engine.scores import UNKNOWN
from jbatt.run.answers import decided
from jbatt.run.results import Result, judge, results_digest
from jbatt.run.score import score
from jbatt.tasks import Task
from jbatt.tasks.task import Pair

A, B = np.zeros((2, 2), np.int8), np.ones((2, 2), np.int8)
TASK = Task("t", (Pair(A, A), Pair(A, B)), (Pair(A, A), Pair(A, None)))


CODE = {"error": ERROR_, "capacity": CAPACITY_, "unsupported": UNSUPPORTED_, "timeout": TIMEOUT_}


def outcome(*kinds) -> Outcome:
    """One root's answers for the pairs of the task: grids, or what there is instead of one."""
    code, scores = [], []
    for kind, pair in zip(kinds, [*TASK.demos, *TASK.tests], strict=True):
        grid = isinstance(kind, np.ndarray)
        code.append(OK_ if grid else CODE[kind])
        known = pair.output is not None and (grid or kind == "error")
        scores.append((score(kind, pair.output) if grid else 0) if known else UNKNOWN)
    return Outcome(np.array([code], np.int8), np.array([scores], np.int16))


def judged(*kinds):
    return tuple(judge(TASK, outcome(*kinds))[0])


def test_judged_on_demos_alone():
    assert judged(A, B, B, A) == ("solved", "", [1000, 1000], [0, None])
    assert judged(A, A, A, A) == ("failed", "", [1000, 0], [1000, None])


def test_the_first_pair_that_is_not_right_decides_even_without_an_answer():
    assert judged("capacity", A, A, A)[0] == "capacity"
    assert judged("capacity", "error", A, A)[0] == "capacity"
    assert judged(B, "capacity", A, A)[0] == judged(A, A, "capacity", A)[0] == "failed"
    assert judged(A, "unsupported", A, A)[0] == "unsupported"
    status, reason, demos, tests = judged("capacity", B, A, A)
    assert (status, demos, tests) == ("capacity", [None, 1000], [1000, None])
    assert "capacity" in reason
    assert judged("timeout", "timeout", "timeout", "timeout")[0] == "timeout"
    assert judged("error", B, "error", A)[2:] == ([0, 1000], [0, None])


def test_what_decides():
    assert decided(TASK, outcome(B, B, A, A))[0]
    assert decided(TASK, outcome("error", B, A, A))[0]
    assert decided(TASK, outcome("capacity", A, A, A))[0]
    assert decided(TASK, outcome("capacity", B, A, A))[0]
    assert not decided(TASK, outcome(A, B, A, A))[0]


def test_a_pair_decides_only_if_those_before_it_are_known():
    given = outcome("error", A, A, A)
    given.code[0, 0] = NONE_
    assert not decided(TASK, given)[0]


def test_the_smallest_demo_is_judged_first():
    large = np.zeros((3, 3), np.int8)
    task = Task("t", (Pair(large, large), Pair(A, A)), ())
    assert task.judging_order == (1, 0)
    given = Outcome(np.array([[ERROR_, OK_]], np.int8), np.array([[0, 250]], np.int16))
    assert judge(task, given)[0].status == "failed"
    assert decided(task, given)[0]


def test_reasons_belong_to_a_code():
    given = outcome("error", "capacity", A, A)
    given.reasons[0, CAPACITY_] = "why"
    assert "why" not in judge(TASK, given)[0].reason
    given = outcome("capacity", B, A, A)
    given.reasons[0, CAPACITY_] = "why"
    assert judge(TASK, given)[0].reason == "why"


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


def test_text_is_that_of_the_json_module():
    hostile = '"\\\n\u2028é\x00\ud800😀'
    many = [
        result(),
        result(reason="why", demos=[None, 0, 1000], tests=[]),
        result(task=hostile, program=hostile, file=hostile, body=None, reason=hostile),
    ]
    for r in many:
        record = asdict(r) if r.reason else {k: v for k, v in asdict(r).items() if k != "reason"}
        assert r.to_json() == json.dumps(record, separators=(",", ":"))
    lines = sorted(json.dumps([r.task, r.program, r.body, r.status, r.demos, r.tests]) for r in many)
    assert results_digest(many) == blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
