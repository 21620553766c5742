"""Mutants: well typed by the engine's own word, each once, the same for the same seed."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jbatt
from jbatt.dsl.domain import Unsupported, coercion_cost
from jbatt.engine.lower import Lowered
from jbatt.errors import JbattError
from jbatt.program import CALL, PRIM
from jbatt.run.command import bank
from jbatt.search.edits import DIRECTIONS, Site, _other_constant, rebuilt
from jbatt.search.hints import Hints, hints
from jbatt.search.mutate import Mutants, Mutator, mutate
from jbatt.tasks.task import Pair, Task
from jbatt.values.types import GRID

BANK = jbatt.read_programs(bank())
MUTATOR = Mutator(BANK)
LOWERED = Lowered(BANK.graph)


def typed(graph, lowered, root) -> bool:
    """Whether the engine, which lowers programs on its own, has a grid for this root."""
    lowered.extend(root + 1)
    value = lowered.values[root]
    return not isinstance(value, Unsupported) and coercion_cost(value.type, GRID) < 1000


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(BANK.programs) - 1),
    st.integers(0, 2**32),
    st.builds(Hints, st.just((3, 7)), st.just(("rot90",))),
)
def test_every_edit_gives_a_well_typed_program(k, seed, given_hints):
    draw, root = random.Random(seed), BANK.programs[k].root
    for _ in range(12):
        found = MUTATOR.mutant(root, draw, given_hints)
        if found is not None:
            assert typed(BANK.graph, LOWERED, found), BANK.graph.canonical(found)
            root = found if len(BANK.graph.reachable(found)) < 60 else BANK.programs[k].root


def test_nothing_ill_typed_is_even_built():
    programs = jbatt.read_programs(bank())
    mutate(programs, 20)
    lowered = Lowered(programs.graph)
    lowered.extend(len(programs.graph))
    bad = [
        lowered.values[n] for n in range(len(programs.graph)) if isinstance(lowered.values[n], Unsupported)
    ]
    assert bad == []


def test_mutants_are_distinct_and_not_programs_that_there_were():
    programs = jbatt.read_programs(bank())
    known = {p.body for p in programs.programs}
    made = mutate(programs, 30, seed=3)
    bodies = [p.body for p in made.programs]
    assert len(bodies) == 30 * len(programs.programs) and made.short == []
    assert len(set(bodies)) == len(bodies) and known.isdisjoint(bodies)
    assert made.drawn >= made.made >= len(bodies)


def test_same_seed_same_mutants_and_more_of_them_change_nothing():
    tasks = jbatt.load_tasks("arc-agi-1/training")

    def bodies(n, seed):
        programs = jbatt.read_source(BANK.programs[5].source + "\n\n" + BANK.programs[7].source)
        made = mutate(programs, n, seed, tasks).programs
        return {p.name: p.body for p in made}

    few, many, other = bodies(10, 1), bodies(25, 1), bodies(10, 2)
    assert bodies(10, 1) == few and other != few
    first = [name for name in few if BANK.programs[5].name in name]
    assert len(first) == 10 and all(many[name] == few[name] for name in first)


def test_mutants_go_through_text():
    programs = jbatt.read_programs(bank())
    made = mutate(programs, 3)
    text = "\n\n".join(programs.graph.to_source(p.root, p.name) for p in made.programs)
    again = jbatt.read_source(text)
    assert not again.rejected and [p.body for p in again.programs] == [p.body for p in made.programs]


def test_programs_that_cannot_change_are_named():
    made = mutate(jbatt.read_source("def solve_a(I):\n    return size(I)\n"), 5)
    assert made.programs == [] and made.short == ["solve_a"]


def test_negative_numbers_are_refused():
    with pytest.raises(JbattError, match="expected 0 or more"):
        mutate(jbatt.read_source("def solve_a(I):\n    return I\n"), -1)


def test_constants_stay_in_their_family():
    draw = random.Random(0)

    def drawn(value, name, place):
        return {_other_constant(value, name, place, draw, Hints()) for _ in range(300)}

    assert drawn(3, "fill", 1) == set(range(10)) - {3}
    assert drawn(True, "objects", 1) == {False}
    assert drawn((0, 1), "shoot", 1) > set(DIRECTIONS) - {(0, 1)}
    assert {-1, 10} <= drawn(3, "upscale", 1)
    preferred = [_other_constant(3, "fill", 1, draw, Hints((8,))) for _ in range(1000)]
    assert 450 < preferred.count(8) < 650


def test_hints_are_read_from_demos_alone():
    def pair(a, b):
        return Pair(np.array(a, np.int8), np.array(b, np.int8))

    turned = Task("t", (pair([[1, 2], [3, 4]], [[2, 1], [4, 3]]),), (pair([[9]], [[8]]),))
    assert hints(turned) == Hints((1, 2, 3, 4), ("vmirror",))
    filled = Task("t", (pair([[0, 0], [0, 0]], [[5, 0], [0, 5]]),), ())
    assert hints(filled).colours == (5,)
    assert {"dmirror", "rot180"} <= set(hints(filled).turns)


def test_counts_add_up_when_nothing_is_left():
    counts = Mutants()
    root = jbatt.read_source("def solve_a(I):\n    return hmirror(I)\n")
    found = Mutator(root).mutants(root.programs[0].root, 4, random.Random(0), Hints(), set(), counts)
    assert len(found) == 4 == len(set(found)) and counts.drawn >= 4


def shape(graph, root):
    """What a program is made of: names of calls and functions, in no order."""
    return Counter(graph.payload[n] for n in graph.reachable(root) if graph.kind[n] in (CALL, PRIM))


def edits_of(text, kind, others="", seeds=400, given=None):
    """Programs that one kind of edit makes of the first program of a text; the others are there to be taken from."""
    programs = jbatt.read_source(text + others)
    mutator, root = Mutator(programs), programs.programs[0].root
    editor, graph = mutator.editor, programs.graph
    nodes = graph.reachable(root)
    sites = [Site(n, k) for n in nodes if graph.kind[n] == CALL for k in range(len(graph.args[n]))]
    found = {}
    for seed in range(seeds):
        draw = random.Random(seed)
        change = getattr(editor, kind)(sites, nodes, draw, given or Hints())
        made = None if change is None else rebuilt(mutator.typing, root, nodes, change)
        if made is not None and made != root:
            found[graph.canonical(made)] = shape(graph, made)
    return found, shape(graph, root)


OBJECTS = "def a(I):\n    return paint(I, mfilter(objects(I, T, F, T), compose(flip, square)))\n\n"


def test_insertion_adds_calls_and_deletion_takes_them_away():
    added, before = edits_of(OBJECTS, "insertion")
    assert added and all(before < after for after in added.values())
    gone, before = edits_of("def a(I):\n    return hmirror(trim(rot90(I)))\n", "deletion")
    assert set(gone) == {"hmirror(rot90(I))", "hmirror(trim(I))"}


def test_crossover_takes_parts_of_other_programs():
    other = "def b(I):\n    return cover(I, merge(fgpartition(I)))\n"
    made, _ = edits_of("def a(I):\n    return paint(I, asobject(I))\n\n", "argument", other)
    assert "paint(I, merge(fgpartition(I)))" in made


def test_functions_are_rewritten():
    swapped, _ = edits_of(
        "def a(I):\n    return mapply(compose(normalize, toindices), objects(I, T, F, T))\n", "function"
    )
    assert not swapped  # its other order gives no grid
    bound, _ = edits_of(
        "def a(I):\n    return underpaint(I, mapply(lbind(shift, asobject(I)), dneighbors(ORIGIN)))\n",
        "primitive",
    )
    assert any("lbind(" in text and "shift" not in text for text in bound)
    turned, _ = edits_of(
        "def a(I):\n    return fill(I, ONE, mapply(compose(outbox, toindices), objects(I, T, F, T)))\n",
        "function",
    )
    assert "fill(I, ONE, mapply(compose(toindices, outbox), objects(I, T, F, T)))" in turned
    primitive, _ = edits_of(OBJECTS, "primitive")
    assert any("compose(flip, square)" not in text and "compose(" in text for text in primitive)


def test_colours_and_turns_that_a_task_suggests_are_preferred():
    text = "def a(I):\n    return hmirror(fill(I, FOUR, ofcolor(I, FIVE)))\n"
    programs = jbatt.read_source(text)
    mutator, root = Mutator(programs), programs.programs[0].root
    graph, nodes = programs.graph, programs.graph.reachable(root)
    sites = [Site(n, k) for n in nodes if graph.kind[n] == CALL for k in range(len(graph.args[n]))]

    def share(kind, given, wanted):
        made = [
            rebuilt(mutator.typing, root, nodes, change)
            for seed in range(600)
            if (change := getattr(mutator.editor, kind)(sites, nodes, random.Random(seed), given)) is not None
        ]
        made = [graph.canonical(m) for m in made if m is not None]
        return sum(wanted in text for text in made) / len(made)

    assert share("constant", Hints((8,)), "EIGHT") > 4 * share("constant", Hints(), "EIGHT")
    assert share("primitive", Hints((), ("rot180",)), "rot180") > 2 * share("primitive", Hints(), "rot180")
