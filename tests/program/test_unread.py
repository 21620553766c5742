"""Functions that are read when they are asked for: the same programs as at once, whatever is asked for first."""

import gc
import weakref
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jbatt import read_programs
from jbatt.dsl.parameters import PARAMETERS
from jbatt.errors import JbattError
from jbatt.program import read_source, source, unread
from jbatt.program.graph import Graph
from jbatt.run.match import match
from jbatt.tasks import Task, TaskSet
from jbatt.tasks.task import Pair

from .test_agreement import HEADERS, RETURNS, STATEMENTS, sound_functions

GRID = np.zeros((1, 1), np.int8)


@st.composite
def functions(draw):
    """A text in which most functions are sound, some are not, and some are not even Python."""
    text = draw(st.sampled_from([[], ["from dsl import *", ""], ["# candidates"]]))
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.integers(0, 2)):
            text += [*draw(sound_functions()), ""]
        else:
            text += [draw(HEADERS), *draw(st.lists(STATEMENTS, max_size=4)), draw(RETURNS), ""]
    return "\n".join(text)


def contents(read):
    return (
        [(p.name, p.line, p.body, p.source, read.graph.canonical(p.root)) for p in read.programs],
        read.rejected,
        read.notes,
    )


def read_in_bulk(monkeypatch):
    monkeypatch.setattr(unread, "IN_BULK", 1)


def at_least(monkeypatch, number):
    monkeypatch.setattr(unread, "AT_LEAST", number)


@pytest.mark.parametrize("in_bulk", [False, True])
@settings(max_examples=150, deadline=None)
@given(text=functions(), data=st.data())
def test_in_any_order(in_bulk, text, data):
    with pytest.MonkeyPatch.context() as monkeypatch:
        if in_bulk:
            read_in_bulk(monkeypatch)
        at_least(monkeypatch, 10**9)
        try:
            expected = contents(read_source(text, "a.py"))
        except JbattError as error:
            expected = str(error)
        at_least(monkeypatch, 1)
        try:
            read = read_source(text, "a.py")
        except JbattError as error:
            assert str(error) == expected
            return
        for pending in list(read.pending):
            names = [*pending.names]
            assert read.functions == len(names)
            for k in data.draw(st.lists(st.integers(0, len(names) - 1))):
                (found,) = pending.read([k])
                assert found.name == names[k]
        assert contents(read) == expected
        assert read.functions == len(read.programs) + len(read.rejected) and not read.pending


TEXT = "".join(f"def solve_{task}_{k}(I):\n    return {what}(I)\n\n" for k, (task, what) in enumerate(
    [("a", "rot90"), ("b", "rot180"), ("a", "nothing"), ("b", "vmirror"), ("c", "hmirror"), ("a", "rot90")]
))  # fmt: skip


def test_only_the_programs_of_a_task_are_read_with_it(monkeypatch):
    at_least(monkeypatch, 1)
    read = read_source(TEXT, "a.py")
    assert read.functions == 6 and len(read.graph_so_far) == 0
    tasks = TaskSet.of("test", tuple(Task(i, (Pair(GRID, GRID),), ()) for i in "ab"))
    a, b = match(read, tasks, "name")
    assert (a.size, b.size, len(read.graph_so_far)) == (3, 2, 0)
    assert [p.name for p in a.programs] == ["solve_a_0", "solve_a_5"]
    assert [r.name for r in a.rejected] == ["solve_a_2"] and a.size == 3
    assert read.graph_so_far.canonical(a.programs[0].root) == "rot90(I)" and len(read.graph_so_far) == 2
    assert [p.name for p in b.programs] == ["solve_b_1", "solve_b_3"] and not b.rejected
    # What was read before is the same object when all of it is looked at.
    assert [p.name for p in read.programs] == [f"solve_{t}_{k}" for t, k in ("a0", "b1", "b3", "c4", "a5")]
    assert {id(p) for p in a.programs} <= {id(p) for p in read.programs}
    assert [c.size for c in match(read, tasks, "name")] == [3, 2]


def test_many_functions_at_once(monkeypatch):
    """More lines, names and nodes than the tables begin with; lines and nodes that other functions of the text had, and that others made."""
    names = sorted(PARAMETERS)[:40]
    bodies = [
        f"    x1 = {one}(I)\n    y{k} = compose({one}, {two})\n    x{k} = y{k}(x1)\n    O = combine(x{k}, ({k}, x1))\n"
        if k % 9 == 0
        else f"    x{k} = objects(I, T, F, {'T' if k % 2 else 'True'})\n\n    # {k}\n    x1 = compose({one}, {two})\n    O = apply(x1, x{k})\n"
        for k, (one, two) in enumerate(product(names, names))
    ]
    text = "".join(
        f"def solve_{k}(I: Grid) -> Grid:\n{body}    return O\n\n" for k, body in enumerate(bodies)
    )
    expected = read_source(text, "a.py", fast=False)
    read_in_bulk(monkeypatch)
    read = read_source(text, "a.py")
    (pending,) = read.pending
    for some in (range(0, 1600, 7), range(40, 45), range(1600)):
        pending.read(some)
    fill = read.graph_so_far.call("rot90", [read.graph_so_far.input()])
    assert read.graph_so_far.canonical(fill) == "rot90(I)"
    assert contents(read) == contents(expected)
    assert len(read.rejected) == 178 and len(read.programs) == 1422
    graph = read.graph
    assert len({graph.digest(n) for n in range(len(graph))}) == len(graph) == len(graph.index)
    assert all(a < n for n in range(len(graph)) for a in graph.args[n])


@pytest.mark.parametrize(
    "body",
    [
        "    return I\n    return O\n",
        "    x1 = fill\n    O = x1(I, ONE, I)\n    return O\n",
        "    x1 = ONE(I)\n    return x1\n",
        "    O = x2(I)\n    x2 = rot90(I)\n    return O\n",
        "(I):\n    return I\n",
        "    x1 = rot90(I)\n",
        "",
        "    x1 = rot90(I)\n    return x1  \n\n  # the end\n\t\n",
        "    'a text'\n    return shift(toindices(I), (1, -2))\n",
        "    I = rot90(I)\n    I = rot90(I)\n    return I\n",
        "    T = rot90(I)\n    return T\n",
        "    x = astuple(1, True)\n    y = astuple(True, 1)\n    return astuple(x, y)\n",
        "    O = rot90(I, I)\n    return O\n",
        "   O = rot90(I)\n   return O\n",
    ],
)
def test_a_function_in_bulk(monkeypatch, body):
    text = f"def solve_a(I):\n    return O\n\ndef solve_b(I):\n{body}\ndef solve_c(I):\n    O = rot90(I)\n    return O\n"
    expected = contents(read_source(text, "a.py", fast=False))
    at_least(monkeypatch, 1)
    read_in_bulk(monkeypatch)
    read = read_source(text, "a.py")
    assert read.pending or body.startswith("(")
    assert contents(read) == expected


def test_names_that_are_none_are_read_at_once(monkeypatch):
    at_least(monkeypatch, 1)
    assert not read_source("def if(I):\n    return I\n" + TEXT).pending


def test_files_keep_their_order(monkeypatch, tmp_path):
    at_least(monkeypatch, 3)
    few = "def solve_c(I):\n    return I\n"
    for name, text in (("1.py", TEXT), ("2.py", few), ("3.py", TEXT), ("4.py", TEXT)):
        (tmp_path / name).write_text(text)
    read = read_programs(tmp_path)
    assert read.functions == 19
    assert len(read.pending) == 2, "a file that is read at once comes after all of those before it"
    places = [(p.file, p.line) for p in read.programs]
    assert len(places) == 16 and places == sorted(places)
    assert len(read.rejected) == 3 and all(x.file < y.file for x, y in pairwise(read.rejected))
    assert len({p.root for p in read.programs}) == 5, (
        "equal programs are one node, whichever file they are from"
    )


@pytest.mark.parametrize(
    "text",
    [
        "N = 3\n\n" + TEXT,
        TEXT + "def solve_d(I):\n    '''\ndef solve_e(I):\n    '''\n    return I\n",
        TEXT + "def (I):\n    return I\n",
        TEXT + "# \N{GREEK SMALL LETTER MU}\n",
    ],
)
def test_what_depends_on_the_rest_of_the_file_is_read_at_once(monkeypatch, text):
    at_least(monkeypatch, 1)
    assert not read_source(text).pending


def test_memory_that_runs_out_later(monkeypatch):
    at_least(monkeypatch, 1)
    read = read_source(TEXT, "a.py")
    monkeypatch.setattr(source, "memory_is_short", lambda: True)
    with pytest.raises(JbattError, match=r"a\.py:1: memory runs out after 0 programs"):
        read.programs  # noqa: B018
    monkeypatch.setattr(source, "CHECKED", 2)
    monkeypatch.setattr(source, "memory_is_short", lambda: len(read.graph_so_far) > 2)
    with pytest.raises(JbattError, match=r"a\.py:7: memory runs out after 2 programs"):
        read.programs  # noqa: B018
    monkeypatch.setattr(source, "memory_is_short", lambda: False)
    assert [p.name for p in read.programs] == [f"solve_{t}_{k}" for t, k in ("a0", "b1", "b3", "c4", "a5")]


def test_a_graph_that_was_there_before_is_added_to(monkeypatch):
    at_least(monkeypatch, 1)
    graph = Graph()
    first = read_source(TEXT, graph=graph).programs
    assert {p.root for p in read_source(TEXT, graph=graph).programs} == {p.root for p in first}


def test_a_set_of_programs_is_gone_when_nobody_has_it(monkeypatch):
    at_least(monkeypatch, 1)
    gc.disable()
    try:
        read = read_source(TEXT)
        tasks = TaskSet.of("test", (Task("a", (Pair(GRID, GRID),), ()),))
        assert match(read, tasks, "name")[0].programs
        there = weakref.ref(read)
        del read
        assert there() is None, "only the garbage collector, which is off while programs run, would find it"
    finally:
        gc.enable()
