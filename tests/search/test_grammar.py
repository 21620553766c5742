"""The rules of enumeration: each has the type that it says."""

from __future__ import annotations

import pytest

from jbatt.dsl.domain import Closure, call
from jbatt.program.infer import Typed, Types, typed_constant
from jbatt.search.grammar import CELLS, DIMS, FEW, KINDS, NUMBERS, STEPS, Constant, rules
from jbatt.values.types import GRID


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.text)
def test_a_rule_gives_its_kind(rule):
    domain = Types()

    def typed(template):
        if template is None:
            return Typed(GRID)
        if isinstance(template, Constant):
            return typed_constant(domain, template.value)
        if isinstance(template, int):
            return Typed(KINDS[dict([FEW]).get(rule.slots[template], rule.slots[template])])
        if isinstance(template, str):
            return Closure(template)
        return call(domain, template[0], [typed(a) for a in template[1:]])

    assert typed(rule.template).type is KINDS[rule.result]
    assert rule.weight >= bool(rule.slots)  # what is made of others costs more than they do


def test_equal_names_are_one_slot():
    by_text = {r.text: r for r in rules()}
    assert by_text["mfilter(prapply(connect, few1, few1), hline)"].slots == ("few",)
    assert by_text["hconcat(grid, grid)"].slots == ("grid", "grid")
    assert by_text["shape(I)"].slots == () and by_text["shape(I)"].template == ("shape", None)


def test_rules_and_constants_are_listed_once():
    texts = [(r.result, r.text) for r in rules()]
    assert len(set(texts)) == len(texts)
    kinds = {"number": NUMBERS, "step": STEPS, "cell": CELLS, "dims": DIMS}
    domain = Types()
    for kind, constants in kinds.items():
        assert all(typed_constant(domain, c).type is KINDS[kind] for c in constants)
