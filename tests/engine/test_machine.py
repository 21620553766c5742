"""The machine: loops, memory that ends, and the same answers as shards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jbatt
from jbatt.engine.engines import lease
from jbatt.engine.evaluator import Evaluator
from jbatt.engine.interpreter import Interpreter, too_many
from jbatt.engine.kernels import Counters
from jbatt.engine.lower import Lowered
from jbatt.engine.machine.assemble import Assembler
from jbatt.engine.machine.blocks import MOST_ROWS
from jbatt.engine.machine.context import HOPELESS, LEFT
from jbatt.engine.machine.instructions import Steps
from jbatt.engine.machine.machine import ANSWERED, MANY_ROWS, Machine, Work
from jbatt.engine.outcome import CODES, Unit
from jbatt.engine.plan import needed, owned
from jbatt.store.executables import ExecutableStore
from jbatt.values.flags import ERROR, OVERFLOW

SQUARE = np.array([[1, 2, 0], [0, 3, 0], [0, 0, 1]])


@pytest.fixture(scope="module")
def machine():
    return Machine(32, Counters(), ExecutableStore())


def answers(machine, source: str, grid: np.ndarray, expected: np.ndarray) -> list[tuple[int, int]]:
    """Flags and score of each program of a source."""
    programs = jbatt.read_source(source)
    lowered = Lowered(programs.graph)
    lowered.extend(len(programs.graph))
    assembler = Assembler(lowered, machine.side)
    slots = [lowered.values[p.root].slot for p in programs.programs]
    assembler.take_in(slots)
    refs = [assembler.root(slot) for slot in slots]
    assert min(refs) >= 0
    steps = Steps(assembler)
    steps.extend()
    distinct, which = np.unique(refs, return_inverse=True)
    (made,) = machine.run(steps, [Work(distinct, [1], [2])], [grid, expected])
    return [tuple(made[k, 0].tolist()) for k in which]


POWER = """
def solve_a(I):
    x = ofcolor(I, ONE)
    n = size(x)
    f = power(rot90, n)
    return f(I)
"""


@pytest.mark.parametrize("times", [1, 2, 3, 7])
def test_power_with_a_count_from_the_data(machine, times):
    grid = np.zeros((5, 4), np.int64)
    grid[0, 0] = 2
    grid.reshape(-1)[1 : 1 + times] = 1
    ((flags, score),) = answers(machine, POWER, grid, np.rot90(grid, -times))
    assert (flags, score) == (ANSWERED, 1000)


def test_power_of_none_raises(machine):
    ((flags, _),) = answers(machine, POWER, np.zeros((3, 3), np.int64), SQUARE)
    assert flags == ANSWERED | ERROR


def test_too_much_takes_no_neighbour_down(machine):
    """Pairs of all pairs of cells end the machine's memory; the others are answered, however they stand to it."""
    source = """
def solve_before(I):
    return vmirror(I)

def solve_heavy(I):
    x = asindices(I)
    y = product(x, x)
    z = product(y, x)
    n = size(z)
    return canvas(n, UNITY)

def solve_after(I):
    x = asindices(I)
    return fill(I, ONE, x)
"""
    grid = np.zeros((20, 20), np.int64)
    before, heavy, after = answers(machine, source, grid, grid)
    assert before == (ANSWERED, 1000)
    assert after == (ANSWERED, 0)
    assert heavy == (ANSWERED | LEFT, 0)


MANY = """
def solve_many(I):
    x = asindices(I)
    y = lbind(sfilter, x)
    z = lbind(lbind, equality)
    f = chain(size, y, z)
    g = lbind(compose, f)
    h = compose(g, lbind(lbind, add))
    k = chain(maximum, rbind(apply, x), h)
    return canvas(maximum(apply(k, x)), UNITY)
"""
MERGED = """
def solve_merged(I):
    return merge(repeat(I, 190))
"""
LARGE = """
def solve_canvas(I):
    return canvas(ONE, (200, 3))

def solve_cropped(I):
    return crop(upscale(upscale(I, TEN), TEN), ORIGIN, UNITY)

def solve_merged(I):
    return merge(repeat(I, 200))
"""


def test_more_rows_than_shards_hold(machine):
    """A cell, another and a third: 64 million rows in one step, more than the memory and more than any batch."""
    grid = np.zeros((20, 20), np.int64)
    assert answers(machine, MANY, grid, grid) == [(ANSWERED | LEFT | MANY_ROWS, 0)]
    small = np.zeros((5, 5), np.int64)
    assert answers(machine, MANY, small, np.array([[1]])) == [(ANSWERED, 1000)]


def test_rows_of_grids_whose_cells_were_too_much(machine):
    """Memory is short after the first of them, so cells of the other's grids are not there; its few rows are."""
    grid = np.zeros((20, 20), np.int64)
    (_, merged) = answers(machine, MANY + MERGED, grid, grid)
    assert merged == answers(machine, MERGED, grid, grid)[0] == (ANSWERED | HOPELESS, 0)


def test_grids_that_fit_no_class(machine):
    assert [flags for flags, _ in answers(machine, LARGE, SQUARE, SQUARE)] == [ANSWERED | HOPELESS] * 3
    source = "def solve_a(I):\n    return upscale(I, TEN)\n\ndef solve_b(I):\n    return upscale(I, ONE)\n"
    assert answers(machine, source, np.zeros((5, 16), np.int64), SQUARE) == [
        (ANSWERED, 0),  # another size than expected, whatever is in it
        (ANSWERED, 0),
    ]


def test_what_is_certain_is_not_tried_again(monkeypatch):
    """Neither in the next class nor in a shard; a value that only this class cannot hold goes on."""
    monkeypatch.setattr(Machine, "is_worth", lambda self, evaluations, kernels, expected: self.side == 32)
    programs = jbatt.read_source(MANY + LARGE)
    grid = np.zeros((20, 20), np.int64)
    unit = Unit(np.array([p.root for p in programs.programs]), [grid], [grid])
    with lease(ExecutableStore(), counters=Counters()) as engines:
        evaluator = Evaluator(Interpreter(programs.graph, engines=engines))
        assert not evaluator.supported(unit.roots)
        (outcome,) = evaluator.run([unit])
        assert [CODES[c] for c in outcome.code[:, 0]] == ["capacity"] * 4
        assert outcome.reasons == {(0, CODES.index("capacity")): too_many(MOST_ROWS)}
        assert not engines.counters.escalated.get(32, 0) and not evaluator.groups


def test_needed_steps_come_before_their_users():
    args = np.array([[-1, -1], [0, -1], [2, 0], [-1, -1], [6, 3]])
    unit, step = needed(args >> 1, [np.array([2]), np.array([3, 1])])
    assert list(zip(unit.tolist(), step.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 3),
    ]


@given(st.data())
def test_steps_are_owned_by_the_only_root_that_needs_them(data):
    n = data.draw(st.integers(1, 12))
    args = np.array(
        [[data.draw(st.integers(-1, k - 1)) for _ in range(2)] for k in range(n)], np.int64
    ).reshape(n, 2)
    nodes = st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True)
    roots = [np.array(data.draw(nodes)) for _ in range(data.draw(st.integers(1, 2)))]
    shared = np.array([data.draw(st.booleans()) for _ in range(n)])

    def below(k: int) -> set[int]:
        return {k}.union(*[below(a) for a in args[k].tolist() if a >= 0])

    unit, step, owner = owned(args, roots, shared)
    assert [list(zip(unit.tolist(), step.tolist(), strict=True))] == [
        list(zip(*(a.tolist() for a in needed(args, roots)), strict=True))
    ]
    for u, k, mine in zip(unit.tolist(), step.tolist(), owner.tolist(), strict=True):
        users = [r for r in roots[u].tolist() if k in below(r)]
        is_shared = any(k in below(s) for r in users for s in below(r) if shared[s])
        assert mine == (users[0] if len(users) == 1 and not is_shared else -1)


def test_classes_and_shards_agree(monkeypatch):
    """Values that leave the smallest class, and what the machine has no step for, come out as in shards."""
    monkeypatch.setattr(Machine, "is_worth", lambda self, evaluations, kernels, expected: self.side < 128)
    source = "\n".join(
        f"def solve_{k}(I):\n    return {body}\n"
        for k, body in enumerate(
            [
                "upscale(I, FOUR)",
                "downscale(upscale(I, FOUR), FOUR)",
                "fill(I, TWO, shift(asindices(I), (FOUR, FIVE)))",
                "canvas(size(shift(asindices(I), (TEN, multiply(TEN, THREE)))), UNITY)",
                "crop(hconcat(I, hconcat(I, I)), ORIGIN, shape(I))",
                "first(order(hsplit(hconcat(I, vmirror(I)), TWO), width))",
                "first(totuple(I))",
                "dedupe(merge((I, hmirror(I))))",
                "canvas(add(index(I, (TEN, multiply(TEN, TEN))), ONE), UNITY)",
                "paint(I, merge(objects(upscale(I, THREE), T, F, T)))",
                "subgrid(argmax(objects(I, T, F, F), size), I)",
                "first(vsplit(I, ZERO))",
            ]
        )
    )
    programs = jbatt.read_source(source)
    rng = np.random.default_rng(0)
    grids = [rng.integers(0, 4, (n, n + 2)) for n in (4, 11, 13)]
    unit = Unit(np.array([p.root for p in programs.programs]), grids, grids)
    found = []
    for machines in (None, ()):
        with lease(ExecutableStore()) as engines:
            engines.counters.steps = {}
            before = sum(engines.machine(side).instructions for side in (32, 64))
            evaluator = Evaluator(Interpreter(programs.graph, engines=engines), machines)
            unsupported = evaluator.supported(unit.roots)
            kept = Unit(unit.roots[[r not in unsupported for r in unit.roots.tolist()]], grids, grids)
            (outcome,) = evaluator.run([kept])
            assert machines == () or engines.machine(64)._executable is not None
            given = sum(engines.machine(side).instructions for side in (32, 64)) - before
            assert sum(engines.counters.steps.values()) == given
            assert (given > 0) is (machines is None)
            assert (engines.counters.escalated.get(32, 0) > 0) is True
            found.append((outcome.code.tolist(), outcome.score.tolist(), outcome.reasons))
    assert found[0] == found[1]
    assert {CODES[c] for row in found[0][0] for c in row} >= {"ok", "error"}


@pytest.mark.parametrize("users", [1, 2])
def test_much_for_each_of_many_programs(machine, users):
    """Half a million pairs or more, kept as they are, for each of forty. What one program alone needs is the next one's memory; what two
    need stays, and forty of them do not fit together: then programs run apart."""
    grid = np.zeros((30, 30), np.int64)
    sources, wanted = [], []
    for n in range(40):
        # Each compares other numbers, so that no pairs are those of another one.
        pairs = sum(n + i > j for i in range(30) for j in range(30)) * 30 * 30
        for user in range(users):
            sources.append(
                f"def solve_{n}_{user}(I):\n    x = asindices(I)\n    y = product(x, x)\n"
                f"    f = lbind(add, {n})\n    g = fork(greater, compose(f, compose(first, first)), compose(first, last))\n"
                f"    z = sfilter(y, g)\n    m = divide(size(z), {10000 + user})\n    return canvas(m, UNITY)\n"
            )
            wanted.append(pairs // (10000 + user))
    value = wanted[3]
    calls = machine.counters.calls
    found = answers(machine, "".join(sources), grid, np.array([[value]]))
    assert [flags for flags, _ in found] == [ANSWERED] * len(wanted)
    assert [score == 1000 for _, score in found] == [w == value for w in wanted]
    assert (machine.counters.calls - calls == 1) is (users == 1)


def test_grids_and_pairs_are_rows(machine):
    """Grids merged are all their rows; a tuple of pairs is a grid of two columns."""
    source = """
def solve_merged(I):
    x = vsplit(I, THREE)
    y = apply(vmirror, x)
    return merge(y)

def solve_pairs(I):
    x = asindices(I)
    y = order(x, first)
    return rot90(y)
"""
    merged, _ = answers(machine, source, SQUARE, SQUARE[:, ::-1])
    assert merged == (ANSWERED, 1000)
    cells = np.array([[i, j] for i in range(3) for j in range(3)])
    _, pairs = answers(machine, source, SQUARE, np.rot90(cells, -1))
    assert pairs == (ANSWERED, 1000)


@pytest.mark.parametrize(("third", "expected"), [("TWO", ANSWERED), ("ONE", ANSWERED | LEFT)])
def test_two_colours_at_a_location_stay_when_shifted(machine, third, expected):
    """`underpaint` draws the lower one; three at a location are left to shards."""
    source = f"""
def solve_a(I):
    x = initset(RIGHT)
    y = insert(recolor(FOUR, x), initset(recolor(TWO, x)))
    z = merge(insert(recolor({third}, x), y))
    w = shift(z, DOWN)
    return underpaint(I, w)
"""
    grid = np.zeros((3, 3), np.int64)
    drawn = grid.copy()
    drawn[1, 1] = 2
    ((flags, score),) = answers(machine, source, grid, drawn)
    assert flags == expected
    assert score == (1000 if expected == ANSWERED else 0)


SEVERAL = """
def solve_a(I):
    x = insert((2, (0, 1)), initset((4, (0, 1))))
    y = insert((1, (1, 1)), x)
    z = initset((2, (0, 1)))
    w = insert((3, (0, 1)), z)
    v = insert((2, (2, 2)), z)
    u = insert((5, (2, 2)), x)
    s = insert(u, insert(x, insert(y, insert(w, insert(v, initset(z))))))
    return {}
"""


@pytest.mark.parametrize(
    "result",
    [
        "canvas(size(y), UNITY)",
        "canvas(size(combine(y, recolor(FOUR, initset(UNITY)))), UNITY)",
        "canvas(size(combine(y, u)), UNITY)",
        "underpaint(canvas(ZERO, (4, 4)), first(order(s, size)))",
        "underpaint(canvas(ZERO, (4, 4)), last(order(s, size)))",
        "underpaint(canvas(TWO, (4, 4)), first(order(s, uppermost)))",
        "underpaint(canvas(TWO, (4, 4)), last(order(s, uppermost)))",
        "canvas(size(remove(y, s)), UNITY)",
        "canvas(size(apply(first, y)), UNITY)",
        "canvas(size(merge(order(s, size))), UNITY)",
        "paint(canvas(ZERO, (4, 4)), sfilter(u, compose(flip, matcher(first, FOUR))))",
        "canvas(first(last(order(y, first))), astuple(TWO, first(last(order(totuple(u), first)))))",
        "canvas(first(first(totuple(y))), astuple(TWO, first(last(totuple(u)))))",
        "canvas(size(remove(insert((4, (0, 1)), insert((1, (1, 1)), z)), s)), UNITY)",
        "canvas(size(remove(recolor(FOUR, y), s)), UNITY)",
        "canvas(size(sfilter(s, compose(lbind(contained, FOUR), palette))), UNITY)",
        "canvas(size(sfilter(s, compose(lbind(contained, THREE), palette))), UNITY)",
        "underpaint(canvas(ZERO, (6, 6)), shift(hmirror(y), DOWN))",
        "underpaint(canvas(ZERO, (6, 6)), shift(dmirror(y), DOWN))",
        "underpaint(canvas(TWO, (6, 6)), normalize(y))",
        "underpaint(canvas(TWO, (6, 6)), upscale(y, TWO))",
        "paint(canvas(ZERO, (6, 6)), mapply(rbind(shift, UNITY), s))",
        "underpaint(canvas(ZERO, (6, 6)), merge(s))",
        "underpaint(canvas(TWO, (6, 6)), merge(s))",
        "underpaint(canvas(THREE, (6, 6)), merge(s))",
        "underpaint(canvas(TWO, (6, 6)), merge(order(insert(w, initset(u)), size)))",
        "underpaint(canvas(FOUR, (6, 6)), merge(order(s, size)))",
        "underpaint(canvas(ZERO, (6, 6)), mpapply(recolor, (FOUR, TWO), astuple(x, v)))",
        "underpaint(canvas(TWO, (6, 6)), mapply(lbind(shift, insert((7, UNITY), v)), asindices(canvas(ZERO, (3, 3)))))",
    ],
)
def test_two_colours_at_a_location(machine, result):
    """Objects that have some are measured, put in order, compared, moved and drawn as elsewhere; none is left to shards."""
    source, grid = SEVERAL.format(result), np.zeros((3, 3), np.int64)
    assert answers(machine, source, grid, jbatt.solver(source)(grid)) == [(ANSWERED, 1000)]


@pytest.mark.parametrize(
    ("body", "flags"),
    [
        ("upscale(I, TEN)", ANSWERED),
        ("hconcat(upscale(I, SEVEN), upscale(I, SEVEN))", ANSWERED),
        ("hconcat(upscale(I, TEN), I)", ANSWERED | OVERFLOW),
        ("canvas(ONE, (32, 160))", ANSWERED),
        ("canvas(ONE, (32, 161))", ANSWERED | HOPELESS),
        ("vmirror(upscale(I, TEN))", ANSWERED | OVERFLOW),
        ("upscale(subgrid(ofcolor(I, NINE), I), TEN)", ANSWERED | ERROR),
    ],
)
def test_a_grid_that_is_too_large_is_another_one(machine, body, flags):
    """It has another size than what is expected, which fits this class; no larger class is needed to tell."""
    grid = np.ones((4, 4), np.int64)
    source = f"def solve_a(I):\n    return {body}\n"
    assert answers(machine, source, grid, grid) == [(flags, 0)]


def test_patches_are_shifted_onto_each_other(machine):
    """By their lines, out of the window as well, and empty ones."""
    source = """
def solve_a(I):
    x = ofcolor(I, ONE)
    y = recolor(THREE, x)
    f = lbind(shift, y)
    offsets = insert((29, ZERO), insert((ZERO, 29), insert(NEG_UNITY, insert(UNITY, initset(RIGHT)))))
    z = mapply(f, offsets)
    return paint(I, z)

def solve_empty(I):
    f = lbind(shift, ofcolor(I, SEVEN))
    return fill(I, FOUR, mapply(f, insert(UNITY, initset(RIGHT))))
"""
    grid = np.zeros((6, 7), np.int64)
    grid[1, 2:5] = grid[2, 3] = 1
    drawn = grid.copy()
    for i, j in np.argwhere(grid == 1).tolist():
        drawn[i, j + 1] = drawn[i + 1, j + 1] = drawn[i - 1, j - 1] = 3
    shifted, empty = answers(machine, source, grid, drawn)
    assert shifted == (ANSWERED, 1000)
    assert empty[0] == ANSWERED


ITEMS = """
def solve_a(I):
    x1 = combine(astuple(cmirror, dmirror), astuple(hmirror, vmirror))
    x2 = combine(x1, x1)
    x3 = apply(hmirror, rapply(x2, I))
    return first(x3)

def solve_b(I):
    x1 = combine(astuple(cmirror, dmirror), astuple(hmirror, vmirror))
    x2 = combine(x1, x1)
    x3 = apply(hmirror, rapply(x2, I))
    return last(x3)

def solve_c(I):
    x1 = combine(astuple(cmirror, dmirror), astuple(hmirror, vmirror))
    x2 = rapply(combine(x1, x1), ofcolor(I, ONE))
    return fill(I, FOUR, mapply(rbind(shift, RIGHT), x2))

def solve_d(I):
    x1 = combine(astuple(THREE, FOUR), astuple(ONE, TWO))
    x2 = apply(rbind(ofcolor, THREE), rapply(combine(astuple(identity, hmirror), astuple(rot90, rot180)), I))
    x3 = apply(lbind(canvas, ZERO), apply(lbind(astuple, ONE), combine(x1, x1)))
    return hconcat(first(x3), last(x3))
"""


def test_functions_of_many_items_of_one_type(machine):
    cells = [(0, 0), (2, 2)]
    drawn = SQUARE.copy()
    for i, j in cells + [(2 - i, j) for i, j in cells]:
        if j + 1 < 3:
            drawn[i, j + 1] = 4
    expected = [np.rot90(SQUARE, 2).T[::-1], SQUARE[:, ::-1][::-1], drawn, np.zeros((1, 5), np.int64)]
    for k, right in enumerate(expected):
        assert answers(machine, ITEMS, SQUARE, right)[k] == (ANSWERED, 1000), k


@pytest.mark.parametrize(("functions", "times"), [("x1", 4), ("combine(x1, astuple(rot90, rot180))", 1)])
def test_more_than_four_items_take_one_step(functions, times):
    programs = jbatt.read_source(
        "def solve_a(I):\n    x1 = combine(astuple(cmirror, dmirror), astuple(hmirror, vmirror))\n"
        f"    x2 = apply(rbind(upscale, TWO), rapply({functions}, I))\n    return first(x2)\n"
    )
    lowered = Lowered(programs.graph)
    lowered.extend(len(programs.graph))
    steps = [lowered.ops[k] for k in lowered.op]
    assert sum(op[0] == "row" and op[1].primitive == "upscale" for op in steps) == times
