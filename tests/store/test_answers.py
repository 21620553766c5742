"""Answers come back as they were given, and only where everything that they depend on is the same."""

import dataclasses
import shutil
import sqlite3
import time

import numpy as np
import pytest

from jbatt.engine.outcome import CODES, OK_, TIMEOUT_, Outcome
from jbatt.store import code
from jbatt.store.answers import AnswerStore
from jbatt.store.history import History
from jbatt.tasks import Task
from jbatt.tasks.task import Pair

A, B = np.zeros((2, 2), np.int8), np.ones((2, 3), np.int8)
TASK = Task("t", (Pair(A, A), Pair(A, B)), (Pair(B, A), Pair(B, None)))
BODIES = [bytes([k]) * 16 for k in range(40)]
EVERY = np.ones((len(BODIES), 4), bool)


def made(seed: int = 0) -> Outcome:
    """An outcome of every kind: each code, each range of scores, some reasons."""
    draw = np.random.default_rng(seed)
    outcome = Outcome.empty(len(BODIES), 4)
    outcome.code[:] = draw.integers(0, len(CODES), outcome.code.shape)
    outcome.score[:] = draw.integers(-1, 1001, outcome.score.shape)
    for body in range(0, len(BODIES), 3):
        for c in range(1, len(CODES)):
            outcome.reasons[body, c] = f"why {body} is {c}: élan"
    return outcome


def same(found: Outcome, given: Outcome, wanted: np.ndarray) -> None:
    """`found` is what of `given` was asked for and is kept."""
    kept = wanted & (given.code != 0) & (given.code != TIMEOUT_)
    assert np.array_equal(found.code, np.where(kept, given.code, 0))
    assert np.array_equal(found.score[kept], given.score[kept])
    codes = {(b, c) for b, p in np.argwhere(kept) for c in [given.code[b, p]]}
    assert found.reasons == {k: v for k, v in given.reasons.items() if k in codes}


@pytest.mark.parametrize("folder", [True, False])
def test_what_is_added_is_found(tmp_path, folder):
    store = AnswerStore(tmp_path if folder else None)
    given = made()
    store.add(TASK, BODIES, EVERY, given, 10.0)
    some = np.random.default_rng(1).random(EVERY.shape) < 0.3
    for wanted in (EVERY, some, ~EVERY):
        same(store.find(TASK, BODIES, wanted, 10.0), given, wanted)
    store.close()
    if folder:
        again = AnswerStore(tmp_path)
        order = list(range(len(BODIES)))[::-1]
        found = again.find(TASK, [BODIES[k] for k in order], EVERY, 10.0)
        same(Outcome(found.code[::-1], found.score[::-1], {}), dataclasses.replace(given, reasons={}), EVERY)


def test_only_what_is_fresh_is_added(tmp_path):
    store, given = AnswerStore(tmp_path), made()
    fresh = np.zeros_like(EVERY)
    fresh[::2, 1] = True
    store.add(TASK, BODIES, fresh, given, 10.0)
    same(store.find(TASK, BODIES, EVERY, 10.0), given, fresh)


def test_a_pair_is_known_in_any_task(tmp_path):
    store, given = AnswerStore(tmp_path), made()
    store.add(TASK, BODIES, EVERY, given, 10.0)
    other = Task("u", (Pair(A.copy(), B.copy()),), ())
    found = store.find(other, BODIES, EVERY[:, :1], 10.0)
    assert np.array_equal(found.code[:, 0], np.where(given.code[:, 1] == TIMEOUT_, 0, given.code[:, 1]))


# Each ingredient of the key -----------------------------------------------------------------------------------------


@pytest.fixture
def filled(tmp_path):
    outcome = Outcome.empty(1, 1)
    outcome.code[:], outcome.score[:] = OK_, 7
    store = AnswerStore(tmp_path)
    store.add(Task("t", (Pair(A, A),), ()), BODIES[:1], EVERY[:1, :1], outcome, 10.0)
    store.close()
    return tmp_path


def finds(folder, given=A, expected=A, body=BODIES[0], timeout=10.0, unknown=False) -> bool:
    demos, tests = ((), (Pair(given, None),)) if unknown else ((Pair(given, expected),), ())
    store = AnswerStore(folder)
    found = store.find(Task("t", demos, tests), [body], np.ones((1, 1), bool), timeout)
    store.close()
    return bool(found.code[0, 0])


def test_all_the_same_is_found(filled):
    assert finds(filled)


@pytest.mark.parametrize(
    "change",
    [
        {"given": B},
        {"given": A.reshape(1, 4)},
        {"expected": B},
        {"expected": A.reshape(4, 1)},
        {"unknown": True},
        {"body": BODIES[1]},
        {"timeout": 9.0},
    ],
    ids=str,
)
def test_anything_else_is_not(filled, change):
    assert not finds(filled, **change)


def test_other_memory_is_not(filled, monkeypatch):
    monkeypatch.setattr("jbatt.store.answers.MEMORY", 1 << 20)
    assert not finds(filled)


def test_other_code_is_not(filled, monkeypatch):
    monkeypatch.setattr("jbatt.store.answers.answers_version", lambda: b"x" * 16)
    assert not finds(filled)


def test_the_version_covers_what_computes_answers():
    names = {
        str(path.relative_to(path.parents[2])) for path in code.sources() if path.parents[1].name == "jbatt"
    }
    assert {
        "jbatt/engine/evaluator.py",
        "jbatt/dsl/lines.py",
        "jbatt/program/infer.py",
        "jbatt/run/score.py",
    } <= names
    assert "jbatt/values/window.py" in names
    assert any(path.parent.name == "machine" for path in code.sources())
    assert not any(name.startswith("jbatt/store") for name in names)


def test_the_version_changes_with_a_source_and_with_jax(tmp_path, monkeypatch):
    version = code.answers_version.__wrapped__
    before = version()
    copies = []
    for number, path in enumerate(code.sources()):
        copies.append(tmp_path / f"{number:03}" / path.name)
        copies[-1].parent.mkdir()
        shutil.copy(path, copies[-1])
    monkeypatch.setattr(code, "sources", lambda: copies)
    monkeypatch.setattr(code, "__file__", str(tmp_path / "x" / "code.py"))
    copied = version()
    copies[5].write_text(copies[5].read_text() + "\n")
    changed = version()
    monkeypatch.setattr(code, "version", lambda name: "0")
    assert len({before, copied, changed, version()}) == 4


def test_what_is_too_large_loses_other_versions(filled, monkeypatch):
    monkeypatch.setattr("jbatt.store.answers.LIMIT", 0)
    assert finds(filled)
    with monkeypatch.context() as other:
        other.setattr("jbatt.store.answers.answers_version", lambda: b"x" * 16)
        assert not finds(filled)
    assert not finds(filled)


def test_13000_bodies_take_moments(tmp_path):
    bodies = [k.to_bytes(16, "little") for k in range(13_000)]
    outcome = Outcome.empty(len(bodies), 4)
    outcome.code[:] = OK_
    every = np.ones(outcome.code.shape, bool)
    store = AnswerStore(tmp_path)
    start = time.process_time()
    store.add(TASK, bodies, every, outcome, 10.0)
    assert (store.find(TASK, bodies, every, 10.0).code == OK_).all()
    assert time.process_time() - start < 5


# History ----------------------------------------------------------------------------------------------------------


def test_history(tmp_path):
    history = History(tmp_path)
    numbers = [history.add(f"2026-01-0{k}", f"runs/{k}", {"k": k}) for k in range(1, 4)]
    assert numbers == [1, 2, 3]
    history.add_gain("2026-01-01", "early-exit", 12.5, "32 tasks")
    history.add_gain("2026-01-02", "early-exit", -1.5, "100 tasks")
    history.close()
    again = History(tmp_path)
    assert [r.summary["k"] for r in again.runs(2)] == [2, 3]
    assert again.run(1).folder == "runs/1" and again.run(9) is None
    assert again.gains()["early-exit"].percent == -1.5
    assert History(None).runs() == []


# As `jbatt cache` sees them ---------------------------------------------------------------------------------------


def test_status_verify_and_clear(filled):
    from jbatt.cache import answers

    assert answers.status(filled).entries == 1 and answers.status(filled).bytes > 0
    assert answers.verify(filled) == []
    with sqlite3.connect(filled / "answers.sqlite") as db:
        db.execute("UPDATE answers SET answer = answer + 1")
    assert "1 answers differ" in answers.verify(filled)[0].reason
    assert answers.verify(filled, drop=True) and answers.verify(filled) == []
    assert answers.status(filled).entries == 0
    (filled / "answers.sqlite").write_bytes(b"x" * 5000)
    assert "not readable" in answers.status(filled).notes[0]
    assert answers.verify(filled)
    assert answers.clear(filled) > 0
    assert answers.status(filled).bytes == 0 and answers.verify(filled) == []


def test_the_rows_hold_every_code_and_score():
    from jbatt.engine.scores import FULL, UNKNOWN
    from jbatt.store.answer_rows import LARGEST_SCORE, LAST_CODE, is_sound, packed, unpacked

    assert LAST_CODE == TIMEOUT_ - 1 and LARGEST_SCORE == FULL
    for c in range(1, LAST_CODE + 1):
        for score in (UNKNOWN, 0, FULL):
            row = packed(7, b"body", c << 10 | (score + 1), "why")
            assert unpacked(row) == (c, score) and is_sound(7, b"body", row, "why")
            assert not is_sound(7, b"bodi", row, "why") and not is_sound(8, b"body", row, "why")
