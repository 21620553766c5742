"""Generated programs, each on three recorded inputs; their results may be of any type."""

from __future__ import annotations

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
