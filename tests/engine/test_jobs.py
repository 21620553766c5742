"""Jobs and how they are cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jbatt.engine.jobs import Job, bounded

SHAPES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5)), max_size=6)


@given(SHAPES, st.integers(1, 30))
def test_bounded(shapes, most):
    jobs = [Job(k, np.arange(n), np.arange(m)) for k, (n, m) in enumerate(shapes)]
    parts = list(bounded(jobs, most))
    assert all(parts)
    for part in parts:
        # More than that only where one root has more.
        assert sum(j.evaluations for j in part) <= most or (len(part) == 1 and len(part[0].roots) == 1)
    for job in jobs:
        mine = [j for part in parts for j in part if j.unit == job.unit]
        assert np.concatenate([j.roots for j in mine]).tolist() == job.roots.tolist()
        assert all(j.rows.tolist() == job.rows.tolist() for j in mine)
