"""Reading files that may be anything: named pipes, devices, files that grow, files of any size."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class Unreadable(Exception):
    """Why a file is not read, in words that go on after its name."""


def read_regular(path: Path, limit: int, kind: str) -> bytes:
    """The bytes of a regular file of at most `limit` of them; `kind` says what is expected, for messages.

    Raises Unreadable for everything else, without waiting and without reading more than that; OSError as `open` does.
    """
    _check(os.stat(path).st_mode, kind)
    # Looked at again once it is open, and opened without waiting: a pipe may have come in its place.
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(number, "rb") as file:
        _check(os.fstat(number).st_mode, kind)
        size = os.fstat(number).st_size
        if size > limit:
            raise Unreadable(f"has {size:,} bytes, more than the {limit:,} that are read; split it")
        # What the system says of the size is no promise: it is 0 for files of /proc, and a log grows.
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(f"has more than the {limit:,} bytes that are read; split it")
    return data


def _check(mode: int, kind: str) -> None:
    if stat.S_ISDIR(mode):
        raise Unreadable(f"is a folder, expected {kind}")
    if not stat.S_ISREG(mode):
        article, _, rest = kind.partition(" ")
        raise Unreadable(f"is a device, pipe or socket, expected {article} regular {rest}")
