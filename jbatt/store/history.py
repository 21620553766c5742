"""What each run cost and found, in sqlite, so that progress is a measurement: `jbatt history` and `jbatt compare`.

A run is kept as its summary; figures of `benchmarks/quick_wins.py` as what each pass gained.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jbatt.store.database import Database

FILE = "history.sqlite"
SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, folder TEXT NOT NULL, summary TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS gains (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, pass TEXT NOT NULL, percent REAL NOT NULL, about TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Run:
    """id: its number; time: UTC, as ISO text; folder: where its results were written; summary: as in `summary.json`."""

    id: int
    time: str
    folder: str
    summary: dict[str, Any]


@dataclass(frozen=True)
class Gain:
    """What a pass gained when it was last measured: percent by which it takes longer without the pass, and on what."""

    time: str
    percent: float
    about: str


class History:
    """The history in a folder; in memory, and so empty, where the folder is None or cannot be used."""

    def __init__(self, folder: Path | None):
        self._database = Database(folder and folder / FILE, SCHEMA, "records of runs")

    def add(self, time: str, folder: str, summary: dict[str, Any]) -> int | None:
        """Keep a run; its number, None where it could not be kept."""
        row = (time, folder, json.dumps(summary))

        def write(db: sqlite3.Connection) -> int | None:
            return db.execute("INSERT INTO runs (time, folder, summary) VALUES (?, ?, ?)", row).lastrowid

        return self._database.do(write, None)

    def runs(self, last: int | None = None) -> list[Run]:
        """The `last` runs (None: all), the oldest first."""
        query = "SELECT id, time, folder, summary FROM runs ORDER BY id DESC LIMIT ?"

        def look(db: sqlite3.Connection) -> list[Run]:
            found = map(_run, db.execute(query, (-1 if last is None else last,)))
            return [run for run in found if run is not None]

        nothing: list[Run] = []
        return self._database.look(look, nothing)[::-1]

    def run(self, number: int) -> Run | None:
        """The run of this number."""
        query = "SELECT id, time, folder, summary FROM runs WHERE id = ?"

        def look(db: sqlite3.Connection) -> Run | None:
            row = db.execute(query, (number,)).fetchone()
            return _run(row) if row else None

        return self._database.look(look, None)

    def add_gain(self, time: str, name: str, percent: float, about: str) -> None:
        """Keep what a pass gained."""
        row = (time, name, percent, about)
        insert = "INSERT INTO gains (time, pass, percent, about) VALUES (?, ?, ?, ?)"
        self._database.do(lambda db: db.execute(insert, row), None)

    def gains(self) -> dict[str, Gain]:
        """Pass -> what it gained when it was last measured."""
        query = "SELECT pass, time, percent, about FROM gains ORDER BY id"

        def look(db: sqlite3.Connection) -> dict[str, Gain]:
            return {row[0]: Gain(*row[1:]) for row in db.execute(query)}

        nothing: dict[str, Gain] = {}
        return self._database.look(look, nothing)

    def close(self) -> None:
        self._database.close()


def _run(row: tuple) -> Run | None:
    """A row as a run; None where it is not what was written."""
    number, time, folder, text = row
    try:
        summary = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    sound = isinstance(summary, dict) and isinstance(time, str) and isinstance(folder, str)
    return Run(number, time, folder, summary) if sound else None
