"""Register files: all planes of one capacity class in one device array, a row per value.

Kernels read rows by index and write results into rows of the same, donated, array, so no plane is ever copied between
host and device on its way from one primitive to the next. Rows are given back when the last value that names them is
dropped; a file has a fixed number of rows, so that memory is bounded and no kernel is compiled twice for its size.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.buffer_callback import buffer_callback

TRASH, EMPTY = 0, 1
"""Reserved rows: what padding writes to, and a plane without cells."""


class RegistersFull(Exception):
    """More planes are alive at once than the file has rows."""


class NoRoom(RegistersFull):
    """More rows of numbers are needed at once than there is memory for, planes or not."""


class Block:
    """Rows that were handed out together; they return to the file when no value refers to them."""

    __slots__ = ("file", "ids")

    def __init__(self, file: PlaneFile, ids: np.ndarray):
        self.file, self.ids = file, ids

    def __del__(self):
        self.file.free(self.ids)


def _blank(shape: tuple[int, int, int]) -> jax.Array:
    """An array int8[shape] whose reserved rows are -1; what the others hold means nothing: rows are written before
    they are read.

    On CPU the system then gives memory page by page as rows are first used. Filling 512 MB took 0.2 to 1.7 s of each run.
    """
    if jax.default_backend() != "cpu":
        return jnp.full(shape, -1, jnp.int8)

    def reserve(_, out) -> None:
        np.asarray(out)[: EMPTY + 1] = -1

    return jax.jit(lambda: buffer_callback(reserve, jax.ShapeDtypeStruct(shape, jnp.int8))())()


class PlaneFile:
    """`array` int8[rows, side, side] on the device, and the stack of rows that are free."""

    def __init__(self, side: int, memory: int = 64 << 20):
        self.side = side
        self.rows = max(64, memory // (side * side))
        self.array = _blank((self.rows, side, side))
        self._stack = np.arange(self.rows - 1, 1, -1, dtype=np.int32)
        self._top = len(self._stack)

    def allocate(self, n: int) -> Block:
        """`n` free rows; raises RegistersFull."""
        if n > self._top:
            raise RegistersFull
        self._top -= n
        return Block(self, self._stack[self._top : self._top + n].copy())

    def free(self, ids: np.ndarray) -> None:
        self._stack[self._top : self._top + len(ids)] = ids
        self._top += len(ids)

    @property
    def used(self) -> int:
        return self.rows - 2 - self._top
