"""Equal expressions of the candidates of a task once, and calls with equal arguments once.

Values that turn out equal are one value from then on, so that what follows from them is shared as well.
"""

from __future__ import annotations

from jbatt.run.hooks import hookimpl


class OperationCache:
    """Has the engine share operations among the candidates of a task."""

    saves = "operations that several candidates of a task have in common"

    @hookimpl
    def configure(self, options):
        options.share = True
