"""Sizes, and the least recently used going first."""

from __future__ import annotations

import os

import jax
import numpy as np
import pytest

from jbatt.errors import JbattError
from jbatt.store import checkpoint
from jbatt.store.entries import entries
from jbatt.store.executables import ExecutableStore
from jbatt.store.limit import limit, parsed, shown


@pytest.mark.parametrize(
    ("text", "size"),
    [("1000", 1000), ("4k", 4096), ("500M", 500 << 20), ("1.5 GiB", 3 << 29), ("2gb", 2 << 30), ("0", 0)],
)
def test_sizes(text, size):
    assert parsed(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", "5 parsecs", "G"])
def test_what_is_no_size_is_said(text):
    with pytest.raises(JbattError, match="JBATT_CACHE_SIZE"):
        parsed(text)


def test_the_limit_is_taken_from_the_environment(monkeypatch):
    monkeypatch.setenv("JBATT_CACHE_SIZE", "3M")
    assert limit() == 3 << 20
    monkeypatch.delenv("JBATT_CACHE_SIZE")
    assert limit() == 2 << 30


def test_shown():
    assert [shown(n) for n in (5, 1536, 5 << 20, 3 << 30, 1 << 41)] == [
        "5 B", "1.5 KiB", "5.0 MiB", "3.0 GiB", "2.0 TiB",
    ]  # fmt: skip


SHAPE = (jax.ShapeDtypeStruct((4,), np.int32),)


def keep(store, k):
    store.compile(f"add {k}", lambda x: x + k, SHAPE)
    store.flush()


def test_the_least_recently_used_goes_first(tmp_path):
    store = ExecutableStore(tmp_path)
    for k in range(4):
        keep(store, k)
    folder = store.folder
    size = checkpoint.size(entries(folder)[0])
    for age, k in enumerate([1, 3, 0, 2]):
        os.utime(store.path(f"add {k}"), (1e9 + age, 1e9 + age))
    assert store.load("add 1")(np.arange(4, dtype=np.int32)).tolist() == [1, 2, 3, 4]  # used just now
    small = ExecutableStore(tmp_path, bytes=int(3.9 * size))
    keep(small, 9)
    left = {p.name for p in entries(folder)}
    assert left == {store.path(f"add {k}").name for k in (2, 1, 9)}


def test_a_limit_of_nothing_keeps_nothing(tmp_path):
    store = ExecutableStore(tmp_path, bytes=0)
    keep(store, 1)
    assert entries(store.folder) == []
    assert store.load("add 1") is None
