"""Each of jbatt's own passes at work: what it spares, counted, with the same results."""

import numpy as np
import pytest

import jbatt
from jbatt.run.registry import BUILT_IN

IDS = ["67a3c6ac", "68b16354", "74dd1130"]
BODIES = {
    "right": "vmirror(I)",
    "same": "vmirror(I)",
    "wrong": "hmirror(I)",
    "longer": "hmirror(vmirror(I))",
    "longest": "vmirror(hmirror(vmirror(I)))",
}
SOURCE = "".join(f"def solve_{t}__{n}(I):\n    return {b}\n" for t in IDS for n, b in BODIES.items())


@pytest.fixture(scope="module")
def tasks():
    return jbatt.load_tasks("arc-agi-1/training").select(ids=IDS)


@pytest.fixture(scope="module")
def plain(tasks):
    """Kernels kept, nothing else: what each pass is compared with."""
    return jbatt.validate(SOURCE, tasks, passes=["solver-body-cache"])


def avoided(run, name: str) -> dict[str, int]:
    return next(p["avoided"] for p in run.passes.report() if p["name"] == name)


def with_pass(tasks, name, **more):
    return jbatt.validate(SOURCE, tasks, passes=["solver-body-cache", name], **more)


def test_without_passes_each_candidate_is_evaluated_alone_on_each_example(tasks, plain):
    pairs = sum(len(t.demos) + len(t.tests) for t in tasks) * len(BODIES)
    assert plain.counts["pieces"] == plain.counts["evaluations"] == plain.counts["pairs"] == pairs
    assert plain.counts["merged"] == plain.counts["recalled"] == 0


def test_batch_validation_makes_one_piece(tasks, plain):
    run = with_pass(tasks, "batch-validation")
    assert run.results == plain.results
    assert run.counts["pieces"] == 1
    assert run.counts["evaluations"] == plain.counts["evaluations"]
    assert run.counts["operations"] == plain.counts["operations"]
    assert run.kernels["calls"] < plain.kernels["calls"]
    assert avoided(run, "batch-validation") == {
        "evaluations that were not alone": plain.counts["evaluations"] - 1
    }


def test_operation_cache_shares_operations(tasks, plain):
    run = with_pass(tasks, "operation-cache")
    assert run.results == plain.results
    # On each pair the input and four different mirrors instead of 2 + 2 + 2 + 3 + 4 operations; the machine counts the
    # comparison of each different result as well.
    pairs = sum(len(t.demos) + len(t.tests) for t in tasks)
    counts = plain.counts["operations"] // pairs, run.counts["operations"] // pairs
    assert counts in ((2 + 2 + 2 + 3 + 4, 5), (2 + 2 + 2 + 3 + 4 + 5, 5 + 4))


def test_early_exit_leaves_out_what_does_not_matter(tasks, plain):
    run = with_pass(tasks, "early-exit")
    assert [(r.status, r.reason) for r in run.results] == [(r.status, r.reason) for r in plain.results]
    assert run.counts["evaluations"] < plain.counts["evaluations"]
    left_out = sum(s is None for r in run.results for s in (*r.demos, *r.tests))
    assert avoided(run, "early-exit") == {"pairs not evaluated": left_out}
    assert run.counts["evaluations"] + left_out == plain.counts["evaluations"]
    for early, whole in zip(run.results, plain.results, strict=True):
        for a, b in zip((*early.demos, *early.tests), (*whole.demos, *whole.tests), strict=True):
            assert a is None or a == b
        first = tasks[early.task].judging_order[0]
        assert early.demos[first] is not None
        if early.demos[first] < 1000:
            assert [*early.demos, *early.tests].count(None) == len(early.demos) + len(early.tests) - 1


def test_early_exit_gives_all_scores_where_they_are_asked_for(tasks, plain):
    run = with_pass(tasks, "early-exit", full_scores=True)
    assert run.results == plain.results
    assert avoided(run, "early-exit") == {"pairs not evaluated": 0}


def test_more_pairs_in_the_first_round(tasks, plain):
    some = with_pass(tasks, "early-exit")
    more = with_pass(tasks, "early-exit", settings={"early-exit.first": 2})
    assert [r.status for r in more.results] == [r.status for r in plain.results]
    assert some.counts["evaluations"] < more.counts["evaluations"] < plain.counts["evaluations"]


def test_validation_cache_knows_equal_bodies_and_earlier_runs(tasks, plain, tmp_path, monkeypatch):
    monkeypatch.setenv("JBATT_CACHE_DIR", str(tmp_path))
    first, again = with_pass(tasks, "validation-cache"), with_pass(tasks, "validation-cache")
    assert first.results == again.results == plain.results
    assert first.counts["merged"] == 3  # `same` has the body of `right`
    assert first.counts["evaluations"] == plain.counts["evaluations"] * 4 // 5
    assert avoided(first, "validation-cache")["answers known"] == 0
    assert again.counts["evaluations"] == 0
    assert avoided(again, "validation-cache")["answers known"] == first.counts["evaluations"]


def test_what_is_known_does_not_change_what_is_left_out(tasks, tmp_path, monkeypatch):
    monkeypatch.setenv("JBATT_CACHE_DIR", str(tmp_path))
    both = ["solver-body-cache", "validation-cache", "early-exit"]
    early = jbatt.validate(SOURCE, tasks, passes=both)
    jbatt.validate(SOURCE, tasks, passes=both, full_scores=True)
    again = jbatt.validate(SOURCE, tasks, passes=both)
    assert again.results == early.results
    assert again.counts["evaluations"] == 0


def test_solver_body_cache_keeps_kernels_and_plans(tasks, plain, tmp_path, monkeypatch):
    monkeypatch.setenv("JBATT_CACHE_DIR", str(tmp_path))
    programs = jbatt.read_source(SOURCE)
    without = jbatt.validate(programs, tasks, passes=["batch-validation"])
    assert without.kernels["compiled"] > 0 and without.kernels["loaded"] == 0
    assert not (tmp_path / "executables").exists() or not any((tmp_path / "executables").iterdir())
    cold = jbatt.validate(programs, tasks, passes=["batch-validation", "solver-body-cache"])
    assert cold.kernels["compiled"] == without.kernels["compiled"]
    warm = jbatt.validate(programs, tasks, passes=["batch-validation", "solver-body-cache"])
    assert warm.kernels["compiled"] == warm.kernels["loaded"] == 0
    assert without.results == cold.results == warm.results == plain.results


def test_all_of_them_are_on_by_default(tasks, plain):
    run = jbatt.validate(SOURCE, tasks)
    assert [p.name for p in run.passes.all] == list(BUILT_IN)
    assert [r.status for r in run.results] == [r.status for r in plain.results]
    assert np.all([not p.off for p in run.passes.all])
