"""Where the time in kernels goes: by primitive and signature, and what the machine was given."""

from __future__ import annotations

from typing import Any

from jbatt.engine.counters import Counters
from jbatt.profile.table import Profile, Table

KINDS = ("scan", "block", "draw", "wide", "lines")


def by_operation(report: dict[str, Any], counters: Counters) -> Profile:
    """From the summary of a run and its counters, which have counted steps."""
    calls, bars = _calls(counters)
    tables = [calls]
    if counters.steps:
        tables.append(_steps(counters.steps))
    tables += [_kernels(counters), _escalations(counters)]
    return Profile("op", report["seconds"]["total"], tables, bars)


def _calls(counters: Counters) -> tuple[Table, list[tuple[str, float]]]:
    table = Table(
        "kernel calls",
        ["operation", "class", "calls", "rows", "seconds", "us a row", "share"],
        note="Rows of the machine are jobs: a task's programs on one example. Its calls run side by side, so their seconds may "
        "add up to more than the wall time.",
    )
    total = sum(c.seconds for c in counters.kernels.values())
    bars = []
    for (side, name, types), c in sorted(counters.kernels.items(), key=lambda item: -item[1].seconds):
        label = f"{_short(name)}({', '.join(map(str, types))})" if types else name
        each = c.seconds / c.rows * 1e6 if c.rows else 0.0
        share = c.seconds / total if total else 0.0
        table.rows.append([label, side, c.calls, c.rows, round(c.seconds, 6), round(each, 3), share])
        bars.append((f"{label} {side}", c.seconds))
    return table, bars


def _steps(steps: dict[tuple[int, int, int], int]) -> Table:
    """The machine's steps by opcode. It is one executable, so nothing tells how its time is split among them."""
    from jbatt.engine.machine.machine import title
    from jbatt.engine.machine.table import table as opcodes

    table = Table(
        "the machine's steps",
        ["step", "class", "kind", "given", "seconds"],
        note="given: instructions, each once for each example; a loop's rounds are not counted. The machine is one executable: "
        "its time is measured as a whole and not split among steps.",
    )
    names: dict[tuple[int, int, int], list[str]] = {}
    for side in {key[0] for key in steps}:
        for name, code in opcodes(side).opcodes.items():
            names.setdefault((side, code.kind, code.number), []).append(title(name))
    for key, count in sorted(steps.items(), key=lambda item: -item[1]):
        side, kind, number = key
        label = " | ".join(names.get(key, [f"{KINDS[kind]} {number}"]))
        table.rows.append([label, side, KINDS[kind], count, "not split"])
    return table


def _kernels(counters: Counters) -> Table:
    table = Table(
        "executables compiled",
        ["executable", "class", "seconds"],
        note=f"{counters.compiled} compiled, {counters.loaded} loaded in {counters.load:.2f} s. They are compiled side by "
        "side, so these seconds may add up to more than the wall time.",
    )
    for side, name, seconds in sorted(counters.compiled_kernels, key=lambda k: -k[2]):
        table.rows.append([_short(name), side, round(seconds, 3)])
    return table


def _short(key: str) -> str:
    """A kernel's key without the function that its primitive has for these types: `add.add_of_pairs`, `objects.objects.item`."""
    primitive, _, function = key.partition(".")
    return f"{primitive}.item" if function.endswith(".item") else primitive


def _escalations(counters: Counters) -> Table:
    table = Table(
        "escalations",
        ["class", "evaluations left to the next"],
        note="An evaluation is one program on one example.",
    )
    table.rows = [[side, count] for side, count in sorted(counters.escalated.items())]
    return table
