"""Few programs on thousands of grids: every solver of a file on every pair of every task.

    python benchmarks/examples.py --reference ARC --limit-programs 20 --processes 2

ARC is a checkout of michaelhodel/arc-dsl. Sides, each in a process of its own, repeats alternated between them:

cpython  the reference in --processes processes, tasks distributed; --timeout seconds a call
jbatt    `validate(..., match="all")` in a process that has run the workload before; --timeout seconds a program

A validation is one program on one pair: no side stops early. Times are those of reading the programs, evaluating and
writing `results.jsonl`; data sets and the reference are loaded before. "unanswered" is the CPU time that CPython
takes for programs and tasks that jbatt reports as unsupported, capacity or timeout, and "x answered" the ratio without
it: no merit of jbatt's where it has no answer.

All sides must agree on every program and task before a time is printed; where CPython's set order makes a difference,
the reference is asked again in canonical order, and once more without the lines that nothing uses, which jbatt does not
evaluate. The exit code is 1 where jbatt and the reference disagree all the same. jbatt's kernels are kept in
$JBATT_CACHE_DIR.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from agreement import compare, counts, show, unanswered
from common import (
    Spread,
    Worker,
    add_reference,
    console,
    environment,
    mib,
    parser,
    save,
    show_environment,
    table,
)
from engine import JbattRun, jbatt_process
from reference import Key, Limits, Outcome, Statuses, cut, run_canonically, run_everywhere

from jbatt.tasks import load_tasks


def selected(options: argparse.Namespace, file: Path) -> tuple[list[str], list[str], int]:
    """Write the chosen programs into one file: their names, the ids of the chosen tasks, the number of pairs."""
    programs = options.programs or options.reference / "solvers.py"
    chosen = cut(programs.read_text(encoding="utf-8"))[:: options.every][: options.limit_programs]
    if not chosen:
        raise SystemExit(f"{programs}: no function at the start of a line")
    file.write_text("".join(text for _, text in chosen), encoding="utf-8")
    tasks = load_tasks(options.data).select(limit=options.limit_tasks)
    pairs = sum(len(task.demos) + len(task.tests) for task in tasks)
    return [name for name, _ in chosen], [task.id for task in tasks], pairs


def arguments() -> argparse.Namespace:
    p = parser(__doc__)
    add_reference(p)
    p.add_argument(
        "--programs", type=Path, metavar="FILE", help="functions of a grid (default ARC/solvers.py)"
    )
    p.add_argument("--limit-programs", type=int, metavar="N", help="the first N programs (default all)")
    p.add_argument(
        "--every", type=int, default=1, metavar="K", help="every K-th program: the first are the shortest"
    )
    p.add_argument("--data", default="arc-agi-1/training", help="tasks, as `jbatt run --tasks` takes them")
    p.add_argument("--limit-tasks", type=int, metavar="N", help="the first N tasks by id (default all)")
    p.add_argument(
        "--match", choices=("all",), default="all", help="what is tried on what: all programs on all tasks"
    )
    p.add_argument("--repeats", type=int, default=1, help="runs of each side, alternated (default 1)")
    p.add_argument("--processes", type=int, default=2, help="of CPython (default 2)")
    p.add_argument(
        "--timeout", type=float, default=10.0, help="seconds: CPython a call, jbatt a program and task"
    )
    p.add_argument(
        "--memory", type=int, default=4096, help="MiB that a CPython process may grow by (default 4096)"
    )
    p.add_argument("--quiet", action="store_true", help="do not say what runs")
    options = p.parse_args()
    if options.repeats < 1:
        p.error("--repeats: expected 1 or more")
    return options


def main() -> None:
    options = arguments()
    where = environment()
    show_environment(where)
    with tempfile.TemporaryDirectory() as base:
        good = benchmark(options, Path(base), where)
    sys.exit(0 if good else 1)


def benchmark(options: argparse.Namespace, base: Path, where: dict) -> bool:
    """Run both sides, compare, print; whether they agree."""
    file = base / "programs.py"
    names, ids, pairs = selected(options, file)
    validations = len(names) * pairs
    console.rule(f"{len(names)} programs x {pairs:,} pairs of {len(ids)} tasks = {validations:,} validations")
    limits = Limits(options.timeout, options.memory << 20)
    cpython: list[Outcome] = []
    jbatt: list[JbattRun] = []
    steps = iter(range(10**6))

    def say(text: str) -> None:
        if not options.quiet:
            console.print(f"[dim]{time.strftime('%H:%M:%S')} {text}[/dim]")

    def out() -> Path:
        made = base / f"run{next(steps)}"
        made.mkdir()
        return made

    def run_cpython() -> Outcome:
        with Worker() as worker:
            o = options
            return worker(run_everywhere, file, o.data, ids, o.reference, limits, out(), o.processes)

    def run_jbatt(worker: Worker) -> JbattRun:
        return worker(jbatt_process, file, options.data, ids, out(), "all", options.timeout, False)

    with Worker() as same:
        say("jbatt's first run")
        first = run_jbatt(same)
        for k in range(options.repeats):
            for name in ("cpython", "jbatt") if k % 2 == 0 else ("jbatt", "cpython"):
                say(f"{name}, {k + 1} of {options.repeats}")
                if name == "jbatt":
                    jbatt.append(run_jbatt(same))
                else:
                    cpython.append(run_cpython())

    def again(keys: list[Key]) -> dict[str, Statuses]:
        say(f"the reference in canonical set order on {len(keys)} programs and tasks")
        slow = Limits(20 * limits.seconds, limits.memory)
        with Worker() as worker:
            return worker(run_canonically, file, options.data, options.reference, slow, keys)

    ours = {"jbatt first": first.statuses, **{f"jbatt {k + 1}": r.statuses for k, r in enumerate(jbatt)}}
    found = compare(ours, {f"cpython {k + 1}": r.statuses for k, r in enumerate(cpython)}, again)
    show(found, first.reasons)

    base_time = Spread.of([r.seconds for r in jbatt])
    rows = table(
        f"{validations:,} validations, {options.repeats} repeats", "side", "median s", "min", "max",
        "validations/s", "x jbatt", "unanswered s", "x answered", "timeouts", "MiB",
    )  # fmt: skip
    sides: list[tuple[str, list[Outcome] | list[JbattRun]]] = [
        (f"CPython, {max(r.workers for r in cpython)} processes", cpython),
        ("jbatt, same process", jbatt),
    ]
    missed = unanswered(found, cpython)
    for name, runs in sides:
        spread = Spread.of([r.seconds for r in runs])
        rows.add_row(
            name,
            f"{spread.median:.3f}",
            f"{spread.min:.3f}",
            f"{spread.max:.3f}",
            f"{validations / spread.median:,.0f}",
            f"{spread.median / base_time.median:.2f}",
            f"{missed:.3f}" if runs is cpython else "-",
            f"{(spread.median - missed / cpython[0].workers) / base_time.median:.2f}"
            if runs is cpython
            else "-",
            str(counts(runs[-1].statuses).get("timeout", 0)),
            mib(max(r.peak for r in runs)),
        )
    console.print(rows)
    last = jbatt[-1]
    parts = ", ".join(f"{name} {seconds:.3f}" for name, seconds in last.parts.items())
    console.print(f"jbatt's seconds by component: {parts}; first run {first.seconds:.3f} in all")
    console.print(
        f"jbatt's kernels: {last.kernels}; {last.parts.get('execute', 0.0) / last.seconds:.1%} of the time in kernels"
    )
    hidden = ("statuses", "why", "each")
    save(
        options.json,
        {
            "environment": where,
            "programs": names,
            "tasks": len(ids),
            "pairs": pairs,
            "validations": validations,
            "options": {k: v for k, v in vars(options).items() if k not in ("reference", "programs", "json")},
            "unanswered_seconds": missed,
            "agreement": found.report(first.why),
            "first_seconds": first.seconds,
            "sides": {
                name: [{k: v for k, v in asdict(r).items() if k not in hidden} for r in runs]
                for name, runs in sides
            },
        },
    )
    return found.good


if __name__ == "__main__":
    main()
