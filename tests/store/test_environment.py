"""Executables are kept under all they depend on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from jbatt.store import environment

PACKAGE = environment.PACKAGE


def imported(path: Path) -> set[Path]:
    """The modules of jbatt that a file imports at its top level."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jbatt"):
            base = PACKAGE.parent / node.module.replace(".", "/")
            candidates = [base.with_suffix(".py"), *(base / f"{a.name}.py" for a in node.names)]
            found.update(p for p in candidates if p.is_file())
    return found


HOST = {
    # What traced modules take from these are names of classes and of arguments; and `engine/wide`, of which they take a
    # set of names, brings the decoders with it.
    "dsl/domain",
    "dsl/functional",
    "dsl/parameters",
    "engine/batch",
    "engine/decode",
    "engine/encode",
    "engine/kernels",
    "errors",
    "program/infer",
}


def closure(start: list[Path], stop: set[str]) -> set[str]:
    """All modules that some import, but for those named and what they alone import."""
    seen: set[Path] = set()
    todo = list(start)
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo += [p for p in imported(path) if named(p) not in stop]
    return {named(p) for p in seen}


def named(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def test_the_code_of_kernels_is_complete():
    """Whatever traced code imports is in the digest, or is known to be the host's."""
    start = [PACKAGE / "engine/traced.py", PACKAGE / "engine/machine/loop.py"]
    listed = {named(p) for p in environment.kernel_sources()}
    needed = closure(start, HOST)
    assert needed - listed == set()


def test_nothing_that_is_listed_as_the_hosts_is_gone():
    for name in [*environment.HOST_ONLY, *environment.TRACED]:
        assert (PACKAGE / f"{name}.py").is_file(), name


def test_the_code_of_bodies_is_complete():
    needed = closure([PACKAGE / "engine/whole.py"], {"errors", "store/environment"})
    assert needed - {named(p) for p in environment.body_sources()} == set()


def test_a_changed_source_is_another_digest(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "PACKAGE", tmp_path)
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "b.py").write_text("y = 2\n")
    both = [tmp_path / "a.py", tmp_path / "b.py"]
    first = environment.digest(both)
    (tmp_path / "b.py").write_text("y = 3\n")
    assert environment.digest(both) != first
    (tmp_path / "a.py").write_text("x = 1\ny")
    (tmp_path / "b.py").write_text(" = 2\n")
    assert environment.digest(both) != first


@pytest.mark.parametrize(
    "part", ["jax", "jaxlib", "platform", "device", "machine", "processor", "flags", "x64"]
)
def test_each_part_of_the_surroundings_is_in_the_name(part, tmp_path, monkeypatch):
    from jbatt.store.executables import ExecutableStore

    store = ExecutableStore(tmp_path)
    facts = environment.surroundings()
    before = store.path("kernel")
    monkeypatch.setattr(environment, "surroundings", lambda: {**facts, part: "another"})
    after = store.path("kernel")
    assert after != before
    # What is portable is found again unless the platform or the width of numbers is another.
    portable = part not in ("platform", "x64")
    assert (after.name.partition("-")[0] == before.name.partition("-")[0]) is portable


def test_key_and_code_are_in_the_name(tmp_path):
    from jbatt.store.executables import ExecutableStore

    store = ExecutableStore(tmp_path)
    names = [store.path("a"), store.path("b"), store.path("a", "of other code")]
    assert len({n.name.partition("-")[0] for n in names}) == 3
