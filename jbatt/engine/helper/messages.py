"""What a helper is asked, and what it answers, each sent with the number of the message. Both sides are of the same jbatt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from jbatt.engine.counters import Counters
from jbatt.engine.outcome import Outcome, Unit
from jbatt.program.excerpt import Excerpt
from jbatt.program.records import Rejected
from jbatt.program.transfer import Content


@dataclass
class Begin:
    """Another run: what was planned before is forgotten. Has no answer."""


@dataclass
class Read:
    """Functions to read; the programs among them are planned. Answered by `Understood`."""

    excerpts: list[Excerpt]


@dataclass
class Plan:
    """Nodes that programs are made of, which come after those of such messages before, and the programs to plan. Answered by `Understood`."""

    content: Content
    roots: list[int]


@dataclass
class Understood:
    """roots: for each program, or function, what the helper knows it by from now on; -1 where it is no program.

    unsupported: those that have no type, with the reason. Of functions that were read, moreover: bodies, the digests of programs;
    rejected: for each excerpt, function by function, why it is no program.
    """

    roots: list[int]
    unsupported: dict[int, str]
    bodies: dict[int, str] = field(default_factory=dict)
    rejected: list[list[Rejected | None]] = field(default_factory=list)


@dataclass
class Evaluate:
    """Programs that were planned, by what the helper knows them by. Answered by `Evaluated`."""

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
