"""A sqlite file that several processes write to, and that may be damaged, unwritable or full.

None of this stops a run: a damaged file is set aside and a new one begun, and where nothing can be kept on disk the data
stays in memory. Each is said in a warning.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from jbatt.store.location import prepared

T = TypeVar("T")
DAMAGES = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What sqlite raises: the second where its own message holds bytes of a damaged file."""
BUSY = 10.0
"""Seconds to wait for another process's write."""


class Database:
    """A connection to `path`, or to memory where `path` is None or cannot be used. what: named in warnings."""

    def __init__(self, path: Path | None, schema: str, what: str):
        self.path, self.schema, self.what = path, schema, what
        self.connection = self._open()

    def _open(self) -> sqlite3.Connection:
        if self.path is not None:
            try:
                reason = self._distrusted(self.path)
                if reason is None:
                    return self._connected(str(self.path))
                self._warn(f"{self.what} are not kept: {reason}")
            except DAMAGES as e:
                if self._set_aside(e):
                    try:
                        return self._connected(str(self.path))
                    except DAMAGES as again:
                        e = again
                self._warn(f"{self.what} are not kept: {self.path}: {e}")
            except OSError as e:
                self._warn(f"{self.what} are not kept: {self.path}: {e.strerror}")
            self.path = None
        return self._connected(":memory:")

    @staticmethod
    def _distrusted(path: Path) -> str | None:
        """Why a file must not be used: what it says is believed. A file that does not exist is fine."""
        reason = prepared(path.parent)
        if reason is not None:
            return f"{path.parent}: {reason}"
        for end in ("", "-wal", "-shm"):
            file = path.with_name(path.name + end)
            try:
                about = file.lstat()
            except FileNotFoundError:
                continue
            if not stat.S_ISREG(about.st_mode):
                return f"{file}: it is a link, or no file"
            if hasattr(os, "geteuid") and about.st_uid != os.geteuid():
                return f"{file}: it belongs to another user"
        return None

    def _connected(self, path: str) -> sqlite3.Connection:
        made = sqlite3.connect(path, timeout=BUSY, isolation_level=None)
        try:
            # A write is in the log before it counts: a process that is killed loses at most what it had not committed.
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("PRAGMA synchronous=NORMAL")
            made.execute("PRAGMA temp_store=MEMORY")
            made.executescript(self.schema)
        except BaseException:
            made.close()
            raise
        return made

    def do(self, action: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """`action` in one transaction; `otherwise` where the file does not allow it."""
        try:
            return self._transaction(action)
        except DAMAGES as e:
            self.close()
            if not self._set_aside(e):
                self._warn(f"{self.what} are not kept any more: {self.path or 'memory'}: {e}")
                self.path = None
            self.connection = self._open()
            return otherwise

    def _transaction(self, action: Callable[[sqlite3.Connection], T]) -> T:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            found = action(self.connection)
            self.connection.execute("COMMIT")
            return found
        except BaseException:
            if self.connection.in_transaction:
                try:
                    self.connection.execute("ROLLBACK")
                except sqlite3.Error:
                    pass  # the first error says more
            raise

    def look(self, action: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """As `do`, for what only reads: other processes may write meanwhile."""
        try:
            return action(self.connection)
        except DAMAGES as e:
            self.close()
            if not self._set_aside(e):
                self._warn(f"{self.what} cannot be read: {self.path or 'memory'}: {e}")
                self.path = None
            self.connection = self._open()
            return otherwise

    def _set_aside(self, error: Exception) -> bool:
        """Rename a damaged file; False where that is not what is wrong."""
        if self.path is None or not self.path.exists() or _is_about_access(error):
            return False
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        try:
            self.path.rename(aside)
            for end in ("-wal", "-shm"):
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        except OSError:
            return False
        self._warn(f"{self.what}: {self.path} is damaged ({error}); it was set aside as {aside.name}")
        return True

    @staticmethod
    def _warn(text: str) -> None:
        warnings.warn(text, stacklevel=5)

    def close(self) -> None:
        try:
            self.connection.close()
        except sqlite3.Error:
            pass  # nothing is left to lose: what counts was committed


def _is_about_access(error: Exception) -> bool:
    """Whether the file may well be sound: it is locked, read-only, or the disk is full."""
    if isinstance(error, UnicodeDecodeError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
