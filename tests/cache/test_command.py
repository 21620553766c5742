"""`jbatt cache`, as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import jax
import numpy as np
import pytest

from jbatt.store import checkpoint
from jbatt.store.entries import entries
from jbatt.store.executables import ExecutableStore


def jbatt(*args: str, cache, check: int = 0) -> str:
    env = {**os.environ, "JBATT_CACHE_DIR": str(cache), "COLUMNS": "200"}
    command = [sys.executable, "-m", "jbatt_cli.cli", "cache", *args]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == check, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def cache(tmp_path):
    """A cache of two executables, beside files that are not jbatt's."""
    store = ExecutableStore(tmp_path / "cache")
    for k in range(2):
        store.compile(f"add {k}", lambda x, k=k: x + k, (jax.ShapeDtypeStruct((4,), np.int32),))
    store.flush()
    (store.folder / "notes.txt").write_text("mine")
    return tmp_path / "cache"


def test_status(cache):
    said = jbatt("status", cache=cache)
    assert str(cache) in said and "executables" in said
    assert f"2 for JAX {jax.__version__} on cpu" in said
    found = json.loads(jbatt("status", "executables", "--json", cache=cache))
    (kind,) = found["kinds"]
    assert kind["entries"] == 2 and kind["kind"] == "executables"
    assert kind["bytes"] == sum(checkpoint.size(p) for p in entries(cache / "executables"))
    assert abs(kind["used"] - time.time()) < 60
    assert int(jbatt("size", "executables", cache=cache)) == kind["bytes"]


def test_status_of_nothing(tmp_path):
    assert json.loads(jbatt("status", "--json", cache=tmp_path / "none"))["kinds"][0]["entries"] == 0
    assert jbatt("size", cache=tmp_path / "none").strip() == "0"
    assert "executables: 0 B freed" in jbatt("clear", cache=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_path(cache, tmp_path):
    assert jbatt("path", cache=cache).strip() == str(cache)
    assert jbatt("path", "--cache-dir", str(tmp_path / "else"), cache=cache).strip() == str(tmp_path / "else")


def test_clear_removes_only_what_is_jbatts(cache):
    old = cache / "executables" / "04cf2eaca123298b812dc2987d7748d1.xla"
    old.write_bytes(b"x" * 1000)
    (cache / "executables" / ".writing-killed").mkdir()
    said = jbatt("status", cache=cache)
    assert "1 files of an earlier format" in said and "1 being written" in said
    assert "freed" in jbatt("clear", "executables", cache=cache)
    assert [p.name for p in (cache / "executables").iterdir()] == ["notes.txt"]


def test_verify_names_what_is_damaged(cache):
    assert "2 sound, 0 damaged" in jbatt("verify", cache=cache)
    bad = entries(cache / "executables")[1]
    content = bytearray((bad / "stablehlo" / "0").read_bytes())
    content[5] ^= 1
    (bad / "stablehlo" / "0").write_bytes(content)
    said = jbatt("verify", cache=cache, check=1)
    assert f"{bad}: stablehlo is damaged" in said and "1 sound, 1 damaged" in said
    jbatt("verify", "--drop", cache=cache)
    assert "1 sound, 0 damaged" in jbatt("verify", cache=cache)


def test_an_unknown_kind_is_said(cache):
    for command in ("status", "size", "clear", "verify"):
        assert "expected one of: executables" in jbatt(command, "exectables", cache=cache, check=2)


def test_a_wrong_limit_is_said(cache, monkeypatch):
    monkeypatch.setenv("JBATT_CACHE_SIZE", "lots")
    assert "JBATT_CACHE_SIZE" in jbatt("status", cache=cache, check=2)


def test_looking_starts_no_jax(cache):
    code = (
        "import sys; from jbatt_cli.cli import app\n"
        "sys.argv = ['jbatt', 'cache', 'status']\n"
        "try: app()\nexcept SystemExit as e: assert not e.code\n"
        "assert 'jax' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "JBATT_CACHE_DIR": str(cache)}
    )
