"""What reading gives: programs, and what could not be read, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from jbatt.program.excerpt import Excerpt
from jbatt.program.graph import Graph


@dataclass(slots=True, unsafe_hash=True)  # frozen ones take six times as long to make
class Program:
    """A function of a file, as a node of the graph that it was read into. Nothing changes one.

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


class Pending(Protocol):
    """The functions of a file that are read when they are asked for: see `jbatt.program.unread`."""

    names: list[str]
    file: str

    def read(self, numbers: Iterable[int]) -> list[Program | Rejected]:
        """The functions with these numbers, counted from 0. Raises JbattError where memory runs out."""

    def line(self, number: int) -> int: ...
    def excerpt(self, numbers: list[int]) -> Excerpt: ...
    def learn(self, numbers: list[int], rejected: list[Rejected | None]) -> None: ...
    def rejected(self) -> list[Rejected]: ...
    def notes(self) -> list[Rejected]: ...


def put(found: list[Program | Rejected], programs: list[Program], rejected: list[Rejected]) -> None:
    """Add what was read to the lists that it belongs to."""
    programs += [f for f in found if isinstance(f, Program)]
    rejected += [f for f in found if isinstance(f, Rejected)]


class ProgramSet:
    """Everything that was read: programs and rejections in the order of the files, and the graph of all programs.

    Notes are on what was skipped: statements outside functions that have no meaning here, and files of a folder
    without functions. The functions of large files are read when they are first looked at: those of a task with
    `jbatt.run.match`, all of them with `programs` or `graph`, and with `rejected` or `notes` all that nothing is known about.
    """

    def __init__(
        self,
        graph: Graph,
        programs: list[Program] | None = None,
        rejected: list[Rejected] | None = None,
        notes: list[Rejected] | None = None,
    ) -> None:
        self.graph_so_far = graph
        """Of what has been read."""
        self.known = [] if programs is None else programs
        self.refused = [] if rejected is None else rejected
        self._notes = [] if notes is None else notes
        self.texts: list[str] = []
        """Of the files, in the order in which they were read."""
        self.pending: list[Pending] = []
        """Files whose functions may not have been read yet: they come after those in `known` and `refused`."""

    @property
    def graph(self) -> Graph:
        self.finish()
        return self.graph_so_far

    @property
    def programs(self) -> list[Program]:
        self.finish()
        return self.known

    @programs.setter
    def programs(self, programs: list[Program]) -> None:
        self.finish()
        self.known = programs

    @property
    def rejected(self) -> list[Rejected]:
        return self.refused + [r for p in self.pending for r in p.rejected()]

    @property
    def notes(self) -> list[Rejected]:
        for pending in self.pending:
            pending.rejected()
        return self._notes + [n for p in self.pending for n in p.notes()]

    @property
    def functions(self) -> int:
        """How many programs and rejections there are, whether they have been read or not."""
        return len(self.known) + len(self.refused) + sum(len(p.names) for p in self.pending)

    def add(self, programs: list[Program], rejected: list[Rejected], notes: list[Rejected]) -> None:
        """Add what comes after all there is, which is read before."""
        self.finish()
        self.known += programs
        self.refused += rejected
        self._notes += notes

    def finish(self) -> None:
        """Read what has not been read yet. Raises JbattError where memory runs out."""
        while self.pending:
            first = self.pending[0]
            found = first.read(range(len(first.names)))
            put(found, self.known, self.refused)
            self._notes += first.notes()
            del self.pending[0]

    def __repr__(self) -> str:
        return f"<ProgramSet of {self.functions:,} functions>"

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import programs_html

        return programs_html(self)
