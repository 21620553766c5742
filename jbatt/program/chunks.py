"""Cuts the text of a file into pieces of one function each, without parsing it.

Each piece begins at a `def`, `async def`, `class` or decorator in the first column and goes up to the next one. In a
file that is Python, such a line inside a longer statement can only be part of a string over several lines; the reader
notices, as the piece then does not parse.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_IMPORT = re.compile(r"(?:from [.\w]+ )?import [*\w., ]+", re.ASCII)
_STARTS = ("def ", "async ", "class ", "@")


class Chunk(NamedTuple):
    """lines[start:end]. `loose`: there may be statements in it that are neither functions nor plain imports."""

    start: int
    end: int
    loose: bool


def split_lines(text: str) -> list[str]:
    """The lines as Python counts them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def cut(lines: list[str]) -> list[Chunk]:
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


def function_end(lines: list[str], chunk: Chunk) -> int:
    """Where the first function of a chunk seems to end: at the first text in the first column after its `def`."""
    for number in range(chunk.start + 1, chunk.end):
        line = lines[number]
        if line and line[0] not in " \t#" and not line.startswith(_STARTS):
            return number
    return chunk.end
