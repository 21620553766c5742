"""Calls that were made before: what a kernel gave, by the numbers that it was given.

Candidates of one task connect the same cells and shift the same lines again and again. A call whose arguments are
numbers, or planes that came out of such calls, is looked up by one 64-bit key; the planes stay until the shard ends.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jbatt.engine.registers import PlaneFile
from jbatt.values.types import BOOLEAN, INTEGER, StructType, is_patch

SCALAR_BITS = 15
SHARE = 3
"""At most this part of the register file is kept for results."""


class _Known:
    """Results of one kernel: keys int64[m] ascending, out int32[B, m], ids int32[m] (rows of the planes)."""

    def __init__(self, width: int):
        self.keys = np.zeros(0, np.int64)
        self.out = np.zeros((width, 0), np.int32)
        self.ids = np.zeros(0, np.int32)


class Memo:
    """Remembers calls for as long as a shard runs."""

    def __init__(self, file: PlaneFile):
        self.file = file
        self._kept = np.zeros(file.rows, bool)
        self._rows = 0
        self._blocks: list = []
        self._known: dict = {}
        self._plane_bits = int(file.rows).bit_length()

    def keys(self, types: tuple, slots: np.ndarray) -> np.ndarray | None:
        """int64[n]: a number for each call, equal for equal arguments; None where they cannot be looked up."""
        digits = [d for t in types for d in self._digits(t)]
        if not digits or (0, False) in digits or sum(size for size, _ in digits) > 63:
            return None
        key = np.zeros(slots.shape[1], np.int64)
        for column, (size, plane) in zip(slots, digits, strict=True):
            if plane:
                if not self._kept[column].all():
                    return None
                digit = column
            else:
                digit = column.astype(np.int64) + (1 << (size - 1))
                if digit.min() < 0 or digit.max() >> size:
                    return None
            key <<= size
            key |= digit
        return key

    def _digits(self, kind) -> list[tuple[int, bool]]:
        """For each packed slot of a type its bits and whether it is a plane; no bits where it cannot be part of a key."""
        if kind is BOOLEAN or kind is INTEGER:
            return [(SCALAR_BITS, False)]
        if isinstance(kind, StructType):
            return [d for f in kind.fields for d in self._digits(f)]
        return [(self._plane_bits, True) if is_patch(kind) else (0, False)]

    def call(
        self, name, keys: np.ndarray, slots: np.ndarray, has_plane: bool, run: Callable
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Results for these keys, int32[B, n], and the rows of their planes int32[n]; None where there is no room.

        `run(slots)` makes the calls that are new: their results and the block of their planes.
        """
        known = self._known.get(name)
        if known is None or not len(known.keys):
            missing, first = np.unique(keys, return_index=True)
        else:
            place = np.minimum(np.searchsorted(known.keys, keys), len(known.keys) - 1)
            new = np.flatnonzero(known.keys[place] != keys)
            missing, first = np.unique(keys[new], return_index=True)
            first = new[first]
        if len(missing):
            if has_plane and self._rows + len(missing) > self.file.rows // SHARE:
                return None
            out, block = run(np.ascontiguousarray(slots[:, first]))
            if known is None:
                known = self._known[name] = _Known(len(out))
            at = np.searchsorted(known.keys, missing)
            known.keys = np.insert(known.keys, at, missing)
            known.out = np.insert(known.out, at, out, axis=1)
            if block is not None:
                known.ids = np.insert(known.ids, at, block.ids)
                self._kept[block.ids] = True
                self._blocks.append(block)
                self._rows += len(missing)
        assert known is not None
        place = np.searchsorted(known.keys, keys)
        return known.out[:, place], known.ids[place] if has_plane else np.zeros(0, np.int32)
