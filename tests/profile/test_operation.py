"""Tables by operation, from counters."""

from __future__ import annotations

from jbatt.engine.counters import Counters
from jbatt.engine.machine.machine import title
from jbatt.engine.machine.table import table
from jbatt.profile.operation import by_operation

REPORT = {"seconds": {"total": 1.0}}


def test_the_machines_steps_have_names_and_no_invented_time():
    opcodes = table(32).opcodes
    one = opcodes["keep"]
    counters = Counters(steps={(32, one.kind, one.number): 7})
    made = by_operation(REPORT, counters)
    (steps,) = [t for t in made.tables if t.title == "the machine's steps"]
    assert steps.rows == [["keep", 32, ("scan", "block", "draw")[one.kind], 7, "not split"]]


def test_primitives_that_share_a_step_are_all_named():
    opcodes = table(32).opcodes
    shared: dict = {}
    for name, code in opcodes.items():
        shared.setdefault((code.kind, code.number), []).append(title(name))
    place, names = next((p, n) for p, n in shared.items() if len(n) > 1)
    made = by_operation(REPORT, Counters(steps={(32, *place): 1}))
    (steps,) = [t for t in made.tables if t.title == "the machine's steps"]
    assert steps.rows[0][0] == " | ".join(names)


def test_steps_of_every_kind_are_listed():
    steps = {(32, code.kind, code.number): 1 for code in table(32).opcodes.values()}
    (found,) = [
        t for t in by_operation(REPORT, Counters(steps=steps)).tables if t.title == "the machine's steps"
    ]
    assert len(found.rows) == len(steps)
    assert {row[2] for row in found.rows} == {"scan", "block", "draw", "lines"}


def test_calls_are_shared_out():
    counters = Counters()
    counters.called(32, "shift.shift", ("Object", "IntegerTuple"), 10, 0.3)
    counters.called(32, "shift.shift", ("Object", "IntegerTuple"), 20, 0.3)
    counters.called(64, "objects.objects.item", ("Grid",), 5, 0.2)
    counters.called(32, "upload", (), 0, 0.2)
    calls = by_operation(REPORT, counters).tables[0]
    assert [row[:5] for row in calls.rows] == [
        ["shift(Object, IntegerTuple)", 32, 2, 30, 0.6],
        ["objects.item(Grid)", 64, 1, 5, 0.2],
        ["upload", 32, 1, 0, 0.2],
    ]
    assert [row[5] for row in calls.rows] == [20000.0, 40000.0, 0.0]
    assert abs(sum(row[6] for row in calls.rows) - 1) < 1e-9
