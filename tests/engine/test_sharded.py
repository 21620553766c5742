"""Whole bodies on several devices: the right outputs, and every device has its share.

In processes of their own, as the number of devices is fixed when JAX starts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

SCRIPT = """
import json
import jax, numpy as np
import jbatt
from jbatt.engine import whole

PROGRAM = '''
def solve_a(I):
    return paint(hmirror(I), recolor(EIGHT, ofcolor(I, ONE)))
'''
random = np.random.default_rng(1)
grids = [random.integers(0, 4, (h, w)) for h, w in random.integers(1, 9, (300, 2))]
expected = [np.where(g == 1, 8, g[::-1]) for g in grids]
compiled = jbatt.compile(PROGRAM, items=4)
calls = []
inner = whole.Whole.executable

def executable(self):
    found = inner(self)
    def call(given):
        out = found(given)
        calls.append([[s.device.id, s.data.shape[0]] for s in out[0].plane.addressable_shards])
        return out
    return call

whole.Whole.executable = executable
right = [np.array_equal(a, b) for a, b in zip(compiled.map(grids), expected, strict=True)]
mirrored = jbatt.solver("def solve_b(I):\\n    return hmirror(I)\\n").map(grids)
alone = [np.array_equal(m, g[::-1]) for m, g in zip(mirrored, grids, strict=True)]
print(json.dumps({
    "devices": jax.local_device_count(), "calls": calls, "right": sum(right), "alone": sum(alone),
    "kept": compiled._whole.store.has(compiled._whole._key, whole.body_code()),
}))
"""


def four(cache) -> dict:
    """What the script finds on four devices."""
    env = {**os.environ, "JBATT_CACHE_DIR": str(cache)}
    env["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert "compiled again" not in done.stderr
    return json.loads(done.stdout)


def test_rows_are_sharded_over_all_devices(tmp_path):
    first = four(tmp_path)
    assert first["devices"] == 4
    assert first["calls"] == [[[device, 64] for device in range(4)]] * 2
    assert first["right"] == first["alone"] == 300  # `alone`: by kernels of one device, in the same process
    assert first["kept"]
    assert four(tmp_path) == first  # all loaded: the body for four devices, the kernels for one
