"""Every primitive on its recorded calls."""

from __future__ import annotations

import pytest

import jbatt.dsl
from jbatt.dsl.parameters import PARAMETERS
from jbatt.dsl.registry import REGISTRY

EMPTY_TUPLE = "the reference gives an empty patch back as it is; an empty tuple used as a patch is a set here"
EXCEPTIONS = {"box:2": EMPTY_TUPLE, "normalize:2": EMPTY_TUPLE, "shift:3": EMPTY_TUPLE}
"""Vectors that come out differently, and why."""


def test_the_language_has_160_primitives():
    assert len(PARAMETERS) == 160


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_primitive(conformance, name):
    jbatt.dsl.load()
    assert name in REGISTRY
    found = conformance.of(name)
    assert found, "a primitive without vectors"
    wrong = [v for v in found if v.verdict == "wrong"]
    unexpected = [v for v in wrong if v.name not in EXCEPTIONS]
    assert not unexpected, "\n".join(map(str, unexpected))
    stale = [n for n in EXCEPTIONS if n.split(":")[0] == name and n not in {v.name for v in wrong}]
    assert not stale, f"no longer wrong: {stale}"


def test_summary(conformance, vectors):
    """Nearly all calls that have a result here are exact, and few calls cannot be expressed in the types."""
    found = [v for name in sorted(PARAMETERS) for v in conformance.of(name)]
    counts = vectors.counted(v.verdict for v in found)
    print(f"\n{vectors.report(found)}")
    assert counts["exact"] >= 0.995 * (len(found) - counts["unsupported"])
    assert counts["unsupported"] <= 0.08 * len(found)
    assert counts["capacity"] <= 0.001 * len(found)
