"""Reading files that may be anything: named pipes, devices, files that grow, files of any size."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import IO

MAX_TEXT = 64 * 2**20
"""Bytes of a file that jbatt itself writes and reads in one piece: summaries, settings, records of runs."""


class Unreadable(OSError):
    """Why a file is not read, in words that go on after its name."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EINVAL, why)

    def __str__(self) -> str:
        return str(self.strerror)


def text_of(path: Path, limit: int = MAX_TEXT) -> str:
    """The text of a regular UTF-8 file. Raises OSError, of which Unreadable is one, and UnicodeDecodeError."""
    return read_regular(path, limit, "a text file").decode("utf-8")


def distrusted(about: os.stat_result) -> str | None:
    """Why what is at a place must not be believed or run, or None: it is to be the user's own, and writable by nobody else."""
    if hasattr(os, "geteuid") and about.st_uid != os.geteuid():
        return "it belongs to another user"
    if hasattr(os, "geteuid") and about.st_mode & 0o022:
        return "others may write to it (chmod go-w)"
    return None


def read_regular(path: Path, limit: int, kind: str) -> bytes:
    """The bytes of a regular file of at most `limit` of them; `kind` says what is expected, for messages.

    Raises Unreadable for everything else, without waiting and without reading more than that; OSError as `open` does.
    """
    with open_regular(path, kind) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise Unreadable(f"has {size:,} bytes, more than the {limit:,} that are read; split it")
        # What the system says of the size is no promise: it is 0 for files of /proc, and a log grows.
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(f"has more than the {limit:,} bytes that are read; split it")
    return data


def open_regular(path: Path, kind: str) -> IO[bytes]:
    """A regular file, open for reading its bytes; see `read_regular`."""
    _check(os.stat(path).st_mode, kind)
    # Looked at again once it is open, and opened without waiting: a pipe may have come in its place.
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    file = open(number, "rb")  # noqa: SIM115
    try:
        _check(os.fstat(number).st_mode, kind)
    except BaseException:
        file.close()
        raise
    return file


def _check(mode: int, kind: str) -> None:
    if stat.S_ISDIR(mode):
        raise Unreadable(f"is a folder, expected {kind}")
    if not stat.S_ISREG(mode):
        article, _, rest = kind.partition(" ")
        raise Unreadable(f"is a device, pipe or socket, expected {article} regular {rest}")
