"""Kept validation results, as `jbatt cache` sees them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from jbatt.cache.kinds import Problem, Status
from jbatt.store.answer_rows import FILE, damaged_rows
from jbatt.store.code import answers_version


def _files(folder: Path) -> list[Path]:
    """The file, sqlite's files beside it, and damaged ones that were set aside."""
    return sorted(p for p in folder.glob(FILE + "*") if p.is_file())


def _open(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=10.0))


def status(folder: Path) -> Status:
    """How many answers there are, and how many of them this version of jbatt uses."""
    files, path, notes = _files(folder), folder / FILE, []
    total = 0
    if path.exists():
        try:
            with _open(path) as db:
                (total,) = db.execute("SELECT count(*) FROM answers").fetchone()
                query = "SELECT count(*) FROM answers WHERE pair IN (SELECT id FROM pairs WHERE version != ?)"
                (others,) = db.execute(query, (answers_version(),)).fetchone()
            if others:
                notes.append(f"{others:,} of other versions of jbatt")
        except sqlite3.DatabaseError as e:
            notes.append(f"not readable ({e}): see jbatt cache verify")
    aside = [p for p in files if ".damaged-" in p.name]
    if aside:
        notes.append(f"{len(aside)} damaged files, set aside")
    used = max((p.stat().st_mtime for p in files), default=None)
    return Status("answers", total, sum(p.stat().st_size for p in files), used, notes)


def clear(folder: Path) -> int:
    """Remove all of them. A run that goes on meanwhile keeps its own and loses nothing but that."""
    freed = 0
    for path in _files(folder):
        freed += path.stat().st_size
        path.unlink(missing_ok=True)
    return freed


def verify(folder: Path, drop: bool = False) -> list[Problem]:
    """Compare every answer with its checksum; `drop` removes those that differ, or the file where it is damaged."""
    path = folder / FILE
    if not path.exists():
        return []
    try:
        with _open(path) as db:
            found = [text for (text,) in db.execute("PRAGMA quick_check").fetchall() if text != "ok"]
            if found:
                raise sqlite3.DatabaseError(found[0])
            rows = damaged_rows(db)
            if drop and rows:
                db.executemany("DELETE FROM answers WHERE pair = ? AND body = ?", rows)
                db.commit()
    except sqlite3.DatabaseError as e:
        if drop:
            clear(folder)
        return [Problem(path, str(e))]
    return [Problem(path, f"{len(rows)} answers differ from their checksums")] if rows else []
