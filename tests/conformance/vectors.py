"""Conformance vectors: recorded inputs and results of the reference, evaluated by the batched engine.

`ops.jsonl.gz` has calls of single primitives, `programs.jsonl.gz` has generated programs. A vector's arguments are
plain values, so that their types must be found first: a value can have several (an empty set is a set of anything, a
tuple of pairs looks like a grid), its *typings*. Vectors of a primitive with equal typings run as rows of one batch.
"""

from __future__ import annotations

import gzip
import itertools
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from jbatt.dsl.domain import Closure, Fixed, Unsupported, call, invoke
from jbatt.engine.batch import Batch
from jbatt.engine.decode import CAPACITY_ROW, ERROR_ROW, UNSUPPORTED_ROW, decode_batch, flag_of
from jbatt.engine.encode import encode_batch
from jbatt.engine.interpreter import Frame, Interpreter
from jbatt.engine.lower import Lowered, Traced
from jbatt.engine.plan import Nodes, plan
from jbatt.engine.ragged import TooMuch
from jbatt.engine.registers import RegistersFull
from jbatt.engine.shard import DEAD, Shard
from jbatt.program import Graph, read_source
from jbatt.program.infer import Typed, Types
from jbatt.values.types import (
    BOOLEAN,
    CELL,
    FUNCTION,
    GRID,
    INDICES,
    INTEGER,
    OBJECT,
    PAIR,
    set_of,
    struct,
    tuple_of,
)
from jbatt.values.window import CLASSES

TYPES = Types()
HERE = Path(__file__).parent
EXACT, UNSUPPORTED_VECTOR, CAPACITY, WRONG = "exact", "unsupported", "capacity", "wrong"


class Raised:
    """The recorded result of a call that raises."""

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return f"<raises {self.name}>"


def read_lines(name: str) -> list[dict]:
    with gzip.open(HERE / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


# Values -----------------------------------------------------------------------------------------------------------


def decode_json(value: dict):
    """A recorded value as a Python value; functions as closures."""
    ((key, content),) = value.items()
    if key in ("int", "bool"):
        return content
    if key == "none":
        return None
    if key == "pair":
        return tuple(content)
    if key == "cell":
        return (content[0], (content[1], content[2]))
    if key == "grid":
        return tuple(map(tuple, content))
    if key == "object":
        return frozenset((c, (i, j)) for c, i, j in content)
    if key == "indices":
        return frozenset(map(tuple, content))
    if key == "fn":
        return function(content)
    if key == "error":
        return Raised(content)
    return (tuple if key == "tuple" else frozenset)(decode_json(v) for v in content)


def function(expression: dict) -> Closure:
    if "prim" in expression:
        return Closure(expression["prim"])
    if "call" in expression:
        args = [function(a) if "prim" in a or "call" in a else decode_json(a) for a in expression["args"]]
        return Closure(expression["call"], tuple(args))
    return function(expression["fn"])


# Typings ----------------------------------------------------------------------------------------------------------

EMPTY_SET = (OBJECT, INDICES, *map(set_of, (INTEGER, OBJECT, INDICES, GRID)))
EMPTY_TUPLE = (GRID, *map(tuple_of, (INTEGER, OBJECT, PAIR, INDICES, GRID, CELL)))


def typings(value, rows: bool = False) -> tuple:
    """The types that a value may have, the likeliest first; `rows`: a pair may be a row of a grid.

    Of a function: ("fn", name, types of what it captured); of a container of functions: ("fixed", types of items, Python type).
    """
    if holds_functions(value):
        return tuple(("fixed", c, type(value)) for c in combinations(ordered(value), 12))
    if isinstance(value, Closure):
        if value.args is None:
            return (("fn", value.name, None),)
        return tuple(("fn", value.name, t) for t in combinations(value.args, 12))
    if value is None:
        return (INTEGER,)
    if isinstance(value, bool):
        return (BOOLEAN, INTEGER)
    if isinstance(value, int):
        return (INTEGER,)
    if not value:
        return EMPTY_SET if isinstance(value, frozenset) else EMPTY_TUPLE
    items = list(value)
    found = []
    if isinstance(value, frozenset):
        found += [set_of(t) for t in common(items) if not isinstance(t, tuple)]
    else:
        if is_grid(value):
            found.append(GRID)
        pair = len(items) == 2 and all(isinstance(v, int) for v in items)
        if len(items) == 2 or any(isinstance(v, Closure) for v in items):
            found += [fields(c) for c in combinations(items, 12)]
        if rows or not pair:
            found += [tuple_of(t) for t in common(items, True) if not isinstance(t, tuple)]
        if 3 <= len(items) <= 4:
            found += [fields(c) for c in combinations(items, 4)]
    return tuple(dict.fromkeys(found))


def fields(types: tuple):
    return ("struct", types) if any(isinstance(t, tuple) for t in types) else struct(*types)


def is_grid(value: tuple) -> bool:
    return all(
        isinstance(r, tuple) and len(r) == len(value[0]) and r and all(isinstance(v, int) for v in r)
        for r in value
    )


def holds_functions(value) -> bool:
    """Whether a value is a container of functions alone (or of such containers)."""
    return (
        isinstance(value, (tuple, frozenset))
        and bool(value)
        and all(isinstance(v, Closure) or holds_functions(v) for v in value)
    )


def ordered(value) -> list:
    return sorted(value, key=str) if isinstance(value, frozenset) else list(value)


def common(items: list, rows: bool = False) -> list:
    """The types that all of the items may have."""
    options = list(dict.fromkeys(typings(v, rows) for v in items))
    seen = dict.fromkeys(t for o in options for t in o)
    return [t for t in seen if all(t in o for o in options)]


def combinations(values, most: int) -> list[tuple]:
    """Typings of several values together."""
    options = [typings(v) for v in values]
    return list(itertools.islice(itertools.product(*options), most))


def has_empty(value) -> bool:
    if isinstance(value, Closure):
        return any(map(has_empty, value.args or ()))
    return isinstance(value, (tuple, frozenset)) and (not value or any(map(has_empty, value)))


def typed(value, kind):
    """A value in the domain of types."""
    if isinstance(kind, tuple):
        head = kind[0]
        if head == "fn":
            args = kind[2]
            return Closure(kind[1], args and tuple(map(typed, value.args, args)))
        if head == "struct":
            return TYPES.struct([typed(v, k) for v, k in zip(value, kind[1], strict=True)])
        items = zip(ordered(value), kind[1], strict=True)
        return Fixed("set" if kind[2] is frozenset else "tuple", tuple(typed(v, k) for v, k in items))
    if kind is INTEGER and isinstance(value, int):
        return Typed(kind, int(value))
    return Typed(kind)


# Batches ----------------------------------------------------------------------------------------------------------


def batch_of(engine, values: list, kind):
    """Python values of one type as a batch; what does not fit is flagged as the engine would."""
    if isinstance(kind, tuple):
        if kind[0] == "fn":
            if kind[2] is None:
                return Closure(kind[1])
            return Closure(
                kind[1],
                tuple(batch_of(engine, [v.args[k] for v in values], t) for k, t in enumerate(kind[2])),
            )
        columns = zip(*map(ordered, values), strict=True)
        parts = [batch_of(engine, list(c), t) for c, t in zip(columns, kind[1], strict=True)]
        if kind[0] == "fixed":
            return Fixed("set" if kind[2] is frozenset else "tuple", tuple(parts))
        types = [FUNCTION if isinstance(p, Closure) else p.type for p in parts]
        data = tuple(p if isinstance(p, Closure) else p.data for p in parts)
        flags = np.zeros(len(values), np.uint8)
        for p in parts:
            if not isinstance(p, Closure):
                flags = flags | p.flags
        return Batch(struct(*types), data, flags)
    return encode_batch(engine, values, kind)


# Vectors ----------------------------------------------------------------------------------------------------------


@dataclass
class Vector:
    """One recorded call. `verdicts`: one for each typing that ran; `reasons`: why there is none, or no value."""

    primitive: str
    number: int
    args: list
    apply: list | None
    expected: object
    line: dict
    typings: list = field(default_factory=list)
    verdicts: list = field(default_factory=list)
    results: list = field(default_factory=list)
    reasons: list = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.primitive}:{self.number}"

    @property
    def empty(self) -> bool:
        return any(map(has_empty, [*self.args, *(self.apply or [])]))

    def __str__(self) -> str:
        wrong = [k for k, v in enumerate(self.verdicts) if v == WRONG]
        results = "; ".join(f"as {self.typings[k]}: {self.results[k]!r:.200}" for k in wrong)
        return f"{self.name} {json.dumps(self.line)[:400]}\n    {results}"

    @property
    def verdict(self) -> str:
        for verdict in (WRONG, EXACT, CAPACITY):
            if verdict in self.verdicts:
                return verdict
        return UNSUPPORTED_VECTOR

    @property
    def kind(self) -> str:
        """Why a vector is unsupported, in a few words."""
        values = [*self.args, *(self.apply or []), self.expected]
        return reason_of(values, self)

    @property
    def accident(self) -> bool:
        """Whether the call is outside ARC-DSL's own types: it raises, or has a value by how Python happens to work."""
        return not self.typings or self.kind in ACCIDENTS


def vectors() -> list[Vector]:
    found, numbers = [], Counter()
    for line in read_lines("ops.jsonl.gz"):
        name = line["primitive"]
        numbers[name] += 1
        apply = [decode_json(v) for v in line["apply"]] if "apply" in line else None
        args = [decode_json(v) for v in line["args"]]
        found.append(Vector(name, numbers[name], args, apply, decode_json(line["out"]), line))
    return found


def evaluate(domain, name: str, args: list, apply: list | None):
    result = call(domain, name, args)
    return result if apply is None else invoke(domain, result, apply)


def accepted(vector: Vector, most: int = 200) -> list[tuple]:
    """The typings of all arguments that have a static type for the result."""
    values = [*vector.args, *(vector.apply or [])]
    found = []
    for types in combinations(values, most):
        try:
            given = [typed(v, t) for v, t in zip(values, types, strict=True)]
            split = len(vector.args)
            evaluate(
                TYPES, vector.primitive, given[:split], given[split:] if vector.apply is not None else None
            )
            found.append(types)
        except (Unsupported, RecursionError) as e:
            vector.reasons.append(str(e))
    if not found and not vector.reasons:
        vector.reasons.append("no type")
    return found


ROUNDS = 4


class Conformance:
    """Runs vectors and programs on engines that are shared by all tests of a session."""

    def __init__(self, store=None) -> None:
        self.interpreter = Interpreter(Graph(), store=store)
        self.vectors: dict[str, list[Vector]] = defaultdict(list)
        for v in vectors():
            self.vectors[v.primitive].append(v)
        self._done: set[str] = set()

    def of(self, name: str) -> list[Vector]:
        """The vectors of a primitive, evaluated."""
        found = self.vectors[name]
        if name not in self._done:
            self._done.add(name)
            for v in found:
                v.typings = accepted(v)
            used = [(overload, types, result) for (overload, types), result in TYPES.used.items()]
            TYPES.used.clear()
            self.interpreter.engine(CLASSES[0]).kernels.prepare(used)
            for k in range(ROUNDS):
                self._round([v for v in found if k < len(v.typings) and (v.empty or v.verdict != EXACT)], k)
        return found

    def _round(self, chosen: list[Vector], k: int) -> None:
        groups = defaultdict(list)
        for v in chosen:
            groups[v.typings[k]].append(v)
        for types, group in groups.items():
            pending = group
            for side in CLASSES:
                engine = self.interpreter.engine(side)
                results = self._results(engine, types, pending)
                after = []
                for v, r in zip(pending, results, strict=True):
                    if r is CAPACITY_ROW and side != CLASSES[-1]:
                        after.append(v)
                    else:
                        v.results.append(r)
                        v.verdicts.append(verdict(r, v.expected))
                pending = after
                if not pending:
                    break

    def _results(self, engine, types: tuple, group: list[Vector]) -> list:
        split = len(group[0].args)
        try:
            columns = zip(*([*v.args, *(v.apply or [])] for v in group), strict=True)
            given = [batch_of(engine, list(c), t) for c, t in zip(columns, types, strict=True)]
            apply = given[split:] if group[0].apply is not None else None
            result = evaluate(engine, group[0].primitive, given[:split], apply)
            return decode_batch(engine, result, len(group))
        except (Unsupported, RecursionError, TooMuch, RegistersFull) as e:
            if len(group) > 1:
                return [r for v in group for r in self._results(engine, types, [v])]
            group[0].reasons.append(str(e))
            return [CAPACITY_ROW if isinstance(e, (TooMuch, RegistersFull)) else UNSUPPORTED_ROW]

    # Programs -----------------------------------------------------------------------------------------------------

    def program(self, line: dict) -> list[tuple[str, object, object, str]]:
        """For each case of a program its verdict, result, expected result and reason."""
        inner = self.interpreter
        (program,) = read_source(line["source"], graph=inner.graph).programs
        cells = [np.array(case["in"], np.int64) for case in line["cases"]]
        expected = [decode_json(case["out"]) for case in line["cases"]]
        try:
            inner.inference.of(program.root)
        except Unsupported as e:
            return [(UNSUPPORTED_VECTOR, None, x, str(e)) for x in expected]
        results = [self._example(program.root, [c]) for c in cells]
        return [(verdict(r, x), r, x, why) for (r, why), x in zip(results, expected, strict=True)]

    def _example(self, root: int, cells: list):
        inner, result, why = self.interpreter, CAPACITY_ROW, ""
        for side in CLASSES:
            frame = Frame(inner.engine(side), cells)
            try:
                value = inner._evaluate(frame, root, inner._uses([root]))
                (result,) = decode_batch(frame.engine, value, 1)
            except Unsupported as e:
                return UNSUPPORTED_ROW, str(e)
            except (TooMuch, RegistersFull):
                result = CAPACITY_ROW
            if result is not CAPACITY_ROW:
                break
        return result, why

    def programs_together(self, lines: list[dict]) -> list[tuple[str, str, object, object]]:
        """All programs lowered and evaluated in one shard a class: for each case its program's id, verdict, result, expected."""
        graph = Graph()
        roots = [read_source(line["source"], graph=graph).programs[0].root for line in lines]
        lowered = Lowered(graph)
        lowered.extend(len(graph))
        nodes = Nodes(lowered, np.arange(len(lowered.op)))
        values = [lowered.values[r] for r in roots]
        results = [[UNSUPPORTED_ROW] * len(line["cases"]) for line in lines]
        jobs = [(k, range(len(line["cases"]))) for k, line in enumerate(lines)]
        pending = [
            (k, list(cases))
            for k, cases in jobs
            if isinstance(values[k], Traced) and values[k].slot is not None
        ]
        for side in CLASSES:
            again, parts = [], [pending]
            while parts:
                part = parts.pop()
                try:
                    found = self._shard(side, nodes, values, lines, part)
                except RegistersFull:
                    parts += [part[: len(part) // 2], part[len(part) // 2 :]]
                    continue
                for (k, cases), rows in zip(part, found, strict=True):
                    for c, r in zip(cases, rows, strict=True):
                        results[k][c] = r
                    over = [c for c, r in zip(cases, rows, strict=True) if r is CAPACITY_ROW]
                    again += [(k, over)] if over else []
            pending = again
            if not pending:
                break
        return [
            (line["id"], verdict(r, x), r, x)
            for line, found in zip(lines, results, strict=True)
            for r, x in zip(found, [decode_json(c["out"]) for c in line["cases"]], strict=True)
        ]

    def _shard(self, side: int, nodes, values, lines, part) -> list[list]:
        """The results of programs (by index, with the cases wanted) in one class."""
        engine = self.interpreter.engine(side)
        planned = plan(nodes.args, [np.array([values[k].slot // 3]) for k, _ in part])
        grids = [[np.array(lines[k]["cases"][c]["in"], np.int64) for c in cases] for k, cases in part]
        shard = Shard(engine, nodes, planned, grids)
        shard.run()
        found = []
        for (item,) in planned.roots:
            if shard.kind[3 * item] == DEAD:
                found.append([flag_of(int(f)) for f in shard.flags(np.array([item]))])
            else:
                found.append(decode_batch(engine, shard.value(np.array([3 * item]))))
        return found


def verdict(result, expected) -> str:
    if result is CAPACITY_ROW:
        return CAPACITY
    if result is UNSUPPORTED_ROW:
        return UNSUPPORTED_VECTOR
    if result is ERROR_ROW or isinstance(expected, Raised):
        return EXACT if result is ERROR_ROW and isinstance(expected, Raised) else WRONG
    return EXACT if result == expected else WRONG


counted = Counter


def report(found: list[Vector]) -> str:
    """The tables of docs/exactness.md."""
    verdicts = Counter(v.verdict for v in found)
    typed_ones = Counter(v.verdict for v in found if v.typings)
    lines = ["| verdict | vectors | of those with a static type |", "| --- | ---: | ---: |"]
    lines += [
        f"| {name} | {verdicts[name]} | {typed_ones[name]} |"
        for name in (EXACT, UNSUPPORTED_VECTOR, CAPACITY, WRONG)
    ]
    exact, typed = verdicts[EXACT], [v for v in found if v.verdict == EXACT or not v.accident]
    lines += [
        "",
        f"Exact among the well-typed: {exact} of {len(typed)} ({100 * exact / len(typed):.2f}%). The others:",
        "",
    ]
    lines += [f"    {v.name:16} {v.verdict:12} {v.kind}" for v in typed if v.verdict != EXACT]
    kinds = Counter(v.kind for v in found if v.verdict == UNSUPPORTED_VECTOR)
    lines += ["", "| why a call is unsupported | vectors |", "| --- | ---: |"]
    lines += [f"| {kind} | {number} |" for kind, number in kinds.most_common()]
    return "\n".join(lines)


# Why vectors are unsupported --------------------------------------------------------------------------------------


WRONG_TYPES = "the reference raises: calls with wrong types"
NONES = "None among the values"
UNEVEN = "rows of different lengths, rows without cells"
MIXED = "containers of items of several types"
TRIPLES = "tuples of three integers as numbers"
ACCIDENTS = frozenset([WRONG_TYPES, NONES, UNEVEN, MIXED, TRIPLES])


def reason_of(values: list, vector: Vector) -> str:
    if isinstance(vector.expected, Raised):
        return WRONG_TYPES
    if any(anywhere(v, lambda x: x is None) for v in values):
        return NONES
    if any(
        anywhere(v, lambda x: isinstance(x, (tuple, frozenset)) and any(isinstance(y, Closure) for y in x))
        for v in values
    ):
        return "containers of functions"
    if any(anywhere(v, clashes) for v in values):
        return "objects with two colours at one location"
    if any(anywhere(v, odd_colour) for v in values):
        return "colours outside 0..127"
    if any(anywhere(v, uneven) for v in values):
        return UNEVEN
    if any(isinstance(v, tuple) and len(v) == 3 and all(isinstance(x, int) for x in v) for v in vector.args):
        return TRIPLES
    if any(not isinstance(v, Raised) and not typings(v) for v in values):
        return MIXED
    if any(map(has_empty, values)):
        return "empty containers"
    if vector.primitive in TUPLES_AS_GRIDS:
        return "tuples of cells measured as if they were grids"
    return "other calls that Python happens to allow"


TUPLES_AS_GRIDS = frozenset(
    [
        "gravitate",
        "height",
        "occurrences",
        "portrait",
        "position",
        "shape",
        "square",
        "subgrid",
        "toindices",
        "width",
        "delta",
    ]
)


def anywhere(value, test) -> bool:
    if test(value):
        return True
    inside = (
        (value.args or ())
        if isinstance(value, Closure)
        else value
        if isinstance(value, (tuple, frozenset))
        else ()
    )
    return any(anywhere(v, test) for v in inside)


def is_cell(x) -> bool:
    return (
        isinstance(x, tuple)
        and len(x) == 2
        and isinstance(x[0], int)
        and isinstance(x[1], tuple)
        and len(x[1]) == 2
    )


def clashes(x) -> bool:
    return isinstance(x, frozenset) and all(map(is_cell, x)) and len({c[1] for c in x}) < len(x)


def odd_colour(x) -> bool:
    if is_cell(x):
        return not 0 <= x[0] <= 127
    return (
        isinstance(x, tuple)
        and bool(x)
        and is_grid(x)
        and len(x[0]) > 2
        and any(not 0 <= c <= 127 for r in x for c in r)
    )


def uneven(x) -> bool:
    if not isinstance(x, tuple) or not x or not all(isinstance(r, tuple) for r in x):
        return False
    if not all(all(isinstance(c, int) for c in r) for r in x):
        return False
    return len({len(r) for r in x}) > 1 or not x[0]
