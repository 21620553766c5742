"""The bundled programs: ours, each right on every pair of its task."""

import jbatt
from jbatt.run.command import bank


def test_every_program_is_right_on_all_pairs():
    programs = jbatt.read_programs(bank())
    assert not programs.rejected and not programs.notes
    assert len(programs.programs) >= 193
    run = jbatt.validate(programs, jbatt.load_tasks("arc-agi-1/training"))
    wrong = [(r.task, r.status, r.reason) for r in run.results if r.status != "solved" or not r.solves_tests]
    assert len(run.results) == len(programs.programs)
    assert wrong == []
