"""Some functions of a file as plain data, for another process with the same jbatt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

from jbatt.program.chunks import Chunk, Piece


@dataclass
class Excerpt(Sequence[str]):
    """Functions of a file, in its order. As a sequence it is the file's lines, of which only theirs are there.

    starts, ends: of each function the index of its first line, and of the first line after it; texts: what stands there.
    """

    file: str
    starts: list[int]
    ends: list[int]
    texts: list[str]
    _lines: dict[int, list[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def pieces(self) -> Iterator[Piece]:
        for start, end, text in zip(self.starts, self.ends, self.texts, strict=True):
            yield Piece(Chunk(start, end, False), text)

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> list[str]: ...
    def __getitem__(self, key: int | slice) -> str | list[str]:
        """Lines of one function. Raises IndexError for others."""
        line = key.start if isinstance(key, slice) else key
        number = bisect_right(self.starts, line) - 1
        if number < 0 or line >= self.ends[number]:
            raise IndexError(f"line {line} is not in the excerpt")
        start = self.starts[number]
        lines = self._lines.get(number)
        if lines is None:
            lines = self._lines[number] = self.texts[number].split("\n")
        if isinstance(key, slice):
            return lines[key.start - start : key.stop - start]
        return lines[line - start]
