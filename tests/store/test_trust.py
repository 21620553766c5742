"""Whose cache it is: folders, entries and files of another user, or that others may write to, are not used."""

from __future__ import annotations

import os
import pickle

import jax
import numpy as np
import pytest

from jbatt.errors import JbattError
from jbatt.store import checkpoint
from jbatt.store.executables import ExecutableStore
from jbatt.store.history import History
from jbatt.store.solvers import Solver, SolverStore

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no owners here")
SHAPES = (jax.ShapeDtypeStruct((3,), np.int32),)


@pytest.fixture
def cache(tmp_path):
    """A cache with one entry under "k"."""
    store = ExecutableStore(tmp_path / "cache")
    store.compile("k", lambda x: x + 1, SHAPES)
    store.flush()
    assert store.load("k") is not None
    return tmp_path / "cache"


@pytest.fixture
def another(monkeypatch):
    """From here on this process is another user's, as far as it can tell."""
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)


def entry(cache):
    (found,) = (p for p in (cache / "executables").iterdir() if not p.name.startswith("."))
    return found


@pytest.mark.parametrize("folder", ["", "executables"])
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
def test_a_folder_that_others_may_write_to(cache, folder, mode):
    (cache / folder).chmod(mode)
    with pytest.warns(UserWarning, match=r"others may write to it \(chmod go-w\)"):
        store = ExecutableStore(cache)
    assert not store.usable and store.load("k") is None


def test_a_folder_of_another_user(cache, another):
    with pytest.warns(UserWarning, match="belongs to another user"):
        store = ExecutableStore(cache)
    assert not store.usable and store.load("k") is None


def test_an_entry_that_others_may_write_to(cache):
    entry(cache).chmod(0o777)
    with pytest.warns(UserWarning, match="compiled again: .*others may write to it"):
        assert ExecutableStore(cache).load("k") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_an_entry_of_another_user(cache):
    os.chown(entry(cache), 12345, 12345)
    with pytest.warns(UserWarning, match="compiled again: .*belongs to another user"):
        assert ExecutableStore(cache).load("k") is None


def test_an_entry_that_is_a_link(cache, tmp_path):
    mine, elsewhere = entry(cache), tmp_path / "elsewhere"
    mine.rename(elsewhere)
    mine.symlink_to(elsewhere)
    with pytest.warns(UserWarning, match="compiled again: .*it is a link"):
        assert ExecutableStore(cache).load("k") is None
    assert (elsewhere / "executable" / "0").is_file()  # what it leads to is not touched
    assert not mine.is_symlink()


@pytest.mark.parametrize("file", ["_CHECKPOINT_METADATA", "executable/0"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "link to itself"])
def test_what_is_no_file_is_not_waited_for(cache, file, kind):
    path = entry(cache) / file
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path)
    with pytest.warns(UserWarning, match="a kept kernel is compiled again"):
        assert ExecutableStore(cache).load("k") is None


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{}", "[]", '{"custom_metadata": 5}', "\xff", '{"custom_metadata": {"digest": 1}}'],
)
def test_metadata_that_is_something_else(cache, text):
    (entry(cache) / "_CHECKPOINT_METADATA").write_text(text)
    with pytest.warns(UserWarning, match="its metadata is damaged"):
        assert ExecutableStore(cache).load("k") is None


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_nothing_is_deserialised_before_its_digest_is_compared(cache, tmp_path):
    """Bytes that run code where they are unpickled, in place of an executable's: of another length, and of its own."""
    path, mark = entry(cache) / "executable" / "0", tmp_path / "ran"
    size = path.stat().st_size
    bomb = pickle.dumps(Bomb(mark))
    pickle.loads(bomb).close()
    assert mark.exists()  # it would
    mark.unlink()
    for content in (bomb, bomb + b"\0" * (size - len(bomb))):
        path.write_bytes(content)
        with pytest.warns(UserWarning, match="executable is damaged"):
            assert ExecutableStore(cache).load("k") is None
        assert not mark.exists()
        store = ExecutableStore(cache)
        store.compile("k", lambda x: x + 1, SHAPES)
        store.flush()


def test_an_entry_under_the_key_of_another_one(cache):
    """It is sound, and one's own, but not what was asked for."""
    store = ExecutableStore(cache)
    entry(cache).rename(store.path("other"))
    with pytest.warns(UserWarning, match="made for something else"):
        assert store.load("other") is None


def test_sqlite_files_of_others(tmp_path, another):
    with pytest.warns(UserWarning, match="records of runs are not kept: .*belongs to another user"):
        history = History(tmp_path)
    history.add("2026", "a", {})
    assert not (tmp_path / "history.sqlite").exists()


def test_sqlite_files_in_a_folder_of_all(tmp_path):
    first = History(tmp_path)
    first.add("2026", "a", {})
    first.close()
    tmp_path.chmod(0o777)
    with pytest.warns(UserWarning, match="others may write to it"):
        assert History(tmp_path).runs() == []
    tmp_path.chmod(0o700)
    assert len(History(tmp_path).runs()) == 1


def test_a_sqlite_file_that_is_a_link(tmp_path):
    (tmp_path / "own").mkdir(mode=0o700)
    (tmp_path / "own" / "history.sqlite").symlink_to(tmp_path / "elsewhere")
    with pytest.warns(UserWarning, match="it is a link, or no file"):
        History(tmp_path / "own").add("2026", "a", {})
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("summary", ["", "[]", "[" * 100_000, "{", 5, None, b"\xff"])
def test_rows_of_the_history_that_are_no_summaries(tmp_path, summary):
    history = History(tmp_path)
    history.add("2026", "a", {"counts": {}})
    history.add("2026", "b", {"counts": {}})
    history._database.connection.execute(
        "UPDATE runs SET summary = coalesce(?, zeroblob(9)) WHERE id = 1", (summary,)
    )
    assert [run.folder for run in history.runs()] == ["b"]
    assert history.run(1) is None and history.run(2) is not None


@pytest.mark.parametrize(
    "change", ["demos = '['", "tests = zeroblob(4)", "source = 5", "calls = 'many'", "source = 'one line'"]
)
def test_rows_of_solvers_that_are_damaged(tmp_path, change):
    store = SolverStore(tmp_path / "solvers.db")
    store.add([Solver("t", "b", "d", "def f(I):\n    return I\n", 1, (1000,), (None,), "run")])
    store._db.execute(f"UPDATE solvers SET {change}")
    with pytest.raises(JbattError, match="the store is damaged"):
        store.select()


def test_checkpoints_are_made_so_that_they_are_trusted(tmp_path):
    before = os.umask(0)
    try:
        checkpoint.write(tmp_path / "entry", {"a": b"1"}, {"key": "k"})
        ExecutableStore(tmp_path / "some" / "cache")
    finally:
        os.umask(before)
    assert checkpoint.read(tmp_path / "entry", "a", checkpoint.inspect(tmp_path / "entry")) == b"1"
    for folder in ("some/cache", "some/cache/executables"):
        assert (tmp_path / folder).stat().st_mode & 0o077 == 0
