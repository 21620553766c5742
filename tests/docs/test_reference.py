"""The DSL reference: every primitive is in it, with an example that has a value and is about the primitive."""

from __future__ import annotations

import re

import pytest

import jbatt
from jbatt.dsl.parameters import PARAMETERS
from jbatt.dsl.registry import REGISTRY
from jbatt.see.reference.examples import EXAMPLES, STRUCTURAL
from jbatt.see.reference.pages import Examples, entry, families, index, page


@pytest.fixture(scope="module")
def examples():
    made = Examples()
    made.prepare()
    return made


def test_every_primitive_is_there_once():
    jbatt.dsl.load()
    assert set(EXAMPLES) == set(PARAMETERS)
    assert sorted(n for names in families().values() for n in names) == sorted(PARAMETERS)
    assert {name for name, e in REGISTRY.items() if e.structural} == set(STRUCTURAL)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_entry(name):
    e = entry(name)
    assert e.meaning and e.signatures
    names = [p[0] for p in REGISTRY[name].parameters]
    for signature in e.signatures:
        given = re.match(rf"{name}\((.*)\) -> ", signature)
        assert given and re.findall(r"(\w+): ", given[1]) == names
    text = " ".join([*e.meaning, *e.corners])
    assert not re.search(r"Source:|int32|int8|State:|`encode", text)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_example(name, examples):
    assert re.match(rf"{name}\(", EXAMPLES[name])
    html = examples.html(name)
    found = examples.trace(name)
    assert found.steps[-1].status == "ok"
    assert "result" in html
    assert html.count("<svg") == html.count("</svg>")


def test_pages_are_markdown_with_an_anchor_for_each_primitive():
    listed = index()
    for family, names in families().items():
        text = page(family, names, None)
        assert text.startswith(f"# {family.capitalize()}\n")
        for name in names:
            assert f"{{ #{name} }}" in text
            assert f"({family}.md#{name})" in listed
