"""Generated programs, each on three recorded inputs; their results may be of any type."""

from __future__ import annotations

import numpy as np

EXCEPTIONS: dict[str, str] = {}
"""Programs that come out differently, and why."""


def test_programs(conformance, vectors):
    counts, wrong, reasons = vectors.counted(()), [], vectors.counted(())
    for line in vectors.read_lines("programs.jsonl.gz"):
        for case, (verdict, result, expected, reason) in enumerate(conformance.program(line)):
            counts[verdict] += 1
            reasons[reason] += verdict == "unsupported"
            if verdict == "wrong" and line["id"] not in EXCEPTIONS:
                wrong.append(
                    f"{line['id']} case {case}: {result!r:.200}, expected {expected!r:.200}\n{line['source']}"
                )
    print(f"\n{sum(counts.values())} cases of programs: {counts}")
    assert not wrong, "\n".join(wrong)
    assert counts["exact"] >= 0.97 * sum(counts.values())


def test_programs_in_one_shard(conformance, vectors):
    """The same programs lowered, all at once: nothing that they share or are batched with may change a result."""
    found = conformance.programs_together(vectors.read_lines("programs.jsonl.gz"))
    counts = vectors.counted(verdict for _, verdict, _, _ in found)
    print(f"\n{sum(counts.values())} cases of programs in one shard: {counts}")
    wrong = [
        f"{name}: {r!r:.200}, expected {x!r:.200}" for name, verdict, r, x in found if verdict == "wrong"
    ]
    assert not wrong, "\n".join(wrong)
    assert counts["exact"] >= 0.97 * sum(counts.values())


def test_programs_on_the_machine(vectors, on_machine):
    """The same programs where the machine has steps for all of them: it may leave a case to the host, never differ."""
    lines = vectors.read_lines("programs.jsonl.gz")
    machine = on_machine.OnMachine(lines)
    counts, wrong = vectors.counted(()), []
    for k, line in enumerate(lines):
        for case in line["cases"]:
            result, expected = machine.result(k, np.array(case["in"])), vectors.decode_json(case["out"])
            if result is on_machine.UNDECIDED:
                counts["undecided"] += 1
                continue
            raised = isinstance(expected, vectors.Raised)
            same = (
                raised
                if result is on_machine.RAISED
                else not raised and vectors.verdict(result, expected) == "exact"
            )
            counts["exact" if same else "wrong"] += 1
            if not same:
                wrong.append(f"{line['id']}: {result!r:.200}, expected {expected!r:.200}\n{line['source']}")
    print(f"\n{sum(counts.values())} cases of programs on the machine: {counts}")
    assert not wrong, "\n".join(wrong)
    assert counts["exact"] >= 0.6 * sum(counts.values())
