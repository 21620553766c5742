"""When helpers are worth what they cost: a start of some seconds beside the run, and a gigabyte each."""

from __future__ import annotations

import os
import sys

from jbatt.engine.engines import Engines, machine_classes
from jbatt.engine.helper.client import Helper, helpers, kept
from jbatt.engine.options import Options
from jbatt.memory import memory_is_short

BEGIN, USE = 30_000, 3_000
"""Programs of this and earlier runs from which on helpers are started, and those of a run from which on helpers that are there are used.

What helpers save is reading and planning: a few programs on many grids are planned once, and machines have all cores as it is.
A process that ends after 13,200 candidates takes 9.2 s with a helper and 9.0 without one: most of it loads kernels.
"""


def started(engines: Engines, options: Options, programs: int) -> list[Helper]:
    """The helpers of a run of so many programs, ready or about to be; none where they would cost more than they save."""
    classes, store = machine_classes(), engines.store
    allowed = options.helpers and options.batch and options.share and options.keep and os.name == "posix"
    if not allowed or not classes or store is None or engines.counters.steps is not None:
        return []
    if not sys.executable:
        return []  # Python inside another program
    if programs < USE or not store.has(engines.machine(classes[0]).name):
        return []
    folder = store.folder.parent
    engines.programs += programs
    if engines.programs < BEGIN or memory_is_short():
        return kept(folder, options.helpers)
    return helpers(folder, options.helpers)
