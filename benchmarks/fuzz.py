"""Bad input for a bounded time: whatever is read gives a value or a JbattError, in bounded time and memory.

    python benchmarks/fuzz.py --minutes 5
    python benchmarks/fuzz.py --minutes 5 --atheris        # guided by coverage: pip install atheris

Inputs are sound ones (programs of the bank, tasks, lines of results, kept entries...) that are changed: bytes, pieces and lines are
cut, doubled, swapped, replaced by each other and by what is awkward. Each target runs in a process of its own with a limit on its
memory; an input that takes longer than --most seconds, raises something else, or ends the process counts as a failure and is
written to --failures. The exit code is 1 where there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from common import console, environment, show_environment, table

from jbatt.errors import JbattError

MEMORY = 3 << 30
"""Bytes of address space beyond what the target's process has when it begins."""
AWKWARD = [b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"(" * 300, b"[" * 3000, b'{"a":' * 1000, b"-" * 3000, b"9" * 5000, b"1e999", b"NaN",
           b"\r", b"\x0c", b'"""', b"\\\n", b"lambda: ", b"def f(I):\n", b"    return I\n", b"True", b"null", b"0x" + b"f" * 400, b"f'{", b"#",
           b"\t", b"I(I)" * 200, "\u017f\u202e\U0001f600".encode(), b"__import__('os').system('false')", b"x" * 10_000, b"\x1b]0;t\x07", b"../../etc/passwd",
           b"[[0,0],[0,0]]", b"-1", b"10", b"train", b"power(", b"product(I, I)"]  # fmt: skip

Target = Callable[[Path], tuple[list[bytes], Callable[[bytes], object]]]
"""Given a folder of its own: sound inputs, and what is to be done with one."""


def _programs(part: int) -> list[bytes]:
    """Files of four programs of the bank."""
    from jbatt.program import read_programs
    from jbatt.run.command import bank

    texts = [p.source for p in read_programs(bank()).programs][part::2]
    return ["\n".join(texts[k : k + 4]).encode() for k in range(0, len(texts), 4)]


def reader(folder: Path):
    """Programs from text, both ways, and back to text."""
    from jbatt.program import read_source
    from jbatt.run.match import task_of

    def read(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        found = read_source(text)
        slow = read_source(text, fast=False)
        if [p.body for p in found.programs] != [p.body for p in slow.programs]:
            raise AssertionError("the two ways of reading differ")
        for p in found.programs:
            task_of(p.name, {"00d62c1b"})
            if read_source(found.graph.to_source(p.root)).programs[0].body != p.body:
                raise AssertionError("a program and its canonical text differ")

    return _programs(0), read


def typing(folder: Path):
    """Programs from text, and their types."""
    from jbatt.program import read_source
    from jbatt.search.edits import Typing

    def read(data: bytes) -> None:
        found = read_source(data.decode("utf-8", "surrogateescape"))
        types = Typing(found.graph)
        for p in found.programs:
            types.is_grid(types.number(p.root))

    return _programs(1), read


def _json_task() -> bytes:
    from jbatt.tasks import load_tasks

    t = load_tasks("arc-agi-1/training")["67a3c6ac"]
    pairs = [
        [{"input": p.input.tolist(), "output": p.output.tolist()} for p in some]
        for some in (t.demos, t.tests)
    ]
    return json.dumps(dict(zip(("train", "test"), pairs, strict=True))).encode()


def tasks(folder: Path):
    """A file of tasks, in each of its forms."""
    from jbatt.tasks import load_tasks

    one = _json_task()
    path = folder / "t_challenges.json"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        _ = load_tasks(path).digest

    return [
        one,
        b'{"a1": ' + one + b', "b2": ' + one + b"}",
        json.dumps(json.loads(one)["train"]).encode(),
    ], read


def submission(folder: Path):
    """A submission, and its score."""
    from jbatt.submit.score import score
    from jbatt.submit.submission import read as read_submission
    from jbatt.submit.submission import to_json
    from jbatt.tasks import load_tasks

    some = load_tasks("arc-agi-1/training").select(limit=3)
    path = folder / "s.json"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        _ = score(some, read_submission(path, some)).mean

    return [to_json(some, {t.id: [[p.output] for p in t.tests] for t in some}).encode()], read


def results(folder: Path):
    """A run folder: resumed, reported, compared."""
    from jbatt.program import read_source
    from jbatt.run.asked import load
    from jbatt.run.compare import compare, find
    from jbatt.run.match import match
    from jbatt.run.results import Result
    from jbatt.run.resume import ended, kept
    from jbatt.see.report.load import load_run
    from jbatt.store.history import History
    from jbatt.tasks import load_tasks

    some = load_tasks("arc-agi-1/training").select(ids=["67a3c6ac"])
    programs = read_source("def solve_67a3c6ac(I):\n    return vmirror(I)\n", "a.py")
    candidates = match(programs, some, "name")
    p = programs.programs[0]
    lines = "".join(
        Result("67a3c6ac", p.name, "a.py", 1, p.body, s, [1000, 5, None], [1000]).to_json() + "\n"
        for s in ("solved", "failed")
    )
    summary = json.dumps(
        {
            "finished": True,
            "data": "arc-agi-1/training",
            "counts": {"tasks": 1},
            "seconds": {"total": 1.5},
            "statuses": {"solved": 1},
            "kernels": {},
            "passes": [{"name": "early-exit"}],
        }
    )
    options = {"source": "arc-agi-1/training"} | dict.fromkeys(
        (
            "ids",
            "start",
            "limit",
            "programs",
            "match",
            "timeout",
            "passes",
            "settings",
            "full_scores",
            "mutants",
            "seed",
            "solvers",
        )
    )
    asked = json.dumps(
        {
            "options": options,
            "folder": "/",
            "passes": [["early-exit", {}]],
            "data": "",
            "programs": "",
            "code": "",
            "candidates": 1,
            "format": 1,
        }
    )
    history = History(None)

    def read(data: bytes) -> None:
        names = ("results.jsonl", "summary.json", "run.json")
        parts = data.split(b"\x1e")
        for name, part in zip(names, parts + [b"{}"] * 3, strict=False):
            (folder / name).write_bytes(part)
        for action in (
            lambda: ended(folder),
            lambda: kept(folder, candidates),
            lambda: load(folder).given({}),
            lambda: load(folder).settings(),
            lambda: load_run(folder),
            lambda: compare(find(str(folder), history)[1], find(str(folder), history)[1]),
        ):
            try:
                action()
            except JbattError:
                pass

    return ["\x1e".join((lines, summary, asked)).encode()], read


def entry(folder: Path):
    """A kept executable: its metadata and its bytes."""
    from jbatt.store import checkpoint

    sound = folder / ("0" * 24 + "-" + "0" * 16)
    checkpoint.write(
        sound, {"executable": b"e" * 500, "stablehlo": b"s" * 500}, {"key": "k", "surroundings": {}}
    )
    meta, arrays = sound / "_CHECKPOINT_METADATA", sound / "executable" / "0"
    before = meta.read_bytes(), arrays.read_bytes()

    def read(data: bytes) -> None:
        first, _, second = data.partition(b"\x1e")
        meta.write_bytes(first)
        arrays.write_bytes(second)
        try:
            about = checkpoint.inspect(sound)
            if checkpoint.read(sound, "executable", about) != b"e" * 500:
                raise AssertionError("other bytes than were written")
        except (checkpoint.Damaged, KeyError, OSError):
            pass

    return [b"\x1e".join(before)], read


def sqlite(folder: Path):
    """Files of history and solvers, changed on disk and opened anew."""
    from jbatt.store.history import History
    from jbatt.store.solvers import Solver, SolverStore

    history = History(folder)
    for k in range(40):
        history.add("2026", f"runs/{k}", {"counts": {"tasks": k}, "seconds": {"total": 1.0}, "statuses": {}})
    history.add_gain("2026", "early-exit", 5.0, "x")
    history._database.connection.execute("PRAGMA journal_mode=DELETE")
    history.close()
    store = SolverStore(folder / "solvers.db")
    store.add(
        Solver(f"t{k}", "b" * 32, "d", "def f(I):\n    return I\n", 1, (1000,), (None,), "run")
        for k in range(40)
    )
    store.close()
    files = folder / "history.sqlite", folder / "solvers.db"
    sound = [f.read_bytes() for f in files]

    def read(data: bytes) -> None:
        for old in folder.iterdir():
            old.unlink()
        which = files[data[:1] == b"1"]
        which.write_bytes(data[1:])
        if which == files[0]:
            found = History(folder)
            found.runs()
            found.gains()
            found.add("2026", "x", {})
            found.close()
        else:
            kept = SolverStore(folder / "solvers.db")
            kept.select()
            kept.add([Solver("new", "c" * 32, "d", "def f(I):\n    return I\n", 1, (1000,), (1,), "run")])
            kept.close()

    return [b"0" + sound[0], b"1" + sound[1]], read


def settings(folder: Path):
    """pyproject.toml."""
    from jbatt.run.passes import make
    from jbatt.run.settings import from_file

    def read(data: bytes) -> None:
        (folder / "pyproject.toml").write_bytes(data)
        make(from_file(folder))

    return [
        b'[tool.jbatt]\npasses = ["early-exit", "batch-validation"]\n\n[tool.jbatt.early-exit]\nfirst = 2\n'
    ], read


TARGETS: dict[str, Target] = {
    f.__name__: f for f in (reader, typing, tasks, submission, results, entry, sqlite, settings)
}


def changed(seeds: list[bytes], draw: random.Random) -> bytes:
    """A sound input after one to five changes."""
    data = bytearray(draw.choice(seeds))
    for _ in range(draw.randint(1, 5)):
        a, b = sorted(draw.randrange(len(data) + 1) for _ in range(2))
        b = min(b, a + draw.choice([1, 8, 80, 5000]))
        kind = draw.randrange(8)
        if kind == 0 and data:
            data[min(a, len(data) - 1)] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del data[a:b]
        elif kind == 2:
            data[a:a] = draw.choice(AWKWARD)
        elif kind == 3:
            data[a:b] = draw.choice(AWKWARD)
        elif kind == 4:
            data[a:a] = data[a:b] * draw.choice([1, 2, 50])
        elif kind == 5:
            other = draw.choice(seeds)
            c = draw.randrange(len(other) + 1)
            data[a:b] = other[c : c + draw.choice([8, 80, 800])]
        elif kind == 6:
            lines = data.split(b"\n")
            draw.shuffle(lines)
            data = bytearray(b"\n".join(lines))
        else:
            data[a:b] = bytes(str(draw.choice([0, -1, 2**31, 2**63, 10**30, 3.5])), "ascii")
    return bytes(data[: 1 << 20])


class TooLong(BaseException):
    """An input takes longer than it may."""


def worker(args: argparse.Namespace) -> None:
    """One target, until the time is over. Prints a line of JSON at the end; the input at work is on disk all the time."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as base:
        (place := Path(base) / "own").mkdir(mode=0o700)
        if args.atheris:
            import atheris

            with atheris.instrument_imports(include=["jbatt"]):
                seeds, act = TARGETS[args.worker](place)
        else:
            seeds, act = TARGETS[args.worker](place)
        current = args.failures / f"{args.worker}.current"
        have = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (have + MEMORY, have + MEMORY))

        def late(*_: object) -> None:
            raise TooLong

        signal.signal(signal.SIGPROF, late)  # of CPU: a busy machine makes nothing late
        tried = refused = failures = 0
        slowest = 0.0
        kinds: set[str] = set()

        def one(data: bytes) -> None:
            nonlocal tried, refused, failures, slowest
            current.write_bytes(data)
            tried += 1
            begun = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, args.most)
            try:
                act(data)
            except JbattError as e:
                refused += 1
                if len(str(e)) > 3000:
                    raise AssertionError("a message without end") from None
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                slowest = max(slowest, time.process_time() - begun)

        def safe(data: bytes) -> None:
            nonlocal failures
            try:
                one(data)
            except (Exception, TooLong) as e:
                where, line = e.__traceback__, 0
                while where is not None:
                    name, line, where = where.tb_frame.f_code.co_filename, where.tb_lineno, where.tb_next
                kind = f"{type(e).__name__}: {str(e)[:200]} ({Path(name).name}:{line})"
                failures += 1
                if kind not in kinds and len(kinds) < 20:
                    kinds.add(kind)
                    (args.failures / f"{args.worker}-{len(kinds)}").write_bytes(data)

        def report() -> None:
            current.unlink(missing_ok=True)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
            print(json.dumps([tried, refused, failures, round(slowest, 2), peak, sorted(kinds)]), flush=True)

        if args.atheris:
            for k, seed in enumerate(seeds):
                (place.parent / "seeds").mkdir(exist_ok=True)
                (place.parent / "seeds" / str(k)).write_bytes(seed)
            options = [
                f"-max_total_time={round(args.seconds) + 60}",
                "-max_len=20000",
                "-verbosity=0",
                "-print_final_stats=0",
            ]
            end = time.monotonic() + args.seconds

            def until(data: bytes) -> None:
                safe(data)
                if time.monotonic() >= end:  # libFuzzer would end the process without a report
                    report()
                    sys.stdout.flush()
                    os._exit(0)

            atheris.Setup([sys.argv[0], *options, str(place.parent / "seeds")], until)
            atheris.Fuzz()
        else:
            draw = random.Random(args.seed)
            end = time.monotonic() + args.seconds
            while time.monotonic() < end:
                safe(changed(seeds, draw))
            report()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=2.0, help="of all targets together")
    parser.add_argument("--targets", nargs="*", default=list(TARGETS), choices=list(TARGETS))
    parser.add_argument("--most", type=float, default=20.0, help="seconds that an input may take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", action="store_true")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--worker", choices=list(TARGETS), help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        worker(args)
        return
    show_environment(environment())
    args.failures.mkdir(exist_ok=True)
    seconds = args.minutes * 60 / len(args.targets)
    shown = table("bad inputs", "target", "tried", "refused", "failures", "slowest, s", "peak MiB")
    total, bad = 0, []
    for name in args.targets:
        command = [
            sys.executable,
            __file__,
            "--worker",
            name,
            "--seconds",
            str(seconds),
            "--failures",
            str(args.failures),
            "--most",
            str(args.most),
            "--seed",
            str(args.seed),
        ]
        if args.atheris:
            command.append("--atheris")
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=seconds * 3 + 120
            )
        except subprocess.TimeoutExpired:
            bad.append(f"{name}: an input keeps it waiting, see {args.failures}/{name}.current")
            continue
        try:
            tried, refused, failures, slowest, peak, kinds = json.loads(
                [line for line in done.stdout.splitlines() if line.startswith("[")][-1]
            )
        except (IndexError, ValueError):
            bad.append(f"{name}: its process ended with {done.returncode}: {done.stderr[-1000:]}")
            continue
        total += tried
        bad += [f"{name}: {k}" for k in kinds]
        shown.add_row(name, f"{tried:,}", f"{refused:,}", str(failures), str(slowest), f"{peak >> 20:,}")
    console.print(shown)
    console.print(f"{total:,} inputs")
    for text in bad:
        console.print(f"FAILED {text}", markup=False)
    if not any(args.failures.iterdir()):
        args.failures.rmdir()
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
