"""Ranking of outputs by simplicity and agreement, from demo scores alone."""

from __future__ import annotations

import numpy as np

import jbatt
from jbatt.run.keep import calls
from jbatt.run.results import Result
from jbatt.submit.attempts import Vote, ranked, voters

A, B, C = (np.full((2, 2), k, np.int8) for k in (1, 2, 3))


def shown(grids):
    return [int(g[0, 0]) for g in grids]


def test_a_simple_program_outweighs_long_ones():
    votes = [Vote(0, 3, 1000), Vote(1, 6, 1000), Vote(2, 7, 1000), Vote(3, 9, 1000)]
    assert shown(ranked(votes, [A, B, B, C])) == [1, 2]


def test_agreement_decides_between_like_sizes():
    votes = [Vote(0, 5, 1000), Vote(1, 6, 1000), Vote(2, 6, 1000), Vote(3, 6, 1000)]
    assert shown(ranked(votes, [A, B, B, B])) == [2, 1]


def test_higher_demo_scores_come_first():
    votes = [Vote(0, 9, 950.0), Vote(1, 2, 910.0)]
    assert shown(ranked(votes, [A, B])) == [1, 2]


def test_what_is_no_grid_is_no_attempt():
    votes = [Vote(0, 1, 1000), Vote(1, 2, 1000), Vote(2, 3, 1000)]
    assert shown(ranked(votes, [None, np.full((1, 1), 11, np.int8), C])) == [3]
    assert ranked([], []) == []
    assert shown(ranked([Vote(0, 2000, 1000), Vote(1, 2001, 1000)], [A, B])) == [1, 2]


def test_near_misses_vote_only_where_nothing_solves():
    programs = jbatt.read_source(
        "def solve_a(I):\n    return hmirror(vmirror(I))\n\ndef solve_b(I):\n    return rot90(I)\n\n"
        "def solve_c(I):\n    return I\n"
    )
    roots = {p.body: p.root for p in programs.programs}

    def result(k, status, demos, tests):
        p = programs.programs[k]
        return Result("t", p.name, "", 1, p.body, status, demos, tests)

    a, b, c = (result(0, "solved", [1000, 1000], [0]), result(1, "failed", [1000, 990], [1000]),
               result(2, "failed", [1000, 0], [1000]))  # fmt: skip
    assert [v.root for v in voters([b, a, c], roots, programs.graph)] == [programs.programs[0].root]
    assert [v.root for v in voters([b, c], roots, programs.graph)] == [programs.programs[1].root]
    assert voters([c], roots, programs.graph) == []
    assert [calls(programs.graph, p.root) for p in programs.programs] == [2, 1, 0]
