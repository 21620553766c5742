"""A task's demo outputs as a goal: the last steps of a program are found backwards, from what they have to give.

A patch is *pure* where the output has one colour at all its cells inside: filling it does no harm to any grid of the output's
shape. So a grid becomes the output by fills with pure patches as soon as these cover its wrong cells; neither the fills nor
their combinations need to be evaluated. The same holds for objects that agree with the output (paint), for patches that
are pure where the input has its background (underfill), for a colour that always stands for another one (replace) and for
grids that are one side of the output (concatenation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jbatt.search.grammar import Constant
from jbatt.tasks import Task

MOST_PATCHES, MOST_BASES, MOST_NEAR = 4096, 64, 32
MOST_STEPS = 3
"""Fills and paints that one program may end with."""
WILD = -1
"""The colour of a patch on a demo where it has no cell inside the output."""


@dataclass
class _Patches:
    """Pure patches: what to do with them, masks uint64[E, words] of the cells that they make right, colours int8[E]."""

    steps: list[tuple[str, str, int]] = field(default_factory=list)
    masks: list[np.ndarray] = field(default_factory=list)
    colours: list[tuple[int, ...]] = field(default_factory=list)
    known: set[bytes] = field(default_factory=set)

    def add(self, step: tuple[str, str, int], mask: np.ndarray, colours: tuple[int, ...]) -> None:
        name = mask.tobytes()
        if name not in self.known and len(self.masks) < MOST_PATCHES:
            self.known.add(name)
            self.steps.append(step)
            self.masks.append(mask)
            self.colours.append(colours)


class Goal:
    """What the values of one task are held against. Planes are int8[E, U, U], E demos; larger outputs are never reached."""

    def __init__(self, task: Task, side: int, margin: int):
        outputs = [d.output for d in task.demos if d.output is not None]
        self.input = np.stack([_plane(d.input, side, margin) for d in task.demos])
        self.expected = np.stack([_plane(g, side, margin) for g in outputs])
        self.inside = self.expected >= 0
        self.margin = margin
        self.sizes = np.array([g.shape for g in outputs])
        # The input's background, where it has the output's shape: cells that underfill may change.
        self.under = None
        if all(d.input.shape == g.shape for d, g in zip(task.demos, outputs, strict=True)):
            ground = [int(np.bincount(d.input.ravel()).argmax()) for d in task.demos]
            self.under = self.input == np.array(ground, np.int8)[:, None, None]
        self._exact: list[int] = []
        self._near: list[tuple[float, int]] = []
        self._bases: list[tuple[int, np.ndarray, np.ndarray]] = []
        self._fresh: list[tuple[int, np.ndarray]] = []
        self._colours: dict[tuple[int, ...], int] = {}
        self._patches, self._under = _Patches(), _Patches()
        self._sides: dict[tuple, int] = {}
        self._joined: list[Any] = []

    # What comes in ------------------------------------------------------------------------------------------------

    def colour(self, number: int, values: tuple[int, ...]) -> None:
        """A value of kind colour: int for each demo."""
        self._colours.setdefault(values, number)

    def grids(self, numbers: list[int], planes: np.ndarray) -> None:
        """Values of kind grid, int8[k, E, U, U]."""
        there = planes >= 0
        same = (there == self.inside).all(axis=(1, 2, 3))
        for k in np.flatnonzero(same).tolist():
            wrong = planes[k] != self.expected
            if not wrong.any():
                self._exact.append(numbers[k])
                continue
            cells = self.sizes.prod(axis=1)
            score = float(1000 * (1 - wrong.sum(axis=(1, 2)) / cells).mean())
            self._near.append((score, numbers[k]))
            self._fresh.append((numbers[k], planes[k]))
            if len(self._bases) < MOST_BASES:
                self._bases.append((numbers[k], _packed(wrong), planes[k]))
        within = ~same & ~(there & (planes != self.expected)).any(axis=(1, 2, 3))
        for k in np.flatnonzero(within).tolist():
            self._piece(numbers[k], planes[k], True)
        for k in np.flatnonzero(~same).tolist():
            self._piece(numbers[k], planes[k], False)

    def patches(self, kind: str, numbers: list[int], planes: np.ndarray) -> None:
        """Values of kind object or indices, int8[k, E, U, U]."""
        mask = (planes >= 0) & self.inside
        self._pure("fill", kind, numbers, mask, self._patches)
        if kind == "object":
            fits = ~(mask & (planes != self.expected)).any(axis=(1, 2, 3)) & mask.any(axis=(1, 2, 3))
            for k in np.flatnonzero(fits).tolist():
                self._patches.add(("paint", kind, numbers[k]), _packed(mask[k]), ())
        if self.under is not None:
            self._pure("underfill", kind, numbers, mask & self.under, self._under)

    def _pure(self, step: str, kind: str, numbers: list[int], mask: np.ndarray, patches: _Patches) -> None:
        lowest = np.where(mask, self.expected, np.int8(127)).min(axis=(2, 3))
        highest = np.where(mask, self.expected, np.int8(-1)).max(axis=(2, 3))
        pure = ((lowest == highest) | (highest < 0)).all(axis=1) & (highest >= 0).any(axis=1)
        for k in np.flatnonzero(pure).tolist():
            patches.add((step, kind, numbers[k]), _packed(mask[k]), tuple(highest[k].tolist()))

    def _piece(self, number: int, plane: np.ndarray, first: bool) -> None:
        """A grid that may be the first or the last part of the output along one axis, on every demo."""
        m = self.margin
        heights = (plane >= 0).any(axis=2).sum(axis=1)
        widths = (plane >= 0).any(axis=1).sum(axis=1)
        for axis, own, other in ((0, heights, widths), (1, widths, heights)):
            full = self.sizes[:, axis]
            if (other != self.sizes[:, 1 - axis]).any() or (own >= full).any() or (own == 0).any():
                continue
            if not first:
                for e, (h, w) in enumerate(zip(heights.tolist(), widths.tolist(), strict=True)):
                    top, left = self.sizes[e] - (h, w)
                    part = self.expected[e, m + top : m + top + h, m + left : m + left + w]
                    if not np.array_equal(plane[e, m : m + h, m : m + w], part):
                        break
                else:
                    self._side(axis, False, tuple((full - own).tolist()), number)
                continue
            self._side(axis, True, tuple(own.tolist()), number)

    def _side(self, axis: int, first: bool, length: tuple[int, ...], number: int) -> None:
        """length: that of the first part."""
        if (axis, first, length) in self._sides:
            return
        self._sides[axis, first, length] = number
        other = self._sides.get((axis, not first, length))
        if other is not None:
            pair = (number, other) if first else (other, number)
            self._joined.append((("vconcat", "hconcat")[axis], ("grid", pair[0]), ("grid", pair[1])))

    # What goes out ------------------------------------------------------------------------------------------------

    def near(self) -> list[tuple[float, int]]:
        """Grids of the outputs' shapes, the most like them first, with their mean score."""
        return sorted(self._near, key=lambda s: (-s[0], s[1]))[:MOST_NEAR]

    def solutions(self) -> Iterator[Any]:
        """Programs as (primitive, *arguments); a value is (kind, number)."""
        for number in self._exact:
            yield "grid", number
        yield from self._joined
        for number, plane in self._fresh:
            yield from self._replacement(number, plane)
        self._fresh = []
        if not self._exact:
            for number, wrong, plane in self._bases:
                built = self._covered(number, wrong, np.array_equal(plane, self.input))
                if built is not None:
                    yield built

    def _replacement(self, number: int, plane: np.ndarray) -> Iterator[Any]:
        """One colour that always is to be another."""
        wrong = plane != self.expected
        pairs: list[tuple[int, int]] = []
        for e in range(len(plane)):
            before, after = np.unique(plane[e][wrong[e]]), np.unique(self.expected[e][wrong[e]])
            if len(before) > 1 or len(after) > 1:
                return
            if len(before) and int((plane[e] == before[0]).sum()) == int(wrong[e].sum()):
                pairs.append((int(before[0]), int(after[0])))
            elif len(before):
                return
            else:
                pairs.append((WILD, WILD))
        given = self._expression(tuple(b for b, _ in pairs))
        wanted = self._expression(tuple(a for _, a in pairs))
        if given is not None and wanted is not None:
            yield "replace", ("grid", number), given, wanted

    def _expression(self, colours: tuple[int, ...]) -> Any:
        """A colour for each demo as a constant, or as a value that gives it; None where there is none."""
        certain = {c for c in colours if c != WILD}
        if len(certain) == 1:
            return Constant(certain.pop())
        for values, number in self._colours.items():
            if all(c in (WILD, v) for c, v in zip(colours, values, strict=True)):
                return "colour", number
        return None

    def _covered(self, number: int, wrong: np.ndarray, is_input: bool) -> Any:
        """A grid made right by as few steps as a greedy choice finds, the cheapest of equal ones; None where there are none."""
        groups = [self._patches, self._under] if is_input else [self._patches]
        steps = [s for g in groups for s in g.steps]
        colours = [c for g in groups for c in g.colours]
        if not steps:
            return None
        masks = np.stack([m for g in groups for m in g.masks])
        if (np.bitwise_or.reduce(masks) & wrong != wrong).any():
            return None
        built: Any = ("grid", number)
        left = wrong
        usable = np.ones(len(steps), bool)
        for step in range(MOST_STEPS):
            while True:
                gain = np.where(usable, np.bitwise_count(masks & left).sum(axis=(1, 2), dtype=np.int64), 0)
                k = int(gain.argmax())
                if not gain[k] or (step == MOST_STEPS - 1 and (masks[k] & left != left).any()):
                    return None
                name, kind, patch = steps[k]
                colour = None if name == "paint" else self._expression(colours[k])
                if name == "paint" or colour is not None:
                    break
                usable[k] = False
            built = (name, built, (kind, patch)) if name == "paint" else (name, built, colour, (kind, patch))
            left = left & ~masks[k]
            if not left.any():
                return built
        return None


def _plane(grid: np.ndarray, side: int, margin: int) -> np.ndarray:
    plane = np.full((side, side), -1, np.int8)
    h, w = min(grid.shape[0], side - margin), min(grid.shape[1], side - margin)
    plane[margin : margin + h, margin : margin + w] = grid[:h, :w]
    return plane


def _packed(mask: np.ndarray) -> np.ndarray:
    """bool[E, U, U] as uint64[E, U * U / 64]."""
    return np.packbits(mask.reshape(len(mask), -1), axis=1).view(np.uint64)
