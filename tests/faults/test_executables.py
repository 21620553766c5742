"""What can happen to kept executables: the results are the same, and the user is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest


def test_a_second_process_compiles_nothing(cold, cache, run):
    _, first = cold
    again = run(cache)
    assert again.kernels == (0, first.kernels[0])
    assert again.results == first.results
    assert again.said == ""


@pytest.mark.parametrize("file", ["executable/0", "_CHECKPOINT_METADATA"])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "missing"])
def test_a_damaged_entry_is_compiled_again(file, damage, cold, cache, entries, run):
    path = entries[-1] / file
    content = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    else:
        content[len(content) // 2] ^= 4
        path.write_bytes({"truncated": content[:-7], "flipped": content, "empty": b""}[damage])
    again = run(cache)
    assert again.kernels == (1, len(entries) - 1)
    assert again.results == cold[1].results
    assert "compiled again" in again.said and entries[-1].name in again.said
    assert run(cache).kernels == (0, len(entries))


def test_many_damaged_entries_are_one_warning(cold, cache, entries, run):
    for path in entries:
        (path / "executable" / "0").write_bytes(b"no executable")
    again = run(cache)
    assert again.kernels == (len(entries), 0)
    assert again.results == cold[1].results
    assert len(again.said.strip().splitlines()) == 1


def swapped(a, b):
    """Exchange two entries, as a copy that went wrong would."""
    spare = a.with_name("spare")
    a.rename(spare), b.rename(a), spare.rename(b)


def test_an_entry_under_a_wrong_name_is_not_used(cold, cache, entries, run):
    swapped(entries[0], entries[1])
    again = run(cache)
    assert again.kernels == (2, len(entries) - 2)
    assert again.results == cold[1].results
    assert "made for something else" in again.said


def test_another_version_of_jax_reads_the_portable_part(cold, cache, entries, run):
    """Entries under names that another JAX would give: their StableHLO is compiled, nothing is traced."""
    for path in entries:
        path.rename(path.with_name(path.name.partition("-")[0] + "-0123456789abcdef"))
    again = run(cache)
    assert again.kernels == (len(entries), 0)
    assert again.results == cold[1].results
    assert again.said == ""
    assert len(list((cache / "executables").iterdir())) == 2 * len(entries)


def test_an_executable_that_does_not_load(cold, cache, entries, run):
    """An entry whose checksums are right but whose executable this JAX cannot read."""
    from jbatt.store import checkpoint

    path = entries[-1]
    about = checkpoint.inspect(path)
    stablehlo = checkpoint.read(path, "stablehlo", about)
    shutil.rmtree(path)
    checkpoint.write(path, {"executable": b"of another world", "stablehlo": stablehlo}, about)
    again = run(cache)
    assert again.kernels == (1, len(entries) - 1)
    assert again.results == cold[1].results
    assert "compiled again" in again.said
    assert run(cache).kernels == (0, len(entries))


def test_kill_while_writing(cold, tmp_path, begin, run):
    """Killed again and again while it fills its cache: what is there is whole, and a last run finishes it."""
    cache = tmp_path / "killed"
    seen = 0
    for _ in range(3):
        process = begin(cache).process
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            # In the middle of a write: a temporary folder is there.
            if _is_writing(cache) and _kept(cache) > seen:
                break
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        seen = _kept(cache)
    assert list(cache.glob("executables/.writing-*")), "no write was interrupted: the test tests nothing"
    last = run(cache)
    compiled, loaded = last.kernels
    assert loaded >= seen > 0
    assert compiled + loaded == cold[1].kernels[0]
    assert last.results == cold[1].results
    assert last.said == ""


def _is_writing(cache) -> bool:
    try:
        return bool(list(cache.glob("executables/.writing-*/checkpoint*/*")))
    except FileNotFoundError:  # the write ended, and took its folder away, while it was looked at
        return False


def _kept(cache) -> int:
    return len(list(cache.glob("executables/*-*/commit_success.txt")))


def test_two_processes_at_once(cold, tmp_path, begin, run):
    cache = tmp_path / "shared"
    for finish in [begin(cache), begin(cache)]:
        one = finish()
        assert one.results == cold[1].results
        assert one.said == ""
    assert run(cache).kernels == (0, cold[1].kernels[0])
    assert not list(cache.glob("executables/.writing-*"))


def test_a_folder_that_others_may_write_to_is_not_used(cold, cache, run):
    (cache / "executables").chmod(0o777)
    again = run(cache)
    assert again.kernels == (cold[1].kernels[0], 0)
    assert again.results == cold[1].results
    assert "others may write to it" in again.said


def test_a_file_where_the_folder_should_be(cold, tmp_path, run):
    (tmp_path / "file").write_text("")
    again = run(tmp_path / "file")
    assert again.results == cold[1].results
    assert "kernels are not kept" in again.said


def test_nothing_is_imported_to_write_where_nothing_is_written(cache, tmp_path):
    """A warm run leaves orbax alone: importing it takes a second."""
    code = (
        "import sys; from jbatt_cli.cli import app\n"
        f"sys.argv = ['jbatt', 'run', '-q', '-p', 'solver-body-cache', '--ids', '007bbfb7', '--out', {str(tmp_path / 'o')!r}]\n"
        "try: app()\nexcept SystemExit as e: assert not e.code\n"
        "import json; print(json.dumps([m for m in sys.modules if m.startswith('orbax')]))"
    )
    env = {**os.environ, "JBATT_CACHE_DIR": str(cache)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.fixture
def mounted(tmp_path):
    """Makes small or read-only file systems, where this may be done."""
    made = []

    def mount(name: str, *options: str):
        path = tmp_path / name
        path.mkdir(exist_ok=True)
        done = subprocess.run(["mount", *options, str(path)], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"file systems cannot be mounted here: {done.stderr.strip()}")
        made.append(path)
        return path

    yield mount
    for path in made:
        subprocess.run(["umount", str(path)], check=False)


def test_a_full_disk(cold, begin, mounted):
    disk = mounted("disk", "-t", "tmpfs", "-o", "size=640k,mode=700", "tmpfs")
    again = begin(disk)()
    assert again.results == cold[1].results
    assert again.kernels == (cold[1].kernels[0], 0)
    assert "No space left" in again.said and len(again.said.strip().splitlines()) == 1
    # What was written before the disk was full is whole, and used.
    kept = _kept(disk)
    assert 0 < kept < cold[1].kernels[0]
    assert begin(disk)().kernels[1] == kept


def test_files_may_not_grow(cold, tmp_path):
    """Where every write fails, as with a quota: without mounting anything."""
    limited = (
        "import os, resource as r, sys; r.setrlimit(r.RLIMIT_FSIZE, (8000, 8000)); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    from_cache, out = tmp_path / "limited", tmp_path / "out"
    command = [
        sys.executable,
        "-c",
        limited,
        "-m",
        "jbatt_cli.cli",
        "run",
        "--ids",
        "007bbfb7,0b148d64",
        "--out",
        str(out),
    ]
    command += ["-p", "solver-body-cache", "-p", "batch-validation"]
    done = subprocess.run(
        command,
        env={**os.environ, "JBATT_CACHE_DIR": str(from_cache)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (out / "results.jsonl").read_text().splitlines() == cold[1].results
    assert "kernels are not kept" in done.stderr and "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert _kept(from_cache) == 0
    assert not list(from_cache.glob("executables/.writing-*"))


def test_a_read_only_folder(cold, cache, entries, begin, mounted, tmp_path):
    """What is there is used; what is missing is compiled, and the user is told that it is not kept."""
    (tmp_path / "readonly").mkdir()
    (tmp_path / "readonly").chmod(0o700)
    shutil.rmtree(entries[-1])
    shutil.copytree(cache, tmp_path / "readonly" / "cache")
    path = mounted("readonly", "--bind", str(tmp_path / "readonly"))
    subprocess.run(["mount", "-o", "remount,ro,bind", str(path)], check=True)
    again = begin(path / "cache")()
    assert again.results == cold[1].results
    assert again.kernels == (1, len(entries) - 1)
    assert "kernels are not kept" in again.said and "Read-only" in again.said


def test_an_empty_read_only_folder(cold, begin, mounted, tmp_path):
    path = mounted("empty", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs")
    again = begin(path / "cache")()
    assert again.results == cold[1].results
    assert again.kernels == (cold[1].kernels[0], 0)
    assert "kernels are not kept" in again.said
