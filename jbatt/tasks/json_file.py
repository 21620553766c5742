"""A file's JSON value, or a JbattError that says why there is none: no file may cause a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError
from jbatt.files import Unreadable, read_regular

MAX_BYTES = 512 * 2**20
"""Larger files are refused: their parsed lists would take several times as much memory."""


def read_json(path: Path) -> Any:
    """The JSON value in the file `path`, UTF-8 with or without a byte order mark.

    Raises JbattError for what is not a readable regular file of MAX_BYTES at most, not UTF-8, or not JSON.
    """
    return parse_json(read_text(path), shown(path))


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, without its byte order mark. Raises JbattError as `read_json` does."""
    name = shown(path)
    try:
        data = read_regular(path, MAX_BYTES, "a JSON file")
    except Unreadable as error:
        raise JbattError(f"{name}: {error}") from None
    except OSError as error:
        raise JbattError(f"{name}: {reason(path, error)}") from None
    except MemoryError:
        raise JbattError(f"{name}: there is not enough memory to read it") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        raise JbattError(
            f"{name}: is not UTF-8 text: byte 0x{byte:02x} at offset {error.start} ({error.reason})"
        ) from None


def parse_json(text: str, name: str, start: int | None = None) -> Any:
    """The JSON value in `text`; with `start`, the one that begins there, whatever follows it.

    `name` is the file as errors show it. Raises JbattError, with line and column for a syntax error.
    """
    try:
        if start is None:
            return _DECODER.decode(text)
        return _DECODER.raw_decode(text, start)[0]
    except json.JSONDecodeError as error:
        what = f"not valid JSON: {error.msg}" if text.strip() else "the file is empty, expected JSON"
        raise JbattError(f"{name}: line {error.lineno}, column {error.colno}: {what}") from None
    except _DuplicateKeyError as error:
        raise JbattError(f"{name}: the key {error} occurs twice in one object") from None
    except RecursionError:
        raise JbattError(f"{name}: is nested too deeply for a task file") from None
    except MemoryError:
        raise JbattError(f"{name}: there is not enough memory to parse it") from None
    except ValueError as error:  # a whole number of more digits than Python converts
        raise JbattError(f"{name}: cannot be read as JSON: {error}") from None


def reason(path: Path, error: OSError) -> str:
    """Why `path` could not be opened or listed, in words."""
    if isinstance(error, FileNotFoundError) and os.path.islink(path):
        return f"is a broken link to {shown(os.readlink(path))}"
    return f"cannot be read: {error.strerror or error}"


def shown(path: str | os.PathLike[str]) -> str:
    """`path` as messages show it: quoted and escaped where it could not be printed on one line."""
    text = os.fspath(path)
    return text if text.isprintable() else ascii(text)


class _DuplicateKeyError(ValueError):
    pass


def _object(items: list[tuple[str, Any]]) -> dict[str, Any]:
    # Python's parser keeps the last of equal keys: a task of a combined file would vanish without a word.
    value = dict(items)
    if len(value) < len(items):
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                raise _DuplicateKeyError(ascii(key[:60]))
            seen.add(key)
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_object)
