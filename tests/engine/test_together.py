"""Candidates that are evaluated together, in shards, come out as each does alone in the interpreter."""

import random
import re
from importlib import resources

import numpy as np
import pytest

import jbatt
from jbatt.engine.engines import lease
from jbatt.engine.evaluator import Evaluator
from jbatt.engine.interpreter import Interpreter
from jbatt.engine.outcome import CODES, Unit
from jbatt.run.score import score
from jbatt.store.executables import ExecutableStore

COLOURS = ["ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "EIGHT"]
SWAPS = [
    ("vmirror", "hmirror"),
    ("argmax", "argmin"),
    ("first", "last"),
    ("fill", "underfill"),
    ("hconcat", "vconcat"),
    ("UP", "DOWN"),
]


def mutants(text: str, count: int, seed: int) -> list[str]:
    """Texts with one name exchanged for another that stands in a similar place."""
    rng, words = random.Random(seed), {}
    for a, b in SWAPS:
        words[a], words[b] = [b], [a]
    words |= {c: [o for o in COLOURS if o != c] for c in COLOURS}
    places = [m for m in re.finditer(r"\b[A-Za-z]\w*\b", text) if m[0] in words]
    out = []
    for m in rng.sample(places, min(count, len(places))):
        out.append(text[: m.start()] + rng.choice(words[m[0]]) + text[m.end() :])
    return out


@pytest.fixture(scope="module")
def workload():
    text = (resources.files("jbatt") / "bank" / "arc_agi_1_training.py").read_text()
    found = re.findall(r"^def solve_(\w+)\(I\):\n(?:(?: .*)?\n)+", text, re.M)
    bodies = dict(zip(found, re.findall(r"^(def solve_\w+\(I\):\n(?:(?: .*)?\n)+)", text, re.M), strict=True))
    chosen = sorted(bodies)[::6]
    source = "\n".join(
        m for k, name in enumerate(chosen) for m in [bodies[name], *mutants(bodies[name], 3, k)]
    )
    tasks = {t.id: t for t in jbatt.load_tasks("arc-agi-1/training")}
    programs = jbatt.read_source(source)
    units = []
    for name in chosen:
        roots = sorted({p.root for p in programs.programs if p.name == f"solve_{name}"})
        pairs = tasks[name].demos
        units.append(Unit(np.array(roots), [p.input for p in pairs], [p.output for p in pairs]))
    return programs, units


def evaluated(programs, units):
    with lease(ExecutableStore()) as engines:
        evaluator = Evaluator(Interpreter(programs.graph, engines=engines))
        bad = evaluator.supported(np.unique(np.concatenate([u.roots for u in units])))
        kept = [Unit(u.roots[[r not in bad for r in u.roots.tolist()]], u.grids, u.expected) for u in units]
        return kept, evaluator.run(kept)


def test_together_as_alone(workload):
    programs, units = workload
    kept, outcomes = evaluated(programs, units)
    assert sum(len(u.roots) for u in kept) > 50
    alone = Interpreter(programs.graph, store=ExecutableStore())
    for unit, outcome in zip(kept, outcomes, strict=True):
        for k, root in enumerate(unit.roots.tolist()):
            answers = alone.run([root], unit.grids)[0]
            assert [CODES[c] for c in outcome.code[k]] == [a.status for a in answers]
            for a, expected, given in zip(answers, unit.expected, outcome.score[k].tolist(), strict=True):
                if a.status == "ok":
                    assert given == score(a.grid, expected)
