"""`jbatt trace` in the terminal: each line with what it makes, and the output beside what was expected."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from jbatt.engine.interpreter import OK
from jbatt.markup import plain
from jbatt.see.picture import ITEMS, Picture, of_grid, of_output, pictures
from jbatt.see.terminal import gallery, show
from jbatt.see.text import short
from jbatt.see.trace import NEEDS, Step, Trace
from jbatt.values.types import FIXED, FUNCTION, GRID, StructType

STYLES = {OK: "green", NEEDS: "dim"}
INDENT = 6
SHOWN = 20
"""Differing cells that are listed."""


def show_trace(trace: Trace, console: Console) -> None:
    """Print a trace, line by line."""
    program = trace.program
    console.print(
        f"[bold]{program.name}[/]  {plain(program.file)}:{program.line}  {plain(trace.label)}",
        highlight=False,
        soft_wrap=True,
    )
    _pictures([of_grid(trace.input, f"I  {_size(trace.input)}")], console)
    for step in trace.steps:
        if not step.line.target and step.status == OK and step.type in (FUNCTION, FIXED):
            continue  # a function inside a statement is there to be read already
        console.print()
        _step(step, trace, console)
    console.print()
    _result(trace, console)


def _step(step: Step, trace: Trace, console: Console) -> None:
    inner = not step.line.target
    text = Text(f"{step.line.number:>4}  ", "dim")
    text.append("  " * inner + step.line.text, "dim" if inner or not step.used else "bold")
    if step.status == OK:
        text.append(f"   {summary(step)}", "cyan")
    if not step.used:
        text.append("   (not used)", "dim")
    console.print(text, soft_wrap=True)
    if step.status == NEEDS:
        console.print(
            Text(" " * INDENT + "not reached: it needs a value that is missing", "dim"), soft_wrap=True
        )
    elif step.status != OK:
        console.print(Text(f"{' ' * INDENT}{step.status}: {step.reason}", "bold red"), soft_wrap=True)
    else:
        under = trace.input
        drawn = pictures(step.value, step.type, under)
        _pictures(drawn, console)
        if step.reason:
            console.print(Text(f"{' ' * INDENT}{step.reason}", "yellow"), soft_wrap=True)
        more = hidden(step, len(drawn))
        if more:
            console.print(Text(f"{' ' * INDENT}and {more} more", "dim"))


def summary(step: Step) -> str:
    """The type of a value and the value in a few words."""
    if step.type is GRID:
        return f"Grid {len(step.value)}x{len(step.value[0]) if step.value else 0}"
    return f"{step.type}: {short(step.value, step.type, 100)}"


def hidden(step: Step, drawn: int) -> int:
    """Items of a container that are not drawn."""
    if drawn < ITEMS or isinstance(step.type, StructType) or not isinstance(step.value, tuple | frozenset):
        return 0
    return max(0, len(step.value) - drawn)


def _result(trace: Trace, console: Console) -> None:
    if trace.output is None:
        style = "yellow" if trace.status == OK else "bold red"
        words = trace.reason or "there is no output"
        console.print(Text(f"no output: {words}", style), soft_wrap=True)
        if trace.expected is not None:
            _pictures([of_grid(trace.expected, f"expected {_size(trace.expected)}")], console)
        return
    expected = trace.expected
    drawn = [of_output(trace.output, expected, f"output {_size(trace.output)}")]
    if expected is not None:
        drawn.append(of_grid(expected, f"expected {_size(expected)}"))
    _pictures(drawn, console, together=True)
    console.print(
        Text(verdict(trace), "green" if trace.right or expected is None else "bold red"), soft_wrap=True
    )


def verdict(trace: Trace) -> str:
    """Whether the output is right, and which cells are not."""
    output, expected = trace.output, trace.expected
    if output is None:
        return f"no output: {trace.reason}"
    if expected is None:
        return "the expected output is not known"
    if output.shape != expected.shape:
        return f"wrong: the output is {_size(output)}, expected {_size(expected)}"
    wrong = [(int(i), int(j)) for i, j in zip(*(output != expected).nonzero(), strict=True)]
    if not wrong:
        return "right: every cell is as expected"
    shown = ", ".join(f"({i}, {j})" for i, j in wrong[:SHOWN])
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    return f"wrong: {len(wrong)} of {expected.size} cells differ, at {shown}{more}"


def _pictures(drawn: list[Picture], console: Console, together: bool = False) -> None:
    if drawn:
        show(gallery(drawn, console, console.width - INDENT, together), console, INDENT)


def _size(grid) -> str:
    return f"{grid.shape[0]}x{grid.shape[1]}"
