"""`jbatt show`, `trace` and `explain` as users type them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from jbatt_cli.cli import app
from typer.testing import CliRunner

MINE = """def solve_00d62c1b(I):
    x1 = objects(I, T, F, F)
    x2 = colorfilter(x1, FIVE)
    x3 = first(x2)
    O = fill(I, FOUR, x3)
    return O


def solve_00d62c1b__near(I):
    O = fill(I, FOUR, ofcolor(I, ZERO))
    return O


def solve_007bbfb7(I):
    for x in I:
        pass
"""


@pytest.fixture
def jbatt(tmp_path, monkeypatch):
    """Runs a command in this process, in a folder with mine.py; gives its output after checking the exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "own.json").write_text(
        json.dumps({"train": [{"input": [[1, 2]], "output": [[2, 1]]}], "test": [{"input": [[3]]}]})
    )

    def run(*args: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, list(args))
        assert done.exit_code == code, done.output
        return done.output if code == 0 else done.stderr

    return run


def test_show(jbatt):
    shown = jbatt("show", "00d62c1b")
    assert "5 demo pairs, 1 test pair\n" in shown
    assert "0 3 4 3 0 0" in shown
    assert "1 2        -> 2 1" in jbatt("show", "own.json")


def test_trace_shows_why_a_program_fails(jbatt):
    shown = jbatt("trace", "mine.py:solve_00d62c1b")
    assert "demo 1 of 5" in shown
    assert "x3 = first(x2)" in shown
    assert "error: ARC-DSL raises here: first(an empty set)" in shown
    assert "expected 6x6" in shown


def test_trace_marks_the_cells_that_differ(jbatt):
    shown = jbatt("trace", "mine.py:9")
    assert "cells differ, at (0, 0)" in shown
    assert "4!4!4!4!4!4!" in shown


def test_trace_chooses_the_first_pair_that_is_wrong(jbatt):
    assert "(all 6 pairs are right)" in jbatt("trace", "solve_00d62c1b")
    assert "right: every cell" in jbatt("trace", "solve_00d62c1b", "--pair", "t1")


def test_explain(jbatt):
    shown = jbatt("explain", "solve_00d62c1b")
    assert "39528f48f617c15c16edbe332f8e20ef" in shown
    assert "FrozenSet[Object]" in shown
    assert "6 pairs" in shown and "capacity classes 32" in shown
    shown = jbatt("explain", "mine.py:solve_00d62c1b__near")
    assert "(Grid, Integer) -> Indices" in shown


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["show", "00d62c1"], "did you mean 00d62c1b"),
        (["show", "nowhere.json"], "nowhere.json"),
        (["show", "007bbfb7", "--tasks", "own.json"], "own"),
        (["trace", "mine.py"], "mine.py:solve_00d62c1b"),
        (["trace", "mine.py:solve_007bbfb7"], "mine.py:15: solve_007bbfb7: a 'for' statement"),
        (["trace", "mine.py:other"], "it has solve_00d62c1b"),
        (["trace", "nowhere.py"], "expected a file of ARC-DSL programs"),
        (["trace", "solve_00d62c1"], "solve_00d62c1b"),
        (["trace", "solve_00d62c1b", "--pair", "9"], "expected one of 1, 2, 3, 4, 5, t1"),
        (["trace", "solve_00d62c1b", "--task", "zzz"], "--tasks with its folder"),
        (["explain", "mine.py"], "say which"),
    ],
)
def test_bad_input_says_what_to_do(jbatt, args, says):
    said = jbatt(*args, code=2)
    assert says in said
    assert said.startswith("jbatt: ") and len(said.strip().splitlines()) == 1


def test_programs_without_a_task_are_told_so(jbatt, tmp_path):
    (tmp_path / "free.py").write_text("def mine(I):\n    return vmirror(I)\n")
    assert "--task" in jbatt("trace", "free.py", code=2)
    assert "right: every cell" in jbatt("trace", "free.py", "--task", "own.json", "--pair", "1")
    assert "not measured" in jbatt("explain", "free.py")


def test_showing_a_task_does_not_import_jax():
    code = (
        "import sys; from typer.testing import CliRunner; from jbatt_cli.cli import app; "
        "r = CliRunner().invoke(app, ['show', '00d62c1b']); assert r.exit_code == 0; assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
