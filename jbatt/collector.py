"""Python's cycle collector, kept away from what has no cycles.

A run makes millions of objects that live until its end (programs, nodes, results) and refer to each other without cycles.
The collector looks through them again and again while they are made, and once more afterwards.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the collector; what was made meanwhile is old afterwards, as if it had been looked at."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        # Into the oldest generation, without a look: the next collection of the young would be of all that was made.
        # What the caller has frozen itself must stay frozen.
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        gc.enable()
