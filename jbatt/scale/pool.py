"""What the schedule needs of workers, wherever they run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

READY, DONE, LAST, RAISED, DIED = "ready", "done", "last", "raised", "died"


class Event(NamedTuple):
    """Something that a worker did.

    kind, content: READY and an About; DONE and a Reply; LAST and a Reply, from a worker that has become too large and ends; RAISED and the text of an error, a fault of jbatt that another worker
    would raise as well; DIED and why, as far as that is known.
    """

    worker: int
    kind: str
    content: Any


class Pool(ABC):
    """Workers by number. size: how many there should be."""

    size: int

    @abstractmethod
    def start(self) -> int:
        """Start another worker; its number. It is READY, or has DIED, some time later."""

    @abstractmethod
    def send(self, worker: int, shard: bytes) -> None:
        """Give a shard to a worker that is idle."""

    @abstractmethod
    def wait(self) -> list[Event]:
        """What has happened; waits until there is something. A worker that has DIED, or ended, is forgotten."""

    @abstractmethod
    def close(self) -> None:
        """End all workers, at once."""
