"""The vectors and one set of engines, shared by all conformance tests of a session."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from jbatt.store.executables import ExecutableStore


@pytest.fixture(scope="session")
def vectors():
    """The module beside this one, under a name of its own: tests are not a package."""
    name = "jbatt_conformance_vectors"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("vectors.py"))
        assert spec and spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def conformance(vectors):
    """Evaluates vectors, each once. Kernels are kept in the user's cache, so that only a first session compiles."""
    return vectors.Conformance(ExecutableStore())
