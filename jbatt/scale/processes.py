"""Workers that are processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from multiprocessing.connection import Connection, wait
from typing import Any

from jbatt.cores import cores
from jbatt.scale.orphans import end_with_parent
from jbatt.scale.pool import DIED, DONE, LAST, RAISED, READY, Event, Pool
from jbatt.scale.worker import NO_MEMORY, Job, Worker, is_out_of_memory

OUT_OF_MEMORY = 86
"""Exit code of a worker for which there was not enough memory."""


def _main(connection: Connection, job: Job) -> None:
    """A worker's process. It ends with the process that started it, whose end closes the connection."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that started it
    try:
        worker = Worker(job)
        connection.send((READY, worker.about()))
        while True:
            shard = connection.recv_bytes()
            reply = worker.evaluate(shard)
            connection.send((LAST if reply.last else DONE, reply))
            if reply.last:
                return
    except (EOFError, BrokenPipeError):
        return
    except Exception as e:
        if is_out_of_memory(e):
            os._exit(
                OUT_OF_MEMORY
            )  # as if the system had killed it: the shard is tried again elsewhere, then cut in halves
        connection.send((RAISED, traceback.format_exc()))


class Processes(Pool):
    """Started afresh, not forked: JAX has threads."""

    def __init__(self, job: Job, workers: int | None):
        self.job, self.size = job, workers or cores()
        self._context = multiprocessing.get_context("spawn")
        self._workers: dict[int, tuple[Any, Connection]] = {}
        self._started = 0

    def start(self) -> int:
        mine, other = self._context.Pipe()
        process = self._context.Process(target=_main, args=(other, self.job), daemon=True)
        process.start()
        other.close()
        self._started += 1
        self._workers[self._started] = (process, mine)
        return self._started

    def send(self, worker: int, shard: bytes) -> None:
        try:
            self._workers[worker][1].send_bytes(shard)
        except OSError:
            pass  # it has died; `wait` says so

    def wait(self) -> list[Event]:
        numbers = {id(connection): number for number, (_, connection) in self._workers.items()}
        events = []
        for ready in wait([connection for _, connection in self._workers.values()]):
            number = numbers[id(ready)]
            process, connection = self._workers[number]
            try:
                kind, content = connection.recv()
                events.append(Event(number, kind, content))
                if kind == LAST:
                    process.join()
                    del self._workers[number]
            except (EOFError, OSError):
                process.join()
                del self._workers[number]
                events.append(Event(number, DIED, _why(process.exitcode)))
        return events

    def close(self) -> None:
        for process, connection in self._workers.values():
            connection.close()
            process.kill()
        for process, _ in self._workers.values():
            process.join()
        self._workers.clear()


def _why(code: int | None) -> str:
    if code == OUT_OF_MEMORY:
        return NO_MEMORY
    if code is not None and code < 0:
        hint = ", as it happens where memory runs out" if -code == signal.SIGKILL else ""
        return f"its process ended by signal {signal.Signals(-code).name}{hint}"
    return f"its process ended with code {code}"
