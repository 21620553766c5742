"""Programs whose steps the machine rewrites: it says what shards say, and the steps are the cheaper ones."""

from __future__ import annotations

from collections.abc import Iterable

import jax
import numpy as np
import pytest

import jbatt
from jbatt.engine.counters import Counters
from jbatt.engine.engines import lease
from jbatt.engine.evaluator import Evaluator
from jbatt.engine.interpreter import Interpreter
from jbatt.engine.lower import Lowered
from jbatt.engine.machine.assemble import Assembler
from jbatt.engine.machine.machine import Machine
from jbatt.engine.outcome import CODES, Unit
from jbatt.store.executables import ExecutableStore

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="only on CPU there is a machine")

#: For each cell the object whose centre is nearest by a measure; and of those of each colour.
NEAREST = (
    "fill(I, FOUR, mapply(chain(lbind(argmin, objects(I, T, F, T)), lbind(compose, chain(first, fork(subtract, first,"
    " compose(center, last)), identity)), lbind(lbind, astuple)), asindices(I)))"
)
NESTED = (
    "fill(I, FOUR, mapply(compose(rbind(mapply, asindices(I)), chain(lbind(compose, lbind(argmin, objects(I, T, F, T))),"
    " lbind(compose, lbind(compose, chain(first, fork(subtract, first, compose(center, last)), identity))),"
    " chain(lbind(compose, lbind(lbind, astuple)), lbind(lbind, add), identity))), asindices(I)))"
)
#: For each object the cells that are nearer to it than to any other: which that is does not depend on the object.
OWN = (
    "paint(I, mapply(fork(recolor, color, chain(lbind(sfilter, asindices(I)), rbind(compose, chain(lbind(argmin,"
    " objects(I, T, F, T)), lbind(compose, chain(first, fork(subtract, first, compose(center, last)), identity)),"
    " lbind(lbind, astuple))), lbind(rbind, equality))), objects(I, T, F, T)))"
)
#: How far a location is from the middle of an object, and for each cell the function that tells it of an object.
APART = (
    "chain(fork(add, first, last), lbind(apply, fork(multiply, sign, identity)), fork(subtract, first,"
    " compose(center, last)))"
)
FROM_CELL = f"compose(lbind(compose, {APART}), lbind(lbind, astuple))"
#: For each object the cells that are nearer to it than to the one of all others that is so, or farther, or that alone is asked for.
ALSO_APART = (
    "fill(I, FOUR, mapply(compose(lbind(sfilter, asindices(I)), fork(lbind(fork, greater), chain(rbind(compose,"
    f" {FROM_CELL}), lbind(lbind, %s), rbind(remove, partition(I))), compose(lbind(compose, {APART}), lbind(rbind,"
    " astuple)))), partition(I)))"
)
#: For each cell the object that is nearest, or farthest.
BY_APART = f"fill(I, FOUR, mapply(compose(lbind(%s, %s), {FROM_CELL}), asindices(I)))"
#: The lines between all pairs of cells of one colour, in that.
LINES = (
    "apply(fork(recolor, compose(first, first), fork(connect, compose(last, first), compose(last, last))),"
    " sfilter(product(toobject(ofcolor(I, ONE), I), asobject(I)), fork(equality, compose(first, first),"
    " compose(first, last))))"
)
#: Bodies over `I`, and names of steps that they must, or must not, come to.
BODIES = {
    "paint(I, recolor(ONE, merge(prapply(connect, ofcolor(I, TWO), ofcolor(I, THREE)))))": (
        "connected",
        "connect",
    ),
    "fill(I, ONE, mfilter(prapply(connect, ofcolor(I, TWO), ofcolor(I, TWO)), fork(either, vline, hline)))": (
        "united_lines",
        "vline",
    ),
    "paint(I, mapply(fork(recolor, compose(first, first), fork(connect, compose(last, first), compose(last, last))),"
    " sfilter(product(asobject(I), asobject(I)),"
    " fork(equality, compose(first, first), compose(first, last)))))": ("united_lines", "connect"),
    # Coloured lines that are drawn one by one: of any colour, outside the window, and drawn without a colour as well.
    "paint(I, argmax(apply(fork(recolor, compose(first, first), fork(connect, compose(last, first), compose(last, last))),"
    " product(toobject(ofcolor(I, ONE), I), toobject(ofcolor(I, ONE), I))), size))": (
        "coloured_line",
        "connect",
    ),
    "paint(I, mfilter(apply(fork(recolor, compose(first, first), fork(connect, compose(last, first), compose(last, last))),"
    " product(asobject(I), toobject(ofcolor(I, TWO), I))), compose(positive, height)))": (
        "coloured_line",
        "connect",
    ),
    "paint(I, recolor(multiply(multiply(TEN, TEN), THREE), connect(ORIGIN, lrcorner(asindices(I)))))": (
        "coloured_line",
        "connect",
    ),
    "paint(I, recolor(height(I), connect(ORIGIN, multiply(UNITY, multiply(TEN, TEN)))))": (
        "coloured_line",
        "connect",
    ),
    "canvas(size(recolor(THREE, connect(ORIGIN, multiply(DOWN, multiply(TEN, size(I)))))), UNITY)": (
        "coloured_line",
        "connect",
    ),
    "paint(fill(I, ONE, connect(ORIGIN, shape(I))), recolor(subtract(ZERO, width(I)), connect(ORIGIN, shape(I))))": (
        "coloured_line",
        None,
    ),
    # Of all pairs of cells only those are made that are kept, by one condition or by one after the other.
    "paint(I, mfilter(apply(fork(recolor, compose(first, first), fork(connect, compose(last, first),"
    " compose(last, last))), sfilter(product(asobject(I), asobject(I)), fork(equality, compose(first, first),"
    " compose(first, last)))), fork(either, vline, hline)))": ("pairs_where", "cross_first"),
    "fill(I, FOUR, apply(first, sfilter(product(asindices(I), ofcolor(I, ONE)), fork(greater, compose(first, first),"
    " compose(first, last)))))": ("pairs_where", "cross_second"),
    "fill(I, FOUR, apply(last, sfilter(product(ofcolor(I, ONE), asindices(I)), fork(both, fork(equality,"
    " compose(first, last), compose(first, first)), compose(flip, fork(greater, compose(last, first),"
    " compose(last, last)))))))": ("pairs_where", "cross_first"),
    "canvas(size(sfilter(product(asindices(I), asindices(I)), fork(equality, first, last))), UNITY)": (
        "pairs_where",
        "cross_first",
    ),
    # Five comparisons are more than one step makes, and a condition on one item alone is none.
    "fill(I, FOUR, apply(first, sfilter(product(asobject(I), asobject(I)), fork(either, fork(equality, first, last),"
    " fork(either, fork(greater, compose(first, first), compose(first, last)), fork(greater, compose(first, last),"
    " compose(first, first)))))))": (None, None),
    "fill(I, FOUR, apply(first, sfilter(product(asindices(I), asindices(I)), compose(positive, compose(first, first)))))": (
        "keep",
        "pairs_where",
    ),
    # Patches of one cell that are only asked how far they are apart, of clean rows, and of such as may raise.
    "paint(I, apply(fork(astuple, chain(first, lbind(argmin, asobject(I)), chain(rbind(compose, initset),"
    " lbind(lbind, manhattan), initset)), identity), corners(asindices(I))))": ("nearest", "manhattan"),
    "canvas(manhattan(initset(astuple(SIX, TEN)), initset(astuple(NEG_ONE, TWO))), UNITY)": (
        "apart",
        "manhattan",
    ),
    "canvas(ONE, astuple(ONE, manhattan(initset(center(ofcolor(I, THREE))), initset(ORIGIN))))": (
        "manhattan",
        "apart",
    ),
    # Which location is nearest, with no row for each pair: the first of several; of none; of such as may raise.
    ALSO_APART % "valmin": ("nearest", "best"),
    ALSO_APART % "valmax": ("nearest", "best"),
    BY_APART % ("argmin", "objects(I, T, F, T)"): ("picked", "best"),
    BY_APART % ("argmax", "fgpartition(I)"): ("picked", "best"),
    BY_APART % ("argmin", "insert(ofcolor(I, THREE), initset(ofcolor(I, ONE)))"): ("best", "nearest"),
    # Of lines that are only kept by size and direction none is drawn, and what is united need be in no order, nor each once.
    "fill(I, THREE, mfilter(sfilter(prapply(connect, ofcolor(I, ONE), asindices(I)), compose(rbind(greater, ONE), size)),"
    " fork(either, vline, hline)))": ("line_size", "rank_patch"),
    "paint(I, merge(sfilter(apply(fork(recolor, compose(first, first), fork(connect, compose(last, first),"
    " compose(last, last))), product(asobject(I), toobject(ofcolor(I, ONE), I))), compose(lbind(greater, FOUR), size))))": (
        "line_size",
        "size",
    ),
    "canvas(size(sfilter(prapply(connect, ofcolor(I, TWO), ofcolor(I, TWO)), compose(even, size))), UNITY)": (
        "line_size",
        "size",
    ),
    "canvas(increment(first(sfilter(apply(last, asindices(I)), positive))), astuple(ONE, size(sfilter(apply(first,"
    " asindices(I)), even))))": (None, None),
    # Coloured lines between pairs of cells, of which those in one row or column are looked for among the pairs themselves.
    f"paint(I, mfilter({LINES}, fork(either, vline, hline)))": ("pairs_where", "keep"),
    "paint(I, mfilter(apply(fork(recolor, compose(first, first), fork(connect, compose(last, first), compose(last, last))),"
    " product(asobject(I), toobject(ofcolor(I, TWO), I))), compose(last, first)))": (
        "line_end",
        "coloured_line",
    ),
    # The ends of lines, which are not drawn for it; lines that are none, which have no ends, and lines of one cell.
    "fill(I, THREE, apply(first, sfilter(prapply(connect, ofcolor(I, ONE), asindices(I)), fork(either, vline, hline))))": (
        "line_end",
        "connect",
    ),
    "fill(I, THREE, apply(last, prapply(connect, ofcolor(I, ONE), asindices(I))))": ("line_end", "connect"),
    "fill(I, THREE, apply(last, prapply(connect, ofcolor(I, TWO), corners(ofcolor(I, TWO)))))": (
        "line_end",
        "connect",
    ),
    f"paint(I, apply(first, sfilter({LINES}, vline)))": ("line_end", "coloured_line"),
    f"paint(I, apply(last, sfilter({LINES}, hline)))": ("line_end", "coloured_line"),
    f"paint(I, mfilter({LINES}, compose(first, last)))": ("line_end", None),
    # Locations of a tuple, some of them twice, and of one that has none.
    "fill(I, THREE, shift(combine(totuple(ofcolor(I, ONE)), totuple(asindices(I))), UNITY))": (
        "as_set",
        None,
    ),
    "fill(I, THREE, shift(totuple(ofcolor(I, THREE)), UNITY))": ("as_set", None),
    "canvas(ONE, astuple(ONE, increment(size(shift(totuple(ofcolor(I, THREE)), UNITY)))))": ("as_set", None),
    # The best of a set that is in no order: the first of several, by a key that is a function's and one that raises.
    "paint(I, recolor(FIVE, argmax(apply(lbind(shift, ofcolor(I, ONE)), asindices(I)), compose(size,"
    " lbind(intersection, ofcolor(I, TWO))))))": ("at", None),
    "paint(I, recolor(FIVE, argmin(apply(rbind(connect, ORIGIN), asindices(I)), fork(subtract, height, size))))": (
        "at",
        None,
    ),
    "paint(I, recolor(FIVE, argmin(prapply(connect, ofcolor(I, ONE), ofcolor(I, THREE)), size)))": (
        "at",
        None,
    ),
    "canvas(argmax(apply(first, asobject(I)), rbind(subtract, TWO)), UNITY)": (None, None),
    "argmax(apply(lbind(hconcat, I), apply(rbind(canvas, UNITY), apply(first, asobject(I)))), numcolors)": (
        None,
        None,
    ),
    # Lists of numbers compared: rows that are the same, and rows of another length.
    "dmirror(remove(last(dmirror(I)), dmirror(I)))": ("equal_lists", None),
    "fill(I, equality(first(I), first(dmirror(I))), asindices(I))": ("equal_lists", None),
    # Boxes around tuples, of one location twice and of none.
    "fill(I, THREE, mapply(compose(box, fork(astuple, ulcorner, lrcorner)), objects(I, F, T, T)))": (
        None,
        None,
    ),
    "fill(I, THREE, box(totuple(ofcolor(I, THREE))))": (None, None),
    "canvas(ONE, astuple(ONE, increment(size(box(order(ofcolor(I, ONE), first))))))": (None, None),
    OWN: (None, None),
    NEAREST: (None, None),
    NESTED: (None, None),
    # Of no container, of some that are empty, and where a step on an item raises, but is not asked.
    "fill(I, FOUR, mapply(chain(lbind(extract, objects(I, T, F, T)), lbind(compose, chain(lbind(greater, THREE),"
    " first, fork(subtract, first, compose(compose(ulcorner, delta), last)))), lbind(lbind, astuple)), asindices(I)))": (
        None,
        None,
    ),
    "fill(I, FOUR, mapply(chain(lbind(argmax, partition(I)), lbind(compose, chain(first, fork(add, first, compose(center,"
    " last)), identity)), lbind(lbind, astuple)), ofcolor(I, NINE)))": (None, None),
    # Many equal patches, many empty ones, and different ones with the same first cell and size.
    "paint(I, argmax(combine(apply(lbind(shift, asobject(canvas(ZERO, ORIGIN))), asindices(I)),"
    " apply(lbind(shift, asobject(canvas(TWO, UNITY))), asindices(I))), size))": (None, None),
    "fill(I, SIX, first(order(insert(connect(ORIGIN, RIGHT), insert(connect(ORIGIN, DOWN),"
    " insert(connect(ORIGIN, UNITY), initset(connect(ORIGIN, RIGHT))))), size)))": (None, None),
    # Cells far outside the window, of a set that was made where something else can be wrong.
    "fill(I, FIVE, mapply(lbind(shift, ofcolor(I, ONE)), apply(lbind(multiply, astuple(hperiod(asobject(I)), TEN)),"
    " mapply(neighbors, vfrontier(ORIGIN)))))": ("items_of_drawn_indices", None),
    "canvas(size(apply(lbind(multiply, astuple(hperiod(asobject(I)), TEN)), ofcolor(I, ONE))), UNITY)": (
        None,
        None,
    ),
    "paint(I, mfilter(apply(lbind(recolor, FIVE), prapply(connect, corners(asindices(I)), ofcolor(I, ONE))), vline))": (
        None,
        None,
    ),
    "canvas(maximum(astuple(size(ofcolor(I, ONE)), size(ofcolor(I, TWO)))), UNITY)": ("extreme", "best"),
    "canvas(subtract(size(I), minimum(astuple(height(I), width(I)))), UNITY)": (None, None),
    "fill(I, FOUR, sfilter(product(apply(first, ofcolor(I, ONE)), apply(last, ofcolor(I, ONE))),"
    " fork(greater, first, last)))": (None, None),
    "fill(I, FOUR, apply(last, sfilter(product(asindices(I), asobject(I)),"
    " fork(equality, first, compose(last, last)))))": (None, None),
    "canvas(size(product(product(asindices(I), asindices(I)), asindices(I))), UNITY)": ("cross_heads", None),
    "paint(I, argmax(sfilter(objects(I, T, F, F), compose(flip, vline)), size))": (None, None),
    "fill(I, SIX, mapply(fork(connect, first, last), product(ofcolor(I, ONE), remove(ORIGIN, ofcolor(I, ONE)))))": (
        None,
        None,
    ),
    # What no type here can hold, beside what raises for some grids or for all.
    "branch(F, canvas(color(toobject(ofcolor(I, ONE), I)), UNITY), vconcat(I, hconcat(I, I)))": (None, None),
    "paint(I, shift(asobject(I), subtract(ulcorner(difference(asindices(I), asindices(I))),"
    " maximum(ulcorner(difference(asindices(I), asindices(I)))))))": (None, None),
}


def both(monkeypatch, bodies: Iterable[str], grids: list[np.ndarray]) -> list[tuple]:
    """Codes and scores of programs with these bodies on the grids by the machine of the smallest class, and by shards."""
    monkeypatch.setattr(Machine, "is_worth", lambda self, evaluations, kernels, expected: self.side == 32)
    source = "".join(f"def solve_{k}(I):\n    return {body}\n\n" for k, body in enumerate(bodies))
    programs = jbatt.read_source(source)
    unit = Unit(np.array([p.root for p in programs.programs]), grids, grids)
    found = []
    for machines in (None, ()):
        with lease(ExecutableStore(), counters=Counters()) as engines:
            evaluator = Evaluator(Interpreter(programs.graph, engines=engines), machines)
            unsupported = evaluator.supported(unit.roots)
            kept = Unit(unit.roots[[r not in unsupported for r in unit.roots.tolist()]], grids, grids)
            (outcome,) = evaluator.run([kept])
            found.append((outcome.code.tolist(), outcome.score.tolist()))
    return found


def test_the_machine_says_what_shards_say(monkeypatch):
    rng = np.random.default_rng(1)
    grids = [rng.integers(0, 4, shape) for shape in ((3, 5), (6, 6), (9, 12), (1, 1))]
    grids += [np.zeros((4, 4), np.int64), np.kron(rng.integers(0, 3, (3, 3)), np.ones((5, 5), np.int64))]
    found = both(monkeypatch, BODIES, grids)
    assert len(found[0][0]) == len(BODIES)
    assert found[0] == found[1]
    assert {CODES[c] for row in found[0][0] for c in row} >= {"ok", "error", "unsupported"}


def test_the_nearest_of_more_items_than_a_wide_block_has(monkeypatch):
    """Of 324 objects, one for each cell, by the machine, which looks at blocks of 32 and 256, and by shards."""
    bodies = [BY_APART % ("argmin", "objects(I, T, F, F)"), BY_APART % ("argmax", "objects(I, T, F, F)")]
    for best in ("valmin", "valmax"):
        measure = (
            f"compose(lbind({best}, sfilter(objects(I, T, F, F), compose(positive, leftmost))), {FROM_CELL})"
        )
        bodies.append(f"fill(I, FOUR, sfilter(asindices(I), compose(even, {measure})))")
    rows, columns = np.indices((18, 18))
    grid = (rows + columns) % 2 + 2 * (rows % 2)  # no two neighbours are equal
    machine, shards = both(monkeypatch, bodies, [grid])
    assert machine == shards
    assert [CODES[c] for (c,) in machine[0]] == ["ok"] * len(bodies)
    # The nearest object to a cell is its own, so all are filled; the farthest are few.
    assert machine[1][0] == [0] and 0 < machine[1][1][0] < 1000


def needed(assembler: Assembler, root: int) -> set[int]:
    """The steps that a reference needs."""
    todo, seen = [root >> 1], set()
    while todo:
        step = todo.pop()
        if step not in seen:
            seen.add(step)
            todo += [a >> 1 for a in assembler.args[step]]
    return seen


def name_of(assembler: Assembler, step: int) -> str:
    name = assembler.names[assembler.op[step]]
    return name if isinstance(name, str) else name[0].primitive


def needed_names(assembler: Assembler, root: int) -> set[str]:
    return {name_of(assembler, step) for step in needed(assembler, root)}


def assembled(body: str) -> tuple[Assembler, int]:
    """The steps of a body, and its root."""
    programs = jbatt.read_source(f"def solve_a(I):\n    return {body}\n")
    lowered = Lowered(programs.graph)
    lowered.extend(len(programs.graph))
    assembler = Assembler(lowered, 32)
    slot = lowered.values[programs.programs[0].root].slot
    assembler.take_in([slot])
    return assembler, assembler.root(slot)


@pytest.mark.parametrize("body", [b for b, wanted in BODIES.items() if wanted[0]])
def test_steps(body):
    there, gone = BODIES[body]
    names = needed_names(*assembled(body))
    assert there in names and gone not in names, names


@pytest.mark.parametrize("body", [NEAREST, NESTED])
def test_what_is_repeated_is_evaluated_once(body):
    """Objects are in order as they are repeated for each cell, and their centres are taken before, where nothing else is in them."""
    assembler, root = assembled(body)
    assert root >= 0 and "rank_patch" not in needed_names(assembler, root)
    steps = [k for k in needed(assembler, root) if name_of(assembler, k) == "center"]
    assert steps and all("spread" not in needed_names(assembler, 2 * k) for k in steps)


def test_what_an_inner_call_does_not_depend_on_is_no_part_of_it():
    assembler, root = assembled(OWN)
    (best,) = [k for k in needed(assembler, root) if name_of(assembler, k) == "best"]
    repeated = [k for k in needed(assembler, 2 * best) if name_of(assembler, k) == "spread"]
    assert {name_of(assembler, assembler.args[k][0] >> 1) for k in repeated} == {
        "items_of_indices",
        "items_of_list",
    }
