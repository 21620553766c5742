"""Answers that were given before: what a body gives on a pair, kept in sqlite between runs.

An answer's key is what it depends on: the body, the pair's grids, the limits, and jbatt's code. So an entry is never out of
date, and any number of processes may add to the same file. Each row has a checksum: one that was changed on disk is
evaluated again. Answers that depend on time (`timeout`) are not kept.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from jbatt.engine.engines import MEMORY
from jbatt.engine.outcome import NONE_, TIMEOUT_, Outcome
from jbatt.store.answer_rows import FILE, is_sound, packed, unpacked
from jbatt.store.code import answers_version
from jbatt.store.database import Database
from jbatt.tasks import Task

LIMIT = 2 << 30
"""Bytes of the file from which on answers of other versions of the code are dropped."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS pairs (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, version BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    pair INTEGER NOT NULL, body BLOB NOT NULL, answer INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (pair, body)
) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS wanted (row INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""
_FIND = "SELECT row, answer, reason FROM wanted CROSS JOIN answers USING (body) WHERE pair = ?"
Found = list[tuple[int, bytes, list[tuple[int, int, str]]]]


class AnswerStore:
    """The answers in a folder; in memory where it is None or cannot be used."""

    def __init__(self, folder: Path | None):
        self._database = Database(folder and folder / FILE, SCHEMA, "validation results")
        self._version = answers_version()
        self._keys: dict[tuple[int, float], bytes] = {}
        self._pairs: list[Any] = []
        self._damaged = 0
        self._trim()

    def find(self, task: Task, bodies: Sequence[bytes], wanted: np.ndarray, timeout: float) -> Outcome:
        """What is known of bool[bodies, pairs] `wanted`; code 0 where nothing is."""
        found = Outcome.empty(*wanted.shape)
        keys = self._task_keys(task, timeout)
        rows = np.flatnonzero(wanted.any(axis=1)).tolist()

        def look(db: sqlite3.Connection) -> Found:
            db.execute("DELETE FROM wanted")
            db.executemany("INSERT INTO wanted VALUES (?, ?)", [(k, bodies[k]) for k in rows])
            out: Found = []
            for pair, key in enumerate(keys):
                if wanted[:, pair].any():
                    known = db.execute("SELECT id FROM pairs WHERE key = ?", (key,)).fetchone()
                    if known:
                        out.append((pair, key, db.execute(_FIND, known).fetchall()))
            return out

        nothing: Found = []
        for pair, key, answers in self._database.look(look, nothing):
            start = crc32(key)
            for row, answer, reason in answers:
                if not is_sound(start, bodies[row], answer, reason):
                    self._drop(key, bodies[row])
                elif wanted[row, pair]:
                    code, score = unpacked(answer)
                    found.code[row, pair], found.score[row, pair] = code, score
                    if reason:
                        found.reasons[row, code] = reason
        return found

    def add(
        self, task: Task, bodies: Sequence[bytes], fresh: np.ndarray, outcome: Outcome, timeout: float
    ) -> None:
        """Keep the answers that bool[bodies, pairs] `fresh` says."""
        keep = fresh & (outcome.code != NONE_) & (outcome.code != TIMEOUT_)
        if not keep.any():
            return
        keys = self._task_keys(task, timeout)
        numbers = outcome.code.astype(np.int64) << 10 | (outcome.score + 1)
        reasons = outcome.reasons
        rows = []
        for pair in np.flatnonzero(keep.any(axis=0)).tolist():
            start = crc32(keys[pair])
            mine = np.flatnonzero(keep[:, pair])
            made = []
            for row, low in zip(mine.tolist(), numbers[mine, pair].tolist(), strict=True):
                reason = reasons.get((row, low >> 10), "")
                made.append((bodies[row], packed(start, bodies[row], low, reason), reason))
            rows.append((keys[pair], made))

        def write(db: sqlite3.Connection) -> None:
            for key, made in rows:
                db.execute("INSERT OR IGNORE INTO pairs (key, version) VALUES (?, ?)", (key, self._version))
                (pair,) = db.execute("SELECT id FROM pairs WHERE key = ?", (key,)).fetchone()
                db.executemany(f"INSERT OR IGNORE INTO answers VALUES ({pair}, ?, ?, ?)", made)

        self._database.do(write, None)

    def _task_keys(self, task: Task, timeout: float) -> list[bytes]:
        return [self._key(pair, timeout) for pair in (*task.demos, *task.tests)]

    def _key(self, pair, timeout: float) -> bytes:
        found = self._keys.get((id(pair), timeout))
        if found is None:
            digest = blake2b(self._version, digest_size=16, person=b"jbatt answer 1")
            digest.update(f"{timeout} {MEMORY}\0".encode())
            for grid in (pair.input, pair.output):
                digest.update(b"?" if grid is None else f"{grid.shape}\0".encode() + grid.tobytes())
            found = self._keys[id(pair), timeout] = digest.digest()
            self._pairs.append(pair)  # so that its id stays its own
        return found

    def _drop(self, key: bytes, body: bytes) -> None:
        self._damaged += 1
        if self._damaged == 1:
            warnings.warn("validation results: damaged rows are evaluated again", stacklevel=4)
        delete = "DELETE FROM answers WHERE pair = (SELECT id FROM pairs WHERE key = ?) AND body = ?"
        self._database.do(lambda db: db.execute(delete, (key, body)), None)

    def _trim(self) -> None:
        path = self._database.path
        try:
            if path is None or path.stat().st_size < LIMIT:
                return
        except OSError:
            return

        def drop(db: sqlite3.Connection) -> None:
            others = "SELECT id FROM pairs WHERE version != ?"
            db.execute(f"DELETE FROM answers WHERE pair IN ({others})", (self._version,))
            db.execute("DELETE FROM pairs WHERE version != ?", (self._version,))

        self._database.do(drop, None)

    def close(self) -> None:
        self._database.close()
