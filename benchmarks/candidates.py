"""Many candidates a task: mutants of ARC-DSL's solvers, validated by CPython on the reference and by jbatt.

    python benchmarks/candidates.py --reference ARC --tasks 100 --candidates 132 --repeats 3

ARC is a checkout of michaelhodel/arc-dsl. Sides, each in a process of its own, repeats alternated between them:

naive     CPython, every pair of the task, demos and tests
exit      CPython, a candidate ends at its first demo that fails or raises
memo      as exit, and primitives remember what they gave, by their arguments, task by task
parallel  as memo, tasks distributed over --processes processes
cold      jbatt in a new process with an empty kernel cache (--cold; minutes)
new       jbatt in a new process with its kernels and the machine (`jbatt cache prepare`) on disk: from starting Python to the last
          result on disk
same      jbatt again in a process that has run the workload ten times, so that nothing is compiled or loaded any more

Times are those of reading the candidates, validating all of them and writing `results.jsonl`; data sets and the
reference are loaded before, but for cold and new, which count everything. "unanswered" is the CPU time that CPython
takes for candidates that jbatt reports as unsupported, capacity or timeout, and "x answered" the ratio without it: no
merit of jbatt's where it has no answer.

All sides must agree on every candidate before a time is printed; where CPython's set order makes a difference, the
reference is asked again in canonical order, and once more without the lines that nothing uses, which jbatt does not
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
from typing import Any

from agreement import Agreement, compare, counts, show, unanswered
from common import (
    Spread,
    Worker,
    add_reference,
    console,
    environment,
    mib,
    names_of,
    parser,
    save,
    show_environment,
    table,
)
from engine import JbattRun, jbatt_process, prepare
from reference import Key, Limits, Outcome, Statuses, run_candidates, run_canonically
from workload import task_of, write_workload

from jbatt.tasks import load_tasks

CPYTHON = {
    "naive": {"every": True},
    "exit": {},
    "memo": {"memo": True},
    "parallel": {"memo": True},
}
SIDES = (*CPYTHON, "new", "same")
WARMING = 9

Run = Outcome | JbattRun


class Benchmark:
    """One workload on all sides: a file of candidates, and the runs of each side so far."""

    def __init__(self, options: argparse.Namespace, file: Path, folder: Path):
        self.options, self.file, self.folder = options, file, folder
        self.limits = Limits(options.timeout, options.memory << 20)
        self.runs: dict[str, list[Run]] = {side: [] for side in options.sides}
        self.first: JbattRun | None = None
        self._steps = 0

    def run(self) -> None:
        """jbatt's first run, which puts its kernels on disk, then all repeats."""
        options = self.options
        jbatt = {"new", "same"} & set(options.sides)
        same = Worker() if jbatt else None
        try:
            if same:
                self._say("jbatt cache prepare")
                with Worker() as worker:
                    worker(prepare)
                self._say("jbatt's first run")
                self.first = self._jbatt(same)
                self._warm(same)
            for k in range(options.repeats):
                # Every other round starts from the other end, so that no side always follows the same one.
                for side in options.sides if k % 2 == 0 else reversed(options.sides):
                    self._say(f"{side}, {k + 1} of {options.repeats}")
                    self.runs[side].append(self._side(side, same))
        finally:
            if same:
                same.close()

    def _warm(self, same: Worker) -> None:
        """Run the workload a few times: larger machines are loaded when several runs have asked for them."""
        for k in range(WARMING):
            self._say(f"warming up, {k + 1} of {WARMING}")
            self._jbatt(same)

    def _side(self, side: str, same: Worker | None) -> Run:
        if side in CPYTHON:
            with Worker() as worker:
                return self._cpython(worker, side)
        if side == "same":
            assert same is not None
            return self._jbatt(same)
        with tempfile.TemporaryDirectory() as cache:
            with Worker(**({"JBATT_CACHE_DIR": cache} if side == "cold" else {})) as worker:
                found = self._jbatt(worker)
                seconds = time.perf_counter() - worker.started
                # What `run_jbatt` did not see: Python's start, the first imports, loading the tasks.
                found.parts["start"] = seconds - found.seconds
                found.seconds = seconds
            return found

    def _cpython(self, worker: Worker, side: str) -> Outcome:
        o = self.options
        more: dict[str, Any] = {"processes": o.processes} if side == "parallel" else {}
        return worker(
            run_candidates, self.file, o.data, o.reference, self.limits, task_of, self._out(), **CPYTHON[side], **more
        )  # fmt: skip

    def _jbatt(self, worker: Worker) -> JbattRun:
        o = self.options
        return worker(jbatt_process, self.file, o.data, None, self._out(), "name", o.timeout, o.early_exit)

    def _out(self) -> Path:
        self._steps += 1
        out = self.folder / f"run{self._steps}"
        out.mkdir()
        return out

    def _say(self, text: str) -> None:
        if not self.options.quiet:
            console.print(f"[dim]{time.strftime('%H:%M:%S')} {text}[/dim]")

    # Agreement ----------------------------------------------------------------------------------------------------

    def compare(self) -> Agreement:
        """All runs of all sides: repeats as well must say the same."""
        jbatt: dict[str, Statuses] = {"jbatt first": self.first.statuses} if self.first else {}
        reference: dict[str, Statuses] = {}
        for side, runs in self.runs.items():
            into = reference if side in CPYTHON else jbatt
            for k, run in enumerate(runs):
                into[f"{side} {k + 1}" if len(runs) > 1 else side] = run.statuses
        return compare(jbatt, reference, self._again)

    def _again(self, keys: list[Key]) -> dict[str, Statuses]:
        self._say(f"the reference in canonical set order on {len(keys)} candidates")
        # Sorting at every step takes its time: the limits are for what programs do, not for that.
        slow = Limits(6 * self.limits.seconds, self.limits.memory)
        with Worker() as worker:
            return worker(run_canonically, self.file, self.options.data, self.options.reference, slow, keys)


# Output -----------------------------------------------------------------------------------------------------------


def title(side: str, runs: list[Run], options: argparse.Namespace) -> str:
    names = {
        "naive": "CPython, all pairs",
        "exit": "CPython, early exit",
        "memo": "CPython, early exit, memo",
        "parallel": f"CPython, early exit, memo, {options.processes} processes",
        "cold": "jbatt, new process, empty cache",
        "new": "jbatt, new process, kernels on disk",
        "same": "jbatt, same process",
    }
    early = any(isinstance(run, JbattRun) and run.early_exit for run in runs)
    return names[side] + (", early exit" if early else "")


def show_times(benchmark: Benchmark, number: int, found: Agreement) -> None:
    runs, options = benchmark.runs, benchmark.options
    spreads = {side: Spread.of([r.seconds for r in made]) for side, made in runs.items() if made}
    base = next((spreads[side].median for side in ("same", "new") if side in spreads), None)
    rows = table(
        f"{number:,} candidates, {options.repeats} repeats", "side", "median s", "min", "max", "us/candidate",
        "x jbatt warm", "unanswered s", "x answered", "timeouts", "MiB",
    )  # fmt: skip
    for side, spread in spreads.items():
        last = runs[side][-1]
        cpython = [run for run in runs[side] if isinstance(run, Outcome)]
        missed = unanswered(found, cpython) if cpython else 0.0
        rows.add_row(
            title(side, runs[side], options),
            f"{spread.median:.3f}",
            f"{spread.min:.3f}",
            f"{spread.max:.3f}",
            f"{spread.median / number * 1e6:,.1f}",
            f"{spread.median / base:.2f}" if base else "-",
            f"{missed:.3f}" if cpython else "-",
            f"{(spread.median - missed / last.workers) / base:.2f}"
            if base and isinstance(last, Outcome)
            else "-",
            str(counts(last.statuses).get("timeout", 0)),
            mib(max(r.peak for r in runs[side])),
        )
    console.print(rows)


def middle(runs: list[JbattRun]) -> JbattRun:
    """The run of median length."""
    return sorted(runs, key=lambda run: run.seconds)[(len(runs) - 1) // 2]


def show_parts(benchmark: Benchmark) -> None:
    """Where jbatt's time goes, in the median run of each of its sides."""
    sides: dict[str, JbattRun] = {"first": benchmark.first} if benchmark.first else {}
    for side, runs in benchmark.runs.items():
        found = [run for run in runs if isinstance(run, JbattRun)]
        if found:
            sides[side] = middle(found)
    if not sides:
        return
    rows = table("jbatt's seconds by component (median run)", "", *sides)
    parts = dict.fromkeys(name for run in sides.values() for name in run.parts)
    for name in parts:
        rows.add_row(name, *(f"{run.parts.get(name, 0.0):.3f}" for run in sides.values()))
    rows.add_section()
    rows.add_row("total", *(f"{run.seconds:.3f}" for run in sides.values()))
    shares = (run.parts.get("execute", 0.0) / run.seconds for run in sides.values())
    rows.add_row("share in kernels", *(f"{share:.1%}" for share in shares))
    for name in dict.fromkeys(name for run in sides.values() for name in (*run.kernels, *run.counts)):
        values = ({**run.counts, **run.kernels}.get(name) for run in sides.values())
        rows.add_row(name, *("-" if v is None else f"{v:,}" for v in values))
    console.print(rows)
    for side in ("new", "same"):
        if side in sides and sides[side].kernels.get("compiled"):
            console.print(
                f"[bold]{side} compiled {sides[side].kernels['compiled']} kernels: it was not warm[/bold]"
            )


def report(benchmark: Benchmark, found: Agreement, texts: dict[str, str]) -> dict[str, Any]:
    sides = {
        side: [
            {
                **{k: v for k, v in asdict(run).items() if k not in ("statuses", "why", "each")},
                "counts_by_status": counts(run.statuses),
            }
            for run in runs
        ]
        for side, runs in benchmark.runs.items()
    }
    shown = (*found.wrong, *found.unsteady, *found.unused)
    first = benchmark.first
    return {
        "candidates": len(texts),
        "agreement": found.report(first.why if first else {}),
        "sources": {program: texts[program] for _, program in shown},
        "first_seconds": first.seconds if first else None,
        "unanswered_seconds": {
            side: unanswered(found, made)
            for side, runs in benchmark.runs.items()
            if (made := [run for run in runs if isinstance(run, Outcome)])
        },
        "sides": sides,
    }


# The command ------------------------------------------------------------------------------------------------------


def one(options: argparse.Namespace, candidates: int) -> tuple[dict[str, Any], bool]:
    """The benchmark with this many candidates a task: its report, and whether all agree."""
    with tempfile.TemporaryDirectory() as base:
        file = Path(base) / "candidates.py"
        ids = {task.id for task in load_tasks(options.data)}
        programs = options.programs or options.reference / "solvers.py"
        dsl = options.reference / "dsl.py"
        texts = write_workload(
            programs, dsl, file, ids, options.tasks, candidates, options.seed, options.order
        )
        tasks = len({task_of(name) for name in texts})
        console.rule(f"{tasks} tasks x {candidates} candidates, seed {options.seed}")
        benchmark = Benchmark(options, file, Path(base))
        benchmark.run()
        found = benchmark.compare()
    show(found, benchmark.first.reasons if benchmark.first else {})
    if benchmark.first:
        for key in list(found.wrong)[:20]:
            why = benchmark.first.why.get(key)
            if why:
                console.print(f"  {key[1]}: jbatt's reason: {why}", markup=False, soft_wrap=True)
    show_times(benchmark, len(texts), found)
    show_parts(benchmark)
    return {"tasks": tasks, "candidates_a_task": candidates, **report(benchmark, found, texts)}, found.good


def arguments() -> argparse.Namespace:
    p = parser(__doc__)
    add_reference(p)
    p.add_argument("--programs", type=Path, metavar="FILE", help="what to mutate (default ARC/solvers.py)")
    p.add_argument("--data", default="arc-agi-1/training", help="tasks, as `jbatt run --tasks` takes them")
    p.add_argument("--tasks", type=int, default=100, help="number of tasks (default 100)")
    p.add_argument("--candidates", type=int, action="append", help="a task (default 132); may be repeated")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--order", choices=("id", "file"), default="id", help="which programs are taken first")
    p.add_argument("--repeats", type=int, default=3, help="runs of each side, alternated (default 3)")
    p.add_argument("--sides", type=names_of, default=[*SIDES], help=f"of {','.join(SIDES)} (default all)")
    p.add_argument("--cold", action="store_true", help="also jbatt with an empty kernel cache")
    p.add_argument("--processes", type=int, default=2, help="of the side `parallel` (default 2)")
    p.add_argument("--timeout", type=float, default=10.0, help="seconds a candidate (default 10)")
    p.add_argument(
        "--memory", type=int, default=4096, help="MiB that a CPython side may grow by (default 4096)"
    )
    p.add_argument(
        "--no-early-exit", dest="early_exit", action="store_false", help="let jbatt evaluate all pairs"
    )
    p.add_argument("--quiet", action="store_true", help="do not say what runs")
    options = p.parse_args()
    unknown = [side for side in options.sides if side not in SIDES]
    if unknown or not options.sides:
        p.error(f"--sides: {', '.join(unknown)}: expected some of {', '.join(SIDES)}")
    if options.cold:
        options.sides.append("cold")
    if options.repeats < 1:
        p.error("--repeats: expected 1 or more")
    return options


def main() -> None:
    options = arguments()
    where = environment()
    show_environment(where)
    done, good = [], True
    for candidates in options.candidates or [132]:
        found, agrees = one(options, candidates)
        done.append(found)
        good = good and agrees
    settings = {k: str(v) if isinstance(v, Path) else v for k, v in vars(options).items()}
    for place in ("reference", "programs", "json"):  # paths of one machine
        settings.pop(place)
    save(options.json, {"environment": where, "options": settings, "workloads": done})
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
