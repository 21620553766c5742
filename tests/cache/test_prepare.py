"""`jbatt cache prepare`, into the cache that the other tests of the machine share."""

from __future__ import annotations

import subprocess
import sys

import jax
import pytest

from jbatt.engine.engines import machine_classes

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="only on CPU there is a machine")


def prepare() -> list[str]:
    command = [sys.executable, "-m", "jbatt_cli.cli", "cache", "prepare"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_is_prepared_is_kept():
    first, second = prepare(), prepare()
    for lines in (first, second):
        assert [line.partition(":")[0] for line in lines] == [
            f"machine of class {s}" for s in machine_classes()
        ]
    assert all(": kept, " in line for line in second)
