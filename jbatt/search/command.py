"""What the shell commands of this folder do."""

from __future__ import annotations

import json
import time
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from jbatt.errors import JbattError
from jbatt.program import Program, read_programs
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


def search_command(
    *,
    source: str,
    ids: list[str] | None,
    start: int,
    limit: int | None,
    seconds: float,
    evaluations: int | None,
    seed: int,
    programs: list[Path] | None,
    folder: Path,
    solvers: Path | None,
    plot: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Search, or go on with the search in `folder`, and write what was found. Raises JbattError for bad input."""
    from jbatt.run.command import selected
    from jbatt.search import report
    from jbatt.search.display import progress, show
    from jbatt.search.search import Search
    from jbatt.search.state import FILE, State
    from jbatt.store.executables import ExecutableStore
    from jbatt.store.solvers import SolverStore

    if plot is not None and not find_spec("matplotlib"):
        raise JbattError("--plot needs matplotlib: pip install 'jbatt[plot]'")
    begin = time.perf_counter()
    tasks = selected(source, ids, start, limit)
    read = read_programs(programs) if programs else None
    if (folder / "results.jsonl").exists() and not (folder / FILE).exists():
        raise JbattError(f"{folder} holds the results of another run: choose another --out")
    kept = SolverStore(solvers) if solvers is not None else None
    state = State(folder, tasks, seed, _digest(read.programs) if read else "")
    store = ExecutableStore()
    with progress(len(tasks), seconds, quiet or as_json) as bar:
        search = Search(
            tasks, state, begin + seconds, seed, evaluations, read, store, bar.compiling, bar.update
        )
        bar.start(search)
        finished = True
        try:
            finished = search.run()
        except KeyboardInterrupt:
            finished = False
    state.close()
    run, found = report.results(search, tasks, store)
    written = report.write(folder, search, tasks, run, found, time.perf_counter() - begin, finished)
    if kept is not None:
        kept.add(found)
    if plot is not None:
        report.plot(state, len(tasks), plot)
    if as_json:
        print(json.dumps(written, indent=2))
    elif not quiet:
        show(written, found, folder)


def _digest(programs: list[Program]) -> str:
    """Names programs by their bodies, in order."""
    return blake2b("\n".join(p.body for p in programs).encode(), digest_size=8).hexdigest()
