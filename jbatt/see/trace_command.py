"""What `jbatt trace` does: find the program, the task and the pair, and show the trace."""

from __future__ import annotations

from rich.console import Console

from jbatt.errors import JbattError
from jbatt.see.find import find_program, task_for
from jbatt.tasks import Task
from jbatt.tasks.task import Pair


def trace_command(name: str, task: str | None, source: str | None, pair: str | None, timeout: float) -> None:
    """Trace a program and print it. Raises JbattError for names that mean nothing."""
    program, programs = find_program(name, task)
    chosen = task_for(program, task, source)
    labelled = pairs(chosen, pair)

    from jbatt.engine.interpreter import Interpreter
    from jbatt.see.trace import trace
    from jbatt.see.trace_text import show_trace
    from jbatt.store.executables import ExecutableStore

    console = Console()
    interpreter = Interpreter(programs.graph, store=ExecutableStore())
    with Console(stderr=True).status("evaluating (the first time also compiling)"):
        interpreter.prepare([program.root])
        for label, example in labelled:
            found = trace(
                program,
                programs,
                example.input,
                example.output,
                label=f"task {chosen.id}, {label}",
                timeout=timeout,
                interpreter=interpreter,
            )
            if not found.right:
                break
        else:
            if pair is None:
                found = trace(
                    program,
                    programs,
                    labelled[0][1].input,
                    labelled[0][1].output,
                    label=f"task {chosen.id}, {labelled[0][0]} (all {len(labelled)} pairs are right)",
                    timeout=timeout,
                    interpreter=interpreter,
                )
    show_trace(found, console)


def pairs(task: Task, which: str | None) -> list[tuple[str, Pair]]:
    """The pair that is meant, or all of them, each with its name."""
    labelled = {str(k + 1): (f"demo {k + 1} of {len(task.demos)}", p) for k, p in enumerate(task.demos)}
    labelled |= {f"t{k + 1}": (f"test {k + 1} of {len(task.tests)}", p) for k, p in enumerate(task.tests)}
    if which is None:
        return list(labelled.values())
    if which not in labelled:
        raise JbattError(f"task {task.id} has no pair {which!r}: expected one of {', '.join(labelled)}")
    return [labelled[which]]
