"""Reads ARC-DSL programs from files, folders and strings. Nothing that is read is ever executed.

    programs = read_programs("candidates/")
    for program in programs.programs:
        print(program.name, program.body, programs.graph.canonical(program.root))
    for rejected in programs.rejected:
        print(rejected)  # candidates/a.py:12: solve_1: a lambda, expected a name, ...

One program outside the language is rejected alone, with its file, its line and the reason; the others go on. A path
from which nothing can be read is an error.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

from jbatt.collector import no_collection
from jbatt.errors import JbattError
from jbatt.files import Unreadable, read_regular
from jbatt.program.graph import Graph
from jbatt.program.records import ProgramSet, Rejected
from jbatt.program.source import SourceReader

MAX_BYTES = 256 * 2**20
"""Files beyond this are refused: what is read is kept in memory."""

PathLike = str | os.PathLike[str]


def read_programs(paths: PathLike | Iterable[PathLike], graph: Graph | None = None) -> ProgramSet:
    """Reads files, and all `*.py` files below folders, in the order of the paths and sorted within folders."""
    roots = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    result = ProgramSet(Graph() if graph is None else graph)
    reader = SourceReader(result)
    with warnings.catch_warnings(), no_collection():
        warnings.simplefilter("ignore")  # Python's own, on strings such as "\d" in what is read.
        for root in map(Path, roots):
            if _is_folder(root):
                _read_folder(root, reader)
            elif not reader.read(_text_of(root), str(root)):
                raise JbattError(f"{root}: no function, expected `def name(I):`")
    return result


def read_source(
    text: str, file: str = "<string>", graph: Graph | None = None, *, fast: bool = True
) -> ProgramSet:
    """Reads a text as if it were in `file`. Without `fast`, every function goes through `ast`: same result, later."""
    result = ProgramSet(Graph() if graph is None else graph)
    if len(text) > MAX_BYTES:
        raise JbattError(f"{file}: {len(text)} characters, expected at most {MAX_BYTES}")
    with warnings.catch_warnings(), no_collection():
        warnings.simplefilter("ignore")
        if not SourceReader(result, fast=fast).read(text, file):
            raise JbattError(f"{file}: no function, expected `def name(I):`")
    return result


def _is_folder(path: Path) -> bool:
    try:
        if path.is_dir():
            return True
        if path.is_file():
            return False
        exists = path.exists()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path.
        raise JbattError(f"{str(path)!r}: {error}") from None
    what = "neither a file nor a folder" if exists else "no such file or folder"
    raise JbattError(f"{path}: {what}, expected a file or folder of ARC-DSL programs")


def _read_folder(folder: Path, reader: SourceReader) -> None:
    """A file without functions, such as `__init__.py`, only gets a note as long as others have some."""

    def fail(error: OSError) -> None:
        raise JbattError(f"{error.filename}: {error.strerror}")

    files = [
        Path(place) / name
        for place, _, names in os.walk(folder, onerror=fail)
        for name in names
        if name.endswith(".py")
    ]
    if not files:
        raise JbattError(f"{folder}: no *.py file in this folder, expected files of ARC-DSL programs")
    count = 0
    for file in sorted(files):
        found = reader.read(_text_of(file), str(file))
        if not found:
            reader.result.add([], [], [Rejected("", str(file), 1, 1, "no function in this file")])
        count += found
    if not count:
        raise JbattError(f"{folder}: no function in any file of this folder, expected `def name(I):`")


def _text_of(path: Path) -> str:
    try:
        return read_regular(path, MAX_BYTES, "a Python file").decode("utf-8")
    except Unreadable as error:
        raise JbattError(f"{path}: {error}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise JbattError(f"{path}:{line}: not UTF-8 text ({error.reason})") from None
    except OSError as error:
        raise JbattError(f"{path}: {error.strerror or error}") from None
