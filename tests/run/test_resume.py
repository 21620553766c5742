"""What is kept of a results file that was cut off, wherever it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jbatt.program import read_source
from jbatt.run.match import match
from jbatt.run.results import Result
from jbatt.run.resume import kept
from jbatt.tasks import Pair, Task, TaskSet

GRID = np.zeros((1, 1), np.int8)
PROGRAMS = read_source(
    "".join(f"def solve_t{k}(I):\n    return {f}(I)\n" for k in range(4) for f in ("vmirror", "hmirror"))
    + "def solve_t1(I):\n    while I: pass\n"
)
TASKS = TaskSet.of("some", [Task(f"t{k}", (Pair(GRID, GRID),), ()) for k in range(4)])
CANDIDATES = match(PROGRAMS, TASKS, "name")
RESULTS = [
    Result(c.task.id, p.name, p.file, line, body, "failed", [0], [], "é\n" * (line % 2))
    for c in CANDIDATES
    for p, line, body in [
        *((p, p.line, p.body) for p in c.programs),
        *((r, r.def_line, None) for r in c.rejected),
    ]
]
TEXT = "".join(r.to_json() + "\n" for r in RESULTS).encode()


def complete(text: bytes) -> list[Result]:
    """The results of tasks that are whole in a prefix of TEXT."""
    n = text.count(b"\n")
    tasks = {r.task for r in RESULTS} - {r.task for r in RESULTS[n:]}
    return [r for r in RESULTS[:n] if r.task in tasks]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


def test_cut_anywhere(folder):
    for end in range(len(TEXT) + 1):
        (folder / "results.jsonl.part").write_bytes(TEXT[:end])
        found = kept(folder, CANDIDATES)
        assert found.results == complete(TEXT[:end])
        assert found.tasks == {r.task for r in found.results}
        assert found.dropped == TEXT[:end].count(b"\n") - len(found.results)


@settings(max_examples=100, deadline=None)
@given(
    end=st.integers(0, len(TEXT)),
    tail=st.one_of(
        st.binary(max_size=50), st.sampled_from([b"\0" * 4096, b"{}\n", b"[" * 99999 + b"\n", b"\n"])
    ),
)
def test_what_follows_whole_lines_does_not_count(folder, end, tail):
    """A power failure may leave zeros, or what other files had there."""
    text = TEXT[:end]
    text = text[: text.rfind(b"\n") + 1]
    (folder / "results.jsonl.part").write_bytes(text + tail)
    assert kept(folder, CANDIDATES).results == complete(text)


@given(
    st.builds(
        Result,
        st.text(),
        st.text(),
        st.text(),
        st.integers(1, 10**6),
        st.none() | st.text(),
        st.sampled_from(["solved", "failed", "error"]),
        st.lists(st.none() | st.integers(0, 1000)),
        st.lists(st.none() | st.integers(0, 1000)),
        st.text(),
    )
)
def test_a_result_is_read_back_as_it_was(result):
    line = result.to_json()
    assert "\n" not in line and Result.from_json(line.encode()) == result


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 99999,
        RESULTS[0].to_json().replace("failed", "fine"),
        RESULTS[0].to_json().replace("[0]", "[1001]"),
        RESULTS[0].to_json().replace("[0]", "[true]"),
        RESULTS[0].to_json().replace('"t0"', "0"),
    ],
)
def test_what_is_no_result_is_refused(line):
    with pytest.raises(ValueError):
        Result.from_json(line)
