"""Microseconds a row of each primitive that runs as a kernel, against the reference's function.

    python benchmarks/primitives.py --reference ARC --names fill,objects --batches 1,16,256,4096 --sizes 3,10,30

ARC is a checkout of michaelhodel/arc-dsl. The arguments are random, valid, and the same for both; grids have `size` x
`size` cells and capacity class 32. A time is the median of calls on a whole batch, divided by its rows; kernels are
compiled or loaded before. Of a union of types the first is taken (patches: objects).

Before a time is shown, the results must be those of the reference, whose sets run in canonical order for that. "-":
half of the results, or the planes of that batch together, do not fit the class. The exit code is 1 where results differ.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from canonical import OrderedFrozenSet, load_canonical
from common import add_reference, console, environment, numbers_of, parser, save, show_environment, table
from common import names_of as split
from reference import load
from values import row as random_row

import jbatt.dsl
from jbatt.dsl.registry import REGISTRY, Overload, Same
from jbatt.engine.decode import ERROR_ROW, Flag, decode_batch
from jbatt.engine.encode import encode_batch
from jbatt.engine.interpreter import Interpreter
from jbatt.engine.ragged import TooMuch
from jbatt.engine.registers import RegistersFull
from jbatt.program import Graph
from jbatt.store.executables import ExecutableStore
from jbatt.values.flags import HARD
from jbatt.values.types import UNIONS

DISTINCT = 64
"""Different rows; larger batches repeat them in planes of their own."""
SIDE = 32


@dataclass
class Measured:
    """One primitive at one size: microseconds a row of the reference and, by batch, of jbatt.

    checked, wrong: results compared with the reference's, and those that differ.
    """

    primitive: str
    types: str
    kind: str
    size: int
    reference: float | None = None
    batches: dict[int, float | None] = field(default_factory=dict)
    checked: int = 0
    wrong: list[str] = field(default_factory=list)


# jbatt's side -----------------------------------------------------------------------------------------------------


def signature(overload: Overload) -> tuple[tuple, Any]:
    """The argument types, of unions the first, and the result type."""
    types = tuple(UNIONS.get(t, (t,))[0] for t in overload.args)
    result = overload.result
    return types, types[result.position] if isinstance(result, Same) else result


def batches_of(engine: Any, types: tuple, rows: list[tuple]) -> list:
    """Arguments as batches, one for each parameter."""
    return [encode_batch(engine, list(c), t) for c, t in zip(zip(*rows, strict=True), types, strict=True)]


def call(engine: Any, overload: Overload, args: list) -> Any:
    return engine.row_call(overload, args, signature(overload)[1])


# Measuring --------------------------------------------------------------------------------------------------------


def seconds_a_call(function: Callable[[], Any], budget: float) -> float:
    """Median time of calls that take about `budget` seconds together; the first is not counted."""
    function()
    times: list[float] = []
    end = time.perf_counter() + budget
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
        if len(times) >= 1000:
            break
    return sorted(times)[len(times) // 2]


def attempt(function: Callable, args: tuple) -> Any:
    """What the reference gives, or ERROR_ROW where it raises."""
    try:
        return function(*args)
    except Exception:
        return ERROR_ROW


def ordered(value: Any) -> Any:
    """A value with its sets in canonical order."""
    if isinstance(value, frozenset):
        return OrderedFrozenSet(map(ordered, value))
    return tuple(map(ordered, value)) if isinstance(value, tuple) else value


def measure(
    engine: Any, overload: Overload, size: int, options: argparse.Namespace, plain: dict, canonical: dict
) -> Measured:
    types, _ = signature(overload)
    name = overload.primitive
    kind = "family" if overload.pick is not None else "row"
    found = Measured(name, ", ".join(map(str, types)), kind, size)
    draw = random.Random(f"{options.seed} {name} {found.types} {size}")
    parameters = [names[0] for names in REGISTRY[name].parameters]
    rows = [random_row(name, types, parameters, size, draw) for _ in range(DISTINCT)]

    made = call(engine, overload, batches_of(engine, types, rows))
    results = decode_batch(engine, made, DISTINCT)
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, Flag) and result is not ERROR_ROW:
            continue
        expected = attempt(canonical[name], ordered(row))
        found.checked += 1
        if result != expected:
            found.wrong.append(f"{name}{row!r}: {result!r}, expected {expected!r}")
    sound = (made.flags & HARD) == 0
    del made, results
    if sound.sum() * 2 < DISTINCT or found.wrong:
        return found

    good = [row for row, fits in zip(rows, sound.tolist(), strict=True) if fits]
    function = plain[name]
    found.reference = (
        seconds_a_call(lambda: [function(*row) for row in good], options.seconds) / len(good) * 1e6
    )
    for n in options.batches:
        try:
            args = batches_of(engine, types, [good[k % len(good)] for k in range(n)])
            found.batches[n] = seconds_a_call(lambda: call(engine, overload, args), options.seconds) / n * 1e6
        except (RegistersFull, TooMuch):
            found.batches[n] = None
    return found


# Output -----------------------------------------------------------------------------------------------------------


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def show(found: list[Measured], batches: list[int]) -> None:
    last = batches[-1]
    rows = table(
        "Microseconds a row", "primitive", "arguments", "size", "reference", *(f"batch {n}" for n in batches),
        f"reference / jbatt at {last}",
    )  # fmt: skip
    for m in found:
        fast = m.batches.get(last)
        rows.add_row(
            m.primitive,
            m.types,
            str(m.size),
            number(m.reference),
            *(number(m.batches.get(n)) for n in batches),
            number(m.reference / fast if m.reference and fast else None),
        )
    console.print(rows)


def means(found: list[Measured], batches: list[int], sizes: list[int]) -> dict[int, dict[int, float | None]]:
    """Geometric means of reference / jbatt, by size and batch."""
    out: dict[int, dict[int, float | None]] = {}
    for size in sizes:
        out[size] = {}
        for n in batches:
            here = [m for m in found if m.size == size]
            ratios = [m.reference / t for m in here if m.reference and (t := m.batches.get(n))]
            out[size][n] = math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None
    return out


def arguments() -> argparse.Namespace:
    p = parser(__doc__)
    add_reference(p)
    p.add_argument("--names", type=split, default=[], help="primitives, by comma (default all with kernels)")
    p.add_argument("--batches", type=numbers_of, default=[1, 16, 256, 4096], help="rows of a call")
    p.add_argument("--sizes", type=numbers_of, default=[3, 10, 30], help="sides of the grids, at most 30")
    p.add_argument("--seconds", type=float, default=0.1, help="for each time measured (default 0.1)")
    p.add_argument("--seed", type=int, default=0)
    options = p.parse_args()
    if not options.batches or min(options.batches) < 1:
        p.error("--batches: expected numbers of 1 or more")
    if not options.sizes or not all(1 <= size <= 30 for size in options.sizes):
        p.error("--sizes: expected numbers from 1 to 30")
    return options


def main() -> None:
    options = arguments()
    where = environment()
    show_environment(where)
    jbatt.dsl.load()
    unknown = [name for name in options.names if name not in REGISTRY]
    if unknown:
        raise SystemExit(f"--names: no primitives: {', '.join(unknown)}")
    chosen = [
        overload
        for name in sorted(REGISTRY)
        if not options.names or name in options.names
        for overload in REGISTRY[name].overloads
        if not overload.scalar
    ]
    if not chosen:
        raise SystemExit(f"{', '.join(options.names)}: computed on the host, without a kernel")
    plain, canonical = load(options.reference), load_canonical(options.reference)
    engine = Interpreter(Graph(), store=ExecutableStore()).engine(SIDE)
    engine.kernels.prepare([(overload, *signature(overload)) for overload in chosen])
    found = []
    with console.status("") as status:
        for overload in chosen:
            for size in options.sizes:
                status.update(f"{overload.key} {size}")
                found.append(measure(engine, overload, size, options, plain, canonical))
    wrong = [text for m in found for text in m.wrong]
    console.print(f"{sum(m.checked for m in found):,} results compared, {len(wrong)} differ")
    for text in wrong[:20]:
        console.print(f"  {text[:600]}", markup=False, soft_wrap=True)
    show(found, options.batches)
    summary = means(found, options.batches, options.sizes)
    rows = table("Geometric mean of reference / jbatt", "size", *(f"batch {n}" for n in options.batches))
    for size, by_batch in summary.items():
        rows.add_row(str(size), *(number(v) for v in by_batch.values()))
    console.print(rows)
    save(options.json, {"environment": where, "primitives": [asdict(m) for m in found], "means": summary})
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
