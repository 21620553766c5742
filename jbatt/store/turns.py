"""One process compiles an executable while others that need it wait: several start at the same time on the same work.

A turn is a lock on a file beside the entry. It ends with its process at the latest, so that nobody waits for the dead.
Where there are no such locks, each process compiles for itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # not on this platform
    fcntl = None  # type: ignore[assignment]

PREFIX = ".compiling-"


def _file(entry: Path) -> Path:
    return entry.with_name(PREFIX + entry.name)


def take(entry: Path) -> IO[bytes] | None:
    """Wait until nobody else compiles this entry; the turn, or None where there are no locks."""
    if fcntl is None:
        return None
    try:
        turn = open(_file(entry), "ab")  # noqa: SIM115
    except OSError:
        return None
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
    except BaseException as e:
        turn.close()
        if isinstance(e, OSError):
            return None
        raise
    return turn


def end(entry: Path, turn: IO[bytes] | None) -> None:
    """Let the others go on."""
    if turn is not None:
        try:
            os.unlink(_file(entry))
        except OSError:
            pass
        turn.close()


def held(entry: Path) -> bool:
    """Whether somebody is compiling this entry just now."""
    if fcntl is None:
        return False
    try:
        with open(_file(entry), "rb") as turn:
            fcntl.flock(turn, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def awaited(entry: Path) -> bool:
    """Wait for whoever compiles this entry; False where it is not there then."""
    if fcntl is None or not _file(entry).exists():
        return False
    turn = take(entry)
    if turn is not None:
        turn.close()
    return entry.is_dir()
