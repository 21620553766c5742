"""What a search hands on of what it found: how, and from what."""

from __future__ import annotations

from types import SimpleNamespace

import jbatt
from jbatt.search.report import results
from jbatt.search.state import Piece

RIGHT = "def solve_67a3c6ac(I):\n    O = vmirror(I)\n    return O\n"
NEAR = "def solve(I):\n    O = hmirror(I)\n    return O\n"


def test_solvers_know_how_they_were_found_and_from_what():
    tasks = jbatt.load_tasks("arc-agi-1/training").select(ids=["67a3c6ac", "68b16354"])
    near = jbatt.read_source(NEAR).programs[0]
    pieces = [
        Piece("mutation", 0, "67a3c6ac", found=[RIGHT], parents={RIGHT: near.body}),
        Piece("mixing", 0, "68b16354", found=[NEAR]),
    ]
    search = SimpleNamespace(state=SimpleNamespace(pieces=pieces), near={}, solved={p.task for p in pieces})
    run, found = results(search, tasks)
    assert [r.status for r in run.results] == ["solved", "solved"]
    assert [(s.task, s.found, s.parent) for s in found] == [
        ("67a3c6ac", "mutation", near.body),
        ("68b16354", "mixing", None),
    ]
