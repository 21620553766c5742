"""Memory of processes: how much they have, and what was freed given back to the system."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import jax

ALIGNED = 64
"""Bytes: XLA reads an array on the host where it is if it begins at a multiple of this, and copies it otherwise."""


def unwritten(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array on the host, of whatever was there, that XLA's CPU backend takes without a copy.

    It is not to be written to once it is given away.
    """
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.empty(size + ALIGNED, np.uint8)
    first = -raw.ctypes.data % ALIGNED
    return raw[first : first + size].view(dtype).reshape(shape)


@cache
def _trim() -> Any:
    """glibc's `malloc_trim`; None where the allocator has no such function."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None


def give_back() -> None:
    """Have the allocator return what is free: linking a machine's code leaves it with some hundred MB in small pieces."""
    trim = _trim()
    if trim is not None:
        trim(ctypes.c_size_t(0))


@cache
def _advise() -> Any:
    """The C library's `madvise`; None where it has none, or not Linux's meaning of it."""
    try:
        found = ctypes.CDLL(None).madvise if sys.platform == "linux" else None
    except (OSError, AttributeError, TypeError):
        return None
    if found is not None:
        found.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    return found


def untouched(array: jax.Array, kept: int) -> jax.Array:
    """An array on the host, nothing but zeros after its first `kept` bytes, whose pages take no memory before they are written.

    A copy of zeros takes as much as one of anything else; what is given back to the system reads as zeros.
    """
    return _advised(array, kept, "MADV_DONTNEED")


def in_large_pages(array: jax.Array) -> jax.Array:
    """An array on the host whose memory comes in pages of 2 MiB where the system has such: 512 times fewer faults as it is written to."""
    return _advised(array, 0, "MADV_HUGEPAGE")


def _advised(array: jax.Array, begin: int, advice: str) -> jax.Array:
    """An array on the host, after the system was told something of its whole pages from byte `begin` on, where it knows of that."""
    array.block_until_ready()
    advise, number, page = _advise(), getattr(mmap, advice, None), mmap.PAGESIZE
    if advise is not None and number is not None:
        start = array.unsafe_buffer_pointer()
        first, end = -(-(start + begin) // page) * page, (start + array.nbytes) // page * page
        if end > first:
            advise(first, end - first, number)
    return array


def resident(pid: int) -> int:
    """Bytes of memory that a process has; 0 where it is gone, or the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
