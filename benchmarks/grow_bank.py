"""Take over into the bank what a search has found: for each task that it lacks the smallest program right on all pairs.

    python benchmarks/grow_bank.py --found searches/first/found.py

Programs are validated anew on all pairs, tests included: the bank is a set of examples that are known to be right, not a
measure of search. What the file has is kept, for tasks that the rest of the bank lacks.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import jbatt
from jbatt.run.command import bank
from jbatt.run.keep import calls
from jbatt.search.text import program_text

HEAD = """# ARC-DSL programs that jbatt's own search found (docs/search.md), one for each listed task of ARC-AGI-1's training set.
# Each solves all demo and test pairs of its task; the file is read as text, never executed.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--found", type=Path, required=True, nargs="+", help="files that a search wrote")
    parser.add_argument("--tasks", default="arc-agi-1/training")
    parser.add_argument("--out", type=Path, default=bank() / "arc_agi_1_training_found.py")
    options = parser.parse_args()

    files = [f for f in sorted(bank().glob("*.py")) if f.resolve() != options.out.resolve()]
    tasks = jbatt.load_tasks(options.tasks)
    known = {p.name.removeprefix("solve_") for p in jbatt.read_programs(files).programs}
    before = [options.out] if options.out.exists() else []
    read = jbatt.read_programs([*before, *options.found])
    roots = {p.body: p.root for p in read.programs}  # names of several files may be the same
    run = jbatt.validate(read, tasks, full_scores=True)
    right = [r for r in run.results if r.status == "solved" and r.solves_tests and r.task not in known]
    best: dict[str, tuple[int, int, str]] = {}
    for r in right:
        root = roots[r.body or ""]
        text = program_text(read.graph, root, f"solve_{r.task}")
        size = (calls(read.graph, root), len(text), text)
        best[r.task] = min(size, best.get(r.task, size))
    texts = [best[task][2] for task in sorted(best)]
    options.out.write_text(HEAD + "\n\n" + "\n\n".join(texts), encoding="utf-8")
    print(f"{len(texts)} programs of tasks that the bank lacked, in {options.out}")


if __name__ == "__main__":
    main()
