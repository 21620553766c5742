"""jbatt search as a command: what it writes, that it goes on where it was stopped, that equal seeds give equal results."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

import jbatt

IDS = "67a3c6ac,a5313dff,05269061"
SOME = ("--ids", IDS, "--evaluations", "400", "--seed", "3")


def search(*args, check=0):
    command = [sys.executable, "-m", "jbatt_cli.cli", "search", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "120"})
    assert done.returncode == check, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def without_times(folder):
    lines = [json.loads(line) for line in (folder / "state.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "at"} for line in lines]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A search that came to its end."""
    folder = tmp_path_factory.mktemp("search") / "whole"
    done = search(*SOME, "--workers", 1, "--out", folder, "--solvers", folder.parent / "solvers.db")
    return folder, done


def test_what_it_writes(whole):
    folder, done = whole
    summary = json.loads((folder / "summary.json").read_text())
    results = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    found = jbatt.read_programs(folder / "found.py")
    solved = {r["task"] for r in results if r["status"] == "solved"}
    assert summary["finished"] and "67a3c6ac" in solved
    assert solved == {p.name.split("_")[1] for p in found.programs}
    assert {r["body"] for r in results if r["status"] == "solved"} == {p.body for p in found.programs}
    assert all(None not in r["demos"] and None not in r["tests"] for r in results)
    figures = summary["search"]
    assert figures["tasks"] == 3 and figures["tasks_solved"] == len(solved)
    assert figures["programs_tried"] > 400 and figures["distinct_values"] > 0
    assert [n for _, n in figures["solved_over_time"]] == list(range(1, len(solved) + 1))
    assert "tasks solved" in done.stdout and not summary["search"]["pieces"].keys() - {
        "enumeration 0", "mixing 0", "mutation 0",
    }  # fmt: skip
    kept = subprocess.run(
        [sys.executable, "-m", "jbatt_cli.cli", "solvers", "list", "--json", "--store", folder.parent / "solvers.db"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert {json.loads(line)["task"] for line in kept.stdout.splitlines()} == solved


def test_its_report_has_all_programs_and_says_how_to_trace_them(whole, tmp_path):
    folder, _ = whole
    env = {**os.environ, "COLUMNS": "120"}

    def jbatt_at(*words):
        command = [sys.executable, "-m", "jbatt_cli.cli", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout

    said = jbatt_at("report", folder, "--out", tmp_path / "page.html")
    assert "not in their file" not in said and "No longer there" not in said
    data = json.loads(re.search(r'id="data">(.*?)</script>', (tmp_path / "page.html").read_text())[1])
    for row in data["rows"]:
        file, line, task = data["files"][row[2]], row[3], data["tasks"][row[0]][0]
        assert row[8] >= 0 and row[9] >= 0
        shown = jbatt_at("trace", f"{file}:{line}", "--task", task)
        assert f"task {task}" in shown.splitlines()[0]
        text = [data["lines"][k] for k in data["sources"][row[8]]]
        assert text[0].startswith(f"def {shown.split()[0]}(")


def test_a_second_search_gives_the_same_whatever_processes_it_has(whole, tmp_path):
    folder, _ = whole
    search(*SOME, "--workers", 2, "--out", tmp_path / "again", "-q")
    assert without_times(tmp_path / "again") == without_times(folder)
    assert (tmp_path / "again" / "found.py").read_text() == (folder / "found.py").read_text()
    digests = [
        json.loads((f / "summary.json").read_text())["results_digest"] for f in (folder, tmp_path / "again")
    ]
    assert digests[0] == digests[1]


def test_it_goes_on_where_it_was_stopped(whole, tmp_path):
    folder, _ = whole
    cut = tmp_path / "cut"
    done = search(*SOME, "--out", cut, "--seconds", "0")
    assert json.loads((cut / "summary.json").read_text())["finished"] is False
    assert "goes on from" in done.stdout
    # As a process that is killed leaves it: some pieces, and half a line.
    lines = (folder / "state.jsonl").read_text().splitlines(keepends=True)
    (cut / "state.jsonl").write_text("".join(lines[:4]) + lines[4][:20])
    search(*SOME, "--workers", 1, "--out", cut, "-q")
    assert without_times(cut) == without_times(folder)
    assert (cut / "found.py").read_text() == (folder / "found.py").read_text()


def test_another_search_is_not_mixed_in(whole):
    folder, _ = whole
    before = (folder / "state.jsonl").read_text()
    done = search("--ids", IDS, "--evaluations", "400", "--seed", "4", "--out", folder, check=2)
    assert "differs in seed" in done.stderr
    assert (folder / "state.jsonl").read_text() == before


def test_bad_places_are_said(tmp_path):
    (tmp_path / "results.jsonl").write_text("precious\n")
    assert "another run" in search(*SOME, "--out", tmp_path, check=2).stderr
    (tmp_path / "file").write_text("")
    assert "--out takes a folder" in search(*SOME, "--out", tmp_path / "file", check=2).stderr
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "state.jsonl").write_text("[1]\n[2]\n")
    assert "not the state of a search" in search(*SOME, "--out", tmp_path / "other", check=2).stderr
    assert (tmp_path / "results.jsonl").read_text() == "precious\n"


def test_programs_given_are_tried_on_all_tasks_and_mutated(tmp_path):
    programs = tmp_path / "programs.py"
    programs.write_text(
        "def any_name(I):\n    return vmirror(I)\n\ndef near(I):\n    return hmirror(hmirror(I))\n"
    )
    out = tmp_path / "out"
    search("--ids", IDS, "--evaluations", 1, "--programs", programs, "--out", out, "--workers", 1, "-q")
    lines = [json.loads(line) for line in (out / "state.jsonl").read_text().splitlines()][1:]
    mixing = {p["task"]: p for p in lines if p["stage"] == "mixing"}
    assert set(mixing) == set(IDS.split(",")) and len({p["tried"] for p in mixing.values()}) == 1
    assert next(iter(mixing.values()))["tried"] > 2  # near misses as well
    assert [t for t, p in mixing.items() if p["found"]] == ["67a3c6ac"]
    assert sum(p["tried"] for p in lines if p["stage"] == "mutation") > 0
    solvers = json.loads((out / "summary.json").read_text())["search"]["solved_by"]
    assert solvers["mixing"] == 1
    done = search("--ids", IDS, "--evaluations", 1, "--out", out, check=2)
    assert "differs in programs" in done.stderr
