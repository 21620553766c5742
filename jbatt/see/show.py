"""`jbatt show`: the pairs of a task in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from jbatt.markup import plain
from jbatt.see.picture import Picture, of_grid
from jbatt.see.terminal import Block, block, flow, show, side_by_side
from jbatt.tasks import Task
from jbatt.tasks.task import Pair

ARROW = Block([Text(""), Text("->", "dim")])


def show_task(task: Task, console: Console, answers: bool = True) -> None:
    """Print all pairs of a task, inputs beside outputs. Without `answers` the outputs of the test pairs are left out."""
    console.print(
        f"[bold]{plain(task.id)}[/]  {_many(task.demos, 'demo')}, {_many(task.tests, 'test')}",
        highlight=False,
    )
    console.print()
    pairs = [(f"demo {k + 1}", p, True) for k, p in enumerate(task.demos)]
    pairs += [(f"test {k + 1}", p, answers) for k, p in enumerate(task.tests)]
    blocks = [pair_block(name, p, console, with_output) for name, p, with_output in pairs]
    show(flow(blocks, console.width, gap=4), console)


def pair_block(name: str, pair: Pair, console: Console, with_output: bool = True) -> Block:
    """A pair with its name above it, in the largest cells that fit the width; one above the other where none do."""
    drawn: list[Picture] = [of_grid(pair.input, f"{name} {_size(pair.input)}")]
    if pair.output is not None and with_output:
        drawn.append(of_grid(pair.output, _size(pair.output)))
    for wide in (True, False):
        blocks = [block(p, console, wide) for p in drawn]
        parts = [part for b in blocks for part in (ARROW, b)][1:]
        made = side_by_side(parts, gap=1)
        if made.width <= console.width:
            return made
    return Block([line for b in blocks for line in b.lines])


def _many(pairs: tuple, kind: str) -> str:
    return f"{len(pairs)} {kind} pair{'' if len(pairs) == 1 else 's'}"


def _size(grid) -> str:
    return f"{grid.shape[0]}x{grid.shape[1]}"
