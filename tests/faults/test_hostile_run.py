"""The real command on folders that mean harm: nothing of them is executed, and nothing is written where it was not asked to be."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import subprocess
import sys
import tarfile
import zipfile

import pytest

HARM = """
import os
open("EXECUTED-module", "w").close()
os.system("touch EXECUTED-system")
X = __import__("os").system("touch EXECUTED-constant")

@os.system("touch EXECUTED-decorator")
def solve_67a3c6ac__decorated(I):
    return vmirror(I)

def solve_67a3c6ac__default(I=open("EXECUTED-default", "w")):
    return vmirror(I)

def solve_67a3c6ac__annotated(I: open("EXECUTED-annotation", "w")) -> open("EXECUTED-annotation", "w"):
    return vmirror(I)

def solve_67a3c6ac__called(I):
    x1 = __import__("os").system("touch EXECUTED-called")
    return vmirror(I)

def solve_67a3c6ac__formatted(I):
    x1 = f"{open('EXECUTED-formatted', 'w')}"
    return vmirror(I)

def solve_67a3c6ac__right(I):
    return vmirror(I)

def solve_67a3c6ac__large(I):
    x1 = upscale(I, TEN)
    x2 = upscale(x1, TEN)
    x3 = upscale(x2, TEN)
    x4 = product(x3, x3)
    x5 = product(x4, x4)
    return x5

def solve_67a3c6ac__endless(I):
    x1 = power(vmirror, 1000000000)
    return x1(I)

class A:
    open("EXECUTED-class", "w")
"""
DEEP = "def solve_67a3c6ac__deep(I):\n    x0 = vmirror(I)\n{}    return x5000\n".format(
    "".join(f"    x{k + 1} = hconcat(x{k}, x{k})\n" for k in range(5000))
)
WATCHED = """
import os, sys, threading

def watch(event, args):
    if event == "open":
        path, mode, flags = args
        if isinstance(path, str | bytes) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            print("WROTE", os.path.abspath(os.fsdecode(path)), file=log, flush=True)
    elif event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod"):
        for path in args[: 2 if event in ("os.rename", "os.link", "os.symlink") else 1]:
            if isinstance(path, str | bytes):
                print("WROTE", os.path.abspath(os.fsdecode(path)), file=log, flush=True)
    elif event in ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "os.fork"):
        print("RAN", event, repr(args)[:200], file=log, flush=True)

log = open(sys.argv.pop(1), "w")
from jbatt_cli.cli import app
sys.addaudithook(watch)
app()
"""


@pytest.fixture
def home(tmp_path):
    """A folder to be in, with hostile programs, tasks and a cache to come; beside it what must stay as it is."""
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "programs").mkdir()
    (tmp_path / "tasks").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.py").write_text("def solve_67a3c6ac__outside(I):\n    return I\n")
    programs = tmp_path / "programs"
    (programs / "harm.py").write_text(HARM)
    (programs / "deep.py").write_text(DEEP)
    (programs / "conftest.py").write_text("open('EXECUTED-conftest', 'w')\n")
    (programs / "sitecustomize.py").write_text("open('EXECUTED-site', 'w')\n")
    (programs / "evil.pth").write_text("import os; open('EXECUTED-pth', 'w')\n")
    (programs / "again").symlink_to(programs)  # without end, if it were entered
    (programs / "outside").symlink_to(tmp_path / "outside")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("../../EXECUTED-tar")
        tar.addfile(member, io.BytesIO())
    (programs / "more.tar.gz").write_bytes(archive.getvalue())
    with zipfile.ZipFile(programs / "more.zip", "w") as packed:
        packed.writestr("../EXECUTED-zip.py", "def solve_67a3c6ac__zip(I):\n    return I\n")
    return tmp_path


def command(home, *args: str, cwd=None, watched: bool = True) -> tuple[int, str, list[str]]:
    """The command: its exit code, what it said, and what it did to the system beyond reading."""
    log = home / "log"
    env = {
        **os.environ, "HOME": str(home / "home"), "XDG_CACHE_HOME": str(home / "home"), "XDG_DATA_HOME": str(home / "home"),
        "TMPDIR": str(home / "home"), "COLUMNS": "300", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(log), *args], cwd=cwd or home, env=env, capture_output=True, text=True, errors="replace", timeout=600,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said[-3000:]
    return done.returncode, said, log.read_text().splitlines()


def names(home) -> set[str]:
    return {
        os.path.join(place, name) for place, folders, files in os.walk(home) for name in (*folders, *files)
    }


def test_nothing_is_executed_and_nothing_written_elsewhere(home):
    before = names(home)
    code, said, did = command(
        home, "run", "--programs", "programs", "--ids", "67a3c6ac", "--out", "out", "--timeout", "2", "--json"
    )
    assert code == 0, said[-3000:]
    results = [json.loads(line) for line in (home / "out" / "results.jsonl").read_text().splitlines()]
    found = {r["program"].rpartition("__")[2]: r["status"] for r in results}
    assert found.pop("right") == "solved"
    assert {found.pop(name) for name in ("large", "endless", "deep")} <= {
        "capacity",
        "timeout",
        "unsupported",
        "failed",
        "error",
        "solved",
    }
    assert (
        set(found) >= {"decorated", "default", "called", "formatted"}
        and "outside" not in found
        and "zip" not in found
    )
    assert {found[name] for name in ("decorated", "default", "called", "formatted")} == {"unsupported"}
    assert not [n for n in names(home) if "EXECUTED" in n]

    cache = os.environ["JBATT_CACHE_DIR"]
    allowed = (str(home / "out"), cache, str(home / "home"), "/dev/", "/proc/")
    assert did
    for line in did:
        kind, _, rest = line.partition(" ")
        assert kind == "WROTE" and rest.startswith(allowed), line
    new = names(home) - before - {str(home / "log")}
    assert {n for n in new if not n.startswith((str(home / "out"), str(home / "home")))} == set()


@pytest.mark.parametrize(
    "kind",
    ["pipe.py", "zero.py", "broken.py", "loop.py", "zipped.py", "gzipped.py", "pickled.py", "folder.py"],
)
def test_what_is_no_program_ends_at_once_with_a_line(home, kind):
    path = home / "one" / kind
    path.parent.mkdir()
    (home / "one" / "good.py").write_text("def solve_67a3c6ac(I):\n    return vmirror(I)\n")
    if kind == "pipe.py":
        os.mkfifo(path)
    elif kind == "zero.py":
        path.symlink_to("/dev/zero")
    elif kind == "broken.py":
        path.symlink_to("nowhere")
    elif kind == "loop.py":
        path.symlink_to(path)
    elif kind == "zipped.py":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("__main__.py", "open('EXECUTED', 'w')")
    elif kind == "gzipped.py":
        path.write_bytes(gzip.compress(b"0" * 10_000_000))
    elif kind == "pickled.py":
        path.write_bytes(pickle.dumps({"a": 1}))
    else:
        path.mkdir()
        (path / "inner.py").write_text("def solve_67a3c6ac__inner(I):\n    return I\n")
    code, said, _ = command(home, "run", "--programs", "one", "--ids", "67a3c6ac", "--out", "out", "-q")
    if kind == "folder.py":
        assert code == 0 and "__inner" in (home / "out" / "results.jsonl").read_text()
    else:
        assert code == 2 and said.startswith(f"jbatt: one/{kind}") and said.count("\n") == 1, said
        assert not (home / "out").exists()
    assert not [n for n in names(home) if "EXECUTED" in n]


@pytest.mark.parametrize("name", ["results.jsonl", "summary.json", "run.json"])
@pytest.mark.parametrize("kind", ["pipe", "zero", "deep", "bytes", "folder"])
def test_run_folders_that_are_none(home, name, kind):
    """Resumed, reported, compared: a line each time, and nothing is waited for."""
    folder = home / "run"
    folder.mkdir()
    body = "0" * 32
    line = {
        "task": "67a3c6ac",
        "program": "solve_67a3c6ac",
        "file": "/etc/passwd",
        "line": 1,
        "body": body,
        "status": "failed",
        "demos": [1, 2, 3],
        "tests": [1],
    }
    (folder / "results.jsonl").write_text(json.dumps(line) + "\n")
    (folder / "summary.json").write_text(
        json.dumps(
            {"data": "arc-agi-1/training", "finished": False, "counts": {}, "seconds": {}, "statuses": {}}
        )
    )
    (folder / "run.json").write_text("{}")
    path = folder / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    elif kind == "deep":
        path.write_text("[" * 200_000)
    elif kind == "bytes":
        path.write_bytes(b"\xff\xfe\0" * 1000)
    else:
        path.mkdir()
    for args in (
        ["run", "--resume", "run"],
        ["report", "run", "--out", "page.html"],
        ["compare", "run", "run"],
    ):
        code, said, _ = command(home, *args)
        if name != "run.json" and args[0] == "run":
            assert code == 2, (args, said)
        assert code in (0, 2) and (code == 0 or said.startswith("jbatt: ")), (args, said)
