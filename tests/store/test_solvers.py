"""The store of solvers: what is kept, who may write, what is said about files that are something else."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import jbatt
from jbatt.errors import JbattError
from jbatt.run.keep import recheck, solvers
from jbatt.store.solvers import Solver, SolverStore, to_file

TEXT = "def solve_67a3c6ac(I):\n    O = vmirror(I)\n    return O\n"
ONE = Solver("67a3c6ac", "ab" * 16, "arc-agi-1/training", TEXT, 1, (1000,) * 3, (1000,), "run")


def test_kept_once_and_read_again(tmp_path):
    store = SolverStore(tmp_path / "new" / "solvers.db")
    assert store.add([ONE, replace(ONE, task="other", calls=3, tests=(None,))]) == 2
    assert store.add([replace(ONE, calls=9)]) == 0
    store.close()
    again = SolverStore(tmp_path / "new" / "solvers.db", create=False).select()
    assert [(s.task, s.calls, s.demos, s.solves_tests) for s in again] == [
        ("67a3c6ac", 1, (1000, 1000, 1000), True),
        ("other", 3, (1000, 1000, 1000), None),
    ]
    assert again[0].added.endswith("Z")


def test_the_smallest_come_first(tmp_path):
    store = SolverStore(tmp_path / "solvers.db")
    store.add(
        [replace(ONE, body=str(k), calls=k) for k in (5, 2, 7)] + [replace(ONE, task="a", body="x", calls=4)]
    )
    assert [(s.task, s.calls) for s in store.select()] == [
        ("67a3c6ac", 2), ("67a3c6ac", 5), ("67a3c6ac", 7), ("a", 4),
    ]  # fmt: skip
    assert [(s.task, s.calls) for s in store.select(best=True)] == [("67a3c6ac", 2), ("a", 4)]
    assert [s.calls for s in store.select(["a"])] == [4]


def test_all_or_none_are_written(tmp_path):
    store = SolverStore(tmp_path / "solvers.db")
    with pytest.raises(JbattError, match="cannot be written"):
        store.add([ONE, replace(ONE, task=None)])
    assert store.select() == []


def test_many_writers_lose_nothing(tmp_path):
    path = tmp_path / "solvers.db"

    def write(w):
        store = SolverStore(path)
        new = sum(
            store.add([replace(ONE, body=f"{w} {k}"), replace(ONE, body=f"both {k}")]) for k in range(20)
        )
        store.close()
        return new

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 8 * 20 + 20
    assert len(SolverStore(path).select()) == 180


def test_other_files_are_refused_and_left_alone(tmp_path):
    text = tmp_path / "text.db"
    text.write_text("not a data base, but long enough to be one" * 50)
    with pytest.raises(JbattError, match="not a store of solvers"):
        SolverStore(text)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE mine (x)")
    before = other.read_bytes()
    with pytest.raises(JbattError, match="version 0, expected 1"):
        SolverStore(other)
    assert other.read_bytes() == before
    with pytest.raises(JbattError, match="jbatt run --solvers"):
        SolverStore(tmp_path / "missing.db", create=False)
    assert not (tmp_path / "missing.db").exists()
    with pytest.raises(JbattError, match="cannot be opened"):
        SolverStore(text / "solvers.db")


def test_results_become_solvers_and_stay_right(tmp_path):
    tasks = jbatt.load_tasks("arc-agi-1/training").select(ids=["67a3c6ac"])
    programs = jbatt.read_source(TEXT + "\n\ndef wrong(I):\n    return hmirror(I)\n")
    run = jbatt.validate(programs, tasks, match="all")
    kept = solvers(run.results, programs, "here")
    assert [(s.task, s.calls, s.source) for s in kept] == [("67a3c6ac", 1, TEXT)]
    store = SolverStore(tmp_path / "solvers.db")
    store.add(kept)
    done = recheck(store, tasks)
    assert (done.checked, done.changed, done.unknown) == (1, [], [])
    store.update(kept[0], [1000] * 3, [0])
    (change,) = recheck(store, tasks).changed
    assert change[1].tests == [1000] and store.select()[0].tests == (1000,)
    broken = replace(kept[0], body=programs.programs[1].body, source="def x(I):\n    return hmirror(I)\n")
    store.add([broken])
    assert [s.body for s in recheck(store, tasks).broken] == [broken.body]
    with pytest.raises(JbattError, match="no solver of a task"):
        recheck(store, jbatt.load_tasks("arc-agi-1/training").select(ids=["007bbfb7"]))


def test_a_file_names_each_program(tmp_path):
    other = replace(ONE, body="x", source="def y(I):\n    O = rot90(I)\n    return O\n")
    names = [p.name for p in jbatt.read_source(to_file([ONE, other])).programs]
    assert names == ["solve_67a3c6ac", "solve_67a3c6ac__2"]


def test_the_commands(tmp_path):
    store = ("--store", str(tmp_path / "solvers.db"))

    def run(*args, check=0):
        command = [sys.executable, "-m", "jbatt_cli.cli", *args]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"})
        assert done.returncode == check, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    assert "no store of solvers" in run("solvers", "list", *store, check=2).stderr
    run(
        "run",
        "--ids",
        "67a3c6ac,007bbfb7",
        "--out",
        str(tmp_path / "out"),
        "-q",
        "--mutate",
        "20",
        "--solvers",
        store[1],
    )
    shown = [json.loads(line) for line in run("solvers", "list", *store, "--json").stdout.splitlines()]
    assert {s["task"] for s in shown} == {"67a3c6ac", "007bbfb7"} and all(
        set(s["demos"]) == {1000} for s in shown
    )
    results = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    assert {(s["task"], s["body"]) for s in shown} == {
        (r["task"], r["body"]) for r in results if r["status"] == "solved"
    }
    assert {s["found"] for s in shown} <= {"run", "mutation"}
    assert "programs of 2 tasks" in run("solvers", "list", *store).stdout
    assert "vmirror(I)" in run("solvers", "show", "67a3c6ac", *store).stdout
    assert "no solver of task zzz" in run("solvers", "show", "zzz", *store, check=2).stderr
    run("solvers", "export", *store, "--best", "--out", str(tmp_path / "best.py"))
    assert [p.name for p in jbatt.read_programs(tmp_path / "best.py").programs] == [
        "solve_007bbfb7",
        "solve_67a3c6ac",
    ]
    assert "0 solve no more" in run("solvers", "recheck", *store).stdout
