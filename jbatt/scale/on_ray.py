"""Workers that are actors of a Ray cluster."""

from __future__ import annotations

import os
from typing import Any

from jbatt.errors import JbattError
from jbatt.scale.pool import DIED, DONE, LAST, RAISED, READY, Event, Pool
from jbatt.scale.worker import NO_MEMORY, Job, Worker, is_out_of_memory


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise JbattError("--on ray needs Ray: pip install 'jbatt[ray]'") from None
    return ray


class OnRay(Pool):
    """One actor a GPU where the cluster has GPUs, else one for two CPUs; each owns what it was given.

    address: `ray://host:port`, None for the cluster that `RAY_ADDRESS` names or that runs here, else one of this machine alone, which
    ends with the run. Raises JbattError where there is no Ray or no cluster.
    """

    def __init__(self, job: Job, workers: int | None, address: str | None = None):
        self._ray = ray = _ray()
        self.job = job
        self._mine = not ray.is_initialized()
        if self._mine:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            try:
                ray.init(address, log_to_driver=False, logging_level="ERROR", configure_logging=True)
            except Exception as e:  # of many kinds, by the way that it fails
                where = address or "its cluster"
                raise JbattError(
                    f"--on {address or 'ray'}: Ray does not reach {where}: {_line(e)}; is it running (ray status)?"
                ) from None
        have = ray.cluster_resources()
        gpus, cpus = int(have.get("GPU", 0)), have.get("CPU", 1.0)
        self.size = workers or gpus or max(1, int(cpus) // 2)
        resources = {"num_gpus": 1, "num_cpus": 0} if gpus else {"num_cpus": max(0.01, cpus / self.size)}
        # An actor that dies is replaced by the schedule, which knows what it was doing.
        self._actor = ray.remote(max_restarts=0, max_task_retries=0, **resources)(Worker)
        self._actors: dict[int, Any] = {}
        self._pending: dict[Any, tuple[int, str]] = {}
        self._started = 0

    def start(self) -> int:
        self._started += 1
        actor = self._actors[self._started] = self._actor.remote(self.job)
        self._pending[actor.about.remote()] = (self._started, READY)
        return self._started

    def send(self, worker: int, shard: bytes) -> None:
        self._pending[self._actors[worker].evaluate.remote(shard)] = (worker, DONE)

    def wait(self) -> list[Event]:
        ray = self._ray
        events = []
        for done in ray.wait(list(self._pending))[0]:
            worker, kind = self._pending.pop(done)
            try:
                content = ray.get(done)
                if kind == DONE and content.last:
                    kind = LAST
                    ray.kill(self._actors.pop(worker))
                events.append(Event(worker, kind, content))
            except ray.exceptions.RayTaskError as e:
                if is_out_of_memory(e.cause):
                    # What it holds is given back with it; its shard is tried elsewhere, then cut in halves.
                    ray.kill(self._actors.pop(worker))
                    events.append(Event(worker, DIED, NO_MEMORY))
                else:
                    events.append(Event(worker, RAISED, str(e)))
            except ray.exceptions.RayError as e:
                del self._actors[worker]
                events.append(Event(worker, DIED, _line(e)))
        return events

    def close(self) -> None:
        for actor in self._actors.values():
            self._ray.kill(actor)
        self._actors.clear()
        if self._mine:
            self._ray.shutdown()


def _line(error: Exception) -> str:
    """An error in one line: Ray's run over many."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:1] + lines[-1:] if len(lines) > 1 else lines)[:300] or type(error).__name__
