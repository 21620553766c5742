"""Kept executables, as `jbatt cache` sees them."""

from __future__ import annotations

import shutil
from pathlib import Path

from jbatt.cache.kinds import Problem, Status
from jbatt.store import checkpoint, environment
from jbatt.store.entries import FOLDER, entries, old_files
from jbatt.store.limit import limit, shown


def status(folder: Path) -> Status:
    """How many there are, and which of them this version of jbatt uses."""
    own = folder / FOLDER
    found = entries(own)
    current = {environment.kernel_code(), environment.body_code()}
    versions: dict[str, int] = {}
    stale = damaged = 0
    for path in found:
        try:
            about = checkpoint.inspect(path)
            where = about["surroundings"]
        except (checkpoint.Damaged, KeyError, OSError):
            damaged += 1
            continue
        stale += about["code"] not in current
        name = f"JAX {where['jax']} on {where['platform']}"
        versions[name] = versions.get(name, 0) + 1
    notes = [f"{n} for {name}" for name, n in sorted(versions.items())]
    if stale:
        notes.append(f"{stale} of other versions of jbatt")
    if damaged:
        notes.append(f"{damaged} damaged: see jbatt cache verify")
    left, old = checkpoint.leftovers(own), old_files(own)
    if left:
        notes.append(f"{len(left)} being written, or left by killed processes")
    if old:
        notes.append(
            f"{len(old)} files of an earlier format, read by nothing: jbatt cache clear removes them"
        )
    notes.append(f"at most {shown(limit())} ($JBATT_CACHE_SIZE)")
    total = sum(checkpoint.size(p) for p in [*found, *left]) + sum(p.stat().st_size for p in old)
    used = max((p.stat().st_mtime for p in found), default=None)
    return Status("executables", len(found), total, used, notes)


def clear(folder: Path) -> int:
    """Remove all of them, and what earlier versions and killed processes left; nothing else is touched."""
    own, freed = folder / FOLDER, 0
    for path in entries(own):
        freed += checkpoint.size(path)
        checkpoint.remove(path)
    for path in checkpoint.leftovers(own):
        freed += checkpoint.size(path)
        shutil.rmtree(path, ignore_errors=True)
    for path in old_files(own):
        freed += path.stat().st_size
        path.unlink(missing_ok=True)
    return freed


def verify(folder: Path, drop: bool = False) -> list[Problem]:
    """Read every byte of every entry and compare it with its digest."""
    problems = []
    for path in entries(folder / FOLDER):
        try:
            about = checkpoint.inspect(path)
            for name in about["arrays"]:
                checkpoint.read(path, name, about)
        except FileNotFoundError:  # another process has just removed it
            continue
        except (checkpoint.Damaged, KeyError, OSError) as e:
            problems.append(Problem(path, str(e)))
            if drop:
                checkpoint.remove(path)
    return problems
