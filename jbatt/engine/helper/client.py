"""Helpers as the process that asks sees them: started, asked, kept for the next run, ended."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Generator
from concurrent.futures import Future
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from jbatt.engine.helper.messages import Alive, Begin, Evaluate, Evaluated, Failed, Plan, Read, Understood
from jbatt.engine.outcome import Unit
from jbatt.engine.waiting import Elsewhere
from jbatt.program.excerpt import Excerpt
from jbatt.program.graph import Graph
from jbatt.program.transfer import taken

AT_ONCE = 4
"""Messages that a helper has to answer at most: enough that it need not wait for whoever asks, who is busy as well."""
SILENT = 15.0
"""Seconds without a sign of life, twice in a row, after which a helper hangs: twice, as this process may have been stopped as well."""


class Gone(Exception):
    """A helper that has ended, and why."""


class Helper:
    """One helper. folder: of kept kernels, with the machine of the smallest class among them."""

    def __init__(self, folder: Path):
        mine, theirs = socket.socketpair()
        package = str(Path(__file__).parents[3])
        path = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
        with theirs:
            self._process = subprocess.Popen(
                # -P: no jbatt of the current folder instead of this one
                [sys.executable, "-P", "-m", "jbatt.engine.helper", str(theirs.fileno()), str(folder)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path, "JAX_PLATFORMS": "cpu"},
            )
        self._connection = Connection(mine.detach())
        self._numbers = count(1)
        self._asked: dict[int, Future] = {}
        self._lock = threading.Lock()
        self._sent: dict[int, int] = {}
        self._graph: Graph | None = None
        self.ready = self.gone = False
        threading.Thread(target=self._receive, daemon=True, name="jbatt-helper").start()

    def is_free(self, left: int) -> bool:
        """Whether it can be given another part, of so many that nobody has: towards the end it has no more than its share."""
        return self.ready and not self.gone and len(self._asked) < min(AT_ONCE, 1 + left // 2)

    def begin(self, graph: Graph | None) -> None:
        """Begin a run of programs of this graph; None where there is none yet."""
        self._graph, self._sent = graph, {}
        if not self.gone:
            self._send(0, Begin())

    def end(self) -> None:
        """End a run: what was planned is forgotten while nobody waits for it."""
        self.begin(None)

    def read(self, excerpts: list[Excerpt]) -> Generator[Elsewhere, None, Understood]:
        """Read functions and plan the programs among them. Raises Gone."""
        return (yield from self._answer(Read(excerpts)))

    def plan(self, roots: list[int]) -> Generator[Elsewhere, None, Understood]:
        """Plan programs that were read here. Raises Gone."""
        graph, sent = self._graph, self._sent
        assert graph is not None
        todo, new = list(roots), set()
        while todo:
            node = todo.pop()
            if node not in sent and node not in new:
                new.add(node)
                todo += graph.args[node]
        content = taken(graph, sorted(new), sent)
        return (yield from self._answer(Plan(content, [sent[r] for r in roots])))

    def evaluate(self, units: list[Unit]) -> Generator[Elsewhere, None, Evaluated]:
        """What the helper's machine answers of units of programs that it has planned, by what it knows them by. Raises Gone."""
        return (yield from self._answer(Evaluate(units)))

    def close(self) -> None:
        """End it now."""
        self.gone = True
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def _answer(self, message: Any) -> Generator[Elsewhere, None, Any]:
        future = self._ask(message)
        yield Elsewhere(future)
        return future.result()

    def _ask(self, message: Any) -> Future:
        number = next(self._numbers)
        future: Future = Future()
        with self._lock:
            if self.gone:
                future.set_exception(Gone())
                return future
            self._asked[number] = future
        self._send(number, message)
        return future

    def _send(self, number: int, message: Any) -> None:
        try:
            self._connection.send((number, message))
        except OSError:
            pass  # it has ended; the thread that receives says so

    def _receive(self) -> None:
        why = "its process ended"
        try:
            while True:
                # Before it is ready nobody waits for it, and what it loads keeps Python's lock for seconds.
                if self.ready and not any(self._connection.poll(SILENT) for _ in range(2)):
                    why = f"it has said nothing for {2 * SILENT:.0f} seconds"
                    self._process.kill()
                    break
                number, content = self._connection.recv()
                if isinstance(content, Failed):
                    why = content.text
                    break
                if isinstance(content, Alive):
                    continue
                if number == 0:
                    self.ready = True
                else:
                    self._asked.pop(number).set_result(content)
        except (EOFError, OSError):
            pass
        except Exception as error:
            why = f"it said something that is not understood: {error}"
            self._process.kill()
        with self._lock:
            expected, self.gone = self.gone, True
            asked, self._asked = self._asked, {}
        for future in asked.values():
            future.set_exception(Gone())
        if not expected:
            warnings.warn(f"a helper process was lost, the run goes on without it: {why}", stacklevel=1)


_KEPT: dict[Path, list[Helper]] = {}


def helpers(folder: Path, number: int) -> list[Helper]:
    """So many helpers, started now where there are not as many; those for other folders end."""
    for other in [f for f in _KEPT if f != folder]:
        _close(_KEPT.pop(other))
    kept = _KEPT[folder] = [h for h in _KEPT.get(folder, []) if not h.gone]
    try:
        while len(kept) < number:
            kept.append(Helper(folder))
    except OSError as error:
        warnings.warn(f"no helper process can be started, the run goes on without it: {error}", stacklevel=1)
    return kept[:number]


def kept(folder: Path, number: int) -> list[Helper]:
    """So many of the helpers that were started before."""
    return [h for h in _KEPT.get(folder, []) if not h.gone][:number]


def close_all() -> None:
    """End all helpers of this process."""
    for some in _KEPT.values():
        _close(some)
    _KEPT.clear()


def _close(some: list[Helper]) -> None:
    for helper in some:
        helper.close()


atexit.register(close_all)
