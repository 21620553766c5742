"""Every primitive on its recorded calls."""

from __future__ import annotations

import pytest

import jbatt.dsl
from jbatt.dsl.parameters import PARAMETERS
from jbatt.dsl.registry import REGISTRY


def test_the_language_has_160_primitives():
    assert len(PARAMETERS) == 160


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_primitive(conformance, name):
    jbatt.dsl.load()
    assert name in REGISTRY
    found = conformance.of(name)
    assert found, "a primitive without vectors"
    wrong = [v for v in found if v.verdict == "wrong"]
    assert not wrong, "\n".join(map(str, wrong))


def test_summary(conformance, vectors):
    """Nearly all well-typed calls are exact, and few calls cannot be expressed in the types."""
    found = [v for name in sorted(PARAMETERS) for v in conformance.of(name)]
    counts = vectors.counted(v.verdict for v in found)
    print(f"\n{vectors.report(found)}")
    typed = [v for v in found if v.verdict == "exact" or not v.accident]
    assert counts["exact"] >= 0.995 * len(typed)
    assert counts["unsupported"] <= 0.08 * len(found)
    assert counts["capacity"] <= 0.001 * len(found)
