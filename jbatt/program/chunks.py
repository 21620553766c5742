"""Cuts the text of a file into pieces of one function each, without parsing it.

Each piece begins at a `def`, `async def`, `class` or decorator in the first column and goes up to the next one. In a
file that is Python, such a line inside a longer statement can only be part of a string over several lines; the reader
notices, as the piece then does not parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np

_IMPORT = re.compile(r"(?:from [.\w]+ )?import [*\w., ]+", re.ASCII)
_DEF = b"def "
_STARTS = ("def ", "async ", "class ", "@")
_BEGINS = np.ones(256, bool)
"""Whether a line that begins with this character has text in the first column."""
_BEGINS[list(b" \t#\n")] = False


class Chunk(NamedTuple):
    """lines[start:end]. `loose`: there may be statements in it that are neither functions nor plain imports."""

    start: int
    end: int
    loose: bool


class Lines(Sequence[str]):
    """The lines of a text as Python counts them, taken apart when they are first looked at: most never are."""

    def __init__(self, text: str) -> None:
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.text = text

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> list[str]: ...
    def __getitem__(self, key: int | slice) -> str | list[str]:
        return self._lines[key]

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)


class Piece(NamedTuple):
    """A chunk that is one function, and its text."""

    chunk: Chunk
    text: str


class Pieces:
    """A text cut into functions. numbers, places: the line and the character where each begins, and where the last one ends."""

    def __init__(self, text: str, numbers: list[int], places: list[int]) -> None:
        self.text, self.numbers, self.places = text, numbers, places

    def texts_of(self, which: list[int]) -> list[str]:
        """Those of some of the functions."""
        text, places = self.text, self.places
        return [text[places[k] : places[k + 1]] for k in which]

    def __len__(self) -> int:
        return len(self.places) - 1

    def piece(self, number: int) -> Piece:
        chunk = Chunk(self.numbers[number], self.numbers[number + 1], False)
        return Piece(chunk, self.text[self.places[number] : self.places[number + 1]])

    def name(self, number: int) -> str:
        """What stands between `def` and the parenthesis."""
        begin = self.places[number] + len("def ")
        return self.text[begin : self.text.find("(", begin)]

    def __iter__(self) -> Iterator[Piece]:
        return map(self.piece, range(len(self)))


def functions_only(text: str) -> Pieces | None:
    """The functions of a text that has before these nothing but imports and comments; None for any other.

    Such a text, of millions of lines, need not be taken apart into lines to be cut.
    """
    if not text.isascii():
        return None
    raw = np.frombuffer(text.encode(), np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(raw == ord("\n")) + 1])
    lines = len(starts)
    if starts[-1] == len(text):
        starts = starts[:-1]
    top = np.flatnonzero(_BEGINS[raw[starts]])
    begin = starts[top]
    functions = np.ones(len(begin), bool)
    for k, letter in enumerate(_DEF):
        functions &= raw[np.minimum(begin + k, len(raw) - 1)] == letter
    first = int(functions.argmax()) if len(top) else 0
    if not functions[first:].any() or not functions[first:].all():
        return None
    for line in text[: begin[first]].split("\n"):
        if line and line[0] not in " \t#" and not _IMPORT.fullmatch(line):
            return None
    return Pieces(text, [*top[first:].tolist(), lines], [*begin[first:].tolist(), len(text)])


def cut(lines: Sequence[str]) -> list[Chunk]:
    """The chunks of a file. What comes before the first function is one too, if there is something."""
    chunks: list[Chunk] = []
    start, loose, decorated = 0, True, False
    for number in [k for k, line in enumerate(lines) if line and line[0] not in " \t#"]:
        line = lines[number]
        if line.startswith(_STARTS):
            if not decorated:
                if number:
                    chunks.append(Chunk(start, number, loose))
                start, loose = number, False
            decorated = line[0] == "@"
            loose = loose or line[0] == "c"
        elif not _IMPORT.fullmatch(line):
            loose = True
    chunks.append(Chunk(start, len(lines), loose))
    return chunks


def function_end(lines: Sequence[str], chunk: Chunk) -> int:
    """Where the first function of a chunk seems to end: at the first text in the first column after its `def`."""
    for number in range(chunk.start + 1, chunk.end):
        line = lines[number]
        if line and line[0] not in " \t#" and not line.startswith(_STARTS):
            return number
    return chunk.end
