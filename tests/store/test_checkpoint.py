"""Checkpoints: what orbax sees, what is read without it, and what is not there half."""

from __future__ import annotations

import numpy as np
import pytest

from jbatt.store import checkpoint

ARRAYS = {"executable": bytes(range(256)) * 10, "stablehlo": b"\0" * 64}


@pytest.fixture
def entry(tmp_path):
    path = tmp_path / "entry"
    assert checkpoint.write(path, ARRAYS, {"key": "k", "surroundings": {"jax": "1"}})
    return path


def test_it_is_an_orbax_checkpoint(entry):
    import orbax.checkpoint as ocp

    with ocp.PyTreeCheckpointer() as checkpointer:
        restored = checkpointer.restore(entry)
        about = checkpointer.metadata(entry).custom_metadata
    assert {name: np.asarray(a).tobytes() for name, a in restored.items()} == ARRAYS
    assert about == checkpoint.inspect(entry)


def test_it_is_read_without_orbax(entry):
    about = checkpoint.inspect(entry)
    assert about["key"] == "k"
    assert {name: checkpoint.read(entry, name, about) for name in ARRAYS} == ARRAYS


def test_the_first_of_two_writers_stays(entry):
    assert checkpoint.write(entry, {"executable": b"another"}, {}) is False
    assert checkpoint.read(entry, "executable", checkpoint.inspect(entry)) == ARRAYS["executable"]
    assert checkpoint.leftovers(entry.parent) == []


@pytest.mark.parametrize("name", [*ARRAYS, "_CHECKPOINT_METADATA"])
def test_every_flipped_byte_is_seen(name, entry):
    file = entry / name / "0" if name in ARRAYS else entry / name
    content = file.read_bytes()
    start = content.index(b'"custom_metadata"') if name not in ARRAYS else 0
    unseen = []
    for place in range(start, len(content), 1 if name in ARRAYS and len(content) < 100 else 7):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            about = checkpoint.inspect(entry)
            for array in ARRAYS:
                checkpoint.read(entry, array, about)
            unseen.append(place)
        except checkpoint.Damaged:
            pass
    assert unseen == []


def test_what_is_not_there_is_not_damaged(tmp_path):
    with pytest.raises(FileNotFoundError):
        checkpoint.inspect(tmp_path / "nothing")


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.os, "rename", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.write(tmp_path / "entry", ARRAYS, {})
    assert list(tmp_path.iterdir()) == []


def test_removed_at_once(entry):
    checkpoint.remove(entry)
    assert list(entry.parent.iterdir()) == []
    checkpoint.remove(entry)
