"""Parts of the machine's memory read and written, as `lax` does it where no index is negative.

To see whether one is takes four operations for each index of each of some two thousand reads and writes: an eighth of the machine.
"""

from functools import partial

from jax import lax

dynamic_slice = partial(lax.dynamic_slice, allow_negative_indices=False)
dynamic_update_slice = partial(lax.dynamic_update_slice, allow_negative_indices=False)
