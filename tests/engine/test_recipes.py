"""What is lowered by recipes is what the definitions of the primitives give for each node by itself."""

import gc
import random
import re
import weakref
from hashlib import blake2b
from importlib import resources

import pytest

import jbatt
from jbatt.dsl.domain import Choice, Closure, Fixed
from jbatt.engine import recipes
from jbatt.engine.lower import Lowered
from jbatt.engine.slots import Traced, TracedItems


class Described:
    """A lowered graph's values as text that does not depend on the numbers of operations and nodes."""

    def __init__(self, lowered: Lowered):
        self.lowered = lowered
        self.names: list[str] = []
        self.known: dict[int, tuple] = {}

    def slot(self, slot: int | None):
        if slot is None:
            return None
        low = self.lowered
        for node in range(len(self.names), slot // 3 + 1):
            op = low.ops[low.op[node]]
            args = [(self.names[s // 3], s % 3) for s in low.args[node]]
            text = repr((op[:1] if op[0] == "loop" else op, low.base[node], args))
            self.names.append(blake2b(text.encode(), digest_size=12).hexdigest())
        return self.names[slot // 3], slot % 3

    def value(self, v):
        if isinstance(v, Exception):
            return type(v).__name__, str(v)
        if isinstance(v, Traced):
            return "value", v.type, self.slot(v.slot), v.const, [self.value(p) for p in v.parts]
        if isinstance(v, TracedItems):
            return "items", v.kind, self.slot(v.head), self.value(v.value), v.packed
        if isinstance(v, Closure):
            if id(v) not in self.known:
                self.known[id(v)] = (
                    v,
                    str((v.name, None if v.args is None else [self.value(a) for a in v.args])),
                )
            return blake2b(self.known[id(v)][1].encode(), digest_size=12).hexdigest()
        if isinstance(v, Fixed):
            return "fixed", v.kind, [self.value(p) for p in v.values]
        assert isinstance(v, Choice)
        return "choice", self.value(v.condition), self.value(v.a), self.value(v.b)


def by_definitions(graph) -> Lowered:
    lowered = Lowered(graph)
    for node in range(len(graph)):
        lowered.values.append(lowered.lower(node))
    return lowered


def check(graph) -> Lowered:
    wanted, lowered = by_definitions(graph), Lowered(graph)
    lowered.extend(len(graph))
    a, b = Described(wanted), Described(lowered)
    for node in range(len(graph)):
        assert b.value(lowered.values[node]) == a.value(wanted.values[node]), graph.canonical(node)
        check_shape(lowered, node)
    assert len(lowered.loops) == len(wanted.loops)
    assert len(set(zip(lowered.op, lowered.args, strict=True))) == len(lowered.op)  # each node once
    return lowered


def check_shape(lowered, node):
    """The shape and slots that were taken from a recipe are those of the value."""
    replay, args, slots = lowered._replay, lowered.graph.args[node], []
    if replay.shapes[node] >= 0:
        known = {id(lowered.values[a]): (replay.shapes[a], replay.slots[a]) for a in args}
        assert replay.recipes.shape(lowered, lowered.values[node], known, slots) == replay.shapes[node]
        assert slots == replay.slots[node]


@pytest.fixture(params=["new", "known"])
def mutants(request, monkeypatch):
    """A graph of the bank's programs, each with 20 in which a name stands for another; recipes new or from others."""
    monkeypatch.setattr(recipes, "_recipes", recipes.Recipes())
    text = (resources.files("jbatt") / "bank" / "arc_agi_1_training.py").read_text()
    functions = re.findall(r"^def solve_\w+\(I\):\n(?:(?: .*)?\n)+", text, re.M)
    draw = random.Random(5)
    made = []
    for source in functions:
        lines = source.splitlines(keepends=True)
        made.append(source)
        for _ in range(20):
            k = draw.randrange(1, len(lines) - 1) if len(lines) > 2 else 0
            names = re.findall(r"\b(?:I|x\d+|[A-Z]+)\b", "".join(lines[1:k]) or lines[0])
            places = list(re.finditer(r"(?<=[(, ])(?:I|x\d+|[A-Z]+)(?=[,)])", lines[k]))
            if places and names:
                at = draw.choice(places)
                line = lines[k][: at.start()] + draw.choice(names) + lines[k][at.end() :]
                made.append("".join([*lines[:k], line, *lines[k + 1 :]]))
    if request.param == "known":
        check(jbatt.read_source("\n".join(reversed(made))).graph)
    return jbatt.read_source("\n".join(made)).graph


def test_mutants(mutants):
    lowered = check(mutants)
    shapes = len(lowered._replay._ready)
    assert len(mutants) > 4000
    assert shapes < len(mutants) / 2  # so recipes were used


def lines(*statements: str) -> str:
    last = statements[-1].split(" = ")[0]
    return "def solve(I):\n" + "".join(f"    {s}\n" for s in statements) + f"    return {last}\n"


SPECIAL = {
    "equal by chance": [
        lines(
            "a = asobject(I)",
            "f = matcher(size, a)",
            "b = leastcolor(I)",
            "g = matcher(leastcolor, TWO)",
            "O = g(I)",
        ),
        lines("b = leastcolor(I)", "g = matcher(leastcolor, b)", "O = g(I)"),
        lines("b = mostcolor(I)", "g = matcher(leastcolor, b)", "O = g(I)"),
        lines("b = leastcolor(I)", "f = rbind(multiply, b)", "g = compose(f, leastcolor)", "O = g(I)"),
        lines("b = mostcolor(I)", "f = rbind(multiply, b)", "g = compose(f, leastcolor)", "O = g(I)"),
    ],
    "chosen between equals by chance": [
        lines(f"b = {f}(I)", "r = rbind(branch, b)", "F = fork(r, square, leastcolor)", "O = F(I)")
        for f in ("leastcolor", "mostcolor", "numcolors", "height")
    ],
    "functions equal by chance": [
        lines(
            f"b = {f}(I)",
            "t = rbind(add, b)",
            "y = astuple(t, hmirror)",
            "r = rbind(branch, y)",
            "u = lbind(rbind, add)",
            "v = compose(u, leastcolor)",
            "w = rbind(astuple, hmirror)",
            "G = compose(w, v)",
            "F = fork(r, square, G)",
            "O = F(I)",
        )
        for f in ("leastcolor", "mostcolor", "numcolors", "height")
    ],
    "constants of results": [
        lines("c = square(I)", f"n = branch(c, {n}, {n})", "f = power(hmirror, n)", "O = f(I)")
        for n in ("ONE", "TWO", "3")
    ],
    "constants as pairs": [
        lines("x = objects(I, T, F, T)", *given, "f = rbind(shift, d)", "O = apply(f, x)")
        for given in (["d = identity(UP)"], ["d = shape(I)"], ["d = identity(DOWN)"])
    ],
    "equal slots": [
        lines("a = mostcolor(I)", "b = leastcolor(I)", "O = branch(T, a, b)"),
        lines("a = mostcolor(I)", "O = branch(T, a, a)"),
        lines(
            "a = leastcolor(I)",
            "f = rbind(add, a)",
            "g = rbind(add, a)",
            "c = equality(a, a)",
            "O = branch(c, f, g)",
        ),
        lines(
            "a = leastcolor(I)",
            "b = mostcolor(I)",
            "f = rbind(add, a)",
            "g = rbind(add, b)",
            "c = equality(a, b)",
            "h = branch(c, f, g)",
            "O = h(a)",
        ),
    ],
    "constants": [
        lines(f"f = power(hmirror, {n})", "O = f(I)")
        for n in ("ONE", "TWO", "NINE", "T", "F", "ZERO", "40", "-1")
    ]
    + [
        lines(f"O = {f}({c})")
        for f in ("identity", "double", "flip", "invert")
        for c in ("T", "ONE", "0", "TWO_BY_TWO")
    ]
    + [
        lines("n = leastcolor(I)", "f = power(hmirror, n)", "O = f(I)"),
        lines("n = mostcolor(I)", "f = power(hmirror, n)", "O = f(I)"),
    ],
    "containers of functions": [
        lines(
            "p = astuple(hmirror, vmirror)", "f = rbind(compose, rot90)", "q = apply(f, p)", "O = first(q)"
        ),
        lines(
            "x = objects(I, T, F, T)",
            "p = lbind(lbind, shift)",
            "q = apply(p, x)",
            "f = first(q)",
            "O = f(UP)",
        ),
        lines(
            "x = objects(I, T, T, T)",
            "p = lbind(lbind, shift)",
            "q = apply(p, x)",
            "f = last(q)",
            "O = f(UP)",
        ),
        lines("p = astuple(hmirror, I)", "O = last(p)"),
        lines("p = astuple(hmirror, I)", "f = first(p)", "O = f(I)"),
        lines("p = astuple(I, I)", "O = last(p)"),
    ],
    "types that depend on the data": [
        lines("c = square(I)", "O = branch(c, I, TWO)"),
        lines("c = square(I)", "b = branch(c, I, UP)", "O = identity(b)"),
        lines("c = square(I)", "b = branch(c, TWO, UP)", "O = double(b)"),
        lines("c = portrait(I)", "b = branch(c, TWO, UP)", "O = double(b)"),
    ],
    "errors": [
        lines("c = square(I)", "O = hmirror(c)"),
        lines("c = portrait(I)", "O = hmirror(c)"),
        lines("c = portrait(I)", "p = astuple(hmirror, c)", "q = astuple(c, c)", "O = combine(p, q)"),
        lines("f = power(hmirror, UP)", "O = f(I)"),
        lines("O = apply(TWO, I)"),
    ],
    "functions that hold themselves often": [
        lines(
            "a = leastcolor(I)",
            "f0 = rbind(add, a)",
            *[f"f{k + 1} = fork(add, f{k}, f{k})" for k in range(60)],
        ),
        lines(
            "a = leastcolor(I)",
            "f0 = rbind(add, a)",
            *[f"f{k + 1} = fork(add, f{k}, f{k})" for k in range(9)],
            "O = f9(a)",
        ),
    ],
}


@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.parametrize("order", [1, -1])
def test_special(name, order, monkeypatch):
    monkeypatch.setattr(recipes, "_recipes", recipes.Recipes())
    for _ in range(2):  # the second time with the recipes of the first
        check(jbatt.read_source("\n".join(SPECIAL[name][::order])).graph)


def test_deep_nesting_is_reported_the_same():
    text = lines(
        "f0 = compose(hmirror, hmirror)",
        *[f"f{k + 1} = compose(hmirror, f{k})" for k in range(3000)],
        "O = f3000(I)",
    )
    lowered = Lowered(graph := jbatt.read_source(text).graph)
    lowered.extend(len(graph))
    assert str(lowered.values[-1]) == "the expression is nested too deeply"


def test_too_many_recipes_begin_anew(monkeypatch):
    monkeypatch.setattr(recipes, "_recipes", old := recipes.Recipes())
    check(graph := jbatt.read_source(lines("a = hmirror(I)", "O = vmirror(a)")).graph)
    assert len(old.made) == 2
    monkeypatch.setattr(recipes, "MOST_RECIPES", 1)
    check(graph)
    assert recipes._recipes is not old
    assert len(old.made) == 2


def test_exceptions_hold_nothing():
    graph = jbatt.read_source(lines("c = square(I)", "O = hmirror(c)")).graph
    lowered = Lowered(graph)
    lowered.extend(len(graph))
    assert isinstance(lowered.values[-1], Exception)
    assert lowered.values[-1].__traceback__ is None


def test_a_lowered_graph_is_freed_without_the_cycle_collector():
    graph = jbatt.read_source(lines("c = hmirror(I)", "O = vmirror(c)")).graph
    lowered = Lowered(graph)
    lowered.extend(len(graph))
    gone = weakref.ref(lowered)
    gc.disable()
    try:
        del lowered
        assert gone() is None
    finally:
        gc.enable()
