"""Every subset of jbatt's own passes gives the same results on programs of every kind."""

from __future__ import annotations

from itertools import combinations

import pytest

import jbatt
from jbatt.run.registry import BUILT_IN

IDS = ["67a3c6ac", "a416b8f3"]
BODIES = {
    "right": "vmirror(I)",
    "again": "vmirror(I)",
    "wrong": "hmirror(I)",
    "double": "hconcat(I, I)",
    "raises": "replace(I, ZERO, divide(ONE, ZERO))",
    "raises_on_some": "hmirror(replace(I, ZERO, multiply(ZERO, divide(ONE, subtract(height(I), SEVEN)))))",
    "out_of_range": "replace(I, ZERO, divide(ONE, subtract(height(I), SEVEN)))",
    "right_or_raises": "vmirror(replace(I, ZERO, multiply(ZERO, divide(ONE, subtract(height(I), SEVEN)))))",
    "huge": "upscale(upscale(upscale(I, NINE), NINE), NINE)",
    "no_grid": "height(I)",
    "function": "chain(vmirror, hmirror, vmirror)",
    "either": "branch(portrait(I), I, height(I))",
    "no_type": "rot90(ONE)",
}
SOURCE = "".join(f"def solve_{t}__{n}(I):\n    return {b}\n" for t in IDS for n, b in BODIES.items())
SUBSETS = [list(s) for n in range(len(BUILT_IN) + 1) for s in combinations(BUILT_IN, n)]


@pytest.fixture(scope="module")
def tasks():
    return jbatt.load_tasks("arc-agi-1/training").select(ids=IDS)


@pytest.fixture(scope="module")
def expected(tasks):
    return jbatt.validate(SOURCE, tasks, passes=["solver-body-cache", "batch-validation"])


def named(results):
    return {(r.task, r.program): (r.status, r.reason) for r in results}


def test_the_workload_is_mixed(expected):
    statuses = expected.statuses
    assert {s for s, n in statuses.items() if n} == {"solved", "failed", "error", "capacity", "unsupported"}
    by_name = {k[1]: v[0] for k, v in named(expected.results).items()}
    assert by_name["solve_67a3c6ac__right"] == by_name["solve_a416b8f3__double"] == "solved"
    assert by_name["solve_67a3c6ac__huge"] == "capacity"
    assert by_name["solve_67a3c6ac__right_or_raises"] == "error"
    assert by_name["solve_67a3c6ac__raises_on_some"] == "failed", (
        "it raises on the largest demo, and fails on others"
    )
    assert expected.counts["evaluations"] < 100, "the machine would be compiled for each of 16 subsets"


def test_there_are_32_subsets():
    assert len({tuple(s) for s in SUBSETS}) == 32


@pytest.mark.parametrize("subset", SUBSETS, ids="+".join)
def test_every_subset_gives_the_same_results(tasks, expected, subset, tmp_path, monkeypatch):
    if "validation-cache" in subset:
        # Answers of its own; the kernels that other tests have compiled.
        cache = tmp_path / "cache"
        cache.mkdir(mode=0o700)
        (cache / "executables").symlink_to(jbatt_cache() / "executables")
        monkeypatch.setenv("JBATT_CACHE_DIR", str(cache))
    full = jbatt.validate(SOURCE, tasks, passes=subset, full_scores=True)
    assert full.digest == expected.digest
    assert full.results == expected.results
    again = jbatt.validate(SOURCE, tasks, passes=subset)
    assert named(again.results) == named(expected.results)
    if "early-exit" not in subset:
        assert again.results == expected.results
    if "validation-cache" in subset:
        assert again.counts["evaluations"] == 0
    else:
        assert again.counts["recalled"] == 0
    assert not [p.off for p in [*full.passes.all, *again.passes.all] if p.off]


def jbatt_cache():
    from jbatt.store.location import cache_folder

    return cache_folder()
