"""One orbax checkpoint: named byte strings and what is known about them, in a folder that is there whole or not at all.

orbax writes them: a tree of uint8 arrays, uncompressed and without OCDBT, the rest as its custom metadata; orbax restores
them, too. Reading goes past orbax, which takes a second to import: an array's bytes are its only chunk's file, and the
metadata has their digests. So nothing is read that is not what was written.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import contextmanager
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from jbatt.files import Unreadable, distrusted, read_regular

TEMPORARY = ".writing-"
"""Names of folders that are being written, or removed, begin so."""
ABANDONED = 600.0
"""Seconds after which such a folder is nobody's: its process was killed."""
OVERHEAD = 1 << 16
"""Bytes that a checkpoint takes beside its arrays, at most: some ten small files and folders."""
FORMAT = 1
MAX_ABOUT = 1 << 20
"""Bytes of metadata that are read: it has some 2,000."""


class Damaged(Exception):
    """A checkpoint is not what was written; says what is wrong."""


def write(folder: Path, arrays: Mapping[str, bytes], about: dict[str, Any]) -> bool:
    """Write a checkpoint. False where there is one already: another process was faster.

    about: anything JSON can hold. Raises whatever goes wrong (a full disk has many names); nothing is left behind then.
    """
    import numpy as np

    full = {
        **about,
        "format": FORMAT,
        "arrays": {n: [len(a), sha256(a).hexdigest()] for n, a in arrays.items()},
    }
    full["digest"] = _digest(full)
    part = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=folder.parent))
    try:
        _room(part / "room", sum(map(len, arrays.values())) + OVERHEAD)
        with _quiet():
            import orbax.checkpoint as ocp

            made = part / "checkpoint"
            tree = {name: np.frombuffer(a, np.uint8) for name, a in arrays.items()}
            with ocp.PyTreeCheckpointer(use_ocdbt=False, use_compression=False) as checkpointer:
                checkpointer.save(made, tree, custom_metadata=full)
        made.chmod(0o700)  # whatever the umask says
        # A disk that fills up may cost bytes without an error: what cannot be read back is not kept.
        for name in arrays:
            read(made, name, inspect(made))
        try:
            os.rename(made, folder)
        except OSError:
            if not folder.is_dir():
                raise
            return False
        return True
    finally:
        shutil.rmtree(part, ignore_errors=True)


def inspect(folder: Path) -> dict[str, Any]:
    """What is known about a checkpoint. Raises FileNotFoundError where there is none, Damaged where it cannot be read.

    A folder that belongs to another user, or that others may write to, counts as damaged.
    """
    if folder.is_symlink():
        raise Damaged("it is a link")
    if (reason := distrusted(folder.stat())) is not None:
        raise Damaged(reason)
    try:
        text = read_regular(folder / "_CHECKPOINT_METADATA", MAX_ABOUT, "a file of metadata")
    except Unreadable as e:
        raise Damaged(f"its metadata {e}") from None
    except FileNotFoundError:
        if folder.is_dir():
            raise Damaged("its metadata is missing") from None
        raise
    try:
        about = json.loads(text)["custom_metadata"]
        digest = about["digest"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Damaged("its metadata is damaged") from None
    if digest != _digest(about):
        raise Damaged("its metadata is damaged")
    if about.get("format") != FORMAT:
        raise Damaged(f"it is of format {about.get('format')}, this version reads {FORMAT}")
    return about


def read(folder: Path, name: str, about: dict[str, Any]) -> bytes:
    """An array's bytes. Raises Damaged where they are not those that were written."""
    try:
        size, digest = about["arrays"][name]
        content = read_regular(folder / name / "0", size, "a file of bytes")
    except (TypeError, ValueError):
        raise Damaged("its metadata is damaged") from None
    except Unreadable:
        raise Damaged(f"{name} is damaged") from None
    except FileNotFoundError:
        raise Damaged(f"{name} is missing") from None
    if len(content) != size or sha256(content).hexdigest() != digest:
        raise Damaged(f"{name} is damaged")
    return content


def remove(folder: Path) -> None:
    """Remove a checkpoint at once, so that nobody reads half of it; fails silently where it may not be removed."""
    gone = folder.with_name(f"{TEMPORARY}{os.getpid()}-{time.monotonic_ns()}")
    try:
        os.rename(folder, gone)
    except OSError:
        return
    if gone.is_symlink():  # what it leads to is not touched
        gone.unlink(missing_ok=True)
    shutil.rmtree(gone, ignore_errors=True)


def leftovers(parent: Path, age: float = 0.0) -> list[Path]:
    """Folders of writes and removals that were not finished and are so many seconds old."""
    before, found = time.time() - age, []
    for path in parent.glob(TEMPORARY + "*"):
        try:
            if path.stat().st_mtime <= before:
                found.append(path)
        except OSError:
            continue
    return found


def size(folder: Path) -> int:
    """Bytes of all files of a folder."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(base, name)).st_size
            except OSError:
                continue
    return total


def _digest(about: dict[str, Any]) -> str:
    rest = {k: v for k, v in about.items() if k != "digest"}
    return blake2b(json.dumps(rest, sort_keys=True).encode(), digest_size=16).hexdigest()


def _room(path: Path, bytes: int) -> None:
    """Raises OSError where so many bytes cannot be written: a full disk, a quota, a limit on the process.

    Asked before orbax writes, since what fails inside it may also print tracebacks from other threads.
    """
    with open(path, "wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, bytes)
        else:
            file.write(b"\0" * bytes)
    path.unlink()


@contextmanager
def _quiet():
    """Without orbax's log lines: they are about distributed training, and a failure is an exception as well."""
    logger = logging.getLogger("absl")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
