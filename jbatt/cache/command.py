"""What `jbatt cache` shows."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from jbatt.cache.kinds import modules
from jbatt.store.limit import shown
from jbatt.store.location import cache_folder


def status(kind: str | None, as_json: bool) -> None:
    """What is kept, kind by kind."""
    folder = cache_folder()
    found = [m.status(folder) for m in modules(kind).values()]
    if as_json:
        print(json.dumps({"path": str(folder), "kinds": [vars(s) for s in found]}, indent=2))
        return
    console = Console()
    console.print(str(folder), highlight=False, soft_wrap=True)
    table = Table("kind", "entries", "size", "last used", "")
    for s in found:
        used = datetime.fromtimestamp(s.used, UTC).strftime("%Y-%m-%d %H:%M UTC") if s.used else "never"
        table.add_row(s.kind, f"{s.entries:,}", shown(s.bytes), used, "\n".join(s.notes))
    console.print(table)


def size(kind: str | None) -> None:
    """Bytes of what is kept, as a number: for scripts."""
    folder = cache_folder()
    print(sum(m.status(folder).bytes for m in modules(kind).values()))


def prepare() -> None:
    """Compile the machine of every class that is not kept: later runs need not decide whether that pays."""
    # Only here: no other command of the cache needs JAX.
    from jbatt.engine.engines import Engines, machine_classes
    from jbatt.store.executables import ExecutableStore

    store = ExecutableStore()
    engines = Engines(store=store)
    sides = machine_classes()
    if not sides:
        print("nothing to prepare: on this platform there is no machine")
        return

    for side in sides:  # one after the other: XLA itself compiles on all cores, and takes a gigabyte for it
        start = time.perf_counter()
        made = engines.machine(side)
        kept = store.has(made.name)
        made.executable()
        seconds = time.perf_counter() - start
        print(f"machine of class {side}: {'kept' if kept else 'compiled'}, {seconds:.1f} s", flush=True)
    store.flush()


def clear(kind: str | None) -> None:
    """Remove what is kept."""
    folder = cache_folder()
    for name, module in modules(kind).items():
        print(f"{name}: {shown(module.clear(folder))} freed")


def verify(kind: str | None, drop: bool) -> bool:
    """Check everything that is kept; whether all of it is sound."""
    folder, sound = cache_folder(), True
    for name, module in modules(kind).items():
        problems = module.verify(folder, drop)
        for p in problems:
            print(f"{name}: {p.path}: {p.reason}{', dropped' if drop else ''}")
        entries = module.status(folder).entries
        print(f"{name}: {entries if drop else entries - len(problems)} sound, {len(problems)} damaged")
        sound &= not problems
    if not sound and not drop:
        print("Damaged entries are never used; --drop removes them.")
    return sound or drop
