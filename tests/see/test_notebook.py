"""What objects look like in a notebook: HTML that parses, with what they hold and nothing of what they could inject."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import jbatt
import jbatt.dsl as dsl
from jbatt.tasks.task import Pair, Task, TaskSet

A = np.array([[1, 2], [3, 4]], np.int8)
SOURCE = "def solve_a(I):\n    x1 = ofcolor(I, TWO)\n    O = fill(I, THREE, x1)\n    return O\n"


def parsed(html: str) -> ElementTree.Element:
    """The element; fails where the HTML is not well formed."""
    return ElementTree.fromstring(html)


def text(html: str) -> str:
    return "".join(parsed(html).itertext())


@pytest.fixture(scope="module")
def task() -> Task:
    return Task("a<b>", (Pair(A, A[::-1]),), (Pair(A, None),))


def test_tasks(task):
    assert "a<b>" in text(task._repr_html_())
    assert task._repr_html_().count("<svg") == 3
    assert task.demos[0]._repr_html_().count("<svg") == 2
    tasks = jbatt.load_tasks("arc-agi-1/training")
    assert "400 tasks" in text(tasks._repr_html_()) and "and 380 more" in text(tasks._repr_html_())
    assert len(tasks._repr_html_()) < 400_000


def test_programs():
    programs = jbatt.read_source(SOURCE + "def solve_b(I):\n    return [I]\n", file="<mine>")
    shown = text(programs._repr_html_())
    assert "solve_a" in shown and "not read: 1" in shown and "<mine>:6" in shown
    assert "x1 = ofcolor(I, TWO)" in text(programs.programs[0]._repr_html_())
    assert "x1 = ofcolor(I, TWO)" in text(jbatt.solver(SOURCE)._repr_html_())


def test_runs_and_results(task):
    run = jbatt.validate(
        SOURCE + "def solve_a__2(I):\n    return rot90(ONE)\n", Task("a", task.demos, task.tests)
    )
    shown = text(run._repr_html_())
    assert "2 candidates: 1 failed, 1 unsupported" in shown
    assert "rot90 does not take (Integer)" in shown
    assert "unsupported" in text(run.results[1]._repr_html_())


def test_traces():
    trace = jbatt.trace(SOURCE, A, expected=[[1, 3], [3, 5]])
    html = trace._repr_html_()
    assert "wrong: 1 of 4 cells differ, at (1, 1)" in text(html)
    assert "x1 = ofcolor(I, TWO)" in text(html)
    assert html.count("<svg") == 5
    failing = jbatt.trace("def solve_a(I):\n    return fill(I, ONE, first(ofcolor(I, NINE)))\n", A)
    assert "error: ARC-DSL raises here: first(an empty set of cells)" in text(failing._repr_html_())


def test_values():
    html = dsl.objects(A, True, False, False)._repr_html_()
    assert "FrozenSet[Object]: a set of 4 objects" in text(html) and html.count("<svg") == 4
    assert text(dsl.add(1, 2)._repr_html_()) == "Integer: 3"
    assert dsl.first(dsl.ofcolor(A, 9))._repr_html_() is None  # there is no value: its repr says why


def test_draw():
    drawing = jbatt.draw(A, expected=A[::-1])
    assert parsed(drawing.svg).tag.endswith("svg")
    assert "#ff00ff" in drawing.svg and "#ff00ff" not in jbatt.draw(A).svg
    assert repr(jbatt.draw(A)) == "1 2\n3 4"
    with pytest.raises(jbatt.JbattError, match="0\\.\\.9"):
        jbatt.draw([[10]])


def test_trace_arguments():
    with pytest.raises(jbatt.JbattError, match="expected one program"):
        jbatt.trace(SOURCE + SOURCE.replace("solve_a", "solve_b"), A)
    assert jbatt.trace(SOURCE + SOURCE.replace("solve_a", "solve_b"), A, "solve_b").program.name == "solve_b"
    with pytest.raises(jbatt.JbattError, match="its own expected output"):
        jbatt.trace(SOURCE, Pair(A, A), expected=A)


def test_sets_of_tasks_without_outputs(task):
    assert TaskSet.of("x", [task])._repr_html_().count("<svg") == 2
