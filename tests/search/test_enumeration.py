"""Enumeration: what it finds is right, depends on nothing but task, seed and budget, and is a prefix for less budget."""

from __future__ import annotations

import numpy as np
import pytest

import jbatt
from jbatt.engine.engines import lease
from jbatt.program.graph import Graph
from jbatt.search.enumeration import Enumeration, _shares
from jbatt.search.text import program_text
from jbatt.store.executables import ExecutableStore
from jbatt.tasks import Pair, Task

TASKS = jbatt.load_tasks("arc-agi-1/training")
BUDGET = 400


def enumerated(tasks, budget=BUDGET, seed=0):
    """For each task its Enumerated, with sources for nodes."""
    graph = Graph()
    with lease(ExecutableStore()) as engines:
        e = Enumeration(engines.engine(32), graph, tasks, budget, seed)
        results = e.run()
    for r in results:
        r.found = [program_text(graph, n) for n in r.found]
        r.near = [(s, program_text(graph, n)) for s, n in r.near]
    return results


@pytest.fixture(scope="module")
def some():
    """Two that are solved, one by its last step, and one that is not."""
    tasks = [TASKS["67a3c6ac"], TASKS["a5313dff"], TASKS["05269061"]]
    return tasks, enumerated(tasks)


def test_what_is_found_solves_the_demos_and_near_misses_have_their_scores(some):
    tasks, results = some
    assert results[0].found and not results[2].found
    for task, r in zip(tasks, results, strict=True):
        assert r.evaluations <= BUDGET and r.values > 0
        for text in r.found:
            run = jbatt.validate(text.replace("solve", f"solve_{task.id}"), TASKS, full_scores=True)
            assert run.results[0].status == "solved", text
        for score, text in r.near[:2]:
            run = jbatt.validate(text.replace("solve", f"solve_{task.id}"), TASKS, full_scores=True)
            # Scores of pairs are rounded down.
            assert abs(np.mean(run.results[0].demos) - score) <= 1, text
    assert results[2].near == sorted(results[2].near, key=lambda n: -n[0])


def test_a_task_comes_out_as_alone(some):
    tasks, results = some
    alone = [enumerated([t])[0] for t in tasks]
    assert alone == results


def test_same_seed_same_values(some):
    tasks, results = some
    assert enumerated(tasks[2:]) == results[2:]


def test_less_budget_is_less_of_the_same(some):
    tasks, results = some
    (less,) = enumerated(tasks[2:], BUDGET // 2)
    assert less.evaluations == BUDGET // 2 and less.values <= results[2].values
    (none,) = enumerated(tasks[:1], 0)
    assert none.evaluations == 0 and none.found == []


def test_demos_alone_decide(some):
    tasks, results = some
    other = Task("x", tasks[0].demos, (Pair(np.array([[3]], np.int8), np.array([[9]], np.int8)),))
    assert enumerated([other])[0] == results[0]


def test_costs_are_shared_out_in_all_ways():
    assert list(_shares(2, 2)) == [(0, 2), (1, 1), (2, 0)]
    assert list(_shares(0, 0)) == [()] and list(_shares(1, 0)) == []
    assert len(list(_shares(5, 3))) == 21
