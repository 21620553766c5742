"""The real command, in processes of their own."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

import pytest

from jbatt.program import read_programs

IDS = "007bbfb7,0b148d64,08ed6ac7"
NEW = ["-p", "solver-body-cache", "-p", "operation-cache", "-p", "batch-validation"]
"""Passes of which none spares the engine an evaluation."""


def jbatt(*args: str, cache, cwd=None, check: int = 0) -> subprocess.CompletedProcess:
    """Run the installed command; fails the test where the exit code is not the expected one."""
    env = {**os.environ, "JBATT_CACHE_DIR": str(cache), "COLUMNS": "120"}
    command = [sys.executable, "-m", "jbatt_cli.cli", *args]
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=600)
    assert done.returncode == check, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def cold(tmp_path_factory):
    """A first run with an empty cache: its folder, and the cache."""
    base = tmp_path_factory.mktemp("cold")
    done = jbatt("run", "--ids", IDS, "--out", str(base / "out"), *NEW, cache=base / "cache")
    return base, done


def test_first_run_solves_and_shows(cold):
    base, done = cold
    assert "3 tasks solved" in done.stdout
    assert "solve_007bbfb7" in done.stdout
    results = [json.loads(line) for line in (base / "out" / "results.jsonl").read_text().splitlines()]
    assert [r["task"] for r in results] == IDS.split(",")
    for r in results:
        assert r["status"] == "solved"
        assert set(r["demos"]) == {1000} and set(r["tests"]) == {1000}
        assert len(r["body"]) == 32 and r["line"] > 0 and r["file"].endswith(".py")


def test_summary_keeps_its_contract(cold):
    base, _ = cold
    summary = json.loads((base / "out" / "summary.json").read_text())
    assert summary["finished"] is True
    assert summary["counts"]["candidates"] == summary["statuses"]["solved"] == 3
    assert summary["counts"]["solved_tasks"] == 3
    assert summary["kernels"]["compiled"] > 0 and summary["kernels"]["loaded"] == 0
    seconds = summary["seconds"]
    parts = sum(v for k, v in seconds.items() if k != "total")
    assert abs(parts - seconds["total"]) < 0.01
    assert set(seconds) == {
        "total", "read", "plan", "compile", "load", "transfer", "execute", "score", "record", "unattributed",
    }  # fmt: skip
    assert len(summary["data_digest"]) == len(summary["results_digest"]) == 32


def test_second_run_compiles_nothing_and_agrees(cold, tmp_path):
    base, _ = cold
    out = str(tmp_path / "again")
    done = jbatt("run", "--ids", IDS, "--out", out, "--json", *NEW, cache=base / "cache")
    again = json.loads(done.stdout)
    first = json.loads((base / "out" / "summary.json").read_text())
    assert again["kernels"]["compiled"] == 0
    assert again["kernels"]["loaded"] == first["kernels"]["compiled"]
    assert again["results_digest"] == first["results_digest"]


def test_mutants_are_written_and_tried(cold, tmp_path):
    base, _ = cold
    program = tmp_path / "one.py"
    program.write_text("def solve_67a3c6ac(I):\n    return hmirror(I)\n")
    some = ["--programs", str(program), "--seed", "4"]
    done = jbatt("mutate", *some, "-n", "30", "--out", str(tmp_path / "mutants.py"), cache=base / "cache")
    assert "30 mutants of 1 programs" in done.stdout
    bodies = {}
    for name, args in {
        "tried": [*some, "--mutate", "30"],
        "read": ["--programs", str(tmp_path / "mutants.py")],
    }.items():
        jbatt("run", *args, "--ids", "67a3c6ac", "--out", str(tmp_path / name), "-q", cache=base / "cache")
        lines = (tmp_path / name / "results.jsonl").read_text().splitlines()
        bodies[name] = {r["body"]: r["status"] for r in map(json.loads, lines)}
    assert len(bodies["tried"]) == 31 and len(bodies["read"]) == 30
    assert bodies["read"].items() <= bodies["tried"].items()
    assert "unsupported" not in bodies["read"].values()
    assert_mutants_are_beside(tmp_path / "tried", base / "cache")
    done = jbatt("mutate", *some, "--out", str(tmp_path / "mutants.py"), cache=base / "cache", check=2)
    assert "is there already" in done.stderr


def assert_mutants_are_beside(run, cache):
    """Results of mutants name a file of the run's folder; it has them, and the report and its trace commands use it."""
    lines = (run / "results.jsonl").read_text().splitlines()
    named = {(r["line"], r["body"]) for r in map(json.loads, lines) if r["file"] == "mutants.py"}
    there = read_programs(run / "mutants.py").programs
    assert len(named) == 30 and {(p.line, p.body) for p in there} == named
    assert "predictions of 31 programs" in jbatt("report", str(run), cache=cache).stdout
    assert json.dumps(str(run / "mutants.py")) in (run / "report.html").read_text()
    last = there[-1]
    shown = jbatt("trace", f"{run / 'mutants.py'}:{last.line}", cache=cache).stdout
    assert shown.startswith(last.name)


def test_what_is_not_right_can_be_looked_at_as_it_says(cold, tmp_path):
    base, _ = cold
    (tmp_path / "my own.py").write_text(
        "def solve_67a3c6ac(I):\n    return vmirror(I)\n\ndef other(I):\n    return rot90(I)\n"
    )
    run = ["--programs", "my own.py", "--ids", "67a3c6ac,a5313dff", "--match", "all", "--out", "run"]
    said = jbatt("run", *run, cache=base / "cache", cwd=tmp_path).stdout
    hint = next(line for line in said.splitlines() if "is not right: " in line)
    command = shlex.split(hint.partition(": ")[2])
    assert command == ["jbatt", "trace", "my own.py:1", "--task", "a5313dff"]
    shown = jbatt(*command[1:], cache=base / "cache", cwd=tmp_path).stdout
    assert "task a5313dff" in shown and "expected" in shown


def test_mixed_programs_each_get_their_status(cold, tmp_path):
    base, _ = cold
    programs = tmp_path / "mixed.py"
    programs.write_text(
        "def solve_007bbfb7__wrong(I):\n    return vmirror(I)\n\n"
        "def solve_007bbfb7__raises(I):\n    x = canvas(ONE, ORIGIN)\n    return fill(x, ONE, initset(ORIGIN))\n\n"
        "def solve_007bbfb7__endless(I):\n"
        "    f = power(compose(hmirror, vmirror), 899)\n    g = power(f, 899)\n    return g(I)\n\n"
        "def solve_007bbfb7__huge(I):\n    x = canvas(ONE, astuple(300, 300))\n    return x\n\n"
        "def solve_007bbfb7__loop(I):\n    for x in I:\n        pass\n    return I\n\n"
        "def solve_007bbfb7__types(I):\n    return rot90(ONE)\n"
    )
    out = tmp_path / "out"
    jbatt("run", "--programs", str(programs), "--timeout", "1", "--out", str(out), "-q", cache=base / "cache")
    found = {}
    for line in (out / "results.jsonl").read_text().splitlines():
        r = json.loads(line)
        found[r["program"].partition("__")[2]] = r
    assert {k: r["status"] for k, r in found.items()} == {
        "wrong": "failed",
        "raises": "error",
        "endless": "timeout",
        "huge": "capacity",
        "loop": "unsupported",
        "types": "unsupported",
    }
    assert "line 18" in found["loop"]["reason"]
    assert "rot90 does not take" in found["types"]["reason"]
    assert found["endless"]["demos"] == [None] * 5


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--programs", "nowhere.py"], "nowhere.py"),
        (["--programs", "empty"], "empty"),
        (["--programs", "prose.py"], "prose.py"),
        (["--tasks", "ragged.json"], "row 1"),
        (["--tasks", "arc-agi-9/training"], "arc-agi-1/training"),
        (["--ids", "007bbfb8"], "007bbfb7"),
        (["--match", "some"], "'name' or 'all'"),
        (["--out", "file"], "file"),
        (["--programs", "other.py"], "solve_<task id>"),
    ],
)
def test_bad_input_is_said_in_a_line(args, says, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "prose.py").write_text("It was a dark and stormy night.\n")
    (tmp_path / "other.py").write_text("def mine(I):\n    return I\n")
    (tmp_path / "file").write_text("")
    (tmp_path / "ragged.json").write_text(
        '{"train": [{"input": [[1, 2], [3]], "output": [[1]]}], "test": []}'
    )
    done = jbatt("run", *args, cache=tmp_path / "cache", cwd=tmp_path, check=2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_results_of_another_run_are_not_overwritten(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.jsonl").write_text("precious\n")
    done = jbatt("run", "--ids", "007bbfb7", "--out", str(out), cache=tmp_path / "cache", check=2)
    assert "another run" in done.stderr
    assert (out / "results.jsonl").read_text() == "precious\n"


def test_help_does_not_import_jax():
    code = (
        "import sys; from typer.testing import CliRunner; from jbatt_cli.cli import app; "
        "r = CliRunner().invoke(app, ['run', '--help']); assert r.exit_code == 0; assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
