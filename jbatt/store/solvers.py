"""Programs that solve tasks, kept in one sqlite file across runs.

A row is one program body on one task. Its demo scores are why it is there; its test scores are kept for reporting and
nothing selects by them. Several processes may add at once.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_data_path

from jbatt.errors import JbattError

VERSION = 1
WAIT_SECONDS = 30.0
"""How long a writer waits for another one."""

_TABLE = """
CREATE TABLE solvers (
    task TEXT NOT NULL,         -- id
    body TEXT NOT NULL,         -- digest of the expression
    data TEXT NOT NULL,         -- the data set that the task was taken from, as the user named it
    source TEXT NOT NULL,       -- the program in canonical form
    calls INTEGER NOT NULL,     -- its size: how many different calls it makes
    demos TEXT NOT NULL,        -- scores 0 to 1000 of the demo pairs, a JSON list
    tests TEXT NOT NULL,        -- those of the test pairs, null where the output is not known
    found TEXT NOT NULL,        -- how: "run", "mutation", "enumeration"
    parent TEXT,                -- name, or of a search the body, of the program it was made from
    added TEXT NOT NULL,        -- UTC
    PRIMARY KEY (task, body)
)
"""
_COLUMNS = "task, body, data, source, calls, demos, tests, found, parent, added"


@dataclass(frozen=True)
class Solver:
    """A program that solves the demo pairs of a task; the fields are the table's columns."""

    task: str
    body: str
    data: str
    source: str
    calls: int
    demos: tuple[int | None, ...]
    tests: tuple[int | None, ...]
    found: str
    parent: str | None = None
    added: str = ""

    @property
    def solves_tests(self) -> bool | None:
        """Whether all test pairs are right; None where some output is not known."""
        return None if None in self.tests else all(s == 1000 for s in self.tests)


def default_path() -> Path:
    """`$JBATT_SOLVERS`, else `solvers.db` in the user's data folder for jbatt."""
    chosen = os.environ.get("JBATT_SOLVERS")
    return Path(chosen) if chosen else user_data_path("jbatt", appauthor=False) / "solvers.db"


class SolverStore:
    """Opens, and makes if need be, a store. Raises JbattError where that fails or the file is something else."""

    def __init__(self, path: Path | None = None, create: bool = True):
        self.path = path or default_path()
        try:
            if create:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            elif not self.path.is_file():
                raise JbattError(
                    f"{self.path}: there is no store of solvers; `jbatt run --solvers {self.path}` makes one"
                )
            self._db = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
            self._prepare()
        except OSError as e:
            raise JbattError(f"{self.path}: cannot be opened: {e.strerror}") from None
        except (sqlite3.Error, UnicodeDecodeError) as e:
            raise JbattError(
                f"{self.path}: not a store of solvers: {e}; name another file, jbatt run --solvers FILE makes one"
            ) from None

    def _prepare(self) -> None:
        with self._writing():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if version == 0 and tables == 0:
                self._db.execute(_TABLE)
                self._db.execute(f"PRAGMA user_version = {VERSION}")
                version = VERSION
        if version != VERSION:
            raise JbattError(
                f"{self.path}: a store of version {version}, expected {VERSION}: it is another program's file or another jbatt's"
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction that no other writer is part of."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """As `_writing`, for users: raises JbattError."""
        try:
            with self._writing():
                yield
        except (sqlite3.Error, UnicodeDecodeError) as e:
            raise JbattError(f"{self.path}: solvers cannot be written: {e}") from None

    def add(self, solvers: Iterable[Solver]) -> int:
        """Keep solvers, all or none; how many are new. One that is known stays as it is. Raises JbattError where the disk does."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = [
            (s.task, s.body, s.data, s.source, s.calls, json.dumps(s.demos), json.dumps(s.tests), s.found, s.parent,
             s.added or now)
            for s in solvers
        ]  # fmt: skip
        places = ", ".join("?" * 10)
        with self._changing():
            before = self._db.total_changes
            self._db.executemany(
                f"INSERT INTO solvers ({_COLUMNS}) VALUES ({places}) ON CONFLICT (task, body) DO NOTHING",
                rows,
            )
            return self._db.total_changes - before

    def select(self, tasks: Iterable[str] | None = None, best: bool = False) -> list[Solver]:
        """Solvers by task, the smallest first; with `best`, the smallest of each task alone."""
        wanted = None if tasks is None else set(tasks)
        query = f"SELECT {_COLUMNS} FROM solvers ORDER BY task, calls, length(source), body"
        try:
            rows = self._db.execute(query).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as e:
            raise self._damaged(str(e)) from None
        found: list[Solver] = []
        for row in rows:
            if wanted is not None and row[0] not in wanted:
                continue
            if best and found and found[-1].task == row[0]:
                continue
            found.append(self._solver(row))
        return found

    def _solver(self, row: tuple) -> Solver:
        task, body, data, source, calls, demos, tests, found, parent, added = row
        texts = (task, body, data, source, found, added)
        if not all(isinstance(t, str) for t in texts) or not isinstance(calls, int) or "\n" not in source:
            raise self._damaged(f"the row of task {task!a}, body {body!a}")
        try:
            right, unseen = tuple(json.loads(demos)), tuple(json.loads(tests))
        except (TypeError, ValueError, RecursionError):
            raise self._damaged(f"the scores of task {task!a}, body {body!a}") from None
        return Solver(task, body, data, source, calls, right, unseen, found, parent, added)

    def _damaged(self, what: str) -> JbattError:
        return JbattError(
            f"{self.path}: the store is damaged: {what}; move it away, or restore it from a copy"
        )

    def update(self, solver: Solver, demos: list[int | None], tests: list[int | None]) -> None:
        """Put new scores in place of those of a solver. Raises JbattError where the disk does."""
        with self._changing():
            self._db.execute(
                "UPDATE solvers SET demos = ?, tests = ? WHERE task = ? AND body = ?",
                (json.dumps(demos), json.dumps(tests), solver.task, solver.body),
            )

    def remove(self, solvers: Iterable[Solver]) -> None:
        """Forget solvers. Raises JbattError where the disk does."""
        with self._changing():
            self._db.executemany(
                "DELETE FROM solvers WHERE task = ? AND body = ?", [(s.task, s.body) for s in solvers]
            )

    def close(self) -> None:
        self._db.close()


def to_file(solvers: list[Solver]) -> str:
    """The text of an ARC-DSL file: `solve_<task>` for the first solver of a task, `solve_<task>__2`... for the others."""
    seen: dict[str, int] = {}
    texts = []
    for s in solvers:
        seen[s.task] = seen.get(s.task, 0) + 1
        name = f"solve_{s.task}" + (f"__{seen[s.task]}" if seen[s.task] > 1 else "")
        texts.append(f"def {name}(I):\n" + s.source.split("\n", 1)[1])
    return "\n\n".join(texts)
