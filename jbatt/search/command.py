"""What the shell commands of this folder do."""

from __future__ import annotations

import time
from pathlib import Path

from jbatt.errors import JbattError
from jbatt.program import read_programs
from jbatt.tasks import load_tasks


def mutate_command(
    programs: list[Path] | None, count: int, seed: int, tasks: str, out: Path, quiet: bool
) -> None:
    """Write `count` mutants of each program to `out`; raises JbattError for bad input, and where `out` cannot be written."""
    from jbatt.run.command import bank
    from jbatt.search.mutate import mutate

    read = read_programs(programs if programs else bank())
    start = time.perf_counter()
    made = mutate(read, count, seed, load_tasks(tasks))
    seconds = time.perf_counter() - start
    texts = [read.graph.to_source(p.root, p.name) for p in made.programs]
    try:
        with open(out, "x", encoding="utf-8") as file:
            file.write(f"# {len(texts)} mutants of {len(read.programs)} programs, seed {seed}.\n\n\n")
            file.write("\n\n".join(texts))
    except FileExistsError:
        raise JbattError(f"{out} is there already: choose another --out") from None
    except OSError as e:
        raise JbattError(f"{out}: cannot be written: {e.strerror}") from None
    if not quiet:
        share = 100 * len(texts) / made.made if made.made else 0.0
        print(
            f"{len(texts):,} mutants of {len(read.programs):,} programs in {seconds:.2f} s "
            f"({len(texts) / max(seconds, 1e-9):,.0f}/s): {share:.0f}% of {made.made:,} drawn were distinct"
        )
        if made.short:
            print(
                f"fewer than {count} mutants were found of {len(made.short)} programs: {', '.join(made.short[:5])}"
            )
        if read.rejected:
            print(f"{len(read.rejected)} programs could not be read, the first: {read.rejected[0]}")
        print(f"written to {out}")
