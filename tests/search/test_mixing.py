"""What a round of search tries on the other tasks."""

from __future__ import annotations

from jbatt.search.mixing import MIXED, mixed
from jbatt.search.state import Piece

TASKS = [f"t{k}" for k in range(30)]


def source(k, name="solve"):
    return f"def {name}(I):\n    O = shift{k}(I)\n    return O\n"


def test_finds_first_then_near_misses_by_score():
    pieces = [Piece("enumeration", 0, "t0", found=[source(0, "solve_t0"), source(1, "solve_t0")])]
    pieces += [
        Piece("enumeration", 0, t, near=[(990.0 if k % 2 else 100.0, source(100 * k + j)) for j in range(6)])
        for k, t in enumerate(TASKS)
        if k
    ]
    now = mixed(pieces, 0, [source(7000)], TASKS, seed=1)
    assert now[:2] == [source(7000), source(0)]
    assert len(now) == len(set(now)) == 2 + MIXED
    scores = {text: score for p in pieces for score, text in p.near} | {source(1): 1000.0}
    high = sum(scores[s] > 500 for s in now[2:])
    assert high > 0.9 * MIXED  # half of the pool came near, the other half did not
    assert mixed(pieces[::-1], 0, [source(7000)], TASKS, seed=1) == now
    assert mixed(pieces, 0, [source(7000)], TASKS, seed=2) != now


def test_nothing_is_tried_twice_and_later_stages_do_not_matter():
    pieces = [Piece("enumeration", 0, t, near=[(900.0, source(k))]) for k, t in enumerate(TASKS[:MIXED])]
    first = mixed(pieces, 0, [], TASKS, seed=0)
    assert len(first) == MIXED
    later = [
        *pieces,
        Piece("mixing", 0, "t3", near=[(950.0, source(500))]),
        Piece("mutation", 0, "t4", found=[source(600)]),
        Piece("enumeration", 1, "t5", found=[source(5), source(700)]),
    ]
    assert mixed(later, 0, [], TASKS, seed=0) == first
    assert sorted(mixed(later, 1, [], TASKS, seed=0)) == sorted([source(500), source(600), source(700)])
