"""Reads the text of one file: line by line where that is enough, with `ast` where it is not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from jbatt.errors import JbattError
from jbatt.memory import memory_is_short
from jbatt.program.chunks import Chunk, Lines, Piece, Pieces, cut, function_end, functions_only
from jbatt.program.constants import CONSTANTS, Value
from jbatt.program.excerpt import Excerpt
from jbatt.program.functions import Function, read_function
from jbatt.program.lines import LineReader
from jbatt.program.records import Program, ProgramSet, Rejected
from jbatt.program.scope import Scope
from jbatt.program.statements import Outside, constant_of, describe, is_text, shortened
from jbatt.program.unread import unread

MAX_PARSED = 4 * 2**20
"""Characters that are given to `ast` at once: it takes up to 600 bytes of memory for each."""

MAX_NOTES = 1000
"""Notes on one file: a file of a million statements has nothing more to say about each."""

CHECKED = 10_000
"""Functions after which the machine's memory is looked at: 20 MB or less, but where one function is enormous."""

_NAME = re.compile(r"(?:async\s+)?def\s+(\w+)")


class NotPython(Exception):
    """Text that does not parse: the line, from 0, and Python's message."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = shortened(reason)


class SourceReader:
    """Reads files into one `ProgramSet`; the lines understood for one file are known for the next."""

    def __init__(self, result: ProgramSet, *, fast: bool = True) -> None:
        self.result = result
        self.fast = fast
        self.reader = LineReader(Scope(result.graph_so_far))

    def read(self, text: str, file: str) -> int:
        """Adds the functions of the text to the result; how many there are, the rejected ones included."""
        self.result.texts.append(text)
        lines = Lines(text.removeprefix("\ufeff"))
        reading = Reading(lines, file, self.reader, fast=self.fast)
        pieces = functions_only(lines.text) if self.fast else None
        later = None if pieces is None else unread(reading, pieces)
        if later is not None:
            self.result.pending.append(later)
            return len(later.names)
        programs = reading.run(pieces)
        count = len(programs) + len(reading.rejected)
        if not count and reading.broken is not None:
            error = reading.broken
            raise JbattError(f"{file}:{error.line + 1}: not a Python file: {error.reason}")
        self.result.add(programs, reading.rejected, reading.notes)
        return count


class Reading:
    """One file on its way through the reader. rejected, notes: so far."""

    def __init__(self, lines: Sequence[str], file: str, reader: LineReader, *, fast: bool) -> None:
        self.lines = lines
        self.file = file
        self.fast = fast
        self.graph = reader.scope.graph
        self.scope = reader.scope
        self.reader = reader
        self.rejected: list[Rejected] = []
        self.notes: list[Rejected] = []
        self.broken: NotPython | None = None
        self.whole: ast.Module | None = None
        self.accepted: list[tuple[str, int, int, int]] = []
        self.noted = 0
        self.read = 0

    def run(self, pieces: Pieces | None) -> list[Program]:
        """The programs of the file. pieces: it, where it is nothing but functions.

        Statements between functions come first: a function sees all constants of its file, also later ones.
        """
        constants: dict[str, Value] = {}
        chunks = cut(self.lines) if pieces is None else []
        for chunk in chunks:
            if chunk.loose and self.whole is None:
                constants.update(self.statements(chunk))
        if self.whole is None:
            self.set_constants(constants)
            for chunk, its_text in ((chunk, None) for chunk in chunks) if pieces is None else pieces:
                self.function(chunk, its_text)
                if self.whole is not None:
                    break
        if self.whole is not None:
            self.accepted.clear()
            self.rejected.clear()
            self.notes.clear()
            self.set_constants(self.module_constants(self.whole, 0))
            self.functions(self.whole, 0)
        return self.programs()

    def functions_of(
        self, functions: Pieces | Excerpt, numbers: list[int], in_bulk: bool
    ) -> list[tuple[int, int] | Rejected]:
        """Some functions of a file, each of which is one whatever the others are: the node that it returns, and the line after it.

        in_bulk: whether compiled code reads them, all at once.
        """
        if in_bulk and numbers:
            self.count(functions.numbers[numbers[0]], len(numbers))
            read = self.reader.in_bulk(functions, numbers)
            starts = map(functions.numbers.__getitem__, numbers)
            return [
                (root, start + lines) if root >= 0 else self.one(functions.piece(k))
                for k, start, (root, lines) in zip(numbers, starts, read, strict=True)
            ]
        return [self.one(functions.piece(k)) for k in numbers]

    def one(self, piece: Piece) -> tuple[int, int] | Rejected:
        """What a piece is that is one function."""
        self.accepted.clear()
        self.function(*piece)
        if not self.accepted:
            return self.rejected[-1]
        ((_, _, root, end),) = self.accepted
        return root, end

    def function(self, chunk: Chunk, text: str | None) -> None:
        """Reads a chunk, line by line or with `ast`. text: its own, where that is at hand."""
        self.count(chunk.start, 1)
        if not self.plain(chunk, text):
            self.parsed(chunk)

    def count(self, line: int, functions: int) -> None:
        """Some functions more, the first of which begins at a line. Raises JbattError where memory runs out."""
        after = self.read + functions
        if -(-self.read // CHECKED) < -(-after // CHECKED) and memory_is_short():
            raise JbattError(
                f"{self.file}:{line + 1}: memory runs out after {self.read:,} programs, split them into several runs"
            )
        self.read = after

    def programs(self) -> list[Program]:
        """What was accepted since they were taken last."""
        accepted, self.accepted = self.accepted, []
        body, file, lines = self.graph.body, self.file, self.lines
        if accepted:
            body(max([root for _, _, root, _ in accepted]))  # all digests at once
        return [
            Program(name, file, start + 1, root, body(root), lines, end)
            for name, start, root, end in accepted
        ]

    def set_constants(self, constants: dict[str, Value]) -> None:
        """A file with constants of its own is read with a scope of its own."""
        own = {name: value for name, value in constants.items() if repr(CONSTANTS.get(name)) != repr(value)}
        if own:
            self.reader = LineReader(Scope(self.graph, own))

    def plain(self, chunk: Chunk, text: str | None) -> bool:
        """Reads a chunk line by line, if it is one function that allows it. text: its own, where that is at hand."""
        if not self.fast:
            return False
        found = self.reader.read("\n".join(self.lines[chunk.start : chunk.end]) if text is None else text)
        if found is None:
            return False
        name, root, lines = found
        self.accept(name, chunk.start, root, chunk.start + lines)
        return True

    def parsed(self, chunk: Chunk) -> None:
        """Reads a chunk with `ast`. If it does not parse, then what looks like its function may still do."""
        try:
            self.functions(self.parse(chunk), chunk.start)
        except NotPython as error:
            if self.is_python_as_a_whole(chunk, error):
                return
            end = function_end(self.lines, chunk)
            head = Chunk(chunk.start, end, False)
            match = _NAME.match(self.lines[chunk.start])
            reason = f"not Python: {error.reason}"
            if match is None:
                self.note(error.line, reason)
            elif end < chunk.end and (function := self.complete(head)) is not None:
                self.functions(function, chunk.start)
                self.note(error.line, reason)
            else:
                self.reject(match[1], error.line, chunk.start, reason)

    def functions(self, module: ast.Module, offset: int) -> None:
        """Reads the functions of a parsed text, whose first line has the index `offset`."""
        for node in module.body:
            if not isinstance(node, Function):
                continue
            try:
                root = read_function(node, self.reader.scope)
            except Outside as outside:
                self.reject(node.name, outside.line - 1 + offset, node.lineno - 1 + offset, outside.reason)
            else:
                self.accept(node.name, node.lineno - 1 + offset, root, (node.end_lineno or 0) + offset)

    def statements(self, chunk: Chunk) -> dict[str, Value]:
        """The constants that a chunk defines outside its functions."""
        try:
            return self.module_constants(self.parse(chunk), chunk.start)
        except NotPython as error:
            self.is_python_as_a_whole(chunk, error)
            return {}

    def module_constants(self, module: ast.Module, offset: int) -> dict[str, Value]:
        """The constants defined outside functions; a note on every statement that has no meaning here."""
        constants: dict[str, Value] = {}
        for node in module.body:
            if isinstance(node, (Function, ast.Import, ast.ImportFrom)):
                continue
            if isinstance(node, ast.Expr) and is_text(node.value):
                continue
            constant = assigned_constant(node, self.scope)
            if constant is None:
                expected = "expected functions, imports and constants"
                self.note(
                    node.lineno - 1 + offset, f"{describe(node)} outside functions is skipped, {expected}"
                )
            else:
                constants.update(constant)
        return constants

    def is_python_as_a_whole(self, chunk: Chunk, error: NotPython) -> bool:
        """Whether a chunk does not parse only because it was cut inside a string. Settled once for a file."""
        if self.whole is None and self.broken is None:
            text = "\n".join(self.lines[chunk.start : chunk.end])
            if any(mark in text for mark in ('"""', "'''", "\\")):
                try:
                    self.whole = self.parse(Chunk(0, len(self.lines), True))
                except NotPython:
                    pass
            if self.whole is None:
                self.broken = error
        return self.whole is not None

    def complete(self, chunk: Chunk) -> ast.Module | None:
        """The syntax tree of a chunk if it is a function that returns something, so that nothing of it is missing."""
        try:
            module = self.parse(chunk)
        except NotPython:
            return None
        body = getattr(module.body[0], "body", []) if module.body else []
        return module if any(isinstance(statement, ast.Return) for statement in body) else None

    def parse(self, chunk: Chunk) -> ast.Module:
        """The syntax tree of a chunk. Lines in it count from 1."""
        lines = self.lines[chunk.start : chunk.end]
        text = "\n".join(lines)
        if len(text) > MAX_PARSED:
            raise NotPython(
                chunk.start, f"{len(text)} characters in one piece, expected at most {MAX_PARSED}"
            )
        if "\0" in text:
            line = next(number for number, line in enumerate(lines) if "\0" in line)
            raise NotPython(chunk.start + line, "a null byte")
        try:
            return ast.parse(text)
        except SyntaxError as error:
            line = min(max(error.lineno or 1, 1), len(lines))
            # Messages such as "'(' was never closed on line 3" count from the start of the chunk.
            reason = re.sub(r"\bline (\d+)", lambda match: f"line {int(match[1]) + chunk.start}", error.msg)
            raise NotPython(chunk.start + line - 1, reason) from None
        except (RecursionError, MemoryError):
            raise NotPython(chunk.start, "nested too deeply") from None
        except ValueError as error:
            raise NotPython(chunk.start, str(error)) from None

    def accept(self, name: str, start: int, root: int, end: int) -> None:
        self.accepted.append((name, start, root, end))

    def reject(self, name: str, line: int, start: int, reason: str) -> None:
        self.rejected.append(Rejected(name, self.file, line + 1, start + 1, reason))

    def note(self, line: int, reason: str) -> None:
        if self.noted < MAX_NOTES:
            self.notes.append(Rejected("", self.file, line + 1, line + 1, reason))
        elif self.noted == MAX_NOTES:
            more = "more of this file is skipped, without a note on each"
            self.notes.append(Rejected("", self.file, line + 1, line + 1, more))
        self.noted += 1


def assigned_constant(node: ast.stmt, scope: Scope) -> dict[str, Value] | None:
    """What `NAME = literal` defines; None for any other statement."""
    value = getattr(node, "value", None)
    targets = list(_targets(node))
    if value is None or not targets or not all(isinstance(target, ast.Name) for target in targets):
        return None
    try:
        constant = constant_of(value, scope, lambda name: False)
    except Outside:
        return None
    return {target.id: constant for target in targets if isinstance(target, ast.Name)}


def _targets(node: ast.stmt) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        yield from node.targets
    elif isinstance(node, ast.AnnAssign):
        yield node.target
