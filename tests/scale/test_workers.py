"""Real workers, one of them killed half-way: the results are those of one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import jbatt
from jbatt.run.match import match
from jbatt.run.passes import make
from jbatt.run.settings import Settings
from jbatt.run.validate import Validation
from jbatt.run.validate import validate as local
from jbatt.scale import shards
from jbatt.scale.place import place
from jbatt.scale.pool import READY
from jbatt.scale.stream import Job, pool, stream
from jbatt.store.executables import ExecutableStore

TASKS = ["67a3c6ac", "68b16354", "74dd1130", "3c9b0459", "6150a2bd", "9dfd6313", "ed36ccf7", "a416b8f3"]
SOURCE = """
def solve_a(I):
    return vmirror(I)

def solve_b(I):
    return hmirror(I)

def solve_c(I):
    return dmirror(I)

def solve_d(I):
    return rot180(I)

def solve_e(I):
    return hmirror(vmirror(hmirror(I)))

def solve_f(I):
    return fill(I, ONE, initset(ORIGIN), TWO)

def solve_g(I):
    return rot90(ONE)

def solve_h(I):
    return I.shape
"""
PASSES = ["solver-body-cache", "early-exit", "operation-cache", "batch-validation"]


@pytest.mark.parametrize("on", ["processes", "ray"])
def test_a_worker_is_killed_half_way(on, monkeypatch):
    if on == "ray":
        pytest.importorskip("ray", reason="Ray is not installed: pip install 'jbatt[ray]'")
    monkeypatch.setattr(shards, "SIZES", (16, 16))
    programs, tasks = jbatt.read_source(SOURCE), jbatt.load_tasks("arc-agi-1/training").select(ids=TASKS)
    settings, store = Settings(PASSES), ExecutableStore()
    expected = local(programs, tasks, match="all", passes=make(settings), store=store)
    assert len(expected.solved_tasks) >= 5

    where = place(on, 2)
    team = pool(where, Job(10.0, False, settings, store.folder.parent))
    wait, send, pids, killed = team.wait, team.send, {}, []

    def watched():
        """Both workers are there before the first shard is sent: one alone could be done with all of them first."""
        events = []
        while not events or len(pids) < 2:
            events += wait()
            pids.update({worker: content.pid for worker, kind, content in events if kind == READY})
        return events

    def struck(worker, shard):
        """The second worker is killed when it gets its first shard, before it can do anything with it."""
        strike = len(pids) == 2 and not killed
        if strike:
            killed.append(worker)
            os.kill(pids[worker], signal.SIGSTOP)
        send(worker, shard)
        if strike:
            os.kill(pids[worker], signal.SIGKILL)

    team.wait, team.send = watched, struck
    run = Validation()
    batches = list(stream(run, programs, match(programs, tasks, "all"), where, team, make(settings)))
    run.results = [r for batch in batches for r in batch]
    assert len(killed) == 1 and os.getpid() not in pids.values() and len(pids) >= 2
    assert (run.scale["died"], run.scale["retried"], run.scale["given_up"]) == (1, 1, 0)
    assert len(run.results) == len(expected.results) == len(TASKS) * 8
    assert run.digest == expected.digest
    assert run.kernels["compiled"] == 0 < run.kernels["loaded"]  # what the local run left on disk
    for name in ("candidates", "pairs", "solved_tasks", "unique_bodies", "tasks", "programs"):
        assert run.counts[name] == expected.counts[name], name
    for batch in batches:  # whole tasks
        assert len(batch) % 8 == 0


@pytest.mark.parametrize("on", ["processes", "ray"])
def test_workers_that_are_too_large_are_replaced(on, monkeypatch):
    """One byte is too little for any: each worker evaluates one shard."""
    if on == "ray":
        pytest.importorskip("ray", reason="Ray is not installed: pip install 'jbatt[ray]'")
    monkeypatch.setattr(shards, "SIZES", (1, 1 << 20))
    monkeypatch.setattr(shards, "PER_WORKER", 2)
    programs, tasks = jbatt.read_source(SOURCE), jbatt.load_tasks("arc-agi-1/training").select(ids=TASKS[:2])
    settings, store = Settings(PASSES), ExecutableStore()
    expected = local(programs, tasks, match="all", passes=make(settings), store=store)
    where, run = place(on, 1), Validation()
    team = pool(where, Job(10.0, False, settings, store.folder.parent, memory=1))
    for new in stream(run, programs, match(programs, tasks, "all"), where, team, make(settings)):
        run.results += new
    assert run.digest == expected.digest
    assert run.scale["replaced"] == run.scale["shards"] - 1 >= 1 and not run.scale["died"]


@pytest.mark.parametrize("more", [[], ["--on", "processes"]])
def test_a_wrong_worker_memory(more, tmp_path):
    amount = "0" if more else "2"
    command = [Path(sys.executable).parent / "jbatt", "run", "--worker-memory", amount, *more]
    done = subprocess.run([*command, "--out", tmp_path / "out"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "--worker-memory is" in done.stderr and "Traceback" not in done.stderr


def test_the_command_without_ray(tmp_path):
    """The error says what to install, and nothing is left behind."""
    code = (
        "import sys; sys.modules['ray'] = None; from jbatt_cli.cli import app; "
        f"sys.argv = ['jbatt', 'run', '--on', 'ray', '--out', {str(tmp_path / 'out')!r}]; app()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "pip install 'jbatt[ray]'" in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "out").exists()


def test_the_command_on_processes(tmp_path):
    programs = tmp_path / "some.py"
    programs.write_text(SOURCE)
    base = [sys.executable, "-m", "jbatt_cli.cli", "run", "--programs", str(programs), "--match", "all"]
    base += ["--ids", ",".join(TASKS[:3])]
    found = {}
    for name, more in {"one": [], "two": ["--on", "processes", "--workers", "2"]}.items():
        done = subprocess.run(
            [*base, *more, "--out", str(tmp_path / name)], capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr
        found[name] = sorted(Path(tmp_path / name / "results.jsonl").read_text().splitlines())
    assert found["one"] == found["two"] and len(found["one"]) == 24
    assert "(processes), 1 shards" in done.stdout
