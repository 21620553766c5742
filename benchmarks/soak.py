"""A long run with a fault every minute: are rows lost, does memory grow, does the rate hold?

    python benchmarks/soak.py --candidates 1000000 --minutes 60

Mutants of the bank are drawn round by round, evaluated on their parents' tasks by workers that are processes (`jbatt.scale`), counted and
dropped, so that the driver holds two rounds at most. Meanwhile `benchmarks/soak_faults.py` does harm. At the end some
rounds are evaluated again, in one process, with another cache and without faults: their digests must be equal.

Rows lost: candidates without a result; rows wrong: results of what was no candidate, given twice, or given up although nothing is
wrong with them. The exit code is 1 where there is any, or a digest differs.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common import console, environment, mib, save, show_environment, table
from soak_faults import FAULTS, Faults

from jbatt.engine.memory import resident
from jbatt.program import ProgramSet, read_programs
from jbatt.run.command import bank
from jbatt.run.match import Candidates, match
from jbatt.run.passes import make
from jbatt.run.results import Result, results_digest
from jbatt.run.settings import Settings
from jbatt.run.validate import Validation
from jbatt.scale.place import place
from jbatt.scale.pool import DIED, DONE, LAST, READY, Event, Pool
from jbatt.scale.stream import pool, stream
from jbatt.scale.worker import Job
from jbatt.search.mutate import mutate
from jbatt.store.location import cache_folder
from jbatt.tasks import TaskSet, load_tasks

TIMEOUT = 10.0


class Kept(Pool):
    """Workers that outlive a run: each round's schedule takes over those of the round before, and starts what is missing."""

    def __init__(self, inner: Pool):
        self.inner, self.size = inner, inner.size
        self.alive: dict[int, Any] = {}
        """Worker -> what it said of itself, None while it starts."""
        self.ended = self.started = time.monotonic()
        """When a shard was done, and a worker ready, for the last time."""
        self.done = 0
        self._claimed: set[int] = set()
        self._ready: list[Event] = []

    def start(self) -> int:
        free = [n for n in self.alive if n not in self._claimed]
        number = free[0] if free else self.inner.start()
        self._claimed.add(number)
        about = self.alive.setdefault(number, None)
        if about is not None:
            self._ready.append(Event(number, READY, about))
        return number

    def send(self, worker: int, shard: bytes) -> None:
        self.inner.send(worker, shard)

    def wait(self) -> list[Event]:
        if self._ready:
            events, self._ready = self._ready, []
            return events
        events = self.inner.wait()
        for e in events:
            if e.kind == READY:
                self.alive[e.worker] = e.content
                self.started = time.monotonic()
            elif e.kind in (DONE, LAST):
                self.ended, self.done = time.monotonic(), self.done + 1
            if e.kind in (LAST, DIED):
                self.alive.pop(e.worker, None)
                self._claimed.discard(e.worker)
        return events

    def close(self) -> None:
        """The end of a round."""
        self._claimed.clear()
        self._ready.clear()

    def pids(self) -> list[int]:
        """Of the workers that are ready."""
        return [about.pid for about in list(self.alive.values()) if about is not None]


@dataclass
class Round:
    """Candidates that are drawn by one seed."""

    seed: int
    programs: ProgramSet
    candidates: list[Candidates]

    def keys(self) -> Counter[tuple[str, str, str | None]]:
        return Counter((c.task.id, p.name, p.body) for c in self.candidates for p in c.programs)


@dataclass
class Found:
    """What came of all rounds."""

    candidates: int = 0
    lost: int = 0
    wrong: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    digests: dict[int, str] = field(default_factory=dict)


def drawn(seed: int, tasks: TaskSet, size: int) -> Round:
    """About `size` mutants: the same for the same seed, with a graph of their own."""
    read = read_programs(bank())
    made = mutate(read, -(-size // len(read.programs)), seed, tasks).programs[:size]
    # The graph grows by what was drawn and not taken, too: it is dropped with the round.
    own = ProgramSet(read.graph, made)
    return Round(seed, own, match(own, tasks, "name"))


def rounds(tasks: TaskSet, size: int) -> Iterator[Round]:
    """Rounds without end, one drawn ahead."""
    ahead: queue.Queue[Round | BaseException] = queue.Queue(1)

    def draw() -> None:
        try:
            for seed in range(1 << 30):
                ahead.put(drawn(seed, tasks, size))
        except BaseException as e:
            ahead.put(e)

    threading.Thread(target=draw, daemon=True).start()
    while True:
        found = ahead.get()
        if isinstance(found, BaseException):
            raise found
        yield found


def judge(round: Round, results: list[Result], found: Found) -> None:
    """Add a round's results."""
    wanted = round.keys()
    got = Counter((r.task, r.program, r.body) for r in results)
    found.lost += (wanted - got).total()
    found.wrong += (got - wanted).total() + sum("workers died" in r.reason for r in results)
    found.statuses.update(r.status for r in results)
    found.digests[round.seed] = results_digest(results)


class Watch(threading.Thread):
    """Prints a line a minute: rate, memory of driver and workers, faults."""

    def __init__(self, kept: Kept, found: Found, faults: Faults, every: float):
        super().__init__(daemon=True)
        self.kept, self.found, self.faults, self.every = kept, found, faults, every
        self.lines: list[dict[str, Any]] = []
        self.begun, self.first = time.monotonic(), 0
        self._ended = threading.Event()

    def start(self) -> None:
        self.begun = time.monotonic()
        super().start()

    def stop(self) -> None:
        self._ended.set()

    def run(self) -> None:
        before, last = 0, self.begun
        while not self._ended.wait(self.every):
            now, done = time.monotonic(), self.found.candidates
            pids = self.kept.pids()
            line = {
                "minute": round((now - self.begun) / 60, 1),
                "candidates": done,
                "rate": round((done - before) / (now - last)),
                "driver": resident(os.getpid()),
                "workers": max(map(resident, pids), default=0),
                "faults": len(self.faults.done),
                "load": round(os.getloadavg()[0], 1),
            }
            before, last = done, now
            self.lines.append(line)
            console.print(
                f"{line['minute']:6.1f} min {done:10,d} candidates {line['rate']:6,d}/s  driver {mib(line['driver'])} MiB, "
                f"largest worker {mib(line['workers'])} MiB, {len(pids)} ready, {line['faults']} faults, "
                f"load {line['load']}"
            )


def soak(args: argparse.Namespace, tasks: TaskSet, folder: Path) -> tuple[Found, Watch, Faults, float]:
    """Rounds until there are enough candidates, or the time is over."""
    settings, found = Settings(), Found()
    kept = Kept(pool(place("processes", args.workers), Job(TIMEOUT, False, settings, folder)))
    faults = Faults(folder, kept, args.seed, args.fault_every, args.faults)
    watch = Watch(kept, found, faults, args.report_every)
    begun = time.monotonic()
    try:
        for round in rounds(tasks, args.batch):
            run, results = Validation(), []
            for new in stream(
                run, round.programs, round.candidates, place("processes"), kept, make(settings)
            ):
                if not found.candidates:  # what follows is the steady state: kernels are loaded
                    watch.first = len(new)
                    watch.start()
                    faults.start()
                results += new
                found.candidates += len(new)
            judge(round, results, found)
            found.counts.update({k: v for k, v in run.counts.items() if k in ("evaluations", "recalled")})
            found.counts.update({k: v for k, v in (run.scale or {}).items() if isinstance(v, int)})
            found.counts["compiled"] += run.kernels.get("compiled", 0)
            late = time.monotonic() - begun > args.minutes * 60
            if found.candidates >= args.candidates or late:
                break
    finally:
        faults.stop()
        watch.stop()
        kept.inner.close()
    return found, watch, faults, time.monotonic() - watch.begun


def checked(found: Found, tasks: TaskSet, size: int, share: float) -> tuple[int, int]:
    """Evaluates a share of the rounds again, without faults and with nothing remembered: (candidates, digests that differ)."""
    from jbatt.run.validate import stream as local
    from jbatt.store.executables import ExecutableStore

    seeds = list(found.digests)
    step = max(1, round(1 / share)) if share else len(seeds) + 1
    checked = different = 0
    passes = ["solver-body-cache", "early-exit", "operation-cache", "batch-validation"]
    for seed in seeds[min(step // 2, len(seeds) - 1) :: step]:
        again, results = drawn(seed, tasks, size), []
        made = make(Settings(passes))
        for new in local(
            Validation(),
            again.programs,
            tasks,
            "",
            TIMEOUT,
            None,
            ExecutableStore(),
            made,
            False,
            again.candidates,
        ):
            results += new
        checked += len(results)
        different += results_digest(results) != found.digests[seed]
    return checked, different


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--candidates", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="end earlier, after so many minutes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=10_000, help="candidates of a round")
    parser.add_argument("--fault-every", type=float, default=60.0, help="seconds")
    parser.add_argument("--faults", nargs="*", default=list(FAULTS), choices=list(FAULTS))
    parser.add_argument("--report-every", type=float, default=60.0, help="seconds")
    parser.add_argument(
        "--check", type=float, default=0.03, help="share of the rounds that is evaluated again"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    parser.add_argument("--json", type=Path, help="write the figures there")
    args = parser.parse_args()
    about = environment()
    show_environment(about)
    tasks = load_tasks("arc-agi-1/training")
    said: Counter[str] = Counter()
    warnings.showwarning = lambda message, *rest, **more: said.update([str(message).split(":")[0]])
    with tempfile.TemporaryDirectory(prefix="jbatt-soak-") as base:
        # A copy of the cache, so that nothing is compiled at first and no harm is done to the user's own.
        folder = Path(base) / "cache"
        folder.mkdir(mode=0o700)
        shutil.copytree(cache_folder() / "executables", folder / "executables")
        found, watch, faults, seconds = soak(args, tasks, folder)
    console.print("evaluating some rounds again, without faults")
    again, different = checked(found, tasks, args.batch, args.check)
    shown = table(
        f"{found.candidates:,} candidates in {seconds / 60:.1f} minutes, {args.workers} workers", "", ""
    )
    for name, value in {
        "candidates a second": f"{(found.candidates - watch.first) / seconds:,.0f}",
        "rows lost": f"{found.lost:,}",
        "rows wrong": f"{found.wrong:,}",
        "faults injected, survived": f"{len(faults.done)}, {faults.survived}",
        **{f"  {name}": f"{n}" for name, n in faults.by_kind.items()},
        "workers died, shards retried, candidates given up": ", ".join(
            f"{found.counts[k]:,}" for k in ("died", "retried", "given_up")
        ),
        "seconds until another worker is ready, after a death": faults.spread("ready"),
        "seconds until the next shard is done, after any fault": faults.spread("result"),
        "answers evaluated, recalled": f"{found.counts['evaluations']:,}, {found.counts['recalled']:,}",
        "kernels compiled again": f"{found.counts['compiled']:,}",
        "statuses": ", ".join(f"{k} {n:,}" for k, n in found.statuses.most_common()),
        "evaluated again without faults, digests that differ": f"{again:,}, {different}",
    }.items():
        shown.add_row(name, value)
    console.print(shown)
    for text, n in said.most_common(12):
        console.print(f"warned {n} times: {text}")
    save(
        args.json,
        about
        | {
            "lines": watch.lines,
            "faults": faults.done,
            "lost": found.lost,
            "wrong": found.wrong,
            "different": different,
            "digests": found.digests,
        },
    )
    raise SystemExit(1 if found.lost or found.wrong or different or faults.survived < len(faults.done) else 0)


if __name__ == "__main__":
    main()
