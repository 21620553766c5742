"""A worker: a process that owns its device and evaluates the shards that it is given, with the same engine as any run."""

from __future__ import annotations

import os
import socket
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jbatt.engine.memory import resident
from jbatt.run.results import Result
from jbatt.run.settings import Settings

MEMORY = 6 << 30
"""Of a worker: with the machines of three classes it has 3 to 4 GiB, after it has compiled them about 5."""


@dataclass(frozen=True)
class Job:
    """What all shards of a run have in common.

    folder: of kernels and answers, None where nothing is to be kept. memory: bytes from which on a worker is replaced once it has
    done its shard.
    """

    timeout: float
    full_scores: bool
    settings: Settings
    folder: Path | None
    memory: int = MEMORY


@dataclass(frozen=True)
class About:
    """A worker, as it presents itself. version: of jbatt and JAX, and the digest of the code that answers depend on."""

    host: str
    pid: int
    version: str
    device: dict[str, Any]


@dataclass
class Reply:
    """What a shard gave: its results and what they cost, as a Validation has it.

    warned: warnings given on the way. last: the worker has become too large, and is to end.
    """

    results: list[Result]
    seconds: dict[str, float]
    counts: dict[str, int]
    kernels: dict[str, int]
    passes: list[dict[str, Any]]
    warned: list[str]
    last: bool = False


def version() -> str:
    """Of this jbatt. Workers must have the very same, or their results could differ."""
    from importlib import metadata

    from jbatt.store.code import answers_version

    return f"jbatt {metadata.version('jbatt')}, code {answers_version().hex()[:12]}"


NO_MEMORY = "there was not enough memory for it"


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error of Python or of XLA says that there is not enough memory: no fault of jbatt."""
    return isinstance(error, MemoryError) or str(error).startswith("RESOURCE_EXHAUSTED")


class Worker:
    """Evaluates shards one after another; kernels and the machine stay loaded between them."""

    def __init__(self, job: Job):
        self.job = job
        if job.folder is not None:
            os.environ["JBATT_CACHE_DIR"] = str(job.folder)

    def about(self) -> About:
        """Starts JAX."""
        from jbatt.run.summary import device

        return About(socket.gethostname(), os.getpid(), version(), device())

    def evaluate(self, content: bytes) -> Reply:
        """A packed shard's results."""
        from jbatt.run.passes import make
        from jbatt.run.validate import Validation, stream
        from jbatt.scale.shards import unpacked
        from jbatt.store.executables import ExecutableStore
        from jbatt.tasks import TaskSet

        job, run, results = self.job, Validation(), []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            programs, candidates = unpacked(content)
            tasks = TaskSet("shard", tuple(c.task for c in candidates), "")
            store = None if job.folder is None else ExecutableStore(job.folder)
            passes = make(job.settings)
            for new in stream(
                run, programs, tasks, "", job.timeout, None, store, passes, job.full_scores, candidates, False
            ):
                results += new
        warned = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
        last = resident(os.getpid()) > job.memory
        return Reply(results, run.seconds, run.counts, run.kernels, run.passes.report(), warned, last)
