"""What may happen to the files of answers and of history: results stay what they are, and someone is told."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import jbatt
from jbatt.engine.outcome import OK_, Outcome
from jbatt.store.answer_rows import FILE
from jbatt.store.answers import AnswerStore
from jbatt.store.history import History
from jbatt.tasks import Task
from jbatt.tasks.task import Pair

IDS = ["67a3c6ac", "68b16354"]
SOURCE = "".join(
    f"def solve_{t}__{n}(I):\n    return {b}\n"
    for t in IDS
    for n, b in {
        "right": "vmirror(I)", "wrong": "hmirror(I)", "raises": "replace(I, ZERO, divide(ONE, ZERO))", "type": "height(I)",
    }.items()
)  # fmt: skip
PASSES = ["solver-body-cache", "validation-cache", "batch-validation"]


@pytest.fixture(scope="module")
def tasks():
    return jbatt.load_tasks("arc-agi-1/training").select(ids=IDS)


@pytest.fixture(scope="module")
def expected(tasks):
    return jbatt.validate(SOURCE, tasks, passes=["solver-body-cache", "batch-validation"]).results


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of its own, with the kernels of the other tests."""
    kernels = Path(os.environ["JBATT_CACHE_DIR"]) / "executables"
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    (folder / "executables").symlink_to(kernels)
    monkeypatch.setenv("JBATT_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def filled(cache, tasks, expected):
    """The same, with all answers."""
    assert validate(tasks).results == expected
    assert validate(tasks).counts["evaluations"] == 0
    return cache / FILE


def validate(tasks):
    return jbatt.validate(SOURCE, tasks, passes=PASSES)


def healed(tasks, expected) -> None:
    """After a fault the next run keeps its answers again."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert validate(tasks).counts["evaluations"] == 0


@pytest.mark.parametrize("size", [0, 1, 50, 100, 5_000, -4096, -1])
def test_truncated(filled, tasks, expected, size):
    content = filled.read_bytes()
    filled.write_bytes(content[:size])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert validate(tasks).results == expected
    assert size in (0, 1) or told, "to sqlite this is a new file; anything else is told"
    healed(tasks, expected)


@pytest.mark.parametrize("content", [b"\0" * 20_000, b"no data base at all\n" * 1000])
def test_something_else(filled, tasks, expected, content):
    filled.write_bytes(content)
    with pytest.warns(UserWarning, match=r"is damaged .*set aside as answers.sqlite.damaged-"):
        assert validate(tasks).results == expected
    assert len(list(filled.parent.glob("*.damaged-*"))) == 1
    healed(tasks, expected)


@pytest.mark.parametrize("seed", range(12))
def test_bits_flipped(filled, tasks, expected, seed):
    draw = random.Random(seed)
    content = bytearray(filled.read_bytes())
    used = [k for k, byte in enumerate(content) if byte]
    for _ in range(1 << (seed % 6)):
        content[draw.choice(used)] ^= 1 << draw.randrange(8)
    filled.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert validate(tasks).results == expected
        assert validate(tasks).results == expected


@pytest.mark.parametrize(
    "change", ["answer + 1", "answer ^ 0x400", "0", "-1", "answer | (1 << 62)", "'x'", "NULL"]
)
def test_rows_changed(filled, tasks, expected, change):
    change = change.replace("answer ^ 0x400", "(answer | 0x400) - (answer & 0x400)")
    with sqlite3.connect(filled) as db:
        db.execute("CREATE TABLE changed AS SELECT pair, body, answer, reason FROM answers")
        db.execute("DROP TABLE answers")
        # Without constraints: what a flipped bit does, no INSERT would.
        db.execute(
            "CREATE TABLE answers (pair INTEGER, body BLOB, answer, reason TEXT, PRIMARY KEY (pair, body))"
        )
        db.execute(f"INSERT INTO answers SELECT pair, body, {change}, reason FROM changed")
    with pytest.warns(UserWarning, match="damaged rows are evaluated again"):
        assert validate(tasks).results == expected
    healed(tasks, expected)


def test_reasons_changed(filled, tasks, expected):
    with sqlite3.connect(filled) as db:
        db.execute("UPDATE answers SET reason = 'because' WHERE reason != ''")
    with pytest.warns(UserWarning, match="damaged rows are evaluated again"):
        assert validate(tasks).results == expected


def test_no_folder_can_be_made(tasks, expected, cache):
    (cache / FILE).mkdir()
    with pytest.warns(UserWarning, match="validation results are not kept"):
        assert validate(tasks).results == expected


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only(filled, tasks, expected):
    filled.parent.chmod(0o500)
    filled.chmod(0o400)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert validate(tasks).results == expected
    finally:
        filled.parent.chmod(0o700)


def refusing(pragma: str, monkeypatch) -> None:
    """Has sqlite refuse to write, with the error that a disk would make it give."""
    connected = sqlite3.connect

    def connect(*args, **more):
        made = connected(*args, **more)
        if args[0] != ":memory:":
            made.execute(pragma)
        return made

    monkeypatch.setattr("jbatt.store.database.sqlite3.connect", connect)


def test_a_file_that_cannot_be_written(cache, tasks, expected, monkeypatch):
    AnswerStore(cache).close()  # the tables are there: what fails is adding answers
    refusing("PRAGMA query_only=ON", monkeypatch)
    with pytest.warns(UserWarning, match="validation results are not kept.*readonly"):
        assert validate(tasks).results == expected


def test_a_disk_that_is_full(tmp_path, monkeypatch):
    refusing("PRAGMA max_page_count=20", monkeypatch)
    store = AnswerStore(tmp_path)
    with pytest.warns(UserWarning, match="validation results are not kept.*is full"):
        for k in range(ROUNDS):
            add(store, k)
    bodies, outcome = answers(ROUNDS - 1)  # from then on in memory
    assert np.array_equal(store.find(TASK, bodies, np.ones((BODIES, 1), bool), 1.0).score, outcome.score)
    store.close()
    monkeypatch.undo()
    assert known(tmp_path) == set(range(len(known(tmp_path)))) != set()


def test_a_history_that_is_damaged_or_full_is_no_failure(tmp_path, monkeypatch):
    history = History(tmp_path)
    history.add("2026-01-01", "runs/1", {})
    history.close()
    (tmp_path / "history.sqlite").write_bytes(b"x" * 9000)
    with pytest.warns(UserWarning, match="records of runs.*set aside"):
        assert History(tmp_path).runs() == []
    refusing("PRAGMA max_page_count=3", monkeypatch)
    with pytest.warns(UserWarning, match="is full"):
        assert History(tmp_path).add("2026-01-01", "runs/1", {"x": "y" * 100_000}) is None


# Processes --------------------------------------------------------------------------------------------------------

WRITER = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_sqlite import ROUNDS, add
from jbatt.store.answers import AnswerStore
if len(sys.argv) > 4:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
store = AnswerStore(Path(sys.argv[2]))
for k in range(int(sys.argv[3]), ROUNDS):
    add(store, k)
    print(k, flush=True)
"""
ROUNDS, BODIES = 60, 300
A = np.zeros((2, 2), np.int8)
TASK = Task("t", (Pair(A, A),), ())


def answers(k: int) -> tuple[list[bytes], Outcome]:
    bodies = [(k * BODIES + n).to_bytes(16, "big") for n in range(BODIES)]
    outcome = Outcome.empty(BODIES, 1)
    outcome.code[:], outcome.score[:, 0] = OK_, (np.arange(BODIES) + k) % 1001
    return bodies, outcome


def add(store: AnswerStore, k: int) -> None:
    bodies, outcome = answers(k)
    store.add(TASK, bodies, np.ones((BODIES, 1), bool), outcome, 1.0)


def writer(folder: Path, first: int = 0, *more: str) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(folder), str(first), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def known(folder: Path) -> set[int]:
    """The rounds that are there, whole; fails where an answer is wrong or a round is there in part."""
    store = AnswerStore(folder)
    found = set()
    for k in range(ROUNDS):
        bodies, outcome = answers(k)
        there = store.find(TASK, bodies, np.ones((BODIES, 1), bool), 1.0)
        assert (there.code == there.code[0]).all(), "a transaction is whole or not at all"
        if there.code[0, 0]:
            assert np.array_equal(there.score, outcome.score)
            found.add(k)
    store.close()
    return found


@pytest.mark.parametrize("after", [0, 7, 23])
def test_killed_while_it_writes(tmp_path, after):
    process = writer(tmp_path)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(after + 1)]
    os.kill(process.pid, signal.SIGKILL)
    said += map(int, process.communicate()[0].split())
    assert process.returncode == -signal.SIGKILL
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert known(tmp_path) >= set(said)
        second = writer(tmp_path)
        assert second.wait(timeout=120) == 0, second.communicate()[1]
        assert known(tmp_path) == set(range(ROUNDS))


def test_several_processes_at_once(tmp_path):
    processes = [writer(tmp_path, first) for first in (0, 0, 20)]
    for process in processes:
        _, errors = process.communicate(timeout=240)
        assert process.returncode == 0 and "Warning" not in errors, errors
    assert known(tmp_path) == set(range(ROUNDS))


def test_no_more_room_for_the_file(tmp_path):
    process = writer(tmp_path, 0, str(200_000))
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "validation results are not kept" in errors and len(said.split()) == ROUNDS
    assert len(known(tmp_path)) < ROUNDS


def test_two_runs_at_once(cache, tasks, expected):
    code = "import sys; sys.path.insert(0, sys.argv[1]); import test_sqlite as t, jbatt; " \
        "r = t.validate(jbatt.load_tasks('arc-agi-1/training').select(ids=t.IDS)); print(r.digest)"  # fmt: skip
    command = [sys.executable, "-W", "error", "-c", code, str(Path(__file__).parent)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    digests = {p.communicate(timeout=300)[0].strip() for p in processes}
    from jbatt.run.results import results_digest

    assert digests == {results_digest(expected)}
    healed(tasks, expected)
