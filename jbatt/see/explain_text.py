"""`jbatt explain` in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jbatt.errors import JbattError
from jbatt.markup import plain
from jbatt.program import Program
from jbatt.see.find import find_program, task_for
from jbatt.tasks import Task


def explain_command(name: str, task: str | None, source: str | None) -> None:
    """Explain a program and print it; it is measured where a task is given or its name tells one."""
    program, programs = find_program(name, task)
    chosen = _task(program, task, source)

    from jbatt.see.explain import explain

    with Console(stderr=True).status("evaluating (the first time also compiling)"):
        grids = [p.input for p in chosen.demos + chosen.tests] if chosen else None
        found = explain(program, programs, grids)
    show_explanation(found, Console(), chosen)


def _task(program: Program, task: str | None, source: str | None) -> Task | None:
    if task is not None:
        return task_for(program, task, source)
    try:
        return task_for(program, None, source)
    except JbattError:
        return None  # not named for a task: nothing to measure on


def show_explanation(found, console: Console, task: Task | None) -> None:
    """Print an Explanation."""
    program = found.program
    console.print(
        f"[bold]{program.name}[/]  {plain(program.file)}:{program.line}", highlight=False, soft_wrap=True
    )
    console.print(f"body {program.body}", highlight=False, soft_wrap=True)
    console.print(Text(found.canonical, "dim"), soft_wrap=True)
    console.print()
    lines = Table("line", "what", "type", title="Lines", title_justify="left")
    for line, kind, typed in found.lines:
        what = line.text if line.target else "  " + line.text
        lines.add_row(str(line.number), Text(what), Text(kind, "" if typed else "bold red"))
    console.print(lines)
    if found.unsupported:
        console.print(Text(f"unsupported: {found.unsupported}", "bold red"), soft_wrap=True)
        return
    kernels = _kernels(found)
    console.print(kernels)
    console.print(f"{found.operations} operations after lowering, shared ones counted once", highlight=False)
    if found.measured is None:
        console.print(
            "not measured: it is not named for a task; say on which, with --task ID", style="yellow"
        )
    else:
        _measured(found.measured, task, console)


def _kernels(found) -> Table:
    rows = found.measured.rows if found.measured else {}
    title = "Primitives on rows: each needs one kernel a capacity class, whatever the number of programs"
    table = Table("primitive", "types", "runs", title=title, title_justify="left")
    if rows:
        table.add_column("rows, all pairs", justify="right")
    told = set()
    for k in found.kernels:
        types = f"({', '.join(map(str, k.args))}) -> {k.result}"
        cells = [k.primitive, types, "on the host, in NumPy" if k.host else "a kernel"]
        if rows:
            cells.append("" if k.primitive in told else _rows(rows, k.primitive))
        told.add(k.primitive)
        table.add_row(*cells)
    for name in sorted({n for n, _ in rows} - told):
        table.add_row(name, "containers and functions", "on indices", _rows(rows, name))
    return table


def _rows(rows, name: str) -> str:
    found = {side: n for (each, side), n in rows.items() if each == name}
    return ", ".join(f"{n:,} in {side}" for side, n in sorted(found.items()))


def _measured(measured, task: Task | None, console: Console) -> None:
    low, high = measured.estimate_us
    statuses = {a.status for a in measured.answers}
    on = f"task {plain(task.id)}" if task else "the grids"
    console.print(
        f"measured on {on}, {measured.pairs} pairs: {measured.rows_a_pair:,.0f} rows a pair, "
        f"capacity classes {', '.join(map(str, sorted(set(measured.sides))))}; {', '.join(sorted(statuses))}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"seconds for all pairs, alone: {measured.first:.2f} at first ({measured.compiled} kernels compiled), "
        f"{measured.again:.4f} when loaded",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"estimate among many candidates: {low:,.0f} to {high:,.0f} us a pair, less what it shares with others",
        highlight=False,
        soft_wrap=True,
    )
