"""Helpers: other processes that evaluate parts of a run, and change no result."""

from __future__ import annotations

import os
import signal
import time
import warnings

import jax
import numpy as np
import pytest
from jbatt_plugins.batch_validation import BatchValidation

import jbatt
from jbatt.engine.counters import Counters
from jbatt.engine.engines import Engines
from jbatt.engine.helper import client, worth
from jbatt.engine.machine.machine import Machine
from jbatt.engine.options import Options
from jbatt.program import Graph, unread
from jbatt.program.transfer import added, taken
from jbatt.run import parts, planned
from jbatt.store.executables import ExecutableStore
from jbatt.tasks import Pair, Task, TaskSet

on_cpu = pytest.mark.skipif(
    jax.default_backend() != "cpu", reason="helpers use the machine, which is for CPUs"
)

BODIES = [
    "vmirror(I)",
    "fill(I, THREE, ofcolor(I, ONE))",
    "paint(I, first(objects(I, T, F, T)))",
    "crop(I, UNITY, TWO_BY_TWO)",
    "first(I)",
    "size(I)",
    "identity",
    # Larger than the smallest class, or than all of them.
    "crop(hupscale(I, TEN), UNITY, TWO_BY_TWO)",
    "crop(vupscale(hupscale(I, TEN), TEN), UNITY, TWO_BY_TWO)",
    # Raised by the reference for every grid, for some, for none; not in the language's types; interpreted alone.
    "power(vmirror, ZERO)(I)",
    "downscale(I, ZERO)",
    "fill(I, first(apply(last, objects(I, T, F, T))), ofcolor(I, TWO))",
    "fill(I, T, first(apply(rbind(shift, UNITY), objects(I, T, F, T))))",
    "branch(equality(height(I), width(I)), vmirror, hmirror)(I)",
    "fill(I, FOUR, mapply(fork(connect, first, last), product(asindices(I), asindices(I))))",
]


@pytest.fixture(scope="module")
def folder():
    """Of kernels with the machine among them, for helpers that end with the tests of this module."""
    store = ExecutableStore()
    Machine(32, Counters(), store).executable()
    store.flush()
    yield store.folder.parent
    client.close_all()


@pytest.fixture
def helper(folder):
    """One that is ready: that of the test before, if it is still there."""
    (found,) = client.helpers(folder, 1)
    end = time.monotonic() + 120
    while not found.ready and not found.gone and time.monotonic() < end:
        time.sleep(0.05)
    assert found.ready
    return found


FUNCTIONS = [
    # Not in the language, not Python, read with `ast`.
    "(I):\n    return nothing(I)\n",
    "(I):\n    x = (vmirror(I)\n    return x\n",
    "(I):\n  x = vmirror(\n    I)\n  return x\n",
]


@pytest.fixture(params=["read", "unread"])
def work(monkeypatch, request):
    """Programs on tasks, in many small parts, for which helpers are always worth it: read before, or by whoever evaluates them."""
    monkeypatch.setattr(unread, "AT_LEAST", 1 if request.param == "unread" else 10**9)
    monkeypatch.setattr(worth, "BEGIN", 1)
    monkeypatch.setattr(worth, "USE", 1)
    for module in (planned, parts):
        monkeypatch.setattr(module, "PART_BODIES", 5)
    monkeypatch.setattr(Machine, "is_worth", lambda self, *a: self.side == 32)
    rng = np.random.default_rng(3)
    shapes = [(3, 3), (5, 2), (4, 7), (6, 6), (12, 9), (30, 30), (1, 1), (2, 2)]
    tasks = []
    for k, shape in enumerate(shapes):
        grid = rng.integers(0, 4, shape).astype(np.int8)
        tasks.append(
            Task(f"task{k}", (Pair(grid, grid[:, ::-1]), Pair(grid.T, grid.T[:, ::-1])), (Pair(grid, None),))
        )
    source = "".join(
        f"def solve_task{k}_{n}(I):\n    return {body}\n\n"
        for k in range(len(tasks))
        for n, body in enumerate(BODIES)
    )
    source += "".join(
        f"def solve_task{k}_f{n}{function}\n"
        for k in range(len(tasks))
        for n, function in enumerate(FUNCTIONS)
    )
    return source, TaskSet.of("tasks", tuple(tasks))


def run(work, helpers: int, programs=None):
    source, tasks = work
    programs = jbatt.read_source(source) if programs is None else programs
    assert bool(programs.pending) == (unread.AT_LEAST == 1)
    passes = ["solver-body-cache", "operation-cache", BatchValidation(helpers)]
    return jbatt.validate(programs, tasks, passes=passes)


@on_cpu
def test_a_helper_changes_no_result(helper, work, monkeypatch):
    answered = []
    evaluate = client.Helper.evaluate

    def counted(self, units):
        found = yield from evaluate(self, units)
        answered.append(sum(int((outcome.code != 0).sum()) for outcome, _ in found.found))
        return found

    monkeypatch.setattr(client.Helper, "evaluate", counted)
    programs = jbatt.read_source(work[0])
    helped = run(work, 1, programs)
    assert len(answered) > 2 and sum(answered) > 50
    alone = run(work, 0)
    assert helped.results == alone.results
    again = run(work, 1, programs)
    assert again.results == alone.results
    # What the helper has read is known here without being read, and is the same when it is.
    read = jbatt.read_source(work[0])
    expected = read.programs, read.rejected, read.notes
    assert len(read.rejected) == 2 * len(work[1])
    if programs.pending:
        found = programs.pending[0]._found
        missing = found.count(None)
        assert (programs.rejected, programs.notes) == expected[1:]
        assert 0 < found.count(None) == missing < len(found)
    assert [(p.name, p.line, p.body, p.source) for p in programs.programs] == [
        (p.name, p.line, p.body, p.source) for p in expected[0]
    ]
    assert (programs.rejected, programs.notes) == expected[1:]
    assert {r.status for r in alone.results} >= {"solved", "failed", "error", "unsupported"}
    assert helped.counts["evaluations"] == alone.counts["evaluations"]


@on_cpu
@pytest.mark.parametrize("when", ["planned", "evaluated"])
def test_what_was_asked_of_a_helper_that_ends_is_evaluated_here(helper, work, when, monkeypatch):
    alone = run(work, 0)
    methods = {"planned": ("plan", "read"), "evaluated": ("evaluate",)}[when]

    def ending(method):
        def ends(self, asked):
            self._process.kill()
            return (yield from method(self, asked))

        return ends

    for name in methods:
        monkeypatch.setattr(client.Helper, name, ending(getattr(client.Helper, name)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        helped = run(work, 1)
    assert helped.results == alone.results
    assert helper.gone
    end = time.monotonic() + 10
    while not caught and time.monotonic() < end:
        time.sleep(0.05)  # the thread that gives the warning
    assert any("a helper process was lost" in str(w.message) for w in caught)


@on_cpu
def test_what_was_asked_of_a_helper_that_hangs_is_evaluated_here(helper, work, monkeypatch):
    alone = run(work, 0)
    evaluate = client.Helper.evaluate

    def hangs(self, units):
        os.kill(self._process.pid, signal.SIGSTOP)
        return (yield from evaluate(self, units))

    monkeypatch.setattr(client.Helper, "evaluate", hangs)
    monkeypatch.setattr(client, "SILENT", 2.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        helped = run(work, 1)
    assert helped.results == alone.results
    assert helper.gone and helper._process.wait(10) == -signal.SIGKILL
    end = time.monotonic() + 10
    while not caught and time.monotonic() < end:
        time.sleep(0.05)  # the thread that gives the warning
    assert any("it has said nothing for 4 seconds" in str(w.message) for w in caught)


@on_cpu
def test_a_helper_that_is_not_asked_anything_is_no_hanging_one(helper, monkeypatch):
    monkeypatch.setattr(client, "SILENT", 2.0)
    time.sleep(6.0)
    assert not helper.gone


@on_cpu
def test_a_helper_that_says_what_is_not_understood_is_gone(helper, monkeypatch):
    class Odd:
        def poll(self, timeout):
            return True

        def recv(self):
            raise AttributeError("Can't get attribute 'Understood'")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        monkeypatch.setattr(helper, "_connection", Odd())
        assert helper._process.wait(10) == -signal.SIGKILL
        end = time.monotonic() + 10
        while not caught and time.monotonic() < end:
            time.sleep(0.05)  # the thread that gives the warning
    assert helper.gone
    assert any("it said something that is not understood: Can't get" in str(w.message) for w in caught)


@on_cpu
def test_when_there_are_helpers(monkeypatch, tmp_path):
    monkeypatch.setattr(worth, "helpers", lambda folder, number: ["helper"] * number)
    monkeypatch.setattr(ExecutableStore, "has", lambda self, key: True)
    engines = Engines(store=ExecutableStore(tmp_path))
    options = Options(batch=True, share=True, keep=True, helpers=2)

    def number(**changed) -> int:
        return len(worth.started(engines, Options(**{**vars(options), **changed}), worth.BEGIN))

    assert number() == 2
    assert [number(helpers=0), number(batch=False), number(share=False), number(keep=False)] == [0] * 4
    assert not worth.started(engines, options, worth.USE - 1)
    monkeypatch.setattr(ExecutableStore, "has", lambda self, key: False)
    assert number() == 0, "a helper compiles nothing"


@on_cpu
def test_a_run_goes_on_where_no_process_can_be_started(monkeypatch, tmp_path):
    def fails(*args, **kwargs):
        raise OSError("no more processes")

    monkeypatch.setattr(client.subprocess, "Popen", fails)
    with pytest.warns(UserWarning, match="no helper process can be started"):
        assert client.helpers(tmp_path, 1) == []


def test_a_graph_in_parts():
    programs = jbatt.read_source(
        "".join(f"def solve_{k}(I):\n    return {b}\n" for k, b in enumerate(BODIES))
    )
    graph = programs.graph
    for other in (Graph(), jbatt.read_source("def solve(I):\n    return fill(I, THREE, toindices(I))").graph):
        there = len(other)
        number: dict[int, int] = {}
        nodes: list[int] = []
        for program in programs.programs:
            new = [n for n in graph.reachable(program.root) if n not in number]
            added(other, taken(graph, new, number), nodes)
        for program in programs.programs:
            assert other.digest(nodes[number[program.root]]) == graph.digest(program.root)
        # What is equal is one node there as well, and the graph finds it.
        assert len(other) == len(other.index) == len({other.digest(n) for n in range(len(other))})
        assert len(other) < there + len(graph) if there else nodes == list(range(len(graph)))
