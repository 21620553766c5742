"""Rich representations: what objects of jbatt look like in a notebook."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from jbatt.see.palette import COLORS
from jbatt.see.picture import Picture, of_grid, of_output, pictures
from jbatt.see.svg import figures, svg

if TYPE_CHECKING:
    from jbatt.program import Program, ProgramSet
    from jbatt.run.results import Result
    from jbatt.run.validate import Validation
    from jbatt.see.trace import Step, Trace
    from jbatt.tasks import Task, TaskSet
    from jbatt.tasks.task import Pair

MANY = 20
"""Rows of a table, and tasks of a set, that are drawn."""
_PRE = 'style="margin:.2em 0;padding:.5em .8em;background:#8882;border-radius:4px"'


class Drawing:
    """A grid to look at: `jbatt.draw(grid)` at the end of a notebook cell, or `.svg` for a file."""

    def __init__(self, picture: Picture):
        self.picture = picture

    @property
    def svg(self) -> str:
        """The drawing as the text of an SVG file."""
        return svg(self.picture)

    def _repr_html_(self) -> str:
        return figures([self.picture])

    def __repr__(self) -> str:
        return "\n".join(" ".join(str(c) for c in row) for row in self.picture.cells.tolist())


def draw(grid: Any, expected: Any = None, title: str = "") -> Drawing:
    """A grid, int[h, w] or rows of colours, drawn; cells that differ from `expected` are framed.

    Raises JbattError for what is no grid.
    """
    from jbatt.run.library import _grid

    cells = _grid(grid)
    if expected is None:
        return Drawing(of_grid(cells, title))
    return Drawing(of_output(cells, _grid(expected), title))


def pair_html(pair: Pair, name: str = "", output: np.ndarray | None = None) -> str:
    """A pair's grids side by side, with an output if there is one."""
    drawn = [of_grid(pair.input, f"{name} input".strip())]
    if pair.output is not None:
        drawn.append(of_grid(pair.output, "expected" if output is not None else "output"))
    if output is not None:
        drawn.append(of_output(output, pair.output))
    return figures(drawn, 140)


def task_html(task: Task) -> str:
    """All pairs of a task."""
    named = [(f"demo {k + 1}", p) for k, p in enumerate(task.demos)]
    named += [(f"test {k + 1}", p) for k, p in enumerate(task.tests)]
    pairs = "".join(
        f'<div style="display:inline-block;margin-right:2em">{pair_html(p, n)}</div>' for n, p in named
    )
    return f"<div><b>{escape(task.id)}</b><div>{pairs}</div></div>"


def tasks_html(tasks: TaskSet) -> str:
    """The first pairs of the first tasks, small."""
    shown = []
    for task in tasks.tasks[:MANY]:
        if task.demos:
            shown += [of_grid(task.demos[0].input, task.id)]
            if task.demos[0].output is not None:
                shown += [of_grid(task.demos[0].output, "")]
    more = f"<div>and {len(tasks) - MANY} more</div>" if len(tasks) > MANY else ""
    return f"<div><b>{escape(tasks.source)}</b>, {len(tasks)} tasks{figures(shown, 70)}{more}</div>"


def program_html(program: Program) -> str:
    """A program's text."""
    place = escape(f"{program.file}:{program.line}  body {program.body[:12]}")
    return f"<div>{place}<pre {_PRE}>{escape(program.source)}</pre></div>"


def programs_html(programs: ProgramSet) -> str:
    """A table of the programs read, and what was not."""
    rows = [(p.name, f"{p.file}:{p.line}", p.body[:12]) for p in programs.programs[:MANY]]
    text = _table(("program", "where", "body"), rows, len(programs.programs))
    for title, others in (("not read", programs.rejected), ("notes", programs.notes)):
        if others:
            items = "".join(f"<li>{escape(str(r))}</li>" for r in others[:MANY])
            text += f"<div>{title}: {len(others)}<ul>{items}</ul></div>"
    return f"<div>{len(programs.programs)} programs{text}</div>"


def validation_html(run: Validation) -> str:
    """Counts by status and the tasks that are solved."""
    counts = ", ".join(f"{n:,} {status}" for status, n in run.statuses.items() if n)
    solved = [r for r in run.results if r.status == "solved"]
    rows = [(r.task, r.program, _scores(r.demos), _scores(r.tests)) for r in solved[:MANY]]
    reasons = Counter((r.status, r.reason) for r in run.results if r.reason and r.status != "solved")
    why = [(status, f"{n:,}", reason) for (status, reason), n in reasons.most_common(10)]
    text = f"<div>{len(run.results):,} candidates: {escape(counts)}; {len(run.solved_tasks):,} tasks solved</div>"
    if rows:
        text += _table(("task", "solved by", "demos", "tests"), rows, len(solved))
    if why:
        text += _table(("status", "candidates", "reason"), why, len(why))
    return f"<div>{text}</div>"


def result_html(result: Result) -> str:
    """One result as a table."""
    rows = [
        ("task", result.task),
        ("program", f"{result.program} ({result.file}:{result.line})"),
        ("status", result.status),
        ("demos", _scores(result.demos)),
        ("tests", _scores(result.tests)),
    ]
    if result.reason:
        rows.append(("reason", result.reason))
    return _table(("", ""), rows, len(rows))


def value_html(value: Any, kind: Any, shown: str) -> str:
    """A Python value of a DSL type, drawn if there is something to draw."""
    drawn = pictures(value, kind)
    return f"<div><code>{escape(shown)}</code>{figures(drawn, 120) if drawn else ''}</div>"


def trace_html(trace: Trace) -> str:
    """A trace, line by line."""
    from jbatt.see.trace_text import verdict

    parts = [
        f"<b>{escape(trace.program.name)}</b> {escape(trace.label)}",
        figures([of_grid(trace.input, "I")]),
    ]
    parts += [_step(s, trace) for s in trace.steps]
    last = []
    if trace.output is not None:
        last.append(of_output(trace.output, trace.expected))
    if trace.expected is not None:
        last.append(of_grid(trace.expected, "expected"))
    shade = COLORS[3] if trace.right else COLORS[2] if trace.expected is not None else "inherit"
    parts += [figures(last), f'<div style="color:{shade}">{escape(verdict(trace))}</div>']
    return f"<div>{''.join(parts)}</div>"


def _step(step: Step, trace: Trace) -> str:
    from jbatt.see.trace_text import summary

    code = f"<code>{escape(step.line.text)}</code>"
    if step.status != "ok":
        said = step.reason or "it needs a value that is missing"
        return (
            f'<div>{code} <span style="color:{COLORS[2]}">{escape(step.status)}: {escape(said)}</span></div>'
        )
    drawn = pictures(step.value, step.type, trace.input)
    return f"<div>{code} {escape(summary(step))}{figures(drawn, 110) if drawn else ''}</div>"


def _scores(scores: list[int | None]) -> str:
    return " ".join("?" if s is None else str(s) for s in scores)


def _table(names: tuple[str, ...], rows: list, total: int) -> str:
    head = "".join(f"<th>{escape(n)}</th>" for n in names)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(c))}</td>' for c in row)}</tr>" for row in rows)
    more = f"<div>and {total - len(rows):,} more</div>" if total > len(rows) else ""
    return f"<table><tr>{head}</tr>{body}</table>{more}"
