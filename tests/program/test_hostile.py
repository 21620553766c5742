"""Whatever stands in a file of programs: programs, rejections, or one error, within the machine's memory."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jbatt import memory
from jbatt.errors import JbattError
from jbatt.program import read_programs, read_source
from jbatt.program import source as reading
from jbatt.program.constants import MAX_ITEMS
from jbatt.program.statements import MAX_REASON
from jbatt.run.command import bank
from jbatt.run.match import task_of

BANK = [p.source for p in read_programs(bank()).programs]
PIECES = ["def f(I):\n", "    return ", "I", "(", ")", "[", "{", '"""', "'", "\\\n", "\n", "\r", "\t", "    ", "lambda: ", "*", "**", "@",
          "fill", "ONE", "1", "-", "0x", "9" * 30, "é", "\u202e", "\0", "\ud800", "\x0c", "#", ":", "=", ", ", "async ", "class A: ", "if I:\n",
          "x = ", "import os\n", "__import__('os').abort()", "f'{", "1e9", "...", "None", "yield ", "await ", "x1", "x2"]  # fmt: skip
LIMITS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def look(text: str) -> None:
    """Reads a text; every program found has a canonical text that means the same."""
    try:
        found = read_source(text, "a.py")
    except JbattError as e:
        assert len(str(e)) < 2000
        return
    for p in found.programs:
        assert read_source(found.graph.to_source(p.root)).programs[0].body == p.body
    for r in [*found.rejected, *found.notes]:
        assert len(r.reason) <= MAX_REASON + 10 and r.line >= 1


@given(st.text(max_size=300))
@LIMITS
def test_any_text(text):
    look(text)


@given(st.lists(st.sampled_from(PIECES), max_size=60))
@LIMITS
def test_pieces_of_python(pieces):
    look("".join(pieces))


@given(st.data())
@LIMITS
def test_programs_with_pieces_cut_doubled_and_replaced(data):
    text = "\n".join(data.draw(st.lists(st.sampled_from(BANK), min_size=1, max_size=3)))
    for _ in range(data.draw(st.integers(1, 4))):
        a, b = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        b = min(b, a + data.draw(st.sampled_from([0, 1, 20, 400])))
        text = text[:a] + data.draw(st.sampled_from([*PIECES, "", text[a:b] * 2])) + text[b:]
    look(text)


MANY = 1 << 20
ENORMOUS = {
    "wide": "'def f(I):\\n    return astuple(I, (' + '1,' * 2 * MANY + '))\\n'",
    "wider": "'X = (' + '1,' * 10 * MANY + ')\\ndef f(I):\\n    return I\\n'",
    "long name": "'def f(I):\\n    return ' + 'x' * 8 * MANY + '(I)\\n'",
    "calls in calls": "'def f(I):\\n    return I' + '(I)' * 100_000",
    "operators": "'def f(I):\\n    return 1' + '+1' * MANY",
    "a number": "'def f(I):\\n    return 0x' + 'f' * 3 * MANY",
    "statements": "'x.y\\n' * 800_000 + 'def f(I):\\n    return I\\n'",
    "lines": "'\\n' * 8 * MANY + 'def f(I):\\n    return I\\n'",
    "strings that never end": '(\'x = """\\ndef f(I):\\n    return I\\n\') * 20_000',
}


@pytest.mark.parametrize("name", ENORMOUS)
def test_enormous_text_in_little_memory(name):
    """In a process that may have 3 GiB and 120 seconds of CPU."""
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
from jbatt.errors import JbattError
from jbatt.program import read_source
MANY = {MANY}
try:
    found = read_source({ENORMOUS[name]}, "a.py")
    print(len(found.programs), len(found.rejected), len(found.notes), max((len(r.reason) for r in found.rejected), default=0))
except JbattError as e:
    print("refused", len(str(e)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    first, *counts = done.stdout.split()
    if first != "refused":
        programs, rejected, notes, longest = map(int, (first, *counts))
        assert programs + rejected >= 1 and longest <= MAX_REASON + 10 and notes <= 20_001


def test_a_constant_has_an_end():
    text = "def f(I):\n    return astuple(I, (" + "1," * (MAX_ITEMS + 1) + "))\n"
    (rejected,) = read_source(text).rejected
    assert "a tuple of 4,097 items, expected at most 4,096" in rejected.reason
    assert len(read_source(text.replace("(1,", "(", 1)).programs) == 1


def test_memory_that_runs_out_is_an_error(monkeypatch, tmp_path):
    info = tmp_path / "meminfo"
    info.write_text("MemTotal: 1000 kB\nMemFree: 0 kB\nMemAvailable: 51 kB\n")
    monkeypatch.setattr(memory, "_INFO", info)
    assert not memory.memory_is_short()
    info.write_text("MemTotal: 1000 kB\nMemFree: 0 kB\nMemAvailable: 49 kB\n")
    assert memory.memory_is_short()
    with pytest.raises(JbattError, match=r"a\.py:1: memory runs out after 0 programs, split them"):
        read_source("def f(I):\n    return I\n", "a.py")
    info.write_text("nothing of this kind")
    assert not memory.memory_is_short()


def test_notes_have_an_end(monkeypatch):
    monkeypatch.setattr(reading, "MAX_NOTES", 3)
    notes = read_source("x.y\n" * 10 + "def f(I):\n    return I\n").notes
    assert len(notes) == 4 and "without a note on each" in notes[-1].reason


def test_names_of_any_length_are_matched_at_once():
    begun = time.process_time()
    assert task_of("solve_" + "ab_" * 300_000, {"ab"}) == "ab"
    assert task_of("solve_" + "x" * 1_000_000, {"67a3c6ac"}) is None
    assert task_of("solve_67a3c6ac" + "x" * 1_000_000, {"67a3c6ac"}) == "67a3c6ac"
    assert time.process_time() - begun < 1
