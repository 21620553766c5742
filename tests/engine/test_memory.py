"""Memory that is taken as it is written."""

import os
import sys

import jax
import numpy as np
import pytest

from jbatt.engine.memory import resident, untouched

ROWS = 1 << 21
"""Of 32 bytes: 64 MiB."""


def made() -> jax.Array:
    zeros = np.zeros((ROWS, 8), np.int32)
    zeros[0] = 7
    return untouched(jax.device_put(zeros), zeros[0].nbytes)


def test_nothing_but_the_first_row_is_there():
    array = np.asarray(made())
    assert (array[0] == 7).all()
    assert not array[1:].any()


def test_what_is_written_stays():
    write = jax.jit(lambda a, row: a.at[row].set(row), donate_argnums=0)
    array = made()
    for row in (1, 1000, ROWS - 1):
        array = write(array, row)
    found = np.asarray(array)
    assert np.flatnonzero(found.any(axis=1)).tolist() == [0, 1, 1000, ROWS - 1]
    assert found[ROWS - 1, 3] == ROWS - 1


@pytest.mark.skipif(sys.platform != "linux", reason="how Linux counts memory")
@pytest.mark.skipif(jax.default_backend() != "cpu", reason="arrays on a device")
def test_it_takes_no_memory():
    before = resident(os.getpid())
    array = made()
    assert resident(os.getpid()) - before < array.nbytes // 4
