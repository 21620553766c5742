"""A long run on many workers, simulated: shards, workers that die, their recovery, and one driver that cuts and records.

    python benchmarks/scale.py --candidates 1e9 --workers 64 --drivers 1 16

A discrete-event simulation of `jbatt/scale/schedule.py`: an idle worker gets the next shard; one that dies loses the shard that it
holds, which is tried again first, and another worker starts. The driver does one thing at a time: it packs a shard before
it is sent and records its results when they come. A shard's time is drawn from a log-normal distribution around its mean.
Times between deaths are exponential. Defaults are the figures of benchmarks/RESULTS.md; docs/scale.md says what follows.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import math
import random
import statistics
from collections import deque
from dataclasses import dataclass, replace

HOUR = 3600.0


@dataclass
class Plan:
    """One driver and its workers. Times are in seconds.

    evaluate: a worker's time for a candidate; drive: the driver's, for packing it and recording its result; start: from a death
    until another worker is ready; life: a worker's mean time to its death, infinite for none; spread: the standard deviation
    of the logarithm of a shard's time.
    """

    candidates: float
    shard: int
    workers: int
    evaluate: float
    drive: float
    start: float
    life: float
    spread: float
    seed: int


@dataclass
class Outcome:
    """seconds: until the last shard is recorded. busy: of the workers' time the share in shards that were finished.

    wasted: seconds that dead workers had spent on their shards. driver: the share of time that the driver worked.
    """

    seconds: float
    shards: int
    finished: int
    deaths: int
    busy: float
    wasted: float
    driver: float


def simulate(plan: Plan) -> Outcome:
    """From the start of the workers until the last result is recorded."""
    draw = random.Random(plan.seed)
    workers = plan.workers
    shards = math.ceil(plan.candidates / plan.shard)
    last = plan.candidates - (shards - 1) * plan.shard
    fresh, again = iter(range(shards)), deque[int]()
    events: list[tuple[float, int, str, int, int]] = []
    order = itertools.count()
    dies = {}
    holds: dict[int, tuple[int, float]] = {}
    number = itertools.count()
    driver_free = driver_busy = finished_time = wasted = 0.0
    done = bytearray(shards)
    deaths, now = 0, 0.0

    def size(shard: int) -> float:
        return plan.shard if shard < shards - 1 else last

    def at(time: float, what: str, worker: int, shard: int = -1) -> None:
        heapq.heappush(events, (time, next(order), what, worker, shard))

    def begin(time: float) -> None:
        worker = next(number)
        dies[worker] = time + (draw.expovariate(1 / plan.life) if math.isfinite(plan.life) else math.inf)
        at(time, "idle", worker)

    for _ in range(workers):
        begin(plan.start)
    left = shards
    while left:
        now, _, what, worker, shard = heapq.heappop(events)
        if what == "dead":
            deaths += 1
            if worker in holds:
                lost, since = holds.pop(worker)
                again.append(lost)
                wasted += now - since
            begin(now + plan.start)
            continue
        if worker not in dies:
            continue
        if what == "done":
            spent = size(shard) * plan.drive / 2
            driver_free = max(driver_free, now) + spent
            driver_busy += spent
            finished_time += now - holds.pop(worker)[1]
            assert not done[shard]
            done[shard] = 1
            left -= 1
            now = max(now, driver_free)
            what = "idle"
        if what == "idle":
            if dies[worker] <= now:
                at(dies.pop(worker), "dead", worker)
                continue
            given = again.popleft() if again else next(fresh, None)
            if given is None:
                at(now + 1.0, "idle", worker)  # a shard may come back
                continue
            spent = size(given) * plan.drive / 2
            begun = max(driver_free, now) + spent
            driver_free, driver_busy = begun, driver_busy + spent
            mean = size(given) * plan.evaluate
            ends = begun + mean * draw.lognormvariate(-(plan.spread**2) / 2, plan.spread)
            holds[worker] = (given, begun)
            if dies[worker] < ends:
                at(max(begun, dies.pop(worker)), "dead", worker)
            else:
                at(ends, "done", worker, given)
    end = max(now, driver_free)
    assert sum(done) == shards
    return Outcome(end, shards, sum(done), deaths, finished_time / (workers * end), wasted, driver_busy / end)


def together(parts: list[Outcome]) -> Outcome:
    """Drivers that work at the same time: done when the last one is."""
    return Outcome(
        max(p.seconds for p in parts),
        sum(p.shards for p in parts),
        sum(p.finished for p in parts),
        sum(p.deaths for p in parts),
        statistics.fmean(p.busy for p in parts),
        sum(p.wasted for p in parts),
        statistics.fmean(p.driver for p in parts),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--candidates", type=float, default=1e9)
    add("--shard", type=int, nargs="+", default=[1000, 10000], help="candidates of a shard")
    add("--workers", type=int, nargs="+", default=[16, 64, 256])
    add("--evaluate", type=float, default=630e-6, help="seconds of a worker a candidate (default 630e-6)")
    add("--drive", type=float, default=45e-6, help="seconds of the driver a candidate (default 45e-6)")
    add("--start", type=float, default=20.0, help="seconds until a worker is ready (default 20)")
    add(
        "--life",
        type=float,
        nargs="+",
        default=[math.inf, 6.0],
        help="mean hours to a worker's death; 'inf': never (default inf 6)",
    )
    add("--spread", type=float, default=0.5, help="of the logarithm of a shard's time (default 0.5)")
    add("--drivers", type=int, nargs="+", default=[1], help="independent runs that share the candidates")
    add("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(
        "| drivers | workers | shard | hours of life | hours | candidates/s | busy | driver | deaths | wasted | lost |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for drivers, workers, shard, life in itertools.product(
        options.drivers, options.workers, options.shard, options.life
    ):
        if workers < drivers:
            parser.error(f"{workers} workers for {drivers} drivers: each needs one at least")
        runs = []
        for repeat in range(options.repeats):
            share = Plan(
                options.candidates / drivers,
                shard,
                workers // drivers,
                options.evaluate,
                options.drive,
                options.start,
                life * HOUR,
                options.spread,
                0,
            )
            seeds = range(repeat * drivers, (repeat + 1) * drivers)
            runs.append(together([simulate(replace(share, seed=seed)) for seed in seeds]))
        mean = {name: statistics.fmean(getattr(r, name) for r in runs) for name in vars(runs[0])}
        lost = sum(r.shards - r.finished for r in runs)
        print(
            f"| {drivers} | {workers} | {shard:,} | {life:g} | {mean['seconds'] / HOUR:.2f} | "
            f"{options.candidates / mean['seconds']:,.0f} | {mean['busy']:.0%} | {mean['driver']:.0%} | "
            f"{mean['deaths']:,.0f} | {mean['wasted'] / (mean['seconds'] * workers):.2%} | {lost} |"
        )


if __name__ == "__main__":
    main()
