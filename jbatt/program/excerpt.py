"""Some functions of a file as plain data, for another process with the same jbatt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

from jbatt.program.chunks import Chunk, Piece


@dataclass
class Excerpt(Sequence[str]):
    """Functions of a file, in its order. As a sequence it is the file's lines, of which only theirs are there.

    numbers, ends: of each function the index of its first line, and of the first line after it; texts: what stands there.
    in_bulk: whether the file has so many that they are read many at once.
    """

    file: str
    numbers: list[int]
    ends: list[int]
    texts: list[str]
    in_bulk: bool = False
    _lines: dict[int, list[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def texts_of(self, which: list[int]) -> list[str]:
        """Those of some of the functions."""
        return [self.texts[k] for k in which]

    def piece(self, number: int) -> Piece:
        return Piece(Chunk(self.numbers[number], self.ends[number], False), self.texts[number])

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> list[str]: ...
    def __getitem__(self, key: int | slice) -> str | list[str]:
        """Lines of one function. Raises IndexError for others."""
        line = key.start if isinstance(key, slice) else key
        number = bisect_right(self.numbers, line) - 1
        if number < 0 or line >= self.ends[number]:
            raise IndexError(f"line {line} is not in the excerpt")
        start = self.numbers[number]
        lines = self._lines.get(number)
        if lines is None:
            lines = self._lines[number] = self.texts[number].split("\n")
        if isinstance(key, slice):
            return lines[key.start - start : key.stop - start]
        return lines[line - start]
