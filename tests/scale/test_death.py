"""Workers without memory, and workers whose driver is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from jbatt.run.settings import Settings
from jbatt.scale.place import place
from jbatt.scale.pool import DIED, RAISED, READY
from jbatt.scale.stream import pool
from jbatt.scale.worker import Job, is_out_of_memory


class Enormous:
    """Unpickled, it asks for more memory than there is."""

    def __reduce__(self):
        return bytes, (1 << 62,)


class Wrong:
    def __reduce__(self):
        return int, ("no number",)


@pytest.mark.parametrize("on", ["processes", "ray"])
@pytest.mark.parametrize(
    ("shard", "kind", "says"), [(Enormous(), DIED, "not enough memory"), (Wrong(), RAISED, "no number")]
)
def test_a_worker_without_memory_has_died(on, shard, kind, says):
    """So that its shard is tried again and cut in halves; an error of jbatt ends the run."""
    import pickle

    if on == "ray":
        pytest.importorskip("ray", reason="Ray is not installed: pip install 'jbatt[ray]'")
    team = pool(place(on, 1), Job(10.0, False, Settings([]), None))
    try:
        number = team.start()
        (event,) = team.wait()
        assert (event.worker, event.kind) == (number, READY)
        team.send(number, pickle.dumps(shard))
        (event,) = team.wait()
        assert event.kind == kind and says in str(event.content)
    finally:
        team.close()


def test_what_xla_says_of_memory():
    assert is_out_of_memory(RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 12 bytes."))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("INTERNAL: RESOURCE_EXHAUSTED"))


DRIVERS = {
    "run": """
from jbatt.run.settings import Settings
from jbatt.scale.processes import Processes
from jbatt.scale.worker import Job
if __name__ == "__main__":
    team = Processes(Job(10.0, False, Settings([]), None), 2)
    team.start(), team.start()
    print(*[e.content.pid for _ in range(2) for e in team.wait()][:2], flush=True)
    import time; time.sleep(600)
""",
    "search": """
import os, time
from jbatt.search.workers import Workers
def pid(seconds):
    time.sleep(seconds)
    return os.getpid()
if __name__ == "__main__":
    team = Workers(2, None)
    list(team.run(iter(())))
    print(*sorted({f.result() for f in [team._pool.submit(pid, 1) for _ in range(4)]}), flush=True)
    time.sleep(600)
""",
}


@pytest.mark.parametrize("name", DRIVERS)
def test_no_worker_outlives_its_driver(name, tmp_path):
    """Not even one that is killed, and so cannot end them."""
    (tmp_path / "driver.py").write_text(DRIVERS[name])
    with subprocess.Popen(
        [sys.executable, tmp_path / "driver.py"], stdout=subprocess.PIPE, text=True
    ) as driver:
        assert driver.stdout is not None
        pids = list(map(int, driver.stdout.readline().split()))
        driver.send_signal(signal.SIGKILL)
    assert pids and all(p != driver.pid for p in pids)
    until = time.monotonic() + 60
    while any(map(alive, pids)):
        assert time.monotonic() < until, "workers are still there"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:  # one that nobody waits for yet is no more than an entry
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
