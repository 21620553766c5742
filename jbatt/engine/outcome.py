"""What is asked of the engine, and what it says: programs on examples, with a code and a score for each pair of these."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from jbatt.engine.interpreter import CAPACITY, FAILED_TO_RUN, OK, TIMEOUT, UNSUPPORTED_ROW
from jbatt.engine.scores import UNKNOWN

CODES = ("", OK, FAILED_TO_RUN, CAPACITY, UNSUPPORTED_ROW, TIMEOUT)
"""What an outcome's codes mean; 0: not evaluated."""
NONE_, OK_, ERROR_, CAPACITY_, UNSUPPORTED_, TIMEOUT_ = range(6)


@dataclass
class Unit:
    """Programs (nodes of the graph, each once) to run on the same examples.

    grids, expected: for each example its input and its output int8[h, w] (None where it is not known). large: what is known not to
    fit the smallest class.
    """

    roots: np.ndarray
    grids: list[np.ndarray]
    expected: list[np.ndarray | None]
    large: bool = False


@dataclass
class Outcome:
    """code int8[roots, examples] (see CODES), score int16[roots, examples] (0 to 1000, UNKNOWN).

    `reasons`: for the index of a root and a code why it has no result, or what its result is. By code, so that a reason does
    not depend on which examples were evaluated first.
    """

    code: np.ndarray
    score: np.ndarray
    reasons: dict[tuple[int, int], str] = field(default_factory=dict)

    @classmethod
    def empty(cls, roots: int, examples: int) -> Outcome:
        """Nothing evaluated yet."""
        shape = (roots, examples)
        return cls(np.zeros(shape, np.int8), np.full(shape, UNKNOWN, np.int16))
