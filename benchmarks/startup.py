"""Start-up costs: imports, help, and the first result with and without kept kernels, in fresh processes.

python benchmarks/startup.py --repeats 3
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HELP = (
    "from typer.testing import CliRunner; from jbatt_cli.cli import app; CliRunner().invoke(app, ['--help'])"
)


def seconds(command: list[str], cache: str) -> float:
    """Wall time of a command that must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "JBATT_CACHE_DIR": cache})
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side, alternated (default 3)")
    parser.add_argument("--ids", default="007bbfb7,0b148d64,08ed6ac7", help="tasks of the bank to run")
    options = parser.parse_args()
    python = sys.executable
    rows: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as base:
        for k in range(options.repeats):
            cache = f"{base}/cache{k}"
            run = [python, "-m", "jbatt_cli.cli", "run", "-q", "--ids", options.ids, "--out"]
            for name, command in (
                ("python", [python, "-c", "pass"]),
                ("import jbatt", [python, "-c", "import jbatt"]),
                ("import jax", [python, "-c", "import jax"]),
                ("jbatt --help", [python, "-c", HELP]),
                ("first result, cold", [*run, f"{base}/cold{k}"]),
                ("first result, warm", [*run, f"{base}/warm{k}"]),
            ):
                rows.setdefault(name, []).append(seconds(command, cache))
    bare = statistics.median(rows["python"])
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.repeats} runs"
    )
    print(f"{'':24}{'median s':>10}{'min':>8}{'max':>8}{'x python':>10}")
    for name, times in rows.items():
        middle = statistics.median(times)
        print(f"{name:24}{middle:10.2f}{min(times):8.2f}{max(times):8.2f}{middle / bare:10.1f}")


if __name__ == "__main__":
    main()
