"""Functions of a file that are read when they are first asked for, so that some are evaluated while others are still text."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from keyword import iskeyword
from typing import TYPE_CHECKING

from jbatt import compiled
from jbatt.collector import no_collection
from jbatt.program.chunks import Pieces
from jbatt.program.excerpt import Excerpt
from jbatt.program.records import Program, Rejected

if TYPE_CHECKING:
    from jbatt.program.source import Reading

AT_LEAST = 1000
"""Functions of a file from which on they are read later: of fewer, reading takes a moment."""
IN_BULK = 30_000
"""Functions of a file from which on they are read by compiled code where it can be had: loading that takes half a second."""
_QUOTES = ('"', "'", "\\")
_MANY_LINES = ('"""', "'''", "\\")
"""What a statement that is cut apart by lines in its first column has in it."""


class Unread:
    """The functions of one file. names: theirs, in order; file: its name."""

    def __init__(self, reading: Reading, pieces: Pieces, names: list[str]):
        self.names, self.file = names, reading.file
        self._reading, self._pieces = reading, pieces
        self._in_bulk = len(names) >= IN_BULK and compiled.is_there()
        self._found: list[Program | Rejected | None] = [None] * len(pieces)
        self._sound: set[int] = set()
        """Functions that were not read here, but are known to be programs."""

    def read(self, numbers: Iterable[int]) -> list[Program | Rejected]:
        """The functions with these numbers, counted from 0. Raises JbattError where memory runs out."""
        numbers, found = list(numbers), self._found
        todo = [k for k in numbers if found[k] is None]
        if todo:
            with warnings.catch_warnings(), no_collection():
                warnings.simplefilter("ignore")  # Python's own, on strings such as "\d" in what is read.
                read = self._reading.functions_of(self._pieces, todo, self._in_bulk)
            digests = self._reading.graph.digests(
                max([r[0] for r in read if not isinstance(r, Rejected)], default=-1)
            )
            names, file, lines, starts = self.names, self.file, self._reading.lines, self._pieces.numbers
            for k, function in zip(todo, read, strict=True):
                if isinstance(function, Rejected):
                    found[k] = function
                else:
                    root, end = function
                    found[k] = Program(names[k], file, starts[k] + 1, root, digests[root].hex(), lines, end)
        return [found[k] for k in numbers]  # type: ignore[misc]

    def line(self, number: int) -> int:
        """The line of the file in which a function begins, counted from 1."""
        return self._pieces.numbers[number] + 1

    def excerpt(self, numbers: list[int]) -> Excerpt:
        """These functions, in the file's order, for another process to read."""
        lines = self._pieces.numbers
        starts, ends = [lines[k] for k in numbers], [lines[k + 1] for k in numbers]
        return Excerpt(self.file, starts, ends, self._pieces.texts_of(numbers), self._in_bulk)

    def learn(self, numbers: list[int], rejected: list[Rejected | None]) -> None:
        """Take over what another process has found in an excerpt. rejected: None where a function is a program."""
        for k, found in zip(numbers, rejected, strict=True):
            if found is None:
                self._sound.add(k)
            elif self._found[k] is None:
                self._found[k] = found

    def rejected(self) -> list[Rejected]:
        """The functions that are no programs; what nothing is known about is read. Raises JbattError where memory runs out."""
        self.read([k for k in range(len(self.names)) if k not in self._sound])
        return [f for f in self._found if isinstance(f, Rejected)]

    def notes(self) -> list[Rejected]:
        """On what was read so far, in the order of the file."""
        return sorted(self._reading.notes, key=lambda note: note.line)


def unread(reading: Reading, pieces: Pieces) -> Unread | None:
    """The functions of a file that can be read one by one, in any order; None where they are few or depend on each other."""
    text = pieces.text
    if len(pieces) < AT_LEAST:
        return None
    # One character is found much faster than three.
    if any(mark in text for mark in _QUOTES) and any(marks in text for marks in _MANY_LINES):
        return None
    names = list(map(pieces.name, range(len(pieces))))
    if not all(map(str.isidentifier, names)) or any(map(iskeyword, names)):
        return None
    return Unread(reading, pieces, names)
