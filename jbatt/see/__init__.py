"""Looking at tasks, programs, values and runs: in a terminal, on a page, in a notebook."""
