"""The vectors and one set of engines, shared by all conformance tests of a session."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from jbatt.store.executables import ExecutableStore


def _module(file: str):
    """A module beside this one, under a name of its own: tests are not a package."""
    name = f"jbatt_conformance_{file}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{file}.py"))
        assert spec and spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def vectors():
    return _module("vectors")


@pytest.fixture(scope="session")
def on_machine():
    return _module("on_machine")


@pytest.fixture(scope="session")
def conformance(vectors):
    """Evaluates vectors, each once. Kernels are kept in the user's cache, so that only a first session compiles."""
    return vectors.Conformance(ExecutableStore())
