"""Processes that help one run: each reads and plans programs and runs them on the machine of the smallest class, beside the process that asks.

Reading and planning are Python, which one process does on one core. What a helper does not answer, the process that asked evaluates as if there
were no helpers, so they change no result, and may end at any time.
"""
