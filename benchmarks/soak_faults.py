"""Harm done to a run while it goes on: workers killed, the cache damaged, full or not to be trusted.

Every other fault is the death of a worker, since one that starts is one that reads the cache.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

Undo = Callable[[], Any] | None
"""Ends a fault that lasts; None for one that is done at once."""
SOME = 5
"""Executables that one fault damages: the machine, which takes minutes to compile, is seldom among them."""
LASTS = 0.5
"""Share of the time between two faults after which one that lasts is ended."""


def kill(folder: Path, pids: list[int], draw: random.Random) -> Undo:
    """A worker is killed."""
    os.kill(draw.choice(pids), signal.SIGKILL)
    return None


def flip(folder: Path, pids: list[int], draw: random.Random) -> Undo:
    """A bit is flipped in each of five executables."""
    for entry in _some(folder, draw):
        file = entry / "executable" / "0"
        content = bytearray(file.read_bytes())
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        file.write_bytes(content)
    return None


def cut(folder: Path, pids: list[int], draw: random.Random) -> Undo:
    """Five executables end early, in their bytes or in their metadata."""
    for entry in _some(folder, draw):
        file = entry / draw.choice(["executable/0", "_CHECKPOINT_METADATA"])
        os.truncate(file, draw.randrange(file.stat().st_size))
    return None


def answers(folder: Path, pids: list[int], draw: random.Random) -> Undo:
    """Answers that are kept are overwritten, while workers have their file open."""
    with open(folder / "answers.sqlite", "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for _ in range(16):
            file.seek(draw.randrange(size))
            file.write(draw.randbytes(512))
    return None


def shorten(folder: Path, pids: list[int], draw: random.Random) -> Undo:
    """The file of answers loses its second half, while workers have it open."""
    file = folder / "answers.sqlite"
    os.truncate(file, file.stat().st_size // 2)
    return None


def full(folder: Path, pids: list[int], draw: random.Random) -> Undo:
    """No worker can make a file grow, as on a full disk."""
    return _limited(pids, resource.RLIMIT_FSIZE, 0)


def memory(folder: Path, pids: list[int], draw: random.Random) -> Undo:
    """A worker gets no more memory than it has."""
    pid = draw.choice(pids)
    size = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return _limited([pid], resource.RLIMIT_AS, size + (16 << 20))


def trusted(folder: Path, pids: list[int], draw: random.Random) -> Undo:
    """Others may write to the cache folder: it must not be used."""
    places = [folder, folder / "executables"]
    for path in places:
        path.chmod(0o777)
    return lambda: [path.chmod(0o700) for path in places]


def gone(folder: Path, pids: list[int], draw: random.Random) -> Undo:
    """The cache folder is gone, and another one has taken its place by the time it comes back."""
    aside = folder.with_name("aside")
    folder.rename(aside)

    def back() -> None:
        if folder.exists():
            folder.rename(folder.with_name(f"other-{time.monotonic_ns()}"))
        aside.rename(folder)

    return back


FAULTS: dict[str, Callable[[Path, list[int], random.Random], Undo]] = {
    f.__name__: f for f in (kill, flip, answers, cut, full, shorten, memory, trusted, gone)
}


def _some(folder: Path, draw: random.Random) -> list[Path]:
    entries = sorted(p for p in (folder / "executables").iterdir() if (p / "executable" / "0").is_file())
    return draw.sample(entries, min(len(entries), SOME))


def _limited(pids: list[int], what: int, most: int) -> Undo:
    before = {}
    for pid in pids:
        before[pid] = resource.prlimit(pid, what)
        resource.prlimit(pid, what, (most, before[pid][1]))

    def undo() -> None:
        for pid, limits in before.items():
            try:
                resource.prlimit(pid, what, limits)
            except ProcessLookupError:
                pass  # it has died meanwhile

    return undo


class Faults(threading.Thread):
    """Does harm every so many seconds, and looks when the run has got over it.

    done: for each fault its kind, when, `ready`: seconds until another worker was ready, where one died, `result`: until a shard was
    done that ended later. It is survived if results came after it.
    """

    def __init__(self, folder: Path, kept: Any, seed: int, every: float, kinds: list[str]):
        super().__init__(daemon=True)
        self.folder, self.kept, self.every = folder, kept, every
        self.done: list[dict[str, Any]] = []
        self._draw = random.Random(seed)
        self._kinds = kinds
        self._ended = threading.Event()

    def run(self) -> None:
        others = [k for k in self._kinds if k != "kill"]
        turn = 0
        while self._kinds and not self._ended.wait(self.every):
            kill = "kill" in self._kinds and (turn % 2 == 0 or not others)
            kind = "kill" if kill else others[turn // 2 % len(others)]
            turn += 1
            pids = self.kept.pids()
            if not pids:  # all of them are starting: the fault before is not over
                continue
            begun, before, deaths = time.monotonic(), self.kept.done, set(self.kept.alive)
            try:
                undo = FAULTS[kind](self.folder, pids, self._draw)
            except FileNotFoundError:  # there are no answers yet
                continue
            fault = {"kind": kind, "at": round(begun - self._begun, 1), "ready": None, "result": None}
            self.done.append(fault)
            threading.Thread(target=self._follow, args=(fault, begun, before, deaths), daemon=True).start()
            if undo is not None:
                self._ended.wait(self.every * LASTS)
                undo()

    def start(self) -> None:
        self._begun = time.monotonic()
        super().start()

    def _follow(self, fault: dict[str, Any], begun: float, before: int, workers: set[int]) -> None:
        """A shard that was done at once may have been ready before: the second counts."""
        while fault["result"] is None or (fault["ready"] is None and workers - set(self.kept.alive)):
            time.sleep(0.05)
            if fault["ready"] is None and workers - set(self.kept.alive) and self.kept.started > begun:
                fault["ready"] = round(time.monotonic() - begun, 1)
            if fault["result"] is None and self.kept.done >= before + 2:
                fault["result"] = round(time.monotonic() - begun, 1)
            if self._ended.is_set() and time.monotonic() - begun > 2 * self.every:
                return

    def stop(self) -> None:
        self._ended.set()

    @property
    def survived(self) -> int:
        """Those after which results came. The last one counts where the run came to its end."""
        return sum(f["result"] is not None for f in self.done[:-1]) + (len(self.done) > 0)

    @property
    def by_kind(self) -> dict[str, int]:
        """How many of each kind, with what it is."""
        counted = Counter(f["kind"] for f in self.done)
        return {f"{k}: {FAULTS[k].__doc__}": n for k, n in counted.items()}

    def spread(self, name: str) -> str:
        """Median and largest of the times of this name."""
        times = [f[name] for f in self.done if f[name] is not None]
        return f"median {statistics.median(times):.1f}, most {max(times):.1f}" if times else "none"
