"""What reading gives: programs, and what could not be read, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from jbatt.program.graph import Graph


@dataclass(frozen=True, slots=True)
class Program:
    """A function of a file, as a node of the graph that it was read into.

    name: the function's; line: that of its `def`; root: the id of the node it returns; body: the digest of that node,
    equal for equal expressions, whatever they are called and however they are written.
    """

    name: str
    file: str
    line: int
    root: int
    body: str
    lines: Sequence[str] = field(repr=False, compare=False)
    end: int = field(repr=False, compare=False)

    @property
    def source(self) -> str:
        """The text of the function, as it stands in the file."""
        return "\n".join(self.lines[self.line - 1 : self.end]) + "\n"

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import program_html

        return program_html(self)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A function that is not in the language.

    line: that of the construct at fault; def_line: that of the function's first line; reason: what it is and what was
    expected. As a note on something between the functions, it has no name, and both lines are equal.
    """

    name: str
    file: str
    line: int
    def_line: int
    reason: str

    def __str__(self) -> str:
        name = f"{self.name}: " if self.name else ""
        return f"{self.file}:{self.line}: {name}{self.reason}"


@dataclass(slots=True)
class ProgramSet:
    """Everything that was read: programs and rejections in the order of the files, and the graph of all programs.

    Notes are on what was skipped: statements outside functions that have no meaning here, and files of a folder
    without functions.
    """

    graph: Graph
    programs: list[Program] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[Rejected] = field(default_factory=list)

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import programs_html

        return programs_html(self)
