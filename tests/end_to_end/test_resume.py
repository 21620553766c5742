"""`jbatt run --resume`: real processes, killed at chosen moments and gone on with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from jbatt_cli.cli import app
from typer.testing import CliRunner

IDS = ["007bbfb7", "0b148d64", "67a3c6ac", "68b16354", "74dd1130"]
PROGRAMS = "".join(
    f"def solve_{id}__{name}(I):\n    return {name}(I)\n\n"
    for id in IDS
    for name in ("vmirror", "hmirror", "dmirror", "rot90", "identity")
)
PROGRAMS += "def solve_67a3c6ac__loop(I):\n    for x in I:\n        pass\n"
AT = """
import os, signal, sys
from jbatt.run import parts, planned
from jbatt.run.output import RunFolder
from jbatt_cli.cli import app

planned.PART_ANSWERS = parts.ENOUGH = 1  # a batch for each task
where, number, which = sys.argv[1], int(sys.argv[2]), getattr(signal, sys.argv[3])
calls = 0
sys.argv[1:] = sys.argv[4:]

def stop():
    os.kill(os.getpid(), which)

write, close = RunFolder.write, RunFolder.close

def stopped_write(self, results):
    global calls
    calls += 1
    if calls != number:
        return write(self, results)
    if where == "before":
        stop()
    if where == "within":
        text = "".join(r.to_json() + "\\n" for r in results).encode()
        self._file.write(text[: len(text) * 2 // 3])
        stop()
    write(self, results)
    if where == "after":
        stop()

def stopped_close(self, summary):
    if where == "close":
        os.replace(self.path / "results.jsonl.part", self.path / "results.jsonl")
        stop()
    close(self, summary)

RunFolder.write, RunFolder.close = stopped_write, stopped_close
app()
"""
"""The command, stopped by a signal around its `number`-th batch or at its end: argv is where, number, signal, then its own."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    base = tmp_path_factory.mktemp("resume")
    (base / "mine.py").write_text(PROGRAMS)
    return base


def run(base, *args: str, stop: str | None = None, code: int = 0, cache: bool = True):
    """The command in a process of its own. stop: "within 2 SIGKILL". Results are not kept between runs."""
    start = ["-m", "jbatt_cli.cli"] if stop is None else ["-c", AT, *stop.split()]
    plain = [
        "-p",
        "solver-body-cache",
        "-p",
        "batch-validation",
    ]  # nothing but the run's folder knows what was done
    command = [sys.executable, *start, "run", *(plain if "--resume" not in args else []), *args]
    done = subprocess.run(command, cwd=base, capture_output=True, text=True, timeout=600)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def whole(base):
    """An uninterrupted run: its summary."""
    return json.loads(run(base, "--programs", "mine.py", "--out", "whole", "--json").stdout)


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_killed_again_and_again(base, whole):
    out = base / "killed"
    run(base, "--programs", "mine.py", "--out", "killed", stop="within 2 SIGKILL", code=-9)
    assert not (out / "results.jsonl").exists() and not (out / "summary.json").exists()
    part = (out / "results.jsonl.part").read_text()
    assert not part.endswith("\n") and part.count("\n") > 5  # the first task is whole, the second is not

    run(base, "--resume", "killed", stop="before 2 SIGKILL", code=-9)
    assert len({r["task"] for r in lines(out / "results.jsonl.part")}) == 2  # and no half line is left

    run(base, "--resume", "killed", stop="after 1 SIGKILL", code=-9)
    assert len({r["task"] for r in lines(out / "results.jsonl.part")}) == 3

    # All results, but no summary.
    run(base, "--resume", "killed", stop="close 0 SIGKILL", code=-9)
    assert len(lines(out / "results.jsonl")) == whole["counts"]["candidates"] == 26

    last = json.loads(run(base, "--resume", "killed", "--json").stdout)
    assert last["resumed"] == {"kept": 26, "dropped": 0}
    assert last["counts"]["evaluations"] == 0
    assert last["finished"] and last["results_digest"] == whole["results_digest"]
    for name in ("tasks", "candidates", "pairs", "pairs_evaluated", "solved_tasks", "unique_bodies"):
        assert last["counts"][name] == whole["counts"][name], name
    assert last["statuses"] == whole["statuses"]
    assert lines(out / "results.jsonl") == lines(base / "whole" / "results.jsonl")
    assert sorted(p.name for p in out.iterdir()) == ["results.jsonl", "run.json", "summary.json"]


def test_killed_from_outside_and_resumed_elsewhere(base, whole, tmp_path):
    """Killed as soon as it has begun; resumed from another folder, with the options that must not be lost."""
    out = base / "outside"
    command = [
        sys.executable,
        "-m",
        "jbatt_cli.cli",
        "run",
        "--programs",
        "mine.py",
        "--out",
        "outside",
        "-q",
    ]
    process = subprocess.Popen([*command, "-p", "batch-validation"], cwd=base)
    deadline = time.monotonic() + 300
    while not (out / "results.jsonl.part").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "results.jsonl").exists()
    done = json.loads(run(tmp_path, "--resume", str(out), "--json").stdout)
    assert done["results_digest"] == whole["results_digest"]
    assert [p["name"] for p in done["passes"]] == ["batch-validation"]


@pytest.mark.parametrize("where", ["before", "after"])
def test_interrupted(base, whole, where):
    """Ctrl-C in the middle of a write: the batch is written, the files are whole, and the user is told how to go on."""
    out = base / f"interrupted-{where}"
    done = run(base, "--programs", "mine.py", "--out", out.name, stop=f"{where} 2 SIGINT", code=130)
    assert f"jbatt run --resume {out.name}" in done.stdout
    assert len({r["task"] for r in lines(out / "results.jsonl")}) == 2
    summary = json.loads((out / "summary.json").read_text())
    assert summary["finished"] is False
    assert sum(summary["statuses"].values()) == len(lines(out / "results.jsonl"))
    again = json.loads(run(base, "--resume", out.name, "--json").stdout)
    assert again["finished"] and again["results_digest"] == whole["results_digest"]
    evaluated = again["counts"]["evaluations"] + summary["counts"]["evaluations"]
    assert evaluated == whole["counts"]["evaluations"]  # nothing twice, nothing left out


# What is refused, in this process: nothing of it reaches the engine ------------------------------------------------


@pytest.fixture
def cut(base, whole, tmp_path, monkeypatch):
    """A run that was killed after some of its results, with its programs."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(base / "mine.py", tmp_path)
    shutil.copytree(base / "whole", tmp_path / "cut")
    (tmp_path / "cut" / "summary.json").unlink()
    record = json.loads((tmp_path / "cut" / "run.json").read_text())
    (tmp_path / "cut" / "run.json").write_text(json.dumps(record | {"folder": str(tmp_path)}))
    path = tmp_path / "cut" / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-300])
    path.rename(path.with_name("results.jsonl.part"))
    return tmp_path / "cut"


def says(*args: str, code: int = 2) -> str:
    done = CliRunner().invoke(app, ["run", *map(str, args)])
    assert done.exit_code == code, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return " ".join(done.output.split())


def test_a_finished_run_is_left_alone(base, whole):
    before = {p.name: p.read_bytes() for p in (base / "whole").iterdir()}
    assert "nothing to resume" in says("--resume", base / "whole", code=0)
    assert {p.name: p.read_bytes() for p in (base / "whole").iterdir()} == before


def test_other_programs_are_refused(cut):
    with open("mine.py", "a") as file:
        file.write("\ndef solve_67a3c6ac__more(I):\n    return I\n")
    assert "programs are not those that the run began with (26 candidates then, 27 now)" in says(
        "--resume", cut
    )


def test_other_options_are_refused(cut):
    said = says("--resume", cut, "--tasks", "arc-agi-2/training")
    assert "--tasks is 'arc-agi-2/training', but the run was begun with 'arc-agi-1/training'" in said
    assert "--timeout is 3.0" in says("--resume", cut, "--timeout", "3")
    assert "--no-plugins" in says("--resume", cut, "--no-plugins")
    assert "leave out --out" in says("--resume", cut, "--out", "elsewhere")


def test_other_code_and_tasks_are_refused(cut):
    record = json.loads((cut / "run.json").read_text())
    (cut / "run.json").write_text(json.dumps(record | {"code": "0" * 32}))
    assert "another version of jbatt or JAX" in says("--resume", cut)
    (cut / "run.json").write_text(json.dumps(record | {"data": "0" * 32}))
    assert "tasks of arc-agi-1/training are not those" in says("--resume", cut)


def test_results_of_something_else_are_refused(cut):
    part = cut / "results.jsonl.part"
    text = part.read_text()
    part.write_text(text.replace("__vmirror", "__other", 1))
    assert "results that this run cannot have made (program solve_" in says("--resume", cut)
    part.write_text(text.replace('"task":"007bbfb7"', '"task":"007bbfb8"', 1))
    assert "cannot have made (task 007bbfb8)" in says("--resume", cut)


@pytest.mark.parametrize("record", ["", "{", "[]", "[" * 100_000, '{"format": 2}', '{"format": 1}', None])
def test_a_folder_without_a_run_is_refused(tmp_path, record):
    if record is not None:
        (tmp_path / "run.json").write_text(record)
    assert "run.json" in says("--resume", tmp_path)
    assert "no such folder" in says("--resume", tmp_path / "nowhere")


def test_a_run_that_is_being_written_is_left_alone(cut):
    """Another process holds it."""
    code = "import sys, pathlib; from jbatt.run.output import locked; lock = locked(pathlib.Path(sys.argv[1])); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(cut)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "1\n"
        assert "another process is writing this run" in says("--resume", cut)
        other.communicate("\n")


def test_a_new_run_does_not_take_the_folder_of_a_killed_one(cut):
    before = (cut / "results.jsonl.part").read_bytes()
    assert f"--resume {cut}" in says("--programs", "mine.py", "--out", cut)
    assert (cut / "results.jsonl.part").read_bytes() == before


def test_a_killed_run_can_be_reported(cut):
    done = CliRunner().invoke(app, ["report", str(cut), "--tasks", "arc-agi-1/training"])
    assert done.exit_code == 0, done.output


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_is_said_and_the_run_can_go_on(cut):
    from jbatt.errors import JbattError
    from jbatt.run.output import RunFolder
    from jbatt.run.results import Result

    folder = RunFolder(cut, resume=True)
    with open("/dev/full", "wb", buffering=0) as full:
        folder._file = full
        with pytest.raises(JbattError, match=r"No space left.*--resume"):
            folder.write([Result("a", "b", "c", 1, None, "failed", [0], [])])
