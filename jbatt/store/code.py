"""A digest of the code that answers depend on: results that are kept are those of this very code."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

FOLDERS = ("dsl", "engine", "program", "values")
"""Packages of jbatt that have a say in what a program gives; how grids are scored is in `jbatt.run.score`."""


def sources() -> list[Path]:
    """Their files, in a fixed order."""
    package = Path(__file__).parent.parent
    found = [path for folder in FOLDERS for path in sorted((package / folder).rglob("*.py"))]
    return [*found, package / "run/score.py"]


@cache
def answers_version() -> bytes:
    """16 bytes: changes with any of the sources, and with JAX, which compiles them."""
    digest = blake2b(f"{version('jax')} {version('jaxlib')}".encode(), digest_size=16)
    package = Path(__file__).parent.parent
    for path in sources():
        digest.update(f"\0{path.relative_to(package)}\0".encode())
        digest.update(path.read_bytes())
    return digest.digest()
