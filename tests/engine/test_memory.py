"""Memory that is taken as it is written."""

import ctypes
import mmap
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


def in_memory(array: jax.Array) -> int:
    """Bytes of the pages of an array that are in memory: those of the process also change by what other threads do."""
    page, start = mmap.PAGESIZE, array.unsafe_buffer_pointer()
    first, end = start // page * page, -(-(start + array.nbytes) // page) * page
    there = (ctypes.c_ubyte * ((end - first) // page))()
    assert ctypes.CDLL(None).mincore(ctypes.c_void_p(first), ctypes.c_size_t(end - first), there) == 0
    return page * sum(byte & 1 for byte in there)


@pytest.mark.skipif(sys.platform != "linux", reason="how Linux counts memory")
@pytest.mark.skipif(jax.default_backend() != "cpu", reason="arrays on a device")
def test_it_takes_no_memory():
    array = made()
    assert in_memory(array) < array.nbytes // 4
    written = jax.jit(lambda a: a + 1, donate_argnums=0)(array).block_until_ready()
    assert in_memory(written) >= written.nbytes


@pytest.mark.skipif(sys.platform != "linux", reason="how Linux counts memory")
def test_resident_is_what_a_process_has():
    assert resident(os.getpid()) > 1 << 20
    assert resident(1 << 30) == 0  # no process has this number
