"""Shards hold every candidate once, and arrive as they were sent."""

import pytest

import jbatt
from jbatt.errors import JbattError
from jbatt.run.match import match
from jbatt.scale import shards
from jbatt.scale.place import Place, place
from jbatt.scale.shards import Shard, cut, packed, unpacked

SOURCE = """
def solve_67a3c6ac(I):
    return vmirror(I)

def solve_67a3c6ac__b(I):
    f = compose(hmirror, rot90)
    return f(I)

def solve_68b16354(I):
    return paint(I, recolor(THREE, ofcolor(hmirror(I), ONE)))

def solve_68b16354__bad(I):
    return I[0]

def solve_74dd1130(I):
    return apply(tuple, I) if I else I

def solve_74dd1130__c(I):
    return fill(I, (1, 2), ((0, 0), (1, True)))
"""


@pytest.fixture(scope="module")
def programs():
    return jbatt.read_source(SOURCE)


@pytest.fixture(scope="module")
def tasks():
    return jbatt.load_tasks("arc-agi-1/training").select(ids=["67a3c6ac", "68b16354", "74dd1130"])


def listed(candidates):
    return sorted(
        [(c.task.id, p.name, p.body) for c in candidates for p in c.programs]
        + [(c.task.id, r.name, "") for c in candidates for r in c.rejected]
    )


@pytest.mark.parametrize("how", ["name", "all"])
@pytest.mark.parametrize("size", [1, 7, 20, 1000])
def test_every_candidate_is_in_one_shard(programs, tasks, how, size, monkeypatch):
    monkeypatch.setattr(shards, "SIZES", (size, size))
    candidates = match(programs, tasks, how)
    made = list(cut(candidates, 2))
    assert listed([c for s in made for c in s.candidates]) == listed(candidates)
    for shard in made:
        assert shards.answers(shard.candidates) <= size or len(shard.candidates[0].programs) <= 1
    assert (len(made) > 1) == (size < shards.answers(candidates))


def test_a_shard_arrives_as_it_was_sent(programs, tasks):
    for shard in cut(match(programs, tasks, "all"), 1):
        there, candidates = unpacked(packed(shard, programs.graph))
        assert listed(candidates) == listed(shard.candidates)
        for c in candidates:
            assert c.task.judging_order == tasks[c.task.id].judging_order
            assert [d.input.tolist() for d in c.task.demos] == [
                d.input.tolist() for d in tasks[c.task.id].demos
            ]
            for p in c.programs:
                assert there.graph.body(p.root) == p.body
    few = Shard((match(programs, tasks, "name")[0],))
    assert len(unpacked(packed(few, programs.graph))[0].graph) < len(programs.graph)


def test_halves_lose_nothing_and_end_alone(programs, tasks):
    todo, alone = [Shard(tuple(match(programs, tasks, "all")))], []
    everything = listed(todo[0].candidates)
    while todo:
        shard = todo.pop()
        if shard.size == 1:
            alone.append(shard)
        else:
            halves = shard.halves()
            assert all(h.size for h in halves) and sum(h.size for h in halves) == shard.size
            todo += halves
    assert listed([c for s in alone for c in s.candidates]) == everything


def test_places():
    assert place("local") == Place()
    assert place("processes:3") == place("processes", 3) == Place("processes", 3)
    assert place("ray", 2) == Place("ray", 2)
    assert place("ray://head:10001").address == "ray://head:10001"
    for on, workers, says in [
        ("cloud", None, "expected local, processes"),
        ("ray://", None, "expected local"),
        ("processes:x", None, "expected local"),
        ("processes:0", None, "expected 1 or more"),
        ("processes:2", 2, "once"),
        ("local", 2, "--workers needs"),
    ]:
        with pytest.raises(JbattError, match=says):
            place(on, workers)
