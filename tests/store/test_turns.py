"""Who needs an executable that another process is compiling waits for it, and does not compile it again."""

from __future__ import annotations

import subprocess
import sys
import threading

import jax
import numpy as np
import pytest

from jbatt.store import turns
from jbatt.store.executables import ExecutableStore

SHAPES = (jax.ShapeDtypeStruct((3,), np.int32),)


def test_it_is_compiled_once(tmp_path):
    """Two stores that begin at the same time, as two processes do."""
    compiling, waiting = threading.Event(), threading.Event()
    traced = []

    def double(x):
        traced.append(threading.get_ident())
        compiling.set()
        assert waiting.wait(60)
        return x * 2

    first, second = ExecutableStore(tmp_path), ExecutableStore(tmp_path)
    made = []
    thread = threading.Thread(target=lambda: made.append(first.compile("k", double, SHAPES)))
    thread.start()
    assert compiling.wait(60)
    threading.Timer(0.5, waiting.set).start()
    assert second.is_being_made("k") and not second.is_being_made("another")
    found = second.load("k")  # nothing is there yet
    assert waiting.is_set() and found is not None
    assert found(np.arange(3, dtype=np.int32)).tolist() == [0, 2, 4]
    thread.join()
    first.flush()
    assert not second.is_being_made("k")
    assert made[0](np.arange(3, dtype=np.int32)).tolist() == [0, 2, 4]
    assert len(set(traced)) == 1
    assert not list((tmp_path / "executables").glob(turns.PREFIX + "*"))


def test_a_fault_while_compiling_lets_others_go_on(tmp_path):
    def broken(x):
        raise ValueError("not this time")

    store, other = ExecutableStore(tmp_path), ExecutableStore(tmp_path)
    with pytest.raises(ValueError, match="not this time"):
        store.compile("k", broken, SHAPES)
    assert other.load("k") is None
    assert other.compile("k", lambda x: x + 1, SHAPES)(np.zeros(3, np.int32)).tolist() == [1, 1, 1]
    other.flush()


def test_nobody_waits_for_the_dead(tmp_path):
    entry = tmp_path / "entry"
    code = (
        "import os, sys; from pathlib import Path; from jbatt.store import turns; "
        "turn = turns.take(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(entry)], timeout=60)
    assert done.returncode == -9 and list(tmp_path.iterdir())
    assert not turns.held(entry) and not turns.awaited(entry)
    turns.end(entry, turns.take(entry))
    assert not list(tmp_path.iterdir())
