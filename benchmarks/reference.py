"""Programs validated by CPython on a checkout of ARC-DSL: plainly, with early exit, with a memo, in many processes.

Candidates are the reference's own Python: their text is compiled and executed in a namespace of ARC-DSL's functions and
constants. Run only text that you trust.
"""

from __future__ import annotations

import ast
import gc
import json
import multiprocessing
import os
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

from common import peak_memory

from jbatt.tasks import Task, load_tasks

SOLVED, FAILED, ERROR, TIMEOUT = "solved", "failed", "error", "timeout"

Key = tuple[str, str]
"""(task, program)."""

Statuses = dict[Key, str]

Judged = list[tuple[Key, str, float]]
"""Status and CPU seconds of programs on tasks."""

Pairs = list[tuple[Any, Any]]
"""Input and expected output as ARC-DSL has them; the demos come first, in the order in which jbatt judges them."""


@dataclass(frozen=True)
class Limits:
    """What one program may use: seconds of wall time, and bytes of memory that its process may grow by."""

    seconds: float = 10.0
    memory: int = 4 << 30


@dataclass
class Outcome:
    """What a side found and what it cost.

    seconds: wall time of the whole, and its parts; each: CPU seconds of each result; peak: bytes; workers: processes.
    """

    statuses: Statuses
    seconds: float
    each: dict[Key, float] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)
    peak: int = 0
    workers: int = 1


# The reference ----------------------------------------------------------------------------------------------------


def load(
    reference: Path,
    names: dict[str, Any] | None = None,
    prepare: Callable[[ast.Module], Any] = lambda tree: tree,
) -> dict[str, Any]:
    """ARC-DSL's functions and constants by name, from a checkout, executed in a namespace of their own.

    names: what stands there before; prepare: changes the syntax trees.
    """
    space: dict[str, Any] = dict(names or {})
    for file in ("arc_types.py", "dsl.py", "constants.py"):
        path = reference / file
        tree = ast.parse(path.read_text(encoding="utf-8"))
        # One namespace holds all three files: they need not import each other.
        tree.body = [n for n in tree.body if not (isinstance(n, ast.ImportFrom) and n.module == "arc_types")]
        exec(compile(prepare(tree), str(path), "exec"), space)
    return space


def arguments(function: Any) -> tuple[str, ...]:
    """The names of a function's parameters."""
    code = function.__code__
    return code.co_varnames[: code.co_argcount]


class Memo:
    """Primitives that remember what they have given, by their arguments. `names` is the namespace for programs.

    Only what programs call is wrapped, not the calls among primitives. Functions are remembered by identity: since the
    combinators give the same function for the same arguments, equal function values of many programs are one.
    """

    MISSING = object()
    TEMPLATE = """
def {name}({given}):
    try:
        _value = _get({key}, _missing)
    except TypeError:  # an argument cannot be hashed
        return _raw({passed})
    if _value is _missing:
        _value = _table[{key}] = _raw({passed})
    return _value
"""

    def __init__(self, names: dict[str, Any]):
        self.tables: list[dict] = []
        self.names = dict(names)
        for name, function in names.items():
            if isinstance(function, FunctionType):
                self.names[name] = self._wrapped(name, function)

    def _wrapped(self, name: str, function: Any) -> Any:
        given = arguments(function)
        table: dict = {}
        self.tables.append(table)
        space = {"_get": table.get, "_table": table, "_missing": self.MISSING, "_raw": function}
        text = self.TEMPLATE.format(
            name=name,
            given=", ".join(given),
            passed=", ".join(given),
            key=given[0] if len(given) == 1 else f"({', '.join(given)})",
        )
        exec(text, space)
        return space[name]

    def clear(self) -> None:
        for table in self.tables:
            table.clear()


# Limits -----------------------------------------------------------------------------------------------------------


class TimeUp(BaseException):
    """A program has used up its time. No Exception, so that nothing takes it for the program's own."""


def _time_up(*_: object) -> None:
    raise TimeUp


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Bound this process's memory; programs' time is bounded by `judge` from now on.

    The collector of cycles is off meanwhile: ARC-DSL makes none, and with a memo it would cost CPython a quarter.
    """
    signal.signal(signal.SIGALRM, _time_up)
    before = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux":
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + limits.memory, before[1]))
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        resource.setrlimit(resource.RLIMIT_AS, before)


# Judging ----------------------------------------------------------------------------------------------------------


def pairs_of(task: Task) -> Pairs:
    """The pairs of a task as ARC-DSL has them: tuples of tuples of integers."""
    return [
        (_tuples(p.input), None if p.output is None else _tuples(p.output))
        for p in (*(task.demos[k] for k in task.judging_order), *task.tests)
    ]


def _tuples(grid: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(map(tuple, grid.tolist()))


def judge(function: Callable, pairs: Pairs, demos: int, limits: Limits, every: bool) -> str:
    """The status of a program on a task: the first demo that raises (error) or is not right (failed) decides.

    every: evaluate all pairs, tests included, as jbatt does for its scores; else stop where it is decided. What takes
    too long or too much memory is "timeout" and decides as well.
    """
    statuses: list[str] = []
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    try:
        for given, expected in pairs if every else pairs[:demos]:
            try:
                right = function(given) == expected
            except MemoryError:
                statuses.append(TIMEOUT)
            except Exception:
                statuses.append(ERROR)
            else:
                statuses.append(SOLVED if right else FAILED)
            if statuses[-1] != SOLVED and not every:
                break
    except TimeUp:
        statuses.append(TIMEOUT)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return next((s for s in statuses[:demos] if s != SOLVED), SOLVED)


# Candidates -------------------------------------------------------------------------------------------------------

_FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)


def cut(text: str) -> list[tuple[str, str]]:
    """(name, text) of the functions of a file, in order."""
    found = list(_FUNCTION.finditer(text))
    ends = [*(m.start() for m in found[1:]), len(text)]
    return [(m[1], text[m.start() : end]) for m, end in zip(found, ends, strict=True)]


def compiled(text: str, names: dict[str, Any]) -> dict[str, Any]:
    """The namespace after executing a file of programs in it. Imports in it are dropped: the names are there."""
    space = dict(names)
    lines = [line for line in text.split("\n") if not line.startswith(("import ", "from "))]
    exec(compile("\n".join(lines), "candidates", "exec"), space)
    return space


@dataclass
class Work:
    """What a process needs to judge programs: made before the clock starts, inherited by forked workers."""

    names: dict[str, Any]
    memo: Memo | None
    pairs: dict[str, tuple[Pairs, int]]
    limits: Limits

    @classmethod
    def of(cls, reference: Path, tasks: Iterable[Task], limits: Limits, memo: bool) -> Work:
        names = load(reference)
        made = Memo(names) if memo else None
        pairs = {t.id: (pairs_of(t), len(t.demos)) for t in tasks}
        return cls(made.names if made else names, made, pairs, limits)

    def judged(self, functions: Iterable[tuple[str, Any]], task: str, every: bool) -> Judged:
        """The statuses of programs on one task; the memo holds what these have in common."""
        pairs, demos = self.pairs[task]
        found: Judged = []
        for name, function in functions:
            start = time.process_time()
            status = judge(function, pairs, demos, self.limits, every)
            found.append(((task, name), status, time.process_time() - start))
        if self.memo:
            self.memo.clear()
        return found


def run_candidates(
    file: Path,
    data: str,
    reference: Path,
    limits: Limits,
    task_of: Callable[[str], str],
    out: Path,
    *,
    memo: bool = False,
    every: bool = False,
    processes: int = 1,
) -> Outcome:
    """All candidates of a file, each on its task, from reading the file to writing `results.jsonl`.

    Data sets and the reference are loaded before the clock starts. One process imports the whole file; several import
    task by task what they are given.
    """
    work = Work.of(reference, load_tasks(data), limits, memo)
    parts: dict[str, float] = {}
    clock = time.perf_counter
    with limited(limits):
        start = clock()
        text = file.read_text(encoding="utf-8")
        if processes == 1:
            space = compiled(text, work.names)
            shares = _by_task((name for name, _ in cut(text)), task_of)
            parts["import"] = clock() - start
            found = [
                result
                for task, names in shares.items()
                for result in work.judged(((n, space[n]) for n in names), task, every)
            ]
            peak, workers = peak_memory(), 1
        else:
            texts = dict(cut(text))
            shares = _by_task(texts, task_of)
            jobs = [(task, names, "".join(texts[n] for n in names)) for task, names in shares.items()]
            found, peak, workers = _forked(partial(_share, work, every), jobs, processes, limits)
        parts["run"] = clock() - start - sum(parts.values())
        statuses = {key: status for key, status, _ in found}
        write(out, statuses)
        seconds = clock() - start
    parts["record"] = seconds - sum(parts.values())
    each = {key: spent for key, _, spent in found}
    return Outcome(statuses, seconds, each, parts, peak, workers)


def _share(work: Work, every: bool, job: tuple[str, list[str], str]) -> Judged:
    task, names, text = job
    space = compiled(text, work.names)
    return work.judged(((n, space[n]) for n in names), task, every)


def run_everywhere(
    file: Path,
    data: str,
    ids: list[str],
    reference: Path,
    limits: Limits,
    out: Path,
    processes: int,
) -> Outcome:
    """Every program of a file on every pair of every task, `limits.seconds` for each program on each pair."""
    tasks = load_tasks(data).select(ids=ids)
    work = Work.of(reference, tasks, limits, memo=False)
    clock = time.perf_counter
    with limited(limits):
        start = clock()
        text = file.read_text(encoding="utf-8")
        space = compiled(text, work.names)
        functions = [(name, space[name]) for name, _ in cut(text)]
        parts = {"import": clock() - start}
        # The programs are inherited, not sent: a forked worker has them without an import of its own.
        found, peak, workers = _forked(partial(_everywhere, work, functions), ids, processes, limits)
        parts["run"] = clock() - start - parts["import"]
        statuses = {key: status for key, status, _ in found}
        write(out, statuses)
        seconds = clock() - start
    parts["record"] = seconds - sum(parts.values())
    each = {key: spent for key, _, spent in found}
    return Outcome(statuses, seconds, each, parts, peak, workers)


def _everywhere(work: Work, functions: list[tuple[str, Any]], task: str) -> Judged:
    pairs, demos = work.pairs[task]
    found: Judged = []
    for name, function in functions:
        start = time.process_time()
        # The limit is for one call: pair by pair, the first demo that is not solved decides.
        by_pair = [judge(function, [pair], 1, work.limits, every=True) for pair in pairs]
        status = next((s for s in by_pair[:demos] if s != SOLVED), SOLVED)
        found.append(((task, name), status, time.process_time() - start))
    return found


def _by_task(names: Iterable[str], task_of: Callable[[str], str]) -> dict[str, list[str]]:
    shares: dict[str, list[str]] = {}
    for name in names:
        shares.setdefault(task_of(name), []).append(name)
    return shares


def write(folder: Path, statuses: Statuses) -> None:
    """A line for each result, as jbatt's run folder has them."""
    with open(folder / "results.jsonl", "w", encoding="utf-8") as file:
        for (task, program), status in statuses.items():
            file.write(json.dumps({"task": task, "program": program, "status": status}) + "\n")


# Processes --------------------------------------------------------------------------------------------------------

_job: Callable | None = None
"""What the workers of a pool do; set before they are forked."""


def _forked(
    job: Callable[[Any], Judged], items: list, processes: int, limits: Limits
) -> tuple[Judged, int, int]:
    """`job` of every item in forked processes, which take the next item when done: results, memory, processes."""
    global _job
    _job = job
    context = multiprocessing.get_context("fork")
    found: Judged = []
    peaks: dict[int, int] = {}
    with context.Pool(min(processes, len(items)), initializer=_prepare, initargs=(limits,)) as pool:
        for results, process, peak in pool.imap_unordered(_one, items):
            found += results
            peaks[process] = max(peak, peaks.get(process, 0))
    # Pages that workers share with their parent are counted for each of them.
    return found, peak_memory() + sum(peaks.values()), len(peaks)


def _prepare(limits: Limits) -> None:
    signal.signal(signal.SIGALRM, _time_up)


def _one(item: Any) -> tuple[Judged, int, int]:
    assert _job is not None
    return _job(item), os.getpid(), peak_memory()


# Canonical order --------------------------------------------------------------------------------------------------


def run_canonically(
    file: Path, data: str, reference: Path, limits: Limits, keys: list[Key]
) -> dict[str, Statuses]:
    """Some programs on some tasks again, with the reference's sets in canonical order.

    Three times: as they are ("exit"), with a memo ("memo"), and without the lines that nothing uses ("used").
    """
    from canonical import load_canonical  # it needs JAX, which the measured processes do without

    tasks = load_tasks(data)
    names = load_canonical(reference)
    memo = Memo(names)
    texts = dict(cut(file.read_text(encoding="utf-8")))
    text = "".join(texts[name] for name in dict.fromkeys(name for _, name in keys))
    spaces = {
        "exit": compiled(text, names),
        "memo": compiled(text, memo.names),
        "used": compiled(without_unused(text), names),
    }
    found: dict[str, Statuses] = {side: {} for side in spaces}
    with limited(limits):
        for task in dict.fromkeys(task for task, _ in keys):
            pairs, demos = pairs_of(tasks[task]), len(tasks[task].demos)
            for side, space in spaces.items():
                for key in keys:
                    if key[0] == task:
                        found[side][key] = judge(space[key[1]], pairs, demos, limits, every=False)
            memo.clear()
    return found


def without_unused(text: str) -> str:
    """The functions of a file without assignments to variables that no later line uses."""
    tree = ast.parse(text)
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        kept: list[ast.stmt] = []
        used: set[str] = set()
        for statement in reversed(function.body):
            if isinstance(statement, ast.Assign):
                targets = {target.id for target in statement.targets if isinstance(target, ast.Name)}
                if targets and not targets & used:
                    continue
                used -= targets
            used |= {
                n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            }
            kept.append(statement)
        function.body = kept[::-1]
    return ast.unparse(tree)
