"""Objects with several colours at one location, as `combine` can make them.

A plane has one colour a location: such a *wide* object's plane holds the largest, which is all that painting, or what
asks for locations only, can see. Its cells are kept beside the plane, on the host, and are not even computed before
something depends on the others: then the primitive runs on them cell by cell. Programs rarely come here.

A tuple of cells used as an object is kept in the same way where it could be told from a set: where locations repeat
(then the plane shows the last cell of each) or where it is empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from jbatt.engine.batch import Batch, concatenate, hard, spans, take
from jbatt.engine.decode import decode_batch
from jbatt.engine.encode import encode_batch
from jbatt.values.encode import canonical_key
from jbatt.values.flags import MULTI, OVERFLOW, PATCH_FLAGS, UNSUPPORTED
from jbatt.values.types import OBJECT, is_patch


class Later:
    """The objects that a function will give for some rows of its arguments, once one of them is asked for."""

    def __init__(self, function: Callable, engine, args: list[Batch]):
        self._todo: tuple | None = (function, engine, args)
        self._cells: list = []

    def cells(self, row: int) -> frozenset:
        if self._todo:
            function, engine, args = self._todo
            columns = [decode_batch(engine, a) for a in args]
            self._cells = [function(*values) for values in zip(*columns, strict=True)]
            self._todo = None
        return self._cells[row]


class Union(Later):
    """The unions of some rows' objects, each as a table of cells once it is asked for."""

    def __init__(self, engine, objects: Batch, counts: np.ndarray):
        self._engine, self._objects, self._counts = engine, objects, counts
        self._tables: dict[int, np.ndarray] = {}

    def table(self, row: int) -> np.ndarray:
        """int64[cells, 3] of (i, j, colour), in canonical order."""
        if row not in self._tables:
            mine = spans(self._counts, np.array([row]))
            ids = self._objects.data.ids[mine]
            plain = self._objects.data.wide is None
            objects = take(self._objects, mine[np.unique(ids, return_index=True)[1]] if plain else mine)
            colour, (i, j) = self._engine.items(objects).value.data
            margin = self._engine.margin
            code = np.unique(((i + margin) * self._engine.side + j + margin) * 128 + colour)
            where, colour = np.divmod(code, 128)
            i, j = np.divmod(where, self._engine.side)
            self._tables[row] = np.stack([i - margin, j - margin, colour], axis=1)
        return self._tables[row]

    def cells(self, row: int) -> frozenset:
        return frozenset((c, (i, j)) for i, j, c in self.table(row).tolist())


class Wide:
    """The cells of one wide object."""

    __slots__ = ("_later", "_row")

    def __init__(self, later, row: int = 0):
        self._later, self._row = later, row

    @property
    def known(self) -> frozenset | tuple | None:
        """All cells (colour, (i, j)) if they have been computed."""
        return None if isinstance(self._later, Later) else self._later

    @property
    def cells(self) -> frozenset | tuple:
        """All cells (colour, (i, j))."""
        return self._later.cells(self._row) if isinstance(self._later, Later) else self._later

    @property
    def table(self) -> np.ndarray:
        """int64[cells, 3] of (i, j, colour), in the order of the cells."""
        if isinstance(self._later, Union):
            return self._later.table(self._row)
        return np.array([(i, j, c) for c, (i, j) in _ordered(self.cells)], np.int64).reshape(-1, 3)


def marked(args: list[Batch], test: Callable | None = None) -> np.ndarray:
    """bool[n]: the rows with a wide object among their arguments, whose cells (None: not computed) pass a test."""
    found = np.zeros(args[0].n, bool)
    for a in args:
        if is_patch(a.type) and a.data.wide is not None:
            found |= [w is not None and (test is None or test(w.known)) for w in a.data.wide]
    return found


def attach(planes, rows: np.ndarray, function: Callable, engine, args: list[Batch]):
    """Planes whose `rows` are wide objects: what `function` gives for the arguments' rows."""
    later = Later(function, engine, [take(a, rows) for a in args])
    wide = np.full(len(planes.ids), None, object) if planes.wide is None else planes.wide.copy()
    wide[rows] = [Wide(later, k) for k in range(len(rows))]
    return planes._replace(wide=wide)


def attach_unions(planes, rows: np.ndarray, engine, objects: Batch, counts: np.ndarray):
    """Planes whose `rows` are the unions of several objects (counts[k] of them for row k) that are wide."""
    chosen = take(objects, spans(counts, rows))
    later = Union(engine, chosen, counts[rows])
    wide = np.full(len(planes.ids), None, object)
    wide[rows] = [Wide(later, k) for k in range(len(rows))]
    return planes._replace(wide=wide)


def widened(engine, overload, args: list[Batch], made: Batch) -> Batch:
    """A kernel's result with its wide objects, and with what depends on cells that planes do not show."""
    some = any(is_patch(a.type) and a.data.wide is not None for a in args)
    stays = made.type is OBJECT and overload.primitive in STAYS_WIDE and overload.multi != "fine"
    if not (some or stays):
        return made
    rows = marked(args, lambda cells: cells != ())
    if overload.primitive in RETURNED:
        made.flags[marked(args) & ~rows] |= UNSUPPORTED
    if overload.multi == "fine" or not any(a.type is OBJECT for a in args):
        return made
    if stays:
        rows = rows | ((made.flags & MULTI) != 0)
    if not rows.any():
        return made
    clipped = np.logical_or.reduce([(a.flags & PATCH_FLAGS) != 0 for a in args])
    known, unknown = rows & ~clipped & ~hard(made), rows & clipped & ~hard(made)
    made.flags[unknown] |= MULTI if stays else OVERFLOW  # in a larger class all cells are there
    if stays:
        made.flags[known] &= ~np.uint8(MULTI)
        later = known & ~marked(args, lambda cells: isinstance(cells, tuple))
        if later.any():
            rows = np.nonzero(later)[0]
            made.data = attach(made.data, rows, ON_CELLS[overload.primitive], engine, args)
        known = known & ~later
    if not known.any():
        return made
    given = [take(a, np.nonzero(known)[0]) for a in args]
    if overload.primitive == "underpaint":
        others = _underpaint(engine, *given)
    else:
        columns = [decode_batch(engine, a) for a in given]
        values = [ON_CELLS[overload.primitive](*v) for v in zip(*columns, strict=True)]
        others = encode_batch(engine, values, made.type)
    where = np.arange(made.n)
    where[known] = made.n + np.arange(others.n)
    return take(concatenate([made, others]), where)


def expanded(patches: Batch, parent: np.ndarray, cells: tuple, margin: int) -> tuple[np.ndarray, list]:
    """The cells (colour, i, j) of patches, as they were read from planes, with those of wide objects in full."""
    wide = patches.data.wide
    rows = np.nonzero(wide != None)[0]  # noqa: E711
    kept = ~np.isin(parent, rows)
    parents, columns = [parent[kept]], [[c[kept] for c in cells]]
    for row in rows:
        ordered = sorted(wide[row].cells, key=canonical_key)
        colour, location = zip(*ordered, strict=True)
        i, j = zip(*location, strict=True)
        parents.append(np.full(len(ordered), row))
        indices = (np.array(i) + margin, np.array(j) + margin)
        columns.append([np.array(colour), *indices])
    joined = np.concatenate(parents)
    order = np.argsort(joined, kind="stable")
    return joined[order], [np.concatenate(c)[order] for c in zip(*columns, strict=True)]


# Primitives on cells ----------------------------------------------------------------------------------------------


def _indices(cells) -> set:
    return {location for _, location in cells}


def _box(cells) -> tuple[int, int, int, int]:
    rows, columns = zip(*_indices(cells), strict=True)
    return min(rows), min(columns), max(rows), max(columns)


def _shape(cells) -> tuple[int, int]:
    top, left, bottom, right = _box(cells)
    return bottom - top + 1, right - left + 1


def _moved(cells, where: Callable) -> frozenset:
    return frozenset((c, where(i, j)) for c, (i, j) in cells)


def _shift(cells, by) -> frozenset:
    return _moved(cells, lambda i, j: (i + by[0], j + by[1]))


def _normalize(cells) -> frozenset:
    top, left, _, _ = _box(cells)
    return _shift(cells, (-top, -left))


def _hmirror(cells) -> frozenset:
    top, _, bottom, _ = _box(cells)
    return _moved(cells, lambda i, j: (top + bottom - i, j))


def _vmirror(cells) -> frozenset:
    _, left, _, right = _box(cells)
    return _moved(cells, lambda i, j: (i, left + right - j))


def _dmirror(cells) -> frozenset:
    top, left, _, _ = _box(cells)
    return _moved(cells, lambda i, j: (j - left + top, i - top + left))


def _cmirror(cells) -> frozenset:
    return _vmirror(_dmirror(_vmirror(cells)))


def _upscale(cells, factor: int) -> frozenset:
    top, left, _, _ = _box(cells)
    steps = range(factor)
    return frozenset(
        (c, ((i - top) * factor + top + a, (j - left) * factor + left + b))
        for c, (i, j) in cells
        for a in steps
        for b in steps
    )


def _period(cells, axis: int) -> int:
    cells = _normalize(cells)
    extent = _shape(cells)[axis]
    for p in range(1, extent):
        moved = _shift(cells, (-p, 0) if axis == 0 else (0, -p))
        if all(cell in cells for cell in moved if cell[1][axis] >= 0):
            return p
    return extent


def _square(height: int, width: int, size: int) -> bool:
    return height == width and height * width == size


def _colors(cells) -> Counter:
    return Counter(c for c, _ in cells)


def _ordered(cells) -> list:
    return list(cells) if isinstance(cells, tuple) else sorted(cells, key=canonical_key)


def _first(cells):
    return _ordered(cells)[0]


def _underpaint(engine, grids: Batch, objects: Batch) -> Batch:
    """The first cell of a location that does not have the background's colour stays; all rows have a wide object."""
    planes = engine.kernels.fetch(grids.data.planes.ids).copy()
    for plane, wide in zip(planes, objects.data.wide, strict=True):
        background = int(np.argmax(np.bincount(plane[plane >= 0], minlength=1)))
        i, j, colour = wide.table[::-1].T  # backwards: of several writes to one location, the last stays
        i, j = i + engine.margin, j + engine.margin
        use = (colour != background) & (plane[i, j] == background)
        plane[i[use], j[use]] = colour[use]
    return Batch(grids.type, grids.data._replace(planes=engine.store(planes)), np.zeros(grids.n, np.uint8))


def _center_of_mass(cells) -> tuple:
    return tuple(sum(axis) // len(cells) for axis in zip(*_indices(cells), strict=True))


ON_CELLS: dict[str, Callable] = {
    "centerofmass": _center_of_mass,
    "cmirror": _cmirror,
    "color": lambda cells: _first(cells)[0],
    "colorcount": lambda cells, value: _colors(cells)[value],
    "combine": lambda a, b: frozenset([*a, *b]),
    "contained": lambda value, cells: value in cells,
    "difference": lambda a, b: frozenset(a).difference(b),
    "dmirror": _dmirror,
    "equality": lambda a, b: a == b,
    "first": _first,
    "hline": lambda cells: _shape(cells) == (1, len(cells)),
    "hmirror": _hmirror,
    "hperiod": lambda cells: _period(cells, 1),
    "insert": lambda value, cells: frozenset([value, *cells]),
    "intersection": lambda a, b: frozenset(a).intersection(b),
    "leastcolor": lambda cells: min(_colors(cells).items(), key=lambda kv: (kv[1], kv[0]))[0],
    "mostcolor": lambda cells: min(_colors(cells).items(), key=lambda kv: (-kv[1], kv[0]))[0],
    "normalize": _normalize,
    "numcolors": lambda cells: len(_colors(cells)),
    "occurrences": lambda grid, cells: frozenset(),  # no cell of a grid has two colours
    "palette": lambda cells: frozenset(_colors(cells)),
    "remove": lambda value, cells: frozenset(cells) - {value},
    "shift": _shift,
    "size": len,
    "square": lambda cells: _square(*_shape(cells), len(cells)),
    "upscale": _upscale,
    "vline": lambda cells: _shape(cells) == (len(cells), 1),
    "vmirror": _vmirror,
    "vperiod": lambda cells: _period(cells, 0),
}
"""What a primitive gives for arguments with a wide object: planes alone are not enough for these."""

STAYS_WIDE = frozenset(
    ["cmirror", "combine", "dmirror", "hmirror", "insert", "normalize", "shift", "vmirror"]
)
"""Those that give a wide object for one: the kernel's plane is right, the cells are computed when needed."""
RETURNED = frozenset(["box", "normalize", "shift"])
"""Those that give an empty patch back as it is, even an empty tuple."""
