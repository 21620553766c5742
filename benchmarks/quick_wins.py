"""What each optimisation pass earns: alone, left out, all stacked; measured, with what it avoided counted.

    python benchmarks/quick_wins.py --reference ARC --tasks 32 --tasks 100

ARC is a checkout of michaelhodel/arc-dsl, whose solvers are mutated as in candidates.py. Sides are alternated; each time is
that of reading the candidates and validating them.

- *stacked*: all passes against all but one, on all candidates. This is the gain that counts for the verdict.
- *alone*: one pass against none. Without batches every evaluation is a call of its own, so both sides run on the first
  --few candidates of each task. Kernels, and on CPU the machine, are in memory on both sides: compiling would drown the rest.
- *solver-body-cache* is measured in new processes: all kernels on disk against none, everything else on (once: minutes).
- *validation-cache* finds the answers of a run before, in which every other candidate was tried (--known 0.5); the gains
  with an empty store and with everything known are printed as well.

A gain is how much longer it takes without the pass, in percent: the median of the repeats' ratios, and in brackets a
bootstrap interval of 95%. The verdict is "keep" where the whole interval reaches the least gain expected of the pass. All sides
must agree before a time is printed: statuses and reasons of all candidates, every score that two sides have, and
`results_digest` wherever all pairs are evaluated.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jax
from common import Worker, add_reference, console, environment, parser, save, show_environment, table
from workload import write_workload

from jbatt.engine.engines import lease
from jbatt.program import ProgramSet, read_programs
from jbatt.run.passes import make
from jbatt.run.registry import BUILT_IN
from jbatt.run.settings import Settings
from jbatt.run.validate import validate
from jbatt.store.answer_rows import FILE
from jbatt.store.executables import ExecutableStore
from jbatt.store.history import History
from jbatt.store.location import cache_folder
from jbatt.tasks import TaskSet, load_tasks
from jbatt.values.window import CLASSES

LEAST = dict(zip(BUILT_IN, (3.0, 5.0, 5.0, 10.0, 5.0), strict=True))
"""Percent that each pass is expected to gain at least."""
KERNELS = "solver-body-cache"
COUNTED = ("evaluations", "recalled", "merged", "operations", "pieces")


@dataclass
class Ran:
    """One run: its seconds, with those of compiling apart, what was counted, and its results."""

    seconds: float
    compile: float
    counts: dict[str, int]
    digest: str
    results: dict[tuple[str, str], tuple[str, str, list[int | None]]]


@dataclass
class Side:
    """Runs with the same passes, on the same candidates, from the same state of the store of answers."""

    passes: tuple[str, ...]
    known: str
    few: bool
    runs: list[Ran] = field(default_factory=list)


def run(file: Path, tasks: TaskSet, passes: tuple[str, ...], folder: Path, timeout: float, few: int) -> Ran:
    """Read and validate: what is measured."""
    start = time.perf_counter()
    programs = read_programs(file)
    if few:
        programs = first_of_each(programs, few)
    found = validate(
        programs, tasks, timeout=timeout, passes=make(Settings(list(passes))), store=ExecutableStore(folder)
    )
    seconds = time.perf_counter() - start
    return Ran(
        seconds,
        found.seconds["compile"] + found.seconds.get("load", 0.0),
        {**{k: found.counts[k] for k in COUNTED}, **found.kernels},
        found.digest,
        {(r.task, r.program): (r.status, r.reason, [*r.demos, *r.tests]) for r in found.results},
    )


def first_of_each(programs: ProgramSet, few: int) -> ProgramSet:
    """Candidates __c0000 to __c<few - 1> of each task."""
    kept = [p for p in programs.programs if int(p.name.rpartition("__c")[2]) < few]
    return ProgramSet(programs.graph, kept)


def in_new_process(file: Path, data: str, ids: list[str], passes, folder: Path, timeout: float) -> Ran:
    """`run` as a new process calls it."""
    return run(file, load_tasks(data).select(ids=ids), passes, folder, timeout, 0)


class Benchmark:
    """All sides on one workload."""

    def __init__(self, options: argparse.Namespace, file: Path, tasks: TaskSet, base: Path):
        self.options, self.file, self.tasks, self.base = options, file, tasks, base
        self.sides: dict[str, Side] = {}
        # One folder for all: engines are kept by folder. It has the kernels that there are, and answers as a side needs them.
        self.folder = base / "cache"
        self.folder.mkdir(mode=0o700)
        kernels = cache_folder() / "executables"
        kernels.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / "executables").symlink_to(kernels)

    def know(self, known: str = "") -> None:
        """Put the store of answers into a state: empty, or as `prepare` has kept it."""
        for path in self.folder.glob(FILE + "*"):
            path.unlink()
        if known:
            shutil.copy(self.base / f"{known}.sqlite", self.folder / FILE)

    def prepare(self) -> None:
        """Kernels into memory and on disk; stores that know half of the answers, and all.

        The machines of all classes are made ready, whether so many evaluations are worth it or not: else some sides
        would have them and others would not, and repeats would differ.
        """
        with lease(ExecutableStore(self.folder)) as engines:
            for side in CLASSES[:-1] if jax.default_backend() == "cpu" else ():
                self.say(f"the machine of class {side}")
                engines.machine(side).executable()
        all_ = tuple(BUILT_IN)
        for name, step in (("half", 2), ("all", 1)):
            self.know()
            programs = read_programs(self.file)
            kept = [p for p in programs.programs if int(p.name.rpartition("__c")[2]) % step == 0]
            self.say(f"a store that knows {name}")
            validate(
                ProgramSet(programs.graph, kept),
                self.tasks,
                timeout=self.options.timeout,
                passes=make(Settings(list(all_))),
                store=ExecutableStore(self.folder),
            )
            shutil.copy(self.folder / FILE, self.base / f"{name}.sqlite")

    def plan(self) -> None:
        """The sides that run in this process."""
        everything, none = tuple(BUILT_IN), (KERNELS,)
        cached = "half" if self.options.known else ""
        self.sides["all"] = Side(everything, cached, False)
        for name in BUILT_IN:
            if name != KERNELS:
                self.sides[f"all - {name}"] = Side(tuple(n for n in everything if n != name), cached, False)
        self.sides["all, empty store"] = Side(everything, "", False)
        self.sides["all, all known"] = Side(everything, "all", False)
        self.sides["none"] = Side(none, "", True)
        for name in BUILT_IN:
            if name != KERNELS:
                known = cached if name == "validation-cache" else ""
                self.sides[f"only {name}"] = Side((KERNELS, name), known, True)
        self.sides["all, few"] = Side(everything, "", True)

    def measure(self) -> None:
        """Every side once, not counted, so that all kernels are there; then all repeats, alternated."""
        for k in range(-1, self.options.repeats):
            order = list(self.sides.items())
            for name, side in order if k % 2 else reversed(order):
                self.say(f"{name}, {'first' if k < 0 else f'{k + 1} of {self.options.repeats}'}")
                self.know(side.known)
                found = run(
                    self.file,
                    self.tasks,
                    side.passes,
                    self.folder,
                    self.options.timeout,
                    self.options.few if side.few else 0,
                )
                if k >= 0:
                    side.runs.append(found)
                    if found.counts["compiled"]:
                        console.print(f"[bold]{name} compiled {found.counts['compiled']} kernels[/bold]")

    def measure_kernels(self) -> None:
        """New processes, with kernels on disk and without."""
        everything = tuple(BUILT_IN)
        without = tuple(n for n in everything if n != KERNELS)
        for name, passes in (("new process", everything), (f"new process - {KERNELS}", without)):
            self.say(name)
            side = self.sides[name] = Side(passes, "", False)
            self.know()
            ids = [task.id for task in self.tasks]
            given = (self.file, self.options.data, ids, passes, self.folder, self.options.timeout)
            with Worker() as worker:
                side.runs.append(worker(in_new_process, *given))

    def say(self, text: str) -> None:
        if not self.options.quiet:
            console.print(f"[dim]{time.strftime('%H:%M:%S')} {text}[/dim]")

    # Agreement ----------------------------------------------------------------------------------------------------

    def differences(self) -> list[str]:
        """What sides do not agree on."""
        found = []
        judged: dict[tuple[str, str], tuple[str, str]] = {}
        scores: dict[tuple[str, str, int], int] = {}
        digests: dict[bool, set[str]] = defaultdict(set)
        for name, side in self.sides.items():
            for ran in side.runs:
                if "early-exit" not in side.passes:
                    digests[side.few].add(ran.digest)
                for key, (status, reason, row) in ran.results.items():
                    if judged.setdefault(key, (status, reason)) != (status, reason):
                        found.append(f"{name}: {key}: {(status, reason)} and {judged[key]}")
                    for pair, s in enumerate(row):
                        if s is not None and scores.setdefault((*key, pair), s) != s:
                            found.append(f"{name}: {key}, pair {pair}: {s} and {scores[(*key, pair)]}")
        found += [f"{len(d)} different digests of all scores" for d in digests.values() if len(d) > 1]
        return found


# Figures ----------------------------------------------------------------------------------------------------------


def gain(
    without: Side, with_: Side, seconds: Callable[[Ran], float] = lambda r: r.seconds
) -> dict[str, float]:
    """Percent longer without: median of the repeats' ratios, and the bounds of its interval."""
    ratios = [100 * (seconds(a) / seconds(b) - 1) for a, b in zip(without.runs, with_.runs, strict=True)]
    low, high = interval(ratios)
    return {"median": statistics.median(ratios), "low": low, "high": high, "repeats": len(ratios)}


def interval(values: list[float], draws: int = 2000) -> tuple[float, float]:
    """Percentile bootstrap of the median, 95%."""
    draw = random.Random(0)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(draws))
    return medians[draws * 25 // 1000], medians[draws * 975 // 1000]


def figures(benchmark: Benchmark) -> dict[str, Any]:
    """Gains and counts by pass, and of all together."""
    sides = benchmark.sides
    passes = {}
    for name in BUILT_IN:
        if name == KERNELS:
            without, with_ = sides.get(f"new process - {KERNELS}"), sides.get("new process")
            alone = None
        else:
            without, with_ = sides[f"all - {name}"], sides["all"]
            alone = gain(sides["none"], sides[f"only {name}"])
        if without is None or with_ is None:
            continue
        stacked = gain(without, with_)
        passes[name] = {
            "least": LEAST[name],
            "stacked": stacked,
            "alone": alone,
            "verdict": "keep" if stacked["low"] >= LEAST[name] else "investigate",
            "avoided": {
                k: n - with_.runs[0].counts[k] for k, n in without.runs[0].counts.items() if k != "recalled"
            },
        }
    cache = sides["all - validation-cache"]
    return {
        "passes": passes,
        "validation-cache": {
            state: gain(cache, sides[f"all, {state}"]) for state in ("empty store", "all known")
        },
        "stacked_over_none": gain(sides["none"], sides["all, few"]),
    }


def text(found: dict[str, float] | None) -> str:
    if found is None:
        return "-"
    if found["repeats"] == 1:
        return f"{found['median']:,.1f}% (once)"
    return f"{found['median']:,.1f}% [{found['low']:,.1f}, {found['high']:,.1f}]"


def show(found: dict[str, Any], benchmark: Benchmark) -> None:
    rows = table("Quick wins", "win", "least", "measured (stacked)", "alone", "verdict", "avoided, counted")
    for name, f in found["passes"].items():
        avoided = ", ".join(f"{n:,} {k}" for k, n in f["avoided"].items() if n > 0)
        rows.add_row(
            name,
            f"{f['least']:.0f}%",
            text(f["stacked"]),
            text(f["alone"]),
            f["verdict"],
            avoided or "nothing",
        )
    console.print(rows)
    for state, f in found["validation-cache"].items():
        console.print(f"validation-cache, {state}: {text(f)}")
    over = found["stacked_over_none"]
    console.print(
        f"All stacked over none, kernels in memory, {benchmark.options.few} candidates a task: "
        f"{over['median'] / 100 + 1:.2f} x [{over['low'] / 100 + 1:.2f}, {over['high'] / 100 + 1:.2f}]"
    )
    costs = table("Sides", "side", "candidates", "median s", "min", "max", "kernels s", *COUNTED, "calls")
    for name, side in benchmark.sides.items():
        seconds = [r.seconds for r in side.runs]
        first = side.runs[0]
        costs.add_row(
            name,
            f"{len(first.results):,}",
            f"{statistics.median(seconds):.3f}",
            f"{min(seconds):.3f}",
            f"{max(seconds):.3f}",
            f"{first.compile:.2f}",
            *(f"{first.counts[k]:,}" for k in COUNTED),
            f"{first.counts['calls']:,}",
        )
    console.print(costs)


# The command ------------------------------------------------------------------------------------------------------


def one(options: argparse.Namespace, number: int) -> tuple[dict[str, Any], bool]:
    """The benchmark on so many tasks: figures, and whether all sides agree."""
    with tempfile.TemporaryDirectory() as base:
        file = Path(base) / "candidates.py"
        every = load_tasks(options.data)
        ids = {task.id for task in every}
        texts = write_workload(
            options.reference / "solvers.py", options.reference / "dsl.py", file, ids, number,
            options.candidates, options.seed,
        )  # fmt: skip
        names = dict.fromkeys(name.removeprefix("solve_").rpartition("__")[0] for name in texts)
        console.rule(f"{len(names)} tasks x {options.candidates} candidates, seed {options.seed}")
        benchmark = Benchmark(options, file, every.select(ids=names), Path(base))
        benchmark.prepare()
        benchmark.plan()
        benchmark.measure()
        if options.kernels:
            benchmark.measure_kernels()
        differences = benchmark.differences()
    if differences:
        console.print(f"[bold red]{len(differences)} differences: no time is reported[/bold red]")
        for difference in differences[:20]:
            console.print(difference, markup=False)
        return {"tasks": number, "differences": differences}, False
    found = figures(benchmark)
    show(found, benchmark)
    if options.record:
        keep(found, f"{number} tasks x {options.candidates}")
    return {"tasks": number, "candidates": options.candidates, **found}, True


def keep(found: dict[str, Any], about: str) -> None:
    """Into the history, where `jbatt plugins` reads it."""
    history = History(cache_folder())
    for name, f in found["passes"].items():
        history.add_gain(datetime.now(UTC).isoformat(), name, f["stacked"]["median"], about)
    history.close()


def arguments() -> argparse.Namespace:
    p = parser(__doc__)
    add_reference(p)
    p.add_argument("--data", default="arc-agi-1/training", help="tasks, as `jbatt run --tasks` takes them")
    p.add_argument(
        "--tasks", type=int, action="append", help="number of tasks; may be repeated (default 32, 100)"
    )
    p.add_argument("--candidates", type=int, default=132, help="a task (default 132)")
    p.add_argument("--few", type=int, default=8, help="candidates a task without batches (default 8)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--repeats", type=int, default=3, help="runs of each side, alternated (default 3)")
    p.add_argument("--timeout", type=float, default=60.0, help="seconds a candidate (default 60)")
    p.add_argument(
        "--known", type=float, default=0.5, choices=(0.0, 0.5), help="share of answers known before"
    )
    p.add_argument(
        "--no-kernels", dest="kernels", action="store_false", help="leave out solver-body-cache (minutes)"
    )
    p.add_argument(
        "--no-record", dest="record", action="store_false", help="do not keep the gains for jbatt plugins"
    )
    p.add_argument("--quiet", action="store_true", help="do not say what runs")
    options = p.parse_args()
    if options.repeats < 1 or options.few < 1 or options.few > options.candidates:
        p.error("expected --repeats of 1 or more, and --few from 1 to --candidates")
    return options


def main() -> None:
    options = arguments()
    where = environment()
    show_environment(where)
    done, good = [], True
    for number in options.tasks or [32, 100]:
        found, agrees = one(options, number)
        done.append(found)
        good = good and agrees
    settings = {k: v for k, v in vars(options).items() if k not in ("reference", "json")}
    save(options.json, {"environment": where, "options": settings, "workloads": done})
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
