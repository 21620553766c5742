"""What a helper is asked, and what it answers, each sent with the number of the message. Both sides are of the same jbatt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jbatt.engine.counters import Counters
from jbatt.engine.evaluator import Outcome, Unit
from jbatt.program.transfer import Content


@dataclass
class Begin:
    """Another run: what was planned before is forgotten. Has no answer."""


@dataclass
class Plan:
    """Nodes to add to the helper's graph, and of these the roots to lower. Answered by those that have no type, with the reason."""

    content: Content
    roots: list[int]


@dataclass
class Evaluate:
    """Programs that were planned. Answered by `Evaluated`."""

    units: list[Unit]


@dataclass
class Evaluated:
    """For each unit what the machine of the smallest class answers, and bool[roots, examples]: what does not fit it.

    counters: what was counted since the answer before; operations: given to the machine since then, each once for each example.
    """

    found: list[tuple[Outcome, np.ndarray]]
    counters: Counters
    operations: int


@dataclass
class Ready:
    """The first thing that a helper says, once it can begin."""


@dataclass
class Alive:
    """Said every second, whatever else a helper does: one that says nothing hangs."""


@dataclass
class Failed:
    """In the place of an answer: a helper's error, as text."""

    text: str
