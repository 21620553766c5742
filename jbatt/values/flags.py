"""What can go wrong with a value, as bits; every evaluator marks its values with them."""

from __future__ import annotations

#: The reference raises; the value does not fit its capacity class; its types cannot hold it.
ERROR, OVERFLOW, UNSUPPORTED = 1, 2, 4
#: A patch has cells outside its window; an object has two colours at one location.
CLIPPED, MULTI = 8, 16
HARD = ERROR | OVERFLOW | UNSUPPORTED
"""There is no value."""
PATCH_FLAGS = CLIPPED | MULTI
"""There is one, for those who do not need every cell."""
